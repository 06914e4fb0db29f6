"""The rule expression: round trip, types, refusal, and that it cannot run code."""

from __future__ import annotations

import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rightscheck.language.parse import ExpressionFault, parse
from rightscheck.language.tree import Tree, from_data, to_data
from rightscheck.readings.network import complement, network, ranges_of
from tests.strategies import SOME, V, trees
from tests.strategies import tests as conditions

FACTORS = ["factor-a", "peaceful"]


@settings(max_examples=400, suppress_health_check=list(HealthCheck), deadline=None)
@given(trees(SOME, FACTORS))
def test_the_text_of_a_tree_parses_back_to_it(tree: Tree) -> None:
    assert parse(str(tree), FACTORS) == tree
    assert from_data(to_data(tree)) == tree


@given(trees(SOME, FACTORS))
def test_double_negation_and_sign_agree(tree: Tree) -> None:
    from rightscheck.language.tree import Not

    assert network(Not(tree)) == network(tree, False)
    assert network(Not(Not(tree))) == network(tree)


@given(conditions(SOME))
def test_a_condition_is_neither_always_true_nor_always_false(test: object) -> None:
    fact = V[test.fact]  # type: ignore[attr-defined]
    if fact.kind != "set":
        ranges = ranges_of(test, fact)  # type: ignore[arg-type]
        assert ranges
        assert complement(ranges, fact.top)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("assembly.blanket == false", "not assembly.blanket"),
        ("stage==applied", "stage == applied"),
        ("(peaceful) and (factor-a and assembly.blanket)", "peaceful and factor-a and assembly.blanket"),
        ("law.basis in [none]", "law.basis == none"),
        ("not (peaceful or factor-a)", "not (peaceful or factor-a)"),
        ("type not in [detention, use-of-force]", "type not in [detention, use-of-force]"),
    ],
)
def test_canonical_form(text: str, canonical: str) -> None:
    assert str(parse(text, FACTORS)) == canonical


@pytest.mark.parametrize(
    ("text", "message", "nearest"),
    [
        ("asembly.blanket", "no factor or fact `asembly.blanket`", "assembly.blanket"),
        ("law.precision from vag", "`law.precision` has no value `vag`", "vague"),
        ("factor-b", "no factor or fact `factor-b`", "factor-a"),
        ("restricts == assembly", "`restricts` is a set; use has, has any, all in or is empty", ""),
        ("law.basis has statute", "`law.basis` is ordered; this comparison is for set facts", ""),
        ("law.basis from constitution", "this is always true; the first value includes all", ""),
        ("law.basis upto none", "this is always true; the last value includes all", ""),
        ("reach.days >= 0", "this is always true or always false", ""),
        ("type from detention", "`type` is an enum; this comparison is for ordered facts", ""),
        ("law.precision", "`law.precision` is not true or false; compare it with a value", ""),
        ("reach.days > few", "`reach.days` takes a whole number", ""),
        ("restricts has any [assembly, assembly]", "`assembly` stands twice", ""),
        ("peaceful == true", "`peaceful` is a factor; it is not compared with anything", ""),
        ("peaceful and", "it ends too early", ""),
        ("peaceful is known", "`known` cannot stand here", ""),
        ("matches(law.basis, 'x')", "`(law.basis,` cannot stand here", ""),
        ("", "it ends too early", ""),
    ],
)
def test_what_is_wrong_is_said_with_the_nearest_name(text: str, message: str, nearest: str) -> None:
    with pytest.raises(ExpressionFault) as caught:
        parse(text, FACTORS)

    assert caught.value.message == message
    assert caught.value.nearest == nearest


HOSTILE = [
    "__import__('os').system('x')",
    "().__class__",
    "eval(1)",
    "{{7*7}}",
    "${x}",
    "a; b",
    "lambda: 1",
    "x" * 5000,
    "(" * 500,
    "not " * 1300,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_expression_runs_code(text: str) -> None:
    seen: list[str] = []
    parse("peaceful", FACTORS)
    active = [True]

    def hook(event: str, _: object) -> None:
        if active[0] and event in ("exec", "compile", "os.system", "subprocess.Popen", "socket.connect"):
            seen.append(event)

    sys.addaudithook(hook)
    with pytest.raises(ExpressionFault):
        parse(text, FACTORS)
    active[0] = False

    assert seen == []


@given(st.text(max_size=40))
def test_any_text_parses_or_is_refused(text: str) -> None:
    try:
        parse(text, FACTORS)
    except ExpressionFault as fault:
        assert fault.column >= 1
