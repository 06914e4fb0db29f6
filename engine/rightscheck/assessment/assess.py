"""Assessing a measure: both readings, compared; then rights, standards and verdicts."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field

from rightscheck import __version__
from rightscheck.assessment import model
from rightscheck.assessment.parts import fired_rules, open_rules, severity_of, unknown_that_matter
from rightscheck.assessment.rights import RightReading, judge_right
from rightscheck.assessment.situation import situate
from rightscheck.assessment.verdict import FIRED, gravest, worst_of
from rightscheck.facts.case import STANDARDS, CaseBase, MeasureBase, measures_of, parse_date
from rightscheck.facts.values import Facts, SetValue, Value, plain_facts, plain_value
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.language.tree import Tree
from rightscheck.problems import EngineFault
from rightscheck.readings.durable import Sections
from rightscheck.readings.kleene import FALSE, TRUE, Kleene, Situation
from rightscheck.rulebook.book import Rulebook, Status


@dataclass(frozen=True)
class Setting:
    """The State, the date and the standards of a case, with their status."""

    country: str | None
    as_of: datetime.date | None
    standards: tuple[tuple[str, Status], ...]

    def named(self) -> list[str]:
        """Return the standards' ids."""
        return [name for name, _ in self.standards]


def setting_of(
    book: Rulebook, country: str | None, date: datetime.date | None, named: Sequence[str] | None = None
) -> Setting:
    """Return the standards of a case: those it names, else those binding, signed or committed at the date.

    Where there is none, the Universal Declaration.
    """
    status = {name: book.status(name, country, date) for name in STANDARDS}
    if named:
        chosen = [name for name in STANDARDS if name in named]
    else:
        chosen = [name for name in STANDARDS if status[name] in ("binding", "signed", "commitment")] or ["udhr"]
    return Setting(country, date, tuple((name, status[name]) for name in chosen))


MANY = 4
SEVERAL = "several"  # the section of the rules that bear on more than one right


@dataclass
class Reader:
    """Reads rules for a measure by both readings and compares them.

    One reader serves one rulebook in one process; it holds the rules engine, compiled right by right when first
    needed.
    """

    book: Rulebook
    durable: Sections | None = field(default=None)

    def __post_init__(self) -> None:
        if self.durable is None:
            trees = self.book.trees
            presumable = frozenset(p.fact for p in self.book.content.presumptions)
            always = frozenset(self.book.content.in_play.always)
            section = {r.id: r.rights[0] if len(r.rights) == 1 else SEVERAL for r in self.book.content.rules}
            self.durable = Sections(trees.factors, trees.when, trees.unless, section, always, presumable)

    def states(self, situation: Situation) -> tuple[dict[str, str], tuple[str, ...], Kleene]:
        """Return the state of every rule, the firing order, and the reference evaluator.

        The engine reads the rules that can bear on the verdict: all but those for rights that are certainly not
        engaged.

        Raises:
            EngineFault: the two readings differ, or the engine fails.
        """
        assert self.durable is not None
        trees = self.book.trees
        kleene = Kleene(trees.factors, situation)
        states = {name: full_state(kleene, when, trees.unless.get(name)) for name, when in trees.when.items()}
        engaged = [right for right, tree in trees.engagement.items() if kleene.value(tree) != FALSE]
        reading = self.durable.read(situation, [*engaged, SEVERAL] if engaged else None)
        differing = [
            f"{name} ({states[name]} by the reference, {found} by the engine)"
            for name, found in reading.states.items()
            if states[name] != found
        ]
        if differing:
            raise EngineFault(f"the two readings differ, so nothing is concluded: {'; '.join(differing[:5])}")
        return states, reading.order, kleene


def full_state(kleene: Kleene, when: Tree, unless: Tree | None) -> str:
    """Return fired, rebuttable, excused, live, dormant or silent."""
    state = kleene.state(when, unless)
    if state == "open":
        return "live" if kleene.live(when) else "dormant"
    return state


