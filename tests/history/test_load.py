"""Crashes and crowds; the long forms are campaigns (`make fuzz`)."""

from __future__ import annotations

import contextlib
import multiprocessing
import random
import signal
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from rightscheck.history.query import Filters, listing
from rightscheck.history.store import Store
from rightscheck.history.verify import verify
from rightscheck.rulebook.book import Rulebook
from tests.history import figures, samples
from tests.history.test_store import _write

QUIET = lambda line: None  # noqa: E731


def storing(database: str, acknowledged: Connection) -> None:
    """Store until killed, and say the number of each assessment once it is stored."""
    book = samples.small_book()
    store = Store.open(database, QUIET)
    for number in range(10_000):
        file, results = samples.assessed(book, samples.case_data(number))
        for result in results:
            acknowledged.send(store.add(file.case, result, book))


def killed_after(context: Any, database: str, stored: int, seconds: float) -> tuple[int, int]:
    """Kill -9 a process some time after it acknowledged so many; return the first and the last it acknowledged."""
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=storing, args=(database, sender))
    process.start()
    sender.close()
    numbers = [receiver.recv() for _ in range(stored)]
    time.sleep(seconds)
    process.kill()
    with contextlib.suppress(EOFError):
        while True:
            numbers.append(receiver.recv())
    process.join()
    assert process.exitcode == -signal.SIGKILL
    return numbers[0], numbers[-1]


def campaign(database: str, kills: int, seed: int) -> int:
    """Kill again and again; after each, what was acknowledged is there, once, and the chain holds."""
    context = multiprocessing.get_context("forkserver")  # each process is new, and need not import everything again
    context.set_forkserver_preload(["rightscheck.history.migrate", "tests.history.samples"])
    rng, last = random.Random(seed), 0
    store = Store.open(database, QUIET)
    for _ in range(kills):
        first, acknowledged = killed_after(context, database, rng.randrange(8, 16), rng.uniform(0, 0.03))
        assert first == last + 1
        with store.reading() as connection:
            found = sorted(row.id for row in listing(connection, Filters(), 1_000_000))
            report = verify(connection)
        assert found == list(range(1, len(found) + 1))
        assert acknowledged <= len(found) <= acknowledged + 1
        assert report.sound and report.assessments == len(found), report.problems[:3]
        last = len(found)
    with store.reading() as connection:
        assert verify(connection, deep=True).sound
    return last


def crowd(database: str, writers: int, each: int) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_write, args=(database, 10_000 * i, each // 2)) for i in range(writers)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * writers
    store = Store.open(database, QUIET)
    with store.reading() as connection:
        assert len(listing(connection, Filters(), 1_000_000)) == writers * each
        report = verify(connection, deep=True)
        assert report.sound and report.records == writers * each


def test_a_kill_at_a_random_moment(tmp_path: Path) -> None:
    campaign(str(tmp_path / "history.db"), 2, 1)


def test_a_small_history_of_the_seed_cases(tmp_path: Path) -> None:
    """The figures' own machinery, small: what is filled verifies deeply, and each filter and search runs."""
    store = Store.open(str(tmp_path / "history.db"), QUIET)
    figures.fill(store, 60)
    with store.reading() as connection:
        assert verify(connection, deep=True).sound
        assert all(median < 2 for median, _ in figures.queries(connection).values())


@pytest.mark.fuzz
def test_a_hundred_kills(database: str, book: Rulebook) -> None:
    stored = campaign(database, 100, 2)
    print(f"{stored} assessments stored through 100 kills")
    assert stored >= 1000
    samples.add_case(Store.open(database, QUIET), book, 1)


@pytest.mark.fuzz
def test_eight_writers_of_five_hundred(database: str) -> None:
    crowd(database, 8, 500)


@pytest.mark.fuzz
def test_a_hundred_thousand_assessments(database: str) -> None:
    found = figures.measure(database, 100_000)
    print(found)
    assert found.verify_processor < 10 and found.verify_memory < 300e6
    assert max(median for median, _ in found.queries.values()) < 0.2
