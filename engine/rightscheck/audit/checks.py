"""Rows judged by the rules engine and the reference in processes of their own: samples of a run, or all of it."""

from __future__ import annotations

import datetime
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Hashable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.connection import wait
from random import Random
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from rightscheck.assessment.assess import Reader, assess_measure, judge, setting_of
from rightscheck.assessment.model import Assessment
from rightscheck.audit.encode import Encoded
from rightscheck.audit.kernel import Kernel
from rightscheck.audit.marks import difference, marks
from rightscheck.audit.results import Outcome
from rightscheck.audit.tables import Unit
from rightscheck.facts.case import measures_of
from rightscheck.facts.read import case_from_data
from rightscheck.facts.values import Value
from rightscheck.problems import EngineFault, InputError
from rightscheck.readings.columns import words_for
from rightscheck.rulebook.book import Rulebook

CHECK_FIRST, CHECK_MORE = 20, 1
PIECE = 64
Result = TypeVar("Result")
Task = tuple[dict[str, Value], str, int, tuple[str, ...]]
Case = tuple[dict[str, Any], str, datetime.date | None, tuple[str, ...]]
"""A case as plain data, one of its measures, and the date and standards to weigh instead of the case's own."""

_reader: Reader
_place: dict[Hashable, int]


def _start(book: Rulebook, place: dict[Hashable, int]) -> None:
    global _reader, _place
    threading.Thread(target=_end_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _reader, _place = Reader(book), place


def _end_with_parent() -> None:
    """End this process when the one that started it is gone, killed ones too."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _judge(tasks: Sequence[Task]) -> list[npt.NDArray[np.int32]]:
    return [judged(_reader, _place, task) for task in tasks]


def _assess(cases: Sequence[Case]) -> list[Assessment | InputError]:
    found: list[Assessment | InputError] = []
    for data, name, as_of, standards in cases:
        try:
            case = case_from_data(data).case
        except InputError as error:
            found.append(error)
        else:
            measure = next(m for m in measures_of(case) if m.id == name)
            found.append(assess_measure(_reader, case, measure, as_of=as_of, standards=standards or None))
    return found


def judged(reader: Reader, place: dict[Hashable, int], task: Task) -> npt.NDArray[np.int32]:
    """Judge one row by the rules engine and the reference; returns the places of the outputs that are true."""
    facts, country, day, named = task
    date = datetime.date.fromordinal(day) if day else None
    found = judge(reader, facts, setting_of(reader.book, country or None, date, named or None))
    return np.array(sorted(place[key] for key in marks(reader.book, found) if key in place), dtype=np.int32)


def task_of(found: Encoded, row: int) -> Task:
    """Return one row as the worker processes take it."""
    country, named = found.countries[found.country_codes[row]], found.sets[found.set_codes[row]]
    return found.facts(row), country, int(found.days[row]), named


class Pool:
    """Processes that hold the compiled rules engine."""

    def __init__(self, kernel: Kernel, processes: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(processes, context, _start, (kernel.book, kernel.place))
        self.kernel, self.processes = kernel, processes

    def submit(self, tasks: Sequence[Task]) -> Future[list[npt.NDArray[np.int32]]]:
        """Give out some rows."""
        return self._pool.submit(_judge, tasks)

    def assess(self, cases: Sequence[Case]) -> list[Assessment | InputError]:
        """Assess measures as `assess` does; where a case cannot be read, its fault stands in its place."""
        size = max(1, min(PIECE, -(-len(cases) // self.processes)))
        futures = [self._pool.submit(_assess, cases[n : n + size]) for n in range(0, len(cases), size)]
        return [result for future in futures for result in self.result(future)]

    def result(self, future: Future[list[Result]]) -> list[Result]:
        """Return what a process gave; raises EngineFault."""
        try:
            return future.result()
        except BrokenProcessPool:
            raise EngineFault("a worker process ended; --resume goes on where the run stopped") from None

    def evaluate(self, found: Encoded) -> Outcome:
        """Evaluate every good row by the rules engine and the reference."""
        rows = np.flatnonzero(found.good).tolist()
        pieces = [rows[n : n + PIECE] for n in range(0, len(rows), PIECE)]
        words = max(words_for(found.rows), 1)
        bits = np.zeros((len(self.kernel.place), words), dtype=np.uint64)
        waiting: deque[tuple[list[int], Future[Any]]] = deque()
        for piece in [*pieces, *([[]] * self.processes * 2)]:
            if piece:
                waiting.append((piece, self.submit([task_of(found, row) for row in piece])))
            if waiting and (not piece or len(waiting) > self.processes * 2):
                done, future = waiting.popleft()
                for row, places in zip(done, self.result(future), strict=True):
                    bits[places, row // 64] |= np.uint64(1) << np.uint64(row % 64)
        return Outcome(found.rows, bits, self.kernel.place)

    def close(self) -> None:
        """End the processes."""
        self._pool.shutdown(wait=True, cancel_futures=True)


@dataclass(frozen=True)
class Sample:
    """A row to be judged again: its number, the places of the outputs that are true for it, and its facts."""

    number: int
    true: npt.NDArray[np.int32]
    task: Task


def sampled(seed: int, count: int, unit: Unit, found: Encoded, outcome: Outcome) -> list[Sample]:
    """Return rows of a unit for the check, chosen by the seed and the unit's place in the table."""
    good = np.flatnonzero(found.good).tolist()
    rng = Random(f"{seed} {int(unit.numbers[0]) if len(unit.numbers) else 0}")
    rows = rng.sample(good, min(len(good), count))
    return [Sample(int(unit.numbers[row]), outcome.true_of(row), task_of(found, row)) for row in rows]


class Checker:
    """Checks random rows of each unit against the rules engine and the reference: rules, rights, verdicts, reason."""

    def __init__(self, pool: Pool, seed: int) -> None:
        self.pool, self.seed = pool, seed
        self.checked = 0
        self._waiting: deque[tuple[list[Sample], Future[Any]]] = deque()

    def wanted(self) -> int:
        """Return how many rows of the next unit are to be checked."""
        given = self.checked + sum(len(samples) for samples, _ in self._waiting)
        return max(CHECK_MORE, CHECK_FIRST - given)

    def give(self, samples: list[Sample]) -> None:
        """Give out some rows, and compare those that have come back; raises EngineFault."""
        if samples:
            self._waiting.append((samples, self.pool.submit([sample.task for sample in samples])))
        while self._waiting and (self._waiting[0][1].done() or len(self._waiting) > 50):
            self._compare()

    def finish(self) -> None:
        """Wait for every row given out; raises EngineFault where one differs."""
        while self._waiting:
            self._compare()

    def _compare(self) -> None:
        samples, future = self._waiting.popleft()
        for sample, theirs in zip(samples, self.pool.result(future), strict=True):
            if not np.array_equal(sample.true, theirs):
                names = list(self.pool.kernel.place)
                differs = difference([names[n] for n in sample.true], [names[n] for n in theirs])
                text = "; ".join(differs[:5])
                raise EngineFault(f"row {sample.number}: the reading by columns differs from the rules engine ({text})")
            self.checked += 1


__all__ = ["Case", "Checker", "Pool", "Sample", "judged", "sampled", "task_of"]
