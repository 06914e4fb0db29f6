"""Lines of an explanation for conditions and rules: each says what is asked, what is known, and what it comes to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from rightscheck.assessment.cores import Condition, Core, smallest
from rightscheck.assessment.sentences import sentence
from rightscheck.assessment.words import answer, asked, capital, title_of, wanted
from rightscheck.facts.case import CaseBase, Evidence, MeasureBase
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.language.tree import And, Not, Ref, Test, Tree
from rightscheck.readings.kleene import FALSE, TRUE, UNKNOWN, Kleene
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.model import Rule

WORDS = {TRUE: "met", UNKNOWN: "unknown", FALSE: "not met"}
STATES = {
    "fired": "fired",
    "rebuttable": "fired, but an exception that is not known could lift it",
    "excused": "is excused, because its exception holds",
    "live": "is open: part of it is met, the rest is not known",
    "dormant": "is open: nothing of it is known to be met",
    "silent": "did not fire, because its condition is not met",
}
EFFECTS = {
    "violation": "a test fails outright",
    "strong": "strong indication of a breach",
    "weak": "weakness to mend",
    "mitigates": "speaks for the measure",
}
CURE, LIMITS = "How to mend it", "What may be said against this finding"
LONG = 120  # characters


@dataclass
class Line:
    """One line of an explanation.

    `value` is what it comes to, `name` the id or dotted name it speaks of, `expression` the rule expression whose
    value it states, `given` the value supposed of the fact `name`, so that it can be evaluated again. `url` is where
    the law or the evidence can be read, `short` what stands for it where it was told in full before.
    """

    kind: str
    text: str
    value: str = ""
    name: str = ""
    expression: str = ""
    given: Any = None
    url: str = ""
    short: str = ""
    children: list[Line] = field(default_factory=list)

    def data(self, depth: int | None = None) -> dict[str, Any]:
        """Return the tree as JSON data, cut below `depth` levels."""
        found: dict[str, Any] = {"kind": self.kind, "name": self.name, "text": self.text, "value": self.value}
        if self.expression:
            found["expression"] = self.expression
        if self.given is not None:
            found["given"] = self.given
        if self.url:
            found["url"] = self.url
        if depth is None or depth > 0:
            found["children"] = [c.data(None if depth is None else depth - 1) for c in self.children]
        return found


@dataclass(frozen=True)
class Conditions:
    """Writes the lines of conditions, of rules and of the law they rest on."""

    book: Rulebook
    case: CaseBase
    measure: MeasureBase
    kleene: Kleene

    def condition(self, tree: Tree, label: str = "", positive: bool = True) -> Line:
        """Return a condition with its value, part by part."""
        if isinstance(tree, Not):
            return self.condition(tree.arg, label, not positive)
        word = WORDS[self.kleene.value(tree, positive)]
        expression = str(tree if positive else Not(tree))
        head = f"{label} {word}" if label else capital(word)
        if isinstance(tree, Test):
            return self._test(tree, head, word, positive)
        if isinstance(tree, Ref):
            title = title_of(self.book, tree.factor)
            text = title if positive else f"it is not so that {title[:1].lower()}{title[1:]}"
            line = Line("factor", f"{head}: {text}.", word, tree.factor, expression)
            line.short = f"{head}: {text} (set out above)."
            line.children = self._parts(self.book.trees.factors[tree.factor], positive)
            return line
        every = isinstance(tree, And) is positive
        text = "all of these are needed" if every else "one of these is enough"
        line = Line("all" if every else "any", f"{head}: {text}.", word, "", expression)
        line.children = [self.condition(arg, "", positive) for arg in tree.args]
        return line

    def _parts(self, tree: Tree, positive: bool) -> list[Line]:
        """Return what a factor consists of; a plain conjunction part by part."""
        line = self.condition(tree, "", positive)
        return line.children if line.kind == "all" else [line]

    def _test(self, test: Test, head: str, word: str, positive: bool) -> Line:
        fact = vocabulary()[test.fact]
        situation = self.kleene.situation
        line = Line("fact", "", word, test.fact, str(test if positive else Not(test)))
        need = wanted(test, positive)
        if not situation.plays(test.fact):
            line.text = f"{head}: {fact.asks} Not a question for such a measure; nothing is given on `{fact.group}`."
            return line
        value = situation.facts.get(test.fact)
        said = answer(test.fact, value)
        presumed = ", as the law presumes" if test.fact in situation.presumed else ""
        if word == "met" and len(need) > LONG:
            need = f"one of {max(2, len(test.values))} answers, this among them"
        aside = "" if said == need else f" (asked for: {need})"
        said = "" if value is None else f" {capital(said)}{presumed}"
        name = f" [{test.fact}]" if word == "unknown" else ""
        line.text = f"{head}: {fact.asks}{said}{aside}{'' if value is None else '.'}{name}"
        evidence = (self.measure.evidence or {}).get(test.fact)
        if value is not None and evidence is not None and not presumed:
            line.children.append(self.evidence(evidence))
        return line

    def evidence(self, evidence: Evidence) -> Line:
        """Return where a fact comes from."""
        titles: Mapping[str, str] = {s.id: s.title for s in self.case.sources or []}
        parts = [titles.get(evidence.source, evidence.source)]
        if evidence.locator:
            parts.append(evidence.locator)
        if evidence.quote:
            parts.append(f"“{evidence.quote}”")
        url = next((s.url for s in self.case.sources or [] if s.id == evidence.source), None)
        return Line("evidence", f"Evidence: {', '.join(parts)}.", "", evidence.source, url=url or "")

    def law(self, rule: Rule, standards: list[str]) -> list[Line]:
        """Return the law of a rule under some standards, with pinpoints; one line a proposition."""
        shared: dict[str, list[str]] = {}
        for standard in standards:
            for name in rule.law.get(standard, ()):
                shared.setdefault(name, []).append(standard)
        found = []
        for name, under in shared.items():
            item = self.book.propositions[name]
            where = f"{self.book.sources[item.source].title}{', ' + item.pinpoint if item.pinpoint else ''}"
            mark = "" if item.verified == "seen" else " (pinpoint not checked at the source)"
            text = f"Law ({', '.join(under)}): {where}{mark}. {item.proposition}"
            url = item.url or self.book.sources[item.source].url or ""
            short = f"Law ({', '.join(under)}): {where}{mark}, as above."
            found.append(Line("law", text, "", name, url=url, short=short))
        return found

    # --- why, and why not --------------------------------------------------------------------

    def rule(self, rule: Rule, state: str, right: list[str], standards: Collection[str]) -> Line:
        """Return why a rule fired, stays silent or is open: its exception first, then its conditions one by one.

        Args:
            rule: the rule.
            state: its state for the measure.
            right: the rights it bears on that are engaged or possibly so.
            standards: the standards weighed for them; their law comes first.
        """
        when, unless = self.book.trees.when[rule.id], self.book.trees.unless.get(rule.id)
        line = Line("rule", f"The rule {rule.id} {STATES[state]}. {rule.title}.", state, rule.id)
        if unless is not None:
            line.children.append(self.condition(unless, "Exception"))
        line.children.append(self.condition(when, "Condition"))
        line.children.extend(self._smallest(rule, state, when, unless))
        if not right:
            text = f"It bears on {', '.join(rule.rights)}; here no such right is engaged under a standard of the case."
            line.children.append(Line("rest", text))
        line.children.extend(self.law(rule, [name for name in rule.law if name in standards]))
        others = [name for name in rule.law if name not in standards]
        if others:
            line.children.append(Line("elsewhere", f"Law of standards not weighed here: {', '.join(others)}."))
            line.children[-1].children = self.law(rule, others)
        facts = self.kleene.situation.facts
        if rule.cure:
            line.children.append(Line("cure", f"{CURE}: {sentence(self.book, rule.cure, facts)}"))
        if rule.limits:
            line.children.append(Line("limits", f"{LIMITS}: {sentence(self.book, rule.limits, facts)}"))
        return line

    def _smallest(self, rule: Rule, state: str, when: Tree, unless: Tree | None) -> list[Line]:
        if state == "silent":
            core, head = smallest(self.kleene, when, FALSE), "This alone keeps it silent, whatever else is true"
        elif state == "excused" and unless is not None:
            core, head = smallest(self.kleene, unless, TRUE), "This alone excuses it, whatever else is true"
        elif state in ("fired", "rebuttable"):
            return []
        else:
            names = list(self.kleene.unknown(when))
            line = Line("unknown", "What is not known:", "unknown")
            line.children = [Line("question", f"{asked(name)} ({name})", "unknown", name) for name in names]
            return [line]
        line = Line("core", f"{head}:", WORDS[FALSE if state == "silent" else TRUE], rule.id)
        line.children = self.core(core or frozenset(), line.value)
        return [line]

    def core(self, core: Core, value: str) -> list[Line]:
        """Return the lines of a smallest set of conditions."""
        return [self._core_line(c, value) for c in sorted(core, key=lambda c: str(c.key))]

    def _core_line(self, condition: Condition, value: str) -> Line:
        if condition.in_play:
            return self.condition(condition.test, "", condition.positive)
        group = vocabulary()[condition.test.fact].group
        text = f"It asks about `{group}`, on which nothing is given and which is no question for such a measure."
        return Line("group", text, value, group)


__all__ = ["CURE", "EFFECTS", "LIMITS", "STATES", "WORDS", "Conditions", "Line"]
