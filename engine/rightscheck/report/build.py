"""From assessed measures to the report model: a case, its measures, what they rest on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from rightscheck.assessment.explain import Explainer
from rightscheck.assessment.model import FiredRule
from rightscheck.problems import InputError, Place, Problem
from rightscheck.report import model as m
from rightscheck.report.amending import smallest
from rightscheck.report.rights import right_items
from rightscheck.report.sentences import Speaker, grounds
from rightscheck.report.texts import Texts
from rightscheck.rulebook.locale import Locale
from rightscheck.rulebook.model import Rule


@dataclass
class Law:
    """Numbers the law in the order in which the report first relies on it."""

    subject: Explainer
    items: dict[str, m.LawItem] = field(default_factory=dict)

    def numbers(self, fired: FiredRule) -> list[int]:
        """Return the numbers of a rule's law, giving new ones where needed."""
        return list(dict.fromkeys(self.number(s.proposition, s.standard) for s in fired.sources))

    def number(self, proposition: str, standard: str) -> int:
        """Return the number of a proposition."""
        book = self.subject.book
        known = self.items.get(proposition)
        if known is None:
            item = book.propositions[proposition]
            source = book.sources[item.source]
            known = m.LawItem(
                number=len(self.items) + 1,
                id=proposition,
                source=source.id,
                title=source.title,
                pinpoint=item.pinpoint,
                verified=item.verified,
                says=item.proposition,
                url=item.url or source.url,
                standards=[standard],
            )
            self.items[proposition] = known
        elif standard not in known.standards:
            self.items[proposition] = known.model_copy(update={"standards": [*known.standards, standard]})
        return known.number


def build(
    subjects: Sequence[Explainer],
    texts: Texts,
    *,
    arrangement: m.Arrangement = "full",
    agreement: Sequence[m.AgreementItem] = (),
    locale: Locale | None = None,
) -> m.Report:
    """Return the report on some assessed measures.

    Args:
        subjects: the measures with their assessments, all by one rulebook.
        texts: the language.
        arrangement: after which instrument the report is arranged.
        agreement: how far the rulebook agrees with decided cases, where that was measured.
        locale: texts of its rules in the report's language.

    Raises:
        InputError: the assessments are of different rulebooks, or the arrangement does not fit them.
    """
    digests = {s.result.rulebook.sha256 for s in subjects}
    if len(digests) > 1:
        raise InputError([Problem("the assessments rest on different rulebooks; report them apart", Place("report"))])
    _fits(subjects, arrangement)
    speaker = Speaker(texts, locale)
    law = Law(subjects[0])
    cases: dict[str, m.CaseItem] = {}
    for s in subjects:
        cases.setdefault(s.case.case, _case(s))
    measures = [_measure(number, s, speaker, law) for number, s in enumerate(subjects, 1)]
    items = list(law.items.values())
    return m.Report(
        lang=texts.lang,
        translated=_translated(locale),
        arrangement=arrangement,
        title=_title(list(cases.values()), measures, texts),
        disclaimer=speaker.disclaimer(),
        cases=list(cases.values()),
        measures=measures,
        method=_method(subjects[0], speaker, agreement, items),
        law=items,
        considered=_considered(subjects, speaker),
    )


def _translated(locale: Locale | None) -> Literal["no", "unreviewed", "reviewed"]:
    if locale is None or not locale.entries:
        return "no"
    return "reviewed" if locale.reviewed else "unreviewed"


def _fits(subjects: Sequence[Explainer], arrangement: m.Arrangement) -> None:
    if arrangement != "iccpr":
        return
    lacking = [s.result.measure for s in subjects if all(x.id != "iccpr" for x in s.result.standards)]
    if lacking:
        text = "the Covenant was not among the standards weighed, so it cannot be arranged as a test of it"
        raise InputError([Problem(text, Place("--as iccpr"), name) for name in lacking])


def _title(cases: list[m.CaseItem], measures: list[m.MeasureItem], texts: Texts) -> str:
    if len(measures) == 1:
        return measures[0].title
    if len(cases) == 1:
        return cases[0].title
    return texts.plural("{n} case", "{n} cases", len(cases))


def _case(subject: Explainer) -> m.CaseItem:
    case = subject.case
    return m.CaseItem(
        case=case.case,
        title=case.title,
        country=case.country,
        date=case.date,
        summary=case.summary,
        sources=[m.SourceItem(id=s.id, title=s.title, locator=s.locator, url=s.url) for s in case.sources or []],
    )


