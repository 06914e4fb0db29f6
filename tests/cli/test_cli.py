"""The command line as its users script it: exit codes, formats, options, and what stands on which stream."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from rightscheck.cli.main import cli
from rightscheck.problems import EngineFault
from rightscheck.resources import bundled
from rightscheck.rulebook.load import load_rulebook
from tests.audit.folder import write_book
from tests.books import content, rule
from tests.cli.calling import caller

SEED = str(bundled("cases") / "seeds" / "kz-2005-national-security-bill.yaml")
RULES = [
    rule("no-law", "law.basis == none", effect="violation", stage="legality"),
    rule("vague", "law.precision from vague", effect="strong", stage="legality"),
    rule("blanket", "assembly.blanket", effect="weak"),
]
FACTS: dict[str, dict[str, Any]] = {
    "incompatible": {"law": {"basis": "none", "precision": "precise"}, "assembly": {"blanket": False}},
    "high": {"law": {"basis": "statute", "precision": "vague"}, "assembly": {"blanket": False}},
    "moderate": {"law": {"basis": "statute", "precision": "precise"}, "assembly": {"blanket": True}},
    "low": {"law": {"basis": "statute", "precision": "precise"}, "assembly": {"blanket": False}},
    "undetermined": {},
}


def case(name: str, verdict: str, **more: Any) -> dict[str, Any]:
    measure = {"id": "ban", "title": f"Ban {name}", "type": "assembly-ban", **FACTS[verdict]}
    data = {"case": name, "title": f"Case {name}", "country": "KZ", "date": "2007", "standards": ["iccpr"]}
    return {**data, **more, "measures": [measure]}


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command on a small rulebook; return exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)
    folder = write_book(tmp_path / "rules", content(RULES))
    for verdict in FACTS:
        Path(f"{verdict}.json").write_text(json.dumps(case(verdict, verdict)))

    return caller(capsys, "--database", "history.db", "--rulebook", str(folder))


@pytest.fixture
def call_bundled(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command on the bundled rulebook; return exit code, standard output and standard error."""

    return caller(capsys)


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


def test_every_command_has_help_with_an_example(call_bundled: Any) -> None:
    every = [(), *commands(cli)]  # type: ignore[arg-type]
    assert len(every) > 15
    for path in every:
        code, out, err = call_bundled(*path, "--help")
        assert (code, err) == (0, ""), path
        assert "\n  Example" in out and f"rightscheck {' '.join(path[:1])}".strip() in out, path


def test_the_version_is_said(call_bundled: Any) -> None:
    code, out, _ = call_bundled("--version")
    assert code == 0 and out.startswith("rightscheck, version ")


ITEM = (
    "case measure title country as_of assessment engine rulebook standards verdict could_be severity rights fired open "
    "excused not_examined unknown_that_matter versions"
)
RIGHT = "right verdict could_be by_standard stages core_unanswered"
FIRED = "rule title right stage effect standards because facts presumed rebuttable_by answered_by critiques sources"


def test_the_json_of_assess_has_the_keys_of_the_contract(call_bundled: Any) -> None:
    code, out, err = call_bundled("assess", SEED, "--no-store", "--format", "json")
    items = json.loads(out)
    verdicts = {"incompatible", "high", "moderate", "low", "undetermined"}

    assert (code, err) == (0, "")
    assert len(items) > 1
    for item in items:
        assert item.keys() >= set(ITEM.split())
        assert item["assessment"] is None and item["verdict"] in verdicts
        assert len(item["could_be"]) == 2 and set(item["could_be"]) <= verdicts
        assert item["rulebook"].keys() >= {"name", "version", "sha256"}
        assert item["severity"].keys() >= {"scale", "scope", "irremediability"}
        assert isinstance(item["not_examined"], int)
        assert all(s.keys() >= {"id", "status"} for s in item["standards"])
        for right in item["rights"]:
            assert right.keys() >= set(RIGHT.split())
            assert set(right["stages"].values()) <= {"passed", "failed", "doubtful", "open"}
        for fired in item["fired"]:
            assert fired.keys() >= set(FIRED.split())
            assert all(s.keys() >= {"id", "pinpoint", "title", "url", "verified"} for s in fired["sources"])
            assert "{" not in fired["because"]
        for open_ in item["open"]:
            assert open_.keys() >= {"rule", "right", "effect", "live", "unknown"} and isinstance(open_["live"], bool)
        assert all(v.keys() >= {"by", "verdict", "differs_on"} for v in item["versions"])
    assert any(item["fired"] for item in items) and any(item["versions"] for item in items)


