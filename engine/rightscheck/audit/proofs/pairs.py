"""Rules beside rules: those that always fire together, those subsumed, and answers that cannot work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from rightscheck.assessment.verdict import answers
from rightscheck.audit.proofs.findings import FIRES, Claim, Proof
from rightscheck.audit.proofs.space import Space
from rightscheck.audit.proofs.witness import example
from rightscheck.rulebook.model import Rule

SAMPLES = 4
LEVEL = {"violation": 3, "strong": 2, "weak": 1}


class Implications:
    """Which rules fire wherever another does; solutions met on the way rule most pairs out."""

    def __init__(self, space: Space, tick: Callable[[], None]) -> None:
        self.space, self.tick = space, tick
        self.fired = {name: space.read(nodes.fired) for name, nodes in space.nodes.states.items()}
        self._seen = dict.fromkeys(self.fired, 0)
        self._samples = 0
        self._proved: dict[tuple[str, str], bool] = {}
        self.possible = [name for name in self.fired if self._sample(name)]

    def _sample(self, name: str) -> bool:
        rng = Random(0)
        for number in range(SAMPLES):
            if number > 1:
                self.space.mixed(rng)
            if not self.space.asker.solve(self.fired[name]):
                return False
            self._note()
            if number > 1:
                self.space.sparse()
        self.tick()
        return True

    def _note(self) -> None:
        true = self.space.asker.model()
        bit = 1 << self._samples
        self._samples += 1
        for name, literal in self.fired.items():
            if literal in true:
                self._seen[name] |= bit

    def follows(self, one: str, other: str) -> bool:
        """Whether the other rule fires wherever the one does."""
        if self._seen[one] & ~self._seen[other]:
            return False
        key = (one, other)
        if key not in self._proved:
            self._proved[key] = not self.space.asker.solve(self.fired[one], -self.fired[other])
            if not self._proved[key]:
                self._note()
        return self._proved[key]


def together(space: Space, found: Implications, right: str | None) -> Iterator[Proof]:
    """Yield the groups of rules that always fire together."""
    rules, left = space.book.rules, list(found.possible)
    while left:
        first = left.pop(0)
        group = [first, *(n for n in left if found.follows(first, n) and found.follows(n, first))]
        left = [n for n in left if n not in group]
        shared = {r for n in group for r in rules[n].rights if sum(r in rules[m].rights for m in group) > 1}
        rights = tuple(dict.fromkeys(r for n in group for r in rules[n].rights))
        if len(group) == 1 or (right is not None and right not in rights):
            continue
        names = tuple(sorted(group))
        text = f"These always fire together: {', '.join(f'`{n}`' for n in names)}."
        seen = example(space, Claim(states=dict.fromkeys(names, FIRES)), found.fired[first])
        yield Proof("W611" if shared else "I612", names, text, names, rights, seen)


def subsumed(space: Space, found: Implications, right: str | None) -> Iterator[Proof]:
    """Yield the rules to which another adds everything: same rights and standards, effect no weaker, always firing.

    Rules that always fire together are found elsewhere. A rule is no weaker where answers lower it further.
    """
    rules = space.book.rules
    for name in found.possible:
        rule = rules[name]
        if right is not None and right not in rule.rights:
            continue
        for other in space.book.rules_by_right[rule.rights[0]]:
            if other.id == name or other.id not in found.possible or not _covers(rule, other):
                continue
            if not found.follows(name, other.id) or found.follows(other.id, name):
                continue
            if space.asker.solve(found.fired[name], space.read(_lower(space, rule, other))):
                continue
            text = (
                f"Wherever `{name}` ({rule.effect}) fires, `{other.id}` ({other.effect}) fires for the same right "
                "and standards, so it changes no verdict."
            )
            seen = example(space, Claim(states={name: FIRES, other.id: FIRES}), found.fired[name])
            yield Proof("W621", (name, other.id), text, (name, other.id), tuple(rule.rights), seen)


def _covers(rule: Rule, other: Rule) -> bool:
    if not (set(rule.rights) <= set(other.rights) and set(rule.law) <= set(other.law)):
        return False
    if rule.effect == "mitigates" or other.effect == "mitigates":
        plain = {str(a) for a in rule.answers} <= {str(a) for a in other.answers}
        return rule.effect == other.effect and plain
    return LEVEL[other.effect] >= LEVEL[rule.effect]


def _lower(space: Space, rule: Rule, other: Rule) -> int:
    """Return the node: under some right and standard the other rule weighs less, since it is answered."""
    if rule.effect == "mitigates":
        return 0
    found = []
    for right in rule.rights:
        for standard in rule.law:
            if LEVEL[other.effect] > LEVEL[rule.effect] or other.effect == "violation":
                continue
            mine = _answered(space, rule, right, standard)
            found.append(space.circuit.but(_answered(space, other, right, standard), mine))
    return space.circuit.any(found)


def _answered(space: Space, rule: Rule, right: str, standard: str) -> int:
    helping = answering(space, rule, right, standard)
    return space.circuit.any(space.nodes.states[m.id].fired for m in helping)


def answering(space: Space, rule: Rule, right: str, standard: str) -> list[Rule]:
    """Return the mitigations that answer a rule for a right under a standard."""
    found = space.book.rules_by_right.get(right, ())
    return [m for m in found if m.effect == "mitigates" and standard in m.law and answers(m, rule, right)]


def answers_work(space: Space, found: Implications, mitigations: list[Rule]) -> Iterator[Proof]:
    """Yield mitigations that never meet what they answer, always do, or fire only beside a violation."""
    rules, fired = space.book.rules, found.fired
    for m in (m for m in mitigations if m.id in found.possible):
        met = {
            rule.id: None
            for right in m.rights
            for rule in space.book.rules_by_right[right]
            if answers(m, rule, right) and set(rule.law) & set(m.law)
        }
        named = [n for n in met if n in m.answers and n in found.possible]
        dead = [n for n in named if not space.asker.solve(fired[m.id], fired[n])]
        if len(named) < len(met) and not any(space.asker.solve(fired[m.id], fired[n]) for n in met):
            dead = list(met)
        for name in dead:
            text = f"`{m.id}` answers `{name}`, and the two can never fire together."
            seen = example(space, Claim(states={m.id: FIRES}), fired[m.id])
            yield Proof("W631", (m.id, name), text, (m.id, name), tuple(m.rights), seen)
        for name in (n for n in met if n in found.possible and n not in dead and found.follows(n, m.id)):
            if set(rules[name].rights) <= set(m.rights) and set(rules[name].law) <= set(m.law):
                text = f"`{name}` never stands: `{m.id}` answers it wherever it fires."
                seen = example(space, Claim(states={m.id: FIRES, name: FIRES}), fired[name])
                yield Proof("W632", (name, m.id), text, (name, m.id), tuple(rules[name].rights), seen)
        for right in m.rights:
            for rule in space.book.rules_by_right[right]:
                if rule.effect == "violation" and set(m.law) & set(rule.law) and found.follows(m.id, rule.id):
                    text = f"`{m.id}` speaks for a measure on {right} only where `{rule.id}` finds a violation."
                    seen = example(space, Claim(states={m.id: FIRES, rule.id: FIRES}), fired[m.id])
                    yield Proof("W633", (m.id, rule.id, right), text, (m.id, rule.id), (right,), seen)