@dataclass(frozen=True)
class Judged:
    """Everything found for one version of a measure's facts."""

    situation: Situation
    presumptions: list[model.Presumed]
    kleene: Kleene
    states: dict[str, str]
    order: tuple[str, ...]
    rights: list[RightReading]
    not_covered: list[str]
    verdict: model.Verdict
    could_be: tuple[model.Verdict, model.Verdict]


def judge(reader: Reader, facts: Facts, setting: Setting) -> Judged:
    """Judge one version of a measure's facts."""
    book = reader.book
    situation, used = situate(book, facts)
    states, order, kleene = reader.states(situation)
    rights: list[RightReading] = []
    not_covered: list[str] = []
    beyond: model.Verdict = "low"
    for right, tree in book.trees.engagement.items():
        engagement = kleene.value(tree)
        if engagement == FALSE:
            continue
        covered, possible = covering(book, kleene, setting, right)
        if covered:
            rights.append(judge_right(book, kleene, right, engagement == TRUE, covered, states, facts, possible))
            continue
        not_covered.append(right)
        if possible:
            reading = judge_right(book, kleene, right, engagement == TRUE, possible, states, facts)
            beyond = worst_of([beyond, reading.could_be[1]])
    verdict, could_be = measure_verdict(book, facts, states, rights, beyond)
    presumed = [
        model.Presumed(fact=p.fact, value=plain_value(p.fact, situation.facts[p.fact]), text=p.text, source=p.source)
        for p in used
    ]
    return Judged(situation, presumed, kleene, states, order, rights, not_covered, verdict, could_be)


def covering(
    book: Rulebook, kleene: Kleene, setting: Setting, right: str
) -> tuple[list[tuple[str, Status]], list[tuple[str, Status]]]:
    """Return the standards that protect a right here, and those of which it is not known.

    A standard for some people only (children, refugees ...) is weighed where the facts say such people are affected.
    """
    covered: list[tuple[str, Status]] = []
    possible: list[tuple[str, Status]] = []
    for name, status in setting.standards:
        if not book.has_cell(right, name, setting.country, setting.as_of):
            continue
        tree = book.trees.standards.get(name)
        weighed = TRUE if tree is None else kleene.value(tree)
        if weighed != FALSE:
            (covered if weighed == TRUE else possible).append((name, status))
    return covered, possible


def measure_verdict(
    book: Rulebook,
    facts: Facts,
    states: dict[str, str],
    rights: list[RightReading],
    beyond: model.Verdict = "low",
) -> tuple[model.Verdict, tuple[model.Verdict, model.Verdict]]:
    """Return the verdict of a measure and its bounds from those of its rights.

    `beyond` is the gravest verdict of rights that no standard is known to protect here, and one still may.
    """
    if not rights:
        duties = (r for r in book.content.rules if r.stage == "due-diligence" and r.effect != "mitigates")
        diligence = any(states[r.id] in FIRED for r in duties)
        stated = facts.get("restricts") == SetValue(frozenset())
        verdict: model.Verdict = "low" if stated and not diligence else "undetermined"
        return verdict, ("low", beyond if verdict == "low" else "incompatible")
    engaged = [r.verdict for r in rights if r.engaged]
    verdict = gravest(engaged) if engaged else "undetermined"
    if verdict in ("low", "moderate") and any(r.failing for r in rights if not r.engaged):
        verdict = "undetermined"
    best = worst_of(r.could_be[0] for r in rights if r.engaged)
    return verdict, (best, worst_of([beyond, *(r.could_be[1] for r in rights)]))


