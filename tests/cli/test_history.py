"""The commands of the history, end to end, on SQLite."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rightscheck.rulebook.book import Rulebook
from tests.cli.calling import caller
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

    return caller(capsys, "--database", "history.db")


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


def test_verify_checkpoint_and_proof(call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_data_dir", lambda name: str(tmp_path / "data"))
    call("assess", "case-0.json", "case-1.json")
    code, out, err = call("history", "verify")
    assert code == 0 and out.startswith("sound: 4 records") and "cannot tell" in err
    code, out, _ = call("history", "checkpoint", "-o", "c.json")
    key = out.rpartition(" ")[2].strip()
    assert code == 0 and len(key) == 64
    assert (tmp_path / "data" / "checkpoint-key.hex").stat().st_mode & 0o777 == 0o600
    code, _, err = call("history", "checkpoint", "-o", "c.json")
    assert code == 2 and "--force" in err
    code, _, err = call("history", "verify", "--deep", "--checkpoint", "c.json", "--key", key)
    assert code == 0 and err == ""
    code, _, err = call("history", "verify", "--checkpoint", "c.json", "--key", "0" * 64)
    assert code == 2 and "another key" in err
    assert call("history", "prove", "3", "-o", "p.json")[0] == 0
    code, out, _ = call("history", "check-proof", "p.json", "--key", key)
    assert code == 0 and "case-1 / ban was assessed" in out
    proof = json.loads(Path("p.json").read_text())
    proof["result"]["verdict"] = "incompatible" if proof["result"]["verdict"] == "low" else "low"
    Path("p.json").write_text(json.dumps(proof))
    code, out, _ = call("history", "check-proof", "p.json", "--key", key)
    assert code == 1 and "not what the record commits to" in out
    _spoil("UPDATE assessments SET verdict = 'low', salt = zeroblob(32) WHERE id = 2")
    code, out, _ = call("history", "verify", "--format", "json")
    assert code == 1 and json.loads(out)["first_bad"] == 2
    code, out, _ = call("history", "verify")
    assert code == 1 and "CHANGED: the first bad record is 2" in out


def _spoil(statement: str) -> None:
    import sqlite3

    connection = sqlite3.connect("history.db")
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_replay(call: Any) -> None:
    call("assess", "case-0.json", "case-1.json")
    call("history", "delete", "case-1", "--yes")
    code, out, _ = call("history", "replay", "--all")
    assert code == 0 and out == "2 of 2 identical, byte for byte, 2 erased\n"
    _spoil("UPDATE rulebooks SET content = replace(content, 'Rule belief', 'Rule BELIEF')")
    code, out, _ = call("history", "replay", "1")
    assert code == 1 and "was changed" in out
    assert call("history", "replay")[0] == 2


def test_diff_and_timeline(call: Any) -> None:
    call("assess", "case-0.json")
    data = samples.case_data(0)
    data["measures"][0]["law"] = {"basis": "statute", "precision": "precise"}
    Path("later.json").write_text(json.dumps(data))
    call("assess", "later.json")
    code, out, _ = call("history", "diff", "1", "3", "--format", "json")
    found = json.loads(out)
    assert code == 0 and found["rules_gone"] == ["ban-without-law", "vague-law"]
    assert found["verdicts"][0]["because"] and found["old"]["assessment"] == 1
    code, out, _ = call("history", "diff", "1", "3")
    assert code == 0 and "no longer fired: ban-without-law" in out
    code, out, _ = call("history", "timeline", "case-0")
    assert code == 0 and "version 2" in out
    code, out, _ = call("history", "timeline", "case-0", "--format", "json")
    assert [row["id"] for row in json.loads(out)] == [1, 2, 3, 4]
    assert call("history", "timeline", "nothing")[0] == 2


def test_search(call: Any) -> None:
    call("assess", "case-0.json", "case-1.json")
    code, out, _ = call("history", "search", "собрание", "--format", "json")
    found = json.loads(out)
    assert code == 0 and len(found) == 4 and "собраний" in found[0]["hit"]
    code, out, err = call("history", "search", "rallies", "--country", "KZ")
    assert code == 0 and "Ban on rallies 0" in out and "1 shown" in err
    code, out, _ = call("history", "search", '"', "OR", "*", "--format", "jsonl")
    assert code == 0


def test_export_import_and_backup(call: Any) -> None:
    call("assess", "case-0.json", "case-1.json")
    for name in ("all.jsonl", "all.csv", "all.xlsx"):
        code, out, _ = call("history", "export", "-o", name)
        assert code == 0 and out == f"4 assessments written to {name}\n"
        assert Path(name).stat().st_mode & 0o777 == 0o600
        assert call("history", "export", "-o", name)[0] == 2
    for name, added in (("all.jsonl", 4), ("all.csv", 0), ("all.xlsx", 0)):
        code, out, err = call("--database", "new.db", "history", "import", name)
        assert code == 0 and out.startswith(f"{added} assessments added"), err
        code, out, _ = call("--database", "new.db", "history", "import", name)
        assert code == 0 and "0 assessments added, 4 were there already" in out
    assert call("--database", "new.db", "history", "verify", "--deep")[0] == 0
    code, out, _ = call("history", "export", "-o", "hidden.jsonl", "--mask", "law.basis")
    assert "(masked)" in out
    code, _, err = call("history", "import", "hidden.jsonl")
    assert code == 2 and "masked export" in err
    assert call("history", "export", "-o", "x.pdf")[0] == 2
    code, out, _ = call("history", "backup", "-o", "copy.db")
    assert code == 0 and "4 records copied" in out
    assert call("--database", "third.db", "history", "restore", "copy.db")[0] == 0
    assert call("--database", "third.db", "history", "verify")[0] == 0


def test_a_bad_sheet_is_told_cell_by_cell(call: Any) -> None:
    Path("s.csv").write_text("case,measure,type,law.basis\na,m,assembly-ban,statut\nb,m,assembly-ban,statute\n")
    code, out, err = call("history", "import", "s.csv")
    assert code == 2 and out == "" and err.startswith("s.csv:2:4: `law.basis`") and "`statute`" in err
    assert not Path("history.db").exists()
    code, out, _ = call("history", "import", "s.csv", "--skip-bad")
    assert code == 1 and out == "1 assessments added, 1 problems left out\n"


def test_delete_asks(call: Any) -> None:
    call("assess", "case-0.json")
    code, _, err = call("history", "delete", "case-0")
    assert code == 2 and "--yes" in err
    code, out, _ = call("history", "delete", "case-0", "--yes")
    assert code == 0 and out == "2 assessments of `case-0` erased; record 3 says so\n"
    assert call("history", "verify", "--deep")[0] == 0
    code, _, err = call("history", "show", "1")
    assert code == 2 and "erased" in err
