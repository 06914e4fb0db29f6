"""Texts of rules in other languages: read with every fault placed, left out where the English text has changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from rightscheck.cli.main import run
from rightscheck.problems import InputError
from rightscheck.resources import bundled
from rightscheck.rulebook.load import load_rulebook, rulebook_from_content
from rightscheck.rulebook.locale import languages_of, load_locale, text_mark
from rightscheck.rulebook.model import Content
from tests.books import content, rule

RULES = [
    rule("plain", "law.basis == none", because="It is so.", cure="Mend it.", limits="It may pass."),
    rule("filled", "law.precision from vague", because="The law is {law.precision:phrase}."),
]


@pytest.fixture(scope="module")
def small() -> Content:
    return rulebook_from_content(content(RULES)).content


def entries(small: Content) -> dict[str, Any]:
    plain, filled = small.rules
    return {
        "plain": {
            "of": text_mark(plain),
            "title": "T",
            "because": "Так.",
            "cure": "Исправить.",
            "limits": "Может быть.",
        },
        "filled": {"of": text_mark(filled), "title": "T", "because": "Закон {law.precision:phrase}."},
    }


def write(folder: Path, rules: dict[str, Any], **more: Any) -> Path:
    (folder / "locale").mkdir(exist_ok=True)
    data = {"reviewed": False, "rules": rules, **more}
    (folder / "locale" / "ru.yaml").write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return folder


def test_texts_are_read(tmp_path: Path, small: Content) -> None:
    found = load_locale(write(tmp_path, entries(small)), "ru", small)
    assert found.text("plain", "cure") == "Исправить." and found.text("filled", "limits") is None
    assert found.text("no-such", "title") is None and not found.reviewed and not found.stale
    assert languages_of(tmp_path) == ["ru"] and load_locale(tmp_path, "kk", small).entries == {}


@pytest.mark.parametrize("name", ["title", "because", "cure", "limits"])
def test_a_changed_english_text_makes_a_translation_stale(tmp_path: Path, small: Content, name: str) -> None:
    write(tmp_path, entries(small))
    changed = small.rules[0].model_copy(update={name: "Another text."})
    found = load_locale(tmp_path, "ru", small.model_copy(update={"rules": [changed, small.rules[1]]}))
    assert set(found.stale) == {"plain"} and found.text("plain", "title") is None and "filled" in found.entries


@pytest.mark.parametrize(
    ("rule_id", "update", "said"),
    [
        ("plain", {"cure": None}, "`cure` is not translated"),
        ("filled", {"cure": "x"}, "translates nothing"),
        ("filled", {"because": "Закон."}, "fills in nothing"),
        ("filled", {"because": "{law.basis}"}, "fills in law.basis"),
        ("filled", {"because": "{"}, "`because`"),
        ("plain", {"of": "x"}, "pattern"),
        ("plain", {"tilte": "x"}, "no such key"),
        ("plane", {"of": "00000000", "title": "x", "because": "x"}, "no rule of this id"),
    ],
)
def test_faults_are_placed(tmp_path: Path, small: Content, rule_id: str, update: dict[str, Any], said: str) -> None:
    rules = entries(small)
    rules[rule_id] = {k: v for k, v in {**rules.get(rule_id, {}), **update}.items() if v is not None}
    write(tmp_path, rules)
    with pytest.raises(InputError) as caught:
        load_locale(tmp_path, "ru", small)
    (problem,) = caught.value.problems
    assert said in str(problem) and "ru.yaml:" in str(problem)


def test_entries_of_another_rulebook_are_left_out(tmp_path: Path, small: Content) -> None:
    write(tmp_path, {**entries(small), "later": {"of": "00000000", "title": "x", "because": "x"}})
    assert set(load_locale(tmp_path, "ru", small, other=True).entries) == {"plain", "filled"}


def test_bundled_translations_load_and_are_marked() -> None:
    folder, book = bundled("rules"), load_rulebook()
    assert languages_of(folder) == ["kk", "ru"]
    for lang in languages_of(folder):
        assert not load_locale(folder, lang, book.content).reviewed
        assert "UNREVIEWED" in (folder / "locale" / f"{lang}.yaml").read_text(encoding="utf-8")


def test_translations_are_no_part_of_the_digest() -> None:
    assert "locale" not in load_rulebook().content.model_dump_json()


def test_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "locale", "--format", "json"]) in (0, 1)
    found = json.loads(capsys.readouterr().out)
    rules = len(load_rulebook().content.rules)
    for item in found:
        assert item["translated"] + len(item["stale"]) + len(item["untranslated"]) == item["rules"] == rules
    assert run(["rules", "locale", "ru", "--missing"]) in (0, 1)
    data = yaml.safe_load("rules:\n" + capsys.readouterr().out)["rules"]
    russian = next(item for item in found if item["language"] == "ru")
    assert set(data) == set(russian["untranslated"]) | set(russian["stale"])
    marks = {rule.id: text_mark(rule) for rule in load_rulebook().content.rules}
    assert all(str(entry["of"]) == marks[name] for name, entry in data.items())
    assert run(["rules", "locale", "xx"]) == 2 and run(["rules", "locale", "--missing"]) == 2
