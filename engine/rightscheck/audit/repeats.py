"""Rows that give the same case and measure twice: found for any number of rows in little memory.

Each row leaves eight bytes at its place in a file: a hash of its case and measure, 0 where the row was rejected. Equal
names have equal hashes, so that no repeat is missed; two of 10^9 different rows share a hash once in forty runs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

KEY_BYTES = 8
AT_ONCE = 8_000_000
MOST = 25
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_TABLE = np.random.default_rng(20260131).integers(1, 2**63, 256, dtype=np.uint64) | np.uint64(1)
Keys = npt.NDArray[np.uint64]


def _column(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return pc.fill_null(column.cast(pa.large_binary()), b"")


def _hashes(column: pa.Array) -> Keys:
    """Return a hash of each text: a sum over its bytes, each taken by its value and its place."""
    texts = _column(column)
    rows = len(texts)
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int64)[texts.offset : texts.offset + rows + 1]
    first, last = int(offsets[0]), int(offsets[-1])
    held = texts.buffers()[2]
    data = np.frombuffer(held, dtype=np.uint8)[first:last] if held is not None and last > first else np.zeros(0, "u1")
    starts = offsets[:-1] - first
    lengths = np.diff(offsets)
    powers = np.cumprod(np.full(int(lengths.max(initial=0)) + 1, _FACTOR, dtype=np.uint64), dtype=np.uint64)
    places = np.arange(len(data), dtype=np.int64) - np.repeat(starts, lengths)
    weighed = np.concatenate([np.zeros(1, np.uint64), np.cumsum(_TABLE[data] * powers[places], dtype=np.uint64)])
    return _mixed(weighed[starts + lengths] - weighed[starts] + lengths.astype(np.uint64))


def _mixed(keys: Keys) -> Keys:
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return keys ^ (keys >> np.uint64(31))


def keys_of(batch: pa.RecordBatch, good: npt.NDArray[np.bool_]) -> Keys:
    """Return each row's key, never 0 for a good row and 0 for the others."""
    cases, measures = _hashes(batch.column("case")), _hashes(batch.column("measure"))
    keys = _mixed(cases * _FACTOR + measures)
    return np.where(good, np.maximum(keys, np.uint64(1)), np.uint64(0))


def placed(keys: Keys, numbers: npt.NDArray[np.int64], after: int, upto: int) -> bytes:
    """Return what the file takes for the rows from `after` (not counted) to `upto`."""
    found = np.zeros(max(upto - after, 0), dtype=np.uint64)
    found[numbers - after - 1] = keys
    return found.tobytes()


def repeats(path: Path, at_once: int = AT_ONCE) -> dict[str, Any]:
    """Return what a finished file of keys says.

    Args:
        path: the file.
        at_once: how many keys to hold in memory; a longer file is read several times.

    Returns:
        `measures` that stand in more than one row, the `rows` in which they stand, and `first`: the row numbers of the
        first `MOST` of them.
    """
    count = path.stat().st_size // KEY_BYTES if path.exists() else 0
    passes = max(1, -(-count // at_once))
    measures = rows = 0
    first: list[list[int]] = []
    for turn in range(passes):
        keys = _chosen(path, count, passes, turn)
        keys.sort()
        again = keys[1:][keys[1:] == keys[:-1]]
        if not len(again):
            continue
        doubled, more = np.unique(again, return_counts=True)
        measures += len(doubled)
        rows += len(doubled) + int(more.sum())
        first.extend(_rows_of(path, count, doubled))
        first = sorted(first)[:MOST]
    return {"measures": measures, "rows": rows, "first": first}


def _blocks(path: Path, count: int) -> Any:
    step = 1 << 20
    with path.open("rb") as stream:
        for start in range(0, count, step):
            yield start, np.fromfile(stream, dtype=np.uint64, count=min(step, count - start))


def _chosen(path: Path, count: int, passes: int, turn: int) -> Keys:
    """Return the keys of one turn: those of one remainder, rejected rows left out."""
    found = []
    for _, block in _blocks(path, count):
        here = (block != 0) if passes == 1 else (block != 0) & (block % np.uint64(passes) == turn)
        found.append(block[here])
    return np.concatenate(found) if found else np.zeros(0, dtype=np.uint64)


def _rows_of(path: Path, count: int, doubled: Keys) -> list[list[int]]:
    """Return the row numbers of the first keys that stand twice, each with at most `MOST` rows."""
    found: dict[int, list[int]] = {}
    for start, block in _blocks(path, count):
        for place in np.flatnonzero(np.isin(block, doubled)).tolist():
            key = int(block[place])
            if key in found or len(found) < MOST:
                lines = found.setdefault(key, [])
                if len(lines) < MOST:
                    lines.append(start + place + 1)
    return list(found.values())


__all__ = ["KEY_BYTES", "keys_of", "placed", "repeats"]
