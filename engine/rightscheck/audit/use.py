"""How many measures use the rules: how often each fires, can be rebutted, is excused or open; by State and year."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from rightscheck.audit.batch import ahead
from rightscheck.audit.checks import Checker, sampled
from rightscheck.audit.circuit import STATES, VERDICTS
from rightscheck.audit.encode import Encoded
from rightscheck.audit.kernel import Kernel
from rightscheck.audit.results import Outcome
from rightscheck.audit.source import Source
from rightscheck.audit.tally import Tally, years_of
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.readings.columns import Bits, pack
from rightscheck.rulebook.book import Rulebook

USES = ("fired", "rebuttable", "excused", "live", "open")
"""`rebuttable` ones are among the fired, `live` ones among the open."""
Table = npt.NDArray[np.int64]


class Use:
    """Counts of rules by state, over all measures, by State and by year.

    Attributes:
        tally: the counts of verdicts, rejected rows and unknown facts.
        rules: a line a rule, a column for each of `USES`.
        by: for `country` and `year`, by name, (how many measures, a table as `rules`).
    """

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self.names = list(book.rules)
        self.tally = Tally(book)
        self.rules: Table = np.zeros((len(self.names), len(USES)), dtype=np.int64)
        self.by: dict[str, dict[str, tuple[int, Table]]] = {"country": {}, "year": {}}

    def add(self, found: Encoded, outcome: Outcome) -> None:
        """Count the good rows of a batch."""
        self.tally.add(found, outcome)
        lines = np.concatenate([self._lines(outcome, state) for state in STATES])
        words = lines.shape[1]
        self.rules += self._counts(lines, pack(found.good, words))
        years = years_of(found.days)
        held = np.unique(years)
        for kind, codes, names in (
            ("country", found.country_codes, [name or "none" for name in found.countries]),
            ("year", np.searchsorted(held, years), [str(year) if year else "none" for year in held.tolist()]),
        ):
            for code in np.unique(codes[found.good]).tolist():
                chosen = (codes == code) & found.good
                before, table = self.by[kind].get(names[code], (0, np.zeros_like(self.rules)))
                here = table + self._counts(lines, pack(chosen, words))
                self.by[kind][names[code]] = (before + int(chosen.sum()), here)

    def _lines(self, outcome: Outcome, state: str) -> Bits:
        first = outcome.place["state", state, self.names[0]]
        return outcome.bits[first : first + len(self.names)]

    def _counts(self, lines: Bits, mask: Bits) -> Table:
        """Return how many rows of a mask are true in each line, by rule and use."""
        counts = np.zeros(len(lines), dtype=np.int64)
        some = np.flatnonzero(mask)  # a small group leaves most words out
        for first in range(0, len(lines), 256):  # a piece at a time stays in the processor's cache
            piece = lines[first : first + 256]
            piece = piece & mask if len(some) > len(mask) // 2 else piece[:, some] & mask[some]
            counts[first : first + 256] = np.bitwise_count(piece).sum(axis=1, dtype=np.int64)
        by_state = dict(zip(STATES, counts.reshape(len(STATES), -1), strict=True))
        by_state["open"] = by_state["live"] + by_state["dormant"]
        return np.stack([by_state[use] for use in USES], axis=1)

    def ranked(self, table: Table) -> list[int]:
        """Return the places of the rules that are used at all, those that fire most first."""
        places = np.flatnonzero(table.any(axis=1)).tolist()
        return sorted(places, key=lambda n: (*(-int(v) for v in table[n]), self.names[n]))

    def data(self) -> dict[str, Any]:
        """Return everything as JSON data."""
        content = self.book.content
        unknown = sorted(self.tally.facts.items(), key=lambda i: (-i[1], i[0]))
        return {
            "rulebook": {"name": content.name, "version": content.version, "sha256": self.book.sha256},
            "measures": self.tally.rows,
            "rejected": self.tally.rejected,
            "verdicts": dict(zip(VERDICTS, self.tally.verdicts, strict=True)),
            "rules": [
                {"rule": name, "title": rule.title, "effect": rule.effect, "rights": rule.rights, **self._uses(place)}
                for place, (name, rule) in enumerate(self.book.rules.items())
            ],
            "never_fired": [name for name, line in zip(self.names, self.rules, strict=True) if not line[0]],
            **{
                f"by_{kind}": {
                    name: {"measures": count, "rules": {self.names[n]: _named(table[n]) for n in self.ranked(table)}}
                    for name, (count, table) in sorted(groups.items())
                }
                for kind, groups in self.by.items()
            },
            "unknown_facts": [
                {"fact": name, "question": vocabulary()[name].asks, "measures": count} for name, count in unknown
            ],
        }

    def _uses(self, place: int) -> dict[str, int]:
        return _named(self.rules[place])


def _named(line: Table) -> dict[str, int]:
    return dict(zip(USES, line.tolist(), strict=True))


def use_of(
    kernel: Kernel,
    source: Source,
    checker: Checker | None = None,
    progress: Callable[[int, float], None] = lambda _rows, _share: None,
) -> Use:
    """Count the use of rules over a source.

    Raises:
        InputError: the source is wrong.
        EngineFault: a checked row differs from the rules engine.
        SurroundingsError: the source cannot be read.
    """
    use = Use(kernel.book)
    coming = ahead(source.read(0))
    try:
        for unit in coming:
            found = kernel.encode(unit)
            rejects = [*unit.rejects, *found.rejects]
            for reject in rejects:
                use.tally.reject(reject.column, reject.reason)
            use.tally.rejected += len({r.row for r in rejects})
            if found.rows:
                outcome = kernel.evaluate(found)
                if checker is not None:
                    checker.give(sampled(checker.seed, checker.wanted(), unit, found, outcome))
                use.add(found, outcome)
                progress(int(unit.numbers[-1]), unit.share)
        if checker is not None:
            checker.finish()
    finally:
        coming.close()
    return use


__all__ = ["USES", "Use", "use_of"]
