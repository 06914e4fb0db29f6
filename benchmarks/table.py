"""Random tables of measures on the whole vocabulary, from a fixed seed."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rightscheck.facts.vocabulary import Fact, vocabulary
from rightscheck.rulebook.book import Rulebook

GROUP = 65_536


def _pool(fact: Fact, rng: np.random.Generator) -> list[str]:
    if fact.kind == "bool":
        return ["false", "true"]
    if fact.kind == "int":
        return ["0", "1", "2", "3", "7", "12", "48", "1000"]
    values = list(fact.values)
    if fact.kind == "set":
        return ["[]", *(";".join(rng.choice(values, rng.integers(1, 4), replace=False)) for _ in range(60))]
    return values


def write_table(path: Path, rows: int, book: Rulebook, filled: int = 60, seed: int = 5) -> None:
    """Write a Parquet table of so many measures with about `filled` facts each, States and dates at random."""
    rng = np.random.default_rng(seed)
    facts = vocabulary().facts.values()
    pools = {fact.name: _pool(fact, rng) for fact in facts}
    share = (filled - 1) / (len(pools) - 1)
    states = list(book.content.standards.parties)
    days = [(datetime.date(1990, 1, 1) + datetime.timedelta(n)).isoformat() for n in range(12_000)]
    writer = None
    for first in range(0, rows, GROUP):
        count = min(GROUP, rows - first)
        columns = {
            "case": pa.array([f"case-{first + n}" for n in range(count)]),
            "country": _drawn(rng, states, count),
            "date": _drawn(rng, days, count),
            "measure": pa.array(["measure"] * count),
            "title": pa.array([f"Measure {first + n}" for n in range(count)]),
        }
        prison = np.zeros(count, dtype=np.bool_)
        for fact in facts:
            codes = rng.integers(0, len(pools[fact.name]), count, dtype=np.int32)
            empty = np.zeros(count, dtype=np.bool_) if fact.name == "type" else rng.random(count) > share
            if fact.name == "sanction.kind":
                prison = empty | (codes >= fact.codes["prison"])
            if fact.name in ("sanction.prison_months", "sanction.prison_days"):
                empty |= ~prison
            columns[fact.name] = pa.DictionaryArray.from_arrays(pa.array(codes, mask=empty), pa.array(pools[fact.name]))
        table = pa.table(columns)
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()


def _drawn(rng: np.random.Generator, values: list[str], count: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(rng.integers(0, len(values), count, dtype=np.int32)), values)
