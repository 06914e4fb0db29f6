"""Expressions whose three-valued reading is not exact: open, although every answer to what is open agrees.

An expression is exact at once where each unknown fact has a value that makes all its conditions true together, and
one that makes them all false: then the extremes of the reading are reached. So is one whose parts are exact and share
no fact. Of any other, partial measures are looked
for on which the expression is unknown; a measure is ruled out together with every one that leaves open the same two
completions, one true and one false. Presumptions are left aside: what they fill is a given fact like another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from rightscheck.assessment.encode import forbid_contradictions
from rightscheck.audit.proofs.findings import Claim, Proof
from rightscheck.audit.proofs.firing import users
from rightscheck.audit.proofs.space import Asker, Key, Measures, Reading, Space
from rightscheck.audit.proofs.witness import example, witness
from rightscheck.facts.values import SetValue, Value, group_of
from rightscheck.facts.vocabulary import IDENTITY, vocabulary
from rightscheck.language.tree import Not, Ref, Test, Tree
from rightscheck.readings.cells import value_of
from rightscheck.readings.columns import Circuit
from rightscheck.readings.columns_trees import TreeCircuit
from rightscheck.readings.kleene import FALSE, TRUE, Kleene, Situation, Truth
from rightscheck.readings.network import Factor, Literal, Net, Range, complement, network, top_of
from rightscheck.readings.solver import YES, Gates
from rightscheck.rulebook.book import Rulebook

LIMIT = 1_000  # completions looked at for one expression
BOUND = ("sanction.kind", "sanction.prison_months", "sanction.prison_days")  # facts a case file may refuse together


class _Completed(TreeCircuit):
    """Trees read with the groups in play as inputs of their own."""

    def in_play(self, group: str) -> int:
        """Return where a group is in play."""
        return self.circuit.input(("play", group))


def plainly_exact(book: Rulebook, tree: Tree, positive: bool = True) -> bool:
    """Whether each fact has a value that makes all its conditions true together, and one that makes all false."""
    found: dict[Key, set[tuple[Range, ...]]] = {}
    _literals(book, network(tree, positive), found)
    if len({name for name, _ in found} & set(BOUND)) > 1:
        return False
    return all(
        name == "type" or (_common(ranges, name) and _common({complement(r, _top(name)) for r in ranges}, name))
        for (name, _), ranges in found.items()
    )


def doubtful(book: Rulebook, tree: Tree, positive: bool = True) -> Iterator[tuple[Tree, bool]]:
    """Yield the parts of an expression, with their sign, that are not exact at once.

    Parts that share no fact are read apart: where each is exact, so is the whole. The type is always known.
    """
    if isinstance(tree, Not):
        yield from doubtful(book, tree.arg, not positive)
    elif isinstance(tree, Ref):
        yield from doubtful(book, book.trees.factors[tree.factor], positive)
    elif not isinstance(tree, Test):
        for args in _linked(book, tree.args):
            if len(args) == 1:
                yield from doubtful(book, args[0], positive)
            elif not plainly_exact(book, part := replace(tree, args=tuple(args)), positive):
                yield part, positive


def _linked(book: Rulebook, args: Sequence[Tree]) -> list[list[Tree]]:
    """Return arguments grouped so that no two groups share a fact."""
    groups: list[tuple[set[str], list[Tree]]] = []
    for arg in args:
        names = {"sanction.kind" if name in BOUND else name for name in book.facts_of(arg)} - {"type"}
        joined = [g for g in groups if g[0] & names]
        groups = [g for g in groups if not g[0] & names]
        groups.append((names.union(*(g[0] for g in joined)), [*(a for g in joined for a in g[1]), arg]))
    return [trees for _, trees in groups]


def _top(name: str) -> int:
    return top_of(vocabulary()[name])


def _literals(book: Rulebook, net: Net, found: dict[Key, set[tuple[Range, ...]]]) -> None:
    if isinstance(net, Literal):
        found.setdefault(net.variable, set()).add(net.ranges)
    elif isinstance(net, Factor):
        _literals(book, network(book.trees.factors[net.factor], net.positive), found)
    else:
        for arg in net.args:
            _literals(book, arg, found)


def _common(all_ranges: set[tuple[Range, ...]], name: str) -> bool:
    """Whether some code lies in all of these."""
    top = _top(name)
    starts = {low for ranges in all_ranges for low, _ in ranges}
    return any(all(any(low <= s <= high for low, high in r) for r in all_ranges) for s in starts if s <= top)


class _Search:
    """Looks for a measure on which one expression is unknown although its completions agree."""

    def __init__(self, space: Space, asker: Asker, tree: Tree, positive: bool = True) -> None:
        self.space, self.asker, self.tree, self.positive = space, asker, tree, positive
        names = set(space.book.facts_of(tree))
        self.names = sorted(names | set(BOUND)) if names & set(BOUND) else sorted(names)
        self.groups = sorted({group_of(name) for name in self.names} - {IDENTITY})
        play = space.book.content.in_play
        calls: dict[str, list[str]] = {}
        for type_, groups in play.types.items():
            for group in groups:
                calls.setdefault(group, []).append(type_)
        factors = space.book.trees.factors
        bare = TreeCircuit(Circuit(), factors, frozenset(play.always), calls)
        literals: dict[Key, set[tuple[Range, ...]]] = {}
        _literals(space.book, network(tree, positive), literals)
        self.asked, self.always = set(literals), frozenset(play.always)
        self.read = Reading(space.gates, bare.circuit, space.world, {})
        self.play = {group: self.read(bare.in_play(group)) for group in self.groups}
        self.needed = [self.read(bare.possible(tree, positive)), -self.read(bare.certain(tree, positive))]
        self.needed += [-space.read(node) for node in space.nodes.trees.used]
        self._complete(space, factors)

    def _complete(self, space: Space, factors: dict[str, Tree]) -> None:
        """Make the clauses of a complete measure."""
        gates, full = Gates(), Measures()
        full.free(gates, space.starts, dict.fromkeys([*self.names, *BOUND]))
        self.playing = {group: gates.new() for group in self.groups}
        for name in self.names:
            plays = self.playing.get(group_of(name), YES)
            gates.need(-plays, full.closed.get(name, full.given[name]))
            gates.need(plays, -full.given[name])
        forbid_contradictions(gates, full)
        trees = _Completed(Circuit(), factors)
        fixed = {("play", group): literal for group, literal in self.playing.items()}
        reading = Reading(gates, trees.circuit, full, fixed)
        self.full, self.truth = full, reading(trees.certain(self.tree, self.positive))
        self.inner = Asker(gates)

    def run(self) -> bool | None:
        """Whether there is such a measure (the last solution); None where the limit was met first."""
        try:
            for _ in range(LIMIT):
                if not self.asker.solve(*self.needed):
                    return False
                true = self.asker.model()
                known = self._known(true)
                ends = []
                for truth in (self.truth, -self.truth):
                    if self.inner.solve(*known, truth):
                        ends.append(self.inner.model())
                if len(ends) < 2:
                    self.asker.solve(*self._fixed(true))
                    return True
                self._rule_out(true, *ends)
            return None
        finally:
            self.inner.close()

    def _known(self, true: set[int]) -> list[int]:
        """Return what a partial measure settles, as literals of the complete one."""
        found = [lit if self.play[g] in true else -lit for g, lit in self.playing.items()]
        for name in self.names:
            for member in vocabulary()[name].values if vocabulary()[name].kind == "set" else ("",):
                found += [b for a, b in self._atoms(name, member) if a in true]
        return found

    def _fixed(self, true: set[int]) -> list[int]:
        """Return the literals that hold a partial measure to what it is, on the facts of the expression."""
        found = list(self.needed)
        for literal in self.play.values():
            found.append(literal if literal in true else -literal)
        for name in self.names:
            found += [lit if lit in true else -lit for lit in self.space.world.literals(name)]
        return found

    def _atoms(self, name: str, member: str = "") -> list[tuple[int, int]]:
        """Return the ways in which a fact, or a member of a set, may be known: (partial, complete)."""
        outer, inner = self.space.world.variables[name, member], self.full.variables[name, member]
        return [(a, b) for (_, a), (_, b) in zip(outer.choices, inner.choices, strict=True)]

    def _rule_out(self, true: set[int], *ends: set[int]) -> None:
        """Rule out every measure, with the same groups in play, that leaves open what makes both ends certain."""
        clause = [-lit if lit in true else lit for lit in self.play.values()]
        truths: tuple[Truth, Truth] = (TRUE, FALSE)
        for end, wanted in zip(ends, truths, strict=True):
            kept = self._needed(end, wanted, true)
            clause += [a for key in kept for a, b in self._atoms(*key) if b not in end]
        self.space.gates.need(*clause)

    def _needed(self, end: set[int], wanted: Truth, true: set[int]) -> list[tuple[str, str]]:
        """Return what of a complete measure makes the expression certain, none of it spare: facts, or members."""
        facts = self._facts(end)
        in_play = frozenset(group for group, literal in self.play.items() if literal in true) | self.always
        for name, value in list(facts.items()):
            smaller: list[Value | None] = [None]
            if isinstance(value, SetValue):
                smaller += [SetValue(frozenset(), True), SetValue(value.members, True)]
            for less in [] if name in BOUND else smaller:
                trial = {**facts, name: less} if less is not None else {n: v for n, v in facts.items() if n != name}
                kleene = Kleene(self.space.book.trees.factors, Situation(trial, in_play))
                if kleene.value(self.tree, self.positive) == wanted:
                    facts = trial
                    break
        found = []
        for name, value in facts.items():
            members = value.members if isinstance(value, SetValue) and value.open else vocabulary()[name].values
            keys = [(name, m) for m in members if (name, m) in self.asked]
            found += keys if vocabulary()[name].kind == "set" else [(name, "")]
        return found

    def _facts(self, end: set[int]) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for name in self.names:
            if self.full.given[name] not in end:
                continue
            if vocabulary()[name].kind == "set":
                inside = frozenset(m for m in vocabulary()[name].values if self.full.inside(name, m) in end)
                found[name] = SetValue(inside)
            else:
                code = next(c for c, literal in self.full.variables[name, ""].choices if literal in end)
                found[name] = value_of(vocabulary()[name], code)
        return found


def inexact(space: Space, factors: list[str], rules: list[str], tick: Callable[[], None]) -> Iterator[Proof]:
    """Yield the rules and factors that stay open although every answer agrees, and presumptions that clash."""
    trees = space.book.trees
    for name in factors:
        tick()
        claim = Claim(factors={name: ("unknown",)})
        yield from _search(space, "W672", name, trees.factors[name], claim, users(space, name))
    for name in rules:
        tick()
        for part, tree in (("when", trees.when[name]), ("unless", trees.unless.get(name))):
            if tree is not None and not isinstance(tree, Ref):
                claim = Claim({name: ("live", "dormant", "excused")} if part == "when" else {})
                yield from _search(space, "W671", name, tree, claim, (name,), part)


def _search(
    space: Space, check: str, name: str, tree: Tree, claim: Claim, rules: tuple[str, ...], part: str = ""
) -> Iterator[Proof]:
    for part_of, positive in doubtful(space.book, tree):
        with space.aside() as asker:
            if _Search(space, asker, part_of, positive).run() is not False:
                break
    else:
        return
    with space.aside() as asker:
        search = _Search(space, asker, tree)
        found = search.run()
        subjects = (name, part) if part else (name,)
        if found is None:
            text = f"Whether `{name}` is read exactly was not settled within {LIMIT:,} completions."
            yield Proof("W690", (check, *subjects), text, rules)
        elif found:
            text = f"`{name}`{f' ({part})' if part else ''} stays open although every answer to what is open agrees."
            kept = search._fixed(asker.model())
            asker.solve(*kept)
            yield Proof(check, subjects, text, rules, (), witness(space, kept, claim, by=asker))


def presumptions_clash(space: Space) -> Iterator[Proof]:
    """Yield pairs of presumptions that would fill one fact differently, so that their order decides."""
    nodes, items, c = space.nodes.trees, space.book.content.presumptions, space.circuit
    for number, (first, used) in enumerate(zip(items, nodes.used, strict=True)):
        for other in items[number + 1 :]:
            if other.fact != first.fact or other.value == first.value:
                continue
            rebuttal = space.book.trees.rebuttals.get(other.id)
            rebutted = 0 if rebuttal is None else nodes.certain(rebuttal, bare=True)
            node = c.but(c.both(used, nodes.certain(space.book.trees.presumptions[other.id], bare=True)), rebutted)
            if space.asker.solve(space.read(node)):
                text = f"`{first.id}` and `{other.id}` would fill {first.fact} differently; the earlier one decides."
                yield Proof("W673", (first.id, other.id), text, witness=example(space, Claim(), space.read(node)))


__all__ = ["inexact", "plainly_exact", "presumptions_clash"]
