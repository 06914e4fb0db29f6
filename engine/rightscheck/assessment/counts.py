"""Counts of verdicts over many assessed measures, whether they come from the history or from a table of results."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

ORDER = ("incompatible", "high", "moderate", "low", "undetermined")
MOST_GRAVE = 25
MOST_RULES = 200
Line = dict[str, int]


@dataclass(frozen=True, slots=True)
class Grave:
    """One of the gravest measures; `rights` are those with the measure's verdict."""

    case: str
    measure: str
    title: str
    country: str | None
    date: str | None
    verdict: str
    rights: tuple[str, ...]
    place: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A measure whose verdict became another one between two of its assessments."""

    case: str
    measure: str
    title: str
    before: str
    after: str
    number_before: int
    number_after: int
    stored_at: str
    other_rulebook: bool


@dataclass
class Counts:
    """Measures by verdict; keys are names as they were stored, "" where nothing is given.

    `by` holds the groups `country`, `type`, `year`, `right` and, for the history, `stored`; `cells` counts by right and
    country. A measure counts once for each right it touches or may touch.
    """

    verdicts: Line = field(default_factory=dict)
    by: dict[str, dict[str, Line]] = field(default_factory=dict)
    cells: dict[tuple[str, str], Line] = field(default_factory=dict)
    rules: dict[str, int] = field(default_factory=dict)
    gravest: list[Grave] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)
    rulebooks: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    assessments: int = 0
    rejected: int = 0

    @property
    def measures(self) -> int:
        """How many measures are counted."""
        return sum(self.verdicts.values())

    def add(self, kind: str, name: str | None, verdict: str, count: int) -> None:
        """Count measures under a name of a group; the group `all` counts each measure once."""
        line = self.verdicts if kind == "all" else self.by.setdefault(kind, {}).setdefault(name or "", {})
        line[verdict] = line.get(verdict, 0) + count

    def add_cell(self, right: str, country: str | None, verdict: str, count: int) -> None:
        """Count measures under a right and a country, and under the right."""
        line = self.cells.setdefault((right, country or ""), {})
        line[verdict] = line.get(verdict, 0) + count
        self.add("right", right, verdict, count)

    def add_rulebook(self, sha256: str, name: str, version: str, count: int) -> None:
        """Count measures under the rulebook they were assessed by."""
        known = self.rulebooks.get(sha256, (name, version, 0))
        self.rulebooks[sha256] = (name, version, known[2] + count)


def grave_of(line: Line) -> int:
    """Return how many of a line are incompatible or high risk."""
    return line.get("incompatible", 0) + line.get("high", 0)


def total_of(line: Line) -> int:
    """Return how many a line counts."""
    return sum(line.values())


def gravest_first(items: Iterable[Grave]) -> list[Grave]:
    """Return the gravest measures: by verdict, then by the number of rights that have it, then by name."""
    order = {name: number for number, name in enumerate(ORDER)}
    ranked = sorted(items, key=lambda g: (order[g.verdict], -len(g.rights), g.case, g.measure, g.place))
    return ranked[:MOST_GRAVE]
