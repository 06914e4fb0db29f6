from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import text

from rightscheck.history.erase import erase_case
from rightscheck.history.query import Filters
from rightscheck.history.replay import Replayer
from rightscheck.history.search import search
from rightscheck.history.store import Store, count_erased
from rightscheck.history.transfer import export_lines, import_lines
from rightscheck.history.verify import verify
from rightscheck.problems import InputError
from rightscheck.rulebook.book import Rulebook
from tests.history import samples

CANARY = "Zhanarbekuly"


def with_canary(store: Store, book: Rulebook) -> list[int]:
    """A case whose every text holds a name, among others."""
    for number in range(3):
        samples.add_case(store, book, number)
    data = samples.case_data(5, case=f"case-{CANARY.lower()}", title=f"About {CANARY}", summary=f"{CANARY} " * 900)
    data["sources"] = [{"id": "s", "title": f"Letter of {CANARY}"}]
    data["measures"][0] |= {
        "id": f"ban-{CANARY.lower()}",
        "title": f"Ban on {CANARY}",
        "evidence": {"law.basis": {"source": "s", "quote": CANARY}},
    }
    file, results = samples.assessed(book, data)
    found = [store.add(file.case, result, book) for result in results]
    samples.add_case(store, book, 3)
    return found


def holds(files: list[Path]) -> list[str]:
    marks = [CANARY.encode(), CANARY.lower().encode(), b"3zha", b"1zhanarbekul"]
    return [f.name for f in files if any(mark in f.read_bytes() for mark in marks)]


def test_a_case_is_erased_and_the_chain_holds(store: Store, book: Rulebook) -> None:
    numbers = with_canary(store, book)
    done = erase_case(store, f"case-{CANARY.lower()}")
    assert done.numbers == numbers and done.clean
    with store.reading() as connection:
        report = verify(connection, deep=True)
        assert report.sound and report.erased == 2 and report.assessments == 8 and report.records == 11
        assert count_erased(connection) == 2
        assert search(connection, CANARY, Filters(), 10).hits == []
        assert len(search(connection, "rallies", Filters(), 10).hits) == 4
    for number in (*numbers, done.record):
        with pytest.raises(InputError, match="erased"):
            store.load(number)
    replayer = Replayer(store, book, strict=True)
    for number in set(range(1, 11)) - set(numbers):
        replayer.replay(store.load(number))
    assert samples.add_case(store, book, 5) == [12, 13]


def test_nothing_is_left_in_sqlite_files(tmp_path: Path, book: Rulebook) -> None:
    store = Store.open(str(tmp_path / "history.db"), lambda line: None)
    with_canary(store, book)
    with store.reading() as connection:
        connection.exec_driver_sql("SELECT 1 FROM ledger").all()
        assert holds(list(tmp_path.iterdir()))
    assert erase_case(store, f"case-{CANARY.lower()}").clean
    assert holds(list(tmp_path.iterdir())) == []


def test_a_reader_that_holds_the_log_is_told_of(tmp_path: Path, book: Rulebook) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'history.db'}?timeout=0.1", lambda line: None)
    with_canary(store, book)
    with store.reading() as connection:
        connection.exec_driver_sql("SELECT 1 FROM ledger").all()
        assert not erase_case(store, f"case-{CANARY.lower()}").clean
    assert holds(list(tmp_path.iterdir())) == []  # the last to close empties the log


@pytest.mark.postgres
def test_nothing_is_left_in_postgres_tables(postgres: str, book: Rulebook) -> None:
    store = Store.open(postgres, lambda line: None)
    with_canary(store, book)
    with store.reading() as connection:
        folder = Path(str(connection.execute(text("SHOW data_directory")).scalar()))
        oid = connection.execute(text("SELECT oid FROM pg_database WHERE datname = current_database()")).scalar()
    if not folder.is_dir():
        pytest.skip("the server's files cannot be read from here")
    raw = store.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    raw.exec_driver_sql("CHECKPOINT")
    files = folder / "base" / str(oid)
    assert holds(list(files.iterdir()))
    erase_case(store, f"case-{CANARY.lower()}")
    raw.exec_driver_sql("CHECKPOINT")
    raw.exec_driver_sql("VACUUM FULL pg_statistic")
    raw.exec_driver_sql("CHECKPOINT")
    raw.close()
    assert holds(list(files.iterdir())) == []


def test_an_unknown_case(full: Store) -> None:
    with pytest.raises(InputError, match="did you mean `case-1`"):
        erase_case(full, "case_1")


def test_an_erased_case_is_not_taken_in_again(full: Store) -> None:
    with full.reading() as connection:
        lines = list(export_lines(connection, Filters()))
    erase_case(full, "case-2")
    with pytest.raises(InputError, match="erased here"):
        import_lines(full, lines, "x")
    done = import_lines(full, lines, "x", skip_bad=True)
    assert (done.added, done.present, len(done.problems)) == (0, 10, 2)


def test_unrecorded_erasure_and_forged_ones_are_found(full: Store) -> None:
    from rightscheck.history.records import erased
    from rightscheck.history.store import append

    with full.writing() as connection:
        append(connection, erased([3], "2026-01-01T00:00:00.000000Z"))
        assert verify(connection).first() == (3, "an erasure is recorded, and its content is still there")
        connection.rollback()
    with full.reading() as connection:
        assert json.loads(connection.execute(text("SELECT record FROM ledger WHERE seq = 1")).scalar_one())
