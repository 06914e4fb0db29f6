"""What is asked can change a verdict, and nothing else can: against all answers tried one by one."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rightscheck.assessment.ask import ask, can_change, unknown_facts
from rightscheck.assessment.assess import Setting, setting_of
from rightscheck.assessment.encode import Verdict
from rightscheck.assessment.open import answers_to
from rightscheck.assessment.probe import Probe, Verdicts, verdicts_of
from rightscheck.assessment.situation import groups_in_play
from rightscheck.facts.values import SetValue, Value
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.readings.cells import alternatives
from rightscheck.readings.solver import YES, Gates, World
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.load import load_rulebook, rulebook_from_content
from tests.books import content, random_book, rule
from tests.strategies import SOME, RandomRules, random_facts, random_value, rule_sets

V = vocabulary()
FEW = settings(max_examples=25, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_rulebook()


def encoded(probe: Probe) -> Verdicts:
    gates, world = Gates(), World(groups_in_play(probe.book, probe.facts))
    world.settle(probe.facts)
    read = Verdict(probe.book, probe.setting, gates, world)
    (measure,) = [name for name, literal in read.measure.items() if literal == YES]
    rights = {r.right: name for r in read.rights for name, literal in r.bits.items() if literal == YES}
    return Verdicts(measure, rights)


@pytest.mark.parametrize("seed", range(8))
def test_the_clauses_say_what_the_reading_says(book: Rulebook, seed: int) -> None:
    rng = Random(seed)
    facts = random_facts(rng, list(V.facts), rng.choice([0.05, 0.3, 0.9]))
    probe = Probe(book, setting_of(book, "FR", None, ["echr", "iccpr", "crc"]), facts)

    assert encoded(probe) == verdicts_of(probe.judge())


@FEW
@given(rule_sets(), st.integers(0, 2**32))
def test_the_clauses_say_what_the_reading_says_of_random_rules(rules: RandomRules, seed: int) -> None:
    rng = Random(seed)
    book = random_book(rules, rng)
    for share in (0.3, 0.7, 1.0):
        probe = Probe(book, setting_of(book, "KZ", None, ["echr", "iccpr"]), random_facts(rng, SOME, share))
        assert encoded(probe) == verdicts_of(probe.judge())


def differ(one: Verdicts, two: Verdicts) -> bool:
    both = set(one.rights) & set(two.rights)
    return one.measure != two.measure or any(one.rights[r] != two.rights[r] for r in both)


def by_trying(probe: Probe, unknown: list[str]) -> dict[str, bool]:
    """Try every partial set of answers to the unknown facts."""
    options: dict[str, list[Value | None]] = {}
    for name in unknown:
        options[name] = [None, *(v for v, _ in answers_to(probe, name))]
    found: dict[str, bool] = {}
    for name in unknown:
        others = [n for n in unknown if n != name]
        for chosen in product(*(options[n] for n in others)):
            before: dict[str, Value | None] = {n: v for n, v in zip(others, chosen, strict=True) if v is not None}
            if not probe.possible(before):
                continue
            then = verdicts_of(probe.judge(before))
            for value in options[name][1:]:
                if not probe.possible({**before, name: value}):
                    continue
                after = verdicts_of(probe.judge({**before, name: value}))
                if differ(then, after):
                    found[name] = found.get(name, False) or then.measure != after.measure
    return found


def check_asked(rules: RandomRules, seed: int) -> bool | None:
    """Compare with all answers tried one by one; return whether any can change a verdict, None where not tried."""
    rng = Random(seed)
    book = random_book(rules, rng)
    names = [n for n in SOME if V[n].kind != "set" and n != "type"]
    facts = random_facts(rng, SOME, 1.0)
    facts |= {n: SetValue(v.members) for n, v in facts.items() if isinstance(v, SetValue)}
    small = [n for n in names if len(alternatives(book, n, None)) <= 4]
    unknown = sorted(rng.sample(small, min(3, len(small))))
    for name in [*unknown, "sanction.kind"]:
        facts.pop(name, None)
    unknown = [n for n in unknown if n in set(unknown_facts(Probe(book, a_setting(book), facts)))]
    probe = Probe(book, a_setting(book), facts)
    expected = by_trying(probe, unknown)
    # The sanction is left unknown too but the rules must not read it for the trial to be whole.
    if any("sanction.kind" in book.facts_of_rule[r.id] for r in book.content.rules):
        return None
    found, moving = can_change(probe, unknown)

    assert found == expected
    assert moving == bool(expected)
    asked = ask(probe)
    assert asked.stable == (not expected)
    assert {q.fact for q in asked.questions} <= set(expected)
    return moving


@FEW
@given(rule_sets(5), st.integers(0, 2**32))
def test_asked_is_what_some_answers_make_decisive(rules: RandomRules, seed: int) -> None:
    check_asked(rules, seed)


@pytest.mark.fuzz
def test_asked_is_what_some_answers_make_decisive_on_many_rulebooks() -> None:
    found: list[bool | None] = []

    @settings(max_examples=600, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(rule_sets(5), st.integers(0, 2**32))
    def check(rules: RandomRules, seed: int) -> None:
        found.append(check_asked(rules, seed))

    check()
    assert found.count(True) > 20
    assert found.count(False) > 20


def a_setting(book: Rulebook) -> Setting:
    return setting_of(book, "KZ", None, ["echr", "iccpr"])


@pytest.mark.parametrize("seed", range(6))
def test_an_open_set_is_asked_only_for_what_it_may_add(seed: int) -> None:
    rng = Random(seed)
    rules = [rule("members", "target.who has members"), rule("only-youth", "target.who all in [youth, children]")]
    book = rulebook_from_content(content(rules))
    base: dict[str, Value] = {"type": "assembly-ban", "law.basis": "statute"}
    members = frozenset(rng.sample(["members", "youth", "children", "ngos"], rng.randrange(3)))
    probe = Probe(book, a_setting(book), {**base, "target.who": SetValue(members, True)})
    found, _ = can_change(probe, ["target.who"])
    settled = "members" in members
    tried = {
        verdicts_of(probe.judge({"target.who": SetValue(members | set(more))})).measure
        for more in ([], ["members"], ["youth"], ["ngos"], ["members", "youth"])
    } | {verdicts_of(probe.judge()).measure}

    assert bool(found) == (len(tried) > 1)
    assert not (settled and found and len(tried) == 1)


@pytest.mark.parametrize("seed", range(2))
def test_no_answer_to_what_is_left_out_changes_a_verdict(book: Rulebook, seed: int) -> None:
    rng = Random(seed)
    facts = random_facts(rng, list(V.facts), 0.6)
    for name in ("sanction.kind", "sanction.prison_months", "sanction.prison_days"):
        facts.pop(name, None)
    probe = Probe(book, setting_of(book, "FR", None, ["echr", "iccpr"]), facts)
    unknown = unknown_facts(probe)
    found, moving = can_change(probe, unknown)
    assert moving == bool(found)
    idle = [n for n in unknown if n not in found]
    for _ in range(8):
        before: dict[str, Value | None] = {n: random_value(V[n], rng) for n in rng.sample(unknown, len(unknown) // 3)}
        for name in rng.sample(idle, min(3, len(idle))):
            less = {n: v for n, v in before.items() if n != name}
            less = {n: SetValue(v.members) if isinstance(v, SetValue) else v for n, v in less.items()}
            value = random_value(V[name], rng)
            if isinstance(value, SetValue):
                had = facts.get(name)
                value = SetValue(value.members | (had.members if isinstance(had, SetValue) else frozenset()))
            if any(isinstance(v, SetValue) and isinstance(facts.get(n), SetValue) for n, v in less.items()):
                continue
            if probe.possible({**less, name: value}) and probe.possible(less):
                assert not differ(verdicts_of(probe.judge(less)), verdicts_of(probe.judge({**less, name: value})))


def test_stable_when_nothing_can_change(book: Rulebook) -> None:
    small = rulebook_from_content(content([rule("no-law", "law.basis == none", effect="violation")]))
    facts: dict[str, Value] = {"type": "assembly-ban", "law.basis": "none", "restricts": SetValue(frozenset())}
    asked = ask(Probe(small, a_setting(small), facts))

    assert asked.verdict == "incompatible"
    assert asked.stable
    assert not asked.questions


def test_questions_that_change_the_measure_come_first(book: Rulebook) -> None:
    probe = Probe(book, setting_of(book, "KZ", None, ["iccpr"]), {"type": "assembly-ban", "assembly.blanket": True})
    asked = ask(probe)
    firsts = [q.measure for q in asked.questions]

    assert firsts == sorted(firsts, reverse=True)
    assert all(q.reasons for q in asked.questions)
