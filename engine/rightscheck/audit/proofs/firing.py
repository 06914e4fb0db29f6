"""Rules, exceptions and factors that can never be true or never be false."""

from __future__ import annotations

from collections.abc import Iterator

from rightscheck.audit.proofs.findings import FIRES, Claim, Proof, Witness
from rightscheck.audit.proofs.space import Space
from rightscheck.audit.proofs.witness import example
from rightscheck.facts.values import group_of
from rightscheck.facts.vocabulary import IDENTITY
from rightscheck.language.tree import And, Ref, Tree, leaves
from rightscheck.rulebook.model import Rule


def rules_firing(space: Space, rules: list[Rule]) -> Iterator[Proof]:
    """Yield the rules that never fire, are never silent, never count, or can never be excused."""
    for rule in rules:
        nodes, tree = space.nodes.states[rule.id], space.book.trees.when[rule.id]
        fired = space.read(nodes.fired)
        if not space.asker.solve(fired):
            parts = _clash(space, tree)
            text = f"`{rule.id}` can never fire: {parts}."
            yield Proof("E601", (rule.id,), text, (rule.id,), tuple(rule.rights), _silent(space, rule))
            continue
        if not space.asker.solve(*_false(space, tree)):
            text = f"The condition of `{rule.id}` is never false once its facts are asked for."
            seen = example(space, Claim(states={rule.id: FIRES}), fired)
            yield Proof("E602", (rule.id,), text, (rule.id,), tuple(rule.rights), seen)
        yield from _counts(space, rule, fired)
        if rule.id in space.book.trees.unless and not space.asker.solve(space.read(nodes.excused)):
            text = f"The exception of `{rule.id}` never holds while its condition may."
            seen = example(space, Claim(states={rule.id: FIRES}), fired)
            yield Proof("W604", (rule.id,), text, (rule.id,), tuple(rule.rights), seen)


def _counts(space: Space, rule: Rule, fired: int) -> Iterator[Proof]:
    for right in rule.rights:
        nodes = space.nodes.rights.get(right)
        weighed = [] if nodes is None else [f.covered for name, f in nodes.findings.items() if name in rule.law]
        where = space.circuit.any(weighed)
        if nodes is not None and space.asker.solve(fired, space.read(nodes.engaged), space.read(where)):
            continue
        text = f"Wherever `{rule.id}` fires, {right} is not engaged under a standard it cites."
        seen = example(space, Claim(states={rule.id: FIRES}), fired)
        yield Proof("W603", (rule.id, right), text, (rule.id,), (right,), seen)


def _silent(space: Space, rule: Rule) -> Witness:
    """Return a measure as near as can be to what the rule asks: every part that can hold beside the others does."""
    tree = space.book.trees.when[rule.id]
    kept: list[int] = []
    for part in tree.args if isinstance(tree, And) else (tree,):
        literal = space.read(space.nodes.trees.certain(part))
        if space.asker.solve(*kept, literal):
            kept.append(literal)
    return example(space, Claim(states={rule.id: ("silent", "excused", "live", "dormant")}), *kept)


def _clash(space: Space, tree: Tree) -> str:
    """Return the parts of a condition that cannot hold together, none of them spare."""
    parts = tree.args if isinstance(tree, And) else (tree,)
    known = {space.read(space.nodes.trees.certain(part)): str(part) for part in parts}
    if space.asker.solve(*known):
        return "its exception holds wherever its condition does"
    core = [literal for literal in known if literal in space.asker.core()] or list(known)
    for literal in list(core):
        less = [other for other in core if other != literal]
        if not space.asker.solve(*less):
            core = less
    return "these cannot hold together: " + "; ".join(f"`{known[literal]}`" for literal in core)


def _false(space: Space, tree: Tree) -> list[int]:
    """Return what says that a condition is certainly false although every group it asks about is in play."""
    groups = {group_of(name) for name in space.book.facts_of(tree)} - {IDENTITY}
    return [*(space.in_play(g) for g in sorted(groups)), -space.read(space.nodes.trees.possible(tree))]


def factors_true(space: Space, names: list[str]) -> Iterator[Proof]:
    """Yield the factors that can never be true, or never be false once their facts are asked for."""
    for name in names:
        tree = space.book.trees.factors[name]
        rules = users(space, name)
        if not space.asker.solve(space.read(space.nodes.trees.certain(tree))):
            text = f"The factor `{name}` can never be true: {_clash(space, tree)}."
            seen = example(space, Claim(factors={name: ("false", "unknown")}))
            yield Proof("W605", (name,), text, rules, (), seen)
        if not space.asker.solve(*_false(space, tree)):
            text = f"The factor `{name}` is never false once its facts are asked for."
            seen = example(space, Claim(factors={name: ("true", "unknown")}), *_false(space, tree)[:-1])
            yield Proof("W606", (name,), text, rules, (), seen)


def users(space: Space, factor: str) -> tuple[str, ...]:
    """Return the rules that name a factor directly."""
    trees = space.book.trees
    return tuple(
        rule.id
        for rule in space.book.content.rules
        for tree in [trees.when[rule.id], *([trees.unless[rule.id]] if rule.id in trees.unless else [])]
        if Ref(factor) in set(leaves(tree))
    )
