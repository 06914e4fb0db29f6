"""From networks to the rules engine's small rulesets: strata of clauses whose conclusions are flags of later strata.

Each expression has up to three flags: `certain` (true whatever the unknown facts are), `possible` (not certainly
false) and `live` (a condition other than type, restricts and stage is certainly true on a branch that may hold). A
fact is sent as the interval of its possible codes, so that an unknown one is the whole interval; a known one is a
point.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal as OneOf

from rightscheck.facts.values import group_of
from rightscheck.facts.vocabulary import IDENTITY, vocabulary
from rightscheck.language.tree import Tree
from rightscheck.problems import EngineFault
from rightscheck.readings.driver import MAX_ALIKE, MAX_CLAUSES, MAX_FIELDS, MAX_TESTS, Clause, RulesetSpec
from rightscheck.readings.network import All, Any, Factor, Literal, Net, factor_networks, network, top_of

Mode = OneOf["certain", "possible", "live"]
Term = frozenset[tuple[str, str, int]]
MAX_TERMS = 6

_SAFE = re.compile(r"[^a-z0-9]")


@functools.cache
def low_field(fact: str, member: str = "") -> str:
    """Return the field that holds the least possible code of a variable."""
    return "lo_" + _SAFE.sub("_", f"{fact}__{member}" if member else fact)


@functools.cache
def high_field(fact: str, member: str = "") -> str:
    """Return the field that holds the greatest possible code of a variable."""
    return "hi_" + _SAFE.sub("_", f"{fact}__{member}" if member else fact)


def play_field(group: str) -> str:
    """Return the field that says whether a group is in play."""
    return f"g_{group}"


def presumed_field(fact: str) -> str:
    """Return the field that says whether a fact's value is presumed."""
    return "p_" + _SAFE.sub("_", fact)


