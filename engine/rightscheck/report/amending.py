"""The smallest change that would bring a measure to a milder verdict, as the solver proves it."""

from __future__ import annotations

from rightscheck.assessment.amend import Advice, amend
from rightscheck.assessment.encode import Need
from rightscheck.assessment.explain import Explainer
from rightscheck.assessment.model import Verdict
from rightscheck.assessment.probe import Probe, setting_again
from rightscheck.assessment.words import answer
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.report import model as m
from rightscheck.report.sentences import Speaker, grounds, rule_said

TARGET: Verdict = "moderate"
GRAVE = ("incompatible", "high")


def smallest(s: Explainer, speaker: Speaker) -> m.SmallestItem | None:
    """Return the smallest change for a measure that is incompatible or high risk, None for others."""
    if s.result.verdict not in GRAVE:
        return None
    probe = Probe(s.book, setting_again(s.book, s.result), s.measure.facts())
    advice = amend(probe, TARGET, limit=1)
    if advice.amendments:
        return _found(s, speaker, advice)
    needs = [need for core in advice.cores for need in core]
    text = speaker.t.gettext(
        "No redrafting of the measure's own features brings it to {target}: what follows stands whatever is changed.",
        target=speaker.t.verdict(TARGET),
    )
    refs = grounds("rule", [n.name for n in needs if n.kind in ("rule", "live")])
    return m.SmallestItem(
        target=TARGET,
        becomes=None,
        changes=[],
        said=speaker.said(text, *(refs or grounds("measure", [s.result.measure]))),
        stands=[_stands(s, speaker, need) for need in dict.fromkeys(needs)],
    )


def _found(s: Explainer, speaker: Speaker, advice: Advice) -> m.SmallestItem:
    (amendment, *_) = advice.amendments
    changes = [
        m.ChangeItem(
            name=change.fact,
            asks=vocabulary()[change.fact].asks,
            before=None if change.before is None else answer(change.fact, change.before),
            after=answer(change.fact, change.after),
            confirm=change.confirm,
            rules=[rule.id for rule in change.rules],
        )
        for change in sorted(amendment.changes, key=lambda c: c.confirm)
    ]
    text = speaker.t.plural(
        "{n} change of the text would make the verdict {verdict}. A solver has shown over the whole rulebook that no "
        "cheaper set of changes is enough, and the result was assessed again.",
        "{n} changes of the text would make the verdict {verdict}. A solver has shown over the whole rulebook that no "
        "cheaper set of changes is enough, and the result was assessed again.",
        len(changes),
        verdict=speaker.t.verdict(amendment.verdict),
    )
    return m.SmallestItem(
        target=TARGET,
        becomes=amendment.verdict,
        changes=changes,
        said=speaker.said(text, *grounds("fact", [c.name for c in changes])),
        stands=[],
    )


def _stands(s: Explainer, speaker: Speaker, need: Need) -> m.Said:
    """Return in words what no redrafting meets."""
    here = grounds("measure", [s.result.measure])
    if need.kind in ("rule", "live"):
        title, lang = speaker.title(s.book.rules[need.name])
        return m.Said(text=title, lang=lang, refs=grounds("rule", [need.name]))
    if need.kind == "question":
        question = next(q for q in s.book.content.method.core if q.id == need.name)
        return rule_said(question.question, grounds("question", [need.name]))
    if need.kind == "unasked":
        return speaker.said(
            speaker.t.gettext(
                "The rulebook asks no core question on this right for such a measure, so it gives no answer."
            ),
            *here,
        )
    return speaker.said(
        speaker.t.gettext("No right is known to be engaged; say which activities the measure restricts."), *here
    )
