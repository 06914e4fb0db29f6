"""Words for people: gettext catalogues, dates, countries and lists, and the names of what the engine speaks of.

Strings are written in English in the code and translated by `locale/LANG.po`. Texts of rules, facts and sources are
not in the catalogues: they stay in the language of the rulebook and are marked so.
"""

from __future__ import annotations

import datetime
import functools
import gettext
import io
from collections.abc import Iterable
from importlib import resources
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

LANGUAGES = ("en", "ru", "kk")


def N_(text: str) -> str:
    """Mark a string for the catalogue; it is translated where it is used."""
    return text


RIGHTS = {
    "life": N_("Right to life"),
    "torture": N_("Freedom from torture and ill-treatment"),
    "liberty": N_("Liberty and security of person"),
    "fair-trial": N_("Fair trial"),
    "legality-of-penalties": N_("No penalty without law"),
    "privacy": N_("Privacy"),
    "movement": N_("Freedom of movement"),
    "religion": N_("Freedom of religion or belief"),
    "expression": N_("Freedom of expression"),
    "assembly": N_("Peaceful assembly"),
    "association": N_("Freedom of association"),
    "participation": N_("Political participation"),
    "equality": N_("Equality and non-discrimination"),
    "minority": N_("Rights of minorities"),
    "remedy": N_("Effective remedy"),
    "property": N_("Property"),
    "refoulement": N_("No return to danger"),
    "nationality": N_("Nationality"),
}
VERDICTS = {
    "incompatible": N_("incompatible"),
    "high": N_("high risk"),
    "moderate": N_("moderate risk"),
    "low": N_("low risk"),
    "undetermined": N_("undetermined"),
}
STAGES = {
    "scope": N_("Scope"),
    "absolute": N_("Absolute bars"),
    "legality": N_("Legality"),
    "aim": N_("Aim"),
    "necessity": N_("Necessity"),
    "proportionality": N_("Proportionality"),
    "equality": N_("Equality"),
    "safeguards": N_("Safeguards"),
    "derogation": N_("Derogation"),
    "due-diligence": N_("Due diligence"),
}
STATUSES = {"passed": N_("passed"), "failed": N_("failed"), "doubtful": N_("doubtful"), "open": N_("open")}
STANDINGS = {
    "binding": N_("binding"),
    "signed": N_("signed, not binding"),
    "commitment": N_("political commitment"),
    "benchmark": N_("benchmark only"),
}
EFFECTS = {
    "violation": N_("A test fails outright"),
    "strong": N_("A strong sign of a breach"),
    "weak": N_("A weakness"),
    "mitigates": N_("Speaks for the measure"),
}
PARTIES = {
    "government": N_("the government"),
    "author": N_("the author of the source"),
    "opposition": N_("the opposition"),
    "ngo": N_("a non-governmental organisation"),
    "court": N_("a court"),
    "affected": N_("people affected"),
    "international-body": N_("an international body"),
}
STATES = {
    "fired": N_("fired"),
    "rebuttable": N_("fired, can be rebutted"),
    "excused": N_("excused"),
    "live": N_("open, partly met"),
    "dormant": N_("not examined"),
    "silent": N_("not met"),
}
CHECKED = {
    "seen": N_("pinpoint verified in the text"),
    "memory": N_("pinpoint not verified"),
    "unsure": N_("pinpoint doubtful"),
}
GRADES = {
    "grave": N_("grave"),
    "serious": N_("serious"),
    "limited": N_("limited"),
    "wide": N_("wide"),
    "medium": N_("medium"),
    "narrow": N_("narrow"),
    "irreversible": N_("irreversible"),
    "hard": N_("hard to put right"),
    "remediable": N_("can be put right"),
    "unknown": N_("not known"),
}
LANGUAGE_NAMES = {"en": "English", "ru": "Русский", "kk": "Қазақша"}


class Texts:
    """The strings of one language."""

    def __init__(self, lang: str = "en") -> None:
        if lang not in LANGUAGES:
            raise ValueError(f"no language {lang}")
        self.lang = lang
        self.locale = Locale.parse("en_GB" if lang == "en" else lang)
        self._catalogue = _catalogue(lang)

    def gettext(self, text: str, **values: object) -> str:
        """Return a string translated, with `{name}` filled in."""
        found = self._catalogue.gettext(text)
        return found.format(**values) if values else found

    def plural(self, one: str, many: str, count: int, **values: object) -> str:
        """Return the form of a string that goes with a number; `{n}` is the number."""
        return self._catalogue.ngettext(one, many, count).format(n=count, **values)

    def name(self, table: dict[str, str], key: str) -> str:
        """Return the name of something the engine speaks of; unknown keys name themselves."""
        return self.gettext(table[key]) if key in table else key

    def right(self, key: str) -> str:
        """Return the name of a right."""
        return self.name(RIGHTS, key)

    def verdict(self, key: str) -> str:
        """Return a verdict's name."""
        return self.name(VERDICTS, key)

    def stage(self, key: str) -> str:
        """Return the name of a stage of the test."""
        return self.name(STAGES, key)

    def date(self, text: str | None) -> str:
        """Return an ISO 8601 date, year-month or year in the language's long form."""
        if not text:
            return self.gettext("no date")
        if len(text) == 4:
            return text
        if len(text) == 7:
            return format_date(datetime.date.fromisoformat(f"{text}-01"), "LLLL y", self.locale)
        return format_date(datetime.date.fromisoformat(text), "long", self.locale)

    def country(self, code: str | None) -> str:
        """Return a country's name by its code."""
        if not code:
            return self.gettext("not given")
        return str(self.locale.territories.get(code, code))

    def listed(self, items: Iterable[str], *, either: bool = False) -> str:
        """Return items as a list in a sentence."""
        found = list(items)
        return format_list(found, "or" if either else "standard", self.locale) if found else ""

    def number(self, count: int) -> str:
        """Return a whole number with its thousands apart."""
        return str(format_decimal(count, locale=self.locale))

    def percent(self, share: float) -> str:
        """Return a share in per cent with one decimal."""
        return format_percent(share, "#,##0.0%" if self.lang == "en" else "#,##0.0 %", self.locale)


@functools.cache
def _catalogue(lang: str) -> gettext.NullTranslations:
    if lang == "en":
        return gettext.NullTranslations()
    with resources.files(__package__).joinpath("locale", f"{lang}.po").open("rb") as stream:
        catalogue = read_po(stream, locale=lang)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def clean(text: object) -> str:
    """Return text without what no document may hold or that hides what is read.

    Control characters, halves of surrogate pairs, non-characters and marks that turn the direction of the text become
    the replacement character.
    """
    return str(text).translate(_REPLACED)


def _replaced() -> dict[int, str]:
    bad: list[Any] = [c for c in range(0x20) if c not in (0x09, 0x0A)] + list(range(0x7F, 0xA0))
    bad += [*range(0xD800, 0xE000), *range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0xFDD0, 0xFDF0)]
    bad += [plane * 0x10000 + end for plane in range(17) for end in (0xFFFE, 0xFFFF)]
    return {**dict.fromkeys(bad, "\N{REPLACEMENT CHARACTER}"), 0x0D: "", 0x2028: "\n", 0x2029: "\n"}


_REPLACED = _replaced()
