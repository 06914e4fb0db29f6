"""Amendments: applying a set gives the verdict, no part of it does, and nothing smaller was missed."""

from __future__ import annotations

from itertools import combinations, product
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rightscheck.assessment.amend import Advice, advise, amend, cores_of, cost_of, encode, smallest_sets
from rightscheck.assessment.assess import setting_of
from rightscheck.assessment.model import GRAVITY
from rightscheck.assessment.probe import Probe
from rightscheck.assessment.steps import Step, applied, draft
from rightscheck.facts.case import contradictions
from rightscheck.facts.values import SetValue, Value
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.readings.solver import Gates
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.load import load_rulebook
from tests.books import random_book
from tests.strategies import SOME, RandomRules, random_facts, random_value, rule_sets

V = vocabulary()
FEW = settings(max_examples=25, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_rulebook()


def good(verdict: str, target: str) -> bool:
    return verdict != "undetermined" and GRAVITY[verdict] <= GRAVITY[target]


def reaches(probe: Probe, steps: list[Step], target: str) -> bool:
    changes = applied(probe, steps)
    return probe.possible(changes) and good(probe.verdicts(changes).measure, target)


def parts(steps: list[Step]) -> list[list[Step]]:
    """Every proper part of a set of steps: fewer features, or a feature less far changed."""
    tops: dict[tuple[str, str], int] = {}
    for step in steps:
        tops[step.fact, step.member] = max(tops.get((step.fact, step.member), 0), step.level)
    found = []
    for levels in product(*(range(top + 1) for top in tops.values())):
        kept = dict(zip(tops, levels, strict=True))
        part = [s for s in steps if s.level <= kept[s.fact, s.member]]
        if len(part) < len(steps):
            found.append(part)
    return found


def a_measure(rng: Random, names: list[str], share: float) -> dict[str, Value]:
    while True:
        facts = random_facts(rng, names, share)
        if not contradictions(facts):
            return facts


def check(probe: Probe, target: str, rng: Random, most_parts: int = 40) -> Advice:
    advice = amend(probe, target, limit=2) if good(probe.base.verdict, target) else None
    if advice is not None:
        assert advice.reached
        return advice
    problem = encode(probe, target)
    advice = advise(probe, problem, target, 5, 2)
    assert not advice.reached
    sets = list(smallest_sets(problem, 5, 2)) or list(smallest_sets(problem, None, 1))
    assert bool(sets) == bool(advice.amendments) == (not advice.cores)
    costs = [cost_of(problem, chosen) for chosen in sets]
    assert costs == sorted(costs)
    for chosen in sets:
        steps = [problem.steps[literal] for literal in chosen]
        assert all(V[s.fact].role == "design" for s in steps)
        assert good(probe.judge(applied(probe, steps)).verdict, target)
        less = parts(steps)
        for part in less if len(less) <= most_parts else rng.sample(less, most_parts):
            assert not reaches(probe, part, target)
    if advice.cores:
        for _ in range(5):
            tried = random_redraft(probe, rng)
            assert not reaches(probe, tried, target)
    return advice


def random_redraft(probe: Probe, rng: Random) -> list[Step]:
    by_fact: dict[tuple[str, str], list[Step]] = {}
    for step in draft(probe, Gates()).steps.values():
        by_fact.setdefault((step.fact, step.member), []).append(step)
    return [s for steps in by_fact.values() for s in steps[: rng.randrange(len(steps) + 1)]]


def a_defensible_measure(book: Rulebook, rng: Random) -> dict[str, Value]:
    """A measure whose circumstances are in order and whose features are partly not: redrafting may mend it."""
    while True:
        facts: dict[str, Value] = {"type": rng.choice(list(V["type"].values)), "stage": "applied"}
        stated, faulty = rng.choice([0.2, 0.5, 0.8]), rng.choice([0.1, 0.3])
        for name, fact in V.facts.items():
            if fact.group not in book.calls_for(str(facts["type"])):
                continue
            best: Value | None = {"bool": fact.protects == "true", "ordered": next(iter(fact.values), "")}.get(
                fact.kind
            )
            if fact.role == "application" and best is not None:
                facts[name] = best
            elif fact.role == "design" and rng.random() < stated:
                given = random_value(fact, rng) if rng.random() < faulty else best
                facts |= {} if given is None else {name: given}
        facts["aim.stated"] = SetValue(frozenset({rng.choice(["national-security", "crime-prevention"])}))
        facts["aim.threat_evidence"] = rng.choice(["specific", "general"])
        facts["target.conduct"] = rng.choice(["violence", "unlawful-nonviolent", "peaceful-critical"])
        if not contradictions(facts):
            return facts


def some_measure(book: Rulebook, seed: int) -> tuple[Probe, str, Random]:
    rng = Random(seed)
    standards = rng.choice([["echr", "iccpr"], ["iccpr", "osce"], ["achr"], ["osce", "crc", "refugee"], None])
    if seed % 2:
        facts = a_defensible_measure(book, rng)
    else:
        facts = a_measure(rng, list(V.facts), rng.choice([0.03, 0.1, 0.3, 0.7]))
    return Probe(book, setting_of(book, "FR", None, standards), facts), rng.choice(["moderate", "low"]), rng


@pytest.mark.parametrize("seed", range(14))
def test_a_set_gives_the_verdict_and_no_part_of_it_does(book: Rulebook, seed: int) -> None:
    probe, target, rng = some_measure(book, seed)
    check(probe, target, rng)


def test_some_measures_can_be_mended_and_some_cannot(book: Rulebook) -> None:
    found = [amend(*some_measure(book, seed)[:2], limit=1) for seed in range(41, 53)]

    assert any(advice.amendments for advice in found)
    assert any(advice.cores for advice in found)


@pytest.mark.fuzz
@pytest.mark.parametrize("block", range(20))
def test_two_thousand_measures(book: Rulebook, block: int) -> None:
    for seed in range(100):
        probe, target, rng = some_measure(book, 1000 + block * 100 + seed)
        check(probe, target, rng, 12)


@FEW
@given(rule_sets(), st.integers(0, 2**32))
def test_all_sets_are_found_on_random_rules(rules: RandomRules, seed: int) -> None:
    rng = Random(seed)
    book = random_book(rules, rng)
    probe = Probe(book, setting_of(book, "KZ", None, rng.choice([["echr", "iccpr"], None])), a_measure(rng, SOME, 0.8))
    target = rng.choice(["moderate", "low"])
    problem = encode(probe, target)
    ways: dict[tuple[str, str], list[list[Step]]] = {}
    for step in problem.steps.values():
        rungs = ways.setdefault((step.fact, step.member), [])
        rungs.append([*(rungs[-1] if rungs else []), step])
    expected: set[frozenset[Step]] = set()
    for size in range(3):
        for keys in combinations(ways, size):
            for chosen in product(*(ways[key] for key in keys)):
                steps = [step for rungs in chosen for step in rungs]
                if reaches(probe, steps, target):
                    expected.add(frozenset(steps))
    least = {s for s in expected if not any(other < s for other in expected)}
    found = {frozenset(problem.steps[n] for n in chosen) for chosen in smallest_sets(problem, 2, None)}
    found = {s for s in found if len({(x.fact, x.member) for x in s}) <= 2}

    assert found == least
    weighted = [cost_of(problem, chosen) for chosen in smallest_sets(problem, 2, 1)]
    assert weighted == [min(sum(s.cost for s in chosen) for chosen in least)] if least else not weighted


def test_the_cheapest_come_first_and_both_ways_agree(book: Rulebook) -> None:
    facts: dict[str, Value] = {
        "type": "website-blocking",
        "stage": "applied",
        "restricts": SetValue(frozenset({"expression"})),
        "aim.stated": SetValue(frozenset({"national-security"})),
        "law.basis": "statute",
        "expression.blocking_granularity": "service",
        "safeguards.judicial_review": "none",
    }
    probe = Probe(book, setting_of(book, "FR", None, ["echr"]), facts)
    problem = encode(probe, "moderate")
    every = list(smallest_sets(problem, 5, None))
    first = list(smallest_sets(problem, 5, 3))

    assert every
    assert [cost_of(problem, s) for s in first] == [cost_of(problem, s) for s in every[:3]]


def test_no_part_of_a_core_is_impossible(book: Rulebook) -> None:
    facts: dict[str, Value] = {"type": "detention", "treatment.ill_treatment": "torture", "law.basis": "statute"}
    probe = Probe(book, setting_of(book, "FR", None, ["echr", "iccpr"]), facts)
    advice = amend(probe)

    assert not advice.amendments
    assert any(book.rules[n.name].absolute for core in advice.cores for n in core if n.kind == "rule")
    assert cores_of(encode(probe, "moderate")) == advice.cores
