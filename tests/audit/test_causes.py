"""Causes of changed verdicts: equal to trying every set of edits, by either reading."""

from __future__ import annotations

from itertools import combinations
from random import Random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rightscheck.audit.bearing import Bearing
from rightscheck.audit.causes import Block, Search
from rightscheck.audit.switched import Switched, switchable
from rightscheck.audit.verdicts import TARGETS, Reference, VerdictKernel, direction, judged_codes
from rightscheck.problems import EngineFault
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.load import rulebook_from_content
from rightscheck.rulebook.mixing import Mixer
from tests.books import content, random_book, rule
from tests.edits import edited
from tests.measures import random_rows, row_of, table_of
from tests.strategies import SOME, RandomRules, rule_sets

SEEDS = st.integers(0, 2**32)
COUNTRIES = ["KZ", "FR", None]


def block_of(mixer: Mixer, batch: pa.RecordBatch) -> tuple[Bearing, Block]:
    """Every row of a batch, changed or not."""
    bearing = Bearing(mixer)
    old, new = (VerdictKernel(book, bearing.nodes).read(batch) for book in (mixer.old, mixer.new))
    numbers = np.arange(1, batch.num_rows + 1)
    return bearing, Block(batch, numbers, old.encoded, old.codes, new.codes, bearing.candidates(old, new))


def rows_of(rng: Random, count: int) -> pa.RecordBatch:
    rows = [row_of(n, *row) for n, row in enumerate(random_rows(rng, count, SOME, COUNTRIES))]
    return table_of(rows, ["case", "country", "date", "measure", "title", *SOME])


def by_hand(mixer: Mixer, block: Block, row: int, target: int) -> list[frozenset[int]]:
    """Try every set of edits, the smallest first."""
    groups = range(len(mixer.groups))
    for size in range(1, len(mixer.groups) + 1):
        found = [
            frozenset(edits)
            for edits in combinations(groups, size)
            if judged_codes(Reference(mixer.mixed(edits)), block.encoded, row)[target] == block.new[target, row]
        ]
        if found:
            return found
    raise AssertionError("no set of edits explains the change")


@given(rule_sets(6), SEEDS, st.integers(1, 7), st.sampled_from([0, 10_000]))
@settings(deadline=None, max_examples=60)
def test_smallest_sets_are_those_found_by_trying_all(rules: RandomRules, seed: int, count: int, few: int) -> None:
    rng = Random(seed)
    old = random_book(rules, rng)
    mixer = Mixer(old, edited(old, rng, count))
    bearing, block = block_of(mixer, rows_of(rng, 12))
    found = Search(mixer, bearing.touches, few=few, most=10**6).explain(block)
    assert found.smallest.all()
    changes = set(zip(found.rows.tolist(), found.targets.tolist(), strict=True))
    assert changes == {(r, t) for t, r in np.argwhere(block.old != block.new).tolist()}
    for job in rng.sample(range(len(found.sets)), min(6, len(found.sets))):
        expected = by_hand(mixer, block, int(found.rows[job]), int(found.targets[job]))
        assert sorted(map(sorted, found.sets[job])) == sorted(map(sorted, expected))


@given(rule_sets(6), SEEDS, st.integers(3, 9))
@settings(deadline=None, max_examples=40)
def test_sets_found_by_taking_out_cannot_be_made_smaller(rules: RandomRules, seed: int, count: int) -> None:
    rng = Random(seed)
    old = random_book(rules, rng)
    mixer = Mixer(old, edited(old, rng, count))
    bearing, block = block_of(mixer, rows_of(rng, 12))
    found = Search(mixer, bearing.touches, most=0).explain(block)
    assert not found.smallest.any()
    for row, target, sets in zip(found.rows, found.targets, found.sets, strict=True):
        (edits,) = sets
        for tried in (edits, *(edits - {g} for g in edits)):
            code = judged_codes(Reference(mixer.mixed(tried)), block.encoded, int(row))[target]
            assert bool(code == block.new[target, row]) is (tried == edits)


