"""The smallest changes to a measure's own features that bring it to a verdict, or a proof that there are none.

Only features that a drafter can change are touched, and only towards more protection; facts of the world stay as they
are, known or not. Sets come cheapest first, and no part of a set is enough: the solver has shown that no cheaper set
reaches the verdict, and each set is judged again by the reference reading.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rightscheck.assessment.encode import Need, Verdict, forbid_contradictions
from rightscheck.assessment.model import GRAVITY
from rightscheck.assessment.probe import Probe, reach_of
from rightscheck.assessment.steps import Step, applied, draft
from rightscheck.facts.values import Value, plain_value
from rightscheck.problems import EngineFault
from rightscheck.readings.solver import NO, YES, Gates
from rightscheck.rulebook.model import Rule

MAX_CHANGES = 5
MAX_SETS = 10
MAX_CORES = 20


@dataclass(frozen=True)
class Change:
    """One feature changed, with the rules that it helps to quiet; `confirm` where it is not stated so far."""

    fact: str
    before: Value | None
    after: Value
    confirm: bool
    cost: int
    rules: list[Rule]


@dataclass(frozen=True)
class Amendment:
    """A smallest set of changes; the costs of changes and of confirmations stand apart."""

    changes: list[Change]
    cost: int
    confirm_cost: int
    verdict: str


@dataclass(frozen=True)
class Advice:
    """What would bring a measure to a verdict.

    `complete` where every smallest set of at most the bound is listed. Where there is none at all, each of
    `cores` is a smallest group of needs that no redrafting meets together.
    """

    target: str
    verdict: str
    reached: bool
    amendments: list[Amendment]
    complete: bool
    cores: list[list[Need]] = field(default_factory=list)


@dataclass
class Problem:
    """The measure, its features and the target as clauses; `steps` maps the literal of each step."""

    gates: Gates
    steps: dict[int, Step]
    needs: list[Need]


def encode(probe: Probe, target: str) -> Problem:
    """Return the clauses of a measure that may be redrafted."""
    gates = Gates()
    made = draft(probe, gates)
    verdict = Verdict(probe.book, probe.setting, gates, made.world, fine=target == "low")
    needs = verdict.needs(target)
    forbid_contradictions(gates, made.world)
    used = {abs(literal) for clause in gates.clauses for literal in clause}
    used |= {abs(need.holds) for need in needs}
    steps = {literal: step for literal, step in made.steps.items() if literal in used}
    return Problem(gates, steps, needs)


def smallest_sets(problem: Problem, most: int | None, limit: int | None) -> Iterator[list[int]]:
    """Yield the smallest sets of steps, cheapest first; `most` bounds the features changed.

    All sets are found by asking for ever smaller ones, which is quick; the cheapest alone by weighted solving.
    """
    hard = _hard(problem, most)
    if hard is None:
        return
    if limit is not None:
        yield from _cheapest(problem, hard, limit)
        return
    found = sorted(_minimal(problem, hard), key=lambda s: (cost_of(problem, s), len(s), s))
    yield from found


def cost_of(problem: Problem, chosen: list[int]) -> int:
    """Return the declared cost of a set of steps."""
    return sum(problem.steps[literal].cost for literal in chosen)


def _hard(problem: Problem, most: int | None) -> list[list[int]] | None:
    """Return the clauses with every need met and at most so many features changed."""
    if any(need.holds == NO for need in problem.needs):
        return None
    clauses = [*problem.gates.clauses, *([need.holds] for need in problem.needs if need.holds != YES)]
    first = [literal for literal, step in problem.steps.items() if step.level == 1]
    if most is not None and len(first) > most:
        from pysat.card import CardEnc, EncType

        top = max(problem.gates.top, *problem.steps)
        bound = CardEnc.atmost(first, bound=most, top_id=top, encoding=EncType.seqcounter)
        clauses = [*clauses, *bound.clauses]
    return clauses


def _cheapest(problem: Problem, hard: list[list[int]], limit: int) -> Iterator[list[int]]:
    from pysat.examples.rc2 import RC2
    from pysat.formula import WCNF

    formula = WCNF()
    for clause in hard:
        formula.append(clause)
    for literal, step in problem.steps.items():
        formula.append([-literal], weight=step.cost)
    with RC2(formula, solver="g4") as solver:
        for _ in range(limit):
            model = solver.compute()
            if model is None:
                return
            true = {literal for literal in model if literal > 0}
            chosen = [literal for literal in problem.steps if literal in true]
            yield chosen
            if not chosen:
                return
            solver.add_clause([-literal for literal in chosen])


def _minimal(problem: Problem, hard: list[list[int]]) -> Iterator[list[int]]:
    """Yield every set of which no proper part is enough."""
    from pysat.solvers import Solver

    steps = list(problem.steps)
    with Solver(name="glucose4", bootstrap_with=hard) as solver:
        solver.set_phases([-literal for literal in steps])
        while solver.solve():
            chosen = _chosen(solver, steps)
            while chosen:
                fewer = solver.nof_vars() + 1
                solver.add_clause([-fewer, *(-literal for literal in chosen)])
                kept = set(chosen)
                rest = [-literal for literal in steps if literal not in kept]
                smaller = solver.solve(assumptions=[fewer, *rest])
                less = _chosen(solver, steps) if smaller else []
                solver.add_clause([-fewer])
                if not smaller:
                    break
                chosen = less
            yield chosen
            if not chosen:
                return
            solver.add_clause([-literal for literal in chosen])


def _chosen(solver: Any, steps: list[int]) -> list[int]:
    model = solver.get_model()
    true = {literal for literal in model if literal > 0}
    return [literal for literal in steps if literal in true]


def cores_of(problem: Problem) -> list[list[Need]]:
    """Return groups of needs that cannot be met together, none with another's need; empty where all can be met.

    No need can be left out of a group.
    """
    from pysat.solvers import Solver

    found = [[need] for need in problem.needs if need.holds == NO]
    wanted = {need.holds: need for need in problem.needs if need.holds not in (YES, NO)}
    with Solver(name="glucose4", bootstrap_with=problem.gates.clauses) as solver:
        while len(found) < MAX_CORES and not solver.solve(assumptions=list(wanted)):
            core = list(solver.get_core() or [])
            if not core:
                raise EngineFault("the facts of the measure contradict each other")
            for literal in list(core):
                less = [other for other in core if other != literal]
                if not solver.solve(assumptions=less):
                    core = less
            found.append([wanted.pop(literal) for literal in core])
    return found


def amend(
    probe: Probe, target: str = "moderate", *, most: int | None = MAX_CHANGES, limit: int | None = MAX_SETS
) -> Advice:
    """Return the smallest amendments that bring a measure to a verdict or a milder one.

    Args:
        probe: the measure.
        target: `moderate` or `low`.
        most: the most features a set may change; where no set of that size is enough, one larger set is looked for.
        limit: how many sets; None for all.

    Raises:
        EngineFault: a set does not come to the verdict by the reference reading.
    """
    verdict = probe.base.verdict
    if verdict != "undetermined" and GRAVITY[verdict] <= GRAVITY[target]:
        return Advice(target, verdict, True, [], True)
    return advise(probe, encode(probe, target), target, most, limit)


def advise(probe: Probe, problem: Problem, target: str, most: int | None, limit: int | None) -> Advice:
    """Return the amendments of a measure that is graver than the target, from its clauses."""
    verdict = probe.base.verdict
    ask_for = None if limit is None else limit + 1
    sets = list(smallest_sets(problem, most, ask_for))
    complete = limit is None or len(sets) <= limit
    if not sets and most is not None:
        sets, complete = list(smallest_sets(problem, None, 1)), True
    if not sets:
        return Advice(target, verdict, False, [], True, cores_of(problem))
    found = [_amendment(probe, problem, chosen, target) for chosen in sets[:limit]]
    return Advice(target, verdict, False, found, complete)


def _amendment(probe: Probe, problem: Problem, chosen: list[int], target: str) -> Amendment:
    steps = [problem.steps[literal] for literal in chosen]
    changes = applied(probe, steps)
    after = probe.judge(changes)
    if after.verdict == "undetermined" or GRAVITY[after.verdict] > GRAVITY[target]:
        raise EngineFault(f"an amendment by the solver comes to {after.verdict} by the reference reading")
    quieted = [
        rule
        for rule in probe.book.content.rules
        if rule.effect != "mitigates"
        and probe.base.states[rule.id] in ("fired", "rebuttable", "live")
        and after.states[rule.id] not in ("fired", "rebuttable", "live")
        and any(rule.id == s.rule.id for right in probe.base.rights for s in right.states)
    ]
    reach = reach_of(probe.book).rules
    made = []
    for name, value in changes.items():
        assert value is not None
        mine = [step for step in steps if step.fact == name]
        rules = [rule for rule in quieted if rule.id in reach.get(name, ())]
        confirm, cost = all(step.confirm for step in mine), sum(step.cost for step in mine)
        made.append(Change(name, probe.facts.get(name), value, confirm, cost, rules))
    return Amendment(
        made,
        sum(change.cost for change in made if not change.confirm),
        sum(change.cost for change in made if change.confirm),
        after.verdict,
    )


def advice_data(advice: Advice) -> dict[str, Any]:
    """Return advice as JSON data."""
    return {
        "target": advice.target,
        "verdict": advice.verdict,
        "reached": advice.reached,
        "complete": advice.complete,
        "amendments": [
            {
                "verdict": item.verdict,
                "cost": item.cost,
                "confirm_cost": item.confirm_cost,
                "changes": [
                    {
                        "fact": change.fact,
                        "from": None if change.before is None else plain_value(change.fact, change.before),
                        "to": plain_value(change.fact, change.after),
                        "confirm": change.confirm,
                        "cost": change.cost,
                        "rules": [rule.id for rule in change.rules],
                    }
                    for change in item.changes
                ],
            }
            for item in advice.amendments
        ],
        "cores": [[{"kind": n.kind, "name": n.name, "right": n.right} for n in core] for core in advice.cores],
    }
