"""What to ask next: the unknown facts that can still change a verdict, most decisive first.

A fact can still change a verdict where, whatever else may be answered before, some answer to it makes the verdict of
the measure or of a right another one. The solver searches all answers to all unknown facts in play for such a case;
a fact for which there is none is left out, and proved to be idle.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from rightscheck.assessment.assess import Judged, full_state
from rightscheck.assessment.encode import Verdict, forbid_contradictions
from rightscheck.assessment.open import Supposed, answers_to
from rightscheck.assessment.probe import Probe, Verdicts, reach_of, verdicts_of
from rightscheck.assessment.situation import groups_in_play
from rightscheck.facts.values import SetValue, group_of
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.readings.cells import cells_of
from rightscheck.readings.kleene import Kleene, Situation
from rightscheck.readings.solver import NO, YES, Gates, Variable, World

WEIGHT = {"violation": 4.0, "strong": 3.0, "mitigates": 1.5, "weak": 1.0}
CORE, FLIP, FINAL = 3.0, 4.0, 8.0


@dataclass(frozen=True)
class Reason:
    """Why a fact is asked: a core question, or an open rule, and the right it bears on."""

    kind: str
    name: str
    right: str
    text: str


@dataclass(frozen=True)
class Question:
    """A fact to ask for; `measure` where it can still change the measure's verdict, not only that of a right."""

    fact: str
    measure: bool
    score: float
    answers: list[Supposed]
    reasons: list[Reason]


@dataclass(frozen=True)
class Asked:
    """What is left to ask.

    `idle` counts the unknown facts in the open questions that can change nothing any more, `others` further unknown
    facts, on which only rules rest of which nothing is known yet. `stable` is proved: no answer to any unknown fact
    in play, in any order, changes a verdict.
    """

    verdict: str
    could_be: tuple[str, str]
    questions: list[Question]
    idle: int
    others: int
    stable: bool


@dataclass
class _Pair:
    """Two copies of a measure under the same answers: in the second, one more fact is known."""

    gates: Gates
    before: World
    after: World
    chosen: dict[str, int] = field(default_factory=dict)


def unknown_facts(probe: Probe) -> list[str]:
    """Return the facts in play that are not, or not fully, given; a presumed one is not given."""
    in_play = groups_in_play(probe.book, probe.facts) | {"identity"}
    found = []
    for name in vocabulary().facts:
        value = probe.facts.get(name)
        if group_of(name) in in_play and (value is None or (isinstance(value, SetValue) and value.open)):
            found.append(name)
    return found


def _pair(probe: Probe, unknown: list[str]) -> _Pair:
    gates = Gates()
    before = World(groups_in_play(probe.book, probe.facts))
    before.settle(probe.facts)
    pair = _Pair(gates, before, before.copy())
    cells = cells_of(probe.book)
    for name in unknown:
        known, chosen = gates.new(), gates.new()
        gates.need(-known, -chosen)
        pair.chosen[name] = chosen
        later = gates.any([known, chosen])
        if vocabulary()[name].kind != "set":
            choices = tuple((cell[0], gates.new()) for cell in cells.codes[name])
            gates.one_of([literal for _, literal in choices])
            before.variables[name, ""] = Variable(known, choices)
            pair.after.variables[name, ""] = Variable(later, choices)
        else:
            for member in vocabulary()[name].values:
                if before.variables[name, member].known == YES:
                    continue
                there = gates.new()
                both = ((0, -there), (1, there))
                before.variables[name, member] = Variable(known, both)
                pair.after.variables[name, member] = Variable(later, both)
        started = YES if name in probe.facts else NO
        before.given[name] = gates.any([started, known])
        pair.after.given[name] = gates.any([started, later])
    selected = list(pair.chosen.values())
    for number, first in enumerate(selected):
        for second in selected[number + 1 :]:
            gates.need(-first, -second)
    gates.need(*selected)
    forbid_contradictions(gates, pair.after)
    return pair


def can_change(probe: Probe, candidates: Iterable[str]) -> tuple[dict[str, bool], bool]:
    """Return which candidates can still change a verdict, and whether any unknown fact in play can.

    The value says whether a fact can change the measure's verdict; one that is absent can change no verdict at all.
    """
    from pysat.solvers import Solver

    unknown = unknown_facts(probe)
    if not unknown:
        return {}, False
    pair = _pair(probe, unknown)
    gates = pair.gates
    one = Verdict(probe.book, probe.setting, gates, pair.before)
    two = Verdict(probe.book, probe.setting, gates, pair.after)
    measure = gates.any([gates.differ(one.measure[name], two.measure[name]) for name in one.measure])
    later = {r.right: r for r in two.rights}
    changed = [measure]
    for right in one.rights:
        if right.right in later:
            other = later[right.right]
            both = gates.all([right.reported, other.reported])
            differs = gates.any([gates.differ(right.bits[name], other.bits[name]) for name in right.bits])
            changed.append(gates.all([both, differs]))
    some = gates.any(changed)
    found: dict[str, bool] = {}
    with Solver(name="glucose4", bootstrap_with=gates.clauses) as solver:
        for name in candidates:
            if name in pair.chosen and solver.solve(assumptions=[pair.chosen[name], some]):
                found[name] = bool(solver.solve(assumptions=[pair.chosen[name], measure]))
        moving = bool(found) or bool(solver.solve(assumptions=[some]))
    return found, moving


