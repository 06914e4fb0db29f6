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
from rightscheck.assessment.fold import folded
from rightscheck.assessment.probe import Probe, ReferenceReader, setting_again, verdicts_of
from rightscheck.assessment.sensitivity import flips, sensitivity
from rightscheck.assessment.words import answer, wanted
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
from rightscheck.rulebook.load import load_rulebook, rulebook_from_content
from tests.books import content, random_book, rule
from tests.strategies import SOME, RandomRules, random_facts, random_situation, random_value, rule_sets

V = vocabulary()
SEEDS = sorted((bundled("cases") / "seeds").glob("kz-*.yaml"))
# Lines that head others, and those whose whole content is their expression, checked for every line that has one.
TOLD = {
    "all",
    "any",
    "decides",
    "elsewhere",
    "engaged",
    "engagement",
    "factor",
    "if",
    "places",
    "question",
    "rest",
    "sensitive",
    "sensitivity",
    "undecided",
    "unknown",
}
CHANCE = Random(7)  # supposed answers are many: each tenth is judged again, in the campaign every one
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


def check_lines(told: Explainer, root: Line, right: str = "", supposed: float = 0.1) -> int:
    """Evaluate every line again; `right` is the one under which a line stands, `supposed` the share of suppositions."""
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
    elif root.kind == "if" and CHANCE.random() < supposed:
        value = None if root.given == "unknown" else read_value(V[root.name], root.given)[0]
        judged = told.probe.judge({root.name: value})
        found = judged.verdict if right == "*" else {r.right: r.verdict for r in judged.rights}.get(right)
        assert root.value == (found or "not engaged")
    elif root.kind == "evidence":
        assert root.name in {s.id for s in told.case.sources or []}
    elif root.kind in ("missing", "given"):
        assert (root.name in told.measure.facts()) == (root.kind == "given") or told.measure.facts()[root.name]
    else:
        check_rest(told, root, right)
    for child in root.children:
        count += check_lines(told, child, right, supposed)
    return count


def check_rest(told: Explainer, line: Line, right: str) -> None:
    """Evaluate the lines that state counts, bounds, answers and groups."""
    book, judged, situation = told.book, told.judged, told.kleene.situation
    if line.kind == "bounds":
        assert line.value == " to ".join(judged.could_be)
        assert ("Nothing still unknown can change it" in line.text) == (set(judged.could_be) == {judged.verdict})
    elif line.kind in ("standards", "unweighed"):
        weighed = {name for r in judged.rights for name, _ in r.covered}
        for name, status in told.probe.setting.standards:
            assert (f"({name}, {status})" in line.text) == ((name in weighed) == (line.kind == "standards"))
    elif line.kind == "quiet":
        stages = next(r for r in judged.rights if r.right == right).stages()
        assert all(stages[s] == "passed" for s in stages if s in line.text.partition(":")[2])
    elif line.kind == "rest" and line.text[:1].isdigit():
        states = [s.state for r in judged.rights if r.right == right for s in r.states]
        silent, dormant = sum(s in ("silent", "excused") for s in states), states.count("dormant")
        assert line.text.startswith(f"{silent} other rules") and f"; {dormant} could not" in line.text
    elif line.kind == "settle":
        reading = next(r for r in judged.rights if r.right == line.name)
        assert f"could then be {reading.could_be[0]} to {reading.could_be[1]}" in line.text
        assert {q.question in str(line.data()) for q in reading.unanswered} == {True}
    elif line.kind == "core":
        tree = book.trees.when[line.name] if line.value == "not met" else book.trees.unless[line.name]
        wish = FALSE if line.value == "not met" else TRUE
        core = smallest(told.kleene, tree, wish)
        assert core is not None
        assert len(core) == len(line.children)
        only = [OnlyThese(book.trees.factors, situation, c).value(tree) for c in (core, *(core - {x} for x in core))]
        assert only[0] == wish
        assert wish not in only[1:]
    elif line.kind == "group":
        assert line.value == "not met"
        assert line.name not in situation.in_play
    elif line.kind == "presumption":
        assert line.name in situation.presumed
    elif line.kind == "idle":
        assert all(not r.engaged for r in judged.rights if r.right in {child.name for child in line.children})
    elif line.kind == "answer":
        assert judged.states[line.name] in ("fired", "rebuttable")
    elif line.kind == "place":
        assert line.url and line.url in line.text
    elif line.kind == "fact":
        value = situation.facts.get(line.name) if situation.plays(line.name) else None
        assert value is None or answer(line.name, value)[1:] in line.text
    elif line.kind in ("cure", "limits"):
        assert line.text.partition(": ")[2]
    else:
        assert line.kind in TOLD, line.kind


