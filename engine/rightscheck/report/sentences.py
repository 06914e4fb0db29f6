"""The sentences of a report, each with what it rests on."""

from __future__ import annotations

from collections.abc import Iterable

from rightscheck.assessment.explain import Explainer
from rightscheck.assessment.model import Assessment, RightResult
from rightscheck.assessment.rights import RightReading
from rightscheck.assessment.sentences import sentence
from rightscheck.facts.values import Value, say
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.readings.kleene import TRUE
from rightscheck.report import model as m
from rightscheck.report.texts import PARTIES, STANDINGS, Texts
from rightscheck.rulebook.locale import Locale
from rightscheck.rulebook.model import Rule

RULE_LANG = "en"


def grounds(kind: m.RefKind, ids: Iterable[str]) -> tuple[m.Ref, ...]:
    """Return references of one kind, each once."""
    return tuple(m.Ref(kind=kind, id=name) for name in dict.fromkeys(ids))


def rule_said(text: str, refs: tuple[m.Ref, ...]) -> m.Said:
    """Return a statement in the language of the rules."""
    return m.Said(text=text, lang=RULE_LANG, refs=refs)


class Speaker:
    """Says what an assessment comes to, in one language."""

    def __init__(self, texts: Texts, locale: Locale | None = None) -> None:
        self.t = texts
        self.locale = locale or Locale(texts.lang)

    def said(self, text: str, *refs: m.Ref) -> m.Said:
        """Return a statement in the report's language."""
        return m.Said(text=text, lang=self.t.lang, refs=tuple(dict.fromkeys(refs)))

    def title(self, rule: Rule) -> tuple[str, str]:
        """Return a rule's title and the language it is in: the report's, where it is translated."""
        found = self.locale.text(rule.id, "title")
        return (rule.title, RULE_LANG) if found is None else (found, self.t.lang)

    def rule_text(self, s: Explainer, rule: str, name: str, english: str, refs: tuple[m.Ref, ...]) -> m.Said:
        """Return what a rule says (`because`, `cure` or `limits`), in the report's language where it is translated."""
        found = self.locale.text(rule, name)
        if found is None:
            return rule_said(english, refs)
        if name == "because":
            found = sentence(s.book, found, s.judged.situation.facts)
        return self.said(found, *refs)

    # --- the measure --------------------------------------------------------------------------

    def verdict(self, result: Assessment, rights: list[m.RightItem]) -> m.Said:
        """Return the verdict in a sentence for somebody who decides."""
        _ = self.t.gettext
        deciding = [r for r in rights if r.engaged and r.verdict == result.verdict]
        names = self.t.listed(self.t.right(r.right) for r in deciding)
        refs = [ref for r in deciding for ref in r.reason.refs] or list(grounds("measure", [result.measure]))
        if result.verdict == "incompatible":
            text = _("As described, this measure fails a test of human-rights law outright ({rights}).", rights=names)
        elif result.verdict == "high":
            text = _(
                "As described, there is a strong sign that this measure breaches human rights, and nothing known "
                "answers it ({rights}).",
                rights=names,
            )
        elif result.verdict == "moderate":
            text = _(
                "No breach is shown, but this measure has weaknesses, or could still fail a test ({rights}).",
                rights=names,
            )
        elif result.verdict == "low" and names:
            text = _(
                "On the facts given, this measure passes the tests of every right it touches ({rights}).", rights=names
            )
        elif result.verdict == "low":
            text = _("It is stated that this measure restricts nothing, and no duty of care is shown to be neglected.")
        elif names:
            text = _(
                "It cannot yet be said whether this measure respects human rights: what any answer rests on is "
                "not known ({rights}).",
                rights=names,
            )
        else:
            text = _(
                "It cannot yet be said whether this measure respects human rights: it is not known which rights "
                "it touches."
            )
        return self.said(text, *refs)

    def bounds(self, result: Assessment) -> m.Said:
        """Return what the verdict could still become."""
        best, worst = result.could_be
        refs = grounds("fact", result.unknown_that_matter[:10]) or grounds("measure", [result.measure])
        if best == worst == result.verdict:
            text = self.t.gettext("No fact that is still unknown can change this verdict.")
        elif best == worst:
            text = self.t.gettext("Once the unknown facts are known, the verdict will be {v}.", v=self.t.verdict(best))
        elif best == result.verdict:
            text = self.t.gettext(
                "Facts not known yet could make the verdict graver, at worst {worst}; they cannot make it milder.",
                worst=self.t.verdict(worst),
            )
        elif worst == result.verdict:
            text = self.t.gettext(
                "Facts not known yet could make the verdict milder, at best {best}; they cannot make it graver.",
                best=self.t.verdict(best),
            )
        else:
            text = self.t.gettext(
                "Facts not known yet could make the verdict as mild as {best} or as grave as {worst}.",
                best=self.t.verdict(best),
                worst=self.t.verdict(worst),
            )
        return self.said(text, *refs)

    def standing(self, result: Assessment, rights: list[m.RightItem], titles: dict[str, str]) -> m.Said:
        """Return on which standards the verdict rests; said first where none of them binds the State."""
        deciding = [r for r in rights if r.engaged and r.verdict == result.verdict] or rights
        used = {name for r in deciding for name in r.by_standard} or {s.id for s in result.standards}
        status = {s.id: s.status for s in result.standards}
        binding = [name for name in status if name in used and status[name] == "binding"]
        others = [name for name in status if name in used and status[name] != "binding"]
        refs = grounds("standard", [name for name in status if name in used])

        def named(ids: list[str]) -> str:
            return self.t.listed(f"{titles[n]} ({self.t.name(STANDINGS, status[n])})" for n in ids)

        if not binding:
            text = self.t.gettext(
                "None of the standards this rests on was binding on the State on that date: {standards}.",
                standards=named(others),
            )
        elif others:
            text = self.t.gettext(
                "It rests on standards binding on the State ({binding}) and on others: {others}.",
                binding=self.t.listed(titles[n] for n in binding),
                others=named(others),
            )
        else:
            text = self.t.gettext(
                "It rests on standards binding on the State: {binding}.",
                binding=self.t.listed(titles[n] for n in binding),
            )
        return self.said(text, *refs)

    def reason(self, result: Assessment, rights: list[m.RightItem]) -> m.Said:
        """Return why, in the words of the first right that decides."""
        first = next((r for r in rights if r.verdict == result.verdict), rights[0] if rights else None)
        if first is not None:
            return first.reason
        text = (
            self.t.gettext("It is stated that the measure restricts nothing.")
            if result.verdict == "low"
            else self.t.gettext("No right is known to be engaged; say which activities the measure restricts.")
        )
        return self.said(text, m.Ref(kind="measure", id=result.measure), m.Ref(kind="fact", id="restricts"))

    def severity(self, s: Explainer) -> list[m.SeverityItem]:
        """Return the three dimensions of severity with the facts each rests on."""
        found = []
        for dimension in ("scale", "scope", "irremediability"):
            grades = getattr(s.book.content.severity, dimension)
            trees = s.book.trees.severity[dimension]
            hit = next(((g, t) for g, t in zip(grades, trees, strict=True) if s.kleene.value(t) == TRUE), None)
            because = None
            if hit is not None:
                facts = [n for n in s.book.facts_of(hit[1]) if n in s.judged.situation.facts]
                because = rule_said(hit[0].because, grounds("fact", facts) + grounds("measure", [s.measure.id]))
            found.append(m.SeverityItem(dimension=dimension, grade=hit[0].grade if hit else "unknown", because=because))
        return found

    # --- facts ------------------------------------------------------------------------------------

    def facts(self, s: Explainer) -> list[m.FactItem]:
        """Return the facts relied on, given or presumed, with their evidence."""
        titles = {x.id: x.title for x in s.case.sources or []}
        presumed = {p.fact: p for p in s.result.presumptions}
        found = []
        for name, fact in vocabulary().facts.items():
            value = s.judged.situation.facts.get(name)
            if value is None:
                continue
            given = (s.measure.evidence or {}).get(name) if name not in presumed else None
            evidence = presumption = None
            if given is not None:
                title = titles.get(given.source, given.source)
                evidence = m.EvidenceItem(source=given.source, title=title, locator=given.locator, quote=given.quote)
            if name in presumed:
                text = presumed[name].text
                presumption = rule_said(text, (m.Ref(kind="rulebook", id=presumed[name].source),))
            found.append(
                m.FactItem(
                    name=name,
                    asks=fact.asks,
                    value=s.result.facts.get(name, presumed[name].value if name in presumed else None),
                    said=say(name, value),
                    evidence=evidence,
                    presumed=presumption,
                )
            )
        return found

    def versions(self, s: Explainer) -> list[m.VersionItem]:
        """Return what parties state otherwise, and the verdict that would follow."""
        found = []
        for claim, version in zip(s.measure.claims or [], s.result.versions, strict=True):
            held, claimed = s.measure.facts(), claim.values()
            facts = [
                m.ContestedItem(
                    name=name,
                    asks=vocabulary()[name].asks,
                    held=_value(name, held.get(name)),
                    claimed=_value(name, claimed.get(name)),
                )
                for name in version.differs_on
            ]
            refs = [*grounds("fact", version.differs_on), *grounds("source", [claim.source] if claim.source else [])]
            refs = refs or list(grounds("measure", [s.measure.id]))
            party = self.t.name(PARTIES, claim.by)
            if version.verdict == s.result.verdict:
                text = self.t.gettext(
                    "If the facts are as {party} states, the verdict stays {verdict}.",
                    party=party,
                    verdict=self.t.verdict(version.verdict),
                )
            else:
                text = self.t.gettext(
                    "If the facts are as {party} states, the verdict becomes {verdict} instead of {present}.",
                    party=party,
                    verdict=self.t.verdict(version.verdict),
                    present=self.t.verdict(s.result.verdict),
                )
            found.append(
                m.VersionItem(
                    by=claim.by,
                    source=claim.source,
                    locator=claim.locator,
                    facts=facts,
                    verdict=version.verdict,
                    could_be=version.could_be,
                    follows=self.said(text, *refs),
                )
            )
        return found

    # --- rights and stages ----------------------------------------------------------------------

    def right_reason(
        self, s: Explainer, entry: RightResult, reading: RightReading, why: str, refs: tuple[m.Ref, ...]
    ) -> m.Said:
        """Return why a right has its verdict."""
        _ = self.t.gettext
        rules = entry.reason_rules
        if why in ("violation", "strong", "weak"):
            return self.rule_text(s, rules[0], "because", entry.reason, refs)
        if why == "live":
            title, _lang = self.title(s.book.rules[rules[0]])
            return self.said(_("No test is known to fail, but this still could: {rule}.", rule=title), *refs)
        if why == "engagement" and rules:
            because = next((f.because for f in s.result.fired if f.rule == rules[0]), s.book.rules[rules[0]].title)
            text = _("It is not known whether the measure touches this right; if it does: {reason}", reason=because)
            return self.said(text, *refs)
        if why == "engagement":
            return self.said(_("It is not known whether the measure touches this right."), *refs)
        if why == "core" and not reading.asked:
            return self.said(
                _("The rulebook asks no core question on this right for such a measure, so it gives no answer."), *refs
            )
        if why == "core":
            question = reading.unanswered[0].question
            return self.said(_("A question any finding rests on is unanswered: {question}", question=question), *refs)
        return self.said(_("Every core question is answered and no grave rule is open."), *refs)

    def stage(self, status: str, unanswered: bool, live: int, refs: tuple[m.Ref, ...]) -> m.Said:
        """Return in a sentence how a stage of the test comes out."""
        _ = self.t.gettext
        if status == "failed":
            text = _("The measure fails this test as described.")
        elif status == "doubtful":
            text = _("This test is in doubt: a weakness stands.")
        elif status == "open" and unanswered:
            text = _("A question any finding rests on is not answered here.")
        elif status == "open":
            text = self.t.plural(
                "Nothing is known to fail here, but {n} grave rule is partly met and could still fail.",
                "Nothing is known to fail here, but {n} grave rules are partly met and could still fail.",
                live,
            )
        else:
            text = _("Nothing known fails here.")
        return self.said(text, *refs)

    # --- method -----------------------------------------------------------------------------------

    def disclaimer(self) -> str:
        """Return the one sentence on what the report is for."""
        return self.t.gettext("This report supports legal judgment and does not replace it.")

    def steps(self) -> list[str]:
        """Return how a verdict is reached, step by step."""
        _ = self.t.gettext
        return [
            _("A measure is described by facts. A fact that is not given is unknown; it is never read as “no”."),
            _(
                "Each rule of the rulebook rests on named law. A rule is met, not met, or open while a fact it "
                "needs is unknown."
            ),
            _(
                "Every rule is read twice, by a rules engine and by a reference evaluator; where the two differ "
                "nothing is concluded."
            ),
            _(
                "A right is incompatible if a test fails outright, and high risk if a strong sign of a breach "
                "stands unanswered."
            ),
            _("A right is undetermined while a question that any finding rests on is unanswered."),
            _(
                "It is moderate risk if weaknesses stand or a grave rule is partly met, and low risk only if none "
                "of this holds."
            ),
            _(
                "What speaks for the measure lowers a strong sign or a weakness by one step, never a test that "
                "fails outright, never an absolute bar."
            ),
            _(
                "The measure takes the gravest finding among the rights it touches. Severity is reported apart "
                "and changes no verdict."
            ),
        ]

    def limits(self, unverified: int, law: int) -> list[str]:
        """Return what the report cannot do."""
        _ = self.t.gettext
        found = [
            _("The report finds no facts and judges no evidence. It says what follows from the facts it was given."),
            _("It does not predict what a court would decide."),
            _(
                "Agreement with decided cases is no forecast: many are well-known decisions whose holdings the rules "
                "state, the facts were coded by people who knew the outcome, and rulings held back count as unseen "
                "only for the version that was then frozen."
            ),
            _(
                "It does not cover domestic law, social and economic rights, or the law of armed conflict beyond "
                "its bearing on life and liberty."
            ),
        ]
        if unverified:
            found.append(
                self.t.plural(
                    "{n} of {all} places in the law relied on here was written from memory and not checked "
                    "against the text; it is marked.",
                    "{n} of {all} places in the law relied on here were written from memory and not checked "
                    "against the text; they are marked.",
                    unverified,
                    all=law,
                )
            )
        return found


def _value(name: str, value: Value | None) -> str | None:
    return None if value is None else say(name, value)