def reasons_to_ask(probe: Probe, judged: Judged) -> dict[str, list[Reason]]:
    """Return the unknown facts in core questions and in live and rebuttable rules, with the reasons to ask."""
    book, kleene = probe.book, judged.kleene
    found: dict[str, list[Reason]] = {}

    def note(names: Iterable[str], reason: Reason) -> None:
        for name in names:
            if reason not in found.setdefault(name, []):
                found[name].append(reason)

    for right in judged.rights:
        for question in right.unanswered:
            note(question.facts, Reason("core", question.id, right.right, question.question))
        for state in right.states:
            rule = state.rule
            if state.state == "live":
                note(kleene.unknown(book.trees.when[rule.id]), Reason("live", rule.id, right.right, rule.title))
            elif state.state == "rebuttable":
                note(kleene.unknown(book.trees.unless[rule.id]), Reason("exception", rule.id, right.right, rule.title))
        if not right.engaged:
            text = f"Whether the right ({right.right}) is touched at all"
            names = kleene.unknown(book.trees.engagement[right.right])
            note(names, Reason("engagement", right.right, right.right, text))
    for presumed in judged.presumptions:
        note([presumed.fact], Reason("presumed", presumed.fact, "", presumed.text))
    unknown = set(unknown_facts(probe))
    return {name: found[name] for name in vocabulary().facts if name in found and name in unknown}


def ask(probe: Probe, judged: Judged | None = None) -> Asked:
    """Return what to ask next for a measure."""
    judged = judged or probe.base
    reasons = reasons_to_ask(probe, judged)
    changing, moving = can_change(probe, reasons)
    now = verdicts_of(judged)
    questions = [
        Question(name, measure, _score(probe, judged, now, name, reasons[name]), answers_to(probe, name), reasons[name])
        for name, measure in changing.items()
    ]
    order = {name: number for number, name in enumerate(vocabulary().facts)}
    questions.sort(key=lambda q: (not q.measure, -round(q.score, 6), order[q.fact]))
    others = len([name for name in unknown_facts(probe) if name not in reasons])
    return Asked(judged.verdict, judged.could_be, questions, len(reasons) - len(changing), others, not moving)


def _score(probe: Probe, judged: Judged, now: Verdicts, name: str, reasons: list[Reason]) -> float:
    """Return how much an answer settles on average: core questions, open rules and verdicts."""
    book, situation = probe.book, judged.situation
    core = CORE * sum(reason.kind == "core" for reason in reasons)
    open_rules = {
        state.rule.id: state.rule
        for right in judged.rights
        for state in right.states
        if state.state in ("live", "rebuttable") and state.rule.id in reach_of(book).rules.get(name, ())
    }
    total = 0.0
    answers = [value for value, _ in answers_to(probe, name) if probe.possible({name: value})]
    for value in answers:
        kleene = Kleene(book.trees.factors, Situation({**situation.facts, name: value}, situation.in_play))
        for rule in open_rules.values():
            state = full_state(kleene, book.trees.when[rule.id], book.trees.unless.get(rule.id))
            total += 0.0 if state in ("live", "rebuttable") else WEIGHT[rule.effect]
        after = probe.verdicts({name: value})
        total += FLIP * sum(v != now.rights[right] for right, v in after.rights.items() if right in now.rights)
        total += FINAL * (after.measure != now.measure)
    return core + total / max(1, len(answers))


def asked_data(asked: Asked) -> dict[str, Any]:
    """Return what is left to ask as JSON data."""
    facts = vocabulary()
    return {
        "verdict": asked.verdict,
        "could_be": list(asked.could_be),
        "stable": asked.stable,
        "ask": [
            {
                "fact": q.fact,
                "question": facts[q.fact].asks,
                "type": facts[q.fact].kind,
                "unit": facts[q.fact].unit or None,
                "values": facts[q.fact].values or None,
                "can_change_measure": q.measure,
                "settles": round(q.score, 3),
                "because": [{"kind": r.kind, "name": r.name, "right": r.right, "text": r.text} for r in q.reasons],
            }
            for q in asked.questions
        ],
        "cannot_change": asked.idle,
        "not_asked": asked.others,
    }


__all__ = ["Asked", "Question", "ask", "asked_data", "can_change", "reasons_to_ask", "unknown_facts"]
