"""Batch runs: every form of table in and out, bad rows, going on after a kill, the summary."""

from __future__ import annotations

import csv
import datetime
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from rightscheck.assessment.assess import judge, setting_of
from rightscheck.audit.batch import run
from rightscheck.audit.checks import Checker, Pool, judged, sampled, task_of
from rightscheck.audit.kernel import Kernel, Options
from rightscheck.audit.outputs import Output
from rightscheck.audit.parquet_parts import joined_footer
from rightscheck.audit.source import table_source
from rightscheck.audit.summary_page import page
from rightscheck.audit.tables import units
from rightscheck.cli.main import run as cli_run
from rightscheck.facts.case import parse_date
from rightscheck.facts.values import SetValue
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.problems import EngineFault, InputError
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.load import rulebook_from_content
from tests.books import ReferenceReader, content, rule
from tests.measures import cell, random_rows, row_of
from tests.strategies import SOME, random_facts

RULES = [
    rule("blanket", "assembly.blanket and reach.duration from fixed-term", unless="law.published"),
    rule("no-law", "law.basis == none", effect="violation", law={"iccpr": ["a-treaty-1"]}),
    rule("long-notice", "assembly.notice_days > 7", effect="weak", rights=["assembly", "religion"]),
    rule("aims", "aim.stated is empty", effect="weak", rights=["liberty"]),
    rule("own", "not assembly.peaceful", effect="mitigates", answers=["blanket"]),
]


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return rulebook_from_content(content(RULES))


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    rng = Random(3)
    found = [row_of(n, *r) for n, r in enumerate(random_rows(rng, 300, SOME, ["KZ", "FR", None]))]
    for row in found:
        row.pop("sanction.kind", None)
    return [{n: v for n, v in row.items() if v is not None} for row in found]


def names_of(rows: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(n for row in rows for n in row))


def write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, names_of(rows))
        writer.writeheader()
        writer.writerows(rows)


def native(name: str, text: str) -> Any:
    kind = vocabulary()[name].kind if name in vocabulary() else ""
    if kind == "set":
        return [] if text == "[]" else text.split(";")
    return int(text) if kind == "int" else text == "true" if kind == "bool" else text


def write_jsonl(path: Path, rows: list[dict[str, Any]]) -> None:
    lines = []
    for row in rows:
        nested: dict[str, Any] = {}
        for name, text in row.items():
            group, dot, last = name.partition(".")
            holder = nested.setdefault(group, {}) if dot else nested
            holder[last if dot else name] = native(name, text)
        lines.append(json.dumps(nested))
    path.write_text("\n".join(lines) + "\n")


def write_parquet(path: Path, rows: list[dict[str, Any]]) -> None:
    columns = {}
    for name in names_of(rows):
        values = [None if name not in row else native(name, row[name]) for row in rows]
        columns[name] = pa.array(values)
    pq.write_table(pa.table(columns), path, row_group_size=70)


def write_xlsx(path: Path, rows: list[dict[str, Any]]) -> None:
    import xlsxwriter

    names = names_of(rows)
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, names)
        for line, row in enumerate(rows, 1):
            for column, name in enumerate(names):
                if name in row:
                    value = native(name, row[name])
                    sheet.write(line, column, row[name] if isinstance(value, list) else value)


WRITERS: dict[str, Callable[[Path, list[dict[str, Any]]], None]] = {
    "csv": write_csv,
    "jsonl": write_jsonl,
    "parquet": write_parquet,
    "xlsx": write_xlsx,
}


def evaluated(book: Rulebook, table: Path, out: Path, **options: Any) -> Any:
    kind = out.suffix[1:]
    lists = options.pop("lists", kind != "parquet")
    output = Output(out, kind, {"table": str(table)})
    return run(table_source(table), output, Kernel(book, Options(lists=lists, **options)))


