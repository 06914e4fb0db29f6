"""Running the examples that rules carry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rightscheck.assessment.situation import situate
from rightscheck.facts.values import Value, read_value
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.readings.kleene import Kleene
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.model import Rule

_MATCHES = {"open": ("live", "dormant")}


@dataclass(frozen=True, slots=True)
class ExampleFault:
    """An example that fails, or a kind of example a rule lacks."""

    rule: str
    message: str


def facts_from(raw: Mapping[str, Any]) -> dict[str, Value]:
    """Return raw facts by dotted name as values (checked when the rulebook was loaded)."""
    read = {name: read_value(vocabulary()[name], value)[0] for name, value in raw.items()}
    return {name: value for name, value in read.items() if value is not None}


def state_on(book: Rulebook, rule: Rule, raw: Mapping[str, Any]) -> str:
    """Return a rule's state on an example's facts."""
    situation, _ = situate(book, facts_from(raw))
    kleene = Kleene(book.trees.factors, situation)
    when = book.trees.when[rule.id]
    state = kleene.state(when, book.trees.unless.get(rule.id))
    if state == "open":
        return "live" if kleene.live(when) else "dormant"
    return state


def test_rule(book: Rulebook, rule: Rule) -> list[ExampleFault]:
    """Run a rule's examples; it needs one that fires, one that stays silent and one that stays open."""
    faults = []
    seen = set()
    for number, example in enumerate(rule.examples, 1):
        state = state_on(book, rule, example.facts)
        seen.add("open" if state in ("live", "dormant") else "fired" if state == "rebuttable" else state)
        if state not in _MATCHES.get(example.expect, (example.expect,)):
            faults.append(ExampleFault(rule.id, f"example {number}: expected {example.expect}, found {state}"))
    for wanted, text in (("fired", "fires"), ("silent", "stays silent"), ("open", "stays open")):
        if wanted not in seen:
            faults.append(ExampleFault(rule.id, f"has no example that {text}"))
    return faults


test_rule.__test__ = False  # type: ignore[attr-defined]  # not a test case of pytest


def test_rulebook(book: Rulebook) -> list[ExampleFault]:
    """Run the examples of every rule, in declared order."""
    return [fault for rule in book.content.rules for fault in test_rule(book, rule)]


test_rulebook.__test__ = False  # type: ignore[attr-defined]  # not a test case of pytest
