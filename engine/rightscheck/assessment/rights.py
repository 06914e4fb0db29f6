"""One right: its standards, its stages, its core questions and its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rightscheck.assessment import model
from rightscheck.assessment.sentences import sentence
from rightscheck.assessment.situation import without_presumptions
from rightscheck.assessment.verdict import FIRED, HARMS, Finding, RuleState, answered_by, find, gravest, worst_of
from rightscheck.facts.values import Facts
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.readings.kleene import TRUE, Kleene
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.model import STAGES, CoreQuestion


@dataclass(frozen=True)
class RightReading:
    """What was found for one right; `covered` are the case's standards that protect it, with their status."""

    right: str
    engaged: bool
    covered: Sequence[tuple[str, str]]
    states: list[RuleState]
    findings: dict[str, Finding]
    deciding: list[str]
    asked: list[CoreQuestion]
    unanswered: list[CoreQuestion]
    verdict: model.Verdict
    could_be: tuple[model.Verdict, model.Verdict]

    def result(self, book: Rulebook, facts: Facts) -> model.RightResult:
        """Return the right's part of the assessment."""
        why, rules = self.why()
        return model.RightResult(
            right=self.right,
            engaged=self.engaged,
            verdict=self.verdict,
            could_be=self.could_be,
            by_standard={name: finding.verdict for name, finding in self.findings.items()},
            articles={name: book.article(self.right, name) for name, _ in self.covered},
            stages=self.stages(),
            core_unanswered=list(dict.fromkeys(q.stage for q in self.unanswered)),
            questions=[q.question for q in self.unanswered],
            reason=self.reason(book, facts, why, rules),
            reason_rules=rules,
        )

    @property
    def failing(self) -> bool:
        """Whether a grave rule fires, so that only the right's engagement stands before a grave verdict."""
        return any(self.findings[name].rules for name in self.deciding)

    def why(self) -> tuple[str, list[str]]:
        """Return the kind of reason for the verdict and the rules it rests on."""
        found = [self.findings[name] for name in self.deciding if self.findings[name].verdict == self.verdict]
        rules = list(dict.fromkeys(rule for finding in found for rule in finding.rules))
        return (found[0].why if found else "core"), rules

    def reason(self, book: Rulebook, facts: Facts, why: str, rules: list[str]) -> str:
        """Return the reason as a sentence."""
        if why in ("violation", "strong", "weak"):
            return sentence(book, book.rules[rules[0]].because, facts)
        if why == "live":
            return f"No test is known to fail, but this still could: {book.rules[rules[0]].title}."
        if why == "engagement" and rules:
            because = sentence(book, book.rules[rules[0]].because, facts)
            return f"It is not known whether the measure touches this right; if it does: {because}"
        if why == "engagement":
            return "It is not known whether the measure touches this right."
        if why == "core" and not self.asked:
            return "The rulebook asks no core question on this right for such a measure, so it gives no answer."
        if why == "core":
            return f"A question any finding rests on is unanswered: {self.unanswered[0].question}"
        return "Every core question is answered and no grave rule is open."

    def stages(self) -> dict[str, model.StageStatus]:
        """Return the status of each stage that a core question or an applicable rule concerns."""
        deciding = set(self.deciding)
        states = [s for s in self.states if deciding & set(s.rule.law)]
        found: dict[str, model.StageStatus] = {}
        for stage in STAGES:
            here = [s for s in states if s.rule.stage == stage and s.rule.effect != "mitigates"]
            asked = [q for q in self.asked if q.stage == stage]
            if here or asked:
                found[stage] = self._stage(here, [q for q in self.unanswered if q.stage == stage])
        return found

    def _stage(self, here: list[RuleState], unanswered: list[CoreQuestion]) -> model.StageStatus:
        doubtful = False
        for s in here:
            if s.state not in FIRED:
                continue
            answered = bool(answered_by(s.rule, self.right, self.states))
            if s.rule.effect == "violation" or (s.rule.effect == "strong" and not answered):
                return "failed"
            doubtful = doubtful or s.rule.effect == "strong" or not answered
        if doubtful:
            return "doubtful"
        if unanswered or any(s.state == "live" and s.rule.effect in HARMS for s in here):
            return "open"
        return "passed"


def judge_right(
    book: Rulebook,
    kleene: Kleene,
    right: str,
    engaged: bool,
    covered: Sequence[tuple[str, str]],
    states: dict[str, str],
    given: Facts,
    possible: Sequence[tuple[str, str]] = (),
) -> RightReading:
    """Judge a right under each of the standards that protect it.

    `possible` are the standards that protect it too if, what is not known, the people they protect are affected; they
    count for the gravest verdict left.
    """
    open_names = _open_names(kleene)
    bare = Kleene(kleene.factors, without_presumptions(kleene.situation)) if kleene.situation.presumed else kleene
    weighed, perhaps = {name for name, _ in covered}, [*covered, *possible]
    every = [
        RuleState(
            rule,
            states[rule.id],
            states[rule.id] == "dormant" and _in_reach(book, kleene, rule.id, open_names),
            states[rule.id] not in FIRED or bare is kleene or bare.value(book.trees.when[rule.id]) == TRUE,
        )
        for rule in book.rules_by_right.get(right, ())
        if any(name in rule.law for name, _ in perhaps)
    ]
    mine = [s for s in every if weighed & set(s.rule.law)]
    asked = [q for q in book.core.get(right, ()) if q.id not in book.trees.core or kleene.value(book.trees.core[q.id])]
    unanswered = [q for q in asked if not any(name in given for name in q.facts)]
    found = {
        name: find(right, [s for s in every if name in s.rule.law], len(unanswered) or not asked, engaged)
        for name, _ in perhaps
    }
    findings = {name: finding for name, finding in found.items() if name in weighed}
    deciding = deciding_of(book, covered)
    verdict = gravest(findings[name].verdict for name in deciding)
    best = worst_of(findings[name].best for name in deciding)
    worst = worst_of(found[name].worst for name in deciding_of(book, perhaps))
    return RightReading(right, engaged, covered, mine, findings, deciding, asked, unanswered, verdict, (best, worst))


def deciding_of(book: Rulebook, covered: Sequence[tuple[str, str]]) -> list[str]:
    """Return the standards that decide a right: the binding ones, or all where no general one binds.

    A standard that protects some people only decides beside the others, never in their place: to learn that a child
    is affected must not set aside what the general standards find.
    """
    general = any(status == "binding" and name not in book.trees.standards for name, status in covered)
    return [name for name, status in covered if status == "binding" or not general]


def _open_names(kleene: Kleene) -> frozenset[str]:
    situation = kleene.situation
    names = (name for name in vocabulary().facts if situation.plays(name))
    return frozenset(n for n in names if (v := situation.facts.get(n)) is None or getattr(v, "open", False))


def _in_reach(book: Rulebook, kleene: Kleene, rule: str, open_names: frozenset[str]) -> bool:
    when = book.trees.when[rule]
    return any(kleene.within_reach(when, name) for name in book.facts_of(when) if name in open_names)


__all__ = ["RightReading", "deciding_of", "judge_right"]
