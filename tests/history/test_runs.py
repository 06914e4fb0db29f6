"""Runs over tables and the history: what is stored is what `assess` stores; kills and repeats store nothing twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import select

from rightscheck.assessment.assess import Reader, assess_measure
from rightscheck.audit.batch import run
from rightscheck.audit.checks import Pool
from rightscheck.audit.kernel import Kernel, Options
from rightscheck.audit.outputs import Output
from rightscheck.audit.source import table_source
from rightscheck.cli.audit_history import Keeper, StoredMeasures, case_of_row, record_run
from rightscheck.facts.case import measures_of
from rightscheck.facts.read import case_from_data
from rightscheck.history import models as m
from rightscheck.history.query import Filters
from rightscheck.history.records import leaf_hash, ledger_record, result_bytes
from rightscheck.history.replay import Replayer
from rightscheck.history.runs import runs
from rightscheck.history.store import Store
from rightscheck.history.verify import verify
from rightscheck.problems import EngineFault
from rightscheck.rulebook.book import Rulebook
from tests.history import samples

NAMES = ("case", "measure", "title", "country", "date", "standards", "type", "restricts", "law.basis", "law.precision")


def table(path: Path, count: int, seed: int = 1) -> list[dict[str, str]]:
    """Write a table whose measures are given once, but for the last, which is the first again."""
    rng = Random(seed)
    rows = []
    for number in range(count - 1):
        row = {"case": f"case-{number}", "measure": "ban", "type": rng.choice(["assembly-ban", "religious-ban"])}
        for name, values in {
            "title": ["Запрет", 'A ban; "all"', None],
            "country": ["KZ", "FR", None],
            "date": ["2011-02-03", "2016", None],
            "standards": ["echr;iccpr", None],
            "restricts": ["assembly", "worship;assembly", "[]", "assembly;?", None],
            "law.basis": ["none", "statute", None],
            "law.precision": ["vague", "precise", None],
        }.items():
            value = rng.choice(values)
            if value is not None:
                row[name] = value
        rows.append(row)
    rows.append(rows[0])
    pq.write_table(pa.Table.from_pylist(rows, pa.schema([(n, pa.string()) for n in NAMES])), path)
    return rows


def case_file(row: dict[str, str]) -> dict[str, Any]:
    """The row as a person would write it as a case file."""
    measure: dict[str, Any] = {"id": row["measure"], "title": row.get("title", row["measure"]), "type": row["type"]}
    if "restricts" in row:
        measure["restricts"] = [] if row["restricts"] == "[]" else sorted(row["restricts"].split(";"))
    law = {n.partition(".")[2]: row[n] for n in ("law.basis", "law.precision") if n in row}
    data: dict[str, Any] = {"case": row["case"], "title": row.get("title", row["case"])}
    data |= {n: row[n] for n in ("country", "date") if n in row}
    if "standards" in row:
        data["standards"] = row["standards"].split(";")
    return {**data, "measures": [{**measure, **({"law": law} if law else {})}]}


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    found = Pool(Kernel(samples.small_book()), 1)
    yield found
    found.close()


def stored_run(store: Store, book: Rulebook, pool: Pool, path: Path, out: Path, **options: Any) -> Any:
    kernel = Kernel(book, Options(**options))
    keeper = Keeper(store, book, pool, case_of_row, kernel.options)
    numbers = []
    done = run(
        table_source(path),
        Output(out, "parquet", {"table": str(path)}, force=True),
        kernel,
        keep=keeper,
        ending=lambda tally: numbers.append(record_run(store, book, kernel.options, "ab" * 32, tally)),
    )
    return done, numbers[0]


def test_a_stored_row_is_what_assess_stores_of_its_case_file(
    store: Store, book: Rulebook, pool: Pool, tmp_path: Path
) -> None:
    rows = table(tmp_path / "in.parquet", 60)
    done, number = stored_run(store, book, pool, tmp_path / "in.parquet", tmp_path / "out.parquet")
    found = pq.read_table(tmp_path / "out.parquet").to_pylist()

    assert done.tally.stored == {"rows": 60, "first": 1, "last": 59} and number == 60
    assert [r["assessment"] for r in found] == [*range(1, 60), 1]
    reader = Reader(book)
    for row, result in zip(rows, found, strict=True):
        stored = store.load(result["assessment"])
        case = case_from_data(case_file(row)).case
        wanted = assess_measure(reader, case, measures_of(case)[0])
        assert stored.result == result_bytes(wanted)
        assert stored.assessment().verdict == result["verdict"]
        kept = case_from_data(json.loads(store.version(stored.case, stored.version))).case
        assert (kept.case, kept.title, kept.country) == (case.case, case.title, case.country)
        assert measures_of(kept)[0].facts() == measures_of(case)[0].facts()
    with store.reading() as connection:
        assert verify(connection, deep=True).problems == []
        ((at, _, recorded),) = runs(connection)
    assert (at, recorded.rows, sum(recorded.verdicts.values()), recorded.stored) == (60, 60, 60, done.tally.stored)
    replayer = Replayer(store, book, strict=True)
    for number in range(1, 60):
        replayer.replay(store.load(number))


def test_a_run_again_stores_nothing_and_another_date_does(
    store: Store, book: Rulebook, pool: Pool, tmp_path: Path
) -> None:
    table(tmp_path / "in.parquet", 20)
    results = []
    for _ in range(2):
        results.append(stored_run(store, book, pool, tmp_path / "in.parquet", tmp_path / "out.parquet")[1])
    assert results == [20, 20]
    _, number = stored_run(store, book, pool, tmp_path / "in.parquet", tmp_path / "out.parquet", standards=("udhr",))
    with store.reading() as connection:
        assert verify(connection, deep=True).sound
        assert [n for n, _, _ in runs(connection)] == [20, number]
        assert number > 21


def test_a_difference_stores_nothing_of_the_part(
    store: Store, book: Rulebook, pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table(tmp_path / "in.parquet", 20)
    assess = pool.assess

    def altered(cases: Any) -> Any:
        found = assess(cases)
        return [*found[:-1], found[-1].model_copy(update={"verdict": "moderate"})]

    monkeypatch.setattr(pool, "assess", altered)
    with pytest.raises(EngineFault, match="row 20: the reading by columns says"):
        stored_run(store, book, pool, tmp_path / "in.parquet", tmp_path / "out.parquet")
    with store.reading() as connection:
        assert verify(connection).records == 0


def test_a_record_of_a_run_that_was_changed_is_found(store: Store, book: Rulebook, pool: Pool, tmp_path: Path) -> None:
    table(tmp_path / "in.parquet", 3)
    _, number = stored_run(store, book, pool, tmp_path / "in.parquet", tmp_path / "out.parquet")
    with store.writing() as connection:
        record = connection.execute(select(m.ledger.c.record).where(m.ledger.c.seq == number)).scalar_one()
        changed = record.replace(b'"rows":3', b'"rows":4')
        connection.execute(m.ledger.update().where(m.ledger.c.seq == number).values(record=changed))
    with store.reading() as connection:
        assert verify(connection).first() == (number, "the record and its hash do not fit")
    data = json.loads(changed)
    del data["verdicts"]
    forged = ledger_record(number, _entry(data), bytes.fromhex(data["previous"]))
    with store.writing() as connection:
        values = {"record": forged, "hash": leaf_hash(forged)}
        connection.execute(m.ledger.update().where(m.ledger.c.seq == number).values(values))
    with store.reading() as connection:
        assert verify(connection).first() == (number, "the record is of no kind this version knows")


def _entry(data: dict[str, Any]) -> Any:
    from rightscheck.history.records import Entry

    body = {k: v for k, v in data.items() if k not in ("seq", "kind", "at", "previous")}
    return Entry(data["kind"], data["at"], body)


def test_the_history_as_a_table_gives_what_was_stored(full: Store, book: Rulebook, pool: Pool, tmp_path: Path) -> None:
    for number in (1, 4):  # again, with other facts: the newest counts
        samples.add_case(full, book, number, date="2019-01-01")
    chosen = StoredMeasures(full, Filters())
    kernel = Kernel(book)
    run(chosen.source(), Output(tmp_path / "out.parquet", "parquet", {}), kernel)
    found = pq.read_table(tmp_path / "out.parquet").to_pylist()

    assert len(found) == 12 and chosen.numbers.tolist() == [1, 2, *range(5, 9), *range(11, 17)]
    for number, row in zip(chosen.numbers.tolist(), found, strict=True):
        stored = full.load(number).assessment()
        named = (stored.case, stored.measure, stored.as_of, stored.country, stored.title)
        assert named == (row["case"], row["measure"], row["date"], row["country"], row["title"])
        assert (stored.verdict, *stored.could_be) == (row["verdict"], row["best"], row["worst"])
        rights = {n.partition(".")[2]: v for n, v in row.items() if n.startswith("right.") and v is not None}
        assert rights == {r.right: r.verdict for r in stored.rights}


def test_a_run_over_the_history_stores_under_the_stored_cases(
    full: Store, book: Rulebook, pool: Pool, tmp_path: Path
) -> None:
    chosen = StoredMeasures(full, Filters(country="KZ", verdict="incompatible"))
    with full.reading() as connection:
        wanted = select(m.assessments.c.id).where(
            m.assessments.c.country == "KZ", m.assessments.c.verdict == "incompatible"
        )
        assert chosen.numbers.tolist() == sorted(connection.execute(wanted).scalars()) != []
    kernel = Kernel(book, Options(standards=("iccpr",)))
    keeper = Keeper(full, book, pool, chosen.case_of, kernel.options)
    done = run(chosen.source(), Output(tmp_path / "out.parquet", "parquet", {}), kernel, keep=keeper)
    rows = pq.read_table(tmp_path / "out.parquet").to_pylist()

    assert done.tally.stored["first"] == 13
    for number, row in zip(chosen.numbers.tolist(), rows, strict=True):
        old, new = full.load(number), full.load(row["assessment"])
        assert (old.case, old.measure, old.version) == (new.case, new.measure, new.version)
        assert [s.id for s in new.assessment().standards] == ["iccpr"]
    again = StoredMeasures(full, Filters(country="KZ", verdict="incompatible"), chosen.last)
    assert again.source().described == chosen.source().described
    with full.reading() as connection:
        assert verify(connection, deep=True).sound


SCRIPT = """
import sys
from pathlib import Path
from rightscheck.audit import batch
batch.KEPT_ROWS = 16
from rightscheck.audit.batch import run
from rightscheck.audit.checks import Pool
from rightscheck.audit.kernel import Kernel
from rightscheck.audit.outputs import Output
from rightscheck.audit.source import table_source
from rightscheck.cli.audit_history import Keeper, case_of_row, record_run
from rightscheck.history.store import Store
from tests.history.samples import small_book

