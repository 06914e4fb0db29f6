"""The rulebook as a graph: rights, stages of the test, rules, factors and facts, and what rests on what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rightscheck.assessment.verdict import answers
from rightscheck.assessment.words import title_of
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.language.tree import Ref, Test, Tree, leaves
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.model import STAGES

UNLESS, ANSWERS = "unless", "answers"
Line = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Item:
    """One box: a right, a stage of a right, a rule, a factor or a fact.

    `style` is a rule's effect, empty for the others.
    """

    key: str
    kind: str
    id: str
    title: str
    style: str = ""


@dataclass
class Graph:
    """Items by key and lines from a right towards facts; a line's style says `unless`, `answers` or nothing."""

    items: dict[str, Item] = field(default_factory=dict)
    lines: dict[Line, str] = field(default_factory=dict)

    def part(self, keys: Iterable[str]) -> Graph:
        """Return the items of some keys, in this graph's order, with the lines between them."""
        kept = set(keys)
        return Graph(
            {key: item for key, item in self.items.items() if key in kept},
            {line: style for line, style in self.lines.items() if line[0] in kept and line[1] in kept},
        )

    def without_answers(self, but: str = "") -> Graph:
        """Return the graph without the lines to answered rules, but for those of one item."""
        lines = {line: s for line, s in self.lines.items() if s != ANSWERS or but in line}
        return Graph(self.items, lines)

    def below(self) -> dict[str, list[str]]:
        """Return what each item rests on directly."""
        found: dict[str, list[str]] = {key: [] for key in self.items}
        for upper, lower in self.lines:
            found[upper].append(lower)
        return found

    def above(self) -> dict[str, list[str]]:
        """Return what rests on each item directly."""
        found: dict[str, list[str]] = {key: [] for key in self.items}
        for upper, lower in self.lines:
            found[lower].append(upper)
        return found


def stage_key(right: str, stage: str) -> str:
    """Return the key of a stage of a right."""
    return f"stage {right} {stage}"


def graph_of(book: Rulebook) -> Graph:
    """Return the whole rulebook as a graph; factors and facts that no rule or factor names stand alone."""
    graph = Graph()
    for right in book.trees.engagement:
        graph.items[f"right {right}"] = Item(f"right {right}", "right", right, right)
        mine = book.rules_by_right.get(right, ())
        for stage in STAGES:
            if any(rule.stage == stage for rule in mine):
                key = stage_key(right, stage)
                graph.items[key] = Item(key, "stage", stage, stage)
                graph.lines[f"right {right}", key] = ""
    for rule in book.content.rules:
        key = f"rule {rule.id}"
        graph.items[key] = Item(key, "rule", rule.id, rule.title, rule.effect)
        for right in rule.rights:
            if right in book.trees.engagement:
                graph.lines[stage_key(right, rule.stage), key] = ""
        unless = book.trees.unless.get(rule.id)
        graph.lines.update(dict.fromkeys(_lines(key, unless), UNLESS))
        graph.lines.update(dict.fromkeys(_lines(key, book.trees.when[rule.id]), ""))
    mitigations = [rule for rule in book.content.rules if rule.effect == "mitigates"]
    for right, rules in book.rules_by_right.items():
        for mitigation in mitigations:
            for rule in rules if right in mitigation.rights else ():
                if answers(mitigation, rule, right):
                    graph.lines[f"rule {mitigation.id}", f"rule {rule.id}"] = ANSWERS
    for name, tree in book.trees.factors.items():
        graph.items[f"factor {name}"] = Item(f"factor {name}", "factor", name, title_of(book, name))
        graph.lines.update(dict.fromkeys(_lines(f"factor {name}", tree), ""))
    for name, fact in vocabulary().facts.items():
        graph.items[f"fact {name}"] = Item(f"fact {name}", "fact", name, fact.asks)
    return graph


def _lines(key: str, tree: Tree | None) -> Iterator[Line]:
    for leaf in leaves(tree) if tree is not None else ():
        yield key, f"fact {leaf.fact}" if isinstance(leaf, Test) else _factor(leaf)


def _factor(ref: Ref) -> str:
    return f"factor {ref.factor}"


def of_right(graph: Graph, right: str) -> Graph:
    """Return a right with its stages, its rules and the factors and facts that they name."""
    below = graph.below()
    stages = below[f"right {right}"]
    rules = [rule for stage in stages for rule in below[stage]]
    named = [key for rule in rules for key in below[rule] if graph.items[key].kind != "rule"]
    return graph.part([f"right {right}", *stages, *rules, *named])


def around(graph: Graph, rule: str, hops: int, most: int) -> tuple[Graph, int]:
    """Return what lies within some lines of a rule, nearest first, and how many items there was no room for.

    Its conditions, down to the facts, are always shown; so are the stages and rights it counts for. What two rules
    share counts as a way from one to the other, and what few share before what many share; a stage does not.
    """
    start = f"rule {rule}"
    graph = graph.without_answers(start)
    below, above = graph.below(), graph.above()
    kept: dict[str, None] = {start: None}
    down = [key for key in below[start] if graph.items[key].kind != "rule"]
    while down:
        key = down.pop(0)
        if key not in kept:
            kept[key] = None
            down.extend(below[key])
    left_out = 0
    reached, edge = {start}, [start]
    for _ in range(hops):
        beyond: list[str] = []
        for key in sorted(edge, key=lambda k: len(above[k])):
            for other in [*above[key], *below[key]]:
                if other in reached or graph.items[other].kind in ("stage", "right"):
                    continue
                reached.add(other)
                if other not in kept and len(kept) >= most:
                    left_out += 1
                    continue
                kept[other] = None
                beyond.append(other)
        edge = beyond
    for rule_key in [key for key in kept if key.startswith("rule ")]:
        for stage in (key for key in above[rule_key] if graph.items[key].kind == "stage"):
            if rule_key == start or stage in kept:
                kept.update(dict.fromkeys([stage, *above[stage]]))
    return graph.part(kept), left_out


__all__ = ["ANSWERS", "UNLESS", "Graph", "Item", "around", "graph_of", "of_right", "stage_key"]
