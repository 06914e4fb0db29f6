"""The commands of the history, end to end, on SQLite."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rightscheck.cli.main import run
from rightscheck.rulebook.book import Rulebook
from tests.history import samples


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return samples.small_book()


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, book: Rulebook, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command; return exit code, standard output and standard error."""
    monkeypatch.setattr("rightscheck.cli.common.load_rulebook", lambda path: book)
    monkeypatch.setattr("rightscheck.history.replay.load_rulebook", lambda: book)
    monkeypatch.chdir(tmp_path)
    for number in range(3):
        Path(f"case-{number}.json").write_text(json.dumps(samples.case_data(number)))

    def execute(*args: str) -> tuple[int, str, str]:
        code = run(["--database", "history.db", *args])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return execute


def test_assess_stores_and_says_so_once(call: Any) -> None:
    code, out, err = call("assess", "case-0.json", "case-1.json", "--format", "json")
    assert code == 0 and err == "a new history is kept in history.db\n"
    assert [item["assessment"] for item in json.loads(out)] == [1, 2, 3, 4]
    code, out, err = call("assess", "case-2.json", "--format", "jsonl")
    assert [json.loads(line)["assessment"] for line in out.splitlines()] == [5, 6] and err == ""


def test_no_store(call: Any) -> None:
    code, out, _ = call("assess", "case-0.json", "--no-store", "--format", "json")
    assert code == 0 and json.loads(out)[0]["assessment"] is None and not Path("history.db").exists()


def test_show_prints_what_assess_printed(call: Any) -> None:
    for form in ("json", "jsonl", "md", "table"):
        _, first, _ = call("assess", "case-0.json", "--format", form)
    _, out, _ = call("assess", "case-0.json", "--format", "json")
    first = json.loads(out)[0]
    code, out, _ = call("history", "show", str(first["assessment"]), "--format", "json")
    assert code == 0 and json.loads(out) == [first]
    _, table, _ = call("history", "show", "1")
    assert "Ban on rallies 0" in table and "#1" in table


def test_list_filters_and_pages(call: Any) -> None:
    call("assess", "case-0.json", "case-1.json", "case-2.json")
    code, out, _ = call("history", "list", "--format", "json")
    assert code == 0 and [row["assessment"] for row in json.loads(out)] == [6, 5, 4, 3, 2, 1]
    assert set(json.loads(out)[0]) >= {"assessment", "case", "measure", "verdict", "could_be", "stored_at", "rulebook"}
    for options, numbers in (
        (["--country", "fr"], [4, 3]),
        (["--type", "religious-ban", "--right", "religion"], [6, 2]),
        (["--limit", "2", "--offset", "3"], [3, 2]),
        (["--since", "2000", "--until", "2001-12"], []),
        (["--since", "2001", "--until", "9998"], [6, 5, 4, 3, 2, 1]),
    ):
        _, out, _ = call("history", "list", *options, "--format", "jsonl")
        assert [json.loads(line)["assessment"] for line in out.splitlines()] == numbers, options
    _, out, err = call("history", "list", "--limit", "4")
    assert "case-2 / ban" in out.replace("\n", " ") and err == "4 of 6; the next page is --offset 4\n"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--right", "assembley"], "did you mean `assembly`?"),
        (["--verdict", "hihg"], "did you mean `high`?"),
        (["--type", "assembly-bann"], "did you mean `assembly-ban`?"),
        (["--rulebook", "xyz"], "hexadecimal"),
        (["--country", "KAZ"], "two letters"),
        (["--since", "yesterday"], "takes a date"),
        (["--limit", "0"], "--limit"),
    ],
)
def test_wrong_filters(call: Any, options: list[str], said: str) -> None:
    code, out, err = call("history", "list", *options)
    assert code == 2 and out == "" and said in err and len(err.splitlines()) == 1


def test_a_stored_assessment_is_a_target(call: Any) -> None:
    call("assess", "case-0.json")
    code, out, err = call("explain", "1", "--depth", "1")
    assert code == 0, err
    code, _, err = call("explain", "7")
    assert code == 2 and "no stored assessment has this number; the last is 2" in err


def test_db_commands(call: Any) -> None:
    code, out, _ = call("db", "upgrade")
    assert code == 0 and "schema none to " in out
    assert "up to date" in call("db", "upgrade")[1]
    assert "this program writes" in call("db", "current")[1]
    code, out, _ = call("db", "check")
    assert code == 0 and "the tables are those" in out


def test_commands_that_do_not_store_import_no_database() -> None:
    script = """
import sys
from rightscheck.cli.main import run
for args in (["--help"], ["assess", "--help"], ["explain", "--help"], ["history", "--help"], ["db", "--help"]):
    run(args)
import rightscheck.cli.assess, rightscheck.cli.target, rightscheck.cli.history, rightscheck.cli.db
sys.exit(any(name.split(".")[0] in ("sqlalchemy", "alembic", "psycopg", "sqlite3") for name in sys.modules))
"""
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, check=False).returncode == 0
