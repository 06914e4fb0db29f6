"""`audit cases` with the history, end to end: its measures as the table, runs stored, options that go ill together."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.calling import caller

TABLE = (
    "case,measure,type,title,country,date,restricts,law.basis\n"
    "x-1,m,assembly-ban,A ban,KZ,2010,assembly,none\n"
    "x-2,m,assembly-ban,,FR,,assembly;worship,\n"
)


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text(TABLE)

    return caller(capsys, "--database", "history.db")


def test_a_stored_run_and_the_history_as_its_table(call: Any) -> None:
    code, out, _ = call("audit", "cases", "t.csv", "-o", "a.csv", "--store", "--format", "json")
    told = json.loads(out)
    assert (code, told["run"], told["stored"]) == (0, 3, {"rows": 2, "first": 1, "last": 2})
    first = list(csv.DictReader(Path("a.csv").read_text().splitlines()))
    assert [r["assessment"] for r in first] == ["1", "2"]

    code, out, _ = call("history", "show", "1", "--format", "json")
    assert json.loads(out)[0]["verdict"] == first[0]["verdict"]
    assert call("history", "show", "3")[0] == 2
    assert call("history", "replay", "--all")[1].startswith("2 of 2 identical")
    code, out, _ = call("history", "runs", "--format", "json")
    (recorded,) = json.loads(out)
    assert (code, recorded["record"], recorded["rows"], recorded["rejected"]) == (0, 3, 2, 0)
    assert "1 to 2" in call("history", "runs")[1]
    assert call("history", "verify", "--deep")[0] == 0

    code, out, _ = call("audit", "cases", "--from-history", "--country", "KZ", "-o", "b.jsonl", "--format", "json")
    assert (code, json.loads(out)["rows"]) == (0, 1)
    again = json.loads(Path("b.jsonl").read_text())
    assert (again["case"], again["verdict"], again["fired"]) == (
        "x-1",
        first[0]["verdict"],
        first[0]["fired"].split(";"),
    )


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["-o", "o.csv"], "give a table, or --from-history"),
        (["t.csv", "--from-history", "-o", "o.csv"], "were both given"),
        (["t.csv", "--country", "KZ", "-o", "o.csv"], "goes with --from-history"),
        (["--from-history", "--right", "asembly", "-o", "o.csv"], "did you mean `assembly`"),
    ],
)
def test_what_does_not_go_together_is_refused(call: Any, args: list[str], said: str) -> None:
    code, _, err = call("audit", "cases", *args)

    assert code == 2
    assert said in err
    assert not Path("o.csv.state").exists()


def test_without_a_history_one_line_says_so(call: Any) -> None:
    assert call("audit", "cases", "--from-history", "-o", "o.csv")[0] == 4


def test_the_use_of_rules_over_a_table_and_over_the_history(call: Any) -> None:
    code, out, _ = call("audit", "rules", "--over", "t.csv", "--format", "json")
    told = json.loads(out)
    assert (code, told["measures"], set(told["by_country"])) == (0, 2, {"KZ", "FR"})
    fired = {r["rule"] for r in told["rules"] if r["fired"]}
    assert fired and fired.isdisjoint(told["never_fired"])
    assert told["by_year"]["2010"]["measures"] == 1
    call("audit", "cases", "t.csv", "-o", "a.csv", "--store")
    code, out, _ = call("audit", "rules", "--over", "history", "--format", "json")
    again = json.loads(out)
    assert code == 0
    assert [(r["rule"], r["fired"], r["open"]) for r in again["rules"]] == [
        (r["rule"], r["fired"], r["open"]) for r in told["rules"]
    ]
    code, out, _ = call("audit", "rules", "--over", "history")
    assert code == 0
    assert all(rule in out for rule in fired)
    assert call("audit", "rules", "--over", "t.csv", "--right", "assembly")[0] == 2
    assert call("audit", "rules", "--over", "none.csv")[0] == 2
