"""Rule trees as parts of a circuit: certainly true, possibly true, live, within reach; groups in play; presumptions.

The meaning is the reference reading's (kleene.py), condition by condition. The circuit's inputs are:
("given", fact), ("closed", fact) of a set without `?`, ("hit", fact, members) of a set that has one of them, and
("test", fact, op, values) of a known value that passes a test.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rightscheck.facts.values import Value
from rightscheck.facts.vocabulary import IDENTITY, vocabulary
from rightscheck.language.tree import And, Not, Ref, Test, Tree, leaves
from rightscheck.readings.columns import ONE, ZERO, Circuit
from rightscheck.readings.kleene import FALSE, TRUE, test_value


@dataclass(frozen=True, slots=True)
class Presumed:
    """A presumption of law: the fact it fills, with what, when, and what rebuts it."""

    fact: str
    value: Value
    when: Tree
    unless: Tree | None = None


@dataclass(frozen=True, slots=True)
class RuleNodes:
    """The nodes of a rule's states; `reach` and `bare` as in the reference verdicts.

    `fired` holds rebuttable ones too. `helping` is fired or open. `bare` is certain on the given facts alone.
    """

    fired: int
    firm: int
    rebuttable: int
    excused: int
    live: int
    dormant: int
    helping: int
    reach: int
    bare: int


@dataclass
class TreeCircuit:
    """Builds circuit nodes from trees.

    Args:
        circuit: where the nodes are built.
        factors: trees of the factors by id.
        always: groups in play for every measure.
        calls: types of measure by the group they call for.
        presumptions: presumptions of law in order.
        type_known: every row has a type.
    """

    circuit: Circuit
    factors: Mapping[str, Tree]
    always: frozenset[str] = frozenset()
    calls: Mapping[str, Sequence[str]] = field(default_factory=dict)
    presumptions: Sequence[Presumed] = ()

    def __post_init__(self) -> None:
        self._memo: dict[tuple[object, ...], int] = {}
        self._facts: dict[str, frozenset[str]] = {}
        self.used: list[int] = []
        self._used_by_fact: dict[str, list[tuple[int, Value]]] = {}
        self._presume()

    # --- facts -------------------------------------------------------------------------------

    def given(self, fact: str) -> int:
        """Return where a fact is given, an open set too."""
        return self.circuit.input(("given", fact))

    def in_play(self, group: str) -> int:
        """Return where a group is in play."""
        if group == IDENTITY or group in self.always:
            return ONE
        key = ("play", group)
        if key not in self._memo:
            c = self.circuit
            parts = [self.given(name) for name in vocabulary().groups[group]]
            parts.append(c.no(self.given("type")))
            calling = tuple(sorted(self.calls.get(group, ())))
            if calling:
                parts.append(c.input(("test", "type", "in", calling)))
            self._memo[key] = c.any(parts)
        return self._memo[key]

    def presumed(self, fact: str) -> int:
        """Return where a fact's value is presumed."""
        return self.circuit.any(node for node, _ in self._used_by_fact.get(fact, ()))

    def _presume(self) -> None:
        """Find where each presumption fills its fact; all are weighed on the given facts alone."""
        c = self.circuit
        for item in self.presumptions:
            earlier = self.presumed(item.fact)
            rebutted = ZERO if item.unless is None else self.certain(item.unless, True, bare=True)
            open_ = c.but(self.in_play(vocabulary()[item.fact].group), c.either(self.given(item.fact), earlier))
            node = c.but(c.both(open_, self.certain(item.when, True, bare=True)), rebutted)
            self.used.append(node)
            self._used_by_fact.setdefault(item.fact, []).append((node, item.value))

    # --- conditions --------------------------------------------------------------------------

    def _test(self, test: Test, positive: bool, bare: bool) -> int:
        c, fact = self.circuit, vocabulary()[test.fact]
        if fact.kind == "set":
            if test.op in ("has", "any"):
                members, inside = test.values, positive
            else:
                members = tuple(v for v in fact.values if test.op == "empty" or v not in test.values)
                inside = not positive
            hit = c.input(("hit", fact.name, tuple(sorted(map(str, members)))))
            return hit if inside else c.but(c.input(("closed", fact.name)), hit)
        passes = c.input(("test", fact.name, test.op, test.values))
        node = passes if positive else c.but(self.given(fact.name), passes)
        if bare:
            return node
        wanted = TRUE if positive else FALSE
        uses = [
            used for used, value in self._used_by_fact.get(fact.name, ()) if test_value(test, fact, value) == wanted
        ]
        return c.any([node, *uses])

    def certain(self, tree: Tree, positive: bool = True, *, bare: bool = False) -> int:
        """Return where a tree (or its negation) is certainly true; `bare` leaves presumptions out."""
        key = ("certain", tree, positive, bare)
        found = self._memo.get(key)
        if found is None:
            if isinstance(tree, Test):
                found = self._test(tree, positive, bare)
            elif isinstance(tree, Not):
                found = self.certain(tree.arg, not positive, bare=bare)
            elif isinstance(tree, Ref):
                found = self.certain(self.factors[tree.factor], positive, bare=bare)
            else:
                parts = [self.certain(arg, positive, bare=bare) for arg in tree.args]
                found = self._join(tree, positive, parts)
            self._memo[key] = found
        return found

    def possible(self, tree: Tree, positive: bool = True) -> int:
        """Return where a tree (or its negation) is not certainly false."""
        key = ("possible", tree, positive)
        found = self._memo.get(key)
        if found is None:
            if isinstance(tree, Test):
                playing = self.in_play(vocabulary()[tree.fact].group)
                found = self.circuit.but(playing, self.certain(tree, not positive))
            elif isinstance(tree, Not):
                found = self.possible(tree.arg, not positive)
            elif isinstance(tree, Ref):
                found = self.possible(self.factors[tree.factor], positive)
            else:
                found = self._join(tree, positive, [self.possible(arg, positive) for arg in tree.args])
            self._memo[key] = found
        return found

    def live(self, tree: Tree, positive: bool = True) -> int:
        """Return where some condition beyond type, restricts and stage is certainly true on a branch that may hold."""
        key = ("live", tree, positive)
        found = self._memo.get(key)
        if found is None:
            c = self.circuit
            if isinstance(tree, Test):
                sure = c.but(self.certain(tree, positive), self.presumed(tree.fact))
                found = ZERO if vocabulary()[tree.fact].group == IDENTITY else sure
            elif isinstance(tree, Not):
                found = self.live(tree.arg, not positive)
            elif isinstance(tree, Ref):
                found = self.live(self.factors[tree.factor], positive)
            else:
                found = c.both(self.possible(tree, positive), c.any(self.live(arg, positive) for arg in tree.args))
            self._memo[key] = found
        return found

    def within_reach(self, tree: Tree, fact: str, positive: bool = True) -> int:
        """Return where the right answer to one fact would make a tree certainly true."""
        if fact not in self.facts_of(tree):
            return self.certain(tree, positive)
        if isinstance(tree, Test):
            return self.possible(tree, positive)
        key = ("reach", tree, positive, fact)
        found = self._memo.get(key)
        if found is None:
            if isinstance(tree, Not):
                found = self.within_reach(tree.arg, fact, not positive)
            elif isinstance(tree, Ref):
                found = self.within_reach(self.factors[tree.factor], fact, positive)
            else:
                found = self._join(tree, positive, [self.within_reach(arg, fact, positive) for arg in tree.args])
            self._memo[key] = found
        return found

    def _join(self, tree: Tree, positive: bool, parts: Iterable[int]) -> int:
        return self.circuit.all(parts) if isinstance(tree, And) is positive else self.circuit.any(parts)

    def facts_of(self, tree: Tree) -> frozenset[str]:
        """Return the facts a tree rests on, factors expanded."""
        found: set[str] = set()
        for leaf in leaves(tree):
            if isinstance(leaf, Test):
                found.add(leaf.fact)
                continue
            if leaf.factor not in self._facts:
                self._facts[leaf.factor] = self.facts_of(self.factors[leaf.factor])
            found |= self._facts[leaf.factor]
        return frozenset(found)

    # --- rules -------------------------------------------------------------------------------

    def rule(self, when: Tree, unless: Tree | None) -> RuleNodes:
        """Return the nodes of a rule's states.

        A known fact is never within reach of changing an open rule, so reach needs no test of being unknown.
        """
        c = self.circuit
        sure, may = self.certain(when), self.possible(when)
        shown = ZERO if unless is None else self.certain(unless)
        perhaps = ZERO if unless is None else self.possible(unless)
        open_ = c.but(c.but(may, sure), shown)
        live = c.both(open_, self.live(when))
        dormant = c.but(open_, live)
        near = c.any(self.within_reach(when, fact) for fact in sorted(self.facts_of(when)))
        return RuleNodes(
            fired=c.but(sure, shown),
            firm=c.but(sure, perhaps),
            rebuttable=c.but(c.both(sure, perhaps), shown),
            excused=c.both(may, shown),
            live=live,
            dormant=dormant,
            helping=c.but(may, shown),
            reach=c.both(dormant, near),
            bare=self.certain(when, bare=True),
        )


__all__ = ["Presumed", "RuleNodes", "TreeCircuit"]
