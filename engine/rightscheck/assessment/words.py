"""Conditions in words: the question a fact asks, the answer given, and what the condition asks for."""

from __future__ import annotations

from collections.abc import Sequence

from rightscheck.facts.values import Facts, Value, say
from rightscheck.facts.vocabulary import Fact, vocabulary
from rightscheck.language.tree import And, Not, Ref, Test, Tree
from rightscheck.rulebook.book import Rulebook

SHORT = 3


def either(words: Sequence[str], last: str = "or") -> str:
    """Join words as in `a, b or c`; quoted where one of them has a comma, an `or` or an `and` of its own."""
    words = list(words)
    if len(words) < 2:
        return "".join(words)
    if any(mark in w for w in words for mark in (", ", " or ", " and ")):
        words = [f"“{w}”" for w in words]
    return joined(words, last)


def joined(words: Sequence[str], last: str = "or") -> str:
    """Join words as in `a, b or c`, as they are."""
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)


def wanted(test: Test, positive: bool = True) -> str:
    """Return what a condition, or its negation, asks of its fact."""
    fact = vocabulary()[test.fact]
    if fact.kind == "bool":
        return "yes" if positive else "no"
    if fact.kind == "int":
        return _number(test, fact, positive)
    if fact.kind == "set":
        return _members(test, fact, positive)
    names = list(fact.values)
    if test.op in ("from", "upto"):
        at = fact.codes[str(test.values[0])]
        chosen = names[at:] if test.op == "from" else names[: at + 1]
    else:
        chosen = [v for v in names if v in test.values]
    if not positive:
        chosen = [v for v in names if v not in chosen]
    if len(chosen) <= SHORT:
        return either([fact.values[v] for v in chosen])
    rest = [v for v in names if v not in chosen]
    if len(rest) <= SHORT:
        return f"anything but {either([fact.values[v] for v in rest])}"
    if fact.kind == "ordered":
        return f"from “{fact.values[chosen[0]]}” to “{fact.values[chosen[-1]]}”"
    return either([fact.values[v] for v in chosen])


def _number(test: Test, fact: Fact, positive: bool) -> str:
    numbers = [int(v) for v in test.values]
    if test.op in ("==", "in"):
        listed = either([str(n) for n in numbers])
        return fact_unit(fact, listed if positive else f"anything but {listed}")
    op, bound = test.op, numbers[0]
    if not positive:
        op = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}[op]  # type: ignore[assignment]
    word = {"<": "fewer than", "<=": "at most", ">": "more than", ">=": "at least"}[op]
    return fact_unit(fact, f"{word} {bound}")


def fact_unit(fact: Fact, text: str) -> str:
    """Return a number in words with the fact's unit."""
    return f"{text} {fact.unit}".strip()


def _members(test: Test, fact: Fact, positive: bool) -> str:
    listed = either([fact.values[str(v)] for v in test.values])
    if test.op == "empty":
        return "none" if positive else "at least one"
    if test.op == "all":
        return f"nothing but {listed}" if positive else f"something other than {listed}"
    return listed if positive else f"not {listed}"


def answer(name: str, value: Value | None) -> str:
    """Return a fact's value as an answer."""
    return "not known" if value is None else say(name, value)


def asked(name: str) -> str:
    """Return a fact's question."""
    return vocabulary()[name].asks


def span(fact: Fact, low: int, high: int | None) -> str:
    """Return a range of numbers in words."""
    if high is None:
        return fact_unit(fact, f"{low}") + " or more" if low else "any number"
    return fact_unit(fact, f"{low}" if low == high else f"{low} to {high}")


def stated(name: str, value: Value | None) -> str:
    """Return a fact as question and answer."""
    return f"{asked(name)} {capital(answer(name, value))}."


def capital(text: str) -> str:
    """Return a text with a capital first letter."""
    return text[:1].upper() + text[1:]


def title_of(book: Rulebook, factor: str) -> str:
    """Return a factor's title; one derived from aims.yaml has none of its own."""
    if factor in book.factors:
        return book.factors[factor].title
    _, _, right = factor.partition("aim-outside-")
    return f"No stated aim can be brought under the article ({right})"


def condition_words(book: Rulebook, tree: Tree, facts: Facts | None = None, positive: bool = True) -> str:
    """Return a whole condition in one line of words; with facts, single conditions show the answers given."""
    if isinstance(tree, Test):
        text = f"{asked(tree.fact)} {capital(wanted(tree, positive))}"
        return text if facts is None else f"{text} (here: {answer(tree.fact, facts.get(tree.fact))})"
    if isinstance(tree, Ref):
        title = title_of(book, tree.factor)
        return title if positive else f"it is not so: {title[:1].lower() + title[1:]}"
    if isinstance(tree, Not):
        return condition_words(book, tree.arg, facts, not positive)
    every = isinstance(tree, And) is positive
    parts = [condition_words(book, arg, facts, positive) for arg in tree.args]
    return (" AND " if every else " OR ").join(f"({p})" if " AND " in p or " OR " in p else p for p in parts)
