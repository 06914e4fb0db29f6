"""Hypothesis strategies: random facts, random rule trees, random sets of factors and rules."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from hypothesis import strategies as st

from rightscheck.facts.values import SetValue, Value, group_of
from rightscheck.facts.vocabulary import IDENTITY, Fact, vocabulary
from rightscheck.language.tree import And, Not, Or, Ref, Test, Tree, conjunction, disjunction
from rightscheck.readings.kleene import Situation

V = vocabulary()
# A small part of the vocabulary of every kind, so that rules and measures meet.
SOME = [
    "type",
    "stage",
    "restricts",
    "law.basis",
    "law.published",
    "law.precision",
    "aim.stated",
    "aim.link",
    "reach.total",
    "reach.days",
    "reach.duration",
    "necessity.alternatives_tried",
    "sanction.kind",
    "sanction.prison_months",
    "sanction.criminal",
    "assembly.peaceful",
    "assembly.blanket",
    "assembly.regime",
    "assembly.notice_days",
    "detention.judge_within_hours",
    "detention.grounds",
    "religion.aspect",
    "equality.grounds",
    "target.who",
]
INTS = [0, 1, 2, 3, 7, 12, 48, 1000]


def value_of(fact: Fact) -> st.SearchStrategy[Value]:
    """Any value of a fact."""
    if fact.kind == "bool":
        return st.booleans()
    if fact.kind == "int":
        return st.sampled_from(INTS)
    values = list(fact.values)
    if fact.kind == "set":
        return st.builds(SetValue, st.frozensets(st.sampled_from(values[:5]), max_size=3), st.booleans())
    return st.sampled_from(values)


def facts(names: list[str] | None = None) -> st.SearchStrategy[dict[str, Value]]:
    """A measure: a partial assignment that always has a type."""
    chosen = names or SOME
    return st.fixed_dictionaries(
        {"type": value_of(V["type"])}, optional={n: value_of(V[n]) for n in chosen if n != "type"}
    )


@st.composite
def tests(draw: st.DrawFn, names: list[str]) -> Test:
    """One condition that is neither always true nor always false."""
    fact = V[draw(st.sampled_from(names))]
    values = list(fact.values)
    if fact.kind == "bool":
        return Test(fact.name, "true")
    if fact.kind == "int":
        op = draw(st.sampled_from(["<", "<=", ">", ">=", "=="]))
        return Test(fact.name, op, (draw(st.sampled_from(INTS[1:])),))
    if fact.kind == "set":
        op = draw(st.sampled_from(["has", "any", "all", "empty"]))
        if op == "empty":
            return Test(fact.name, "empty")
        if op == "has":
            return Test(fact.name, "has", (draw(st.sampled_from(values[:5])),))
        return Test(
            fact.name, op, tuple(draw(st.lists(st.sampled_from(values[:6]), min_size=1, max_size=3, unique=True)))
        )
    ops = ["==", "in"] + (["from", "upto"] if fact.kind == "ordered" else [])
    op = draw(st.sampled_from(ops))
    if op == "from":
        return Test(fact.name, "from", (draw(st.sampled_from(values[1:])),))
    if op == "upto":
        return Test(fact.name, "upto", (draw(st.sampled_from(values[:-1])),))
    if op == "==":
        return Test(fact.name, "==", (draw(st.sampled_from(values)),))
    if len(values) == 2:
        return Test(fact.name, "==", (values[0],))
    chosen = draw(st.lists(st.sampled_from(values), min_size=2, max_size=len(values) - 1, unique=True))
    return Test(fact.name, "in", tuple(chosen))


def trees(names: list[str], factors: list[str]) -> st.SearchStrategy[Tree]:
    """A rule expression in canonical form."""
    leaf: st.SearchStrategy[Tree] = tests(names)
    if factors:
        leaf = st.one_of(leaf, leaf, st.sampled_from(factors).map(Ref))

    def deeper(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
        several = st.lists(inner, min_size=2, max_size=4)
        return st.one_of(several.map(conjunction), several.map(disjunction), inner.map(Not))

    return st.recursive(leaf, deeper, max_leaves=7)


@dataclass(frozen=True)
class RandomRules:
    """A rulebook as far as the readings know one."""

    factors: dict[str, Tree]
    when: dict[str, Tree]
    unless: dict[str, Tree]
    always: frozenset[str]
    presumable: frozenset[str]


@st.composite
def rule_sets(draw: st.DrawFn, most: int = 12) -> RandomRules:
    """Factors that build on each other, rules with and without exceptions."""
    names = draw(st.lists(st.sampled_from(SOME), min_size=3, max_size=9, unique=True))
    factors: dict[str, Tree] = {}
    for number in range(draw(st.integers(0, 5))):
        factors[f"factor-{number}"] = draw(trees(names, list(factors)))
    when = {f"rule-{n}": draw(trees(names, list(factors))) for n in range(draw(st.integers(1, most)))}
    unless = {name: draw(trees(names, list(factors))) for name in when if draw(st.integers(0, 2)) == 0}
    groups = sorted({group_of(n) for n in SOME} - {IDENTITY})
    always = frozenset(draw(st.lists(st.sampled_from(groups), max_size=3, unique=True)))
    presumable = frozenset(draw(st.lists(st.sampled_from(names), max_size=2, unique=True)))
    return RandomRules(factors, when, unless, always, presumable)


def random_value(fact: Fact, rng: Random) -> Value:
    """Any value of a fact, from a seeded generator (much faster than a strategy)."""
    if fact.kind == "bool":
        return rng.random() < 0.5
    if fact.kind == "int":
        return rng.choice(INTS)
    values = list(fact.values)
    if fact.kind == "set":
        return SetValue(frozenset(rng.sample(values[:5], rng.randrange(4))), rng.random() < 0.3)
    return rng.choice(values)


def random_facts(rng: Random, names: list[str], share: float) -> dict[str, Value]:
    """A measure in which about `share` of the named facts are given; it always has a type."""
    given = {n: random_value(V[n], rng) for n in names if rng.random() < share}
    return {"type": random_value(V["type"], rng), **given}


def random_situation(rules: RandomRules, rng: Random) -> Situation:
    """A measure with its groups in play and presumed facts, from a seeded generator."""
    given = random_facts(rng, SOME, rng.choice([0.1, 0.4, 0.8, 1.0]))
    groups = sorted({group_of(n) for n in SOME})
    called = {g for g in groups if rng.random() < 0.5}
    in_play = rules.always | called | {group_of(n) for n in given} | {IDENTITY}
    presumed = {
        n: random_value(V[n], rng)
        for n in sorted(rules.presumable)
        if n not in given and group_of(n) in in_play and rng.random() < 0.5
    }
    return Situation({**given, **presumed}, frozenset(in_play), frozenset(presumed))


__all__ = ["And", "Or", "RandomRules", "facts", "rule_sets", "trees", "value_of"]
