"""From text to tree: a small LALR grammar, then a type check against the vocabulary."""

from __future__ import annotations

import functools
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from rightscheck.facts.vocabulary import Fact, vocabulary
from rightscheck.language.tree import And, Not, Op, Or, Ref, Test, Tree, conjunction, disjunction
from rightscheck.problems import nearest

MAX_LENGTH = 4_000
MAX_NESTING = 60
_TRUTHS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class ExpressionFault(Exception):
    """What is wrong with an expression; `column` counts from 1 in its text."""

    message: str
    column: int
    name: str = ""
    nearest: str = ""

    def __str__(self) -> str:
        hint = f"; did you mean `{self.nearest}`?" if self.nearest else ""
        return f"{self.message} (character {self.column}){hint}"


@functools.cache
def _lark() -> Any:
    import lark

    return lark.Lark(
        Path(__file__).with_name("grammar.lark").read_text("utf-8"), parser="lalr", maybe_placeholders=False
    )


def parse(text: str, factors: Collection[str]) -> Tree:
    """Return the typed tree of an expression.

    Args:
        text: the expression.
        factors: the ids of the factors that may be named.

    Raises:
        ExpressionFault: it does not parse, or a name, value or comparison is wrong.
    """
    import lark

    if len(text) > MAX_LENGTH:
        raise ExpressionFault(f"longer than {MAX_LENGTH:,} characters", 1)
    depth = 0
    for index, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if depth > MAX_NESTING:
            raise ExpressionFault(f"nested deeper than {MAX_NESTING} levels", index + 1)
    try:
        raw = _lark().parse(text)
    except lark.exceptions.UnexpectedInput as error:
        ended = isinstance(error, lark.exceptions.UnexpectedToken) and error.token.type == "$END"
        position = error.pos_in_stream
        column = position if isinstance(position, int) and position >= 0 and not ended else len(text)
        rest = text[column:].split()
        what = f"`{rest[0][:40]}` cannot stand here" if rest else "it ends too early"
        raise ExpressionFault(f"{what}", column + 1) from None
    try:
        return _Typer(factors).tree(raw.children[0])
    except RecursionError:
        raise ExpressionFault("nested too deeply", 1) from None


