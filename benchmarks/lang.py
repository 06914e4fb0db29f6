"""The rulebook through durable-rules' documented interface (`durable.lang`), one fact after another.

It holds the same rulesets as the durable reading: `durable.lang` cannot hold the whole rulebook as one.
"""

from __future__ import annotations

import functools
import operator
import sys
import time
from typing import Any

from rightscheck.assessment.situation import situate
from rightscheck.readings.durable import Durable
from rightscheck.rulebook.book import Rulebook

_TESTS = {"==": operator.eq, ">=": operator.ge, "<=": operator.le}


class Lang:
    """All rulesets declared by `when_all`, with an action that notes which rule fired."""

    def __init__(self, book: Rulebook, durable: Durable) -> None:
        from durable import lang

        self.book, self.durable, self.program, self.lang = book, durable, durable.program, lang
        self.fired: list[str] = []
        self.reads: dict[str, list[str]] = {}
        for spec in self.program.rulesets:
            fields: dict[str, None] = {}
            with lang.ruleset(spec.name):
                for clause in spec.clauses:
                    fields.update(dict.fromkeys(test[0] for test in clause.tests))
                    parts = [_TESTS[op](getattr(lang.m, name), value) for name, op, value in clause.tests]
                    lang.when_all(functools.reduce(operator.and_, parts))(self._action(clause.name))
            self.reads[spec.name] = list(fields)

    def _action(self, name: str) -> Any:
        def act(c: Any) -> None:
            self.fired.append(name)

        return act

    def states(self, facts: dict[str, Any]) -> dict[str, str]:
        """Return the state of each rule that is not silent."""
        situation, _ = situate(self.book, facts)
        row = self.durable.row(situation)
        found: dict[str, str] = {}
        for stratum in self.program.strata:
            self.fired.clear()
            for spec in stratum:
                fact = {"id": "1", "sid": "1", **{name: row[name] for name in self.reads[spec.name]}}
                for send in (self.lang.assert_fact, self.lang.retract_fact):
                    try:
                        send(spec.name, fact)
                    except Exception as error:  # a fact that matches no rule is an ordinary answer
                        if type(error).__name__ != "MessageNotHandledException":
                            raise
            for clause in self.fired:
                state, colon, rule = self.program.conclusions[clause].partition(":")
                if colon:
                    found[rule] = state
                else:
                    row[self.program.conclusions[clause]] = 1
        return found


def rate(
    engine: Lang, book: Rulebook, durable: Durable, measures: list[dict[str, Any]], seconds: float
) -> tuple[float, int, int]:
    """Return (measures a second, how many were run, how many had another result than the durable reading)."""
    engine.states(measures[0])
    started, done, wrong = time.perf_counter(), 0, 0
    found = []
    for facts in measures:
        found.append(engine.states(facts))
        done += 1
        if time.perf_counter() - started > seconds:
            break
    took = time.perf_counter() - started
    for facts, states in zip(measures, found, strict=False):
        read = durable.read(situate(book, facts)[0]).states
        wrong += states != {rule: state for rule, state in read.items() if state != "silent"}
    if wrong:
        print(f"durable.lang: {wrong} of {done} measures differ", file=sys.stderr)
    return done / took, done, wrong
