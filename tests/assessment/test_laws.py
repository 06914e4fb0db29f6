"""The laws the method states, on random rulebooks and on the bundled one."""

from __future__ import annotations

import datetime
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rightscheck.assessment.assess import Judged, Setting, judge, setting_of
from rightscheck.assessment.model import GRAVITY
from rightscheck.assessment.situation import groups_in_play, open_facts
from rightscheck.assessment.verdict import FIRED, HARMS
from rightscheck.facts.values import SetValue, Value, group_of
from rightscheck.facts.vocabulary import IDENTITY, vocabulary
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.load import load_rulebook, rulebook_from_content
from tests.books import ReferenceReader, content, random_book, rule
from tests.strategies import SOME, RandomRules, random_facts, random_value, rule_sets

V = vocabulary()
SETTING = Setting("KZ", None, (("iccpr", "binding"), ("echr", "benchmark")))
BOTH = Setting("KZ", None, (("iccpr", "binding"), ("echr", "binding")))
SPECIAL = Setting("KZ", None, (("iccpr", "signed"), ("echr", "benchmark"), ("crc", "binding")))
MANY = settings(
    max_examples=80, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


@pytest.fixture(scope="module")
def bundled() -> ReferenceReader:
    return ReferenceReader(load_rulebook())


def verdicts(judged: Judged) -> dict[str, str]:
    return {r.right: r.verdict for r in judged.rights}


def within(verdict: str, bounds: tuple[str, str]) -> bool:
    return verdict == "undetermined" or GRAVITY[bounds[0]] <= GRAVITY[verdict] <= GRAVITY[bounds[1]]


def answers_to(name: str, value: Value | None, rng: Random) -> Value:
    """A value that a person may give for a fact not fully known."""
    new = random_value(V[name], rng)
    if isinstance(value, SetValue) and isinstance(new, SetValue):
        return SetValue(value.members | new.members, False)
    return new


def a_setting(rng: Random) -> Setting:
    return rng.choice([SETTING, BOTH, SPECIAL])


def check_one_answer(
    reader: ReferenceReader, facts: dict[str, Value], rng: Random, setting: Setting, tries: int
) -> None:
    before = judge(reader, facts, setting)
    unknown = [*open_facts(before.situation), *sorted(before.situation.presumed)]
    firm = {s.rule.id for r in before.rights for s in r.states if s.firm}
    for name in rng.sample(unknown, min(tries, len(unknown))):
        after = judge(reader, {**facts, name: answers_to(name, facts.get(name), rng)}, setting)
        assert within(after.verdict, before.could_be), (name, before.verdict, before.could_be, after.verdict)
        found = {r.right: r for r in before.rights}
        for right in after.rights:
            assert right.right in found, "a right that was not engaged became engaged by a fact in play"
            assert within(right.verdict, found[right.right].could_be), (name, right.right)
        for rule_id, state in before.states.items():
            if state == "fired" and rule_id in firm:
                assert after.states[rule_id] == "fired", (name, rule_id)
            if state == "rebuttable" and rule_id in firm:
                assert after.states[rule_id] in ("fired", "rebuttable", "excused"), (name, rule_id)


@MANY
@given(rule_sets(), st.integers(0, 2**32))
def test_one_answer_stays_within_could_be_and_silences_no_firm_rule(rules: RandomRules, seed: int) -> None:
    rng = Random(seed)
    reader = ReferenceReader(random_book(rules, rng))
    for _ in range(6):
        facts = random_facts(rng, SOME, rng.choice([0.2, 0.6, 0.9]))
        check_one_answer(reader, facts, rng, a_setting(rng), 6)


@pytest.mark.parametrize("seed", range(25))
def test_one_answer_stays_within_could_be_in_the_bundled_rulebook(bundled: ReferenceReader, seed: int) -> None:
    rng = Random(seed)
    facts = random_facts(rng, list(V.facts), rng.choice([0.05, 0.2, 0.5, 0.9]))
    named = rng.choice([["echr", "iccpr"], ["iccpr", "crc", "icerd", "refugee"], None])
    check_one_answer(bundled, facts, rng, setting_of(bundled.book, "FR", None, named), 6)


def check_low(reader: ReferenceReader, facts: dict[str, Value], setting: Setting) -> None:
    judged = judge(reader, facts, setting)
    for right in judged.rights:
        if right.verdict == "low":
            assert right.engaged
            assert right.asked
            assert not right.unanswered
            states = [s for s in right.states if set(right.deciding) & set(s.rule.law)]
            for state in states:
                if state.rule.effect in HARMS:
                    assert state.state != "live"
                if state.rule.effect == "violation":
                    assert state.state not in FIRED
        assert within(right.verdict, right.could_be)
    assert within(judged.verdict, judged.could_be)


@MANY
@given(rule_sets(), st.integers(0, 2**32))
def test_low_means_examined_and_the_verdict_lies_within_its_own_bounds(rules: RandomRules, seed: int) -> None:
    rng = Random(seed)
    reader = ReferenceReader(random_book(rules, rng))
    for _ in range(10):
        check_low(reader, random_facts(rng, SOME, rng.choice([0.5, 0.9, 1.0])), a_setting(rng))


@pytest.mark.parametrize("type_", list(V["type"].values))
def test_nothing_but_the_type_is_undetermined(bundled: ReferenceReader, type_: str) -> None:
    for standards in (["iccpr"], ["echr"], ["osce", "iccpr"], None):
        judged = judge(bundled, {"type": type_}, setting_of(bundled.book, "FR", None, standards))

        assert judged.verdict == "undetermined"


@MANY
@given(rule_sets(), st.integers(0, 2**32))
def test_order_of_rules_and_facts_changes_nothing(rules: RandomRules, seed: int) -> None:
    rng = Random(seed)
    book = random_book(rules, rng)
    data = book.content.model_dump(exclude_none=True)
    rng.shuffle(data["rules"])
    rng.shuffle(data["factors"])
    other = rulebook_from_content(data)
    for _ in range(4):
        facts = random_facts(rng, SOME, 0.6)
        mixed = dict(rng.sample(sorted(facts.items(), key=lambda i: i[0]), len(facts)))
        one, two = judge(ReferenceReader(book), facts, BOTH), judge(ReferenceReader(other), mixed, BOTH)

        assert one.states == two.states
        assert verdicts(one) == verdicts(two)
        assert (one.verdict, one.could_be) == (two.verdict, two.could_be)


def without(book: Rulebook, gone: set[str]) -> Rulebook:
    data = book.content.model_dump(exclude_none=True)
    data["rules"] = [r for r in data["rules"] if r["id"] not in gone]
    for r in data["rules"]:
        r["answers"] = [a for a in r.get("answers", []) if not isinstance(a, str) or a not in gone]
        if r["effect"] == "mitigates" and not r["answers"]:
            r["answers"] = [{"right": "liberty", "stage": "derogation"}]
    return rulebook_from_content(data)


@MANY
@given(rule_sets(), st.integers(0, 2**32))
def test_a_rule_for_a_right_that_is_not_engaged_changes_nothing(rules: RandomRules, seed: int) -> None:
    rng = Random(seed)
    book = random_book(rules, rng)
    facts = random_facts(rng, SOME, 0.6)
    full = judge(ReferenceReader(book), facts, BOTH)
    engaged = {r.right for r in full.rights}
    other = judge(
        ReferenceReader(without(book, {r.id for r in book.content.rules if not engaged & set(r.rights)})), facts, BOTH
    )

    assert verdicts(full) == verdicts(other)
    assert (full.verdict, full.could_be) == (other.verdict, other.could_be)


@MANY
@given(rule_sets(), st.integers(0, 2**32))
def test_a_mitigation_never_lowers_a_violation_and_lowers_a_strong_rule_one_step(rules: RandomRules, seed: int) -> None:
    rng = Random(seed)
    book = random_book(rules, rng)
    mitigations = {r.id for r in book.content.rules if r.effect == "mitigates"}
    facts = random_facts(rng, SOME, 0.9)
    full = judge(ReferenceReader(book), facts, BOTH)
    bare = {r.right: r.verdict for r in judge(ReferenceReader(without(book, mitigations)), facts, BOTH).rights}
    for right in full.rights:
        if bare[right.right] == "incompatible":
            assert right.verdict == "incompatible"
        if bare[right.right] == "high":
            assert right.verdict in ("high", "moderate", "undetermined")


@pytest.mark.parametrize("seed", range(20))
def test_unlisted_groups_are_out_of_play_until_a_fact_is_given(bundled: ReferenceReader, seed: int) -> None:
    rng = Random(seed)
    facts = random_facts(rng, list(V.facts), 0.05)
    called = bundled.book.calls_for(str(facts["type"]))
    in_play = groups_in_play(bundled.book, facts)

    assert in_play == called | {group_of(n) for n in facts} | {IDENTITY}


def test_a_grave_rule_on_a_possibly_engaged_right_leaves_the_measure_undetermined() -> None:
    rules = [rule("no-law", "law.basis == none", effect="violation")]
    reader = ReferenceReader(rulebook_from_content(content(rules)))
    known: dict[str, Value] = {"type": "religious-ban", "law.basis": "none"}
    religion = judge(reader, {**known, "law.precision": "precise"}, BOTH)
    surely = judge(reader, {**known, "restricts": SetValue(frozenset({"assembly"}))}, BOTH)

    assert verdicts(religion) == {"assembly": "undetermined", "religion": "low"}
    assert religion.verdict == "undetermined"
    assert religion.could_be == ("low", "incompatible")
    assert surely.verdict == "incompatible"


def test_a_standard_for_some_people_adds_to_the_others_and_never_takes_their_place() -> None:
    rules = [
        rule("no-law", "law.basis == none", effect="violation", law={"iccpr": ["a-treaty-1"]}),
        rule("for-children", "assembly.blanket", law={"crc": ["a-treaty-1"]}),
    ]
    data = content(rules)
    data["standards"]["standards"]["crc"]["protects"] = "target.who has children"
    data["standards"]["articles"]["assembly"]["crc"] = {"article": "art 15"}
    reader = ReferenceReader(rulebook_from_content(data))
    facts: dict[str, Value] = {"type": "assembly-ban", "law.basis": "none", "law.precision": "precise"}
    blanket: dict[str, Value] = {"type": "assembly-ban", "law.basis": "statute", "assembly.blanket": True}
    children = {"target.who": SetValue(frozenset({"children"}))}

    assert judge(reader, facts, SPECIAL).verdict == "incompatible"
    assert judge(reader, {**facts, **children}, SPECIAL).verdict == "incompatible"
    assert judge(reader, {**blanket, "target.who": SetValue(frozenset(), True)}, SPECIAL).could_be == ("low", "high")
    assert judge(reader, {**blanket, **children}, SPECIAL).verdict == "high"
    assert judge(reader, {**blanket, **children}, BOTH).verdict == "low"


@pytest.mark.parametrize("seed", range(12))
def test_to_learn_that_children_are_affected_makes_no_verdict_milder(bundled: ReferenceReader, seed: int) -> None:
    rng = Random(seed)
    facts = random_facts(rng, list(V.facts), rng.choice([0.1, 0.3, 0.6]))
    who = facts.get("target.who", SetValue(frozenset()))
    assert isinstance(who, SetValue)
    facts["target.who"] = SetValue(who.members - {"children", "refugees", "ethnic-minority"})
    facts["sanction.on_child"] = False
    setting = setting_of(bundled.book, "KZ", datetime.date(2005, 4, 11))
    before = judge(bundled, facts, setting)
    after = judge(bundled, {**facts, "sanction.on_child": True}, setting)
    if "undetermined" not in (before.verdict, after.verdict):
        assert GRAVITY[after.verdict] >= GRAVITY[before.verdict]
    graver = {r.right: r for r in before.rights if r.engaged and r.verdict in ("high", "incompatible")}
    for right in after.rights:
        if right.right in graver:
            assert GRAVITY[right.verdict] >= GRAVITY[graver[right.right].verdict]
