from __future__ import annotations

import itertools
import json
import multiprocessing
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from rightscheck.history.migrate import current
from rightscheck.history.query import Filters, count, listing
from rightscheck.history.records import case_bytes, result_bytes
from rightscheck.history.replay import Replayer
from rightscheck.history.store import Store
from rightscheck.problems import EngineFault, InputError, SurroundingsError
from rightscheck.rulebook.book import Rulebook, digest_of
from rightscheck.rulebook.model import Content
from tests.history import samples

QUIET = lambda line: None  # noqa: E731


def test_what_goes_in_comes_out(store: Store, book: Rulebook) -> None:
    file, results = samples.assessed(book, samples.case_data(0))
    numbers = [store.add(file.case, r, book) for r in results]
    assert numbers == [1, 2]
    for number, result in zip(numbers, results, strict=True):
        found = store.load(number)
        assert found.result == result_bytes(result)
        assert found.assessment() == result.model_copy(update={"assessment": number})
        assert store.version(found.case, found.version) == case_bytes(file.case)
        assert digest_of(Content.model_validate(json.loads(store.rulebook(found.rulebook)))) == book.sha256
        assert json.loads(found.input)["version"] == found.version


def test_a_case_keeps_every_version_once(store: Store, book: Rulebook) -> None:
    for _ in range(2):
        samples.add_case(store, book, 0)
    samples.add_case(store, book, 0, summary="Another")
    versions = {store.load(n).version for n in range(1, 7)}
    assert len(versions) == 2
    assert store.load(1).version == store.load(3).version != store.load(5).version


def test_text_that_databases_dislike(store: Store, book: Rulebook) -> None:
    title = "a\0b ' \" \\ % \u2028 \U0001f5f3 Қазақ"
    (number, _) = samples.add_case(store, book, 1, title=title, summary="\0")
    found = store.load(number)
    assert json.loads(store.version(found.case, found.version))["title"] == title
    assert Replayer(store, book).replay(found).case.title == title


def test_filters(full: Store, book: Rulebook) -> None:
    def numbers(**given: str) -> list[int]:
        with full.reading() as connection:
            filters = Filters(**given)
            found = [row.id for row in listing(connection, filters, 100)]
            assert count(connection, filters) == len(found)
            return found

    everything = {n: full.load(n).assessment() for n in range(1, 13)}
    assert numbers() == sorted(everything, reverse=True)

    def those(test: object) -> list[int]:
        return sorted((n for n, a in everything.items() if test(a)), reverse=True)  # type: ignore[operator]

    assert numbers(verdict="incompatible") == those(lambda a: a.verdict == "incompatible") != []
    assert numbers(right="religion", verdict="high") == those(
        lambda a: any(r.right == "religion" and r.verdict == "high" for r in a.rights)
    )
    assert numbers(rule="vague-law") == those(lambda a: any(f.rule == "vague-law" for f in a.fired)) != []
    assert (
        numbers(open_rule="no-notice") == those(lambda a: any(o.rule == "no-notice" and o.live for o in a.open)) != []
    )
    assert numbers(stage="proportionality", right="religion") == those(
        lambda a: any(f.stage == "proportionality" and f.right == "religion" for f in a.fired)
    )
    assert numbers(country="FR") == those(lambda a: a.country == "FR")
    assert numbers(type="religious-ban") == [12, 10, 8, 6, 4, 2]
    assert numbers(standard="echr") == sorted(everything, reverse=True)
    assert numbers(standard="achr") == []
    assert numbers(rulebook=book.sha256[:6]) == sorted(everything, reverse=True)
    assert numbers(rulebook="%%%%") == []
    assert numbers(case="case-3") == [8, 7]
    assert numbers(since=full.load(4).stored_at, until=full.load(7).stored_at) == [6, 5, 4]


def test_filters_together_pass_what_each_passes(full: Store) -> None:
    """Two filters give the numbers that stand under both; those of a right belong together and are tried above."""
    with full.reading() as connection:
        first, fifth = full.load(1), full.load(5)
        given: dict[str, list[str]] = {
            "verdict": ["incompatible", "high", "undetermined"],
            "country": ["KZ", "FR", "XX"],
            "type": ["assembly-ban", "religious-ban"],
            "standard": ["echr", "ech", "%", "_"],
            "stage": ["legality", "proportionality", "lega%"],
            "rule": ["vague-law", "belief"],
            "open_rule": ["no-notice"],
            "rulebook": [first.rulebook[:6], "00000000"],
            "case": ["case-3", "case-%"],
            "since": [fifth.stored_at],
            "until": [fifth.stored_at],
        }
        single = [{name: value} for name, values in given.items() for value in values]
        passed = [{row.id for row in listing(connection, Filters(**one), 100)} for one in single]
        assert {frozenset(p) for p in passed} > {frozenset(), frozenset(range(1, 13))}
        for (one, a), (two, b) in itertools.combinations(zip(single, passed, strict=True), 2):
            both = one.keys() | two.keys()
            if len(both) == 2 and both != {"rule", "stage"}:
                assert {row.id for row in listing(connection, Filters(**one, **two), 100)} == a & b, (one, two)


def test_pages(full: Store) -> None:
    with full.reading() as connection:
        pages = [[r.id for r in listing(connection, Filters(), 5, offset)] for offset in (0, 5, 10, 15)]
    assert pages == [[12, 11, 10, 9, 8], [7, 6, 5, 4, 3], [2, 1], []]


def test_no_such_assessment(full: Store) -> None:
    for number in (13, 2**62):
        with pytest.raises(InputError, match="no stored assessment"):
            full.load(number)


