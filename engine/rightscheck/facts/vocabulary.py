"""The fact vocabulary: what can be said about one measure (facts.yaml, its only source in the project)."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rightscheck.facts.text import Node, parse_file

Kind = Literal["bool", "int", "enum", "ordered", "set"]
Role = Literal["design", "application", "conduct", "context"]
Protects = Literal["first", "last", "true", "false", "low", "high", "few"]

IDENTITY = "identity"
MAX_INT = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact.

    `values` maps each value to its text, in order, and `codes` to its rank from 0; both are empty for bool and int.
    `protects` says which value protects rights more, None where there is no such direction.
    """

    name: str
    group: str
    kind: Kind
    asks: str
    role: Role
    protects: Protects | None
    unit: str
    values: dict[str, str]
    codes: dict[str, int]

    @property
    def top(self) -> int:
        """The largest code: 1 for a bool, the last rank of an enum, the bound of an int."""
        if self.kind == "bool":
            return 1
        return MAX_INT if self.kind == "int" else len(self.values) - 1

    def say(self, value: object) -> str:
        """Return a value in the words people are asked with."""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, int):
            return f"{value} {self.unit}".strip()
        return self.values.get(str(value), str(value))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All facts by dotted name, in the order of facts.yaml."""

    facts: dict[str, Fact]
    groups: dict[str, tuple[str, ...]]

    def __getitem__(self, name: str) -> Fact:
        return self.facts[name]

    def __contains__(self, name: object) -> bool:
        return name in self.facts


def _fact(group: str, key: str, node: Node) -> Fact:
    data = node.plain()
    protects = data.get("protects")
    values = {str(k): str(v) for k, v in data.get("values", {}).items()}
    if isinstance(protects, bool):
        protects = "true" if protects else "false"
    return Fact(
        name=key if group == IDENTITY else f"{group}.{key}",
        group=group,
        kind=data["type"],
        asks=data["asks"],
        role=data["role"],
        protects=protects,
        unit=data.get("unit", ""),
        values=values,
        codes={value: code for code, value in enumerate(values)},
    )


@functools.cache
def vocabulary() -> Vocabulary:
    """Return the vocabulary; read once a process."""
    root = parse_file(Path(__file__).with_name("facts.yaml"))
    assert isinstance(root.value, dict)
    facts: dict[str, Fact] = {}
    groups: dict[str, tuple[str, ...]] = {}
    for group, members in root.value.items():
        assert isinstance(members.value, dict)
        made = [_fact(group, key, node) for key, node in members.value.items()]
        facts.update((fact.name, fact) for fact in made)
        groups[group] = tuple(fact.name for fact in made)
    return Vocabulary(facts, groups)
