"""What a drafter can change: the steps by which each feature of a measure can protect rights more."""

from __future__ import annotations

from dataclasses import dataclass

from rightscheck.assessment.probe import Probe
from rightscheck.assessment.situation import groups_in_play
from rightscheck.facts.values import SetValue, Value, group_of
from rightscheck.facts.vocabulary import IDENTITY, Fact, vocabulary
from rightscheck.readings.cells import cells_of, value_of
from rightscheck.readings.solver import YES, Gates, Variable, World
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.model import Amendments


@dataclass(frozen=True, slots=True)
class Step:
    """One step on a feature: to `value`, or without `member`; `confirm` where the feature is not stated so far.

    A later step of the same feature takes the earlier ones for granted; `cost` is that of this step alone.
    """

    fact: str
    level: int
    value: Value
    member: str
    confirm: bool
    cost: int


def costs_of(book: Rulebook) -> Amendments:
    """Return the declared costs of a rulebook."""
    return book.content.amendments or Amendments()


def ladder(book: Rulebook, fact: Fact, value: Value | None) -> list[Step]:
    """Return the steps of one feature, nearest first; an unknown one is confirmed at what protects most."""
    costs = costs_of(book)
    dear = costs.facts.get(fact.name)
    if fact.kind == "set":
        return _removals(fact, value, costs, dear)
    codes = _path(book, fact, value)
    if value is None:
        return [Step(fact.name, 1, value_of(fact, code), "", True, costs.confirm) for code in codes[:1]]
    first = costs.switch if fact.kind in ("bool", "enum") else costs.begin + costs.step
    return [
        Step(fact.name, n, value_of(fact, code), "", False, (dear or first) if n == 1 else costs.step)
        for n, code in enumerate(codes, 1)
    ]


def _path(book: Rulebook, fact: Fact, value: Value | None) -> list[int]:
    """Return the codes on the way to more protection; for an unknown fact the one that protects most."""
    if fact.kind == "bool":
        wanted = {"true": 1, "false": 0}.get(str(fact.protects))
        if wanted is None:
            return [] if value is None else [int(not value)]
        return [] if value is bool(wanted) else [wanted]
    if fact.kind == "int":
        spans = cells_of(book).spans(fact.name)
        if fact.protects == "high":
            starts = [low for low, _ in spans]
            return starts[-1:] if value is None else [low for low in starts if low > int(value)]  # type: ignore[arg-type]
        ends = [high for _, high in spans if high is not None]
        if value is None:
            return ends[:1]
        return sorted((high for high in ends if high < int(value)), reverse=True)  # type: ignore[arg-type]
    codes = list(fact.codes.values())
    if fact.protects == "last":
        codes.reverse()
    elif fact.protects != "first":
        return []
    if value is not None:
        return codes[: codes.index(fact.codes[str(value)])][::-1]
    best = next(set(cell) for cell in cells_of(book).codes[fact.name] if codes[0] in cell)
    alike = 0
    while alike + 1 < len(codes) and codes[alike + 1] in best:
        alike += 1
    return [codes[alike]]


def _removals(fact: Fact, value: Value | None, costs: Amendments, dear: int | None) -> list[Step]:
    if fact.protects != "few":
        return []
    if not isinstance(value, SetValue):
        return [Step(fact.name, 1, SetValue(frozenset()), "", True, costs.confirm)]
    gone = [m for m in fact.values if m in value.members]
    found = [Step(fact.name, 1, SetValue(frozenset()), m, False, dear or costs.remove) for m in gone]
    if value.open:
        found.append(Step(fact.name, 1, SetValue(value.members), "", True, costs.confirm))
    return found


@dataclass
class Draft:
    """The measure as it may be redrafted: a world, and the literal of each step."""

    world: World
    steps: dict[int, Step]


def draft(probe: Probe, gates: Gates) -> Draft:
    """Return the world of a measure in which its features can change and nothing else."""
    in_play = groups_in_play(probe.book, probe.facts)
    world = World(in_play)
    world.settle(probe.facts)
    steps: dict[int, Step] = {}
    for name, fact in vocabulary().facts.items():
        if fact.role != "design" or (group_of(name) != IDENTITY and group_of(name) not in in_play):
            continue
        value = probe.facts.get(name)
        rungs = [(gates.new(), step) for step in ladder(probe.book, fact, value)]
        steps.update(rungs)
        if not rungs:
            continue
        if fact.kind == "set":
            _set(gates, world, fact, value, rungs)
            continue
        for (lower, _), (upper, _) in zip(rungs, rungs[1:], strict=False):
            gates.need(-upper, lower)
        choices = []
        if value is not None:
            choices.append((_code(fact, value), -rungs[0][0]))
        for number, (literal, step) in enumerate(rungs):
            above = [-rungs[number + 1][0]] if number + 1 < len(rungs) else []
            choices.append((_code(fact, step.value), gates.all([literal, *above])))
        known = YES if value is not None else rungs[0][0]
        world.variables[name, ""] = Variable(known, tuple(choices))
        world.given[name] = known
    return Draft(world, steps)


def _code(fact: Fact, value: Value) -> int:
    return fact.codes[str(value)] if fact.values else int(value)  # type: ignore[arg-type]


def _set(gates: Gates, world: World, fact: Fact, value: Value | None, rungs: list[tuple[int, Step]]) -> None:
    removed = {step.member: literal for literal, step in rungs if step.member}
    closing = next((literal for literal, step in rungs if not step.member), None)
    for member in fact.values:
        if member in removed:
            gone = removed[member]
            world.variables[fact.name, member] = Variable(YES, ((1, -gone), (0, gone)))
        elif closing is not None:
            world.variables[fact.name, member] = Variable(closing, ((0, YES),))
    if not isinstance(value, SetValue) and closing is not None:
        world.given[fact.name] = closing


def applied(probe: Probe, steps: list[Step]) -> dict[str, Value | None]:
    """Return the changed facts that a set of steps comes to."""
    changes: dict[str, Value | None] = {}
    for step in sorted(steps, key=lambda s: s.level):
        if vocabulary()[step.fact].kind != "set":
            changes[step.fact] = step.value
            continue
        had = changes.get(step.fact, probe.facts.get(step.fact))
        value = had if isinstance(had, SetValue) else SetValue(frozenset())
        members = value.members - {step.member} if step.member else value.members
        changes[step.fact] = SetValue(members, value.open and bool(step.member))
    return changes


__all__ = ["Draft", "Step", "applied", "costs_of", "draft", "ladder"]
