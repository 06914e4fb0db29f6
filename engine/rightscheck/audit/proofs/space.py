"""The space of all measures as clauses: the circuit of a rulebook, read over free facts and free standards.

Every fact, known or not, and every setting (State, period, standards named) is a choice of the solver; the gates are
those of audit/circuit.py. Facts that a case file refuses together are excluded.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any

from rightscheck.assessment.assess import Setting, setting_of
from rightscheck.assessment.encode import forbid_contradictions
from rightscheck.audit.circuit import BookCircuit
from rightscheck.audit.standing import NO_DATE, Standing, breaks_of
from rightscheck.facts.case import STANDARDS
from rightscheck.facts.values import SetValue, Value
from rightscheck.facts.vocabulary import Fact, vocabulary
from rightscheck.language.tree import Test, Tree, leaves
from rightscheck.readings.cells import all_trees, value_of
from rightscheck.readings.columns import AND, IN, NOT, ONE, ZERO, Circuit
from rightscheck.readings.network import ranges_of
from rightscheck.readings.solver import NO, YES, Gates, Variable, World
from rightscheck.rulebook.book import Rulebook

Key = tuple[str, str]
BLOCK = 32  # facts tried together when a witness is made small


def number_starts(book: Rulebook) -> dict[str, tuple[int, ...]]:
    """Return for each whole number the first value of each range that some condition tells apart.

    Zero stands alone, since a case file refuses some facts beside a number above it.
    """
    starts: dict[str, set[int]] = {n: {0, 1} for n, fact in vocabulary().facts.items() if fact.kind == "int"}
    trees: list[Tree] = [*all_trees(book), *(t for part in book.trees.severity.values() for t in part)]
    for tree in trees:
        for leaf in leaves(tree):
            if isinstance(leaf, Test) and leaf.fact in starts:
                fact = vocabulary()[leaf.fact]
                for low, high in ranges_of(leaf, fact):
                    starts[leaf.fact] |= {low} | ({high + 1} if high < fact.top else set())
    return {name: tuple(sorted(found)) for name, found in starts.items()}


class Measures(World):
    """A world in which nothing is settled; `closed` says where a set is stated to be complete."""

    def __init__(self) -> None:
        super().__init__(frozenset(vocabulary().groups))
        self.closed: dict[str, int] = {}

    def free(self, gates: Gates, starts: dict[str, tuple[int, ...]], names: Iterable[str]) -> None:
        """Make facts free: known or not, with any value."""
        for name in names:
            fact = vocabulary()[name]
            given = self.given[name] = gates.new()
            if fact.kind == "set":
                self._free_set(gates, fact, given)
                continue
            codes = starts[name] if fact.kind == "int" else range(fact.top + 1)
            choices = tuple((code, gates.new()) for code in codes)
            gates.need(-given, *(literal for _, literal in choices))
            for number, (_, literal) in enumerate(choices):
                gates.need(-literal, given)
                for _, other in choices[number + 1 :]:
                    gates.need(-literal, -other)
            self.variables[name, ""] = Variable(given, choices)

    def _free_set(self, gates: Gates, fact: Fact, given: int) -> None:
        closed = self.closed[fact.name] = gates.new()
        gates.need(-closed, given)
        for member in fact.values:
            inside = gates.new()
            gates.need(-inside, given)
            out = gates.all([closed, -inside])
            self.variables[fact.name, member] = Variable(gates.any([inside, closed]), ((1, inside), (0, out)))

    def copy(self) -> Measures:
        """Return a copy that can be changed."""
        made = Measures()
        made.variables, made.given, made.closed = dict(self.variables), dict(self.given), dict(self.closed)
        return made

    def literals(self, name: str) -> list[int]:
        """Return every literal that says something of a fact."""
        fact = vocabulary()[name]
        if fact.kind != "set":
            return [self.given[name], *(lit for _, lit in self.variables[name, ""].choices)]
        return [self.given[name], self.closed[name], *(self.inside(name, m) for m in fact.values)]

    def inside(self, name: str, member: str) -> int:
        """Return the literal: a set has a member."""
        return self.variables[name, member].choices[0][1]


class Settings:
    """Every State and period as a choice, and every list of standards named; as literals of the circuit's inputs."""

    def __init__(self, book: Rulebook, gates: Gates) -> None:
        self.book = book
        standing = Standing(book)
        found: dict[tuple[bool, ...], tuple[str, int]] = {}
        for country in ("", *book.content.standards.parties):
            for day in (NO_DATE, *breaks_of(book, country)):
                number = standing.number(country, day, tuple(STANDARDS))
                found.setdefault(tuple(flags[number] for flags in standing.features.values()), (country, day))
        self.named = {name: gates.new() for name in STANDARDS}
        gates.need(*self.named.values())
        self.profiles = {gates.new(): place for place in found.values()}
        gates.need(*self.profiles)
        whole = {key: gates.new() for key in standing.features}
        for flags, profile in zip(found, self.profiles, strict=True):
            for literal, flag in zip(whole.values(), flags, strict=True):
                gates.need(-profile, literal if flag else -literal)
        self.inputs = {key: gates.all([self.named[str(key[1])], literal]) for key, literal in whole.items()}  # type: ignore[index]

    def all_named(self) -> list[int]:
        """Return what says that every standard is named, for no State in particular."""
        return [*self.named.values(), next(iter(self.profiles))]

    def read(self, true: set[int]) -> tuple[str | None, str | None, list[str]]:
        """Return (country, date, standards named) of a model."""
        country, day = next(place for literal, place in self.profiles.items() if literal in true)
        date = datetime.date.fromordinal(day).isoformat() if day != NO_DATE else None
        return country or None, date, [name for name, literal in self.named.items() if literal in true]