DOCUMENTS = [
    ("facts", "--format", "json"),
    ("schema",),
    ("rules", "list", "--format", "json"),
    ("rules", "show", "blanket", "--format", "json"),
    ("rules", "check", "--format", "json"),
    ("rules", "test", "--coverage", "--format", "json"),
    ("explain", "high.json", "--format", "json"),
    ("audit", "decided", "decided", "--format", "json"),
    ("assess", "high.json", "warned.json", "--format", "json"),
]


@pytest.mark.parametrize("args", DOCUMENTS, ids=lambda a: "-".join(a[:2]))
def test_json_is_one_document_and_nothing_else_on_standard_output(call: Any, args: tuple[str, ...]) -> None:
    warned = case("warned", "low")
    warned["measures"][0]["reach"] = {"days": 3, "duration": "indefinite"}
    Path("warned.json").write_text(json.dumps(warned))
    write_decided(Path("decided"))
    code, out, err = call(*args)

    assert code in (0, 1)
    assert json.loads(out) is not None and out == out.strip() + "\n"
    if "warned.json" in args:
        assert err.startswith("warning: warned.json:")


def test_jsonl_is_one_document_a_line(call: Any) -> None:
    code, out, _ = call("assess", "low.json", "high.json", "--no-store", "--format", "jsonl")

    assert code == 0
    assert [json.loads(line)["case"] for line in out.splitlines()] == ["low", "high"]


@pytest.mark.parametrize("threshold", ["moderate", "high", "incompatible"])
@pytest.mark.parametrize("verdict", FACTS)
@pytest.mark.parametrize("allow", [False, True])
def test_fail_on_counts_the_undetermined_unless_allowed(call: Any, verdict: str, threshold: str, allow: bool) -> None:
    order = ["low", "moderate", "high", "incompatible"]
    fails = not allow if verdict == "undetermined" else order.index(verdict) >= order.index(threshold)
    options = ["--allow-undetermined"] if allow else []
    code, out, _ = call("assess", f"{verdict}.json", "--no-store", "--fail-on", threshold, *options, "--format", "json")

    assert json.loads(out)[0]["verdict"] == verdict
    assert code == int(fails)


def test_one_bad_measure_among_good_ones_fails(call: Any) -> None:
    assert call("assess", "low.json", "moderate.json", "--no-store", "--fail-on", "high")[0] == 0
    assert call("assess", "low.json", "high.json", "--no-store", "--fail-on", "high")[0] == 1
    assert call("assess", "high.json", "--no-store")[0] == 0


