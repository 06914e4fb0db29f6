"""What a document is made of, whatever its format: headings, paragraphs, tables, depth that can be folded, drawings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rightscheck.report.model import LawItem
from rightscheck.report.texts import clean


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text. `law` are numbers of the law it rests on, shown as references or as a footnote."""

    text: str
    style: str = ""
    href: str = ""
    lang: str = ""
    law: tuple[int, ...] = ()


Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; `level` counts from 1 below the title."""

    level: int
    spans: Spans
    id: str = ""


@dataclass(frozen=True, slots=True)
class Para:
    """A paragraph."""

    spans: Spans
    style: str = ""


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list, numbered or not."""

    items: tuple[Spans, ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table; `style` may colour it, its text always says the same."""

    spans: Spans
    style: str = ""
    id: str = ""
    header: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a head; `widths` are shares of the width by column."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    widths: tuple[float, ...]
    style: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """Blocks that belong together, set off from the rest."""

    blocks: tuple[Block, ...]
    style: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Details:
    """Depth: a line that is always shown, and blocks that a screen may fold away."""

    summary: Spans
    blocks: tuple[Block, ...]
    open: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """A box of a drawing."""

    id: str
    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...]
    full: str
    kind: str
    style: str


@dataclass(frozen=True, slots=True)
class Edge:
    """A line between two boxes, by its points."""

    points: tuple[tuple[float, float], ...]
    style: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A laid-out drawing; `title` names it and `says` tells what it shows to those who do not see it."""

    width: float
    height: float
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    title: str
    says: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A filled rectangle of a chart; `label` stands in it, `full` says it in words, `hatch` names its pattern."""

    x: float
    y: float
    width: float
    height: float
    style: str
    full: str
    label: str = ""
    hatch: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A word or number beside the bars of a chart."""

    x: float
    y: float
    text: str
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart laid out; `lines` are the heights of its grid."""

    width: float
    height: float
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]
    lines: tuple[float, ...]
    title: str
    says: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing or chart with its caption."""

    drawing: Drawing | Chart
    caption: str
    id: str


Block = Heading | Para | Bullets | Table | Box | Details | Figure


@dataclass(frozen=True, slots=True)
class Words:
    """The few words the formats themselves add."""

    contents: str
    skip: str
    law: str
    verified: dict[str, str]


@dataclass(frozen=True)
class Document:
    """A whole document in one language."""

    title: str
    subtitle: str
    lang: str
    notice: str
    blocks: tuple[Block, ...]
    law: dict[int, LawItem]
    words: Words

    def contents(self) -> list[tuple[int, str, str]]:
        """Return the contents list: level, text and id of each heading of the first two levels."""
        return [
            (b.level, _entry(b.spans), b.id) for b in self.blocks if isinstance(b, Heading) and b.level <= 2 and b.id
        ]

    def citation(self, number: int) -> str:
        """Return where a piece of law stands, in a line, with a mark where the place was not checked."""
        item = self.law[number]
        place = clean(f"{item.title}, {item.pinpoint}" if item.pinpoint else item.title)
        return place if item.verified == "seen" else f"{place} ({self.words.verified[item.verified]})"


def _entry(spans: Sequence[Span]) -> str:
    text = "".join(f"– {s.text}" if s.style.startswith("badge") else s.text for s in spans)
    return " ".join(text.split())


def plain(spans: Sequence[Span]) -> str:
    """Return the text of spans without their styles."""
    return "".join(s.text for s in spans)


def is_web(url: str) -> bool:
    """Whether an address may be linked: the web and nothing else."""
    return url.startswith(("https://", "http://")) and not any(c.isspace() or c in "\"'<>\\^`{|}" for c in url)