if __name__ == "__main__":
    table, out, database = sys.argv[1:]
    book = small_book()
    kernel = Kernel(book)
    output = Output(Path(out), "parquet", {"table": table}, resume=True)
    if not output.complete:
        store, pool = Store.open(database, lambda line: None), Pool(kernel, 1)
        keeper = Keeper(store, book, pool, case_of_row, kernel.options)
        ending = lambda tally: record_run(store, book, kernel.options, "cd" * 32, tally)
        run(table_source(Path(table)), output, kernel, keep=keeper, ending=ending)
        pool.close()
"""


def test_killed_runs_store_every_row_once(store: Store, database: str, book: Rulebook, tmp_path: Path) -> None:
    rows = table(tmp_path / "in.parquet", 400)
    out, state, root = tmp_path / "out.parquet", tmp_path / "out.parquet.state", str(Path(__file__).parents[2])
    (tmp_path / "script.py").write_text(SCRIPT)
    command = [sys.executable, str(tmp_path / "script.py"), str(tmp_path / "in.parquet"), str(out), database]
    rng, killed = Random(3), 0
    while not out.exists() or state.exists():
        process = subprocess.Popen(command, cwd=root, env={**os.environ, "PYTHONPATH": root})
        if killed < 3:
            before = state.stat().st_ino if state.exists() else 0
            while process.poll() is None and (not state.exists() or state.stat().st_ino == before):
                time.sleep(0.002)
            time.sleep(rng.random() * 0.3)
            process.send_signal(signal.SIGKILL)
            killed += process.wait() == -signal.SIGKILL
        else:
            assert process.wait() == 0
    found = pq.read_table(out).to_pylist()

    assert killed == 3
    assert [r["case"] for r in found] == [r["case"] for r in rows]
    assert sorted({r["assessment"] for r in found}) == list(range(1, 400))
    with store.reading() as connection:
        report = verify(connection, deep=True)
        assert (report.problems, report.records, report.assessments) == ([], 400, 399)
        assert runs(connection)[0][2].stored == {"rows": 400, "first": 1, "last": 399}
