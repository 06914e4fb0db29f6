"""The rulebook for other engines: one generated Python function, and zen-engine; on fully known measures.

Neither holds three truth values, so both get measures in which every fact is known: a rule is then fired, excused or
silent. Factors are strata: a factor is evaluated once, before what refers to it.
"""

from __future__ import annotations

import random
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from benchmarks.lang import Lang
from rightscheck.assessment.situation import situate
from rightscheck.audit.kernel import Kernel
from rightscheck.audit.tables import UNIT
from rightscheck.facts.case import contradictions
from rightscheck.facts.values import SetValue, Value
from rightscheck.facts.vocabulary import Fact, vocabulary
from rightscheck.language.tree import And, Not, Ref, Test, Tree, leaves
from rightscheck.readings.durable import Durable
from rightscheck.readings.kleene import TRUE, test_value
from rightscheck.rulebook.book import Rulebook

States = dict[str, str]


def known_measures(count: int, seed: int = 7) -> list[dict[str, Value]]:
    """Return random measures in which every fact is known."""
    rng = random.Random(seed)
    found: list[dict[str, Value]] = []
    while len(found) < count:
        facts = {fact.name: _drawn(fact, rng) for fact in vocabulary().facts.values()}
        if not contradictions(facts):
            found.append(facts)
    return found


def _drawn(fact: Fact, rng: random.Random) -> Value:
    if fact.kind == "bool":
        return rng.random() < 0.5
    if fact.kind == "int":
        return rng.choice((0, 0, 1, 3, 7, 12, 48))
    if fact.kind == "set":
        return SetValue(frozenset(rng.sample(list(fact.values), rng.randrange(0, 4))))
    return rng.choice(list(fact.values))


def plain(facts: dict[str, Value]) -> dict[str, Any]:
    """Return a measure as plain data: sets as lists, names that any language takes."""
    return {_name(n): sorted(v.members) if isinstance(v, SetValue) else v for n, v in facts.items()}


def _name(fact: str) -> str:
    return fact.replace(".", "_")


def _passing(test: Test, fact: Fact) -> list[str]:
    """Return the values of an enumeration that pass a test."""
    return [value for value in fact.values if test_value(test, fact, value) == TRUE]


def strata(book: Rulebook) -> list[list[str]]:
    """Return the factors by stratum: each refers to factors of earlier ones alone."""
    factors = book.trees.factors
    level: dict[str, int] = {}

    def of(name: str) -> int:
        if name not in level:
            refs = [leaf.factor for leaf in leaves(factors[name]) if isinstance(leaf, Ref)]
            level[name] = 1 + max(map(of, refs), default=-1)
        return level[name]

    for name in factors:
        of(name)
    return [[n for n in factors if level[n] == depth] for depth in range(max(level.values(), default=-1) + 1)]


class _Text(ABC):
    """A tree as an expression of another language."""

    words = ("not ", " and ", " or ")

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self.places = {name: place for place, name in enumerate(n for level in strata(book) for n in level)}

    def of(self, tree: Tree) -> str:
        no, both, either = self.words
        if isinstance(tree, Test):
            return self.test(tree, vocabulary()[tree.fact])
        if isinstance(tree, Ref):
            return self.factor(tree.factor)
        if isinstance(tree, Not):
            return f"({no}{self.of(tree.arg)})"
        return "(" + (both if isinstance(tree, And) else either).join(map(self.of, tree.args)) + ")"

    @abstractmethod
    def test(self, test: Test, fact: Fact) -> str: ...

    @abstractmethod
    def factor(self, name: str) -> str: ...


class PythonText(_Text):
    def test(self, test: Test, fact: Fact) -> str:
        have = f"d[{_name(fact.name)!r}]"
        listed = "{" + ", ".join(map(repr, test.values)) + "}"
        if fact.kind == "set":
            if test.op == "empty":
                return f"(not {have})"
            if test.op == "all":
                return f"{listed}.issuperset({have})"
            return f"(not {listed}.isdisjoint({have}))"
        if fact.kind == "bool":
            return have
        if fact.kind == "int":
            return f"({have} in {listed})" if test.op in ("==", "in") else f"({have} {test.op} {test.values[0]})"
        return f"({have} in " + "{" + ", ".join(map(repr, _passing(test, fact))) + "})"

    def factor(self, name: str) -> str:
        return f"f{self.places[name]}"


class ZenText(_Text):
    def test(self, test: Test, fact: Fact) -> str:
        have = _name(fact.name)
        if fact.kind == "bool":
            return have
        if fact.kind == "set":
            if test.op == "empty":
                return f"(len({have}) == 0)"
            return f"{'all' if test.op == 'all' else 'some'}({have}, # in {_list(test.values)})"
        if fact.kind == "int":
            one_of = test.op in ("==", "in")
            return f"({have} in {_list(test.values)})" if one_of else f"({have} {test.op} {test.values[0]})"
        return f"({have} in {_list(_passing(test, fact))})"

    def factor(self, name: str) -> str:
        return f"f[{self.places[name]}]"


def _list(values: Any) -> str:
    return "[" + ", ".join(f"'{v}'" if isinstance(v, str) else str(v) for v in values) + "]"


