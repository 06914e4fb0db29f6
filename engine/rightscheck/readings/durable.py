"""The reading by the rules engine: facts in, rule states out, conclusions chained through strata of small rulesets."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import cast

from rightscheck.facts.values import SetValue
from rightscheck.facts.vocabulary import IDENTITY, Fact, vocabulary
from rightscheck.language.tree import Tree
from rightscheck.problems import EngineFault
from rightscheck.readings.compile import Compiler, high_field, low_field, play_field, presumed_field
from rightscheck.readings.driver import Engine, guard
from rightscheck.readings.kleene import Situation


@dataclass(frozen=True, slots=True)
class Reading:
    """What the engine found: the state of each rule it read, and the rules that fired in their order of firing."""

    states: dict[str, str]
    order: tuple[str, ...]


TIMEOUT = 30.0  # seconds a measure may take in the engine before the process is ended


class Durable:
    """A rulebook compiled for the rules engine.

    Args:
        factors: trees of the factors by id.
        when: trees of the rules' conditions by rule id, in declared order.
        unless: trees of the exceptions of those rules that have one.
        always: groups that are in play for every measure.
        presumable: facts that may be presumed.

    Raises:
        EngineFault: the engine cannot hold the rulebook.
    """

    def __init__(
        self,
        factors: Mapping[str, Tree],
        when: Mapping[str, Tree],
        unless: Mapping[str, Tree],
        always: frozenset[str] = frozenset(),
        presumable: frozenset[str] = frozenset(),
    ) -> None:
        compiler = Compiler(factors, always, presumable)
        for rule_id, tree in when.items():
            compiler.rule(rule_id, tree, unless.get(rule_id))
        self.rules = tuple(when)
        self.program = compiler.program()
        self.presumable = presumable
        self._flags = dict.fromkeys(self.program.flags, 0)
        self._unknown = _all_unknown()
        self._engine = Engine(self.program.rulesets)

    def row(self, situation: Situation) -> dict[str, int]:
        """Return a measure as the fields that rulesets test, before any of them has run."""
        row = {**self._unknown, **self._flags}
        for group in vocabulary().groups:
            row[play_field(group)] = int(group == IDENTITY or group in situation.in_play)
        for name in self.presumable:
            row[presumed_field(name)] = int(name in situation.presumed)
        for name, value in situation.facts.items():
            _encode(vocabulary()[name], value, row)
        return row

    def read(self, situation: Situation) -> Reading:
        """Run a measure through the strata; raises EngineFault where the engine fails."""
        row = self.row(situation)
        states: dict[str, str] = {}
        order: list[str] = []
        with guard(TIMEOUT):
            for stratum in self.program.strata:
                raised: list[str] = []
                for spec in stratum:
                    raised.extend(self.program.conclusions[clause] for clause in self._engine.run(spec.name, row))
                for flag in raised:
                    state, colon, rule_id = flag.partition(":")
                    if not colon:
                        row[flag] = 1
                        continue
                    if rule_id in states:
                        raise EngineFault(
                            f"the rules engine gave `{rule_id}` two states, {states[rule_id]} and {state}"
                        )
                    states[rule_id] = state
                    if state in ("fired", "rebuttable"):
                        order.append(rule_id)
        return Reading(dict.fromkeys(self.rules, "silent") | states, tuple(order))

    def close(self) -> None:
        """Let go of the engine."""
        self._engine.close()


class Sections:
    """A rulebook in sections, each compiled for the engine when it is first read.

    Args:
        section: the section of each rule.

    The other arguments are those of `Durable`.
    """

    def __init__(
        self,
        factors: Mapping[str, Tree],
        when: Mapping[str, Tree],
        unless: Mapping[str, Tree],
        section: Mapping[str, str],
        always: frozenset[str] = frozenset(),
        presumable: frozenset[str] = frozenset(),
    ) -> None:
        self._book = (factors, when, unless, always, presumable)
        self._rules: dict[str, list[str]] = {}
        for name in when:
            self._rules.setdefault(section[name], []).append(name)
        self._rank = {name: number for number, name in enumerate(when)}
        self._compiled: dict[str, Durable] = {}

    def read(self, situation: Situation, sections: Collection[str] | None = None) -> Reading:
        """Run a measure through some sections, all unless given; raises EngineFault where the engine fails."""
        states: dict[str, str] = {}
        order: list[str] = []
        with guard(TIMEOUT):
            for name in self._rules if sections is None else [s for s in self._rules if s in sections]:
                reading = self._section(name).read(situation)
                states.update(reading.states)
                order.extend(reading.order)
        return Reading(states, tuple(sorted(order, key=self._rank.__getitem__)))

    def _section(self, name: str) -> Durable:
        if name not in self._compiled:
            factors, when, unless, always, presumable = self._book
            chosen = {rule: when[rule] for rule in self._rules[name]}
            self._compiled[name] = Durable(factors, chosen, unless, always, presumable)
        return self._compiled[name]

    def close(self) -> None:
        """Let go of the engine."""
        for compiled in self._compiled.values():
            compiled.close()
        self._compiled.clear()


def _encode(fact: Fact, value: object, row: dict[str, int]) -> None:
    if isinstance(value, SetValue):
        for member in fact.values:
            present = int(member in value.members)
            row[low_field(fact.name, member)] = present
            row[high_field(fact.name, member)] = 1 if value.open else present
        return
    code = fact.codes[value] if isinstance(value, str) else int(cast("int", value))
    row[low_field(fact.name)] = row[high_field(fact.name)] = code


def _all_unknown() -> dict[str, int]:
    row: dict[str, int] = {}
    for fact in vocabulary().facts.values():
        for member in fact.values if fact.kind == "set" else ("",):
            row[low_field(fact.name, member)] = 0
            row[high_field(fact.name, member)] = 1 if fact.kind == "set" else fact.top
    return row
