"""The typed tree of a rule expression; `str()` of a tree parses back to the same tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

Op = Literal["true", "==", "in", "from", "upto", "<", "<=", ">", ">=", "has", "any", "all", "empty"]


@dataclass(frozen=True, slots=True)
class Test:
    """One condition on one fact; `values` are its operands (none for `true` and `empty`)."""

    fact: str
    op: Op
    values: tuple[str | int | bool, ...] = ()

    __test__ = False  # not a test case of pytest

    def __str__(self) -> str:
        listed = ", ".join(_word(v) for v in self.values)
        if self.op == "true":
            return self.fact
        if self.op == "empty":
            return f"{self.fact} is empty"
        if self.op == "any":
            return f"{self.fact} has any [{listed}]"
        if self.op == "all":
            return f"{self.fact} all in [{listed}]"
        if self.op == "in":
            return f"{self.fact} in [{listed}]"
        return f"{self.fact} {self.op} {listed}"


@dataclass(frozen=True, slots=True)
class Ref:
    """The factor of this id holds."""

    factor: str

    def __str__(self) -> str:
        return self.factor


@dataclass(frozen=True, slots=True)
class Not:
    """Negation."""

    arg: Tree

    def __str__(self) -> str:
        if isinstance(self.arg, Test) and self.arg.op == "==":
            return f"{self.arg.fact} != {_word(self.arg.values[0])}"
        if isinstance(self.arg, Test) and self.arg.op == "in":
            return f"{self.arg.fact} not in [{', '.join(_word(v) for v in self.arg.values)}]"
        return f"not ({self.arg})" if isinstance(self.arg, And | Or) else f"not {self.arg}"


@dataclass(frozen=True, slots=True)
class And:
    """Conjunction of two or more; no argument is itself a conjunction."""

    args: tuple[Tree, ...]

    def __str__(self) -> str:
        return " and ".join(f"({a})" if isinstance(a, Or) else str(a) for a in self.args)


@dataclass(frozen=True, slots=True)
class Or:
    """Disjunction of two or more; no argument is itself a disjunction."""

    args: tuple[Tree, ...]

    def __str__(self) -> str:
        return " or ".join(str(a) for a in self.args)


Tree = Test | Ref | Not | And | Or


def _word(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def conjunction(args: list[Tree]) -> Tree:
    """Return the flattened conjunction of one or more trees."""
    flat = [b for a in args for b in (a.args if isinstance(a, And) else (a,))]
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def disjunction(args: list[Tree]) -> Tree:
    """Return the flattened disjunction of one or more trees."""
    flat = [b for a in args for b in (a.args if isinstance(a, Or) else (a,))]
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def leaves(tree: Tree) -> Iterator[Test | Ref]:
    """Yield the tests and references of a tree from left to right."""
    if isinstance(tree, Test | Ref):
        yield tree
    elif isinstance(tree, Not):
        yield from leaves(tree.arg)
    else:
        for arg in tree.args:
            yield from leaves(arg)


def to_data(tree: Tree) -> list[Any]:
    """Return the tree as nested lists (JSON data)."""
    if isinstance(tree, Test):
        return [tree.op, tree.fact, list(tree.values)]
    if isinstance(tree, Ref):
        return ["ref", tree.factor]
    if isinstance(tree, Not):
        return ["not", to_data(tree.arg)]
    return ["and" if isinstance(tree, And) else "or", *(to_data(a) for a in tree.args)]


def from_data(data: list[Any]) -> Tree:
    """Return the tree of nested lists made by `to_data`."""
    head = data[0]
    if head == "ref":
        return Ref(data[1])
    if head == "not":
        return Not(from_data(data[1]))
    if head == "and":
        return And(tuple(from_data(a) for a in data[1:]))
    if head == "or":
        return Or(tuple(from_data(a) for a in data[1:]))
    return Test(data[1], head, tuple(data[2]))
