"""Texts of rules in other languages: `locale/LANG.yaml` beside the rules, by rule id.

They are no part of the law nor of the rulebook's digest. Each entry says of which English text it is the translation,
so that it is left out, and reported, once that text has changed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from rightscheck.facts.case import Strict
from rightscheck.facts.text import Node, parse_file
from rightscheck.problems import InputError, Place, Problem, nearest
from rightscheck.rulebook.check import placeholders
from rightscheck.rulebook.model import Content, Line, Rule

FIELDS = ("title", "because", "cure", "limits")


class LocaleEntry(Strict):
    """One rule in another language; `of` marks the English texts it translates."""

    of: Annotated[str, Field(pattern=r"^[0-9a-f]{8}$")]
    title: Line
    because: Line
    cure: Line | None = None
    limits: Line | None = None


class LocaleFile(Strict):
    """A file of translations; `reviewed` once a lawyer who speaks the language has read every entry."""

    reviewed: bool
    rules: dict[str, LocaleEntry]


@dataclass(frozen=True, slots=True)
class Locale:
    """The translations that hold for a rulebook; `stale` are those whose English text has changed."""

    lang: str
    reviewed: bool = False
    entries: dict[str, LocaleEntry] = field(default_factory=dict)
    stale: dict[str, Place] = field(default_factory=dict)

    def text(self, rule: str, name: str) -> str | None:
        """Return a text of a rule (`title`, `because`, `cure` or `limits`), None where it is not translated."""
        entry = self.entries.get(rule)
        found = getattr(entry, name) if entry else None
        return None if found is None else str(found)


def text_mark(rule: Rule) -> str:
    """Return the mark of a rule's English texts: the beginning of their SHA-256."""
    texts = "\x00".join(getattr(rule, name) or "" for name in FIELDS)
    return hashlib.sha256(texts.encode()).hexdigest()[:8]


def locale_path(folder: Path, lang: str) -> Path:
    """Return where the translations into a language stand."""
    return folder / "locale" / f"{lang}.yaml"


def languages_of(folder: Path) -> list[str]:
    """Return the languages into which some rules are translated."""
    return sorted(path.stem for path in (folder / "locale").glob("*.yaml"))


def load_locale(folder: Path, lang: str, content: Content, *, other: bool = False) -> Locale:
    """Return the translations of a rulebook into a language; none where there is no file.

    Args:
        folder: the folder of the rules.
        lang: the language.
        content: the rulebook.
        other: it may be another rulebook than the folder's (a stored one), so entries for rules it lacks are left out.

    Raises:
        InputError: the file is wrong: an unknown rule or key, places to fill in that differ from the English text.
        SurroundingsError: it cannot be read.
    """
    path = locale_path(folder, lang)
    if not path.is_file():
        return Locale(lang)
    node = parse_file(path)
    try:
        found = LocaleFile.model_validate(node.plain() or {})
    except ValidationError as error:
        raise InputError(_shape(node, error)) from None
    rules = {rule.id: rule for rule in content.rules}
    problems: list[Problem] = []
    stale: dict[str, Place] = {}
    for name, entry in found.rules.items():
        place = node.at("rules", name)
        if name not in rules and other:
            stale[name] = place
        elif name not in rules:
            problems.append(Problem("no rule of this id", place, name, nearest(name, rules)))
        elif entry.of != text_mark(rules[name]):
            stale[name] = place
        else:
            problems += _differences(entry, rules[name], place)
    if problems:
        raise InputError(problems)
    kept = {name: entry for name, entry in found.rules.items() if name not in stale}
    return Locale(lang, found.reviewed, kept, stale)


def _shape(node: Node, error: ValidationError) -> list[Problem]:
    kinds = {"extra_forbidden": "no such key here", "missing": "is required"}
    return [
        Problem(kinds.get(item["type"], item["msg"]), node.at(*item["loc"]), ".".join(map(str, item["loc"])))
        for item in error.errors(include_url=False)
    ]


def _differences(entry: LocaleEntry, rule: Rule, place: Place) -> list[Problem]:
    """Return where a translation lacks a text, has one too many, or fills in other facts."""
    found = []
    for name in FIELDS:
        english, other = getattr(rule, name), getattr(entry, name)
        if (english is None) != (other is None):
            said = "is not translated" if other is None else "translates nothing: the rule has no such text"
            found.append(Problem(f"`{name}` {said}", place, rule.id))
            continue
        if english is None or name != "because":
            continue
        wanted = sorted(fact for fact, _ in placeholders(english))
        try:
            given = sorted(fact for fact, _ in placeholders(other))
        except ValueError as error:
            found.append(Problem(f"`{name}`: {error}", place, rule.id))
            continue
        if wanted != given:
            text = (
                f"`{name}` fills in {', '.join(given) or 'nothing'}, the English text {', '.join(wanted) or 'nothing'}"
            )
            found.append(Problem(text, place, rule.id))
    return found
