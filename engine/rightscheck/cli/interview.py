"""The interview: asks only what can still change a verdict, and keeps every answer at once."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import click

from rightscheck.assessment.ask import Asked, Question, ask
from rightscheck.assessment.assess import setting_of
from rightscheck.assessment.probe import Probe
from rightscheck.cli.render import bounds
from rightscheck.facts.case import CaseBase, MeasureBase, parse_date
from rightscheck.facts.values import SetValue, Value, say
from rightscheck.facts.vocabulary import MAX_INT, Fact, vocabulary
from rightscheck.rulebook.book import Rulebook

UNKNOWN, WHY, BACK, STOP = "unknown", "why", "back", "stop"
Reply = Value | str


@dataclass(frozen=True)
class Said:
    """A reply: an answer, or one of unknown, why, back, stop."""

    word: str
    value: Value | None = None


class Asker(Protocol):
    """Puts a question to a person."""

    def put(self, fact: Fact, has: SetValue | None) -> Said:
        """Ask once and return what was said."""


class Plain:
    """Numbered answers on standard input: for pipes, screen readers and slow lines."""

    def put(self, fact: Fact, has: SetValue | None) -> Said:
        """Ask once and return what was said."""
        names = list(fact.values) or (["yes", "no"] if fact.kind == "bool" else [])
        for number, name in enumerate(names, 1):
            text = fact.values.get(name, name)
            click.echo(f"  {number}  {text}{' (known already)' if has and name in has.members else ''}")
        if fact.kind == "set":
            click.echo("  Several numbers may be given, separated by commas; 0 for none (of these).")
        elif fact.kind == "int":
            click.echo(f"  A whole number of {fact.unit}.")
        click.echo("  u unknown   ? why do you ask   b back   q stop and keep")
        while True:
            click.echo("> ", nl=False)
            line = sys.stdin.readline()
            if not line:
                return Said(STOP)
            said = self.read(fact, names, line.strip().lower(), has)
            if said is not None:
                return said
            click.echo("  That is none of the answers.")

    @staticmethod
    def read(fact: Fact, names: list[str], line: str, has: SetValue | None) -> Said | None:
        """Return what a line says, None where it is no answer."""
        words = {"u": UNKNOWN, "unknown": UNKNOWN, "?": WHY, "why": WHY, "b": BACK, "back": BACK, "q": STOP}
        if line in words:
            return Said(words[line])
        parts = [part.strip() for part in line.split(",")]
        if not all(part.isascii() and part.isdigit() and len(part) < 12 for part in parts):
            return None
        numbers = [int(part) for part in parts]
        if fact.kind == "set":
            if any(n > len(names) for n in numbers) or (0 in numbers and len(numbers) > 1):
                return None
            chosen = frozenset(names[n - 1] for n in numbers if n)
            return Said("answer", SetValue(chosen | (has.members if has else frozenset())))
        if len(numbers) != 1:
            return None
        if fact.kind == "int":
            return Said("answer", numbers[0]) if numbers[0] <= MAX_INT else None
        if not 1 <= numbers[0] <= len(names):
            return None
        return Said("answer", numbers[0] == 1 if fact.kind == "bool" else names[numbers[0] - 1])


class Terminal:
    """Lists to choose from, on a terminal."""

    def put(self, fact: Fact, has: SetValue | None) -> Said:
        """Ask once and return what was said."""
        import questionary

        extra = [
            questionary.Choice("(not known)", UNKNOWN),
            questionary.Choice("(why do you ask?)", WHY),
            questionary.Choice("(go back)", BACK),
            questionary.Choice("(stop here; answers are kept)", STOP),
        ]
        if fact.kind in ("int", "set"):
            said = questionary.select("Answer:", choices=[questionary.Choice("answer", "answer"), *extra]).ask()
            if said != "answer":
                return Said(said or STOP)
            return self._number(fact) if fact.kind == "int" else self._several(fact, has)
        names = list(fact.values) or ["yes", "no"]
        choices = [questionary.Choice(fact.values.get(n, n), f"={n}") for n in names]
        said = questionary.select("Answer:", choices=[*choices, *extra]).ask()
        if said is None or not said.startswith("="):
            return Said(said or STOP)
        return Said("answer", said == "=yes" if fact.kind == "bool" else said[1:])

    @staticmethod
    def _number(fact: Fact) -> Said:
        import questionary

        def valid(text: str) -> bool | str:
            return (text.isascii() and text.isdigit() and len(text) < 10) or f"a whole number of {fact.unit}"

        said = questionary.text(f"How many {fact.unit}?", validate=valid).ask()
        return Said(STOP) if said is None else Said("answer", int(said))

    @staticmethod
    def _several(fact: Fact, has: SetValue | None) -> Said:
        import questionary

        known = has.members if has else frozenset()
        choices = [questionary.Choice(text, name) for name, text in fact.values.items() if name not in known]
        said: Any = questionary.checkbox("Choose all that apply:", choices=choices).ask()
        return Said(STOP) if said is None else Said("answer", SetValue(known | frozenset(said)))


@dataclass
class Interview:
    """One measure's interview.

    `keep` is called after every answer, with the answer and all facts that are not known; `skipped` begins with those
    that were not known in an earlier sitting.
    """

    book: Rulebook
    case: CaseBase
    measure: MeasureBase
    asker: Asker
    keep: Callable[[dict[str, Value | None], set[str]], None]
    skipped: set[str]
    facts: dict[str, Value] = field(default_factory=dict)
    passed: list[tuple[str, Value | None]] = field(default_factory=list)

    def run(self) -> bool:
        """Ask until nothing matters any more; False where the person stopped before."""
        self.facts = dict(self.measure.facts())
        date = parse_date(self.case.date) if self.case.date else None
        setting = setting_of(self.book, self.case.country, date, self.case.standards)
        verdict = ""
        while True:
            probe = Probe(self.book, setting, dict(self.facts))
            asked = ask(probe)
            if asked.verdict != verdict:
                verdict = asked.verdict
                click.echo(f"\nVerdict now: {verdict} ({bounds(asked.could_be)}).")
            left = [q for q in asked.questions if q.fact not in self.skipped]
            if not left:
                click.echo(f"\n{self._end(asked)}")
                return True
            if not self._one(probe, left[0], len(left)):
                click.echo("Stopped; every answer is kept.")
                return False

    def _end(self, asked: Asked) -> str:
        if asked.stable:
            return "Nothing more to ask: no answer to anything else can change a verdict."
        if not asked.questions:
            return "Nothing more to ask: no core question and no rule that is partly met is left open."
        words = "; ".join(vocabulary()[q.fact].asks for q in asked.questions[:3])
        more = f" and {len(asked.questions) - 3} more" if len(asked.questions) > 3 else ""
        return f"Nothing more to ask: what could still change a verdict is not known ({words}{more})."

    def _one(self, probe: Probe, question: Question, left: int) -> bool:
        fact = vocabulary()[question.fact]
        had = self.facts.get(fact.name)
        has = had if isinstance(had, SetValue) else None
        count = "the last question" if left == 1 else f"{left} questions left"
        click.echo(f"\n{fact.asks}  [{fact.name}; {count}]")
        while True:
            said = self.asker.put(fact, has)
            if said.word == WHY:
                for line in why(question):
                    click.echo(f"  {line}")
                continue
            if said.word == STOP:
                return False
            if said.word == BACK:
                return self._back()
            if said.word == UNKNOWN:
                self.passed.append((fact.name, had))
                self.skipped.add(fact.name)
                self.keep({}, self.skipped)
                click.echo("  Noted: not known.")
                return True
            if not probe.possible({fact.name: said.value}):
                click.echo("  That contradicts another answer on the sanction; choose another or go back.")
                continue
            assert said.value is not None
            self.passed.append((fact.name, had))
            self.facts[fact.name] = said.value
            self.keep({fact.name: said.value}, self.skipped)
            click.echo(f"  Noted: {say(fact.name, said.value)}.")
            return True

    def _back(self) -> bool:
        if not self.passed:
            click.echo("  This is the first question.")
            return True
        name, had = self.passed.pop()
        self.skipped.discard(name)
        self.facts.pop(name, None)
        if had is not None:
            self.facts[name] = had
        self.keep({name: had}, self.skipped)
        return True


def why(question: Question) -> list[str]:
    """Return in plain words why a question is asked."""
    heads = {
        "core": "No verdict can rest without an answer to this",
        "live": "It would show whether this rule, which is partly met, applies",
        "exception": "It could lift this finding",
        "engagement": "It decides",
        "presumed": "It is only presumed so far",
    }
    found = [f"{heads[r.kind]}: {r.text}{f' ({r.right})' if r.right else ''}" for r in question.reasons[:6]]
    if len(question.reasons) > len(found):
        found.append(f"... and {len(question.reasons) - len(found)} more reasons.")
    return found