def _measure(number: int, s: Explainer, speaker: Speaker, law: Law) -> m.MeasureItem:
    result = s.result
    rights = right_items(s, speaker, law.numbers)
    titles = {name: info.title for name, info in s.book.content.standards.standards.items()}
    return m.MeasureItem(
        number=number,
        case=result.case,
        measure=result.measure,
        title=result.title,
        assessment=result.assessment,
        as_of=result.as_of,
        country=result.country,
        type=str(result.facts.get("type", "")),
        standards=[m.StandardItem(id=x.id, title=titles[x.id], status=x.status) for x in result.standards],
        binding=result.binding,
        verdict=result.verdict,
        could_be=result.could_be,
        sentence=speaker.verdict(result, rights),
        bounds=speaker.bounds(result),
        standing=speaker.standing(result, rights, titles),
        reason=speaker.reason(result, rights),
        severity=speaker.severity(s),
        rights=rights,
        not_covered=result.not_covered,
        facts=speaker.facts(s),
        versions=speaker.versions(s),
        unknown=_unknown(s),
        smallest=smallest(s, speaker),
        advice=_advice(s, speaker),
    )


def _unknown(s: Explainer) -> list[m.UnknownItem]:
    from rightscheck.facts.vocabulary import vocabulary

    rules: dict[str, dict[str, None]] = {}
    rights: dict[str, dict[str, None]] = {}
    for right in s.judged.rights:
        for question in right.unanswered:
            for name in question.facts:
                rights.setdefault(name, {})[right.right] = None
        for state in right.states:
            tree = s.book.trees.when[state.rule.id]
            if state.state == "rebuttable":
                tree = s.book.trees.unless[state.rule.id]
            elif state.state != "live":
                continue
            for name in s.kleene.unknown(tree):
                rights.setdefault(name, {})[right.right] = None
                rules.setdefault(name, {})[state.rule.id] = None
    return [
        m.UnknownItem(
            name=name, asks=vocabulary()[name].asks, rights=list(rights.get(name, {})), rules=list(rules.get(name, {}))
        )
        for name in s.result.unknown_that_matter
    ]


def _advice(s: Explainer, speaker: Speaker) -> list[m.AdviceItem]:
    found: dict[str, tuple[FiredRule, dict[str, None], dict[str, None]]] = {}
    order = {"violation": 0, "strong": 1, "weak": 2}
    harming = [f for f in s.result.fired if f.effect in order and f.cure]
    engaged = {r.right for r in s.result.rights if r.engaged}
    for fired in sorted(harming, key=lambda f: order[f.effect]):
        if fired.right not in engaged:
            continue
        _, rules, rights = found.setdefault(str(fired.cure), (fired, {}, {}))
        rules[fired.rule] = None
        rights[fired.right] = None
    return [
        m.AdviceItem(
            said=speaker.rule_text(s, first.rule, "cure", cure, grounds("rule", rules)),
            rules=list(rules),
            rights=list(rights),
            effect=first.effect,
        )
        for cure, (first, rules, rights) in found.items()
    ]


def _considered(subjects: Sequence[Explainer], speaker: Speaker) -> list[m.ConsideredItem]:
    rules: dict[str, Rule] = {}
    states: dict[str, dict[int, str]] = {}
    for number, s in enumerate(subjects, 1):
        named = {x.id for x in s.result.standards}
        reported = {r.right for r in s.result.rights}
        for rule in s.book.content.rules:
            if named & set(rule.law) and reported & set(rule.rights):
                rules[rule.id] = rule
                states.setdefault(rule.id, {})[number] = s.judged.states[rule.id]
    order = {rule.id: number for number, rule in enumerate(subjects[0].book.content.rules)}
    return [
        m.ConsideredItem(
            rule=name,
            title=speaker.title(rules[name])[0],
            title_lang=speaker.title(rules[name])[1],
            rights=list(rules[name].rights),
            stage=rules[name].stage,
            effect=rules[name].effect,
            states=states[name],
        )
        for name in sorted(rules, key=lambda name: order.get(name, 0))
    ]


def _method(s: Explainer, speaker: Speaker, agreement: Sequence[m.AgreementItem], law: list[m.LawItem]) -> m.MethodItem:
    book = s.result.rulebook
    unverified = sum(item.verified != "seen" for item in law)
    return m.MethodItem(
        engine=s.result.engine,
        rulebook=book.name,
        title=s.book.content.title,
        version=book.version,
        sha256=book.sha256,
        steps=speaker.steps(),
        agreement=list(agreement),
        limits=speaker.limits(unverified, len(law)),
        unverified=unverified,
    )
