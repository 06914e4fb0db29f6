"""Rows of an Arrow batch as the circuit's inputs."""

from __future__ import annotations

import datetime
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rightscheck.audit.cells import (
    NAMES,
    OPEN_BIT,
    REQUIRED,
    UNKNOWN,
    Cells,
    Ints,
    Reject,
    Seen,
    country_of,
    day_of,
    standards_of,
    value_of,
)
from rightscheck.audit.standing import NO_DATE, Standing
from rightscheck.facts.case import contradictions
from rightscheck.facts.values import Value
from rightscheck.facts.vocabulary import Fact, vocabulary
from rightscheck.language.tree import Test
from rightscheck.readings.columns import Bits, pack, words_for
from rightscheck.readings.kleene import TRUE, test_value


@dataclass
class Encoded:
    """A batch as codes: -1 unknown; sets as bits of members with one more where open."""

    rows: int
    codes: dict[str, Ints]
    given: dict[str, npt.NDArray[np.bool_]]
    settings: npt.NDArray[np.int32]
    days: npt.NDArray[np.int64]
    countries: list[str]
    country_codes: npt.NDArray[np.int64]
    sets: list[tuple[str, ...]]
    set_codes: npt.NDArray[np.int64]
    good: npt.NDArray[np.bool_]
    rejects: list[Reject] = field(default_factory=list)

    def facts(self, row: int) -> dict[str, Value]:
        """Return one row's facts."""
        return {
            name: value_of(vocabulary()[name], int(codes[row]))
            for name, codes in self.codes.items()
            if self.given[name][row]
        }


class Encoder:
    """Encodes batches for one circuit; `wanted` are the inputs the circuit's program takes."""

    def __init__(self, standing: Standing, wanted: Iterable[Hashable]) -> None:
        self.standing = standing
        self.wanted = list(wanted)
        self.seen: Seen = {}

    def encode(
        self,
        batch: pa.RecordBatch,
        numbers: npt.NDArray[np.int64] | None = None,
        as_of: datetime.date | None = None,
        standards: tuple[str, ...] = (),
    ) -> Encoded:
        """Read every cell of a batch whose columns have known names (tables.check_names).

        Args:
            batch: the rows; dictionary, text, bool, number, date and list columns are taken.
            numbers: the rows' numbers in the table; from 1 unless given.
            as_of: the date at which standards are weighed, instead of the rows' own.
            standards: the standards to weigh, instead of the rows' own.
        """
        rows = batch.num_rows
        work = Cells(rows, np.arange(1, rows + 1) if numbers is None else numbers, self.seen)
        codes: dict[str, Ints] = {}
        for name in batch.schema.names:
            if name in vocabulary():
                codes[name] = work.fact(vocabulary()[name], batch.column(name))
        given = {name: found != UNKNOWN for name, found in codes.items()}
        for name in ("case", "measure"):
            work.ids(name, batch.column(name) if name in batch.schema.names else None)
        if "title" in batch.schema.names:
            work.short("title", batch.column("title"))
        work.demand("type", given.get("type"))
        countries, country_codes = work.names(batch, "country", country_of)
        sets, set_codes = work.names(batch, "standards", standards_of)
        if standards:
            sets, set_codes = [standards], np.zeros(rows, dtype=np.int64)
        if as_of is not None:
            days = np.full(rows, as_of.toordinal(), dtype=np.int64)
        else:
            known, day_codes = work.names(batch, "date", day_of)
            days = np.array([d or NO_DATE for d in known], dtype=np.int64)[day_codes]
        names = [c or "" for c in countries]
        lists = [s or () for s in sets]
        settings = self.standing.numbers(names, country_codes, days, lists, set_codes)
        found = Encoded(
            rows, codes, given, settings, days, names, country_codes, lists, set_codes, work.good, work.rejects
        )
        self._contradictions(found, work)
        work.rejects.sort(key=lambda r: r.row)
        return found

    def _contradictions(self, found: Encoded, work: Cells) -> None:
        """Reject rows whose facts cannot both hold: only rows with both facts are looked at one by one."""
        if "sanction.kind" not in found.codes:
            return
        prison = vocabulary()["sanction.kind"].codes["prison"]
        kind = found.codes["sanction.kind"]
        for name in ("sanction.prison_months", "sanction.prison_days"):
            if name in found.codes:
                both = (kind >= 0) & (kind < prison) & (found.codes[name] > 0)
                for row in np.flatnonzero(both).tolist():
                    for first, second, text in contradictions(found.facts(row)):
                        if first == name:
                            work.reject(row, first, f"contradicts `{second}`: {text}")

    def inputs(self, found: Encoded, words: int = 0) -> dict[Hashable, Bits]:
        """Return the circuit's inputs as vectors of so many words, as many as the rows need unless given."""
        words = words or words_for(found.rows)
        result = self.standing.inputs(found.settings, words, self.wanted)
        for key in self.wanted:
            assert isinstance(key, tuple)
            name = key[1]
            if name not in found.codes:
                continue
            codes = found.codes[name]
            if key[0] == "given":
                result[key] = pack(found.given[name], words)
            elif key[0] == "closed":
                result[key] = pack((codes >= 0) & (codes < OPEN_BIT), words)
            elif key[0] == "hit":
                mask = sum(1 << vocabulary()[name].codes[m] for m in key[2])
                result[key] = pack((codes >= 0) & ((codes & mask) != 0), words)
            elif key[0] == "test":
                result[key] = pack(_passes(vocabulary()[name], Test(name, key[2], key[3]), codes), words)
        return result


def _passes(fact: Fact, test: Test, codes: Ints) -> npt.NDArray[np.bool_]:
    """Return which known values pass a test."""
    if fact.kind == "int":
        bound = int(test.values[0])
        known = codes >= 0
        if test.op in ("==", "in"):
            return known & np.isin(codes, [int(v) for v in test.values])
        compare = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}[test.op]
        return known & compare(codes, bound)
    every = range(2 if fact.kind == "bool" else len(fact.values))
    passing = [code for code in every if test_value(test, fact, value_of(fact, code)) == TRUE]
    if not passing:
        return np.zeros(len(codes), dtype=np.bool_)
    first, last = passing[0], passing[-1]
    if len(passing) == 1:
        return np.equal(codes, first)
    if len(passing) == last - first + 1:
        upper = np.greater_equal(codes, first)
        return upper & np.less_equal(codes, last) if last < every[-1] else upper
    table = np.zeros(len(every) + 2, dtype=np.bool_)
    table[[code + 2 for code in passing]] = True
    return np.take(table, codes + 2)


__all__ = ["NAMES", "REQUIRED", "Encoded", "Encoder", "Reject"]
