"""What would decide an undetermined right: the facts, and the verdict under each answer."""

from __future__ import annotations

from dataclasses import dataclass

from rightscheck.assessment.assess import Judged
from rightscheck.assessment.conditions import Line
from rightscheck.assessment.probe import Probe
from rightscheck.assessment.rights import RightReading
from rightscheck.assessment.words import answer, asked, capital, either, span
from rightscheck.facts.values import SetValue, Value, plain_value
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.readings.cells import alternatives, cells_of, value_of

Supposed = tuple[Value, tuple[str, ...]]


def answers_to(probe: Probe, name: str) -> list[Supposed]:
    """Return the answers to a fact not fully known, one a cell of the rulebook, with the words of each value in it."""
    fact, cells = vocabulary()[name], cells_of(probe.book)
    if fact.kind == "set":
        return [(v, (answer(name, v),)) for v in alternatives(probe.book, name, probe.facts.get(name))]
    if fact.kind == "int":
        return [(low, (span(fact, low, high),)) for low, high in cells.spans(name)]
    return [
        (value_of(fact, cell[0]), tuple(fact.say(value_of(fact, code)) for code in cell)) for cell in cells.codes[name]
    ]


@dataclass(frozen=True)
class OpenQuestions:
    """Supposes answers one at a time."""

    probe: Probe
    judged: Judged

    def facts(self, reading: RightReading) -> list[str]:
        """Return the unknown facts of open rules on a right, in order of first mention; core questions apart."""
        book, kleene = self.probe.book, self.judged.kleene
        found: dict[str, None] = {}
        for state in reading.states:
            if state.state == "live":
                found.update(kleene.unknown(book.trees.when[state.rule.id]))
            elif state.state == "rebuttable":
                found.update(kleene.unknown(book.trees.unless[state.rule.id]))
        asked_too = {name for question in reading.unanswered for name in question.facts}
        return [name for name in found if name not in asked_too]

    def lines(self, reading: RightReading) -> list[Line]:
        """Return what decides an undetermined right and its verdict under each answer."""
        count = len(reading.unanswered)
        best, worst = reading.could_be
        if not reading.asked:
            return []
        together = "this question is" if count == 1 else f"all {count} questions below are"
        text = f"To settle it: it stays undetermined until {together} answered; it could then be {best} to {worst}."
        head = Line("settle", text, "undetermined", reading.right)
        for question in reading.unanswered:
            branch = Line("undecided", f"{question.question} Verdict of this right under each answer:", "", question.id)
            for name in question.facts:
                if self.judged.situation.plays(name):
                    branch.children.append(self._fact(reading.right, name))
            head.children.append(branch)
        others = [self._fact(reading.right, name) for name in self.facts(reading)]
        others = [line for line in others if {child.value for child in line.children} != {"undetermined"}]
        if others:
            head.children.append(Line("undecided", "These answers would settle it by themselves:", "", reading.right))
            head.children[-1].children = others
        return [head]

    def _fact(self, right: str, name: str) -> Line:
        groups: dict[str, list[Supposed]] = {}
        for value, words in answers_to(self.probe, name):
            if self.probe.possible({name: value}):
                verdict = self.probe.verdicts({name: value}).rights.get(right, "not engaged")
                groups.setdefault(verdict, []).append((value, words))
        parts = []
        children = []
        for verdict, supposed in groups.items():
            many = len(groups) > 1 and len(supposed) > 6
            listed = "any other answer" if many else either([w for _, words in supposed for w in words])
            parts.append(f"{listed}: {'still undetermined' if verdict == 'undetermined' else verdict}")
            for value, said in supposed:
                text = f"{capital(either(said))}: {verdict}."
                children.append(Line("if", text, verdict, name, given=plain_value(name, value)))
        if len(groups) == 1:
            verdict = next(iter(groups))
            parts = [f"whatever the answer: {'still undetermined' if verdict == 'undetermined' else verdict}"]
        return Line("decides", f"{asked(name)} {capital('; '.join(parts))}.", "", name, children=children)


__all__ = ["OpenQuestions", "SetValue", "answers_to"]
