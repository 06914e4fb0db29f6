"""The reading for the solver: Kleene evaluation as clauses over what is known and which value a fact has.

A fact is a literal `known` and one literal a value; a set fact has both for each member. Each condition becomes two
literals, certainly true and possibly true, so that the clauses say exactly what the reference reading says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rightscheck.facts.values import Facts, SetValue, group_of
from rightscheck.facts.vocabulary import IDENTITY, vocabulary
from rightscheck.language.tree import And, Not, Ref, Test, Tree
from rightscheck.readings.cells import code_of
from rightscheck.readings.network import All, Factor, Literal, Net, network

YES = 1
NO = -1


class Gates:
    """Clauses in conjunctive normal form; a literal is a number, negative where negated. The literal 1 is true."""

    def __init__(self) -> None:
        self.top = 1
        self.clauses: list[list[int]] = [[YES]]
        self._made: dict[tuple[int, ...], int] = {}

    def new(self) -> int:
        """Return a fresh variable."""
        self.top += 1
        return self.top

    def all(self, literals: Iterable[int]) -> int:
        """Return a literal that is true if and only if all of these are."""
        wanted: set[int] = set()
        for literal in literals:
            if literal == NO or -literal in wanted:
                return NO
            if literal != YES:
                wanted.add(literal)
        if len(wanted) < 2:
            return next(iter(wanted), YES)
        key = tuple(sorted(wanted))
        if key not in self._made:
            gate = self.new()
            self.clauses.extend([-gate, literal] for literal in key)
            self.clauses.append([gate, *(-literal for literal in key)])
            self._made[key] = gate
        return self._made[key]

    def any(self, literals: Iterable[int]) -> int:
        """Return a literal that is true if and only if one of these is."""
        return -self.all(-literal for literal in literals)

    def differ(self, one: int, other: int) -> int:
        """Return a literal that is true if and only if the two differ."""
        if one == other:
            return NO
        return self.any([self.all([one, -other]), self.all([-one, other])])

    def need(self, *literals: int) -> None:
        """Require one of these to be true."""
        if YES not in literals:
            self.clauses.append([literal for literal in literals if literal != NO])

    def one_of(self, literals: list[int]) -> None:
        """Require exactly one of these to be true."""
        self.need(*literals)
        for number, first in enumerate(literals):
            for second in literals[number + 1 :]:
                self.need(-first, -second)


@dataclass(frozen=True, slots=True)
class Variable:
    """A fact or a member of a set fact: whether it is known, and one literal for each code it may have."""

    known: int
    choices: tuple[tuple[int, int], ...]

    def within(self, ranges: tuple[tuple[int, int], ...]) -> list[int]:
        """Return the literals of the codes that lie in the ranges."""
        return [lit for code, lit in self.choices if any(low <= code <= high for low, high in ranges)]


@dataclass
class World:
    """What is known of a measure, as literals; facts of groups that are not in play are left out."""

    in_play: frozenset[str]
    variables: dict[tuple[str, str], Variable] = field(default_factory=dict)
    given: dict[str, int] = field(default_factory=dict)
    presumed: dict[str, int] = field(default_factory=dict)

    def plays(self, name: str) -> bool:
        """Whether the group of a fact is in play."""
        group = group_of(name)
        return group == IDENTITY or group in self.in_play

    def copy(self) -> World:
        """Return a copy that can be changed."""
        return World(self.in_play, dict(self.variables), dict(self.given), dict(self.presumed))

    def settle(self, facts: Facts) -> None:
        """Enter facts as they are; every other fact in play as unknown."""
        for name, fact in vocabulary().facts.items():
            value = facts.get(name)
            self.given[name] = NO if value is None else YES
            if fact.kind != "set":
                code = () if value is None else ((code_of(fact, value), YES),)
                self.variables[name, ""] = Variable(NO if value is None else YES, code)
                continue
            for member in fact.values:
                if isinstance(value, SetValue) and member in value.members:
                    self.variables[name, member] = Variable(YES, ((1, YES),))
                elif isinstance(value, SetValue) and not value.open:
                    self.variables[name, member] = Variable(YES, ((0, YES),))
                else:
                    self.variables[name, member] = Variable(NO, ())


class Encoder:
    """Reads trees in a world; each factor once a sign and mode."""

    def __init__(self, gates: Gates, factors: Mapping[str, Tree], world: World) -> None:
        self.gates, self.factors, self.world = gates, factors, world
        self._known: dict[tuple[str, bool, str], int] = {}

    def certain(self, tree: Tree, positive: bool = True) -> int:
        """Return a literal: the tree (or its negation) is certainly true."""
        return self._read(tree, positive, "certain")

    def possible(self, tree: Tree, positive: bool = True) -> int:
        """Return a literal: the tree (or its negation) is not certainly false."""
        return self._read(tree, positive, "possible")

    def live(self, tree: Tree, positive: bool = True) -> int:
        """Return a literal: a condition other than type, restricts and stage is certain where it may still hold."""
        if isinstance(tree, Not):
            return self.live(tree.arg, not positive)
        if isinstance(tree, Test):
            if group_of(tree.fact) == IDENTITY:
                return NO
            return self.gates.all([self.certain(tree, positive), -self.world.presumed.get(tree.fact, NO)])
        if isinstance(tree, Ref):
            key = (tree.factor, positive, "live")
            if key not in self._known:
                self._known[key] = self.live(self.factors[tree.factor], positive)
            return self._known[key]
        some = self.gates.any([self.live(arg, positive) for arg in tree.args])
        return self.gates.all([self.possible(tree, positive), some])

    def _read(self, tree: Tree, positive: bool, mode: str) -> int:
        if isinstance(tree, Not):
            return self._read(tree.arg, not positive, mode)
        if isinstance(tree, Test):
            return self._net(network(tree, positive), mode) if self.world.plays(tree.fact) else NO
        if isinstance(tree, Ref):
            key = (tree.factor, positive, mode)
            if key not in self._known:
                self._known[key] = self._read(self.factors[tree.factor], positive, mode)
            return self._known[key]
        parts = [self._read(arg, positive, mode) for arg in tree.args]
        return self.gates.all(parts) if isinstance(tree, And) is positive else self.gates.any(parts)

    def _net(self, net: Net, mode: str) -> int:
        if isinstance(net, Literal):
            variable = self.world.variables[net.variable]
            within = self.gates.any(variable.within(net.ranges))
            if mode == "certain":
                return self.gates.all([variable.known, within])
            return self.gates.any([-variable.known, within])
        assert not isinstance(net, Factor)
        parts = [self._net(arg, mode) for arg in net.args]
        return self.gates.all(parts) if isinstance(net, All) else self.gates.any(parts)
