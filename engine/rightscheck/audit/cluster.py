"""The same kernel on a Dask cluster: parts of a table evaluated by its workers, results written here in order.

A worker reads its part of a Parquet table itself (the workers see the table under the same path); rows of any other
source are sent to it. What comes back is what this machine would have made of the same units, so that the results are
the same bytes. A part whose worker was lost is evaluated by another.
"""

from __future__ import annotations

import itertools
import pickle
from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from distributed import Client, KilledWorker, LocalCluster, WorkerPlugin, get_worker

from rightscheck import __version__
from rightscheck.audit.checks import CHECK_FIRST, CHECK_MORE
from rightscheck.audit.kernel import Kernel
from rightscheck.audit.outputs import parquet_part
from rightscheck.audit.pieces import Piece, piece_of
from rightscheck.audit.source import Source
from rightscheck.audit.tables import UNIT, Unit, parquet_units
from rightscheck.problems import EngineFault, RightscheckError, SurroundingsError

PART_UNITS = 8
AHEAD = 2
WAIT_SECONDS = 60
LOCAL_WORKERS = 2


@dataclass(frozen=True)
class Part:
    """Some units of a source: rows first+1 to last of one row group of a Parquet table, or the units themselves."""

    path: Path | None
    group: int
    first: int
    last: int
    units: tuple[Unit, ...] = ()

    def read(self) -> Iterator[Unit]:
        """Yield the units."""
        if self.path is None:
            yield from self.units
            return
        for unit in parquet_units(self.path, self.first, [self.group]):
            inside = self.last - int(unit.numbers[0]) + 1
            if inside <= 0:
                return
            yield Unit(unit.batch.slice(0, inside), unit.numbers[:inside], unit.rejects, unit.share)


class Kernels(WorkerPlugin):
    """Gives each worker, also one that joins later, a kernel of the run's rulebook."""

    name = "rightscheck"

    def __init__(self, kernel: Kernel) -> None:
        self.version = __version__
        self.data = pickle.dumps((kernel.book, kernel.options))
        self._kernel: Kernel | None = None

    @property
    def kernel(self) -> Kernel:
        """The kernel, made when it is first wanted."""
        if self.version != __version__:
            raise EngineFault(f"a worker has version {__version__} of rightscheck, and this is {self.version}")
        if self._kernel is None:
            self._kernel = Kernel(*pickle.loads(self.data))
        return self._kernel


def evaluated(part: Part, seed: int, encode: bool) -> list[Piece]:
    """Evaluate a part on a worker; `encode` gives the results as the bytes of a Parquet file."""
    plugin = get_worker().plugins[Kernels.name]
    assert isinstance(plugin, Kernels)
    kernel = plugin.kernel
    found = []
    for unit in part.read():
        first = bool(len(unit.numbers)) and int(unit.numbers[0]) == 1
        piece = piece_of(kernel, unit, seed=seed, checks=CHECK_FIRST if first else CHECK_MORE)
        if encode and isinstance(piece.results, pa.RecordBatch):
            piece.results = bytes(parquet_part(piece.results)) if piece.results.num_rows else None
        found.append(piece)
    return found


def parts_of(source: Source, skip: int) -> Iterator[Part]:
    """Cut the rows after the first `skip` into parts that are made of whole units."""
    if source.path is None or source.path.suffix.lower() != ".parquet":
        units = source.read(skip)
        for some in iter(lambda: tuple(itertools.islice(units, PART_UNITS)), ()):
            yield Part(None, 0, 0, 0, some)
        return
    next(iter(source.read(skip)), None)  # says here what is wrong with the table
    meta, row = pq.read_metadata(source.path), 0
    for group in range(meta.num_row_groups):
        size = meta.row_group(group).num_rows
        for start in range(row, row + size, UNIT * PART_UNITS):
            last = min(start + UNIT * PART_UNITS, row + size)
            if last > skip:
                yield Part(source.path.resolve(), group, max(start, skip), last)
        row += size


class Cluster:
    """A connection to a Dask scheduler.

    Args:
        address: the scheduler's, or `local` for two worker processes on this machine.

    Raises:
        SurroundingsError: the scheduler cannot be reached, or its workers cannot be used.
    """

    def __init__(self, address: str, kernel: Kernel) -> None:
        self.local = None
        try:
            if address == "local":
                self.local = LocalCluster(  # type: ignore[no-untyped-call]
                    n_workers=LOCAL_WORKERS, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0"
                )
            self.client = Client(self.local or address, timeout=20, set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, TimeoutError, ValueError) as error:
            self.close()
            raise SurroundingsError(f"the Dask scheduler {address} cannot be reached: {_line(error)}") from None
        try:
            self.client.wait_for_workers(1, timeout=WAIT_SECONDS)
            self.client.register_plugin(Kernels(kernel))
        except TimeoutError:
            self.close()
            raise SurroundingsError(f"the Dask scheduler {address} has no worker") from None
        except Exception as error:  # a worker without this package, or with another Python
            self.close()
            raise SurroundingsError(f"the workers of {address} cannot be used: {_line(error)}") from None

    def pieces(self, source: Source, skip: int, *, seed: int, encode: bool) -> Generator[Piece, None, None]:
        """Yield the pieces of a source in the order of its rows.

        Raises:
            EngineFault: a part failed on every worker it was given to.
        """
        parts = parts_of(source, skip)
        waiting: deque[Any] = deque()
        try:
            while True:
                room = AHEAD * max(1, sum(self.client.nthreads().values()))  # type: ignore[no-untyped-call]
                for part in itertools.islice(parts, max(0, room - len(waiting))):
                    future = self.client.submit(evaluated, part, seed, encode, pure=False)
                    waiting.append(future)
                if not waiting:
                    return
                yield from self._result(waiting.popleft())
        finally:
            for future in waiting:
                future.cancel()

    def _result(self, future: Any) -> list[Piece]:
        try:
            found: list[Piece] = future.result()
            return found
        except RightscheckError:
            raise
        except KilledWorker:
            raise EngineFault("a part of the table ended several workers; --resume goes on before it") from None
        except Exception as error:  # whatever a worker met
            raise EngineFault(f"a worker failed: {_line(error)}; --resume goes on where the run stopped") from None

    def close(self) -> None:
        """Leave the cluster; end it where it is local."""
        client = getattr(self, "client", None)
        if client is not None:
            client.close()
        if self.local is not None:
            self.local.close()


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


__all__ = ["Cluster", "Part", "evaluated", "parts_of"]
