"""The part of a report on the rights of one measure, stage by stage."""

from __future__ import annotations

from collections.abc import Callable

from rightscheck.assessment.explain import Explainer
from rightscheck.assessment.model import FiredRule, RightResult, StageStatus
from rightscheck.assessment.rights import RightReading
from rightscheck.report import model as m
from rightscheck.report.sentences import Speaker, grounds
from rightscheck.rulebook.model import STAGES, CoreQuestion

Numbers = Callable[[FiredRule], list[int]]
_ORDER = {"violation": 0, "strong": 1, "weak": 2, "mitigates": 3}


def right_items(s: Explainer, speaker: Speaker, numbers: Numbers) -> list[m.RightItem]:
    """Return the findings right by right; gravest first, those only possibly engaged last."""
    readings = {r.right: r for r in s.judged.rights}
    rank = {"incompatible": 0, "high": 1, "undetermined": 2, "moderate": 3, "low": 4}
    ordered = sorted(s.result.rights, key=lambda r: (not r.engaged, rank[r.verdict]))
    shown: dict[str, str] = {}
    return [_Right(s, speaker, numbers, entry, readings[entry.right], shown).item() for entry in ordered]


class _Right:
    def __init__(
        self,
        s: Explainer,
        speaker: Speaker,
        numbers: Numbers,
        entry: RightResult,
        reading: RightReading,
        shown: dict[str, str],
    ) -> None:
        self.s, self.speaker, self.numbers, self.entry, self.reading, self.shown = (
            s,
            speaker,
            numbers,
            entry,
            reading,
            shown,
        )
        self.fired = [f for f in s.result.fired if f.right == entry.right]

    def item(self) -> m.RightItem:
        entry = self.entry
        stages = [stage for stage in STAGES if stage in entry.stages or any(f.stage == stage for f in self.fired)]
        status = {x.id: x.status for x in self.s.result.standards}
        quiet = sum(x.state not in ("fired", "rebuttable", "live") for x in self.reading.states)
        return m.RightItem(
            right=entry.right,
            engaged=entry.engaged,
            verdict=entry.verdict,
            could_be=entry.could_be,
            binding=any(status[name] == "binding" for name in entry.by_standard),
            by_standard=entry.by_standard,
            articles=entry.articles,
            reason=self._reason(),
            stages=[self._stage(stage) for stage in stages],
            quiet=quiet,
        )

    def _reason(self) -> m.Said:
        why, rules = self.reading.why()
        refs = grounds("rule", rules) or grounds("question", [q.id for q in self.reading.unanswered])
        refs = refs or grounds("question", [q.id for q in self.reading.asked])
        refs = refs or grounds("measure", [self.s.result.measure])
        return self.speaker.right_reason(self.s, self.entry, self.reading, why, refs)

    def _stage(self, stage: str) -> m.StageItem:
        status: StageStatus = self.entry.stages.get(stage, "passed")
        fired = sorted((f for f in self.fired if f.stage == stage), key=lambda f: _ORDER[f.effect])
        asked = [q for q in self.reading.asked if q.stage == stage]
        here = [x for x in self.reading.states if x.rule.stage == stage]
        live = [x.rule for x in here if x.state == "live" and x.rule.effect != "mitigates"]
        unanswered = [q.id for q in self.reading.unanswered if q.stage == stage]
        if status in ("failed", "doubtful"):
            refs = grounds("rule", [f.rule for f in fired if f.effect != "mitigates"])
        elif status == "open":
            refs = grounds("question", unanswered) + grounds("rule", [r.id for r in live])
        else:
            refs = grounds("question", [q.id for q in asked]) + grounds("rule", [x.rule.id for x in here])
        return m.StageItem(
            stage=stage,
            status=status,
            said=self.speaker.stage(status, bool(unanswered), len(live), refs),
            questions=[self._question(q) for q in asked],
            rules=[self._rule(f) for f in fired],
            open=[
                m.OpenItem(
                    rule=r.id,
                    title=self.speaker.title(r)[0],
                    title_lang=self.speaker.title(r)[1],
                    effect=r.effect,
                    standards=[name for name in r.law if name in self.entry.by_standard],
                    unknown=list(self.s.kleene.unknown(self.s.book.trees.when[r.id])),
                )
                for r in sorted(live, key=lambda r: _ORDER[r.effect])
            ],
        )

    def _question(self, q: CoreQuestion) -> m.QuestionItem:
        known = [name for name in q.facts if name in self.s.result.facts]
        return m.QuestionItem(id=q.id, question=q.question, answered_by=known, facts=list(q.facts))

    def _rule(self, f: FiredRule) -> m.RuleItem:
        law = self.numbers(f)
        also = self.shown.get(f.rule)
        self.shown.setdefault(f.rule, f.right)
        facts = [name for name in f.facts if name not in f.presumed]
        refs = (
            grounds("rule", [f.rule])
            + grounds("fact", list(f.facts))
            + grounds("law", list(dict.fromkeys(x.proposition for x in f.sources)))
        )
        title, lang = self.speaker.title(self.s.book.rules[f.rule])
        said = self.speaker.rule_text
        return m.RuleItem(
            rule=f.rule,
            title=title,
            title_lang=lang,
            effect=f.effect,
            absolute=f.absolute,
            because=said(self.s, f.rule, "because", f.because, refs),
            cure=said(self.s, f.rule, "cure", f.cure, refs[:1]) if f.cure else None,
            limits=said(self.s, f.rule, "limits", f.limits, refs[:1]) if f.limits else None,
            facts=facts,
            presumed=f.presumed,
            rebuttable_by=f.rebuttable_by,
            answered_by=f.answered_by,
            standards=f.standards,
            law=law,
            critiques=f.critiques,
            also=also,
        )