def assess_measure(
    reader: Reader,
    case: CaseBase,
    measure: MeasureBase,
    *,
    as_of: datetime.date | None = None,
    standards: Sequence[str] | None = None,
) -> model.Assessment:
    """Assess one measure of a case.

    Args:
        reader: the compiled rulebook.
        case: the case the measure stands in.
        measure: the measure.
        as_of: the date at which standards are weighed; the case's date unless given, never today.
        standards: the standards to weigh; the case's own unless given.

    Raises:
        EngineFault: the two readings differ or the engine fails; nothing may be concluded.
    """
    book = reader.book
    date = as_of or (parse_date(case.date) if case.date else None)
    setting = setting_of(book, case.country, date, standards or case.standards)
    facts = measure.facts()
    judged = judge(reader, facts, setting)
    versions = [
        _version(reader, facts, claim.by, claim.facts, claim.values(), setting) for claim in measure.claims or []
    ]
    reported = {r.right for r in judged.rights}
    named = set(setting.named())
    visible = [rule for rule in book.content.rules if named & set(rule.law) and reported & set(rule.rights)]
    rights = [r.result(book, judged.situation.facts) for r in judged.rights]
    return model.Assessment(
        case=case.case,
        measure=measure.id,
        title=measure.title,
        country=case.country,
        as_of=date.isoformat() if date else None,
        engine=__version__,
        rulebook=model.RulebookRef(name=book.content.name, version=book.content.version, sha256=book.sha256),
        standards=[model.StandardRef(id=name, status=status) for name, status in setting.standards],
        binding=_binding(judged),
        verdict=judged.verdict,
        could_be=judged.could_be,
        reason=_reason(judged, rights),
        severity=severity_of(book, judged.kleene),
        rights=rights,
        not_covered=judged.not_covered,
        fired=fired_rules(book, judged, visible),
        open=open_rules(book, judged, visible),
        excused=[rule.id for rule in visible if judged.states[rule.id] == "excused"],
        not_examined=sum(judged.states[rule.id] == "dormant" for rule in visible),
        unknown_that_matter=unknown_that_matter(book, judged),
        presumptions=judged.presumptions,
        in_play=sorted(judged.situation.in_play),
        versions=versions,
        firing_order=[name for name in judged.order if name in {rule.id for rule in visible}],
        facts=plain_facts(facts),
    )


def assess_case(
    reader: Reader, case: CaseBase, *, as_of: datetime.date | None = None, standards: Sequence[str] | None = None
) -> list[model.Assessment]:
    """Assess every measure of a case, in order."""
    return [assess_measure(reader, case, m, as_of=as_of, standards=standards) for m in measures_of(case)]


def _version(
    reader: Reader,
    facts: dict[str, Value],
    by: str,
    raw: dict[str, object],
    claimed: dict[str, Value],
    setting: Setting,
) -> model.Version:
    merged = {name: value for name, value in facts.items() if name not in raw} | claimed
    judged = judge(reader, merged, setting)
    differs = [name for name in vocabulary().facts if name in raw and merged.get(name) != facts.get(name)]
    return model.Version(by=by, verdict=judged.verdict, could_be=judged.could_be, differs_on=differs)


def _binding(judged: Judged) -> bool:
    """Whether a binding standard gives a right the verdict on which that of the measure rests."""
    engaged = [r for r in judged.rights if r.engaged]
    resting = [r for r in engaged if r.verdict == judged.verdict] or engaged
    return any(
        status == "binding" and r.findings[name].verdict == r.verdict for r in resting for name, status in r.covered
    )


def _reason(judged: Judged, rights: list[model.RightResult]) -> str:
    if not rights:
        if judged.verdict == "low":
            return "It is stated that the measure restricts nothing, and no duty of care is shown to be neglected."
        return "No right is known to be engaged; say which activities the measure restricts."
    first = leading(judged)
    if first.engaged or first.failing:
        return next(r.reason for r in rights if r.right == first.right)
    names = [r.right for r in judged.rights if not r.engaged]
    more = f" and {len(names) - MANY} more" if len(names) > MANY else ""
    return f"It is not known which rights the measure touches; it may touch {', '.join(names[:MANY])}{more}."


def leading(judged: Judged) -> RightReading:
    """Return the right on which a measure's verdict rests first.

    One engaged, with the verdict; else one that would fail if it were engaged; else the first.
    """
    rights = judged.rights
    engaged = (r for r in rights if r.engaged and r.verdict == judged.verdict)
    return next(engaged, None) or next((r for r in rights if not r.engaged and r.failing), None) or rights[0]


__all__ = [
    "Judged",
    "Reader",
    "Setting",
    "assess_case",
    "assess_measure",
    "covering",
    "judge",
    "leading",
    "measure_verdict",
    "setting_of",
]
