"""The circuit's outputs as an Arrow batch: one row a measure, rule states as bitmaps or as lists."""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from rightscheck import __version__
from rightscheck.audit.circuit import BOUNDS, STATES, VERDICTS, WHY
from rightscheck.audit.encode import NAMES, Encoded
from rightscheck.audit.standing import STATUSES, Standing
from rightscheck.facts.case import STANDARDS
from rightscheck.readings.columns import unpack
from rightscheck.rulebook.book import Rulebook

SENTENCES = {
    "engagement": "It is not known whether the measure touches this right.",
    "passed": "Every core question is answered and no grave rule is open.",
    "unengaged": "No right is known to be engaged; say which activities the measure restricts.",
    "no-restriction": "It is stated that the measure restricts nothing, and no duty of care is shown to be neglected.",
    "core": "The rulebook asks no core question on this right for such a measure, so it gives no answer.",
}
_SWAPS = ((7, 0x00AA00AA00AA00AA), (14, 0x0000CCCC0000CCCC), (28, 0x00000000F0F0F0F0))


@dataclass(frozen=True)
class Outcome:
    """The outputs for a batch: rows of bits, and which row holds what."""

    rows: int
    bits: npt.NDArray[np.uint64]
    place: dict[Hashable, int]

    def flags(self, *key: object) -> npt.NDArray[np.uint8]:
        """Return one output as 0 and 1."""
        return unpack(self.bits[self.place[key]], self.rows)

    def number(self, *key: object, planes: int = 3) -> npt.NDArray[np.int8]:
        """Return a number from its bits."""
        found = np.zeros(self.rows, dtype=np.int8)
        for bit in range(planes):
            found |= (self.flags(*key, bit) << bit).astype(np.int8)
        return found

    def choice(self, kind: str, names: Sequence[str]) -> npt.NDArray[np.int16]:
        """Return for each row the place in `names` of the output of a kind that is true, -1 where none is."""
        found = np.full(self.rows, -1, dtype=np.int16)
        for number, name in enumerate(names):
            bits = self.bits[self.place[kind, name]]
            if bits.any():
                found[np.flatnonzero(unpack(bits, self.rows).view(np.bool_))] = number
        return found

    def true_of(self, row: int) -> npt.NDArray[np.int32]:
        """Return the places of the outputs that are true for one row."""
        column = self.bits[:, row // 64] >> np.uint64(row % 64) & np.uint64(1)
        return np.flatnonzero(column).astype(np.int32)


def transpose(bits: npt.NDArray[np.uint64], rows: int) -> npt.NDArray[np.uint8]:
    """Turn a matrix of bits (a line an output, a bit a row) into a byte string a row, a bit an output."""
    lines = bits.shape[0]
    used, wide = (rows + 7) // 8, (lines + 7) // 8
    found = np.zeros((used * 8, wide), dtype=np.uint8)
    packed = bits.view(np.uint8)
    for first in range(0, lines, 8):
        here = packed[first : first + 8, :used]
        if not here.any():
            continue
        square = np.zeros((used, 8), dtype=np.uint8)
        square[:, : len(here)] = here.T
        x = square.view(np.uint64)[:, 0]
        for shift, mask in _SWAPS:
            t = (x ^ (x >> np.uint64(shift))) & np.uint64(mask)
            x ^= t
            x ^= t << np.uint64(shift)
        found[:, first // 8] = x.view(np.uint8)
    return found[:rows]


class Results:
    """Makes result batches for one rulebook.

    Args:
        book: the rulebook.
        standing: the settings the rows' numbers mean.
        lists: rule states as lists of ids instead of bitmaps.
        detail: also the bounds of each right, each standard's verdict and status.
    """

    def __init__(self, book: Rulebook, standing: Standing, *, lists: bool, detail: bool) -> None:
        self.book, self.standing, self.lists, self.detail = book, standing, lists, detail
        self.rules = list(book.rules)
        self.rights = list(book.trees.engagement)
        self.questions = [q.id for q in book.content.method.core]
        self.schema: pa.Schema | None = None
        texts = [*(book.rules[r].title for r in self.rules), *(q.question for q in book.content.method.core)]
        texts += [SENTENCES.get(why, "") for why in WHY]
        places = {text: place for place, text in enumerate(dict.fromkeys(texts))}  # Parquet wants each text once
        self._texts = pa.array(list(places), pa.string())
        self._text_of = np.array([places[text] for text in texts], dtype=np.int16)

    def metadata(self) -> dict[str, str]:
        """Return what a reader needs to know of the results: engine, rulebook, and the bits' meaning."""
        book = self.book
        return {
            "rightscheck.engine": __version__,
            "rightscheck.rulebook": json.dumps(
                {"name": book.content.name, "version": book.content.version, "sha256": book.sha256}
            ),
            "rightscheck.rules": json.dumps(self.rules),
        }

    def batch(
        self, table: pa.RecordBatch, numbers: npt.NDArray[np.int64], found: Encoded, outcome: Outcome
    ) -> pa.RecordBatch:
        """Return the results of the good rows of a batch."""
        columns: dict[str, pa.Array] = {"row": pa.array(numbers, pa.int64())}
        for name in NAMES:
            if name in table.schema.names:
                columns[name] = plain_column(table.column(name))
            elif name != "standards":
                columns[name] = pa.nulls(found.rows, pa.string())
        columns["type"] = (
            plain_column(table.column("type")) if "type" in table.schema.names else pa.nulls(found.rows, pa.string())
        )
        columns["verdict"] = _named(outcome.number("verdict"), VERDICTS)
        columns["best"] = _named(outcome.number("best", planes=2), BOUNDS)
        columns["worst"] = _named(outcome.number("worst", planes=2), BOUNDS)
        columns["binding"] = pa.array(outcome.flags("binding").astype(np.bool_))
        self._reason(columns, outcome)
        for right in self.rights:
            columns[f"right.{right}"] = self._if_reported(outcome, right, outcome.number("right", right), VERDICTS)
        if self.detail:
            self._details(columns, found, outcome)
        self._states(columns, outcome)
        batch = pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))
        if not found.good.all():
            batch = batch.filter(pa.array(found.good))
        return batch.replace_schema_metadata(self.metadata())

    def _reason(self, columns: dict[str, pa.Array], outcome: Outcome) -> None:
        why = outcome.choice("why", WHY)
        rule = outcome.choice("reason-rule", self.rules)
        question = outcome.choice("reason-question", self.questions)
        columns["reason_kind"] = _named(why, WHY)
        columns["reason_right"] = _named(outcome.choice("reason-right", self.rights), self.rights)
        columns["reason_rule"] = _named(rule, self.rules)
        columns["reason_question"] = _named(question, self.questions)
        words = len(self.rules) + len(self.questions) + why
        words = np.where(question >= 0, len(self.rules) + question, words)
        words = np.where((rule >= 0) & (question < 0), rule, words)
        columns["reason"] = pa.DictionaryArray.from_arrays(pa.array(self._text_of[words]), self._texts)

    def _if_reported(
        self, outcome: Outcome, right: str, numbers: npt.NDArray[np.int8], names: Sequence[str]
    ) -> pa.Array:
        return _named(np.where(outcome.flags("reported", right) == 1, numbers, -1), names)

    def _details(self, columns: dict[str, pa.Array], found: Encoded, outcome: Outcome) -> None:
        for right in self.rights:
            engaged = outcome.flags("engaged", right).astype(np.bool_)
            columns[f"engaged.{right}"] = pa.array(engaged, mask=outcome.flags("reported", right) == 0)
            for kind in ("best", "worst"):
                numbers = outcome.number(f"right-{kind}", right, planes=2)
                columns[f"{kind}.{right}"] = self._if_reported(outcome, right, numbers, BOUNDS)
            for name in STANDARDS:
                if ("covered", right, name) in outcome.place:
                    numbers = outcome.number("by", right, name)
                    covered = outcome.flags("covered", right, name) == 1
                    columns[f"by.{right}.{name}"] = _named(np.where(covered, numbers, -1), VERDICTS)
        for name in STANDARDS:
            status = np.take(np.array(self.standing.status[name], dtype=np.int8), found.settings)
            columns[f"status.{name}"] = _named(np.where(status < len(STATUSES), status, -1), STATUSES)

    def _states(self, columns: dict[str, pa.Array], outcome: Outcome) -> None:
        for state in STATES:
            first = outcome.place["state", state, self.rules[0]]
            lines = outcome.bits[first : first + len(self.rules)]
            if not self.lists:
                columns[state] = _binary(transpose(lines, outcome.rows))
            elif state == "dormant":
                columns["not_examined"] = pa.array(_counts(lines, outcome.rows))
            else:
                columns[state] = self._listed(lines, outcome.rows)

    def _listed(self, lines: npt.NDArray[np.uint64], rows: int) -> pa.Array:
        firing = np.flatnonzero(lines.any(axis=1))
        places, which = [], []
        for number in firing.tolist():
            here = np.flatnonzero(unpack(lines[number], rows).view(np.bool_))
            places.append(here)
            which.append(np.full(len(here), number, dtype=np.int16))
        place = np.concatenate(places) if places else np.zeros(0, dtype=np.int64)
        rule = np.concatenate(which) if which else np.zeros(0, dtype=np.int16)
        order = np.argsort(place, kind="stable")
        offsets = np.zeros(rows + 1, dtype=np.int32)
        np.cumsum(np.bincount(place, minlength=rows), out=offsets[1:])
        items = pa.DictionaryArray.from_arrays(pa.array(rule[order]), pa.array(self.rules))
        return pa.ListArray.from_arrays(pa.array(offsets), items)


