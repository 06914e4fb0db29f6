"""A batch run: a table of measures in, results out; three threads, so that reading and writing go beside evaluation.

Arrow reads and writes outside Python's lock; what is in memory at a time is a few units of rows, whatever the table's
size.
"""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from rightscheck.audit.checks import Checker
from rightscheck.audit.encode import Reject
from rightscheck.audit.kernel import Evaluate, Kernel
from rightscheck.audit.outputs import Output
from rightscheck.audit.tables import Unit, units
from rightscheck.audit.tally import Tally
from rightscheck.problems import InputError, Place, Problem


@dataclass
class Done:
    """What a run did."""

    tally: Tally
    checked: int
    seconds: float
    row: int


Progress = Callable[[int, float], None]


def run(
    table: Path,
    output: Output,
    kernel: Kernel,
    evaluate: Evaluate | None = None,
    checker: Checker | None = None,
    progress: Progress = lambda _rows, _share: None,
) -> Done:
    """Evaluate a table into an output.

    Raises:
        InputError: the table or, with `strict`, one of its rows is wrong.
        EngineFault: a checked row differs from the rules engine.
        SurroundingsError: something cannot be read or written.
    """
    started = time.monotonic()
    options = kernel.options
    tally = Tally(kernel.book, output.state["tally"])
    evaluate = evaluate or kernel.evaluate
    coming = _ahead(units(table, output.row, options.sheet))
    writing = _Writer(output)
    last = output.row
    try:
        for unit in coming:
            found = kernel.encode(unit)
            rejects = sorted([*unit.rejects, *found.rejects], key=lambda r: r.row)
            if rejects and options.strict:
                raise InputError(Problem(r.reason, Place(f"{table}: row {r.row}"), r.column) for r in rejects)
            result = None
            if found.rows:
                outcome = evaluate(found)
                if checker is not None:
                    checker.check(unit, found, outcome)
                tally.add(found, outcome)
                result = kernel.results.batch(unit.batch, unit.numbers, found, outcome)
            for reject in rejects:
                tally.reject(reject.column, reject.reason)
            tally.rejected += len({r.row for r in rejects})
            last = max([last, *(int(n) for n in unit.numbers[-1:]), *(r.row for r in unit.rejects[-1:])])
            writing.put(result, rejects, last, tally.data())
            progress(last, unit.share)
        writing.close()
        if checker is not None:
            checker.finish()
    finally:
        coming.close()
        writing.stop()
    output.finish(_empty(kernel))
    return Done(tally, checker.checked if checker else 0, time.monotonic() - started, last)


def _empty(kernel: Kernel) -> pa.RecordBatch:
    """Return a result of no row, for its columns."""
    nothing = pa.RecordBatch.from_pylist([], pa.schema([(n, pa.string()) for n in ("case", "measure", "type")]))
    return kernel.assess(nothing)[0]


def _ahead(source: Iterator[Unit]) -> Any:
    """Yield from a source that is read one unit ahead in a thread of its own."""
    held: queue.Queue[Any] = queue.Queue()
    room = threading.Semaphore(1)
    stopped = threading.Event()

    def read() -> None:
        try:
            while not stopped.is_set():
                room.acquire()
                held.put(next(source, None))
        except BaseException as error:
            held.put(error)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    try:
        while (item := held.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            room.release()
            yield item
            del item
    finally:
        stopped.set()
        room.release()


class _Writer:
    """Writes units in order in a thread of its own; one waits at most."""

    def __init__(self, output: Output) -> None:
        self._held: queue.Queue[Any] = queue.Queue(maxsize=1)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._write, args=(output,), daemon=True)
        self._thread.start()

    def _write(self, output: Output) -> None:
        while (item := self._held.get()) is not None:
            if self._error is None:
                try:
                    output.add(*item)
                except BaseException as error:
                    self._error = error

    def put(self, batch: pa.RecordBatch | None, rejects: list[Reject], row: int, tally: dict[str, Any]) -> None:
        """Hand a unit over; raises what went wrong with an earlier one."""
        if self._error is not None:
            raise self._error
        self._held.put((batch, rejects, row, json.loads(json.dumps(tally))))

    def close(self) -> None:
        """Wait until all is written; raises what went wrong."""
        self.stop()
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """Let the thread end after what it holds."""
        if self._thread.is_alive():
            self._held.put(None)
            self._thread.join()


__all__ = ["Done", "run"]