def read_results(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        found = pq.read_table(path).to_pylist()
    elif path.suffix == ".jsonl":
        found = [json.loads(line) for line in path.read_text().splitlines()]
    elif path.suffix == ".csv":
        with path.open(newline="") as stream:
            found = list(csv.DictReader(stream))
    else:
        from python_calamine import CalamineWorkbook

        workbook = CalamineWorkbook.from_path(str(path))
        lines = [line for name in workbook.sheet_names for line in workbook.get_sheet_by_name(name).to_python()]
        found = [dict(zip(lines[0], line, strict=True)) for line in lines[1:] if line != lines[0]]
    return found


def wanted(book: Rulebook, row: dict[str, Any]) -> dict[str, Any]:
    """What the reference says of a row, in the results' words."""
    facts = {}
    for name, text in row.items():
        if name in vocabulary():
            value = native(name, text)
            facts[name] = SetValue(frozenset(value) - {"?"}, "?" in value) if isinstance(value, list) else value
    date = parse_date(row["date"]) if "date" in row else None
    found = judge(ReferenceReader(book), facts, setting_of(book, row.get("country"), date))
    fired = []
    for name in book.rules:
        covered = {s for r in found.rights if r.right in book.rules[name].rights for s, _ in r.covered}
        if found.states[name] in ("fired", "rebuttable") and covered & set(book.rules[name].law):
            fired.append(name)
    return {
        "case": row["case"],
        "verdict": found.verdict,
        "best": found.could_be[0],
        "worst": found.could_be[1],
        "fired": fired,
        **{f"right.{r.right}": r.verdict for r in found.rights},
    }


@pytest.mark.parametrize(
    ("kind", "out"),
    [("csv", "csv"), ("jsonl", "jsonl"), ("parquet", "parquet"), ("xlsx", "xlsx"), ("parquet", "jsonl")],
)
def test_results_are_the_reference_whatever_the_form(
    book: Rulebook, rows: list[dict[str, Any]], tmp_path: Path, kind: str, out: str
) -> None:
    table, results = tmp_path / f"in.{kind}", tmp_path / f"out.{out}"
    WRITERS[kind](table, rows)
    done = evaluated(book, table, results, lists=True)
    found = read_results(results)

    assert done.tally.rows == len(rows) == len(found)
    assert sum(done.tally.verdicts) == len(rows)
    for row, got in zip(rows, found, strict=True):
        expected = wanted(book, row)
        fired = got["fired"].split(";") if isinstance(got["fired"], str) else got["fired"]
        assert [f for f in fired or [] if f] == expected.pop("fired")
        assert {k: got[k] for k in expected} == expected
    assert results.stat().st_mode & 0o777 == 0o600
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted({table.name, results.name})


def test_bitmaps_say_what_lists_say(book: Rulebook, rows: list[dict[str, Any]], tmp_path: Path) -> None:
    table = tmp_path / "in.parquet"
    write_parquet(table, rows)
    evaluated(book, table, tmp_path / "bits.parquet")
    evaluated(book, table, tmp_path / "lists.parquet", lists=True)
    bits, lists = pq.read_table(tmp_path / "bits.parquet"), pq.read_table(tmp_path / "lists.parquet")
    rules = json.loads(bits.schema.metadata[b"rightscheck.rules"])

    assert rules == [r["id"] for r in RULES]
    for state in ("fired", "rebuttable", "excused", "live"):
        for one, two in zip(bits.column(state).to_pylist(), lists.column(state).to_pylist(), strict=True):
            assert [r for n, r in enumerate(rules) if one[n // 8] >> n % 8 & 1] == two


def test_bad_rows_are_reported_and_never_stop_a_run(book: Rulebook, tmp_path: Path) -> None:
    table = tmp_path / "in.csv"
    good = {"case": "c-1", "measure": "m", "type": "assembly-ban", "restricts": "assembly"}
    bad = [
        ({"type": "asembly-ban"}, "type", "did you mean `assembly-ban`"),
        ({"case": "Not An Id"}, "case", "lower-case"),
        ({"measure": ""}, "measure", "is required"),
        ({"country": "Kazakhstan"}, "country", "two capital letters"),
        ({"date": "11.04.2005"}, "date", "takes a date"),
        ({"date": "2005-02-30"}, "date", "no date"),
        ({"restricts": "assembly;asociation"}, "restricts", "did you mean `association`"),
        ({"assembly.blanket": "perhaps"}, "assembly.blanket", "true or false"),
        ({"reach.days": "-3"}, "reach.days", "whole number"),
        ({"reach.days": "99999999999"}, "reach.days", "1,000,000,000"),
        ({"sanction.kind": "fine", "sanction.prison_months": "3"}, "sanction.prison_months", "contradicts"),
    ]
    write_csv(table, [good, *({**good, **change} for change, _, _ in bad), good])
    done = evaluated(book, table, tmp_path / "out.csv")
    rejects = list(csv.DictReader((tmp_path / "out.csv.rejects").open()))

    assert (done.tally.rows, done.tally.rejected) == (2, len(bad))
    assert [r["row"] for r in read_results(tmp_path / "out.csv")] == ["1", str(len(bad) + 2)]
    for number, ((_, column, reason), told) in enumerate(zip(bad, rejects, strict=True), 2):
        assert (told["row"], told["column"]) == (str(number), column)
        assert reason in told["reason"]
    with pytest.raises(InputError, match="row 2"):
        evaluated(book, table, tmp_path / "strict.csv", strict=True)


@pytest.mark.parametrize("heading", ["case,measure,type,assembly.blankett", "case,measure", "case,case,measure,type"])
def test_a_wrong_heading_is_refused(book: Rulebook, tmp_path: Path, heading: str) -> None:
    table = tmp_path / "in.csv"
    table.write_text(heading + "\n")

    with pytest.raises(InputError):
        evaluated(book, table, tmp_path / "out.csv")


def test_rows_of_a_wrong_width_are_counted_where_they_stand(book: Rulebook, tmp_path: Path) -> None:
    table = tmp_path / "in.csv"
    lines = [f"c-{n},m,assembly-ban" if n % 7 else "x,y" for n in range(1, 60)]
    table.write_text("case,measure,type\n" + "\n".join(lines) + "\n")
    done = evaluated(book, table, tmp_path / "out.csv")
    found = read_results(tmp_path / "out.csv")

    assert all(r["case"] == f"c-{r['row']}" for r in found)
    assert (done.tally.rows, done.tally.rejected) == (51, 8)


def test_broken_json_lines_are_rejected(book: Rulebook, tmp_path: Path) -> None:
    table = tmp_path / "in.jsonl"
    good = '{"case": "a", "measure": "m", "type": "detention"}'
    bad = ["{", "[1]", '{"case": "a", "case": "b"}', '{"case": "a", "measure": "m", "type": "detention", "stag": 1}']
    table.write_text("\n".join([good, *bad, good]))
    done = evaluated(book, table, tmp_path / "out.jsonl")

    assert (done.tally.rows, done.tally.rejected) == (2, 4)
    assert "did you mean" in (tmp_path / "out.jsonl.rejects").read_text()


def test_batches_that_share_a_dictionary_are_read_alike(book: Rulebook) -> None:
    kernel = Kernel(book)
    dates = pa.array([f"{1970 + n}-01-01" for n in range(50)])
    for first in (0, 25):
        places = pa.array(range(first, first + 25), pa.int32())
        plain = [pa.array(["a"] * 25), pa.array(["m"] * 25), pa.array(["assembly-ban"] * 25), pa.array(["KZ"] * 25)]
        batch = pa.RecordBatch.from_arrays(
            [*plain, pa.DictionaryArray.from_arrays(places, dates)],
            names=["case", "measure", "type", "country", "date"],
        )
        found = kernel.encoder.encode(batch)
        years = [datetime.date.fromordinal(day).year for day in found.days.tolist()]

        assert years == [1970 + first + n for n in range(25)]


def test_the_sample_check_passes_and_finds_a_difference(
    book: Rulebook, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    table = tmp_path / "in.jsonl"
    write_jsonl(table, rows)
    kernel = Kernel(book)
    pool = Pool(kernel, 1)
    try:
        done = run(table_source(table), Output(tmp_path / "a.parquet", "parquet", {}), kernel, checker=Checker(pool, 5))
        assert done.checked == 20
        unit = next(units(table))
        found = kernel.encode(unit)
        every = pool.evaluate(found)
        outcome = kernel.evaluate(found)
        for row in range(found.rows):
            assert list(every.true_of(row)) == list(outcome.true_of(row))
        outcome.bits[kernel.place["verdict", 2]] ^= outcome.bits[kernel.place["verdict", 2]] | 0xFFFFFFFFFFFFFFFF
        checker = Checker(pool, 5)
        with pytest.raises(EngineFault, match="differs"):
            checker.give(sampled(5, checker.wanted(), unit, found, outcome))
            checker.finish()
    finally:
        pool.close()


def test_judged_rows_are_the_columns_outputs_with_every_detail(book: Rulebook, rows: list[dict[str, Any]]) -> None:
    kernel = Kernel(book, Options(detail=True))
    batch = pa.RecordBatch.from_pylist(rows, pa.schema([(n, pa.string()) for n in names_of(rows)]))
    found = kernel.encoder.encode(batch)
    outcome = kernel.evaluate(found)
    for row in range(found.rows):
        assert list(judged(ReferenceReader(book), kernel.place, task_of(found, row))) == list(outcome.true_of(row))


def big_table(path: Path, count: int) -> None:
    rng = Random(1)
    kinds = [{n: cell(n, v) for n, v in random_facts(rng, SOME, 0.5).items()} for _ in range(200)]
    for kind in kinds:
        kind.pop("sanction.kind", None)
    names = list(dict.fromkeys(["case", "measure", *(n for k in kinds for n in k)]))
    columns: dict[str, Any] = {n: [kinds[r % 200].get(n) for r in range(count)] for n in names[2:]}
    columns = {"case": [f"c-{r}" for r in range(count)], "measure": ["m"] * count, **columns}
    columns["type"] = [t if r % 1000 else None for r, t in enumerate(columns["type"])]
    schema = pa.schema([(n, pa.string()) for n in columns])
    pq.write_table(pa.table(columns, schema=schema), path, row_group_size=4096)


SCRIPT = """
import sys
from pathlib import Path
from rightscheck.audit import tables
tables.UNIT = 4096
from rightscheck.audit.batch import run
from rightscheck.audit.kernel import Kernel, Options
from rightscheck.audit.outputs import Output
from rightscheck.audit.source import table_source
from rightscheck.rulebook.load import rulebook_from_content
from tests.audit.test_batch import RULES
from tests.books import content

table, out = map(Path, sys.argv[1:])
output = Output(out, "parquet", {"table": sys.argv[1]}, resume=True)
if not output.complete:
    run(table_source(table), output, Kernel(rulebook_from_content(content(RULES)), Options()))
"""


def kill_until_done(folder: Path, count: int, kills: int, rng: Random) -> int:
    table, out = folder / "in.parquet", folder / "out.parquet"
    big_table(table, count)
    root = str(Path(__file__).parents[2])
    command = [sys.executable, "-c", SCRIPT, str(table), str(out)]
    killed = 0
    while not out.exists() or (folder / "out.parquet.state").exists():
        process = subprocess.Popen(command, cwd=root, env={**os.environ, "PYTHONPATH": root})
        state = folder / "out.parquet.state"
        if killed < kills:
            before = state.stat().st_ino if state.exists() else 0
            while process.poll() is None and (not state.exists() or state.stat().st_ino == before):
                time.sleep(0.002)
            time.sleep(rng.random() * 0.15)
            process.send_signal(signal.SIGKILL)
            killed += process.wait() == -signal.SIGKILL
        else:
            assert process.wait() == 0
    found = pq.read_table(out)
    assert found.column("row").to_pylist() == [r + 1 for r in range(count) if r % 1000]
    assert found.column("case").to_pylist() == [f"c-{r}" for r in range(count) if r % 1000]
    rejects = list(csv.DictReader((folder / "out.parquet.rejects").open()))
    assert [r["row"] for r in rejects] == [str(r + 1) for r in range(count) if not r % 1000]
    return killed


def test_killed_runs_lose_and_double_no_row(tmp_path: Path) -> None:
    assert kill_until_done(tmp_path, 120_000, 4, Random(2)) >= 2


@pytest.mark.fuzz
def test_fifty_kills_in_a_million_rows_lose_and_double_no_row(tmp_path: Path) -> None:
    assert kill_until_done(tmp_path, 1_000_000, 50, Random(2)) == 50


def test_a_run_of_another_table_is_not_gone_on_with(book: Rulebook, rows: list[dict[str, Any]], tmp_path: Path) -> None:
    Output(tmp_path / "out.csv", "csv", {"table": "one"})

    with pytest.raises(InputError, match="--resume goes on"):
        Output(tmp_path / "out.csv", "csv", {"table": "one"})
    with pytest.raises(InputError, match="table differ"):
        Output(tmp_path / "out.csv", "csv", {"table": "two"}, resume=True)
    Output(tmp_path / "out.csv", "csv", {"table": "two"}, force=True)


def test_parts_that_are_cut_short_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"PAR1" + b"\0" * 40)

    with path.open("rb") as stream, pytest.raises(ValueError, match="whole"):
        joined_footer(stream, [(0, 44)])


def test_the_summary_counts_every_measure_and_loads_nothing(
    book: Rulebook, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    table = tmp_path / "in.csv"
    write_csv(table, rows)
    done = evaluated(book, table, tmp_path / "out.csv")
    expected: dict[str, int] = {}
    for row in rows:
        verdict = wanted(book, row)["verdict"]
        expected[verdict] = expected.get(verdict, 0) + 1
    text = page(done.tally, {"table": "<in>.csv"})

    found = dict(zip(("low", "moderate", "high", "incompatible", "undetermined"), done.tally.verdicts, strict=True))
    assert {k: v for k, v in found.items() if v} == expected
    for kind in ("country", "year", "type"):
        assert sum(sum(line) for line in done.tally.by[kind].values()) == len(rows)
    assert "<svg" in text
    assert "&lt;in&gt;.csv" in text
    assert "src=" not in text
    assert "href=" not in text
    assert "<script" not in text


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, out = tmp_path / "in.csv", tmp_path / "out.csv"
    row = {"case": "a-1", "measure": "m", "type": "assembly-ban", "restricts": "assembly", "title": "=1+1"}
    write_csv(table, [row, {**row, "case": "a-2", "law.basis": "none", "country": "KZ", "date": "2010"}])
    code = cli_run(
        ["audit", "cases", str(table), "-o", str(out), "--summary", str(tmp_path / "s.html"), "--format", "json"]
    )
    told = json.loads(capsys.readouterr().out)

    assert code == 0
    assert (told["rows"], told["rejected"], told["checked"]) == (2, 0, 2)
    assert len(read_results(out)) == 2
    assert (tmp_path / "s.html").stat().st_size > 1000
    assert cli_run(["audit", "cases", str(table), "-o", str(out)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert cli_run(["audit", "cases", str(tmp_path / "none.csv"), "-o", str(out), "--force"]) == 2
    assert cli_run(["audit", "cases", str(table), "-o", str(tmp_path / "x.txt")]) == 2


ALONE = """
import os, signal, sys, time
from rightscheck.audit.checks import Pool
from rightscheck.audit.kernel import Kernel
from rightscheck.rulebook.load import rulebook_from_content
from tests.audit.test_batch import RULES
from tests.books import content

if __name__ == "__main__":
    pool = Pool(Kernel(rulebook_from_content(content(RULES))), 1)
    pool.result(pool.submit([]))
    print(*[p.pid for p in pool._pool._processes.values()], flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_worker_processes_end_with_a_killed_run(tmp_path: Path) -> None:
    root = str(Path(__file__).parents[2])
    (tmp_path / "alone.py").write_text(ALONE)
    command = [sys.executable, str(tmp_path / "alone.py")]
    done = subprocess.run(command, cwd=root, env={**os.environ, "PYTHONPATH": root}, stdout=subprocess.PIPE, text=True)
    worker = int(done.stdout)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and Path(f"/proc/{worker}/cmdline").exists():
        if not Path(f"/proc/{worker}/cmdline").read_bytes():
            break  # it has ended and waits to be counted
        time.sleep(0.05)

    assert done.returncode == -signal.SIGKILL
    assert time.monotonic() < deadline


def test_without_the_libraries_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from rightscheck.cli.audit_cases import need_batch

    monkeypatch.setitem(sys.modules, "pyarrow", None)

    with pytest.raises(InputError, match=r"pip install 'rightscheck\[batch\]'"):
        need_batch()


def test_help_has_an_example() -> None:
    from rightscheck.cli.audit_cases import cases

    assert "Example" in CliRunner().invoke(cases, ["--help"]).output