def python_function(book: Rulebook) -> Callable[[dict[str, Any]], States]:
    """Return one Python function for the whole rulebook; it gives the rules that are not silent."""
    text = PythonText(book)
    lines = ["def states(d):", "    found = {}"]
    for level in strata(book):
        lines += [f"    {text.factor(name)} = {text.of(book.trees.factors[name])}" for name in level]
    for name, when in book.trees.when.items():
        unless = book.trees.unless.get(name)
        state = f"'excused' if {text.of(unless)} else 'fired'" if unless is not None else "'fired'"
        lines.append(f"    if {text.of(when)}: found[{name!r}] = {state}")
    space: dict[str, Any] = {}
    exec("\n".join([*lines, "    return found"]), space)  # noqa: S102
    made: Callable[[dict[str, Any]], States] = space["states"]
    return made


class Zen:
    """The rulebook as zen-engine expressions: a list a stratum, compiled once."""

    def __init__(self, book: Rulebook) -> None:
        import zen

        text = ZenText(book)
        self.rules = list(book.trees.when)
        self.exceptions = list(book.trees.unless)
        self.strata = [
            zen.compile_expression("[" + ", ".join(text.of(book.trees.factors[n]) for n in level) + "]")
            for level in strata(book)
        ]
        trees = [*book.trees.when.values(), *book.trees.unless.values()]
        self.last = zen.compile_expression("[" + ", ".join(map(text.of, trees)) + "]")

    def __call__(self, data: dict[str, Any]) -> States:
        """Return the rules that are not silent."""
        context = {**data, "f": []}
        for stratum in self.strata:
            context["f"] = [*context["f"], *stratum.evaluate(context)]
        values = self.last.evaluate(context)
        excused = dict(zip(self.exceptions, values[len(self.rules) :], strict=True))
        return {
            name: "excused" if excused.get(name) else "fired"
            for name, value in zip(self.rules, values, strict=False)
            if value
        }


def peers(book: Rulebook, durable: Durable, lang: Lang, kernel: Kernel, seconds: float) -> dict[str, Any]:
    """Return measures a second of each engine on the same fully known measures, and how many results differ."""
    measures = known_measures(2000)
    data = [plain(facts) for facts in measures]
    situations = [situate(book, facts)[0] for facts in measures]
    wanted: dict[int, States] = {}

    def driven(number: int) -> States:
        return {rule: s for rule, s in durable.read(situations[number]).states.items() if s != "silent"}

    function, zen = python_function(book), Zen(book)
    engines: dict[str, Callable[[int], States]] = {
        "durable": driven,
        "python": lambda number: function(data[number]),
        "zen": lambda number: zen(data[number]),
        "lang": lambda number: lang.states(measures[number]),
    }
    found: dict[str, Any] = {}
    for name, engine in engines.items():
        engine(0)
        started, done, wrong = time.perf_counter(), 0, 0
        results = []
        while time.perf_counter() - started < seconds:
            results.append(engine(done % len(measures)))
            done += 1
        rate = done / (time.perf_counter() - started)
        for number, states in enumerate(results[:200]):
            wanted.setdefault(number, driven(number))
            wrong += states != wanted[number]
        found[name] = {"rate": rate, "checked": min(done, 200), "wrong": wrong}
    return found | {"columns": _columns(kernel, measures, wanted, seconds)}


def _columns(kernel: Kernel, measures: list[dict[str, Value]], wanted: dict[int, States], seconds: float) -> Any:
    """The same measures as an Arrow batch, cells to verdicts; the states given (where a right is weighed) compared."""
    rows = [{n: _cell(v) for n, v in facts.items()} for facts in measures]
    batch = pa.Table.from_pylist([{"case": f"c-{n}", "measure": "m", **row} for n, row in enumerate(rows * 12)][:UNIT])
    batch = pa.RecordBatch.from_arrays(
        [
            c.combine_chunks().dictionary_encode() if c.type == pa.string() else c.combine_chunks()
            for c in batch.columns
        ],
        names=batch.schema.names,
    )
    outcome = kernel.evaluate(kernel.encoder.encode(batch))
    started, done, wrong = time.perf_counter(), 0, 0
    while time.perf_counter() - started < seconds:
        outcome = kernel.evaluate(kernel.encoder.encode(batch))
        done += batch.num_rows
    rate = done / (time.perf_counter() - started)
    flags = {
        (state, rule): outcome.flags("state", state, rule)
        for state in ("fired", "excused")
        for rule in kernel.book.rules
    }
    weighed = [r for r in kernel.book.rules if "udhr" in kernel.book.rules[r].law]
    for number, states in wanted.items():
        mine = {r: s for r in weighed for s in ("fired", "excused") if flags[s, r][number]}
        wrong += any(states.get(rule) != state for rule, state in mine.items())
    return {"rate": rate, "checked": len(wanted), "wrong": wrong}


def _cell(value: Value) -> str:
    if isinstance(value, SetValue):
        return ";".join(sorted(value.members)) or "[]"
    return str(value).lower() if isinstance(value, bool) else str(value)
