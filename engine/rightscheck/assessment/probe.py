"""Asking what the verdict would be if a fact were different: the reference reading alone, nothing stored.

What is shown of a measure's own facts was read by both readings before; a probe only says what would follow. Only the
rules and rights that rest on a changed fact are read again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from rightscheck.assessment.assess import (
    Judged,
    Reader,
    Setting,
    covering,
    full_state,
    judge,
    measure_verdict,
    setting_of,
)
from rightscheck.assessment.model import Assessment, Verdict
from rightscheck.assessment.rights import RightReading, deciding_of
from rightscheck.assessment.situation import situate
from rightscheck.assessment.verdict import RuleState, find, gravest
from rightscheck.facts.case import contradictions, parse_date
from rightscheck.facts.values import Facts, Value
from rightscheck.readings.kleene import FALSE, TRUE, Kleene, Situation
from rightscheck.rulebook.book import Rulebook


class ReferenceReader(Reader):
    """Reads by the reference reading alone."""

    def __post_init__(self) -> None:
        """Compile nothing."""

    def states(self, situation: Situation) -> tuple[dict[str, str], tuple[str, ...], Kleene]:
        """Return the state of every rule, the rules that fired in declared order, and the evaluator."""
        kleene = Kleene(self.book.trees.factors, situation)
        unless = self.book.trees.unless
        states = {name: full_state(kleene, when, unless.get(name)) for name, when in self.book.trees.when.items()}
        return states, tuple(n for n, s in states.items() if s in ("fired", "rebuttable")), kleene


@dataclass(frozen=True)
class Verdicts:
    """The measure's verdict, and that of each right engaged or possibly engaged."""

    measure: str
    rights: dict[str, str]


def verdicts_of(judged: Judged) -> Verdicts:
    """Return the verdicts alone."""
    return Verdicts(judged.verdict, {r.right: r.verdict for r in judged.rights})


@dataclass(frozen=True)
class Probe:
    """Judges variants of a measure's facts under one setting."""

    book: Rulebook
    setting: Setting
    facts: Facts
    _known: dict[tuple[tuple[str, Value | None], ...], Verdicts] = field(default_factory=dict)

    def variant(self, changes: dict[str, Value | None]) -> dict[str, Value]:
        """Return the facts with some changed; None makes one unknown."""
        merged = {name: value for name, value in self.facts.items() if name not in changes}
        return merged | {name: value for name, value in changes.items() if value is not None}

    def possible(self, changes: dict[str, Value | None]) -> bool:
        """Whether the changed facts do not contradict each other."""
        return not contradictions(self.variant(changes))

    def judge(self, changes: dict[str, Value | None] | None = None) -> Judged:
        """Judge a variant in full."""
        return judge(ReferenceReader(self.book), self.variant(changes or {}), self.setting)

    @cached_property
    def base(self) -> Judged:
        """The facts as they are."""
        return self.judge()

    def verdicts(self, changes: dict[str, Value | None]) -> Verdicts:
        """Return the verdicts of a variant; the same as those of `judge`, found sooner."""
        key = tuple(sorted(changes.items(), key=lambda item: item[0]))
        if key not in self._known:
            self._known[key] = self._verdicts(changes)
        return self._known[key]

    def _verdicts(self, changes: dict[str, Value | None]) -> Verdicts:
        base, book, facts = self.base, self.book, self.variant(changes)
        situation, _ = situate(book, facts)
        presumed = {name: situation.facts[name] for name in situation.presumed}
        same = presumed == {name: base.situation.facts[name] for name in base.situation.presumed}
        if not same or situation.in_play != base.situation.in_play:
            return verdicts_of(self.judge(changes))
        reach = reach_of(book)
        kleene = Kleene(book.trees.factors, situation)
        states = dict(base.states)
        for rule_id in {rule_id for name in changes for rule_id in reach.rules.get(name, ())}:
            states[rule_id] = full_state(kleene, book.trees.when[rule_id], book.trees.unless.get(rule_id))
        touched = {right for name in changes for right in reach.rights.get(name, ())}
        before = {r.right: r for r in base.rights}
        rights = []
        for right, tree in book.trees.engagement.items():
            if right not in touched:
                rights += [before[right]] if right in before else []
                continue
            reading = self._right(kleene, right, kleene.value(tree), states, facts)
            rights += [reading] if reading is not None else []
        verdict, _ = measure_verdict(book, facts, states, rights)
        return Verdicts(verdict, {r.right: r.verdict for r in rights})

    def _right(
        self, kleene: Kleene, right: str, engagement: int, states: dict[str, str], facts: Facts
    ) -> RightReading | None:
        """Judge a right as far as its verdict needs; its bounds are left wide."""
        if engagement == FALSE:
            return None
        book = self.book
        covered, _ = covering(book, kleene, self.setting, right)
        if not covered:
            return None
        deciding = deciding_of(book, covered)
        asked = [
            q for q in book.core.get(right, ()) if q.id not in book.trees.core or kleene.value(book.trees.core[q.id])
        ]
        unanswered = [q for q in asked if not any(name in facts for name in q.facts)]
        mine = [RuleState(rule, states[rule.id]) for rule in book.rules_by_right.get(right, ())]
        findings = {
            name: find(right, [s for s in mine if name in s.rule.law], len(unanswered) or not asked, engagement == TRUE)
            for name in deciding
        }
        verdict = gravest(finding.verdict for finding in findings.values())
        wide: tuple[Verdict, Verdict] = ("low", "incompatible")
        return RightReading(
            right, engagement == TRUE, covered, mine, findings, deciding, asked, unanswered, verdict, wide
        )


@dataclass(frozen=True)
class Reach:
    """Which rules, and which rights, rest on a fact."""

    rules: dict[str, set[str]]
    rights: dict[str, set[str]]


def reach_of(book: Rulebook) -> Reach:
    """Return what rests on each fact; made once for a rulebook."""
    found: Reach | None = book._cache.get("reach")
    if found is not None:
        return found
    found = Reach({}, {})

    def note(names: Iterable[str], rights: Iterable[str]) -> None:
        for name in names:
            found.rights.setdefault(name, set()).update(rights)

    for rule in book.content.rules:
        for name in book.facts_of_rule[rule.id]:
            found.rules.setdefault(name, set()).add(rule.id)
        note(book.facts_of_rule[rule.id], rule.rights)
    for right, tree in book.trees.engagement.items():
        note(book.facts_of(tree), [right])
    for question in book.content.method.core:
        note(question.facts, question.rights)
        if question.id in book.trees.core:
            note(book.facts_of(book.trees.core[question.id]), question.rights)
    for tree in book.trees.standards.values():
        note(book.facts_of(tree), book.trees.engagement)
    book._cache["reach"] = found
    return found


def setting_again(book: Rulebook, result: Assessment) -> Setting:
    """Return the setting under which a result was reached."""
    date = parse_date(result.as_of) if result.as_of else None
    return setting_of(book, result.country, date, [s.id for s in result.standards])
