"""Which conditions of rules their own examples show to matter, after modified condition/decision coverage.

A condition is a leaf of a rule's `when` or `unless` at the rule's own level: a test of a fact, or a factor. It is
shown to matter by two examples, one in which the expression is true and one in which it is false, when changing this
condition alone, from its value in one to its value in the other, changes the result in both (masking form).
Reference: Chilenski and Miller, Software Engineering Journal 9(5), 1994; masking: Chilenski, DOT/FAA/AR-01/18, 2001.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Literal

from rightscheck.assessment.situation import situate
from rightscheck.audit.examples import facts_from
from rightscheck.language.tree import And, Not, Ref, Test, Tree, leaves
from rightscheck.readings.kleene import FALSE, TRUE, Kleene, Situation, Truth
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.model import Rule

Leaf = Test | Ref
Signed = tuple[Truth, Truth]
Row = Mapping[Leaf, Signed]


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a rule, and whether a pair of its examples shows it to matter."""

    rule: str
    part: Literal["when", "unless"]
    text: str
    shown: bool


def coverage_of(book: Rulebook, rule: Rule) -> list[Condition]:
    """Return a rule's conditions, each once for `when` and once for `unless`, in order of first mention."""
    situations = [situate(book, facts_from(example.facts))[0] for example in rule.examples]
    when = book.trees.when[rule.id]
    found = _part(book, rule, "when", when, situations)
    unless = book.trees.unless.get(rule.id)
    if unless is not None:
        seen = [s for s in situations if Kleene(book.trees.factors, s).value(when) != FALSE]
        found += _part(book, rule, "unless", unless, seen)
    return found


def coverage(book: Rulebook) -> list[Condition]:
    """Return the conditions of all rules, in declared order."""
    return [condition for rule in book.content.rules for condition in coverage_of(book, rule)]


def _part(
    book: Rulebook, rule: Rule, part: Literal["when", "unless"], tree: Tree, situations: list[Situation]
) -> list[Condition]:
    own = list(dict.fromkeys(leaves(tree)))
    rows: dict[Truth, list[Row]] = {TRUE: [], FALSE: []}
    for situation in situations:
        kleene = Kleene(book.trees.factors, situation)
        row: Row = {leaf: (kleene.value(leaf), kleene.value(leaf, False)) for leaf in own}
        truth = value(tree, row)
        if truth in rows:
            rows[truth].append(row)
    pairs = list(product(rows[TRUE], rows[FALSE]))
    return [Condition(rule.id, part, str(leaf), any(shows(tree, leaf, t, f) for t, f in pairs)) for leaf in own]


def shows(tree: Tree, leaf: Leaf, true_row: Row, false_row: Row) -> bool:
    """Whether a row that makes the tree true and one that makes it false show that a leaf matters."""
    there, here = true_row[leaf], false_row[leaf]
    if there == here:
        return False
    return value(tree, {**true_row, leaf: here}) == FALSE and value(tree, {**false_row, leaf: there}) == TRUE


def value(tree: Tree, row: Row, positive: bool = True) -> Truth:
    """Return the truth of a tree from the values of its leaves, each with and under a negation."""
    if isinstance(tree, Test | Ref):
        return row[tree][0 if positive else 1]
    if isinstance(tree, Not):
        return value(tree.arg, row, not positive)
    values = [value(arg, row, positive) for arg in tree.args]
    return min(values) if isinstance(tree, And) is positive else max(values)
