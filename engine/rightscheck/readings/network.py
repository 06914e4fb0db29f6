"""Rule trees as monotone networks: negation pushed down to literals, each a variable within ranges of codes.

A variable is a fact (its value's code: false 0 and true 1, the rank of an enum, the number of an int) or one possible
member of a set fact (0 or 1). The form is shared by the readings that do not recurse over trees.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rightscheck.facts.vocabulary import Fact, vocabulary
from rightscheck.language.tree import And, Not, Ref, Test, Tree

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Literal:
    """A variable lies within one of the ranges (closed, sorted, disjoint, not adjacent)."""

    fact: str
    member: str
    ranges: tuple[Range, ...]

    @property
    def variable(self) -> tuple[str, str]:
        """The fact, and the member where it is a set."""
        return self.fact, self.member


@dataclass(frozen=True, slots=True)
class Factor:
    """A factor holds (`positive`) or its negation does."""

    factor: str
    positive: bool


@dataclass(frozen=True, slots=True)
class All:
    """Every argument holds; true where there is none."""

    args: tuple[Net, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """Some argument holds; false where there is none."""

    args: tuple[Net, ...]


Net = Literal | Factor | All | Any


def top_of(fact: Fact) -> int:
    """Return the largest code of a variable of this fact."""
    return 1 if fact.kind == "set" else fact.top


def complement(ranges: tuple[Range, ...], top: int) -> tuple[Range, ...]:
    """Return what `ranges` leave of 0..top."""
    found: list[Range] = []
    start = 0
    for low, high in ranges:
        if low > start:
            found.append((start, low - 1))
        start = high + 1
    if start <= top:
        found.append((start, top))
    return tuple(found)


def _merge(codes: list[int]) -> tuple[Range, ...]:
    found: list[Range] = []
    for code in sorted(set(codes)):
        if found and found[-1][1] == code - 1:
            found[-1] = (found[-1][0], code)
        else:
            found.append((code, code))
    return tuple(found)


def ranges_of(test: Test, fact: Fact) -> tuple[Range, ...]:
    """Return the codes that satisfy a test on a fact that is not a set."""
    top = fact.top
    if test.op == "true":
        return ((1, 1),)
    codes = [fact.codes[str(v)] if fact.values else int(v) for v in test.values]
    if test.op in ("==", "in"):
        return _merge(codes)
    bound = codes[0]
    low, high = {
        "from": (bound, top),
        ">=": (bound, top),
        ">": (bound + 1, top),
        "upto": (0, bound),
        "<=": (0, bound),
        "<": (0, bound - 1),
    }[test.op]
    return ((low, high),) if low <= high else ()


def _set_net(test: Test, fact: Fact, positive: bool) -> Net:
    present, absent = ((1, 1),), ((0, 0),)
    if test.op in ("has", "any"):
        members, wanted, every = [str(v) for v in test.values], present, False
    else:
        members = [v for v in fact.values if test.op == "empty" or v not in test.values]
        wanted, every = absent, True
    if not positive:
        wanted, every = (absent if wanted is present else present), not every
    args = tuple(Literal(fact.name, member, wanted) for member in members)
    if len(args) == 1:
        return args[0]
    return All(args) if every else Any(args)


def network(tree: Tree, positive: bool = True) -> Net:
    """Return the network of a tree, or of its negation."""
    if isinstance(tree, Not):
        return network(tree.arg, not positive)
    if isinstance(tree, Ref):
        return Factor(tree.factor, positive)
    if isinstance(tree, Test):
        fact = vocabulary()[tree.fact]
        if fact.kind == "set":
            return _set_net(tree, fact, positive)
        ranges = ranges_of(tree, fact)
        return Literal(fact.name, "", ranges if positive else complement(ranges, fact.top))
    args = tuple(network(arg, positive) for arg in tree.args)
    return All(args) if isinstance(tree, And) is positive else Any(args)


def factor_networks(factors: Mapping[str, Tree]) -> dict[Factor, Net]:
    """Return the network of each factor under both signs."""
    return {Factor(name, sign): network(tree, sign) for name, tree in factors.items() for sign in (True, False)}
