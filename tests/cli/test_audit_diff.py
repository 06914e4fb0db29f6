"""`rightscheck audit diff`: history, tables and folders of cases; causes, the CHANGELOG, exit codes, refusals."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.audit.folder import write_book
from tests.books import content, rule
from tests.cli.calling import caller
from tests.cli.test_cli import FACTS, RULES, case

HEADING = "### Verdicts that get milder\n\n"


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command beside an old rulebook, a milder one, a graver one, and five cases."""
    monkeypatch.chdir(tmp_path)
    vague, blanket = RULES[1], RULES[2]
    write_book(tmp_path / "old", content(RULES))
    write_book(tmp_path / "milder", content([RULES[0], {**vague, "effect": "weak"}, blanket]))
    write_book(tmp_path / "graver", content([*RULES, rule("statute", "law.basis == statute")]))
    write_book(tmp_path / "words", content([{**r, "title": "Other words"} for r in RULES]))
    Path("cases").mkdir()
    for verdict in FACTS:
        Path(f"cases/{verdict}.yaml").write_text(json.dumps(case(verdict, verdict)))

    return caller(capsys, "--database", "history.db")


def changes(out: str) -> dict[str, list[tuple[Any, ...]]]:
    return {
        item["case"]: [
            (c["right"], c["standard"], c["old"], c["new"], c["direction"], c["because"]) for c in item["changes"]
        ]
        for item in json.loads(out)["shown"]
    }


def test_a_milder_verdict_is_named_with_its_edit_and_fails(call: Any) -> None:
    code, out, err = call("audit", "diff", "old", "milder", "--over", "cases", "--format", "json")
    assert code == 1
    because = [["vague"]]
    assert changes(out) == {
        "high": [
            (None, None, "high", "moderate", "milder", because),
            ("assembly", None, "high", "moderate", "milder", because),
            ("assembly", "iccpr", "high", "moderate", "milder", because),
        ]
    }
    data = json.loads(out)
    assert (data["rows"], data["changed"], data["unlisted"]) == (5, 1, {"vague": 1})
    assert data["edits"] == [{"name": "vague", "moves": {"milder": 1}}]
    assert "- `vague`: <why> (1 measure)" in err


def test_the_changelog_lists_what_may_get_milder(call: Any) -> None:
    changelog = Path("milder/CHANGELOG.md")
    changelog.write_text(f"# Changes\n\n## 1.0.0\n\n{HEADING}- `vague`: the law is read with its case-law.\n")
    assert call("audit", "diff", "old", "milder", "--over", "cases")[0] == 0
    Path("other.md").write_text(f"## 0.9.0\n\n{HEADING}- `vague`: an older entry.\n")
    assert call("audit", "diff", "old", "milder", "--over", "cases", "--changelog", "other.md")[0] == 1
    changelog.write_text(f"## 1.0.0\n\n{HEADING}- `vagu`: a slip.\n")
    code, out, err = call("audit", "diff", "old", "milder", "--over", "cases")
    assert (code, out) == (2, "") and "CHANGELOG.md:5:1: `vagu`" in err and "did you mean `vague`" in err


def test_graver_verdicts_and_other_words_pass(call: Any) -> None:
    code, out, _ = call("audit", "diff", "old", "graver", "--over", "cases", "--format", "json")
    assert code == 0
    assert set(changes(out)) == {"moderate", "low"}
    assert all(c[4:] == ("graver", [["statute"]]) for items in changes(out).values() for c in items)
    code, out, _ = call("audit", "diff", "old", "words", "--over", "cases")
    assert code == 0 and "0 of which can bear on a verdict; 5 measures, 0 with a changed verdict" in " ".join(
        out.split()
    )


def test_history_table_and_folder_say_the_same(call: Any) -> None:
    files = [f"cases/{verdict}.yaml" for verdict in FACTS]
    assert call("--rulebook", "old", "assess", *files)[0] == 0
    rows = []
    for name, facts in FACTS.items():
        flat = {f"{g}.{k}": str(v).lower() for g, held in facts.items() for k, v in held.items()}
        head = {"case": name, "country": "KZ", "date": "2007", "measure": "ban", "standards": "iccpr"}
        rows.append({**head, "type": "assembly-ban", **flat})
    with Path("table.csv").open("w", newline="") as stream:
        table = csv.DictWriter(stream, list(dict.fromkeys(k for row in rows for k in row)))
        table.writeheader()
        table.writerows(rows)
    Path("table.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = [
        changes(call("audit", "diff", "old", "milder", "--format", "json", *over)[1])
        for over in ((), ("--over", "table.csv"), ("--over", "table.jsonl"), ("--over", "cases"))
    ]
    assert found[0] and all(item == found[0] for item in found)


def test_every_change_goes_to_a_file(call: Any) -> None:
    arguments = ("audit", "diff", "old", "graver", "--over", "cases", "--limit", "0", "-o")
    assert call(*arguments, "changes.csv")[0] == 0
    with Path("changes.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {(r["case"], r["because"], r["direction"]) for r in rows} == {
        ("moderate", "statute", "graver"),
        ("low", "statute", "graver"),
    }
    assert call(*arguments, "changes.jsonl")[0] == 0
    lines = [json.loads(line) for line in Path("changes.jsonl").read_text().splitlines()]
    assert sum(len(line["changes"]) for line in lines) == len(rows)
    code, _, err = call(*arguments, "changes.csv")
    assert code == 2 and "is there already" in err
    assert call(*arguments, "changes.csv", "--force")[0] == 0


def test_bad_rows_are_told_and_fail(call: Any) -> None:
    Path("table.csv").write_text(
        "case,measure,type,standards,law.basis\na,b,assembly-ban,iccpr,statute\nc,d,assembly-bann,iccpr,statute\n"
    )
    code, out, err = call("audit", "diff", "old", "graver", "--over", "table.csv", "--format", "json")
    data = json.loads(out)
    assert (code, data["rows"], data["rejected"], data["changed"]) == (1, 1, 1, 1)
    assert "table.csv: row 2: `type`:" in err and "1 rows cannot be read" in err


def test_refusals(call: Any) -> None:
    Path("broken.yaml").write_text("case: [")
    Path("empty").mkdir()
    for args, words in (
        (("nowhere", "old", "--over", "cases"), "no such folder of rules"),
        (("old", "milder", "--over", "nowhere.csv"), "no such table"),
        (("old", "milder", "--over", "empty"), "no case file here"),
        (("old", "milder", "--over", "broken.yaml"), "broken.yaml"),
        (("old", "milder", "--over", "cases", "-o", "out.txt"), "a .csv or .jsonl file"),
    ):
        code, out, err = call("audit", "diff", *args)
        assert (code, out) == (2, "") and words in err
