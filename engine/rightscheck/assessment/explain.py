"""The derivation of a verdict as one tree: verdict, rights, stages, rules, conditions, facts, evidence, law.

Every line of the tree is computed from the same trees and values as the verdict, so that it can be evaluated again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rightscheck.assessment.assess import Judged
from rightscheck.assessment.model import Assessment, FiredRule
from rightscheck.assessment.verdict import FIRED
from rightscheck.facts.case import CaseBase, Evidence, MeasureBase
from rightscheck.facts.values import say
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.language.tree import And, Not, Or, Ref, Test, Tree
from rightscheck.readings.kleene import FALSE, TRUE, Kleene
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.model import STAGES, Rule

WORDS = {TRUE: "met", FALSE: "not met", 1: "unknown"}


@dataclass
class Line:
    """One line of an explanation; `value` is what it comes to, `name` the id or dotted name it speaks of."""

    kind: str
    text: str
    value: str = ""
    name: str = ""
    children: list[Line] = field(default_factory=list)

    def data(self, depth: int | None = None) -> dict[str, Any]:
        """Return the tree as JSON data, cut below `depth` levels."""
        found: dict[str, Any] = {"kind": self.kind, "name": self.name, "text": self.text, "value": self.value}
        if depth is None or depth > 0:
            found["children"] = [c.data(None if depth is None else depth - 1) for c in self.children]
        return found


@dataclass(frozen=True)
class Explainer:
    """Explains one assessed measure."""

    book: Rulebook
    case: CaseBase
    measure: MeasureBase
    result: Assessment
    judged: Judged

    @property
    def kleene(self) -> Kleene:
        """The evaluator that gave the verdict."""
        return self.judged.kleene

    # --- the whole ---------------------------------------------------------------------------

    def tree(self, right: str | None = None) -> Line:
        """Return the derivation tree, of all rights or of one."""
        result = self.result
        root = Line("verdict", f"{result.title}: {result.verdict}. {result.reason}", result.verdict, result.measure)
        statuses = "; ".join(
            f"{self.book.content.standards.standards[s.id].title} ({s.status})" for s in result.standards
        )
        if not result.binding:
            root.children.append(
                Line("standards", "No standard that binds the State at this date decides this verdict.")
            )
        root.children.append(Line("standards", f"Weighed as of {result.as_of or 'no date'}: {statuses}."))
        for presumed in result.presumptions:
            text = f"Presumed: {presumed.fact} is {say(presumed.fact, presumed.value)}. {presumed.text}"
            root.children.append(Line("presumption", text, str(presumed.value), presumed.fact))
        for entry in result.rights:
            if right is None or entry.right == right:
                root.children.append(self._right(entry.right))
        return root

    def _right(self, right: str) -> Line:
        entry = next(r for r in self.result.rights if r.right == right)
        reading = next(r for r in self.judged.rights if r.right == right)
        protected = "; ".join(f"{name}: {article}" for name, article in entry.articles.items())
        engaged = "engaged" if entry.engaged else "possibly engaged"
        line = Line("right", f"{right} ({engaged}; {protected}): {entry.verdict}. {entry.reason}", entry.verdict, right)
        fired = {f.rule: f for f in self.result.fired if f.right == right}
        for stage in (s for s in STAGES if s in entry.stages):
            status = entry.stages[stage]
            branch = Line("stage", f"{stage}: {status}", status, stage)
            for question in (q for q in reading.asked if q.stage == stage):
                known = [name for name in question.facts if name in self.result.facts]
                found = (
                    f"answered by {', '.join(known)}"
                    if known
                    else f"unanswered; any of {', '.join(question.facts)} answers it"
                )
                branch.children.append(
                    Line(
                        "question", f"{question.question} {found}.", "answered" if known else "unanswered", question.id
                    )
                )
            for state in (s for s in reading.states if s.rule.stage == stage):
                if state.rule.id in fired:
                    branch.children.append(self._fired(state.rule, fired[state.rule.id]))
                elif state.state == "live":
                    unknown = self.kleene.unknown(self.book.trees.when[state.rule.id])
                    text = f"could still hold ({state.rule.effect}): {state.rule.title}; unknown: {', '.join(unknown)}"
                    branch.children.append(Line("open", text, "live", state.rule.id))
            line.children.append(branch)
        quiet = sum(s.state not in (*FIRED, "live") for s in reading.states)
        line.children.append(Line("rest", f"{quiet} other rules on this right were weighed and did not fire."))
        return line

    def _fired(self, rule: Rule, fired: FiredRule) -> Line:
        state = self.judged.states[rule.id]
        line = Line("rule", f"{rule.id} ({rule.effect}, {state}): {fired.because}", state, rule.id)
        line.children.append(self.condition(self.book.trees.when[rule.id], "when"))
        if rule.id in self.book.trees.unless:
            line.children.append(self.condition(self.book.trees.unless[rule.id], "unless"))
        for other in fired.answered_by:
            line.children.append(Line("answer", f"answered by {other}: {self.book.rules[other].title}", "", other))
        line.children.extend(self._law(rule, fired.standards))
        if fired.cure:
            line.children.append(Line("cure", f"To mend it: {fired.cure}"))
        if fired.limits:
            line.children.append(Line("limits", f"Against this: {fired.limits}"))
        return line

    def _law(self, rule: Rule, standards: list[str]) -> list[Line]:
        found = []
        for standard in standards:
            for name in rule.law[standard]:
                item = self.book.propositions[name]
                where = f"{self.book.sources[item.source].title}{', ' + item.pinpoint if item.pinpoint else ''}"
                mark = "" if item.verified == "seen" else f" (pinpoint not verified: {item.verified})"
                found.append(Line("law", f"{standard}: {where}{mark}: {item.proposition}", item.verified, name))
        return found

    # --- one rule ----------------------------------------------------------------------------

    def rule(self, rule_id: str) -> Line:
        """Return why a rule fired, stays silent or is open: exceptions first, then conditions one by one."""
        rule = self.book.rules[rule_id]
        state = self.judged.states[rule_id]
        words = {
            "fired": "fired",
            "rebuttable": "fired, and an exception that is not known could lift it",
            "excused": "is excused: its exception holds",
            "live": "is open: part of it is met, the rest unknown",
            "dormant": "is open: nothing of it is known to be met",
            "silent": "did not fire: a condition is not met",
        }[state]
        line = Line("rule", f"{rule_id} {words}. {rule.title}.", state, rule_id)
        if rule_id in self.book.trees.unless:
            line.children.append(self.condition(self.book.trees.unless[rule_id], "unless"))
        line.children.append(self.condition(self.book.trees.when[rule_id], "when"))
        engaged = [r.right for r in self.judged.rights if r.right in rule.rights]
        if not engaged:
            text = f"It bears on {', '.join(rule.rights)}; no such right is engaged here under a standard of this case."
            line.children.append(Line("rest", text))
        line.children.extend(self._law(rule, list(rule.law)))
        return line

    def condition(self, tree: Tree, label: str = "", positive: bool = True) -> Line:
        """Return a condition with its value, part by part."""
        value = self.kleene.value(tree, positive)
        word = WORDS[value]
        head = f"{label}: " if label else ""
        if isinstance(tree, Not):
            line = self.condition(tree.arg, "", not positive)
            return Line(line.kind, head + line.text, line.value, line.name, line.children)
        if isinstance(tree, Test):
            return self._test(tree, head, word, positive)
        if isinstance(tree, Ref):
            title = self._title(tree.factor)
            text = f"{head}{'' if positive else 'not '}{tree.factor} ({title}): {word}"
            return Line(
                "factor", text, word, tree.factor, [self.condition(self.book.trees.factors[tree.factor], "", positive)]
            )
        every = isinstance(tree, And) is positive
        shown = str(tree) if positive else f"not ({tree})"
        line = Line("all" if every else "any", f"{head}{'all of' if every else 'any of'}: {word}", word, shown)
        line.children = [self.condition(arg, "", positive) for arg in tree.args]
        return line

    def _title(self, factor: str) -> str:
        if factor in self.book.factors:
            return self.book.factors[factor].title
        return "no stated aim can be brought under the article (aims.yaml)"

    def _test(self, test: Test, head: str, word: str, positive: bool) -> Line:
        fact = vocabulary()[test.fact]
        situation = self.kleene.situation
        wanted = str(test if positive else Not(test))
        line = Line("fact", "", word, test.fact)
        if not situation.plays(test.fact):
            line.text = f"{head}{wanted}: not met, since the group `{fact.group}` is not in play"
            return line
        value = situation.facts.get(test.fact)
        if value is None:
            line.text = f"{head}{wanted}: unknown. {fact.asks}"
            return line
        presumed = " (presumed)" if test.fact in situation.presumed else ""
        line.text = f"{head}{wanted}: {word}; {fact.asks} {say(test.fact, value)}{presumed}"
        evidence = (self.measure.evidence or {}).get(test.fact)
        if evidence is not None and test.fact not in situation.presumed:
            line.children.append(self._evidence(evidence))
        return line

    def _evidence(self, evidence: Evidence) -> Line:
        titles: Mapping[str, str] = {s.id: s.title for s in self.case.sources or []}
        parts = [titles.get(evidence.source, evidence.source)]
        if evidence.locator:
            parts.append(evidence.locator)
        if evidence.quote:
            parts.append(f"“{evidence.quote}”")
        return Line("evidence", f"source: {', '.join(parts)}", "", evidence.source)


__all__ = ["Explainer", "Line", "Or"]
