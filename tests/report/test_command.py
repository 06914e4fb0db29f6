"""`rightscheck report`: one line and exit 2 where the user is wrong; a file is whole or not there."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

import pytest

from rightscheck.cli import report as command
from rightscheck.cli.main import run
from tests.report.conftest import AGREEMENT, MEASURE, SEED


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "agreement_of", lambda subject: AGREEMENT)


def _report(*args: str) -> int:
    return run(["report", *args])


@pytest.mark.parametrize(
    ("name", "begins"),
    [("a.html", b"<!DOCTYPE html>"), ("a.md", b"# "), ("a.json", b"{"), ("a.docx", b"PK"), ("a.PDF", b"%PDF-")],
)
def test_the_ending_says_the_format(tmp_path: Path, name: str, begins: bytes) -> None:
    path = tmp_path / name
    assert _report(str(SEED), "--measure", MEASURE, "-o", str(path)) == 0
    assert path.read_bytes().startswith(begins)
    assert [p.name for p in tmp_path.iterdir()] == [name]
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "args",
    [
        ["missing.yaml", "-o", "a.html"],
        [str(SEED), "-o", "a.odt"],
        [str(SEED), "-o", "a"],
        [str(SEED), "-o", "no/such/folder/a.html"],
        [str(SEED), "-o", "folder.html"],
        [str(SEED), "-o", "x" * 300 + ".html"],
        [str(SEED), "--measure", "no-such", "-o", "a.html"],
        [str(SEED), "--as", "horoscope", "-o", "a.html"],
        [str(SEED)],
        ["-o", "a.html"],
    ],
)
def test_what_is_wrong_is_said_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], args: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.html").mkdir()
    assert _report(*args) == 2
    said = capsys.readouterr()
    assert said.out == "" and len(said.err.strip().splitlines()) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["folder.html"]


def test_a_folder_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "mkstemp", refused)
    assert _report(str(SEED), "--measure", MEASURE, "-o", str(tmp_path / "a.md")) == 2
    assert "permission denied" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.md"
    path.write_text("old")

    def broken(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", broken)
    assert _report(str(SEED), "--measure", MEASURE, "-o", str(path)) == 4
    assert path.read_text() == "old" and [p.name for p in tmp_path.iterdir()] == ["a.md"]


def test_a_missing_library_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "rightscheck.report.pdf", raising=False)
    monkeypatch.setitem(sys.modules, "typst", None)
    assert _report(str(SEED), "--measure", MEASURE, "-o", str(tmp_path / "a.pdf")) == 2
    assert "pip install 'rightscheck[report]'" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_several_targets_make_one_report(tmp_path: Path) -> None:
    other = SEED.with_name("kz-2016-website-shutdown.yaml")
    assert _report(str(SEED), str(other), "-o", str(tmp_path / "a.json")) == 0
    data = json.loads((tmp_path / "a.json").read_bytes())
    assert [c["case"] for c in data["cases"]] == [SEED.stem, other.stem]
    assert [x["number"] for x in data["measures"]] == list(range(1, len(data["measures"]) + 1))


def test_language_reaches_the_report(tmp_path: Path) -> None:
    assert run(["--lang", "kk", "report", str(SEED), "--measure", MEASURE, "-o", str(tmp_path / "a.md")]) == 0
    assert "Вердикт" in (tmp_path / "a.md").read_text(encoding="utf-8")
