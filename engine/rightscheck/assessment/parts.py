"""The parts of a result: rules that fired or are open with their law, severity, and the unknown facts that matter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rightscheck.assessment import model
from rightscheck.assessment.rights import RightReading
from rightscheck.assessment.sentences import sentence
from rightscheck.assessment.verdict import answered_by
from rightscheck.facts.case import STANDARDS
from rightscheck.facts.values import plain_value
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.readings.kleene import TRUE, Kleene
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.model import Rule

if TYPE_CHECKING:
    from rightscheck.assessment.assess import Judged


def severity_of(book: Rulebook, kleene: Kleene) -> model.SeverityResult:
    """Return the severity of a measure by the first grade of each kind whose condition holds."""
    found = {}
    for key in ("scale", "scope", "irremediability"):
        grades = getattr(book.content.severity, key)
        trees = book.trees.severity[key]
        found[key] = next((g.grade for g, t in zip(grades, trees, strict=True) if kleene.value(t) == TRUE), "unknown")
    return model.SeverityResult(**found)


def _law(book: Rulebook, rule: Rule, standards: set[str]) -> list[model.SourceRef]:
    found = []
    for standard in (name for name in STANDARDS if name in rule.law and name in standards):
        for name in rule.law[standard]:
            proposition = book.propositions[name]
            source = book.sources[proposition.source]
            found.append(
                model.SourceRef(
                    id=source.id,
                    proposition=name,
                    standard=standard,
                    pinpoint=proposition.pinpoint,
                    title=source.title,
                    url=proposition.url or source.url,
                    verified=proposition.verified,
                    says=proposition.proposition,
                )
            )
    return found


def _bearing(judged: Judged, rule: Rule) -> Iterator[tuple[RightReading, list[str]]]:
    """Yield the rights on which a rule bears here, with the standards that share it."""
    for right in (r for r in judged.rights if r.right in rule.rights):
        standards = [name for name, _ in right.covered if name in rule.law]
        if standards:
            yield right, standards


def fired_rules(book: Rulebook, judged: Judged, visible: list[Rule]) -> list[model.FiredRule]:
    """Return the rules that fired, in firing order, once for each right on which they bear."""
    kleene, facts = judged.kleene, judged.situation.facts
    rank = {name: number for number, name in enumerate(judged.order)}
    found = []
    for rule in sorted((r for r in visible if r.id in rank), key=lambda r: rank[r.id]):
        support = kleene.support(book.trees.when[rule.id])
        unless = book.trees.unless.get(rule.id)
        known = {name: plain_value(name, facts[name]) for name in support}
        for right, standards in _bearing(judged, rule):
            found.append(
                model.FiredRule(
                    rule=rule.id,
                    title=rule.title,
                    right=right.right,
                    stage=rule.stage,
                    effect=rule.effect,
                    absolute=rule.absolute,
                    standards=standards,
                    because=sentence(book, rule.because, facts),
                    cure=sentence(book, rule.cure, facts) if rule.cure else None,
                    limits=sentence(book, rule.limits, facts) if rule.limits else None,
                    facts=known,
                    presumed=[name for name in support if name in judged.situation.presumed],
                    rebuttable_by=list(kleene.unknown(unless)) if unless is not None else [],
                    answered_by=answered_by(rule, right.right, right.states),
                    critiques=rule.critiques,
                    sources=_law(book, rule, set(standards)),
                )
            )
    return found


def open_rules(book: Rulebook, judged: Judged, visible: list[Rule]) -> list[model.OpenRule]:
    """Return the rules left open, once for each right on which they bear."""
    found = []
    for rule in visible:
        state = judged.states[rule.id]
        if state not in ("live", "dormant"):
            continue
        unknown = list(judged.kleene.unknown(book.trees.when[rule.id]))
        for right, _ in _bearing(judged, rule):
            found.append(
                model.OpenRule(
                    rule=rule.id,
                    title=rule.title,
                    right=right.right,
                    stage=rule.stage,
                    effect=rule.effect,
                    live=state == "live",
                    unknown=unknown,
                    critiques=rule.critiques,
                )
            )
    return found


def unknown_that_matter(book: Rulebook, judged: Judged) -> list[str]:
    """Return the unknown facts that could change a right's verdict, most decisive first.

    Each live or rebuttable rule and each unanswered core question shares its weight among the facts that would
    settle it.
    """
    weight = {"violation": 4.0, "strong": 3.0, "mitigates": 1.5, "weak": 1.0}
    score: dict[str, float] = {}
    for right in judged.rights:
        if right.could_be[0] == right.could_be[1] and not right.unanswered:
            continue
        for question in right.unanswered:
            for name in question.facts:
                score[name] = score.get(name, 0.0) + 3.0 / len(question.facts)
        for state in right.states:
            tree = book.trees.when[state.rule.id]
            if state.state == "rebuttable":
                tree = book.trees.unless[state.rule.id]
            elif state.state != "live":
                continue
            unknown = judged.kleene.unknown(tree)
            for name in unknown:
                score[name] = score.get(name, 0.0) + weight[state.rule.effect] / len(unknown)
    playing = {name: value for name, value in score.items() if judged.situation.plays(name)}
    order = {name: number for number, name in enumerate(vocabulary().facts)}
    return sorted(playing, key=lambda name: (-round(playing[name], 9), order[name]))


__all__ = ["fired_rules", "open_rules", "severity_of", "unknown_that_matter"]