class _Typer:
    """Builds the typed tree and refuses wrong names, values and comparisons."""

    def __init__(self, factors: Collection[str]) -> None:
        self.factors = factors

    def tree(self, node: Any) -> Tree:
        if node.data == "disjunction":
            return disjunction([self.tree(c) for c in node.children])
        if node.data == "conjunction":
            return conjunction([self.tree(c) for c in node.children])
        if node.data == "negation":
            return Not(self.tree(node.children[0]))
        word, *rest = node.children
        if node.data == "bare":
            return self.bare(word)
        fact = self.fact(word)
        return cast("Tree", getattr(self, node.data)(fact, word, rest))

    @staticmethod
    def fault(token: Any, message: str, hint: str = "") -> ExpressionFault:
        return ExpressionFault(message, (token.start_pos or 0) + 1, str(token), hint)

    def fact(self, word: Any) -> Fact:
        name = str(word)
        if name not in vocabulary():
            if name in self.factors:
                raise self.fault(word, f"`{name}` is a factor; it is not compared with anything")
            raise self.fault(word, f"no fact `{name}`", nearest(name, vocabulary().facts))
        return vocabulary()[name]

    def bare(self, word: Any) -> Tree:
        name = str(word)
        if name in vocabulary():
            fact = vocabulary()[name]
            if fact.kind != "bool":
                raise self.fault(word, f"`{name}` is not true or false; compare it with a value")
            return Test(name, "true")
        if name in self.factors:
            return Ref(name)
        known = [*self.factors, *vocabulary().facts] if "." not in name else list(vocabulary().facts)
        raise self.fault(word, f"no factor or fact `{name}`", nearest(name, known))

    def operand(self, fact: Fact, node: Any) -> str | int | bool:
        token = node.children[0]
        text = str(token)
        if fact.kind == "int":
            if token.type != "INT":
                raise self.fault(token, f"`{fact.name}` takes a whole number")
            if int(text) > fact.top:
                raise self.fault(token, f"`{fact.name}` takes a number up to {fact.top:,}")
            return int(text)
        if fact.kind == "bool":
            if text not in _TRUTHS:
                raise self.fault(token, f"`{fact.name}` takes true or false")
            return _TRUTHS[text]
        if text not in fact.values:
            raise self.fault(token, f"`{fact.name}` has no value `{text}`", nearest(text, fact.values))
        return text

    def operands(self, fact: Fact, node: Any) -> tuple[str | int | bool, ...]:
        found: list[str | int | bool] = []
        for item in node.children:
            value = self.operand(fact, item)
            if value in found:
                raise self.fault(item.children[0], f"`{value}` stands twice")
            found.append(value)
        return tuple(found)

    def need(self, fact: Fact, word: Any, *kinds: str) -> None:
        if fact.kind not in kinds:
            raise self.fault(
                word, f"`{fact.name}` is {_A[fact.kind]}; this comparison is for {' or '.join(kinds)} facts"
            )

    def compare(self, fact: Fact, word: Any, rest: list[Any]) -> Tree:
        op, value = str(rest[0]), self.operand_of_scalar(fact, word, rest[1])
        if op in ("==", "!="):
            test: Tree = Test(fact.name, "==", (value,))
            if fact.kind == "bool":
                test = Test(fact.name, "true") if value is True else Not(Test(fact.name, "true"))
            if op == "!=":
                return test.arg if isinstance(test, Not) else Not(test)
            return test
        self.need(fact, word, "int")
        number = int(value)
        if (op in ("<", ">=") and number == 0) or (op in ("<=", ">") and number == fact.top):
            raise self.fault(word, "this is always true or always false")
        return Test(fact.name, cast("Op", op), (number,))

    def operand_of_scalar(self, fact: Fact, word: Any, node: Any) -> str | int | bool:
        if fact.kind == "set":
            raise self.fault(word, f"`{fact.name}` is a set; use has, has any, all in or is empty")
        return self.operand(fact, node)

    def one_of(self, fact: Fact, word: Any, rest: list[Any]) -> Tree:
        self.need(fact, word, "enum", "ordered", "int")
        values = self.operands(fact, rest[0])
        if fact.values and len(values) == len(fact.values):
            raise self.fault(word, "this is always true")
        return Test(fact.name, "==", values) if len(values) == 1 else Test(fact.name, "in", values)

    def none_of(self, fact: Fact, word: Any, rest: list[Any]) -> Tree:
        return Not(self.one_of(fact, word, rest))

    def from_value(self, fact: Fact, word: Any, rest: list[Any]) -> Tree:
        self.need(fact, word, "ordered")
        value = self.operand(fact, rest[0])
        if fact.codes[str(value)] == 0:
            raise self.fault(word, "this is always true; the first value includes all")
        return Test(fact.name, "from", (value,))

    def upto_value(self, fact: Fact, word: Any, rest: list[Any]) -> Tree:
        self.need(fact, word, "ordered")
        value = self.operand(fact, rest[0])
        if fact.codes[str(value)] == fact.top:
            raise self.fault(word, "this is always true; the last value includes all")
        return Test(fact.name, "upto", (value,))

    def has_value(self, fact: Fact, word: Any, rest: list[Any]) -> Tree:
        self.need(fact, word, "set")
        return Test(fact.name, "has", (self.operand(fact, rest[0]),))

    def has_any(self, fact: Fact, word: Any, rest: list[Any]) -> Tree:
        self.need(fact, word, "set")
        return Test(fact.name, "any", self.operands(fact, rest[0]))

    def all_in(self, fact: Fact, word: Any, rest: list[Any]) -> Tree:
        self.need(fact, word, "set")
        values = self.operands(fact, rest[0])
        if len(values) == len(fact.values):
            raise self.fault(word, "this is always true")
        return Test(fact.name, "all", values)

    def is_empty(self, fact: Fact, word: Any, rest: list[Any]) -> Tree:
        self.need(fact, word, "set")
        return Test(fact.name, "empty")


_A = {"bool": "true or false", "int": "a number", "enum": "an enum", "ordered": "ordered", "set": "a set"}

__all__ = ["And", "ExpressionFault", "Or", "parse"]
