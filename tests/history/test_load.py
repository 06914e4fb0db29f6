"""Crashes and crowds; the long forms are campaigns (`make fuzz`)."""

from __future__ import annotations

import multiprocessing
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rightscheck.history.query import Filters, listing
from rightscheck.history.store import Store
from rightscheck.history.verify import verify
from rightscheck.rulebook.book import Rulebook
from tests.history import figures, samples
from tests.history.test_store import KILLED, _write

ROOT = Path(__file__).parents[2]
QUIET = lambda line: None  # noqa: E731


def killed_after(database: str, stored: int, seconds: float) -> tuple[int, int]:
    """Kill -9 a process some time after it acknowledged so many; return the first and the last it acknowledged."""
    command = [sys.executable, "-c", KILLED, database]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as process:
        assert process.stdout is not None
        first = int(process.stdout.readline())
        for _ in range(stored - 1):
            process.stdout.readline()
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read().split("\n")[:-1]
    return first, int(rest[-1]) if rest else first + stored - 1


def campaign(database: str, kills: int, seed: int) -> int:
    """Kill again and again; after each, what was acknowledged is there, once, and the chain holds."""
    rng, last = random.Random(seed), 0
    store = Store.open(database, QUIET)
    for _ in range(kills):
        first, acknowledged = killed_after(database, rng.randrange(5, 15), rng.uniform(0, 0.03))
        assert first == last + 1
        with store.reading() as connection:
            found = sorted(row.id for row in listing(connection, Filters(), 1_000_000))
            report = verify(connection)
        assert found == list(range(1, len(found) + 1))
        assert acknowledged <= len(found) <= acknowledged + 1
        assert report.sound and report.assessments == len(found), report.problems[:3]
        last = len(found)
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
        assert all(seconds < 2 for seconds in figures.slowest(connection).values())


@pytest.mark.fuzz
def test_a_hundred_kills(database: str, book: Rulebook) -> None:
    stored = campaign(database, 100, 2)
    print(f"{stored} assessments stored through 100 kills")
    assert stored >= 900
    samples.add_case(Store.open(database, QUIET), book, 1)


@pytest.mark.fuzz
def test_eight_writers_of_five_hundred(database: str) -> None:
    crowd(database, 8, 500)


@pytest.mark.fuzz
def test_a_hundred_thousand_assessments(tmp_path: Path) -> None:
    found = figures.measure(str(tmp_path / "history.db"), 100_000)
    assert found.verify < 10 and found.verify_memory < 300e6
    assert max(found.slowest.values()) < 0.2