def _counts(lines: npt.NDArray[np.uint64], rows: int) -> npt.NDArray[np.int32]:
    counts: npt.NDArray[np.int32] = np.bitwise_count(transpose(lines, rows)).sum(axis=1, dtype=np.int32)
    return counts


def _binary(matrix: npt.NDArray[np.uint8]) -> pa.Array:
    kind = pa.binary(matrix.shape[1])
    return pa.Array.from_buffers(kind, matrix.shape[0], [None, pa.py_buffer(matrix)])


def _named(numbers: npt.NDArray[Any], names: Sequence[str]) -> pa.Array:
    small = np.int8 if len(names) < 128 else np.int16
    indices = pa.array(numbers.astype(small), mask=np.less(numbers, 0))
    return pa.DictionaryArray.from_arrays(indices, pa.array(list(names), pa.string()))


def plain_column(column: pa.Array) -> pa.Array:
    """Return a column of the table as text, dictionaries kept."""
    if pa.types.is_dictionary(column.type) and pa.types.is_string(column.type.value_type):
        return column.cast(pa.dictionary(pa.int32(), pa.string()))
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        return pc.binary_join(column.cast(pa.list_(pa.string())), ";")
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    try:
        return column.cast(pa.string())
    except pa.ArrowInvalid:
        return pa.array([None if v is None else v.decode("utf-8", "replace") for v in column.to_pylist()], pa.string())


__all__ = ["Outcome", "Results", "plain_column", "transpose"]
