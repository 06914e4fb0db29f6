"""The content of a report on many measures: counts of verdicts, pictures' numbers, the gravest measures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from rightscheck.assessment.counts import ORDER, Counts, Line, grave_of, total_of
from rightscheck.assessment.model import Verdict
from rightscheck.facts.case import RIGHTS
from rightscheck.report.model import Part
from rightscheck.rulebook.book import Rulebook

FORM = "rightscheck/survey/1"
MOST_COUNTRIES = 12
MOST_GROUPS, MOST_RULES = 40, 25
OTHERS = "*"


class Group(Part):
    """Measures of one name by verdict; "" where the name is not given."""

    name: str
    total: int
    counts: dict[Verdict, int]

    def count(self, verdict: str) -> int:
        """Return how many measures have a verdict."""
        return {str(name): number for name, number in self.counts.items()}.get(verdict, 0)

    @property
    def grave(self) -> int:
        """How many measures are incompatible or high risk."""
        return self.count("incompatible") + self.count("high")


class CellItem(Part):
    """A right in a country: how many measures are incompatible or high risk, of all that touch the right."""

    right: str
    country: str
    total: int
    grave: int


class GraveItem(Part):
    """One of the gravest measures; `place` is its assessment's number or its row in the table."""

    case: str
    measure: str
    title: str
    country: str | None
    date: str | None
    verdict: Verdict
    rights: list[str]
    place: str


class ChangedItem(Part):
    """A measure whose verdict became another one between two stored assessments."""

    case: str
    measure: str
    title: str
    before: Verdict
    after: Verdict
    number_before: int
    number_after: int
    stored_at: str
    other_rulebook: bool


class RuleCount(Part):
    """A rule and how many measures it fires for; the title is None where the rulebook is not at hand."""

    rule: str
    title: str | None
    measures: int


class BookItem(Part):
    """A rulebook by which measures were assessed."""

    name: str
    version: str
    sha256: str
    measures: int


class Survey(Part):
    """A report on many measures, from the history or from tables of results."""

    form: str = FORM
    lang: str
    kind: Literal["history", "batch"]
    title: str
    disclaimer: str
    origin: list[str]
    filters: dict[str, str]
    measures: int
    assessments: int
    rejected: int
    verdicts: Group
    rights: list[Group]
    types: list[Group]
    countries: list[Group]
    years: list[Group]
    stored: list[Group]
    cells: list[CellItem]
    left_out: int
    gravest: list[GraveItem]
    changed: list[ChangedItem]
    rules: list[RuleCount]
    rulebooks: list[BookItem]


def survey(
    counts: Counts,
    *,
    kind: Literal["history", "batch"],
    title: str,
    disclaimer: str,
    lang: str,
    origin: Sequence[str] = (),
    filters: dict[str, str] | None = None,
    book: Rulebook | None = None,
) -> Survey:
    """Return the report on counted measures.

    Args:
        counts: what was counted.
        kind: where the measures come from.
        title: its title.
        disclaimer: the sentence on what a report is for.
        lang: its language.
        origin: names of the tables.
        filters: what the history was narrowed to, by option.
        book: the rulebook at hand, for the titles of rules.
    """
    cells, countries = _cells(counts)
    rules = [
        RuleCount(rule=name, title=book.rules[name].title if book and name in book.rules else None, measures=count)
        for name, count in sorted(counts.rules.items(), key=lambda item: (-item[1], item[0]))
        if not (book and name in book.rules and book.rules[name].effect == "mitigates")
    ]
    return Survey(
        lang=lang,
        kind=kind,
        title=title,
        disclaimer=disclaimer,
        origin=list(origin),
        filters=filters or {},
        measures=counts.measures,
        assessments=counts.assessments,
        rejected=counts.rejected,
        verdicts=_group("", counts.verdicts),
        rights=_groups(counts, "right", lambda g: RIGHTS.index(g.name)),
        types=_groups(counts, "type", _largest),
        countries=_groups(counts, "country", _largest),
        years=_years(_groups(counts, "year", lambda g: g.name)),
        stored=_stored(_groups(counts, "stored", lambda g: g.name)),
        cells=cells,
        left_out=countries,
        gravest=[GraveItem.model_validate(g, from_attributes=True) for g in counts.gravest],
        changed=[ChangedItem.model_validate(c, from_attributes=True) for c in counts.changed],
        rules=rules[:MOST_RULES],
        rulebooks=[
            BookItem(name=name, version=version, sha256=digest, measures=number)
            for digest, (name, version, number) in sorted(
                counts.rulebooks.items(), key=lambda item: (-item[1][2], item[0])
            )
        ],
    )


def _largest(group: Group) -> tuple[int, str]:
    return -group.total, group.name


def _group(name: str, line: Line) -> Group:
    return Group(name=name, total=total_of(line), counts={v: line[v] for v in ORDER if line.get(v)})


def _groups(counts: Counts, kind: str, key: Callable[[Group], object]) -> list[Group]:
    return sorted((_group(n, line) for n, line in counts.by.get(kind, {}).items()), key=key)  # type: ignore[arg-type]


def _years(groups: list[Group]) -> list[Group]:
    """Return years without gaps, so that a picture of them runs with the time; without a date comes last."""
    dated = {int(g.name): g for g in groups if g.name.isdigit()}
    rest = [g for g in groups if not g.name.isdigit()]
    if not dated:
        return rest
    first, last = min(dated), max(dated)
    if last - first > 150:
        return [*(dated[y] for y in sorted(dated)), *rest]
    empty: Line = {}
    return [*(dated.get(y) or _group(f"{y:04}", empty) for y in range(first, last + 1)), *rest]


def _stored(groups: list[Group]) -> list[Group]:
    """Return months of storing without gaps, or years where they span more than three."""
    if not groups:
        return []
    by = {g.name: g for g in groups}
    first, last = min(by), max(by)
    start, end = (int(name[:4]) * 12 + int(name[5:7]) - 1 for name in (first, last))
    if end - start < 36:
        names = (f"{month // 12:04}-{month % 12 + 1:02}" for month in range(start, end + 1))
        return [by.get(name) or _group(name, {}) for name in names]
    lines: dict[str, Line] = {}
    for group in groups:
        line = lines.setdefault(group.name[:4], {})
        for verdict, count in group.counts.items():
            line[verdict] = line.get(verdict, 0) + count
    return _years([_group(name, line) for name, line in sorted(lines.items())])


def _cells(counts: Counts) -> tuple[list[CellItem], int]:
    """Return the cells of rights by countries, the countries with most measures apart and the rest together."""
    sizes = {name: total_of(line) for name, line in counts.by.get("country", {}).items()}
    ranked = sorted(sizes, key=lambda name: (-sizes[name], name))
    apart = ranked if len(ranked) <= MOST_COUNTRIES else ranked[: MOST_COUNTRIES - 1]
    merged: dict[tuple[str, str], list[int]] = {}
    for (right, country), line in counts.cells.items():
        cell = merged.setdefault((right, country if country in apart else OTHERS), [0, 0])
        cell[0] += total_of(line)
        cell[1] += grave_of(line)
    order = [*apart, OTHERS]
    found = [
        CellItem(right=right, country=country, total=total, grave=grave)
        for (right, country), (total, grave) in sorted(
            merged.items(), key=lambda item: (order.index(item[0][1]), RIGHTS.index(item[0][0]))
        )
    ]
    return found, len(ranked) - len(apart)
