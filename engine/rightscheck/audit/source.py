"""Where a run's rows come from: a table, or whatever else gives the same rows in the same order each time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from rightscheck.audit.tables import Unit, kind_of, total_rows, units


@dataclass(frozen=True)
class Source:
    """Rows in a fixed order.

    Attributes:
        name: what messages call it.
        read: gives the rows after the first so many, a unit at a time.
        total: how many rows there are, where that is known beforehand.
        described: what makes it the same source again; a run goes on only where this is equal.
        path: the file, where the rows are those of one.
    """

    name: str
    read: Callable[[int], Iterator[Unit]]
    total: int | None
    described: dict[str, Any]
    path: Path | None = None


def table_source(path: Path, sheet: str | None = None) -> Source:
    """Return a table (CSV, XLSX, JSONL, Parquet) as a source.

    Raises:
        InputError: the file's ending is of no table.
    """
    kind_of(path)
    described: dict[str, Any] = {"table": str(path.resolve())}
    if path.is_file():
        status = path.stat()
        described |= {"size": status.st_size, "changed": status.st_mtime_ns}
    return Source(str(path), lambda skip: units(path, skip, sheet), _total(path), described, path)


def _total(path: Path) -> int | None:
    try:
        return total_rows(path) if path.is_file() else None
    except (OSError, pa.ArrowException):
        return None  # reading it says what is wrong


def smaller(source: Iterator[Unit], rows: int) -> Iterator[Unit]:
    """Cut units to at most so many rows each; bad rows stay between the rows where they stood."""
    for unit in source:
        if unit.batch.num_rows <= rows:
            yield unit
            continue
        told = 0
        for first in range(0, unit.batch.num_rows, rows):
            numbers = unit.numbers[first : first + rows]
            end = first + rows >= unit.batch.num_rows
            upto = len(unit.rejects) if end else sum(r.row < int(numbers[-1]) for r in unit.rejects)
            share = unit.share if end else 0.0
            yield Unit(unit.batch.slice(first, rows), np.asarray(numbers), unit.rejects[told:upto], share)
            told = upto


__all__ = ["Source", "smaller", "table_source"]
