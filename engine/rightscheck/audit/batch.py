"""A batch run: a table of measures in, results out; three threads, so that reading and writing go beside evaluation.

Arrow reads and writes outside Python's lock; what is in memory at a time is a few units of rows, whatever the table's
size.
"""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from rightscheck.audit.checks import Checker
from rightscheck.audit.kernel import Evaluate, Kernel
from rightscheck.audit.outputs import Output
from rightscheck.audit.pieces import Keep, Piece, piece_of
from rightscheck.audit.repeats import repeats
from rightscheck.audit.source import Source, smaller
from rightscheck.audit.tables import Unit
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
Pieces = Callable[[int], Generator[Piece, None, None]]
KEPT_ROWS = 512
"""So many rows are stored in one transaction."""


def run(
    source: Source,
    output: Output,
    kernel: Kernel,
    *,
    evaluate: Evaluate | None = None,
    checker: Checker | None = None,
    keep: Keep | None = None,
    pieces: Pieces | None = None,
    progress: Progress = lambda _rows, _share: None,
    ending: Callable[[Tally], None] = lambda _tally: None,
) -> Done:
    """Evaluate a source into an output.

    Args:
        source: the rows.
        output: where the results go; a run that was broken off goes on there.
        kernel: the rulebook's circuit.
        evaluate: what evaluates the rows instead of the circuit.
        checker: judges a sample of the rows again.
        keep: stores the measures.
        pieces: gives the pieces of the rows after a number, where they are made elsewhere.
        progress: is told the last row that is done and the share of the source.
        ending: is given the counts when every row is done, before the results take their name.

    Raises:
        InputError: the source or, with `strict`, one of its rows is wrong.
        EngineFault: a checked row differs from the rules engine.
        SurroundingsError: something cannot be read or written.
    """
    started = time.monotonic()
    tally = Tally(kernel.book, output.state["tally"])
    coming = pieces(output.row) if pieces else _local(source, output.row, kernel, evaluate, checker, keep)
    writing = _Writer(output)
    last = output.row
    try:
        for piece in coming:
            if piece.rejects and kernel.options.strict:
                raise InputError(
                    Problem(r.reason, Place(f"{source.name}: row {r.row}"), r.column) for r in piece.rejects
                )
            if checker is not None:
                checker.give(piece.samples)
            tally.merge(piece.tally)
            last = piece.row = max(last, piece.row)
            writing.put(piece, tally.data())
            progress(last, piece.share)
        writing.close()
        if checker is not None:
            checker.finish()
    finally:
        coming.close()
        writing.stop()
    found = repeats(output.keys)
    tally.repeats = found if found["measures"] else {}
    ending(tally)
    output.finish(_empty(kernel, stored=keep is not None))
    return Done(tally, checker.checked if checker else 0, time.monotonic() - started, last)


def _local(
    source: Source,
    skip: int,
    kernel: Kernel,
    evaluate: Evaluate | None,
    checker: Checker | None,
    keep: Keep | None,
) -> Generator[Piece, None, None]:
    """Make the pieces here, while the next unit is read."""
    read = source.read(skip)
    coming = ahead(smaller(read, KEPT_ROWS) if keep else read)
    seed = checker.seed if checker else 0
    try:
        for unit in coming:
            checks = checker.wanted() if checker else 0
            yield piece_of(kernel, unit, evaluate, seed=seed, checks=checks, keep=keep)
    finally:
        coming.close()


def _empty(kernel: Kernel, *, stored: bool) -> pa.RecordBatch:
    """Return a result of no row, for its columns."""
    nothing = pa.RecordBatch.from_pylist([], pa.schema([(n, pa.string()) for n in ("case", "measure", "type")]))
    found = kernel.assess(nothing)[0]
    return found.append_column("assessment", pa.array([], pa.int64())) if stored else found


def ahead(source: Iterator[Unit]) -> Generator[Unit, None, None]:
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

    def put(self, piece: Piece, tally: dict[str, Any]) -> None:
        """Hand a piece over; raises what went wrong with an earlier one."""
        if self._error is not None:
            raise self._error
        self._held.put((piece, json.loads(json.dumps(tally))))

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


__all__ = ["Done", "Pieces", "ahead", "run"]
