"""Which conditions the examples of a rule show to matter."""

from __future__ import annotations

from typing import Any

import pytest

from rightscheck.audit.coverage import coverage_of
from rightscheck.rulebook.load import rulebook_from_content
from tests.books import content, rule

BAN = "assembly.blanket"
LAW = "law.published"
AIM = "aim.stated is empty"


def shown(when: str, *examples: dict[str, Any], unless: str | None = None) -> dict[str, bool]:
    """Return, for each condition, whether it is shown to matter; those of `unless` begin with a bang."""
    made = [{"facts": facts, "expect": "fired"} for facts in examples]
    factors = [{"id": "a-factor", "title": "T", "when": f"{BAN} and {LAW}"}]
    more = {"unless": unless} if unless else {}
    book = rulebook_from_content(content([rule("a", when, examples=made, **more)], factors))
    marks = {"when": "", "unless": "!"}
    return {marks[c.part] + c.text: c.shown for c in coverage_of(book, book.rules["a"])}


def test_a_near_miss_shows_the_one_condition_it_changes() -> None:
    both = {BAN: True, LAW: True}

    assert shown(f"{BAN} and {LAW}", both, {**both, LAW: False}) == {BAN: False, LAW: True}
    assert shown(f"{BAN} and {LAW}", both, {BAN: False, LAW: False}) == {BAN: False, LAW: False}
    assert shown(f"{BAN} and {LAW}", both, {**both, LAW: False}, {**both, BAN: False}) == {BAN: True, LAW: True}


def test_an_unknown_is_no_near_miss() -> None:
    assert shown(f"{BAN} and {LAW}", {BAN: True, LAW: True}, {BAN: True}) == {BAN: False, LAW: False}


def test_each_side_of_an_or_needs_to_hold_alone() -> None:
    neither = {BAN: False, LAW: False}

    assert shown(f"{BAN} or {LAW}", {BAN: True, LAW: True}, neither) == {BAN: False, LAW: False}
    assert shown(f"{BAN} or {LAW}", {BAN: True, LAW: False}, neither) == {BAN: True, LAW: False}


def test_a_difference_that_other_conditions_mask_does_not_count_against_a_pair() -> None:
    when = f"{BAN} and ({LAW} or {AIM})"
    one = {BAN: True, LAW: True, "aim.stated": ["public-safety"]}
    two = {BAN: False, LAW: True, "aim.stated": []}

    assert shown(when, one, two) == {BAN: True, LAW: False, AIM: False}


def test_negated_conditions_and_factors_count_at_the_rules_own_level() -> None:
    fires = {BAN: True, LAW: True, "reach.total": False}
    found = shown("a-factor and not reach.total", fires, {**fires, "reach.total": True}, {**fires, LAW: False})

    assert found == {"a-factor": True, "reach.total": True}


@pytest.mark.parametrize(("second", "expected"), [({BAN: True, LAW: False}, True), ({BAN: False, LAW: False}, False)])
def test_an_exception_is_shown_only_while_the_condition_may_hold(second: dict[str, Any], expected: bool) -> None:
    assert shown(BAN, {BAN: True, LAW: True}, second, unless=LAW)[f"!{LAW}"] is expected
