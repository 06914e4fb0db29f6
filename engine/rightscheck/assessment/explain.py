"""The derivation of a verdict as one tree: verdict, rights, stages, rules, conditions, facts, evidence, law.

Every line of the tree is computed from the same trees and values as the verdict, so that it can be evaluated again.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from rightscheck.assessment.assess import Judged
from rightscheck.assessment.conditions import CURE, EFFECTS, LIMITS, Conditions, Line
from rightscheck.assessment.cores import smallest
from rightscheck.assessment.model import Assessment, FiredRule, RightResult
from rightscheck.assessment.open import OpenQuestions
from rightscheck.assessment.probe import Probe, setting_again
from rightscheck.assessment.rights import RightReading
from rightscheck.assessment.words import asked, capital, either, stated
from rightscheck.facts.case import RIGHTS, CaseBase, MeasureBase
from rightscheck.readings.kleene import FALSE, TRUE, Kleene
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.model import STAGES, CoreQuestion

# Rights that admit no exception come first, then the others in the order of the contract.
ABSOLUTE = ("torture", "refoulement", "legality-of-penalties")
MANY = 4
STATUS = {
    "passed": "nothing stands against it",
    "failed": "the test fails",
    "doubtful": "there is a weakness",
    "open": "not settled",
}
MEANS = {
    "incompatible": "a test of a right fails outright",
    "high": "a strong indication of a breach that nothing known answers",
    "moderate": "weaknesses to mend, or a grave rule that is partly met and could still apply",
    "low": "every core question is answered and no grave rule is even partly met",
    "undetermined": "something that any finding must rest on is not known",
}


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

    @cached_property
    def conditions(self) -> Conditions:
        """The writer of conditions and rules."""
        return Conditions(self.book, self.case, self.measure, self.kleene)

    @cached_property
    def probe(self) -> Probe:
        """Asks what would follow from other facts."""
        return Probe(self.book, setting_again(self.book, self.result), self.measure.facts())

    @cached_property
    def open(self) -> OpenQuestions:
        """What would decide the undetermined rights."""
        return OpenQuestions(self.probe, self.judged)

    def ordered(self) -> list[RightResult]:
        """Return the rights in legal order: engaged ones first, and among them the absolute ones."""
        barred = {f.right for f in self.result.fired if f.absolute}

        def key(entry: RightResult) -> tuple[bool, bool, bool, int]:
            name = entry.right
            return not entry.engaged, name not in barred, name not in ABSOLUTE, RIGHTS.index(name)

        return sorted(self.result.rights, key=key)

    # --- the whole ---------------------------------------------------------------------------

    def tree(self, right: str | None = None) -> Line:
        """Return the derivation tree, of all rights or of one."""
        result = self.result
        text = f"{result.title}: the verdict is {result.verdict}. {result.reason}"
        root = Line("verdict", text, result.verdict, result.measure)
        root.children.append(self._bounds())
        root.children.extend(self._standards())
        for presumed in result.presumptions:
            text = f"The law presumes, until shown otherwise: {stated(presumed.fact, presumed.value)} {presumed.text}"
            root.children.append(Line("presumption", text, str(presumed.value), presumed.fact))
        chosen = [entry for entry in self.ordered() if right is None or entry.right == right]
        if right is not None and not chosen:
            root.children.append(self._untouched(right))
        idle = [e for e in chosen if right is None and not e.engaged and not e.reason_rules]
        root.children.extend(self._right(entry) for entry in chosen if entry not in idle)
        if idle:
            names = either([e.right for e in idle], "and")
            line = Line("idle", f"It is not known whether the measure touches these rights: {names}.", "undetermined")
            line.children = self._engagement(idle)
            root.children.append(line)
        return self._with_places(root)

    def _with_places(self, root: Line) -> Line:
        """Add where the law and the evidence cited in a tree can be read."""
        found: dict[str, Line] = {}

        def collect(line: Line) -> None:
            if line.url:
                text = f"{self._title(line)}: {line.url}"
                found.setdefault(line.url, Line("place", text, "", line.name, url=line.url))
            for child in line.children if line.kind != "elsewhere" else []:
                collect(child)

        collect(root)
        if found:
            root.children.append(Line("places", "Where the law and the evidence cited can be read.", ""))
            root.children[-1].children = list(found.values())
        return root

    def _title(self, line: Line) -> str:
        if line.kind == "law":
            return self.book.sources[self.book.propositions[line.name].source].title
        return next((s.title for s in self.case.sources or [] if s.id == line.name), line.name)

    def _bounds(self) -> Line:
        best, worst = self.result.could_be
        means = f"{capital(self.result.verdict)} means: {MEANS[self.result.verdict]}."
        if best == worst == self.result.verdict:
            return Line("bounds", f"{means} Nothing still unknown can change it.", f"{best} to {worst}")
        text = f"{means} Once what is unknown is known, it could be anything from {best} to {worst}."
        if best == worst:
            text = f"{means} Once what is unknown is known, it will be {best}."
        return Line("bounds", text, f"{best} to {worst}")

    def _standards(self) -> list[Line]:
        result = self.result
        titles = self.book.content.standards.standards
        weighed = {name for right in result.rights for name in right.by_standard}
        date = f"as of {result.as_of}" if result.as_of else "without a date"
        lead = "" if result.binding else "No standard that binds the State decides this verdict. "
        found = []
        for others in (False, True):
            chosen = [s for s in result.standards if (s.id not in weighed) == others]
            listed = "; ".join(f"{titles[s.id].title} ({s.id}, {s.status})" for s in chosen)
            if listed and not others:
                found.append(Line("standards", f"{lead}Weighed {date} under: {listed}."))
            elif listed:
                why = "they protect none of these rights, or people of whom it is not known that they are affected"
                found.append(Line("unweighed", f"Of no bearing on what is known ({why}): {listed}."))
        return found

    def _untouched(self, right: str) -> Line:
        if right in self.result.not_covered:
            return Line("rest", f"No standard of the case protects the right ({right}).", "", right)
        tree = self.book.trees.engagement.get(right)
        if tree is None:
            return Line("rest", f"The rulebook does not examine the right ({right}).", "", right)
        text = f"The measure does not touch the right ({right}): what would engage it is not so."
        line = Line("engaged", text, "not met", right, str(tree))
        line.children = self.conditions.core(smallest(self.kleene, tree, FALSE) or frozenset(), "not met")
        return line

    def _engagement(self, idle: list[RightResult]) -> list[Line]:
        found = []
        for entry in idle:
            names = self.kleene.unknown(self.book.trees.engagement[entry.right])
            questions = " ".join(f"{asked(name)} [{name}]" for name in names)
            found.append(Line("engagement", f"{capital(entry.right)} depends on: {questions}", "unknown", entry.right))
        return found

    def _right(self, entry: RightResult) -> Line:
        reading = next(r for r in self.judged.rights if r.right == entry.right)
        protected = "; ".join(f"{name}: {article}" for name, article in entry.articles.items())
        how = "" if entry.engaged else "possibly engaged; "
        text = f"Right: {entry.right} ({how}{protected}). Verdict: {entry.verdict}. {entry.reason}"
        line = Line("right", text, entry.verdict, entry.right)
        line.children.append(self._engaged(entry))
        quiet = []
        for stage in (s for s in STAGES if s in entry.stages):
            branch = self._stage(entry, reading, stage)
            if branch.children:
                line.children.append(branch)
            else:
                quiet.append(stage)
        if quiet:
            names = either(quiet, "and")
            line.children.append(
                Line("quiet", f"Nothing stands against the measure at these tests: {names}.", "passed")
            )
        if entry.verdict == "undetermined" and entry.engaged:
            line.children.extend(self.open.lines(reading))
        dormant = sum(s.state == "dormant" for s in reading.states)
        silent = sum(s.state in ("silent", "excused") for s in reading.states)
        text = f"{silent} other rules were weighed and do not apply; {dormant} could not be examined on these facts."
        line.children.append(Line("rest", text))
        return line

    def _engaged(self, entry: RightResult) -> Line:
        tree = self.book.trees.engagement[entry.right]
        if not entry.engaged:
            return self._engagement([entry])[0]
        text = "The measure touches what the right protects (the right is engaged)."
        line = Line("engaged", text, "met", entry.right, str(tree))
        line.children = self.conditions.core(smallest(self.kleene, tree, TRUE) or frozenset(), "met")
        return line

    def _stage(self, entry: RightResult, reading: RightReading, stage: str) -> Line:
        status = entry.stages[stage]
        fired = {f.rule: f for f in self.result.fired if f.right == entry.right}
        branch = Line("stage", f"{capital(stage)}: {STATUS[status]}.", status, stage)
        rules = [s for s in reading.states if s.rule.stage == stage]
        rank = {"violation": 0, "strong": 1, "weak": 2, "mitigates": 3}
        for state in sorted(rules, key=lambda s: (not s.rule.absolute, rank[s.rule.effect])):
            if state.rule.id in fired:
                branch.children.append(self._fired(fired[state.rule.id]))
        branch.children.extend(self._question(q, entry) for q in reading.asked if q.stage == stage)
        for state in rules:
            if state.state == "live":
                branch.children.append(self._live(state.rule.id))
        return branch

    def _question(self, question: CoreQuestion, entry: RightResult) -> Line:
        facts = self.measure.facts()
        known = [name for name in question.facts if name in facts]
        if known:
            line = Line("question", f"Answered: {question.question}", "answered", question.id)
            line.children = [self._known(name) for name in known]
            return line
        text = f"Unanswered: {question.question} Any one of {len(question.facts)} facts would answer it."
        line = Line("question", text, "unanswered", question.id)
        line.children = [Line("missing", f"{asked(n)} ({n})", "unknown", n) for n in question.facts]
        return line

    def _known(self, name: str) -> Line:
        line = Line("given", stated(name, self.measure.facts()[name]), "", name)
        evidence = (self.measure.evidence or {}).get(name)
        if evidence is not None:
            line.children.append(self.conditions.evidence(evidence))
        return line

    def _live(self, rule_id: str) -> Line:
        rule = self.book.rules[rule_id]
        when = self.book.trees.when[rule_id]
        unknown = list(self.kleene.unknown(when))
        questions = " ".join(f"{asked(name)} [{name}]" for name in unknown[:MANY])
        more = f" And {len(unknown) - MANY} more." if len(unknown) > MANY else ""
        text = f"Could still hold ({EFFECTS[rule.effect]}; rule {rule_id}): {rule.title}. Not known: {questions}{more}"
        line = Line("open", text, "live", rule_id)
        line.children = [Line("missing", f"{asked(name)} ({name})", "unknown", name) for name in unknown]
        return line

    def _fired(self, fired: FiredRule) -> Line:
        rule = self.book.rules[fired.rule]
        state = self.judged.states[rule.id]
        bar = ", absolute bar" if rule.absolute else ""
        line = Line("rule", f"{fired.because} ({EFFECTS[rule.effect]}{bar}; rule {rule.id})", state, rule.id)
        line.children.append(self.conditions.condition(self.book.trees.when[rule.id], "Condition"))
        if rule.id in self.book.trees.unless:
            line.children.append(self.conditions.condition(self.book.trees.unless[rule.id], "Exception"))
        for other in fired.answered_by:
            text = f"This answers it in part, by one step: {self.book.rules[other].title} (rule {other})."
            line.children.append(Line("answer", text, "", other))
        line.children.extend(self.conditions.law(rule, fired.standards))
        if fired.cure:
            line.children.append(Line("cure", f"{CURE}: {fired.cure}"))
        if fired.limits:
            line.children.append(Line("limits", f"{LIMITS}: {fired.limits}"))
        return line

    # --- one rule ----------------------------------------------------------------------------

    def rule(self, rule_id: str) -> Line:
        """Return why a rule fired, stays silent or is open: its exception first, then conditions one by one."""
        rule = self.book.rules[rule_id]
        bearing = [r for r in self.judged.rights if r.right in rule.rights]
        standards = {name for r in bearing for name, _ in r.covered}
        line = self.conditions.rule(rule, self.judged.states[rule_id], [r.right for r in bearing], standards)
        return self._with_places(line)


__all__ = ["Explainer", "Line"]
