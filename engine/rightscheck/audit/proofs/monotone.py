"""The two laws of monotonicity, over two readings of the circuit that differ in one respect.

More protection: one feature of design or application, known and with a direction, takes a value that protects more;
no determined verdict may get graver. More knowledge: facts in play become known; no rule that fired firmly on given
facts falls silent, and a rebuttable one only through its exception.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rightscheck.assessment.verdict import HARMS
from rightscheck.audit.circuit import RightNodes
from rightscheck.audit.proofs.findings import Claim, Proof, Witness
from rightscheck.audit.proofs.pairs import answering
from rightscheck.audit.proofs.space import Asker, Measures, Reading, Space
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.readings.columns import ONE
from rightscheck.readings.solver import NO, Variable
from rightscheck.rulebook.model import Rule

OTHER = ("rebuttable", "excused", "live", "dormant", "silent")
GRADES = ("low", "moderate", "high", "incompatible")


def directed() -> list[str]:
    """Return the features that can protect more or less."""
    facts = vocabulary().facts.items()
    return [n for n, fact in facts if fact.role in ("design", "application") and fact.protects is not None]


def more_protective(space: Space, name: str) -> Measures:
    """Return the world in which one known feature protects more than it did, everything else being the same."""
    gates, fact, old = space.gates, vocabulary()[name], space.world
    world = old.copy()
    gates.need(old.given[name])
    if fact.kind == "set":
        removed = []
        for member in fact.values:
            had, has = old.inside(name, member), gates.new()
            gates.need(-has, had)
            removed.append(gates.all([had, -has]))
            out = gates.all([old.closed[name], -has])
            world.variables[name, member] = Variable(gates.any([has, old.closed[name]]), ((1, has), (0, out)))
        gates.need(*removed)
        return world
    before = old.variables[name, ""]
    upwards = fact.protects in ("last", "true", "high")
    choices = tuple((code, gates.new()) for code, _ in before.choices)
    gates.one_of([literal for _, literal in choices])
    for code, literal in choices:
        gates.need(-literal, *(lit for c, lit in before.choices if (c < code if upwards else c > code)))
    world.variables[name, ""] = Variable(before.known, choices)
    return world


@dataclass
class _Pair:
    """Two readings of the same measure, before and after."""

    space: Space
    world: Measures
    before: Reading
    after: Reading

    def verdicts(self, nodes: tuple[int, ...]) -> tuple[list[int], list[int]]:
        """Return the literals of the four grades, before and after."""
        return [self.before(n) for n in nodes[:4]], [self.after(n) for n in nodes[:4]]

    def graver(self, nodes: tuple[int, ...], exists: int) -> int:
        """Return the literal: a determined verdict gets graver."""
        gates = self.space.gates
        old, new = self.verdicts(nodes)
        worse = [gates.all([old[i], new[j]]) for i in range(4) for j in range(i + 1, 4)]
        return gates.all([gates.any(worse), self.before(exists), self.after(exists)])

    def rises(self, rule: Rule, what: str) -> int:
        """Return the literal: a rule fires, stands or is live afterwards and was not before."""
        gates, circuit, states = self.space.gates, self.space.circuit, self.space.nodes.states
        nodes, parts = states[rule.id], []
        for right in rule.rights if what == "measure" else [what] if what in rule.rights else []:
            for standard in rule.law:
                helping = answering(self.space, rule, right, standard)
                answered = circuit.any(states[m.id].fired for m in helping)
                parts += [nodes.fired, circuit.but(nodes.fired, answered)]
            parts += [nodes.live] if rule.effect in HARMS else []
        return gates.any([gates.all([self.after(node), -self.before(node)]) for node in dict.fromkeys(parts)])

    def engages(self, right: RightNodes) -> int:
        """Return the literal: a right is reported as engaged afterwards and was not before."""
        node = self.space.circuit.both(right.reported, right.engaged)
        return self.space.gates.all([self.after(node), -self.before(node)])

    def claim(self, true: set[int], name: str, nodes: tuple[int, ...]) -> tuple[Claim, Claim]:
        """Return what a model says of a verdict before and after."""
        grades = [
            next(grade for grade, literal in zip(GRADES, found, strict=True) if literal in true)
            for found in self.verdicts(nodes)
        ]
        before, after = (Claim(verdict=(g,)) if name == "measure" else Claim(rights={name: (g,)}) for g in grades)
        return before, after


def protection(space: Space, rights: list[str], tick: Callable[[], None], measure: bool) -> Iterator[Proof]:
    """Yield each feature, verdict and rules for which more protection makes the verdict graver.

    The verdict of the measure is looked at where that of no right gets graver.
    """
    whats = [(right, space.nodes.rights[right].verdict, space.nodes.rights[right].reported) for right in rights]
    if measure:
        whats.append(("measure", space.verdict, ONE))
    for _, nodes, exists in whats:
        for node in (*nodes[:4], exists):
            space.read(node)
    for name in directed():
        tick()
        with space.aside() as asker:
            world = more_protective(space, name)
            pair = _Pair(space, world, space.read, space.read.elsewhere(world, name))
            alone: list[int] = []
            for what, nodes, exists in whats:
                graver = pair.graver(nodes, exists)
                yield from _graver(pair, asker, name, what, nodes, [graver, *(alone if what == "measure" else ())])
                alone.append(-graver)


def _graver(
    pair: _Pair, asker: Asker, fact: str, what: str, nodes: tuple[int, ...], graver: list[int]
) -> Iterator[Proof]:
    """Yield each smallest set of rules that rise where the verdict gets graver."""
    space, here = pair.space, pair.space.gates.new()
    if not asker.solve(*graver):
        return
    graver = [*graver, here]
    rising = {rule.id: pair.rises(rule, what) for rule in space.book.content.rules if rule.effect != "mitigates"}
    if what == "measure":
        rising |= {f"{name} engaged": pair.engages(right) for name, right in space.nodes.rights.items()}
    rising = {name: literal for name, literal in rising.items() if literal != NO}
    while asker.solve(*graver):
        true = asker.model()
        rules = [name for name, literal in rising.items() if literal in true]
        kept = [-literal for name, literal in rising.items() if name not in rules]
        for name in list(rules):
            if asker.solve(*graver, *kept, -rising[name]):
                kept.append(-rising[name])
                rules.remove(name)
        asker.solve(*graver, *kept)
        true = space.smallest(asker, [*graver, *kept], [space.world, pair.world])
        before, after = pair.claim(true, what, nodes)
        seen = Witness((space.point(true), space.point(true, pair.world)), (before, after))
        named = ", ".join(f"`{n}`" for n in rules) or "no rule in particular"
        text = f"More protection in `{fact}` can make {what} graver, through {named}."
        yield Proof(
            "E661", (fact, what, *rules), text, _known(space, rules), () if what == "measure" else (what,), seen
        )
        space.gates.need(-here, *(-rising[name] for name in rules))


def _rights(what: str) -> tuple[str, ...]:
    return () if what == "measure" else (what,)


def _known(space: Space, names: list[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name in space.book.rules)


def more_known(space: Space) -> Measures:
    """Return the world in which facts in play may be known that were not, and no further group comes into play."""
    gates, old, world = space.gates, space.world, Measures()
    world.free(gates, space.starts, vocabulary().facts)
    for name, fact in vocabulary().facts.items():
        for before, after in zip(old.literals(name), world.literals(name), strict=True):
            gates.need(-before, after)
        if fact.kind == "set":
            for member in fact.values:
                gates.need(-old.closed[name], -world.inside(name, member), old.inside(name, member))
    return world


def knowledge(space: Space, rules: list[Rule], tick: Callable[[], None]) -> Iterator[Proof]:
    """Yield the rules that fired on given facts and are silenced by one more, though not by their exception."""
    with space.aside() as asker:
        world = more_known(space)
        before, after = space.reading(space.world), space.reading(world)
        for group in vocabulary().groups:
            node = space.nodes.trees.in_play(group)
            space.gates.need(-before(node), after(node))
            space.gates.need(before(node), -after(node))
        for rule in rules:
            tick()
            nodes = space.nodes.states[rule.id]
            firm = [before(nodes.firm), before(nodes.bare), -after(nodes.firm)]
            shaken = [before(nodes.rebuttable), before(nodes.bare), -after(nodes.fired), -after(nodes.excused)]
            for needed, state in ((firm, "fired"), (shaken, "rebuttable")):
                if asker.solve(*needed):
                    true = space.smallest(asker, needed, [space.world, world])
                    points = (space.point(true), space.point(true, world))
                    lost = {"fired": OTHER, "rebuttable": OTHER[1:]}[state]
                    claims = (Claim({rule.id: (state,)}), Claim({rule.id: lost}))
                    text = f"`{rule.id}`, {state} on given facts, is lost when more becomes known."
                    yield Proof("E662", (rule.id, state), text, (rule.id,), tuple(rule.rights), Witness(points, claims))