class Reading:
    """The circuit's nodes as literals in one world; equal gates of two readings are one literal."""

    def __init__(self, gates: Gates, circuit: Circuit, world: Measures, fixed: dict[Any, int]) -> None:
        self.gates, self.circuit, self.world, self.fixed = gates, circuit, world, fixed
        self.known: dict[int, int] = {ZERO: NO, ONE: YES}
        self._keys: dict[int, Any] = {}

    def __call__(self, node: int) -> int:
        """Return the literal of a node."""
        gates, known = self.circuit.gates, self.known
        stack = [node]
        while stack:
            top = stack[-1]
            if top in known:
                stack.pop()
                continue
            op, a, b = gates[top]
            if op == IN:
                known[top] = self._input(top)
                continue
            waiting = [n for n in (a, b) if n not in known]
            if waiting:
                stack.extend(waiting)
            elif op == NOT:
                known[top] = -known[a]
            elif op == AND:
                known[top] = self.gates.all([known[a], known[b]])
            else:
                known[top] = self.gates.any([known[a], known[b]])
        return known[node]

    def elsewhere(self, world: Measures, fact: str) -> Reading:
        """Return a reading of a world that differs in one fact; what does not rest on it is not read again."""
        gates, touched = self.circuit.gates, set()
        for node in sorted(self.known):
            op, a, b = gates[node]
            if self._key(node)[1] == fact if op == IN and node > ONE else op != IN and (a in touched or b in touched):
                touched.add(node)
        made = Reading(self.gates, self.circuit, world, self.fixed)
        made.known = {node: literal for node, literal in self.known.items() if node not in touched}
        return made

    def _key(self, node: int) -> Any:
        if node not in self._keys:
            self._keys = {number: key for key, number in self.circuit.inputs.items()}
        return self._keys[node]

    def _input(self, node: int) -> int:
        key = self._key(node)
        if key in self.fixed:
            return self.fixed[key]
        kind, name, *rest = key
        if kind == "given":
            return self.world.given[name]
        if kind == "closed":
            return self.world.closed[name]
        if kind == "hit":
            return self.gates.any([self.world.inside(name, member) for member in rest[0]])
        variable = self.world.variables[name, ""]
        return self.gates.any(variable.within(ranges_of(Test(name, *rest), vocabulary()[name])))


@dataclass(frozen=True, slots=True)
class Point:
    """One measure under one setting, as a model of the clauses gives it."""

    facts: dict[str, Value]
    country: str | None
    date: str | None
    standards: tuple[str, ...]

    def setting(self, book: Rulebook) -> Setting:
        """Return the setting under which it is judged."""
        date = datetime.date.fromisoformat(self.date) if self.date else None
        return setting_of(book, self.country, date, self.standards)


class Asker:
    """Asks a solver about the clauses of `gates`, which may grow between questions."""

    def __init__(self, gates: Gates) -> None:
        from pysat.solvers import Solver

        self.gates = gates
        self._fed = 0
        self._solver = Solver(name="glucose4", use_timer=False)

    def solve(self, *needed: int) -> bool:
        """Whether the clauses hold together with these literals."""
        self._solver.append_formula(self.gates.clauses[self._fed :], no_return=True)
        self._fed = len(self.gates.clauses)
        return bool(self._solver.solve(assumptions=list(needed)))

    def model(self) -> set[int]:
        """Return the literals that hold in the last solution, negated ones too."""
        return set(self._solver.get_model())

    def core(self) -> set[int]:
        """Return assumptions of the last question that cannot hold together."""
        return set(self._solver.get_core() or ())

    def prefer(self, literals: Iterable[int]) -> None:
        """Try these literals first where there is a choice."""
        self._solver.set_phases(list(literals))

    def close(self) -> None:
        """Free the solver."""
        self._solver.delete()


