"""Smallest reasons: the fewest conditions that alone keep a condition false, or make it true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rightscheck.facts.vocabulary import vocabulary
from rightscheck.language.tree import And, Not, Ref, Test, Tree
from rightscheck.readings.kleene import FALSE, TRUE, UNKNOWN, Kleene, Situation, Truth, test_value

MAX_SETS = 400


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on a fact under its sign; `in_play` is false where its group of facts is not in play."""

    test: Test
    positive: bool
    in_play: bool = True

    @property
    def key(self) -> tuple[str, bool]:
        """What it is told apart by: the condition and its sign, or the group that is not in play."""
        if not self.in_play:
            return vocabulary()[self.test.fact].group, False
        return str(self.test), self.positive

    def tree(self) -> Tree:
        """Return the condition as an expression."""
        return self.test if self.positive else Not(self.test)


Core = frozenset[Condition]


def smallest(kleene: Kleene, tree: Tree, value: Truth) -> Core | None:
    """Return a smallest set of conditions that alone give a tree this value (true or false).

    None where the tree has another value. The smallest of all sets is found unless there are more than some hundred
    candidates at one place; then it is one from which nothing can be left out.
    """
    cores = _Search(kleene, value).cores(tree, True)
    if cores is None:
        return None
    best = min(cores, key=lambda core: (len(core), sorted(str(c.key) for c in core)))
    return _trimmed(kleene, tree, value, best)


@dataclass
class _Search:
    kleene: Kleene
    value: Truth

    def cores(self, tree: Tree, positive: bool) -> list[Core] | None:
        """Return the candidate sets that give the tree the value, None where it has another."""
        if self.kleene.value(tree, positive) != self.value:
            return None
        if isinstance(tree, Test):
            group = vocabulary()[tree.fact].group
            if not self.kleene.situation.plays(tree.fact):
                first = Test(vocabulary().groups[group][0], "true")
                return [frozenset([Condition(first, False, False)])]
            return [frozenset([Condition(tree, positive)])]
        if isinstance(tree, Not):
            return self.cores(tree.arg, not positive)
        if isinstance(tree, Ref):
            return self.cores(self.kleene.factors[tree.factor], positive)
        every = isinstance(tree, And) is positive
        parts = [self.cores(arg, positive) for arg in tree.args]
        if every is (self.value == FALSE):  # one part is enough
            return _least([core for part in parts if part is not None for core in part])
        found: list[Core] = [frozenset()]
        for part in parts:
            found = _least([a | b for a in found for b in part or ()])
        return found


def _least(cores: list[Core]) -> list[Core]:
    ordered = sorted(set(cores), key=lambda c: (len(c), sorted(str(x.key) for x in c)))
    found: list[Core] = []
    for core in ordered:
        if len(found) >= MAX_SETS:
            break
        if not any(kept <= core for kept in found):
            found.append(core)
    return found


class OnlyThese(Kleene):
    """Evaluates a tree as if only some conditions had a value and every other one were unknown."""

    def __init__(self, factors: Mapping[str, Tree], situation: Situation, core: Core) -> None:
        super().__init__(factors, situation)
        self.keys = {c.key for c in core}

    def value(self, tree: Tree, positive: bool = True) -> Truth:
        """Return the truth of a tree on the chosen conditions alone."""
        if not isinstance(tree, Test):
            return super().value(tree, positive)
        fact = vocabulary()[tree.fact]
        if not self.situation.plays(tree.fact):
            return FALSE if (fact.group, False) in self.keys else UNKNOWN
        truth = test_value(tree, fact, self.situation.facts.get(tree.fact))
        if (str(tree), positive) not in self.keys:
            return UNKNOWN
        if truth == UNKNOWN or positive:
            return truth
        return FALSE if truth == TRUE else TRUE


def _trimmed(kleene: Kleene, tree: Tree, value: Truth, core: Core) -> Core:
    """Leave out what is not needed, so that no proper subset gives the value."""
    for condition in sorted(core, key=lambda c: str(c.key)):
        less = core - {condition}
        if OnlyThese(kleene.factors, kleene.situation, less).value(tree) == value:
            core = less
    return core
