"""Pictures of a rulebook: an overview of all of it, one right stage by stage, one rule with what surrounds it.

As SVG, as DOT for Graphviz, and as one HTML page with every entry in words, searched without a network.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import Any

from rightscheck.assessment.conditions import EFFECTS
from rightscheck.assessment.words import asked, condition_words
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.language.tree import Tree
from rightscheck.report.blocks import Drawing
from rightscheck.report.drawing import lay_out
from rightscheck.report.html import COLOURS, environment, svg, template_text
from rightscheck.report.rulebook_graph import ANSWERS, UNLESS, Graph, Item, around, graph_of, of_right, stage_key
from rightscheck.report.texts import Texts, clean
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.model import STAGES, Rule

MOST = 60  # boxes of a drawing around one rule
CELL, ROW, ACROSS, LEFT = 14, 26, 8, 232
FONT = "DejaVu Sans, Noto Sans, Arial, sans-serif"
_KEY = (*((effect, f"e-{effect}") for effect in EFFECTS), ("factor", "factor"), ("fact", ""))
_DASHED = "A dashed line is an exception"
_ORDER = ("violation", "strong", "weak", "mitigates")


@dataclass(frozen=True)
class View:
    """What a picture shows: the rulebook, a part of its graph, and the drawings of that part (none for the whole)."""

    book: Rulebook
    graph: Graph
    title: str
    note: str
    drawings: tuple[Drawing, ...] = ()


# --- what is shown -----------------------------------------------------------------------------


def whole(book: Rulebook) -> View:
    """Return a view of the whole rulebook."""
    content = book.content
    note = (
        f"{len(content.rules)} rules, {len(book.trees.factors)} factors and {len(vocabulary().facts)} facts. "
        "A square is a rule, at the right and the stage of the test for which it counts; below, a factor or a fact, "
        "dashed where nothing rests on it."
    )
    return View(book, graph_of(book), f"{content.title} {content.version}", note)


def one_right(book: Rulebook, right: str, texts: Texts) -> View:
    """Return a view of a right: a drawing for each stage, with the rules and the factors and facts they name."""
    part = of_right(graph_of(book), right)
    drawn = part.without_answers()
    below = drawn.below()
    drawings = []
    for stage in STAGES:
        key = stage_key(right, stage)
        if key in part.items:
            rules = below[key]
            named = [k for rule in rules for k in below[rule]]
            drawings.append(_drawing(book, drawn.part([key, *rules, *named]), texts.stage(stage), texts))
    note = f"From left to right: the stage of the test, its rules, and the factors and facts that they name. {_DASHED}."
    return View(book, part, f"{book.content.title}: {texts.right(right)}", note, tuple(drawings))


def one_rule(book: Rulebook, rule: str, hops: int, texts: Texts) -> View:
    """Return a view of a rule and of what lies within some lines of it."""
    part, left_out = around(graph_of(book), rule, hops, MOST)
    note = (
        f"From left to right: rights, stages of the test, rules, factors and facts. {_DASHED}, "
        "or leads from what speaks for a measure to the rule that it answers."
    )
    if left_out:
        note += f" {left_out} boxes more did not fit."
    return View(book, part, f"{rule}: {book.rules[rule].title}", note, (_drawing(book, part, rule, texts),))


def _drawing(book: Rulebook, part: Graph, title: str, texts: Texts) -> Drawing:
    boxes = {key: (_said(item, texts), item.kind, _style(item)) for key, item in part.items.items()}
    lines = {line: "against" if style else "" for line, style in part.lines.items()}
    says = f"{len(boxes)} boxes. All of it stands in words in the page and in `rules show`."
    return lay_out(boxes, lines, title, says)


def _said(item: Item, texts: Texts) -> str:
    if item.kind == "right":
        return texts.right(item.id)
    if item.kind == "stage":
        return f"{texts.stage(item.id)} ({texts.right(item.key.split(' ')[1])})"
    return f"{item.id}: {item.title}" if item.kind == "fact" else item.title


def _style(item: Item) -> str:
    return f"e-{item.style}" if item.kind == "rule" else item.kind


# --- SVG ---------------------------------------------------------------------------------------


def as_svg(view: View, texts: Texts) -> bytes:
    """Return a view as one SVG file."""
    pieces, top, wide = [], 78.0, 960.0
    if view.drawings:
        for number, drawing in enumerate(view.drawings):
            head = drawing.title if len(view.drawings) > 1 else ""
            drawn = svg(drawing, f"d{number}", FONT)
            pieces.append({"top": top, "head": head, "svg": drawn})
            top += drawing.height + (44 if head else 12)
            wide = max(wide, drawing.width)
    else:
        table = overview(view, texts)
        drawn = _template("overview.svg.j2").module.overview(table, "", FONT)
        pieces.append({"top": top, "head": "", "svg": str(drawn)})
        top, wide = top + table["height"] + 8, table["width"]
    made: str = _template("rulebook.svg.j2").render(
        view=view, pieces=pieces, width=round(wide + 24), height=round(top + 8), font=FONT, key=_KEY
    )
    return (made.strip() + "\n").encode()


def overview(view: View, texts: Texts) -> dict[str, Any]:
    """Return the places of the squares: rules by right and stage, then factors, then facts by group."""
    graph = view.graph
    below, above = graph.below(), graph.above()
    stages = [s for s in STAGES if any(i.kind == "stage" and i.id == s for i in graph.items.values())]
    wide = ACROSS * CELL + 14
    squares: list[dict[str, Any]] = []
    labels: list[dict[str, Any]] = []
    for number, stage in enumerate(stages):
        labels.append({"x": LEFT + number * wide, "y": 14, "text": texts.stage(stage), "bold": True})
    top = ROW
    for right in (i for i in graph.items.values() if i.kind == "right"):
        rows = 1
        for number, stage in enumerate(stages):
            rules = [graph.items[k] for k in below.get(stage_key(right.id, stage), ())]
            rules.sort(key=lambda item: _ORDER.index(item.style))
            for place, item in enumerate(rules):
                squares.append(_square(item, LEFT + number * wide, top, place, ACROSS))
            rows = max(rows, -(-len(rules) // ACROSS))
        labels.append({"x": 0, "y": top + 11, "text": texts.right(right.id), "bold": False})
        top += rows * CELL + 10
    width = LEFT + len(stages) * wide
    groups = [(name, [graph.items[f"fact {f}"] for f in facts]) for name, facts in vocabulary().groups.items()]
    factors = [i for i in graph.items.values() if i.kind == "factor"]
    third = -(-len(groups) // 3)
    columns = [[("factors", factors)], *(groups[n : n + third] for n in range(0, len(groups), third))]
    lowest = start = top + 12
    for number, column in enumerate(columns):
        left = 0 if number < 2 else (number - 1) * (width // 3)
        inside = LEFT if number == 0 else LEFT // 2 + 16
        across = max(1, ((width if number == 0 else width // 3) - inside - CELL) // CELL)
        top = lowest if number < 2 else start
        start = top
        for label, items in column:
            words = label if number == 0 else f"facts: {label}"
            labels.append({"x": left, "y": top + 11, "text": words, "bold": False})
            squares += [_used(item, left + inside, top, n, across, above) for n, item in enumerate(items)]
            top += max(1, -(-len(items) // across)) * CELL + 5
        lowest = max(lowest, top)
    return {"squares": squares, "labels": labels, "width": width, "height": lowest}


def _used(item: Item, left: float, top: float, place: int, across: int, above: dict[str, list[str]]) -> dict[str, Any]:
    """Return the square of a factor or fact, with how much rests on it."""
    square, uses = _square(item, left, top, place, across), len(above[item.key])
    full = f"{square['full']} ({uses} {'entry rests' if uses == 1 else 'entries rest'} on it)"
    return {**square, "full": full, "style": "" if uses else "unused"}


def _square(item: Item, left: float, top: float, place: int, across: int) -> dict[str, Any]:
    return {
        "x": left + place % across * CELL,
        "y": top + place // across * CELL,
        "id": anchor(item.key),
        "style": f"e-{item.style}" if item.style else "",
        "full": clean(f"{item.id}: {item.title}"),
        "fill": COLOURS.get(_style(item), COLOURS[""]),
    }


def anchor(key: str) -> str:
    """Return the name by which an entry is linked to in a page."""
    return "".join(c if c.isalnum() or c in "-._" else "-" for c in key)


# --- DOT ---------------------------------------------------------------------------------------


def as_dot(view: View) -> bytes:
    """Return a view's graph in Graphviz's language, rules grouped by the right and stage they count for first."""
    graph = view.graph
    above = graph.above()
    lines = ["digraph rulebook {", f"  label={_quoted(view.title)};", "  rankdir=LR; ranksep=1.2; newrank=true;"]
    lines.append('  node [shape=box, style=filled, fontname="sans-serif", fontsize=10];')
    homes: dict[str, list[Item]] = {}
    for item in graph.items.values():
        first = next((a for a in above[item.key] if graph.items[a].kind == "stage"), "") if item.kind == "rule" else ""
        homes.setdefault(item.key if item.kind == "stage" else first, []).append(item)
    for number, (home, items) in enumerate(homes.items()):
        indent = "  "
        if home:
            lines += [f"  subgraph cluster_{number} {{", f"    label={_quoted(home.removeprefix('stage '))};"]
            indent = "    "
        for item in items:
            fill, ink, _ = COLOURS.get(_style(item), COLOURS[""])
            label = _quoted(item.id if item.kind == "stage" else f"{item.id}\n{item.title}" if item.title else item.id)
            shape = ", shape=ellipse" if item.kind == "fact" else ", shape=octagon" if item.kind == "right" else ""
            look = f'fillcolor="{fill}", color="{ink}"'
            lines.append(f"{indent}{_quoted(item.key)} [label={label}, {look}{shape}];")
        if home:
            lines.append("  }")
    for (upper, lower), style in graph.lines.items():
        look = {UNLESS: " [style=dashed, label=unless]", ANSWERS: " [style=dotted, label=answers]"}.get(style, "")
        lines.append(f"  {_quoted(upper)} -> {_quoted(lower)}{look};")
    return ("\n".join(lines) + "\n}\n").encode()


def _quoted(text: str) -> str:
    parts = [" ".join(clean(part).split()) for part in text.split("\n")]
    return '"' + "\\n".join(part.replace("\\", "\\\\").replace('"', '\\"') for part in parts) + '"'


# --- HTML --------------------------------------------------------------------------------------


def as_html(view: View, texts: Texts) -> bytes:
    """Return a view as one HTML page: the picture, a search, and every entry in words with links between them."""
    from markupsafe import Markup

    style, script = template_text("rulebook.css"), template_text("rulebook.js")
    pictures = [Markup(svg(d, f"d{n}")) for n, d in enumerate(view.drawings)]
    table = None if view.drawings else overview(view, texts)
    if table is not None:
        pictures = [_template("overview.svg.j2").module.overview(table, "#", "")]
    made: str = _template("rulebook.html.j2").render(
        view=view,
        content=view.book.content,
        sha256=view.book.sha256,
        pictures=pictures,
        sections=_sections(view, texts),
        factors=_factors(view),
        facts=_facts(view),
        effects=EFFECTS,
        style=Markup(style),
        script=Markup(script),
        style_hash=_hash(style),
        script_hash=_hash(script),
    )
    return (made.strip() + "\n").encode()


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _template(name: str) -> Any:
    return environment().get_template(name, globals={"anchor": anchor, "clean": clean})


def _sections(view: View, texts: Texts) -> list[dict[str, Any]]:
    """Return rights with their stages and rules; a rule is told under the first right it counts for."""
    graph, told = view.graph, set()
    below = graph.below()
    by_right: dict[str, list[dict[str, Any]]] = {}
    for item in graph.items.values():
        if item.kind != "stage":
            continue
        right = item.key.split(" ")[1]
        entries = []
        for key in below[item.key]:
            entries.append({"item": graph.items[key], "rule": None if key in told else _rule(view, key)})
            told.add(key)
        by_right.setdefault(right, []).append({"name": texts.stage(item.id), "rules": entries})
    # rules around one rule may count for rights that are not in the part shown
    rest = [k for k, i in graph.items.items() if i.kind == "rule" and k not in told]
    found: list[dict[str, Any]] = [
        {"id": right, "name": texts.right(right), "stages": stages, "count": _count(stages)}
        for right, stages in by_right.items()
    ]
    if rest:
        entries = [{"item": graph.items[k], "rule": _rule(view, k)} for k in rest]
        stages = [{"name": "Other rules", "rules": entries}]
        found.append({"id": "other", "name": "Beside these rights", "stages": stages, "count": _count(stages)})
    return found


def _count(stages: list[dict[str, Any]]) -> str:
    counts = Counter(entry["item"].style for stage in stages for entry in stage["rules"])
    return ", ".join(f"{counts[effect]} {effect}" for effect in _ORDER if counts[effect])


def _rule(view: View, key: str) -> dict[str, Any]:
    book = view.book
    rule: Rule = book.rules[key.removeprefix("rule ")]
    graph = view.graph
    answering = [i.id for (a, b), s in graph.lines.items() if b == key and s == ANSWERS and (i := graph.items[a])]
    answered = [i.id for (a, b), s in graph.lines.items() if a == key and s == ANSWERS and (i := graph.items[b])]
    return {
        "rule": rule,
        "when": condition_words(book, book.trees.when[rule.id]),
        "unless": _words(book, book.trees.unless.get(rule.id)),
        "rests": _rests(graph, key),
        "answered_by": answering,
        "answers": answered,
        "law": _law(book, rule),
    }


def _words(book: Rulebook, tree: Tree | None) -> str:
    return "" if tree is None else condition_words(book, tree)


def _rests(graph: Graph, key: str) -> list[Item]:
    return [graph.items[b] for (a, b), style in graph.lines.items() if a == key and style != ANSWERS]


def _law(book: Rulebook, rule: Rule) -> list[tuple[str, str, str]]:
    found: dict[str, list[str]] = {}
    for standard, names in rule.law.items():
        for name in names:
            found.setdefault(name, []).append(standard)
    lines = []
    for name, standards in found.items():
        item = book.propositions[name]
        where = f", {item.pinpoint}" if item.pinpoint else ""
        lines.append((", ".join(standards), f"{book.sources[item.source].title}{where}", item.proposition))
    return lines


def _factors(view: View) -> list[dict[str, Any]]:
    above = view.graph.above()
    return [
        {
            "item": item,
            "when": condition_words(view.book, view.book.trees.factors[item.id]),
            "rests": _rests(view.graph, item.key),
            "used": [view.graph.items[k] for k in above[item.key]],
        }
        for item in view.graph.items.values()
        if item.kind == "factor"
    ]


def _facts(view: View) -> list[dict[str, Any]]:
    above = view.graph.above()
    found = []
    for item in (i for i in view.graph.items.values() if i.kind == "fact"):
        fact = vocabulary()[item.id]
        values = [f"{name}: {said}" for name, said in fact.values.items()]
        used = [view.graph.items[k] for k in above[item.key]]
        found.append({"item": item, "asks": asked(item.id), "kind": fact.kind, "values": values, "used": used})
    return found


__all__ = ["View", "as_dot", "as_html", "as_svg", "one_right", "one_rule", "whole"]