def test_replay_gives_the_same_bytes(full: Store, book: Rulebook) -> None:
    replayer = Replayer(full, book)
    for number in range(1, 13):
        stored = full.load(number)
        assert replayer.replay(stored).result == stored.assessment()


def test_replay_from_the_stored_rulebook(full: Store) -> None:
    other = samples.small_book(title="Another")
    assert Replayer(full, other).replay(full.load(3)).reader.book.sha256 == full.load(3).rulebook != other.sha256


def test_replay_names_what_differs(full: Store, book: Rulebook) -> None:
    from dataclasses import replace

    stored = full.load(1)
    data = json.loads(stored.result)
    data["verdict"] = "low"
    with pytest.raises(EngineFault, match="differs at verdict"):
        Replayer(full, book).replay(replace(stored, result=json.dumps(data).encode()))
    with pytest.raises(EngineFault, match="version 000000000000.* missing"):
        Replayer(full, book).replay(replace(stored, version="0" * 64))
    with pytest.raises(EngineFault, match="rulebook 000000000000 is missing"):
        Replayer(full, book).replay(replace(stored, rulebook="0" * 64))


def test_modes_whatever_the_umask(tmp_path: Path, book: Rulebook) -> None:
    before = os.umask(0)
    try:
        store = Store.open(str(tmp_path / "new" / "deep" / "history.db"), QUIET)
        with store.reading() as connection:
            connection.exec_driver_sql("SELECT 1 FROM ledger").all()
            samples.add_case(store, book, 0)
            modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in tmp_path.rglob("*")}
    finally:
        os.umask(before)
    assert modes == {
        "new": 0o700,
        "deep": 0o700,
        "history.db": 0o600,
        "history.db-wal": 0o600,
        "history.db-shm": 0o600,
    }


def test_a_database_others_can_read_is_warned_about(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    Store.open(str(path), QUIET)
    path.chmod(0o644)
    said: list[str] = []
    Store.open(str(path), said.append)
    assert len(said) == 1 and "others can read" in said[0]


def test_pragmas(tmp_path: Path) -> None:
    store = Store.open(str(tmp_path / "history.db"), QUIET)
    with store.reading() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout", "secure_delete")
        }
    assert found == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "synchronous": 2,
        "busy_timeout": 30_000,
        "secure_delete": 1,
    }


def _write(database: str, start: int, amount: int) -> None:
    book = samples.small_book()
    store = Store.open(database, QUIET)
    for number in range(start, start + amount):
        samples.add_case(store, book, number)


def test_two_processes_write_at_once(database: str) -> None:
    """Both find no schema and make it, then write: nothing lost, no error."""
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_write, args=(database, 100 * i, 6)) for i in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [w.exitcode for w in workers] == [0, 0]
    store = Store.open(database, QUIET)
    with store.reading() as connection:
        assert [r.id for r in listing(connection, Filters(), 100)] == list(range(24, 0, -1))


KILLED = """
import sys
from rightscheck.history.store import Store
from tests.history import samples
book = samples.small_book()
store = Store.open(sys.argv[1], lambda line: None)
for number in range(10_000):
    file, results = samples.assessed(book, samples.case_data(number))
    for result in results:
        print(store.add(file.case, result, book), flush=True)
"""


def killed_at(database: str, after: int) -> int:
    """Kill -9 a process that stores, once it has acknowledged so many; return the last acknowledged number."""
    command = [sys.executable, "-c", KILLED, database]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2], text=True) as process:
        assert process.stdout is not None
        last = 0
        for _ in range(after):
            last = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read().split("\n")[:-1]
    return int(rest[-1]) if rest else last


def test_kill_loses_nothing_acknowledged(database: str, book: Rulebook) -> None:
    last = killed_at(database, 7)
    store = Store.open(database, QUIET)
    with store.reading() as connection:
        found = sorted(r.id for r in listing(connection, Filters(), 10_000))
    assert found[:last] == list(range(1, last + 1)) and len(found) <= last + 1
    replayer = Replayer(store, book)
    for number in found:
        replayer.replay(store.load(number))
    assert samples.add_case(store, book, 9)[0] == len(found) + 1


def test_addresses() -> None:
    from rightscheck.history.database import shown, url_of

    assert url_of("postgresql://u:secret@h/d").drivername == "postgresql+psycopg"
    assert "secret" not in shown(url_of("postgres://u:secret@h/d"))
    assert url_of("some/file.db").database == "some/file.db"
    for wrong in ("mysql://h/d", "sqlite://", "sqlite:///:memory:", "://", "postgresql://h:port/d"):
        with pytest.raises(InputError):
            url_of(wrong)


def test_another_programs_database_is_refused(database: str) -> None:
    from rightscheck.history.database import make_engine, url_of, writing

    engine = make_engine(url_of(database), QUIET)
    with writing(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE songs (id INTEGER)")
    with pytest.raises(SurroundingsError, match="another program"):
        Store.open(database, QUIET)


def test_a_newer_schema_is_refused(store: Store, database: str) -> None:
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SurroundingsError, match="newer version of rightscheck"):
        Store.open(database, QUIET)
    with pytest.raises(SurroundingsError, match="newer version"):
        current(store.engine)


def test_no_case_text_in_a_traceback(store: Store, book: Rulebook) -> None:
    import traceback

    samples.add_case(store, book, 1, title="A secret title")
    with pytest.raises(EngineFault) as caught, store.writing() as connection:
        connection.exec_driver_sql("UPDATE assessments SET title = 'A secret title', rulebook = 'A secret title'")
    assert "secret" not in "".join(traceback.format_exception(caught.value))
