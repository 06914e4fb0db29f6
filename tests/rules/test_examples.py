"""Every example of every rule holds; each rule has one that fires, one that stays silent and one that stays open."""

from __future__ import annotations

from collections import defaultdict

import pytest

from rightscheck.audit.examples import ExampleFault, test_rule
from rightscheck.audit.findings import Subject
from rightscheck.resources import bundled
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.load import load_rulebook
from rightscheck.rulebook.model import Rule

RULES = bundled("rules")
NO_RULES = {"law", "factors", "not-modelled", "locale"}
FILES = sorted(
    p.relative_to(RULES).as_posix() for p in RULES.glob("*/**/*.yaml") if p.relative_to(RULES).parts[0] not in NO_RULES
)


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_rulebook()


@pytest.fixture(scope="module")
def by_file(book: Rulebook) -> dict[str, list[Rule]]:
    subject = Subject(book, RULES)
    found: dict[str, list[Rule]] = defaultdict(list)
    for rule in subject.book.content.rules:
        found[subject.place("rules", rule.id).file].append(rule)
    return found


@pytest.mark.parametrize("file", FILES)
def test_the_examples_of_a_file_hold(book: Rulebook, by_file: dict[str, list[Rule]], file: str) -> None:
    faults: list[ExampleFault] = [f for rule in by_file.get(file, []) for f in test_rule(book, rule)]

    assert [f"{f.rule}: {f.message}" for f in faults] == []


def test_no_rule_stands_elsewhere(book: Rulebook, by_file: dict[str, list[Rule]]) -> None:
    assert set(by_file) <= set(FILES)
    assert sum(map(len, by_file.values())) == len(book.rules)
