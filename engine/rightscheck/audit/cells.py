"""Cells of an Arrow column as codes; what cannot be read is reported, never guessed at.

A code is -1 where unknown; a set is the bits of its members with one more where it is open.
"""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from rightscheck.facts.case import STANDARDS, parse_date
from rightscheck.facts.countries import country_fault
from rightscheck.facts.values import OPEN, SetValue, Value
from rightscheck.facts.vocabulary import MAX_INT, Fact
from rightscheck.problems import nearest

NAMES = ("case", "country", "date", "measure", "title", "standards")
REQUIRED = ("case", "measure", "type")
UNKNOWN, BAD = -1, -2
ID = r"^[a-z0-9]+(-[a-z0-9]+)*$"
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
OPEN_BIT = 1 << 30
MAX_TEXT = 20_000
Ints = npt.NDArray[np.int32]
Seen = dict[str, tuple[pa.Array, Ints, dict[int, str], list[Any]]]
Read = Callable[[Any], tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Reject:
    """A cell (or a whole row, where `column` is empty) that cannot be read; rows count from 1, the heading apart."""

    row: int
    column: str
    reason: str


def value_of(fact: Fact, code: int) -> Value:
    """Return the value that a code stands for."""
    if fact.kind == "set":
        members = (v for n, v in enumerate(fact.values) if code >> n & 1)
        return SetValue(frozenset(members), bool(code & OPEN_BIT))
    if fact.kind == "bool":
        return bool(code)
    return code if fact.kind == "int" else list(fact.values)[code]


def code_of(fact: Fact, text: str) -> tuple[int, str]:
    """Read one cell's text; returns (code, "") or (-2, what is wrong)."""
    text = text.strip()
    if not text:
        return UNKNOWN, ""
    if fact.kind == "set":
        return _set_code(fact, [] if text == "[]" else [part.strip() for part in text.split(";") if part.strip()])
    if fact.kind == "bool":
        found = {"true": 1, "false": 0}.get(text.lower(), BAD)
        return found, "" if found != BAD else f"takes true or false, not {text[:60]!r}"
    if fact.kind == "int":
        if not re.fullmatch(r"[0-9]{1,12}(\.0+)?", text):
            return BAD, f"takes a whole number of {fact.unit}, not {text[:60]!r}"
        number = int(text.partition(".")[0])
        return (number, "") if number <= MAX_INT else (BAD, f"takes a whole number from 0 to {MAX_INT:,}")
    if text in fact.codes:
        return fact.codes[text], ""
    return BAD, _no_value(fact, text)


def _no_value(fact: Fact, text: str) -> str:
    hint = nearest(text[:60], fact.values)
    return f"has no value {text[:60]!r}" + (f"; did you mean `{hint}`?" if hint else "")


def _set_code(fact: Fact, parts: Iterable[Any]) -> tuple[int, str]:
    code = 0
    for part in parts:
        if part == OPEN:
            code |= OPEN_BIT
        elif part in fact.codes:
            code |= 1 << fact.codes[part]
        else:
            return BAD, _no_value(fact, str(part))
    return code, ""


def text_of(value: Any) -> str:
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def country_of(raw: Any) -> tuple[str, str]:
    """Read a State; returns it and what is wrong."""
    text = text_of(raw).strip()
    fault, hint = country_fault(text[:60])
    return ("", fault + (f"; did you mean `{hint}`?" if hint else "")) if fault else (text, "")


def standards_of(raw: Any) -> tuple[tuple[str, ...], str]:
    """Read the standards named, in their fixed order; returns them and what is wrong."""
    names = [n.strip() for n in (raw if isinstance(raw, list) else text_of(raw).split(";")) if n.strip()]
    wrong = [n for n in names if n not in STANDARDS]
    if wrong:
        hint = nearest(wrong[0], STANDARDS)
        return (), f"no standard `{wrong[0][:60]}`" + (f"; did you mean `{hint}`?" if hint else "")
    return tuple(n for n in STANDARDS if n in names), ""


def day_of(raw: Any) -> tuple[int, str]:
    """Read a date as an ordinal, 0 where it is none; returns it and what is wrong."""
    if isinstance(raw, datetime.datetime):
        raw = raw.date()
    if isinstance(raw, datetime.date):
        return raw.toordinal(), ""
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    return _day_of_text(text_of(raw).strip())


@functools.lru_cache(maxsize=100_000)
def _day_of_text(text: str) -> tuple[int, str]:
    try:
        return parse_date(text).toordinal(), ""
    except ValueError as error:
        said = str(error)
        return 0, said if said.startswith("takes") else "is no date of the calendar"


class Cells:
    """Reads the columns of one batch and gathers what is wrong with them."""

    def __init__(self, rows: int, numbers: npt.NDArray[np.int64], seen: Seen) -> None:
        self.rows, self.numbers, self.seen = rows, numbers, seen
        self.good = np.ones(rows, dtype=np.bool_)
        self.rejects: list[Reject] = []

    def reject(self, row: int, column: str, reason: str) -> None:
        """Note what is wrong with a row."""
        self.good[row] = False
        self.rejects.append(Reject(int(self.numbers[row]), column, reason))

    def _codes(self, words: pa.Array, read: Read) -> tuple[Ints, dict[int, str]]:
        """Read each distinct value once; returns their codes, one more for an empty cell, and what is wrong."""
        codes = np.full(len(words) + 1, UNKNOWN, dtype=np.int32)
        wrong: dict[int, str] = {}
        for place, entry in enumerate(words.to_pylist()):
            try:
                codes[place], reason = (UNKNOWN, "") if entry is None else read(entry)
            except UnicodeDecodeError:
                codes[place], reason = BAD, "is not UTF-8 text"
            if reason:
                wrong[place] = reason
        return codes, wrong

    def _coded(self, column: pa.Array, name: str, read: Read) -> Ints:
        """Read each distinct value once and give every row its code."""
        words, indices = distinct_of(column)
        codes, wrong = self._codes(words, read)
        return self._spread(codes, wrong, indices, name)

    def _spread(self, codes: Ints, wrong: dict[int, str], indices: npt.NDArray[np.int64], name: str) -> Ints:
        found: Ints = codes[indices]  # -1, an empty cell, is the last
        if wrong:
            for row in np.flatnonzero(found == BAD).tolist():
                self.reject(row, name, wrong[int(indices[row])])
            found[found == BAD] = UNKNOWN
        return found

    def fact(self, fact: Fact, column: pa.Array) -> Ints:
        """Return the codes of a fact."""
        kind = column.type
        if column.null_count == self.rows:
            return np.full(self.rows, UNKNOWN, dtype=np.int32)
        if pa.types.is_list(kind) or pa.types.is_large_list(kind):
            return self._list(fact, column)
        if pa.types.is_boolean(kind) and fact.kind == "bool":
            plain = pc.fill_null(column.cast(pa.int8()), UNKNOWN)
            return np.asarray(plain.to_numpy(zero_copy_only=False), dtype=np.int32)
        if pa.types.is_integer(kind) and fact.kind == "int":
            wide = pc.fill_null(column.cast(pa.int64()), UNKNOWN).to_numpy(zero_copy_only=False)
            off = ((wide < 0) & column.is_valid().to_numpy(zero_copy_only=False)) | (wide > MAX_INT)
            for row in np.flatnonzero(off).tolist():
                self.reject(row, fact.name, f"takes a whole number from 0 to {MAX_INT:,}")
            return np.where(off, UNKNOWN, wide).astype(np.int32)
        return self._coded(column, fact.name, lambda raw: _read_fact(fact, raw))

    def _list(self, fact: Fact, column: pa.Array) -> Ints:
        if fact.kind != "set":
            return self._coded(
                pa.array(column.to_pylist(), pa.list_(pa.string())).cast(pa.string()),
                fact.name,
                lambda _: (BAD, "takes one value, not a list"),
            )
        words, indices = distinct_of(column.flatten())
        entries = words.to_pylist()
        bits = np.zeros(len(entries) + 1, dtype=np.int64)
        wrong: dict[int, str] = {}
        for place, entry in enumerate(entries):
            code, reason = _set_code(fact, ["" if entry is None else text_of(entry).strip()])
            bits[place] = 1 << 40 if reason else code
            if reason:
                wrong[place] = reason
        lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
        ends = np.cumsum(lengths)
        found = np.zeros(self.rows, dtype=np.int64)
        filled = lengths > 0
        if filled.any():
            bits[-1] = 1 << 40
            found[filled] = np.bitwise_or.reduceat(bits[indices], (ends - lengths)[filled])
        bad = found >= 1 << 40
        for row in np.flatnonzero(bad).tolist():
            places = indices[ends[row] - lengths[row] : ends[row]].tolist()
            self.reject(row, fact.name, next((wrong[p] for p in places if p in wrong), "holds an empty value"))
        missing = ~column.is_valid().to_numpy(zero_copy_only=False)
        return np.where(bad | missing, UNKNOWN, found).astype(np.int32)

    def demand(self, name: str, given: npt.NDArray[np.bool_] | None) -> None:
        """Reject the rows in which a required column is empty."""
        told = {r.row for r in self.rejects if r.column == name}
        missing = np.ones(self.rows, dtype=np.bool_) if given is None else ~given
        for row in np.flatnonzero(missing).tolist():
            if int(self.numbers[row]) not in told:
                self.reject(row, name, "is required")

    def ids(self, name: str, column: pa.Array | None) -> None:
        """Check ids: required, lower-case words and digits joined by `-`, at most 120 characters."""
        if column is None:
            return self.demand(name, None)
        text = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
        if not (pa.types.is_string(text.type) or pa.types.is_large_string(text.type)):
            text = pa.array([None if v is None else _id_text(v) for v in text.to_pylist()], pa.string())
        fits = pc.and_(pc.match_substring_regex(text, ID), pc.less_equal(pc.binary_length(text), 120))
        good = pc.fill_null(fits, False).to_numpy(zero_copy_only=False)
        for row in np.flatnonzero(~good).tolist():
            held = text[row].as_py()
            empty = held is None or not held.strip()
            self.reject(row, name, "is required" if empty else "takes lower-case words and digits joined by `-`")
        return None

    def short(self, name: str, column: pa.Array) -> None:
        """Check that texts are no longer than a case file may have them."""
        text = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
        if pa.types.is_string(text.type) or pa.types.is_large_string(text.type) or pa.types.is_binary(text.type):
            long = pc.fill_null(pc.greater(pc.binary_length(text), MAX_TEXT), False).to_numpy(zero_copy_only=False)
            for row in np.flatnonzero(long).tolist():
                self.reject(row, name, f"takes at most {MAX_TEXT:,} bytes")

    def names(
        self, batch: pa.RecordBatch, name: str, read: Callable[[Any], tuple[Any, str]]
    ) -> tuple[list[Any], npt.NDArray[np.int64]]:
        """Read a column for its distinct values; returns them and each row's place among them; place 0 is none."""
        if name not in batch.schema.names or pa.types.is_null(batch.schema.field(name).type):
            return [None], np.zeros(self.rows, dtype=np.int64)
        column = batch.column(name)
        if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
            column = pa.array([None if v is None else ";".join(map(str, v)) for v in column.to_pylist()], pa.string())
        words, indices = distinct_of(column)
        held = self.seen.get(name)
        if held is None or not held[0].equals(words):  # the next batch often has the same dictionary
            places: dict[Any, int] = {None: 0}

            def place(raw: Any) -> tuple[int, str]:
                if isinstance(raw, str | bytes) and not raw.strip():
                    return UNKNOWN, ""
                value, reason = read(raw)
                return (BAD, reason) if reason else (places.setdefault(value, len(places)), "")

            held = self.seen[name] = (words, *self._codes(words, place), list(places))
        _, codes, wrong, values = held
        return list(values), np.maximum(self._spread(codes, wrong, indices, name), 0).astype(np.int64)


def _id_text(value: Any) -> str:
    try:
        return text_of(value)
    except UnicodeDecodeError:
        return "?"


def _read_fact(fact: Fact, raw: Any) -> tuple[int, str]:
    if isinstance(raw, bool):
        return (int(raw), "") if fact.kind == "bool" else (BAD, _refusal(fact, raw))
    if isinstance(raw, int | float):
        fits = fact.kind == "int" and float(raw).is_integer()
        return code_of(fact, str(int(raw))) if fits else (BAD, _refusal(fact, raw))
    if isinstance(raw, str | bytes):
        return code_of(fact, text_of(raw))
    return BAD, _refusal(fact, raw)


def _refusal(fact: Fact, raw: object) -> str:
    wanted = {"bool": "true or false", "int": f"a whole number of {fact.unit}", "set": "values joined by `;`"}
    return f"takes {wanted.get(fact.kind, 'one of its values')}, not {str(raw)[:60]!r}"


def distinct_of(column: pa.Array) -> tuple[pa.Array, npt.NDArray[np.int64]]:
    """Return a column's distinct values and each row's place among them, -1 where empty."""
    coded = column if pa.types.is_dictionary(column.type) else pc.dictionary_encode(column)
    indices = coded.indices.cast(pa.int32())
    validity, data = indices.buffers()
    rows = len(indices)
    values = np.frombuffer(data, dtype=np.int32, count=rows + indices.offset)[indices.offset :] if rows else np.zeros(0)
    if indices.null_count and validity is not None:
        first, shift = divmod(indices.offset, 8)
        known = np.unpackbits(np.frombuffer(validity, dtype=np.uint8)[first:], bitorder="little")[shift : shift + rows]
        values = np.where(known.view(np.bool_), values, np.int32(-1))
    return coded.dictionary, values.astype(np.int64)


__all__ = [
    "NAMES",
    "OPEN_BIT",
    "REQUIRED",
    "UNKNOWN",
    "Cells",
    "Reject",
    "code_of",
    "country_of",
    "day_of",
    "distinct_of",
    "standards_of",
    "value_of",
]
