"""The rules engine against the reference reading, on random rulebooks and random measures."""

from __future__ import annotations

import itertools
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from rightscheck.assessment.assess import full_state
from rightscheck.readings.durable import Durable
from rightscheck.readings.kleene import Kleene
from tests.strategies import RandomRules, random_situation, rule_sets

MEASURES = 60
PAIRS = itertools.count()
QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


def compare(rules: RandomRules, seed: int, measures: int) -> None:
    rng = Random(seed)
    engine = Durable(rules.factors, rules.when, rules.unless, rules.always, rules.presumable)
    try:
        for _ in range(measures):
            situation = random_situation(rules, rng)
            next(PAIRS)
            kleene = Kleene(rules.factors, situation)
            expected = {name: full_state(kleene, when, rules.unless.get(name)) for name, when in rules.when.items()}
            reading = engine.read(situation)
            found = reading.states
            assert expected == found
            fired = [name for name, state in expected.items() if state in ("fired", "rebuttable")]
            assert sorted(reading.order) == sorted(fired)
    finally:
        engine.close()


def test_engine_equals_reference_on_twenty_thousand_pairs() -> None:
    before = next(PAIRS)

    @settings(
        max_examples=350,
        deadline=None,
        suppress_health_check=QUIET,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
    )
    @given(rule_sets(), st.integers(0, 2**32))
    def run(rules: RandomRules, seed: int) -> None:
        compare(rules, seed, MEASURES)

    run()

    assert next(PAIRS) - before >= 20_000


@pytest.mark.fuzz
@settings(max_examples=20_000, deadline=None, suppress_health_check=QUIET)
@given(rule_sets(most=40), st.integers(0, 2**32))
def test_engine_equals_reference_at_length(rules: RandomRules, seed: int) -> None:
    compare(rules, seed, 20)
