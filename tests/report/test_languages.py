"""The catalogues: complete, with the same places to fill in, marked as unreviewed, plurals and dates right."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from markupsafe import escape

from rightscheck.facts.read import read_case
from rightscheck.report.build import build
from rightscheck.report.html import render as html
from rightscheck.report.markdown import render as markdown
from rightscheck.report.pdf import render as pdf
from rightscheck.report.texts import LANGUAGES, Texts
from rightscheck.rulebook.locale import Locale, LocaleEntry, text_mark
from tests.report.conftest import MEASURE, SEEDS, document_of, seed_report, subjects_of

REPORT = Path(__file__).parents[2] / "engine" / "rightscheck" / "report"
KEYWORDS: Any = {"_": None, "N_": None, "gettext": None, "plural": (1, 2)}


def _strings() -> set[Any]:
    return {m for _, _, m, _, _ in extract_from_dir(REPORT, [("**.py", "python")], keywords=KEYWORDS)}


def _places(text: str) -> set[str]:
    return set(re.findall(r"{\w+}", text))


@pytest.mark.parametrize("lang", ["ru", "kk"])
def test_a_catalogue_is_complete_and_marked(lang: str) -> None:
    with (REPORT / "locale" / f"{lang}.po").open("rb") as stream:
        data = stream.read()
        stream.seek(0)
        catalogue = read_po(stream, locale=lang)
    assert b"UNREVIEWED TRANSLATION" in data and b"X-Review: unreviewed" in data
    entries = {m.id: m.string for m in catalogue if m.id}
    assert set(entries) == _strings()
    for key, found in entries.items():
        forms = found if isinstance(found, tuple | list) else (found,)
        wanted = key[1] if isinstance(key, tuple | list) else key
        assert all(form.strip() and _places(form) == _places(wanted) for form in forms), key


def test_plurals_dates_countries() -> None:
    ru, kk, en = Texts("ru"), Texts("kk"), Texts("en")
    forms = [ru.plural("{n} case", "{n} cases", n) for n in (1, 2, 5, 11, 21, 112)]
    assert forms == ["1 дело", "2 дела", "5 дел", "11 дел", "21 дело", "112 дел"]
    assert kk.plural("{n} case", "{n} cases", 3) == "3 іс"
    assert [t.date("2005-04-11") for t in (en, ru)] == ["11 April 2005", "11 апреля 2005\u202fг."]
    assert "сәуір" in kk.date("2005-04-11")
    assert [t.country("KZ") for t in (en, ru, kk)] == ["Kazakhstan", "Казахстан", "Қазақстан"]
    assert en.date(None) == "no date" and en.date("2005") == "2005" and en.date("2005-04") == "April 2005"


@pytest.mark.parametrize("lang", ["ru", "kk"])
def test_a_translated_report_says_that_it_is_unreviewed(lang: str) -> None:
    document = document_of(seed_report(lang, measure=MEASURE))
    assert document.notice
    text = markdown(document).decode()
    assert Texts(lang).right("religion") in text
    page = html(document).decode()
    assert f'<html lang="{lang}">' in page and 'lang="en"' in page
    assert b"pdfuaid" in pdf(document)  # no letter is missing from the fonts


def test_languages_are_those_of_the_command_line() -> None:
    assert LANGUAGES == ("en", "ru", "kk")
    with pytest.raises(ValueError, match="no language"):
        Texts("xx")


def test_translated_rule_texts_stand_in_the_report_and_the_rest_is_marked_english() -> None:
    case = read_case(SEEDS / "kz-2005-osce-review.yaml").case
    subjects = subjects_of(case)
    fired = subjects[0].result.fired[0]
    rule = subjects[0].book.rules[fired.rule]
    entry = LocaleEntry(of=text_mark(rule), title="Заголовок", because="Почему.", cure="Как исправить.", limits="Но.")
    report = build(subjects, Texts("ru"), locale=Locale("ru", False, {rule.id: entry}))
    items = [r for x in report.measures for right in x.rights for s in right.stages for r in s.rules]
    for item in items:
        mine = item.rule == rule.id
        assert (item.title_lang, item.because.lang) == (("ru", "ru") if mine else ("en", "en"))
        assert (item.title == "Заголовок") == mine
    assert any(item.rule == rule.id for item in items)
    page = html(document_of(report)).decode()
    assert "Почему." in page and ">Почему.</span>" not in page.replace('lang="ru"', "")
    assert report.translated == "unreviewed" and "юрист их не проверял" in page
    for other in (i for i in items if i.rule != rule.id):
        assert 'lang="en">' in page and escape(other.because.text) in page