class Space:
    """All measures and settings of a rulebook, with one solver over them."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self.nodes = BookCircuit(book, every_state=True)
        self.circuit = self.nodes.circuit
        self.gates = Gates()
        self.starts = number_starts(book)
        self.world = Measures()
        self.world.free(self.gates, self.starts, vocabulary().facts)
        self.gates.need(self.world.given["type"])
        forbid_contradictions(self.gates, self.world)
        self.settings = Settings(book, self.gates)
        self.read = Reading(self.gates, self.circuit, self.world, self.settings.inputs)
        self.asker = Asker(self.gates)
        self.sparse()

    def sparse(self) -> None:
        """Prefer measures of which little is given, judged under few standards."""
        quiet = [*self.world.given.values(), *self.settings.named.values()]
        self.asker.prefer([*(-literal for literal in quiet), next(iter(self.settings.profiles))])

    def mixed(self, rng: Random) -> None:
        """Prefer measures of which anything may be given."""
        literals = [lit for name in vocabulary().facts for lit in self.world.literals(name)]
        self.asker.prefer([lit if rng.random() < 0.4 else -lit for lit in literals])

    @cached_property
    def verdict(self) -> tuple[int, ...]:
        """The nodes of the measure's verdict: low, moderate, high, incompatible."""
        c = self.circuit
        low, high, open_ = (self.nodes.outputs["verdict", bit] for bit in range(3))
        mild, odd = c.but(c.no(high), open_), c.but(low, open_)
        return c.but(mild, low), c.both(mild, odd), c.but(c.but(high, open_), low), c.both(high, odd)

    def in_play(self, group: str) -> int:
        """Return the literal: a group of facts is in play."""
        return self.read(self.nodes.trees.in_play(group))

    def reading(self, world: Measures) -> Reading:
        """Return a second reading of the circuit in a world under the same setting."""
        return Reading(self.gates, self.circuit, world, self.settings.inputs)

    @contextmanager
    def aside(self) -> Iterator[Asker]:
        """Give a solver for clauses that are forgotten afterwards; readings made within must not outlive it."""
        gates, kept = self.gates, (self.gates.top, len(self.gates.clauses), dict(self.gates._made))
        asker, read = Asker(gates), self.read
        self.read = self.reading(self.world)
        self.read.known = dict(read.known)
        try:
            yield asker
        finally:
            asker.close()
            self.read = read
            gates.top, gates._made = kept[0], kept[2]
            del gates.clauses[kept[1] :]

    def point(self, true: set[int], world: Measures | None = None) -> Point:
        """Return the measure and setting of a model."""
        country, date, named = self.settings.read(true)
        return Point(self.facts(true, world or self.world), country, date, tuple(named))

    def facts(self, true: set[int], world: Measures) -> dict[str, Value]:
        """Return the facts that a model gives in a world."""
        found: dict[str, Value] = {}
        for name, fact in vocabulary().facts.items():
            if world.given[name] not in true:
                continue
            if fact.kind == "set":
                inside = frozenset(m for m in fact.values if world.inside(name, m) in true)
                found[name] = SetValue(inside, world.closed[name] not in true)
            else:
                code = next(c for c, literal in world.variables[name, ""].choices if literal in true)
                found[name] = value_of(fact, code)
        return found

    def smallest(self, asker: Asker, needed: Sequence[int], worlds: Sequence[Measures] = ()) -> set[int]:
        """Return a model of these literals in which no single fact or standard more can be left out.

        The last question to the solver must have been these literals, with a solution.
        """
        worlds = worlds or [self.world]
        dropped: list[int] = []

        def drop(literals: list[int], true: set[int]) -> set[int]:
            """Leave out as many of these as can be, halving those that cannot go together."""
            left = [-literal for literal in literals]
            if true.issuperset(left):
                dropped.extend(left)
            elif asker.solve(*needed, *dropped, *left):
                dropped.extend(left)
                return asker.model()
            elif len(literals) > 1:
                half = len(literals) // 2
                return drop(literals[half:], drop(literals[:half], true))
            return true

        true = drop([-next(iter(self.settings.profiles))], asker.model())
        given = [world.given[name] for name in vocabulary().facts for world in worlds if name != "type"]
        literals = [*dict.fromkeys(given), *self.settings.named.values()]
        for start in range(0, len(literals), BLOCK):
            true = drop(literals[start : start + BLOCK], true)
        return true
