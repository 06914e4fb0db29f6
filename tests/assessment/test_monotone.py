"""A more protective feature never makes a determined verdict graver, on bundled cases with facts dropped and added."""

from __future__ import annotations

from random import Random

import pytest

from rightscheck.assessment.assess import judge, setting_of
from rightscheck.assessment.model import GRAVITY
from rightscheck.facts.case import measures_of
from rightscheck.facts.read import read_case
from rightscheck.facts.values import SetValue, Value
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.resources import bundled
from rightscheck.rulebook.load import load_rulebook
from tests.books import ReferenceReader
from tests.strategies import random_facts

V = vocabulary()
READER = ReferenceReader(load_rulebook())
POOL = [
    (case.standards or ["iccpr", "osce"], measure.facts())
    for path in sorted(bundled("cases").rglob("*.yaml"))
    if path.name != "expected.yaml" and "further" not in path.parts
    for case in [read_case(path).case]
    for measure in measures_of(case)
]


def more_protective(name: str, value: Value) -> list[Value]:
    """The values of a drafter's or an authority's fact that protect more; none where the fact has no direction."""
    fact = V[name]
    if fact.role not in ("design", "application") or fact.protects is None:
        return []
    if isinstance(value, SetValue):
        return [SetValue(value.members - {m}, value.open) for m in sorted(value.members)]
    if fact.kind == "bool":
        return [not value] if value is (fact.protects == "false") else []
    if isinstance(value, str):
        ranked = list(fact.values)
        rank = ranked.index(value)
        return list(ranked[:rank] if fact.protects == "first" else ranked[rank + 1 :])
    return [0, value // 2] if value else []


def a_measure(rng: Random) -> tuple[list[str], dict[str, Value]]:
    standards, facts = rng.choice(POOL)
    kept = {n: v for n, v in facts.items() if n == "type" or rng.random() > 0.15}
    if rng.random() < 0.4:
        kept = {**random_facts(rng, rng.sample(list(V.facts), 12), 0.7), **kept}
    return standards, kept


def check(seed: int, measures: int) -> int:
    rng = Random(seed)
    pairs = 0
    for _ in range(measures):
        standards, facts = a_measure(rng)
        setting = setting_of(READER.book, None, None, standards)
        before = {r.right: r.verdict for r in judge(READER, facts, setting).rights}
        for name in rng.sample(sorted(facts), min(4, len(facts))):
            for value in more_protective(name, facts[name])[:2]:
                pairs += 1
                for right in judge(READER, {**facts, name: value}, setting).rights:
                    was = before.get(right.right, "undetermined")
                    if "undetermined" not in (was, right.verdict):
                        assert GRAVITY[right.verdict] <= GRAVITY[was], (facts, name, value, right.right, right.why())
    return pairs


@pytest.mark.parametrize("seed", range(8))
def test_a_more_protective_feature_makes_no_verdict_graver(seed: int) -> None:
    assert check(seed, 12) > 5


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", range(100, 200))
def test_a_more_protective_feature_makes_no_verdict_graver_at_length(seed: int) -> None:
    assert check(seed, 300) > 100
