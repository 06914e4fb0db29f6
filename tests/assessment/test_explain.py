"""Every line of an explanation comes to what it says when it is evaluated again."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rightscheck.assessment.assess import assess_measure, judge, setting_of
from rightscheck.assessment.conditions import WORDS, Conditions, Line
from rightscheck.assessment.cores import OnlyThese, smallest
from rightscheck.assessment.explain import ABSOLUTE, Explainer
from rightscheck.assessment.probe import Probe, ReferenceReader, setting_again, verdicts_of
from rightscheck.assessment.sensitivity import flips, sensitivity
from rightscheck.assessment.words import wanted
from rightscheck.facts.case import CaseBase, MeasureBase, measures_of
from rightscheck.facts.read import case_from_data, read_case
from rightscheck.facts.values import Value, plain_facts, read_value
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.language.parse import parse
from rightscheck.language.tree import Not, Test, leaves
from rightscheck.readings.cells import all_trees, alternatives
from rightscheck.readings.kleene import FALSE, TRUE, Kleene, test_value
from rightscheck.resources import bundled
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.load import load_rulebook
from tests.books import random_book
from tests.strategies import SOME, RandomRules, random_facts, random_situation, random_value, rule_sets

V = vocabulary()
SEEDS = sorted((bundled("cases") / "seeds").glob("kz-*.yaml"))
CHANCE = Random(7)  # supposed answers are many: each tenth is judged again
FEW = settings(max_examples=15, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_rulebook()


def nested(facts: dict[str, Value]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in plain_facts(facts).items():
        group, _, key = name.rpartition(".")
        (found.setdefault(group, {}) if group else found)[key] = value
    return found


def a_case(facts: dict[str, Value], **more: Any) -> CaseBase:
    measure = {"id": "m", "title": "A measure", **nested(facts), **more}
    data = {"case": "c", "title": "A case", "country": "FR", "date": "2015-01-01", "measures": [measure]}
    return case_from_data(data).case


def explainer(book: Rulebook, case: CaseBase, measure: MeasureBase) -> Explainer:
    reader = ReferenceReader(book)
    result = assess_measure(reader, case, measure)
    judged = judge(reader, measure.facts(), setting_again(book, result))
    return Explainer(book, case, measure, result, judged)


def walk(line: Line) -> Iterator[Line]:
    yield line
    for child in line.children:
        yield from walk(child)


def check_lines(told: Explainer, root: Line, right: str = "", supposed: bool = True) -> int:
    """Evaluate every line again; `right` is the one under which a line stands."""
    book, kleene = told.book, told.kleene
    factors = list(book.trees.factors)
    count = 1
    rights = {r.right: r for r in told.judged.rights}
    if root.expression:
        assert WORDS[Kleene(book.trees.factors, kleene.situation).value(parse(root.expression, factors))] == root.value
    if root.kind == "verdict":
        assert root.value == judge(ReferenceReader(book), told.measure.facts(), told.probe.setting).verdict
    elif root.kind == "right":
        right = root.name
        assert root.value == rights[right].verdict
    elif root.kind == "stage":
        assert rights[right].stages()[root.name] == root.value
    elif root.kind == "question" and root.value in ("answered", "unanswered"):
        question = next(q for q in book.content.method.core if q.id == root.name)
        assert (root.value == "answered") == any(n in told.measure.facts() for n in question.facts)
    elif root.kind in ("rule", "open"):
        assert told.judged.states[root.name] == root.value
    elif root.kind == "law":
        assert book.propositions[root.name].proposition in root.text
    elif root.kind == "if" and supposed and CHANCE.random() < 0.1:
        value = None if root.given == "unknown" else read_value(V[root.name], root.given)[0]
        judged = told.probe.judge({root.name: value})
        found = judged.verdict if right == "*" else {r.right: r.verdict for r in judged.rights}.get(right)
        assert root.value == (found or "not engaged")
    elif root.kind == "evidence":
        assert root.name in {s.id for s in told.case.sources or []}
    elif root.kind in ("missing", "given"):
        assert (root.name in told.measure.facts()) == (root.kind == "given") or told.measure.facts()[root.name]
    for child in root.children:
        count += check_lines(told, child, right, supposed)
    return count


@pytest.mark.parametrize("path", SEEDS[::2], ids=lambda p: p.stem)
def test_every_line_on_the_seed_cases_holds(book: Rulebook, path: Any) -> None:
    case = read_case(path).case
    for number, measure in enumerate(measures_of(case)):
        told = explainer(book, case, measure)
        assert check_lines(told, told.tree(), supposed=number == 0) > 3


@pytest.mark.parametrize("seed", range(6))
def test_every_line_on_random_measures_holds(book: Rulebook, seed: int) -> None:
    rng = Random(seed)
    facts = random_facts(rng, list(V.facts), rng.choice([0.05, 0.3, 0.8]))
    facts.pop("sanction.prison_months", None)
    facts.pop("sanction.prison_days", None)
    case = a_case(facts)
    told = explainer(book, case, measures_of(case)[0])
    check_lines(told, told.tree(), supposed=False)
    for rule_id in rng.sample(list(book.rules), 40):
        check_lines(told, told.rule(rule_id))


@FEW
@given(rule_sets(), st.integers(0, 2**32))
def test_a_core_alone_gives_the_value_and_no_part_of_it_does(rules: RandomRules, seed: int) -> None:
    rng = Random(seed)
    for _ in range(3):
        kleene = Kleene(rules.factors, random_situation(rules, rng))
        for tree in rules.when.values():
            value = kleene.value(tree)
            for wish in (FALSE, TRUE):
                core = smallest(kleene, tree, wish)
                assert (core is None) == (value != wish)
                if core is None:
                    continue
                assert OnlyThese(rules.factors, kleene.situation, core).value(tree) == wish
                fewer = [frozenset(c) for n in range(len(core)) for c in combinations(core, n)]
                assert all(OnlyThese(rules.factors, kleene.situation, c).value(tree) != wish for c in fewer)


@FEW
@given(rule_sets(), st.integers(0, 2**32))
def test_a_core_has_the_fewest_conditions(rules: RandomRules, seed: int) -> None:
    kleene = Kleene(rules.factors, random_situation(rules, Random(seed)))
    for tree in rules.when.values():
        core = smallest(kleene, tree, FALSE)
        if core is None or len(core) > 3:
            continue
        every: set[Any] = set()
        _conditions(kleene, tree, True, every)
        for chosen in combinations(sorted(every, key=str), len(core) - 1):
            only = OnlyThese(rules.factors, kleene.situation, frozenset())
            only.keys = set(chosen)
            assert only.value(tree) != FALSE


def _conditions(kleene: Kleene, tree: Any, positive: bool, found: set[Any]) -> None:
    if isinstance(tree, Test):
        playing = kleene.situation.plays(tree.fact)
        found.add((str(tree), positive) if playing else (V[tree.fact].group, False))
    elif isinstance(tree, Not):
        _conditions(kleene, tree.arg, not positive, found)
    elif hasattr(tree, "factor"):
        _conditions(kleene, kleene.factors[tree.factor], positive, found)
    else:
        for arg in tree.args:
            _conditions(kleene, arg, positive, found)


def test_absolute_rights_come_first(book: Rulebook) -> None:
    rng = Random(3)
    for _ in range(5):
        case = a_case({"type": "detention", **random_facts(rng, ["treatment.ill_treatment", "reach.total"], 1.0)})
        told = explainer(book, case, measures_of(case)[0])
        engaged = [e.right for e in told.ordered() if e.engaged and not any(f.absolute for f in told.result.fired)]
        places = [engaged.index(r) for r in ABSOLUTE if r in engaged]
        assert places == list(range(len(places)))


def test_the_words_of_a_condition_name_its_values() -> None:
    assert wanted(Test("law.basis", "from", ("decree",))) == (
        "an executive decree, an internal or unpublished instruction or nothing"
    )
    assert wanted(Test("sanction.prison_months", ">=", (12,)), False) == "fewer than 12 months"
    assert wanted(Test("law.published", "true"), False) == "no"


def test_values_of_a_cell_are_alike_to_every_condition(book: Rulebook) -> None:
    tests = {leaf for tree in all_trees(book) for leaf in leaves(tree) if isinstance(leaf, Test)}
    rng = Random(1)
    for name, fact in V.facts.items():
        if fact.kind == "set":
            continue
        mine = [t for t in tests if t.fact == name]
        given = random_value(fact, rng)
        others = alternatives(book, name, given)
        seen = {tuple(test_value(t, fact, v) for t in mine) for v in [given, *others]}
        assert len(seen) == len(others) + 1, "two cells look alike"
        for value in [*(bool(c) for c in range(2))] if fact.kind == "bool" else list(fact.values):
            assert tuple(test_value(t, fact, value) for t in mine) in seen


@pytest.mark.parametrize("seed", range(10))
def test_sensitivity_lists_what_flips_and_nothing_else(book: Rulebook, seed: int) -> None:
    rng = Random(seed)
    case = a_case({**random_facts(rng, SOME, 0.4), "sanction.prison_months": 0})
    told = explainer(book, case, measures_of(case)[0])
    check_lines(told, sensitivity(told.probe, told.judged, told.measure), "*")
    listed = {f.fact for f in flips(told.probe, told.judged)}
    for name in told.measure.facts():
        if name in listed or name == "type":
            continue
        other = random_value(V[name], rng)
        if V[name].kind != "set" and told.probe.possible({name: other}):
            assert told.probe.judge({name: other}).verdict == told.judged.verdict


def test_contested_facts_stand_first_and_are_marked(book: Rulebook) -> None:
    facts: dict[str, Value] = {"type": "assembly-ban", "assembly.blanket": True, "target.conduct": "ordinary"}
    claims = [{"by": "government", "facts": {"assembly.blanket": False}}]
    case = a_case(facts, claims=claims)
    told = explainer(book, case, measures_of(case)[0])
    line = sensitivity(told.probe, told.judged, told.measure)
    marked = [child.name for child in line.children if child.value == "contested"]
    assert marked == ["assembly.blanket"] == [line.children[0].name]
    assert "Contested by: government." in line.children[0].text


@FEW
@given(rule_sets(), st.integers(0, 2**32))
def test_lines_of_random_rules_hold(rules: RandomRules, seed: int) -> None:
    rng = Random(seed)
    book = random_book(rules, rng)
    facts = random_facts(rng, SOME, 0.6)
    for name in ("sanction.prison_months", "sanction.kind"):
        facts.pop(name, None)
    case = a_case(facts)
    told = explainer(book, case, measures_of(case)[0])
    check_lines(told, told.tree())
    lines = Conditions(book, case, told.measure, told.kleene)
    for rule in book.content.rules:
        check_lines(told, lines.rule(rule, told.judged.states[rule.id], []))


def test_a_probe_never_judges_contradictory_facts() -> None:
    book = load_rulebook()
    facts: dict[str, Value] = {"type": "speech-offence", "sanction.kind": "prison", "sanction.prison_months": 12}
    case = a_case(facts)
    told = explainer(book, case, measures_of(case)[0])
    probe = Probe(book, told.probe.setting, facts)
    assert not probe.possible({"sanction.kind": "fine"})
    assert all(f.fact != "sanction.kind" or probe.possible({f.fact: f.value}) for f in flips(probe, told.judged))


@pytest.mark.parametrize("seed", range(8))
def test_a_probe_comes_to_what_a_full_reading_does(book: Rulebook, seed: int) -> None:
    rng = Random(seed)
    facts = random_facts(rng, list(V.facts), rng.choice([0.05, 0.2, 0.6]))
    setting = setting_of(book, "FR", None, ["echr", "iccpr", "crc"])
    probe = Probe(book, setting, facts)
    for _ in range(8):
        changes = {n: rng.choice([None, random_value(V[n], rng)]) for n in rng.sample(list(V.facts)[1:], 2)}
        assert probe.verdicts(changes) == verdicts_of(probe.judge(changes)), changes


@FEW
@given(rule_sets(), st.integers(0, 2**32))
def test_a_probe_of_random_rules_comes_to_what_a_full_reading_does(rules: RandomRules, seed: int) -> None:
    rng = Random(seed)
    book = random_book(rules, rng)
    probe = Probe(book, setting_of(book, "KZ", None, ["echr", "iccpr"]), random_facts(rng, SOME, 0.6))
    for _ in range(6):
        changes = {n: rng.choice([None, random_value(V[n], rng)]) for n in rng.sample(SOME[1:], 2)}
        assert probe.verdicts(changes) == verdicts_of(probe.judge(changes)), changes
