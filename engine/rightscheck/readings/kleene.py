"""The reference reading: strong Kleene three-valued logic by direct recursion.

A condition on a group of facts that is not in play is false, and so is its negation. So an expression is evaluated
together with the sign it stands under, and `not` changes the sign instead of the value.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from rightscheck.facts.values import Facts, SetValue, Value, group_of
from rightscheck.facts.vocabulary import IDENTITY, Fact, vocabulary
from rightscheck.language.tree import And, Not, Ref, Test, Tree

Truth = Literal[0, 1, 2]
FALSE: Final = 0
UNKNOWN: Final = 1
TRUE: Final = 2
State = Literal["fired", "rebuttable", "excused", "open", "silent"]


_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "from": operator.ge,
    "upto": operator.le,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_FACTS = vocabulary().facts
_GROUPS = {name: fact.group for name, fact in vocabulary().facts.items()}


@dataclass(frozen=True)
class Situation:
    """What is known of a measure: given and presumed facts, and the groups in play."""

    facts: Facts
    in_play: frozenset[str]
    presumed: frozenset[str] = frozenset()

    def plays(self, fact: str) -> bool:
        """Whether the group of a fact is in play."""
        group = _GROUPS[fact]
        return group == IDENTITY or group in self.in_play


def test_value(test: Test, fact: Fact, value: Value | None) -> Truth:
    """Return the truth of one condition on a fact's value (None where unknown)."""
    if isinstance(value, SetValue):
        return _set_value(test, value)
    if value is None:
        return UNKNOWN
    if test.op == "true":
        return TRUE if value is True else FALSE
    if test.op in ("==", "in"):
        return TRUE if value in test.values else FALSE
    bound = test.values[0]
    if test.op in ("from", "upto"):
        have, limit = fact.codes[str(value)], fact.codes[str(bound)]
    else:
        have, limit = int(value), int(bound)
    return TRUE if _COMPARE[test.op](have, limit) else FALSE


test_value.__test__ = False  # type: ignore[attr-defined]  # not a test case of pytest


def _set_value(test: Test, value: SetValue) -> Truth:
    missing: Truth = UNKNOWN if value.open else FALSE
    if test.op in ("has", "any"):
        return TRUE if value.members & set(test.values) else missing
    outside = value.members - set(test.values) if test.op == "all" else value.members
    if outside:
        return FALSE
    return UNKNOWN if value.open else TRUE


@dataclass
class Kleene:
    """Evaluates trees in one situation; factors are evaluated once a sign."""

    factors: Mapping[str, Tree]
    situation: Situation
    _known: dict[tuple[str, bool], Truth] = field(default_factory=dict)

    def value(self, tree: Tree, positive: bool = True) -> Truth:
        """Return the truth of a tree, or of its negation where `positive` is false."""
        if isinstance(tree, Test):
            if not self.situation.plays(tree.fact):
                return FALSE
            truth = test_value(tree, _FACTS[tree.fact], self.situation.facts.get(tree.fact))
            return truth if positive else _negated(truth)
        if isinstance(tree, Not):
            return self.value(tree.arg, not positive)
        if isinstance(tree, Ref):
            key = (tree.factor, positive)
            if key not in self._known:
                self._known[key] = self.value(self.factors[tree.factor], positive)
            return self._known[key]
        values = [self.value(arg, positive) for arg in tree.args]
        return min(values) if isinstance(tree, And) is positive else max(values)

    def live(self, tree: Tree, positive: bool = True) -> bool:
        """Whether a condition other than type, restricts and stage is certainly true on a branch that may still hold.

        A presumed value is not certain.
        """
        if self.value(tree, positive) == FALSE:
            return False
        if isinstance(tree, Test):
            certain = self.value(tree, positive) == TRUE and tree.fact not in self.situation.presumed
            return certain and group_of(tree.fact) != IDENTITY
        if isinstance(tree, Not):
            return self.live(tree.arg, not positive)
        if isinstance(tree, Ref):
            return self.live(self.factors[tree.factor], positive)
        return any(self.live(arg, positive) for arg in tree.args)

    def within_reach(self, tree: Tree, fact: str, positive: bool = True) -> bool:
        """Whether the right answer to this one fact, now unknown, would make the tree certainly true."""
        if isinstance(tree, Test) and tree.fact == fact:
            return self.value(tree, positive) != FALSE
        if isinstance(tree, Test):
            return self.value(tree, positive) == TRUE
        if isinstance(tree, Not):
            return self.within_reach(tree.arg, fact, not positive)
        if isinstance(tree, Ref):
            return self.within_reach(self.factors[tree.factor], fact, positive)
        parts = (self.within_reach(arg, fact, positive) for arg in tree.args)
        return all(parts) if isinstance(tree, And) is positive else any(parts)

    def unknown(self, tree: Tree, positive: bool = True) -> dict[str, None]:
        """Return the unknown facts on which the tree's unknown value rests, in order of first mention."""
        if self.value(tree, positive) != UNKNOWN:
            return {}
        if isinstance(tree, Test):
            return {tree.fact: None}
        if isinstance(tree, Not):
            return self.unknown(tree.arg, not positive)
        if isinstance(tree, Ref):
            return self.unknown(self.factors[tree.factor], positive)
        found: dict[str, None] = {}
        for arg in tree.args:
            found.update(self.unknown(arg, positive))
        return found

    def support(self, tree: Tree, positive: bool = True) -> dict[str, None]:
        """Return the known facts that make a tree certainly true, in order of first mention."""
        if self.value(tree, positive) != TRUE:
            return {}
        if isinstance(tree, Test):
            return {tree.fact: None}
        if isinstance(tree, Not):
            return self.support(tree.arg, not positive)
        if isinstance(tree, Ref):
            return self.support(self.factors[tree.factor], positive)
        found: dict[str, None] = {}
        for arg in tree.args:
            found.update(self.support(arg, positive))
        return found

    def state(self, when: Tree, unless: Tree | None) -> State:
        """Return the state of a rule."""
        return state_of(self.value(when), FALSE if unless is None else self.value(unless))


def _negated(truth: Truth) -> Truth:
    return TRUE if truth == FALSE else FALSE if truth == TRUE else UNKNOWN


def state_of(when: int, unless: int) -> State:
    """Return a rule's state from the truth of its condition and of its exception."""
    if when == FALSE:
        return "silent"
    if unless == TRUE:
        return "excused"
    if when == UNKNOWN:
        return "open"
    return "rebuttable" if unless == UNKNOWN else "fired"


__all__ = ["FALSE", "TRUE", "UNKNOWN", "Kleene", "Situation", "State", "Truth", "state_of", "test_value"]
