"""Counts over a batch run: verdicts by right, country, year and type; rules by state; facts that are missed."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rightscheck.audit.circuit import STATES, VERDICTS
from rightscheck.audit.encode import Encoded
from rightscheck.audit.results import Outcome
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.rulebook.book import Rulebook

BY_VERDICT = ("right", "country", "year", "type")
_SUMS = ("rows", "rejected", "rejects", "verdicts", "by", "rules", "questions", "facts")
Counts = dict[str, dict[str, list[int]]]


class Tally:
    """Adds up results; plain data in and out, so that a run can go on from it."""

    def __init__(self, book: Rulebook, data: dict[str, Any] | None = None) -> None:
        data = data or {}
        self.book = book
        self.rows: int = data.get("rows", 0)
        self.rejected: int = data.get("rejected", 0)
        self.rejects: dict[str, int] = dict(data.get("rejects", {}))
        self.verdicts: list[int] = data.get("verdicts", [0] * len(VERDICTS))
        self.by: Counts = data.get("by", {name: {} for name in BY_VERDICT})
        self.rules: dict[str, list[int]] = data.get("rules", {})
        self.questions: dict[str, int] = data.get("questions", {})
        self.facts: dict[str, int] = data.get("facts", {})
        self.stored: dict[str, int] = data.get("stored", {})
        self.repeats: dict[str, Any] = data.get("repeats", {})

    def data(self) -> dict[str, Any]:
        """Return the counts as JSON data."""
        found = {name: getattr(self, name) for name in _SUMS}
        return found | {name: getattr(self, name) for name in ("stored", "repeats") if getattr(self, name)}

    def merge(self, data: dict[str, Any]) -> None:
        """Add the counts of another part of the run."""
        for name in _SUMS:
            setattr(self, name, _sum(getattr(self, name), data[name]))
        self._keep(data.get("stored", {}))

    def keep(self, numbers: npt.NDArray[np.int64]) -> None:
        """Count stored rows by the numbers of their assessments."""
        if len(numbers):
            self._keep({"rows": len(numbers), "first": int(numbers.min()), "last": int(numbers.max())})

    def _keep(self, more: dict[str, int]) -> None:
        if more:
            held = self.stored or {**more, "rows": 0}
            first, last = min(held["first"], more["first"]), max(held["last"], more["last"])
            self.stored = {"rows": held["rows"] + more["rows"], "first": first, "last": last}

    def add(self, found: Encoded, outcome: Outcome) -> None:
        """Count the good rows of a batch."""
        good = found.good
        self.rows += int(good.sum())
        verdict = outcome.number("verdict")[good]
        self._spread("", verdict, np.zeros(len(verdict), dtype=np.int64), ["all"])
        for right in self.book.trees.engagement:
            here = (outcome.flags("reported", right) == 1) & good
            if here.any():
                counts = np.bincount(outcome.number("right", right)[here], minlength=len(VERDICTS))
                self._add("right", right, counts)
        self._spread("country", verdict, found.country_codes[good], [name or "none" for name in found.countries])
        years = years_of(found.days[good])
        self._spread("year", verdict, years, ["none", *map(str, range(1, int(years.max(initial=0)) + 1))])
        if "type" in found.codes:
            types = list(vocabulary()["type"].values)
            self._spread("type", verdict, found.codes["type"][good].astype(np.int64), types)
        mask = np.packbits(good, bitorder="little")
        lines: dict[tuple[Any, ...], int] = {
            key: place
            for key, place in outcome.place.items()
            if isinstance(key, tuple) and key[0] in ("state", "question", "missing")
        }
        places = np.fromiter(lines.values(), dtype=np.int64)
        counts = np.zeros(len(places), dtype=np.int64)
        for first in range(0, len(places), 256):  # a piece at a time stays in the processor's cache
            piece = outcome.bits[places[first : first + 256]].view(np.uint8)[:, : len(mask)]
            counts[first : first + 256] = np.bitwise_count(piece & mask).sum(axis=1, dtype=np.int64)
        for key, count in zip(lines, counts.tolist(), strict=True):
            self._count(key, count)

    def _count(self, key: tuple[Any, ...], count: int) -> None:
        if not count:
            return
        if key[0] == "state":
            self.rules.setdefault(key[2], [0] * len(STATES))[STATES.index(key[1])] += count
        elif key[0] == "question":
            self.questions[key[1]] = self.questions.get(key[1], 0) + count
        else:
            self.facts[key[1]] = self.facts.get(key[1], 0) + count

    def _spread(self, kind: str, verdict: npt.NDArray[np.int8], codes: npt.NDArray[np.int64], names: list[str]) -> None:
        wide = len(VERDICTS)
        counts = np.bincount(codes * wide + verdict, minlength=len(names) * wide).reshape(-1, wide)
        if not kind:
            self.verdicts = [a + int(b) for a, b in zip(self.verdicts, counts[0], strict=True)]
            return
        for name, line in zip(names, counts, strict=True):
            self._add(kind, name, line)

    def _add(self, kind: str, name: str, counts: npt.NDArray[np.int64]) -> None:
        if counts.any():
            line = self.by[kind].setdefault(name, [0] * len(VERDICTS))
            for place, count in enumerate(counts.tolist()):
                line[place] += count

    def reject(self, column: str, reason: str) -> None:
        """Count one fault in a cell, by column."""
        self.rejects[column or "(row)"] = self.rejects.get(column or "(row)", 0) + 1


def _sum(one: Any, other: Any) -> Any:
    """Return the sum of two counts: numbers, lists of them place by place, mappings key by key."""
    if isinstance(one, dict):
        for key, value in other.items():
            one[key] = _sum(one[key], value) if key in one else value
        return one
    return [a + b for a, b in zip(one, other, strict=True)] if isinstance(one, list) else one + other


def years_of(days: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the years of ordinals, 0 where there is no date."""
    since = (days - 719_163).astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    return np.where(days > 0, since, 0)


__all__ = ["BY_VERDICT", "Tally", "years_of"]