@dataclass
class Program:
    """The compiled rulesets by stratum; `conclusions` maps a clause's name to the flag it raises."""

    strata: list[list[RulesetSpec]] = field(default_factory=list)
    conclusions: dict[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()

    @property
    def rulesets(self) -> list[RulesetSpec]:
        """All rulesets, in the order in which they run."""
        return [spec for stratum in self.strata for spec in stratum]


@dataclass
class _Flag:
    name: str
    level: int
    terms: list[Term]


class Compiler:
    """Compiles the expressions of a rulebook; flags are made once for each factor, sign and mode that is used."""

    def __init__(self, factors: Mapping[str, Tree], always: Iterable[str], presumable: Iterable[str]) -> None:
        self.networks = factor_networks(factors)
        self.always = {IDENTITY, *always}
        self.presumable = set(presumable)
        self.flags: list[_Flag] = []
        self.by_key: dict[object, _Flag] = {}
        self.rules: list[tuple[str, _Flag]] = []
        self.levels: dict[str, int] = {}

    # --- terms: a disjunction of conjunctions of integer tests -------------------------------

    def _literal(self, literal: Literal, mode: Mode) -> list[Term]:
        if mode == "live" and group_of(literal.fact) == IDENTITY:
            return []
        low, high = low_field(*literal.variable), high_field(*literal.variable)
        top = top_of(vocabulary()[literal.fact])
        base: list[tuple[str, str, int]] = []
        group = group_of(literal.fact)
        if group not in self.always:
            base.append((play_field(group), "==", 1))
        if mode == "live" and literal.fact in self.presumable:
            base.append((presumed_field(literal.fact), "==", 0))
        terms = []
        for first, last in literal.ranges:
            tests = list(base)
            if mode == "possible":
                tests += [(high, ">=", first)] if first > 0 else []
                tests += [(low, "<=", last)] if last < top else []
            else:
                tests += [(low, ">=", first)] if first > 0 else []
                tests += [(high, "<=", last)] if last < top else []
            terms.append(frozenset(tests))
        return terms

    def _factor(self, factor: Factor, mode: Mode) -> list[Term]:
        flag = self.flag((factor, mode), self.networks[factor], mode)
        return [frozenset({(flag.name, "==", 1)})]

    def terms(self, net: Net, mode: Mode) -> list[Term]:
        """Return the terms under which `net` holds in a mode; wide parts become flags of their own."""
        if isinstance(net, Literal):
            return self._literal(net, mode)
        if isinstance(net, Factor):
            return self._factor(net, mode)
        if isinstance(net, Any):
            return [term for arg in net.args for term in self.terms(arg, mode)]
        if mode == "live":
            possible = self._as_one(net, "possible")
            return [term | possible for arg in net.args for term in self.terms(arg, "live")]
        product: list[Term] = [frozenset()]
        for arg in net.args:
            parts = self.terms(arg, mode)
            if len(parts) * len(product) > MAX_TERMS and len(parts) > 1:
                parts = [self._as_one(arg, mode)]
            product = [term | part for term in product for part in parts]
            if max((len(t) for t in product), default=0) > MAX_TESTS:
                raise EngineFault(f"a condition of more than {MAX_TESTS} tests; split it with factors")
        return product

    def _as_one(self, net: Net, mode: Mode) -> Term:
        flag = self.flag((net, mode), net, mode)
        return frozenset({(flag.name, "==", 1)})

    def flag(self, key: object, net: Net, mode: Mode) -> _Flag:
        """Return the flag raised where `net` holds in a mode, made once for a key."""
        if key not in self.by_key:
            terms = self.terms(net, mode)
            self.by_key[key] = self._new(terms)
        return self.by_key[key]

    def _new(self, terms: list[Term], name: str = "") -> _Flag:
        level = 1 + max((self.levels.get(test[0], 0) for term in terms for test in term), default=0)
        flag = _Flag(name or f"x{len(self.flags)}", level, list(dict.fromkeys(terms)))
        self.flags.append(flag)
        self.levels[flag.name] = level
        return flag

    # --- rules ------------------------------------------------------------------------------

    def rule(self, rule_id: str, when: Tree, unless: Tree | None) -> None:
        """Compile a rule: its conditions, then one clause for each state other than silent."""
        net = network(when)
        certain = self.flag((net, "certain"), net, "certain").name
        possible = self.flag((net, "possible"), net, "possible").name
        live = self.flag((net, "live", "rule"), net, "live").name
        states: dict[str, list[tuple[str, str, int]]] = {
            "fired": [(certain, "==", 1)],
            "live": [(possible, "==", 1), (certain, "==", 0), (live, "==", 1)],
            "dormant": [(possible, "==", 1), (certain, "==", 0), (live, "==", 0)],
        }
        if unless is not None:
            exception = network(unless)
            sure = self.flag((exception, "certain"), exception, "certain").name
            maybe = self.flag((exception, "possible"), exception, "possible").name
            states["fired"].append((maybe, "==", 0))
            states["live"].append((sure, "==", 0))
            states["dormant"].append((sure, "==", 0))
            states["rebuttable"] = [(certain, "==", 1), (maybe, "==", 1), (sure, "==", 0)]
            states["excused"] = [(possible, "==", 1), (sure, "==", 1)]
        for state, tests in states.items():
            flag = self._new([frozenset(tests)], f"{state}:{rule_id}")
            self.rules.append((flag.name, flag))

    def program(self) -> Program:
        """Return the rulesets: one stratum a level, rule states last, at most 48 clauses and 200 fields each."""
        verdicts = {name for name, _ in self.rules}
        inner = [flag for flag in self.flags if flag.name not in verdicts]
        program = Program(flags=tuple(flag.name for flag in inner))
        for level in sorted({flag.level for flag in inner}):
            self._pack(program, f"s{level}", [flag for flag in inner if flag.level == level])
        self._pack(program, "rules", [flag for _, flag in self.rules])
        return program

    @staticmethod
    def _pack(program: Program, name: str, flags: list[_Flag]) -> None:
        stratum: list[RulesetSpec] = []
        clauses: list[Clause] = []
        fields: set[str] = set()
        alike: Counter[Term] = Counter()

        def close() -> None:
            if clauses:
                stratum.append(RulesetSpec(f"{name}_{len(stratum)}", tuple(clauses)))
                clauses.clear()
                fields.clear()
                alike.clear()

        for flag in flags:
            for number, term in enumerate(flag.terms):
                reads = {test[0] for test in term}
                wide = len(fields) + len(reads) > MAX_FIELDS and len(fields | reads) > MAX_FIELDS
                if wide or len(clauses) >= MAX_CLAUSES or alike[term] >= MAX_ALIKE:
                    close()
                alike[term] += 1
                clause = f"{flag.name}#{number}"
                program.conclusions[clause] = flag.name
                clauses.append(Clause(clause, tuple(sorted(term))))
                fields.update(reads)
        close()
        program.strata.append(stratum)


__all__ = ["All", "Compiler", "Program"]
