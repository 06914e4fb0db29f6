"""Fact values: a measure is a partial assignment from dotted fact names to values; absent is unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rightscheck.facts.vocabulary import IDENTITY, MAX_INT, Fact, vocabulary
from rightscheck.problems import nearest

OPEN = "?"


@dataclass(frozen=True, slots=True)
class SetValue:
    """The value of a set fact; `open` means at least these members, the rest unknown."""

    members: frozenset[str]
    open: bool = False

    def listed(self, fact: Fact) -> list[str]:
        """Return the members in the vocabulary's order, `?` last where the set is open."""
        return [v for v in fact.values if v in self.members] + ([OPEN] if self.open else [])


Value = bool | int | str | SetValue
Facts = Mapping[str, Value]


def read_value(fact: Fact, raw: Any) -> tuple[Value | None, str, str]:
    """Read one raw value of a fact.

    Returns:
        (value or None where unknown, what is wrong or "", nearest right name or "").
    """
    if raw is None:
        return None, "", ""
    if fact.kind == "bool":
        return (raw, "", "") if isinstance(raw, bool) else (None, f"takes true or false, not {raw!r}", "")
    if fact.kind == "int":
        if isinstance(raw, bool) or not isinstance(raw, int):
            return None, f"takes a whole number of {fact.unit}, not {raw!r}", ""
        if not 0 <= raw <= MAX_INT:
            return None, f"takes a whole number from 0 to {MAX_INT:,}", ""
        return raw, "", ""
    if fact.kind == "set":
        if not isinstance(raw, list):
            return None, f"takes a list, not {raw!r}", ""
        for item in raw:
            if item != OPEN and (not isinstance(item, str) or item not in fact.values):
                return None, f"has no value {item!r}", nearest(str(item), fact.values)
        return SetValue(frozenset(raw) - {OPEN}, OPEN in raw), "", ""
    if not isinstance(raw, str) or raw not in fact.values:
        return None, f"has no value {raw!r}", nearest(str(raw), fact.values)
    return raw, "", ""


def plain_value(name: str, value: Value) -> Any:
    """Return a value as JSON data (a set as a list in the vocabulary's order)."""
    return value.listed(vocabulary()[name]) if isinstance(value, SetValue) else value


def plain_facts(facts: Facts) -> dict[str, Any]:
    """Return facts as JSON data in the vocabulary's order."""
    return {name: plain_value(name, facts[name]) for name in vocabulary().facts if name in facts}


def say(name: str, value: Value) -> str:
    """Return a value in the vocabulary's words."""
    fact = vocabulary()[name]
    if isinstance(value, SetValue):
        words = [fact.say(v) for v in fact.values if v in value.members]
        words += ["and perhaps others"] if value.open else []
        return ("; " if any("," in w for w in words) else ", ").join(words) if words else "none"
    return fact.say(value)


def groups_given(facts: Iterable[str]) -> frozenset[str]:
    """Return the groups in which any of these facts stands."""
    return frozenset(vocabulary()[name].group for name in facts)


def group_of(name: str) -> str:
    """Return the group of a fact; `identity` for those at a measure's top."""
    return name.partition(".")[0] if "." in name else IDENTITY
