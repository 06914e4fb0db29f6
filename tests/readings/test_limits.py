"""Rulebooks at and beyond what the rules engine holds at once: right answers or an error of ours, never a hang."""

from __future__ import annotations

from random import Random

import pytest

from rightscheck.assessment.assess import Judged, Reader, full_state, judge, setting_of
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.language.parse import parse
from rightscheck.language.tree import Tree
from rightscheck.problems import EngineFault
from rightscheck.readings.durable import Durable, Reading
from rightscheck.readings.kleene import Kleene, Situation
from rightscheck.rulebook.load import load_rulebook, rulebook_from_content
from tests.books import content, rule
from tests.strategies import random_facts

ALL = frozenset(vocabulary().groups)


def both(when: dict[str, Tree], facts: dict[str, object], unless: dict[str, Tree] | None = None) -> Reading:
    situation = Situation(facts, ALL)  # type: ignore[arg-type]
    engine = Durable({}, when, unless or {})
    try:
        reading = engine.read(situation)
    finally:
        engine.close()
    kleene = Kleene({}, situation)
    expected = {n: full_state(kleene, t, (unless or {}).get(n)) for n, t in when.items()}
    assert expected == reading.states
    return reading


def test_six_hundred_rules_that_all_fire_fire_in_declared_order() -> None:
    texts = ["assembly.blanket", "law.precision from vague", "reach.days > 3", "type == assembly-ban"]
    when = {f"rule-{n:03}": parse(texts[n % 4], ()) for n in range(600)}
    reading = both(when, {"type": "assembly-ban", "assembly.blanket": True, "law.precision": "vague", "reach.days": 9})

    assert reading.order == tuple(when)


def test_three_hundred_rules_with_one_condition_and_an_exception() -> None:
    when = {f"rule-{n}": parse("assembly.blanket and reach.total", ()) for n in range(300)}
    unless = {f"rule-{n}": parse("law.published", ()) for n in range(0, 300, 3)}
    reading = both(when, {"type": "assembly-ban", "assembly.blanket": True, "reach.total": True}, unless)

    assert list(reading.states.values()).count("rebuttable") == 100


def test_hundreds_of_different_thresholds_on_one_number() -> None:
    when = {f"rule-{n}": parse(f"reach.days >= {n + 1}", ()) for n in range(700)}
    reading = both(when, {"type": "assembly-ban", "reach.days": 350})

    assert len(reading.order) == 350


def test_a_rule_that_reads_every_fact() -> None:
    parts = []
    for fact in vocabulary().facts.values():
        value = next(iter(fact.values), "")
        parts.append(
            {"bool": fact.name, "int": f"{fact.name} > 1", "set": f"{fact.name} has {value}"}.get(
                fact.kind, f"{fact.name} == {value}"
            )
        )
    halves = [parts[i : i + 40] for i in range(0, len(parts), 40)]
    when = {f"all-{n}": parse(" and ".join(h), ()) for n, h in enumerate(halves)} | {
        "any": parse(" or ".join(parts[:100]), ())
    }
    for share in (0.0, 0.5, 1.0):
        both(when, random_facts(Random(1), list(vocabulary().facts), share))  # type: ignore[arg-type]


def test_one_condition_of_too_many_tests_is_an_error_of_ours() -> None:
    wide = " and ".join(f"reach.days != {n}" for n in range(1, 90))
    try:
        both({"wide": parse(wide, ())}, {"type": "detention", "reach.days": 200})
    except EngineFault as fault:
        assert "split it with factors" in str(fault)


def test_long_text_in_a_case_never_reaches_the_engine() -> None:
    reader = Reader(rulebook_from_content(content([rule("a", "assembly.blanket")])))
    long = "x" * 70_000
    facts = {"type": "assembly-ban", "assembly.blanket": True}
    one: Judged = judge(reader, facts, setting_of(reader.book, "NO", None, ["iccpr"]))  # type: ignore[arg-type]

    assert one.states == {"a": "fired"}
    with pytest.raises(KeyError):
        reader.durable.read(Situation({"type": long}, ALL))  # type: ignore[union-attr]


def test_cases_do_not_touch_each_other() -> None:
    reader = Reader(load_rulebook())
    setting = setting_of(reader.book, "FR", None, ["echr", "iccpr"])
    rng = Random(5)
    names = list(vocabulary().facts)
    measures = [random_facts(rng, names, share) for share in (0.1, 0.3, 0.6) for _ in range(5)]
    alone = [judge(reader, m, setting) for m in measures]
    order = rng.sample(range(len(measures)), len(measures))
    mixed = {i: judge(reader, measures[i], setting) for i in order}

    for i, one in enumerate(alone):
        assert (one.states, one.order, one.verdict) == (mixed[i].states, mixed[i].order, mixed[i].verdict)


def test_a_difference_between_the_readings_concludes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader(rulebook_from_content(content([rule("a", "assembly.blanket")])))
    monkeypatch.setattr(reader.durable, "read", lambda *_: Reading({"a": "live"}, ()))
    with pytest.raises(EngineFault, match=r"the two readings differ.*a \(fired by the reference, live by the engine\)"):
        judge(
            reader, {"type": "assembly-ban", "assembly.blanket": True}, setting_of(reader.book, "NO", None, ["iccpr"])
        )
