"""Mixtures of two rulebooks in one circuit: edits of rules, factors, engagements and core questions switched by row.

Both versions of an edited entry stand in one rulebook, each with a switch among its conditions. A switch is a test of
the type of measure, which is always known and counts for no rule's being live; what it gives is put in by row. A
factor has a second form for where it is negated, so that there too the version switched off makes nothing live.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import pyarrow as pa

from rightscheck.audit.verdicts import Codes, Flags, Places, VerdictKernel
from rightscheck.facts.case import RIGHTS
from rightscheck.language.tree import Not, Ref, Test, Tree, conjunction, disjunction
from rightscheck.rulebook.book import Rulebook, Trees
from rightscheck.rulebook.mixing import Mixer, reached
from rightscheck.rulebook.model import Rule

_KINDS = ("rule", "factor", "engagement", "core question")


def switchable(mixer: Mixer) -> list[int]:
    """Return the groups that can be switched row by row."""
    return [n for n, group in enumerate(mixer.groups) if len(group) == 1 and group[0].kind in _KINDS]


class Switched:
    """The circuit of a rulebook with some groups applied and others switched row by row."""

    def __init__(self, mixer: Mixer, applied: Collection[int]) -> None:
        self.groups = [n for n in switchable(mixer) if n not in applied]
        self._kernel = VerdictKernel(_both(mixer, applied, self.groups))

    def codes(self, batch: pa.RecordBatch, rows: Places, chosen: Flags) -> Codes:
        """Return verdicts by target for pairs of a row and chosen groups.

        Args:
            batch: the measures.
            rows: the row of each pair.
            chosen: by group of the mixer and pair; groups that are not switched here are not looked at.
        """
        taken = batch.take(pa.array(rows))
        return self._kernel.read(taken, extra={_key(n): chosen[n] for n in self.groups}).codes


def _switch(group: int) -> Test:
    return Test("type", "==", (f"edit {group}",))


def _key(group: int) -> tuple[object, ...]:
    test = _switch(group)
    return ("test", test.fact, test.op, test.values)


def _both(mixer: Mixer, applied: Iterable[int], groups: list[int]) -> Rulebook:
    """Return a rulebook that holds both versions of switched entries; it is good for verdicts alone."""
    applied = list(applied)
    old, new = mixer.mixed(applied), mixer.mixed([*applied, *groups])
    switches = {edit.key: _switch(n) for n in groups for edit in mixer.groups[n]}
    twice = {key[1] for key in switches if key[0] == "rule"}
    signs = _Signs(mixer, switches)

    def twin(name: str) -> str:
        return f"{name} (new)"

    def answering(rule: Rule) -> Rule:
        more = [twin(a) for a in rule.answers if isinstance(a, str) and a in twice]
        return rule.model_copy(update={"answers": [*rule.answers, *more]}) if more else rule

    rules: list[Rule] = []
    when: dict[str, Tree] = {}
    unless: dict[str, Tree] = {}
    for book, on in ((old, False), (new, True)):
        for rule in book.content.rules:
            switch = switches.get(("rule", rule.id))
            if switch is None and on:
                continue
            name = twin(rule.id) if on else rule.id
            rules.append(answering(rule.model_copy(update={"id": name})))
            when[name] = _gated(switch, on, signs.tree(book.trees.when[rule.id]))
            if rule.id in book.trees.unless:
                unless[name] = signs.tree(book.trees.unless[rule.id])
    engagement: dict[str, Tree] = {}
    for right in RIGHTS:
        switch = switches.get(("engagement", right))
        sides = [(old, False)] if switch is None else [(old, False), (new, True)]
        parts = [
            _gated(switch, on, signs.tree(book.trees.engagement[right]))
            for book, on in sides
            if right in book.trees.engagement
        ]
        if parts:
            engagement[right] = disjunction(parts)
    questions = []
    core: dict[str, Tree] = {}
    for book, on in ((old, False), (new, True)):
        for question in book.content.method.core:
            switch = switches.get(("core question", question.id))
            if switch is None and on:
                continue
            name = twin(question.id) if on else question.id
            questions.append(question.model_copy(update={"id": name}))
            tree = book.trees.core.get(question.id)
            if switch is not None or tree is not None:
                core[name] = _gated(switch, on, None if tree is None else signs.tree(tree))
    trees = Trees(
        factors=signs.factors(old, new),
        when=when,
        unless=unless,
        engagement=engagement,
        presumptions={name: signs.tree(tree) for name, tree in old.trees.presumptions.items()},
        rebuttals={name: signs.tree(tree) for name, tree in old.trees.rebuttals.items()},
        core=core,
        standards={name: signs.tree(tree) for name, tree in old.trees.standards.items()},
        severity=old.trees.severity,
    )
    method = old.content.method.model_copy(update={"core": questions})
    return Rulebook(old.content.model_copy(update={"rules": rules, "method": method}), trees, "")


class _Signs:
    """Rewrites trees so that switched factors, and those that rest on them, are named by the sign they stand under."""

    def __init__(self, mixer: Mixer, switches: dict[tuple[str, ...], Test]) -> None:
        uses = mixer.uses()
        self.switches = {key[1]: switch for key, switch in switches.items() if key[0] == "factor"}
        self.touched = {n for n in uses if n in self.switches or reached([n], uses) & set(self.switches)}

    def tree(self, tree: Tree, positive: bool = True) -> Tree:
        """Return a tree with its factors by sign."""
        if isinstance(tree, Ref):
            return tree if positive or tree.factor not in self.touched else Ref(_negated(tree.factor))
        if isinstance(tree, Not):
            return Not(self.tree(tree.arg, not positive))
        if isinstance(tree, Test):
            return tree
        return type(tree)(tuple(self.tree(arg, positive) for arg in tree.args))

    def factors(self, old: Rulebook, new: Rulebook) -> dict[str, Tree]:
        """Return every factor, and the second form of those touched by a switch."""
        found: dict[str, Tree] = {}
        for name, tree in old.trees.factors.items():
            switch = self.switches.get(name)
            if switch is None:
                found[name] = self.tree(tree)
                if name in self.touched:
                    found[_negated(name)] = self.tree(tree, False)
                continue
            other, off = new.trees.factors[name], Not(switch)
            parts = [conjunction([switch, self.tree(other)]), conjunction([off, self.tree(tree)])]
            found[name] = disjunction(parts)
            parts = [disjunction([off, self.tree(other, False)]), disjunction([switch, self.tree(tree, False)])]
            found[_negated(name)] = conjunction(parts)
        return found


def _negated(factor: str) -> str:
    return f"{factor} (not)"


def _gated(switch: Test | None, on: bool, tree: Tree | None) -> Tree:
    """Return a tree that holds only where its switch is on (or off)."""
    if switch is None:
        assert tree is not None
        return tree
    gate: Tree = switch if on else Not(switch)
    return gate if tree is None else conjunction([gate, tree])


__all__ = ["Switched", "switchable"]
