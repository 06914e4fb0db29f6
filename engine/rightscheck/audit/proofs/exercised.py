"""What no case and no example of a rule exercises: rules, factors, facts and values; by counting, without a solver."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from rightscheck.assessment.situation import situate
from rightscheck.audit.examples import facts_from
from rightscheck.audit.firings import case_files
from rightscheck.facts.case import measures_of
from rightscheck.facts.read import read_case
from rightscheck.facts.values import Facts, SetValue, Value
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.readings.cells import cells_of
from rightscheck.readings.kleene import FALSE, TRUE, Kleene
from rightscheck.rulebook.book import Rulebook


def exercised(book: Rulebook, cases: Path | None) -> dict[str, list[str]]:
    """Return what is not exercised, by kind.

    A rule is where it fires once, a factor where it is true once and false once, a fact where it is given once, a
    value where it is given once (of a number, any value of a range that the rulebook tells apart).

    Raises:
        InputError: a case file cannot be read.
    """
    fired: set[str] = set()
    seen: dict[str, set[int]] = {name: set() for name in book.factors}
    values: set[tuple[str, str]] = set()
    for facts in _measures(book, cases):
        kleene = Kleene(book.trees.factors, situate(book, facts)[0])
        for rule in book.content.rules:
            if rule.id not in fired:
                state = kleene.state(book.trees.when[rule.id], book.trees.unless.get(rule.id))
                fired |= {rule.id} if state in ("fired", "rebuttable") else set()
        for name, truths in seen.items():
            if len(truths & {TRUE, FALSE}) < 2:
                truths.add(kleene.value(book.trees.factors[name]))
        values |= {(name, word) for name, value in facts.items() for word in _words(book, name, value)}
    every = [(name, word) for name in vocabulary().facts for word in _all_words(book, name)]
    given = {name for name, _ in values}
    return {
        "rules": [name for name in book.rules if name not in fired],
        "factors": [name for name, truths in seen.items() if not truths >= {TRUE, FALSE}],
        "facts": [name for name in vocabulary().facts if name not in given],
        "values": [f"{name} {word}" for name, word in every if name in given and (name, word) not in values],
    }


def _measures(book: Rulebook, cases: Path | None) -> Iterator[Facts]:
    for rule in book.content.rules:
        for example in rule.examples:
            yield facts_from(example.facts)
    for path in case_files(cases) if cases is not None and cases.is_dir() else []:
        if path.name != "expected.yaml":
            for measure in measures_of(read_case(path).case):
                yield measure.facts()


def _words(book: Rulebook, name: str, value: Value) -> Iterable[str]:
    fact = vocabulary()[name]
    if isinstance(value, SetValue):
        return value.members or ("none",)
    if fact.kind == "int":
        return (_span(book, name, cells_of(book).cell_of(name, value)),)
    return (fact.say(value) if fact.kind == "bool" else str(value),)


def _all_words(book: Rulebook, name: str) -> Iterable[str]:
    fact = vocabulary()[name]
    if fact.kind == "bool":
        return ("yes", "no")
    if fact.kind == "int":
        return [_span(book, name, number) for number in range(len(cells_of(book).spans(name)))]
    return [*fact.values, "none"] if fact.kind == "set" else fact.values


def _span(book: Rulebook, name: str, number: int) -> str:
    low, high = cells_of(book).spans(name)[number]
    return str(low) if low == high else f"from {low}" if high is None else f"{low} to {high}"
