"""The values of a fact that a rulebook can tell apart.

A rulebook sees a fact only through its conditions. Values on which every condition agrees form one cell, and one value
stands for all of a cell. Numbers are cut at the thresholds that occur.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rightscheck.facts.values import SetValue, Value
from rightscheck.facts.vocabulary import Fact, vocabulary
from rightscheck.language.tree import Test, Tree, leaves
from rightscheck.readings.kleene import test_value
from rightscheck.readings.network import ranges_of
from rightscheck.rulebook.book import Rulebook


@dataclass(frozen=True, slots=True)
class Cells:
    """For each fact that is not a set, its cells: lists of codes in rising order, told apart by some condition."""

    codes: dict[str, tuple[tuple[int, ...], ...]]

    def values(self, name: str) -> list[Value]:
        """Return one value a cell, the first of each; for a set none."""
        return [value_of(vocabulary()[name], cell[0]) for cell in self.codes.get(name, ())]

    def spans(self, name: str) -> list[tuple[int, int | None]]:
        """Return the first and last value of each cell of a number; None where it has no end."""
        starts = [cell[0] for cell in self.codes[name]]
        return [(s, starts[n + 1] - 1 if n + 1 < len(starts) else None) for n, s in enumerate(starts)]

    def cell_of(self, name: str, value: Value) -> int:
        """Return the number of the cell a value lies in."""
        code = code_of(vocabulary()[name], value)
        found = 0
        for number, cell in enumerate(self.codes[name]):
            if code in cell or (vocabulary()[name].kind == "int" and cell[0] <= code):
                found = number
        return found


def code_of(fact: Fact, value: Value) -> int:
    """Return the code of a value of a fact that is not a set."""
    return fact.codes[str(value)] if fact.values else int(value)  # type: ignore[arg-type]


def value_of(fact: Fact, code: int) -> Value:
    """Return the value with this code."""
    if fact.kind == "bool":
        return bool(code)
    return list(fact.values)[code] if fact.values else code


def all_trees(book: Rulebook) -> Iterable[Tree]:
    """Yield every expression on which a verdict rests."""
    trees = book.trees
    for part in (
        trees.factors,
        trees.when,
        trees.unless,
        trees.engagement,
        trees.presumptions,
        trees.rebuttals,
        trees.core,
        trees.standards,
    ):
        yield from part.values()


def cells_of(book: Rulebook) -> Cells:
    """Return the cells of a rulebook; made once for a rulebook."""
    found: Cells | None = book._cache.get("cells")
    if found is None:
        tests: dict[str, dict[Test, None]] = {name: {} for name in vocabulary().facts}
        for tree in all_trees(book):
            for leaf in leaves(tree):
                if isinstance(leaf, Test):
                    tests[leaf.fact][leaf] = None
        found = Cells(
            {name: _cut(fact, list(tests[name])) for name, fact in vocabulary().facts.items() if fact.kind != "set"}
        )
        book._cache["cells"] = found
    return found


def _cut(fact: Fact, tests: list[Test]) -> tuple[tuple[int, ...], ...]:
    if fact.kind == "int":
        starts = {0}
        for test in tests:
            for low, high in ranges_of(test, fact):
                starts |= {low} | ({high + 1} if high < fact.top else set())
        return tuple((start,) for start in sorted(starts))
    groups: dict[tuple[int, ...], list[int]] = {}
    for code in range(fact.top + 1):
        value = value_of(fact, code)
        key = tuple(test_value(test, fact, value) for test in tests)
        groups.setdefault(key, []).append(code)
    return tuple(sorted(tuple(group) for group in groups.values()))


def alternatives(book: Rulebook, name: str, value: Value | None) -> list[Value]:
    """Return the other values a fact could have, one a cell; for a set, those that differ by one member.

    For an unknown set: none, and each member alone. For an open set: closed as it is, and closed with one more member.
    """
    fact = vocabulary()[name]
    if fact.kind != "set":
        cells = cells_of(book)
        here = None if value is None else cells.cell_of(name, value)
        return [v for number, v in enumerate(cells.values(name)) if number != here]
    if not isinstance(value, SetValue):
        return [SetValue(frozenset()), *(SetValue(frozenset([m])) for m in fact.values)]
    more = [SetValue(value.members | {m}) for m in fact.values if m not in value.members]
    if value.open:
        return [SetValue(value.members), *more]
    return [*(SetValue(value.members - {m}) for m in fact.values if m in value.members), *more]
