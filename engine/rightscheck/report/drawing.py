"""The argument as a drawing: from the verdict on a right through stages and rules to facts, laid out by a library."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from rightscheck.assessment.words import capital
from rightscheck.report import model as m
from rightscheck.report.blocks import Drawing, Edge, Node
from rightscheck.report.texts import STATUSES, Texts, clean

MAX_NODES = 40
WIDTH, LINE, PAD, GAP_X, GAP_Y = 206.0, 15.0, 7.0, 40.0, 12.0
CHARS, LINES = 32, 4


class Argument:
    """Gathers the boxes and lines of one right's argument, the gravest rules first, up to a number of boxes."""

    def __init__(self, measure: m.MeasureItem, right: m.RightItem, texts: Texts) -> None:
        self.t = texts
        self.facts = {f.name: f for f in measure.facts}
        self.boxes: dict[str, tuple[str, str, str]] = {}  # id -> text, kind, style
        self.lines: dict[tuple[str, str], str] = {}
        self.left_out = 0
        self.right = right
        self._gather()

    def _gather(self) -> None:
        right, t = self.right, self.t
        root = f"right {right.right}"
        self.boxes[root] = (f"{t.right(right.right)}: {t.verdict(right.verdict)}", "right", f"v-{right.verdict}")
        order = {"violation": 0, "strong": 1, "weak": 2, "mitigates": 3}
        pairs = [(stage, rule) for stage in right.stages for rule in stage.rules]
        for stage, rule in sorted(pairs, key=lambda pair: order[pair[1].effect]):
            place = f"stage {stage.stage}"
            node = f"rule {rule.rule}"
            facts = [n for n in dict.fromkeys([*rule.facts, *rule.presumed]) if n in self.facts]
            new = {place, node, *(f"fact {n}" for n in facts)} - set(self.boxes)
            if len(self.boxes) + len(new) > MAX_NODES:
                self.left_out += 1
                continue
            status = t.name(STATUSES, stage.status)
            self.boxes.setdefault(place, (f"{t.stage(stage.stage)}: {status}", "stage", f"s-{stage.status}"))
            self.lines[root, place] = ""
            self.boxes[node] = (rule.title, "rule", f"e-{rule.effect}")
            self.lines[place, node] = "against" if rule.effect == "mitigates" else ""
            for name in facts:
                fact = self.facts[name]
                mark = "" if fact.presumed is None else " " + t.gettext("(presumed)")
                self.boxes.setdefault(f"fact {name}", (f"{fact.asks} {capital(fact.said)}{mark}", "fact", "fact"))
                self.lines[node, f"fact {name}"] = ""

    def drawing(self) -> Drawing | None:
        """Return the drawing, None where no rule fired."""
        if len(self.boxes) < 3:
            return None
        title = self.t.gettext("The argument on: {right}", right=self.t.right(self.right.right))
        says = self.t.plural(
            "{n} box, from the verdict through stages and rules to facts. All of it stands in the text below.",
            "{n} boxes, from the verdict through stages and rules to facts. All of it stands in the text below.",
            len(self.boxes),
        )
        return lay_out(self.boxes, self.lines, title, says)


def _wrapped(text: str) -> tuple[str, ...]:
    text = clean(" ".join(text.split()))
    return tuple(textwrap.wrap(text, CHARS, max_lines=LINES, placeholder=" …", break_long_words=True)) or ("",)


def lay_out(
    boxes: dict[str, tuple[str, str, str]], lines: dict[tuple[str, str], str], title: str, says: str
) -> Drawing:
    """Lay boxes out in layers from left to right (Sugiyama's method) and return the drawing."""
    from fast_sugiyama import from_edges

    names = list(boxes)
    index = {name: number for number, name in enumerate(names)}
    height = 2 * PAD + LINES * LINE
    edges = [(index[a], index[b]) for a, b in lines]
    layouts = from_edges(edges, vertex_spacing=height + GAP_Y, dummy_vertices=True, dummy_size=0.35)
    places: Any
    routed: Any
    places, _, _, routed = layouts[0]
    across: dict[int, float] = {node: float(x) for node, (x, _y) in places}
    levels = sorted({round(float(y), 3) for _n, (_x, y) in places}, reverse=True)
    layer: dict[int, int] = {node: levels.index(round(float(y), 3)) for node, (_x, y) in places}
    low = min(across.values())
    centre = {n: across[n] - low + height / 2 + 2 for n in across}
    left = {n: layer[n] * (WIDTH + GAP_X) + 2 for n in across}
    made = []
    for name, (text, kind, style) in boxes.items():
        n = index[name]
        wrapped = _wrapped(text)
        tall = 2 * PAD + len(wrapped) * LINE
        made.append(Node(name, left[n], centre[n] - tall / 2, WIDTH, tall, wrapped, clean(text), kind, style))
    styles = {(index[a], index[b]): style for (a, b), style in lines.items()}
    found = [Edge(_points(chain, left, centre), styles[chain[0], chain[-1]]) for chain in _chains(routed, len(names))]
    wide = max(left[n] for n in left) + WIDTH + 2
    tall = max(centre.values()) + height / 2 + 2
    return Drawing(round(wide, 1), round(tall, 1), tuple(made), tuple(found), title, says)


def _chains(routed: Sequence[tuple[int, int]], real: int) -> list[list[int]]:
    """Join the pieces of each line: from a box over places in between to a box."""
    after: dict[int, list[int]] = {}
    for a, b in routed:
        after.setdefault(a, []).append(b)
    chains = []
    for start in sorted(n for n in after if n < real):
        for step in after[start]:
            chain = [start, step]
            while chain[-1] >= real:
                chain.append(after[chain[-1]][0])
            chains.append(chain)
    return chains


def _points(chain: Sequence[int], left: dict[int, float], centre: dict[int, float]) -> tuple[tuple[float, float], ...]:
    first, last = chain[0], chain[-1]
    middle = [(left[n] + step, centre[n]) for n in chain[1:-1] for step in (0.0, WIDTH)]
    points = [(left[first] + WIDTH, centre[first]), *middle, (left[last], centre[last])]
    return tuple((round(x, 1), round(y, 1)) for x, y in points)


def path_of(edge: Edge) -> str:
    """Return a line as an SVG path: a curve between layers, straight across them."""
    (x, y), rest = edge.points[0], edge.points[1:]
    parts = [f"M{x} {y}"]
    for number, (nx, ny) in enumerate(rest):
        bend = (x + nx) / 2
        parts.append(f"L{nx} {ny}" if number % 2 else f"C{bend:.1f} {y} {bend:.1f} {ny} {nx} {ny}")
        x, y = nx, ny
    return "".join(parts)