def test_as_of_and_standards_choose_what_is_weighed(call: Any) -> None:
    def standards(*options: str) -> tuple[str, dict[str, str]]:
        _, out, _ = call("assess", "low.json", "--no-store", "--format", "json", *options)
        (item,) = json.loads(out)
        return item["as_of"], {s["id"]: s["status"] for s in item["standards"]}

    assert standards() == ("2007-01-01", {"iccpr": "binding"})
    assert standards("--as-of", "2005-06-01") == ("2005-06-01", {"iccpr": "signed"})
    assert standards("--standards", "echr, iccpr")[1] == {"iccpr": "binding", "echr": "benchmark"}


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_a_case_may_come_from_standard_input(call: Any, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    text = (
        json.dumps(case("piped", "high"))
        if form == "json"
        else "case: piped\ntitle: T\nmeasures:\n- {id: a, title: T, type: detention}\n"
    )
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    code, out, _ = call("assess", "-", "--no-store", "--format", "json")

    assert code == 0
    assert json.loads(out)[0]["case"] == "piped"


def test_all_files_are_checked_before_anything_is_stored(call: Any) -> None:
    Path("wrong.json").write_text(json.dumps({**case("wrong", "low"), "countri": "KZ"}))
    Path("broken.yaml").write_text("case: [\n")
    code, out, err = call("assess", "low.json", "wrong.json", "broken.yaml", "gone.json")

    assert (code, out) == (2, "")
    assert [line.split(":")[0] for line in err.splitlines()] == ["wrong.json", "broken.yaml", "gone.json"]
    assert not Path("history.db").exists()


WRONG: list[tuple[tuple[str, ...], str]] = [
    (("assess", "typo.json"), "typo.json:1:"),
    (("assess", "typo.json"), "has no value 'assembly-bann'; did you mean `assembly-ban`?"),
    (("assess", "typo.json"), "assembly.blankt`: no such name here; did you mean `blanket`?"),
    (("assess", "low.json", "--standards", "iccrp"), "--standards: `iccrp`: no such standard; did you mean `iccpr`?"),
    (("assess", "low.json", "--standards", ","), "names no standard"),
    (("assess", "low.json", "--as-of", "soon"), "--as-of: `soon`: takes a date"),
    (("assess", "low.json", "--measure", "bann"), "did you mean `ban`?"),
    (("assess", "low.json", "--fail-on", "hihg"), "--fail-on"),
    (("assess", "low.json", "--formt", "json"), "--format"),
    (("assess",), "FILE..."),
    (("asses",), "did you mean `assess`?"),
    (("explain", "low.json", "--right", "asembly"), "did you mean `assembly`?"),
    (("explain", "low.json", "--rule", "blankett"), "did you mean `blanket`?"),
    (("facts", "law.precison"), "did you mean `law.precision`?"),
    (("rules", "show", "blankett"), "did you mean `blanket`?"),
    (("rules", "check", "--only", "E10"), "did you mean `E10"),
    (("rules", "check", "--cases", "nowhere"), "no such folder"),
    (("rules", "critiques"), "has no critiques.yaml"),
    (("audit", "decided", "nowhere"), "no such folder"),
    (("audit", "decided", ".", "--right", "asembly"), "did you mean `assembly`?"),
    (("audit", "decided", ".", "--right", "assembly", "--write", "f.md"), "leave out --right"),
    (("audit", "decided", ".", "--note", "A note"), "goes with --write"),
    (("audit", "decided", ".", "--write", "f.md", "--date", "soon"), "takes a date"),
]


@pytest.mark.parametrize(("args", "said"), WRONG, ids=range(len(WRONG)))
def test_wrong_input_is_one_line_a_problem_with_the_nearest_name(call: Any, args: tuple[str, ...], said: str) -> None:
    typo = {"id": "a", "title": "T", "type": "assembly-bann", "assembly": {"blankt": True}}
    Path("typo.json").write_text(json.dumps({"case": "typo", "title": "T", "measures": [typo]}))
    code, out, err = call(*args)

    assert (code, out) == (2, "")
    assert said in err
    assert len(err.splitlines()) == (2 if "typo.json" in args else 1)
    assert not Path("history.db").exists()


def test_a_rulebook_that_is_wrong_is_the_users_input(call: Any) -> None:
    path = Path("rules/assembly/all.yaml")
    path.write_text(path.read_text().replace("from vague", "from vag"))
    code, out, err = call("assess", "low.json")

    assert (code, out) == (2, "")
    assert "rules/assembly/all.yaml:" in err and "did you mean `vague`?" in err


def test_a_fault_of_ours_is_one_line_and_exit_3(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for fault in (EngineFault("the two readings differ"), RuntimeError("unforeseen\nlines")):

        def fail(*_: object, fault: Exception = fault, **__: object) -> None:
            raise fault

        monkeypatch.setattr("rightscheck.cli.assess.assess_measure", fail)
        code, out, err = call("assess", "low.json", "high.json")
        assert (code, out, len(err.splitlines())) == (3, "", 1)
        assert err.startswith("rightscheck: ")
        with pytest.raises(type(fault)):
            call("--debug", "assess", "low.json")
    assert not Path("history.db").exists()


def test_the_surroundings_are_exit_4(call: Any) -> None:
    code, out, err = call("--database", "/proc/none/history.db", "assess", "low.json")
    assert (code, out, len(err.splitlines())) == (4, "", 1)
    write_decided(Path("decided"))
    code, _, err = call("audit", "decided", "decided", "--write", "/proc/none/f.md")
    assert (code, len(err.splitlines())) == (4, 1)


def test_an_interrupt_is_exit_130_and_leaves_the_database_whole(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from rightscheck.history.store import Store

    add, calls = Store.add, []

    def interrupted(self: Store, *args: Any) -> int:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return add(self, *args)

    monkeypatch.setattr(Store, "add", interrupted)
    code, out, _ = call("assess", "low.json", "high.json")
    assert (code, out) == (130, "")
    with sqlite3.connect("history.db") as database:
        assert database.execute("pragma integrity_check").fetchone() == ("ok",)
    monkeypatch.setattr(Store, "add", add)
    code, out, _ = call("history", "list", "--format", "json")
    assert code == 0 and [row["case"] for row in json.loads(out)] == ["low"]


def write_decided(folder: Path) -> None:
    folder.mkdir()
    for name, verdict, outcome in (
        ("one", "high", "violation"),
        ("two", "low", "violation"),
        ("three", "low", "no-violation"),
    ):
        decided = {"body": "HRC", "reference": f"R {name}", "date": "2001", "outcome": {"assembly": outcome}}
        (folder / f"{name}.yaml").write_text(json.dumps(case(name, verdict, decided=decided, checked="seen")))


def test_audit_decided_counts_writes_and_writes_again_the_same(call: Any) -> None:
    write_decided(Path("decided"))
    code, out, _ = call("audit", "decided", "decided", "--format", "json")
    data = json.loads(out)
    assert code == 0
    assert (data["figures"]["all"]["agreeing"], data["figures"]["all"]["low_on_violation"]) == (2, 1)
    assert {r["half"] for r in data["rulings"]} <= {"A", "B"}
    code, out, _ = call("audit", "decided", "decided")
    assert "two (HRC, R two): assembly violation, here low" in out
    options = ("audit", "decided", "decided", "--write", "f.md", "--date", "2026-03-31", "--note", "Frozen.")
    assert call(*options)[0] == 0
    text = Path("f.md").read_text()
    assert "| all | 3 | 2 | 66.7% (2 of 3) |" in text and "\nFrozen.\n" in text
    assert call(*options)[0] == 0 and Path("f.md").read_text() == text


def test_rules_check_exits_1_on_errors_and_lists_them(call: Any) -> None:
    code, out, err = call("rules", "check", "--severity", "error")
    lines = out.splitlines()
    assert (code, err) == (1, "")
    assert lines[0].startswith("rules/assembly/all.yaml:2:") and ": E102 no-law: " in lines[0]
    assert lines[-1].startswith("6 errors, ")
    code, out, _ = call("rules", "check", "--format", "json")
    data = json.loads(out)
    assert data.keys() == {"rulebook", "folder", "checks", "findings", "counts"}
    assert data["findings"][0].keys() >= {
        "id",
        "check",
        "severity",
        "rule",
        "message",
        "file",
        "line",
        "column",
        "waived",
    }
    assert data["counts"]["error"] == 6 and {c["id"] for c in data["checks"]} >= {f["check"] for f in data["findings"]}
    waivers = [{"check": c, "rule": r["id"], "reason": "Not for tests."} for c in ("E102", "E103") for r in RULES]
    Path("rules/waivers.yaml").write_text(json.dumps(waivers))
    code, out, _ = call("rules", "check")
    assert code == 0 and "0 errors, 0 warnings, 0 of information, 6 waived" in out


def test_rules_test_reports_faults_and_coverage(call: Any) -> None:
    code, out, _ = call("rules", "test", "--coverage", "--format", "json")
    data = json.loads(out)

    assert code == 1
    assert {"rule": "vague", "message": "has no example that fires"} in data["faults"]
    assert (data["coverage"]["conditions"], data["coverage"]["shown"]) == (3, 0)
    assert data["coverage"]["not_shown"][0] == {"rule": "no-law", "part": "when", "condition": "law.basis == none"}


def test_colour_only_where_wanted(tmp_path: Path) -> None:
    args = ["assess", SEED, "--no-store", "--measure", "rally-ban"]
    plain = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}

    def coloured(**env: str) -> bool:
        command = [sys.executable, "-c", f"from rightscheck.cli.main import main; main({args!r})"]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env={**plain, **env}, cwd=tmp_path)
        return "\x1b[3" in done.stdout or "\x1b[1;3" in done.stdout

    assert coloured(FORCE_COLOR="1", TERM="xterm")
    assert not coloured(FORCE_COLOR="1", NO_COLOR="1", TERM="xterm")
    assert not coloured()


def test_the_bundled_rulebook_is_used_unless_another_is_named(call_bundled: Any) -> None:
    _, out, _ = call_bundled("assess", SEED, "--no-store", "--format", "jsonl", "--measure", "rally-ban")
    item = json.loads(out)

    assert item["rulebook"]["sha256"] == load_rulebook().sha256
    assert item["verdict"] in ("high", "incompatible")
