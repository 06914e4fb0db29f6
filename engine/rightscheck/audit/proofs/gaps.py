"""Gaps: fully known measures, bad throughout, on which no rule fires; and `low` beside a breached absolute bar.

Fully known: of each group of facts that the type calls for every fact is given and every set complete, of a group
that only other types call for none, and of any other group all or none. Bad throughout: every feature that a core
question of the right asks about, and that has a direction (facts.yaml), has the value that protects least. Every
standard is weighed, for no State in particular, so that no rule is left out by who is bound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

from rightscheck.audit.proofs.findings import FIRES, Claim, Proof
from rightscheck.audit.proofs.space import Space
from rightscheck.audit.proofs.witness import example
from rightscheck.facts.values import group_of
from rightscheck.facts.vocabulary import IDENTITY, vocabulary
from rightscheck.rulebook.model import CoreQuestion, Rule

QUIET = ("excused", "live", "dormant", "silent")


def fully_known(space: Space) -> list[int]:
    """Return what says that each group in play is fully known."""
    gates, world, found = space.gates, space.world, []
    for group, names in vocabulary().groups.items():
        some = gates.any([world.given[name] for name in names])
        needed = some if group == IDENTITY else gates.any([some, space.in_play(group)])
        whole = [world.closed.get(name, world.given[name]) for name in names]
        found.append(gates.any([-needed, gates.all(whole)]))
    return found


def _to_the_point(space: Space) -> list[int]:
    """Return what says that nothing is given of groups that only other types call for."""
    play = space.book.content.in_play
    called = {group for groups in play.types.values() for group in groups} - set(play.always)
    types = dict(zip(vocabulary()["type"].values, space.world.variables["type", ""].choices, strict=True))
    found = []
    for group in sorted(called):
        calling = space.gates.any([types[t][1] for t, groups in play.types.items() if group in groups])
        some = space.gates.any([space.world.given[name] for name in vocabulary().groups[group]])
        found.append(space.gates.any([calling, -some]))
    return found


def _worst_answers(space: Space, question: CoreQuestion, type_: str) -> dict[str, int]:
    """Return the features a question asks about, in groups that the type calls for, each at what protects least."""
    called = space.book.calls_for(type_)
    found = {}
    for name in question.facts:
        fact = vocabulary()[name]
        if fact.protects is None or fact.kind == "set" or group_of(name) not in called:
            continue
        choices = space.world.variables[name, ""].choices
        found[name] = choices[0 if fact.protects in ("last", "true", "high") else -1][1]
    return found


def gaps(space: Space, rights: list[str], tick: Callable[[], None]) -> Iterator[Proof]:
    """Yield each right, core question and type of measure for which the worst answers throughout fire no rule."""
    known = space.gates.all([*fully_known(space), *_to_the_point(space), *space.settings.all_named()])
    harms = [rule for rule in space.book.content.rules if rule.effect != "mitigates"]
    fired = {rule.id: space.read(space.nodes.states[rule.id].fired) for rule in harms}
    silence = space.gates.all([-literal for literal in fired.values()])
    types = dict(zip(vocabulary()["type"].values, space.world.variables["type", ""].choices, strict=True))
    for right in rights:
        nodes = space.nodes.rights[right]
        mine = {r.id: QUIET for r in harms if right in r.rights}
        quiet = space.gates.all([-fired[name] for name in mine])
        low = [known, quiet, *(space.read(n) for n in (nodes.engaged, nodes.reported, nodes.verdict[0]))]
        for question, (type_, (_, is_type)) in product(space.book.core.get(right, ()), types.items()):
            tick()
            worst = _worst_answers(space, question, type_)
            needed = [*low, is_type, *_asked(space, question), *worst.values()]
            if not worst or not space.asker.solve(*needed):
                continue
            text = f"A fully known measure of type {type_} with the worst answers to `{question.id}` fires no rule"
            whole = [*needed, silence, space.read(space.verdict[0])]
            if space.asker.solve(*whole):
                claim = Claim(dict.fromkeys(fired, QUIET), {right: ("low",)}, verdict=("low",))
                seen = example(space, claim, *whole)
                yield Proof("W641", (right, question.id, type_), f"{text} and is `low`.", (), (right,), seen)
            else:
                seen = example(space, Claim(mine, {right: ("low",)}), *needed)
                text = f"{text} on {right}, which is `low`."
                yield Proof("I642", (right, question.id, type_), text, (), (right,), seen)


def _asked(space: Space, question: CoreQuestion) -> list[int]:
    tree = space.book.trees.core.get(question.id)
    return [] if tree is None else [space.read(space.nodes.trees.possible(tree))]


def absolute_bars(space: Space, right: str | None) -> Iterator[Proof]:
    """Yield the absolute bars that can be breached while the right, or the measure, comes to `low`."""
    for rule in (r for r in space.book.content.rules if r.absolute):
        fired = space.read(space.nodes.states[rule.id].fired)
        for name in (n for n in rule.rights if n in space.nodes.rights and right in (None, n)):
            nodes = space.nodes.rights[name]
            low = [space.read(nodes.verdict[0]), space.read(nodes.reported)]
            yield from _breached(space, rule, name, fired, low, Claim({rule.id: FIRES}, {name: ("low",)}))
        if right is None or right in rule.rights:
            claim = Claim({rule.id: FIRES}, verdict=("low",))
            yield from _breached(space, rule, "measure", fired, [space.read(space.verdict[0])], claim)


def _breached(space: Space, rule: Rule, what: str, fired: int, low: list[int], claim: Claim) -> Iterator[Proof]:
    rights = [what] if what != "measure" else [r for r in rule.rights if r in space.nodes.rights]
    weighed = [f.covered for r in rights for n, f in space.nodes.rights[r].findings.items() if n in rule.law]
    carried = space.read(space.circuit.any(weighed))
    engaged = space.read(space.circuit.any(space.nodes.rights[r].engaged for r in rights))
    for check, extra, how in (
        ("E651", carried, "a weighed standard carries it"),
        ("I652", -carried, "none weighed does"),
    ):
        if space.asker.solve(fired, engaged, *low, extra):
            where = f"With {' or '.join(rights)} engaged"
            text = f"{where}, the absolute bar `{rule.id}` can be breached while {what} is `low` ({how})."
            seen = example(space, claim, fired, engaged, *low, extra)
            yield Proof(check, (rule.id, what), text, (rule.id,), tuple(rights), seen)
