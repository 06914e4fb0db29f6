"""`rightscheck rules diff`: folders, the bundled rulebook, stored ones; formats and refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rightscheck.rulebook.load import load_rulebook
from tests.audit.folder import write_book
from tests.books import content, rule
from tests.cli.calling import caller
from tests.cli.test_cli import case

HOSTILE = "A [red]title[/red] \x1b]0;x\x07 | `code` <b>bold</b> \N{RIGHT-TO-LEFT OVERRIDE}"


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run `rules diff` between a rulebook and an edited one."""
    monkeypatch.chdir(tmp_path)
    write_book(tmp_path / "old", content([rule("vague", "law.precision from vague"), rule("gone", "law.published")]))
    edited = [rule("vague", "law.basis == none", title=HOSTILE), rule("more", "assembly.blanket")]
    write_book(tmp_path / "new", content(edited))

    return caller(capsys, "--database", "history.db")


def test_json_holds_every_edit(call: Any) -> None:
    code, out, _ = call("rules", "diff", "old", "new", "--format", "json")
    data = json.loads(out)
    assert code == 0 and not data["equal"]
    assert data["counts"] == {"rule": {"changed": 1, "removed": 1, "added": 1}}
    assert {(e["id"], e["change"]) for e in data["edits"]} == {
        ("vague", "changed"),
        ("gone", "removed"),
        ("more", "added"),
    }


def test_hostile_texts_are_shown_as_text(call: Any) -> None:
    for form in ("table", "md"):
        code, out, _ = call("rules", "diff", "old", "new", "--format", form)
        assert code == 0
        assert "\x1b]" not in out and "\x07" not in out and "\N{RIGHT-TO-LEFT OVERRIDE}" not in out
    assert "\\[red\\]title" in out and "\\<b\\>" in out
    assert call("rules", "diff", "old", "new", "--format", "md", "-o", "diff.md")[1] == ""
    assert Path("diff.md").read_text() == out


def test_equal_rulebooks(call: Any) -> None:
    code, out, _ = call("rules", "diff", "old", "old")
    assert (code, out.splitlines()[-1]) == (0, "The rulebooks are equal.")
    assert json.loads(call("rules", "diff", "old", "old", "--format", "json")[1])["edits"] == []


def test_a_stored_rulebook_by_its_digest(call: Any, tmp_path: Path) -> None:
    digest = load_rulebook(tmp_path / "old").sha256
    Path("case.json").write_text(json.dumps(case("one", "high")))
    assert call("--rulebook", "old", "assess", "case.json")[0] == 0
    code, out, _ = call("rules", "diff", digest[:10], "old", "--format", "json")
    assert code == 0 and json.loads(out)["equal"] and json.loads(out)["old"]["sha256"] == digest


def test_refusals_say_what_and_where(call: Any) -> None:
    Path("file.zip").write_bytes(b"PK")
    for args, words in (
        (("nowhere", "old"), "nowhere: no such folder of rules"),
        (("file.zip", "old"), "file.zip: is a file"),
        (("old", "new", "--kind", "factr"), "did you mean `factor`"),
    ):
        code, out, err = call("rules", "diff", *args)
        assert (code, out) == (2, "") and words in err and len(err.splitlines()) == 1
    Path("case.json").write_text(json.dumps(case("one", "high")))
    assert call("--rulebook", "old", "assess", "case.json")[0] == 0
    code, _, err = call("rules", "diff", "abcdef0123", "old")
    assert code == 2 and "no stored rulebook begins so; stored are" in err