@given(rule_sets(8), SEEDS, st.integers(1, 6))
@settings(deadline=None, max_examples=40)
def test_edits_left_out_do_nothing_in_any_mixture(rules: RandomRules, seed: int, count: int) -> None:
    rng = Random(seed)
    old = random_book(rules, rng)
    mixer = Mixer(old, edited(old, rng, count))
    bearing, block = block_of(mixer, rows_of(rng, 6))
    groups = range(len(mixer.groups))
    for _ in range(4):
        some = {g for g in groups if rng.random() < 0.5}
        for row in range(block.batch.num_rows):
            codes = judged_codes(Reference(mixer.mixed(some)), block.encoded, row)
            for group in groups:
                other = judged_codes(Reference(mixer.mixed(some ^ {group})), block.encoded, row)
                may = bearing.touches[group] & block.candidates[group, row]
                assert np.array_equal(codes[~may], other[~may]), mixer.names(group)


@given(rule_sets(6), SEEDS)
@settings(deadline=None, max_examples=30)
def test_columns_and_the_reference_agree_on_verdicts(rules: RandomRules, seed: int) -> None:
    rng = Random(seed)
    book = random_book(rules, rng)
    found = VerdictKernel(book).read(rows_of(rng, 12))
    for row in range(12):
        assert np.array_equal(found.codes[:, row], judged_codes(Reference(book), found.encoded, row))


@given(rule_sets(8), SEEDS, st.integers(1, 8))
@settings(deadline=None, max_examples=60)
def test_switched_edits_judge_as_the_mixture(rules: RandomRules, seed: int, count: int) -> None:
    rng = Random(seed)
    old = random_book(rules, rng)
    mixer = Mixer(old, edited(old, rng, count))
    batch = rows_of(rng, 8)
    found = VerdictKernel(old).read(batch)
    switched = switchable(mixer)
    applied = [g for g in range(len(mixer.groups)) if g not in switched and rng.random() < 0.5]
    kernel = Switched(mixer, applied)
    pairs = np.array([rng.randrange(8) for _ in range(10)])
    chosen = np.array(
        [[g in applied or (g in switched and rng.random() < 0.5) for _ in pairs] for g in range(len(mixer.groups))]
    )
    chosen = chosen.reshape(len(mixer.groups), len(pairs)).astype(np.bool_)
    codes = kernel.codes(batch, pairs, chosen)
    for pair, row in enumerate(pairs.tolist()):
        mixed = mixer.mixed(np.flatnonzero(chosen[:, pair]).tolist())
        assert np.array_equal(codes[:, pair], judged_codes(Reference(mixed), found.encoded, row))


def two(first: str, second: str) -> Rulebook:
    rules = [rule("vague", "law.precision from vague"), rule("blanket", "assembly.blanket")]
    for item, effect in zip(rules, (first, second), strict=True):
        item["effect"] = effect
    return rulebook_from_content(content(rules))


def test_edits_that_are_needed_together_stand_together_and_either_of_two_alone() -> None:
    facts = {"type": "assembly-ban", "law.precision": "vague", "assembly.blanket": True}
    batch = table_of([row_of(1, facts, "KZ", "2010")])  # type: ignore[arg-type]
    for old, new, expected in (
        (two("strong", "strong"), two("weak", "weak"), [["blanket", "vague"]]),
        (two("weak", "weak"), two("strong", "strong"), [["blanket"], ["vague"]]),
    ):
        mixer = Mixer(old, new)
        bearing, block = block_of(mixer, batch)
        found = Search(mixer, bearing.touches).explain(block)
        assert {TARGETS[t] for t in found.targets.tolist()} >= {(), ("assembly",), ("assembly", "iccpr")}
        for sets in found.sets:
            assert sorted(sorted(n for g in s for n in mixer.names(g)) for s in sets) == expected


def test_a_change_that_no_edit_explains_is_a_fault() -> None:
    mixer = Mixer(two("strong", "strong"), two("strong", "weak"))
    facts = {"type": "assembly-ban", "law.precision": "vague", "assembly.blanket": False}
    bearing, block = block_of(mixer, table_of([row_of(1, facts, "KZ", "2010")]))  # type: ignore[arg-type]
    block.new[0, 0] = 0
    with pytest.raises(EngineFault, match="no edit explains the verdict on the measure"):
        Search(mixer, bearing.touches).explain(block)


def test_direction_never_calls_the_loss_of_a_grave_verdict_a_step_up() -> None:
    assert direction("high", "undetermined") == "milder" and direction("undetermined", "high") == "graver"
    assert direction("moderate", "undetermined") == "graver" and direction("undetermined", "low") == "milder"
    assert direction("high", None) == "milder" and direction(None, "high") == "graver"
    assert direction("low", None) == "gone" and direction(None, "low") == "new"