@pytest.mark.parametrize("path", SEEDS[::2], ids=lambda p: p.stem)
def test_every_line_on_the_seed_cases_holds(book: Rulebook, path: Any) -> None:
    case = read_case(path).case
    for number, measure in enumerate(measures_of(case)):
        told = explainer(book, case, measure)
        assert check_lines(told, told.tree(), supposed=0.1 * (number == 0)) > 3


@pytest.mark.parametrize("seed", range(6))
def test_every_line_on_random_measures_holds(book: Rulebook, seed: int) -> None:
    rng = Random(seed)
    facts = random_facts(rng, list(V.facts), rng.choice([0.05, 0.3, 0.8]))
    facts.pop("sanction.prison_months", None)
    facts.pop("sanction.prison_days", None)
    case = a_case(facts)
    told = explainer(book, case, measures_of(case)[0])
    check_lines(told, told.tree(), supposed=0.0)
    for rule_id in rng.sample(list(book.rules), 40):
        check_lines(told, told.rule(rule_id))


@pytest.mark.fuzz
@pytest.mark.parametrize("path", SEEDS, ids=lambda p: p.stem)
def test_every_line_and_supposition_on_the_seed_cases_holds(book: Rulebook, path: Any) -> None:
    case = read_case(path).case
    for measure in measures_of(case):
        told = explainer(book, case, measure)
        assert check_lines(told, told.tree(), supposed=1.0) > 3
        check_lines(told, sensitivity(told.probe, told.judged, told.measure), "*", 1.0)
        for rule_id in book.rules:
            check_lines(told, told.rule(rule_id))


@pytest.mark.fuzz
@pytest.mark.parametrize("block", range(10))
def test_every_line_and_supposition_on_random_measures_holds(book: Rulebook, block: int) -> None:
    for seed in range(10):
        rng = Random(1000 + 10 * block + seed)
        facts = random_facts(rng, list(V.facts), rng.choice([0.05, 0.3, 0.8]))
        facts.pop("sanction.prison_months", None)
        facts.pop("sanction.prison_days", None)
        case = a_case(facts)
        told = explainer(book, case, measures_of(case)[0])
        check_lines(told, told.tree(), supposed=1.0)
        for rule_id in book.rules:
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
        "“an executive decree”, “an internal or unpublished instruction” or “nothing”"
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
    for item in book.content.rules:
        check_lines(told, lines.rule(item, told.judged.states[item.id], [], ["iccpr"]))


def test_a_folded_tree_says_nothing_that_the_whole_does_not(book: Rulebook) -> None:
    for path in SEEDS[::5]:
        case = read_case(path).case
        for measure in measures_of(case)[:2]:
            told = explainer(book, case, measure)
            whole = told.tree()
            texts = {line.text for line in walk(whole)} | {line.short for line in walk(whole)}
            short = list(walk(folded(whole)))
            assert len(short) <= len(list(walk(whole)))
            assert all(line.text in texts or line.kind in ("above", "opens") for line in short)
            fired = {f.rule for f in told.result.fired}
            assert fired <= {line.name for line in short if line.kind == "rule" and line.children}
            evidence = {line.text for line in walk(whole) if line.kind == "evidence"}
            met = {
                child.text
                for line in walk(whole)
                if line.kind == "fact" and line.value == "met"
                for child in line.children
            }
            assert evidence & met == {line.text for line in short if line.kind == "evidence"} & met


def test_of_alternatives_the_one_that_decides_is_told() -> None:
    rules = [rule("either", "(law.basis == none or law.precision == vague) and law.published")]
    small = rulebook_from_content(content(rules))
    case = a_case({"type": "assembly-ban", "law.basis": "none", "law.published": True})
    told = explainer(small, case, measures_of(case)[0])
    (line,) = [line for line in walk(folded(told.rule("either"))) if line.kind == "all"]

    assert [child.name for child in line.children] == ["law.basis", "law.published"]


def test_a_right_that_is_not_touched_says_why_not(book: Rulebook) -> None:
    case = read_case(bundled("cases") / "seeds" / "kz-2016-website-shutdown.yaml").case
    told = explainer(book, case, measures_of(case)[0])
    tree = told.tree("assembly")
    check_lines(told, tree)
    (line,) = [line for line in walk(tree) if line.kind == "engaged"]

    assert line.value == "not met"
    assert line.children


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
