"""A document as PDF, set by Typst with the fonts it brings: tagged, and the same bytes for the same document."""

from __future__ import annotations

import functools
import json
from importlib import resources
from typing import Any

import typst

from rightscheck.report.blocks import (
    Block,
    Box,
    Bullets,
    Cell,
    Chart,
    Details,
    Document,
    Drawing,
    Heading,
    Para,
    Span,
    Table,
    is_web,
)
from rightscheck.report.html import COLOURS, svg

FONT = "Libertinus Serif"
_RAG = {"rag-red": COLOURS["v-incompatible"], "rag-amber": COLOURS["v-moderate"], "rag-green": COLOURS["v-low"]}


def _colours(style: str) -> list[str]:
    for word in style.split():
        found = COLOURS.get(word) or _RAG.get(word)
        if found:
            return [found[0], found[1]]
    return []


class Setter:
    """Turns a document into plain data; the template sets it, and never reads text as markup."""

    def __init__(self, doc: Document) -> None:
        self.doc = doc
        self.labels: set[str] = set()
        self._gather(doc.blocks)

    def _gather(self, blocks: tuple[Block, ...]) -> None:
        for b in blocks:
            if isinstance(b, Heading) and b.id:
                self.labels.add(b.id)
            elif isinstance(b, Table):
                self.labels.update(c.id for row in b.rows for c in row if c.id)
            elif isinstance(b, Box | Details):
                self._gather(b.blocks)

    def spans(self, spans: tuple[Span, ...]) -> list[dict[str, Any]]:
        """Return runs of text."""
        found = []
        for s in spans:
            item: dict[str, Any] = {"t": s.text, "s": s.style.split(" ")[0], "l": s.lang}
            if s.law:
                item["note"] = [[n, self.doc.citation(n)] for n in s.law]
            if s.href.startswith("#") and s.href[1:] in self.labels:
                item["to"] = s.href[1:]
            elif is_web(s.href):
                item["web"] = s.href
            if item["s"] == "badge":
                item["c"] = _colours(s.style)
            found.append(item)
        return found

    def cell(self, c: Cell) -> dict[str, Any]:
        """Return a cell."""
        middle = c.style.startswith(("heat", "mark"))
        return {"b": self.spans(c.spans), "c": _colours(c.style), "id": c.id, "h": c.header, "m": middle}

    def block(self, b: Block) -> dict[str, Any]:
        """Return a block."""
        if isinstance(b, Heading):
            return {"k": "heading", "n": b.level, "b": self.spans(b.spans), "id": b.id}
        if isinstance(b, Para):
            return {"k": "para", "b": self.spans(b.spans), "s": b.style}
        if isinstance(b, Bullets):
            return {"k": "list", "items": [self.spans(i) for i in b.items], "n": b.numbered}
        if isinstance(b, Table):
            rows = [[self.cell(c) for c in row] for row in b.rows]
            return {
                "k": "table",
                "caption": b.caption,
                "head": list(b.head),
                "rows": rows,
                "widths": list(b.widths),
                "s": b.style,
            }
        if isinstance(b, Box):
            whole = b.style.startswith("verdict")
            return {"k": "box", "blocks": self.blocks(b.blocks), "c": _colours(b.style), "whole": whole}
        if isinstance(b, Details):
            return {"k": "details", "b": self.spans(b.summary), "blocks": self.blocks(b.blocks)}
        return {
            "k": "figure",
            "svg": svg(b.drawing, b.id, FONT),
            "w": b.drawing.width,
            "h": b.drawing.height,
            "alt": f"{b.drawing.title}. {b.drawing.says}",
            "caption": b.caption,
        }

    def blocks(self, blocks: tuple[Block, ...]) -> list[dict[str, Any]]:
        """Return blocks."""
        return [self.block(b) for b in blocks]


def render(doc: Document) -> bytes:
    """Return a document as a PDF file."""
    setter = Setter(doc)
    data = {
        "title": doc.title,
        "subtitle": doc.subtitle,
        "lang": doc.lang,
        "notice": doc.notice,
        "contents": doc.words.contents,
        "law": doc.words.law,
        "blocks": setter.blocks(doc.blocks),
    }
    template = resources.files(__package__).joinpath("templates", "report.typ").read_bytes()
    return _compile(template, {"doc": json.dumps(data, ensure_ascii=False)}, "pdf")


def png(drawing: Drawing | Chart, id: str) -> bytes:
    """Return a drawing or chart as a picture, for formats that hold no SVG."""
    source = (
        '#set page(width: auto, height: auto, margin: 2pt)\n#image(bytes(sys.inputs.svg), format: "svg", '
        "width: float(sys.inputs.width) * 1pt)"
    )
    inputs = {"svg": svg(drawing, id, FONT), "width": str(drawing.width)}
    return _compile(source.encode(), inputs, "png", ppi=120.0)


@functools.cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(b"", ignore_system_fonts=True)


def _compile(source: bytes, inputs: dict[str, str], form: str, **more: Any) -> bytes:
    compiler: Any = _compiler()
    if form == "pdf":
        try:
            return bytes(compiler.compile(source, format=form, timestamp=0, sys_inputs=inputs, pdf_standards=["ua-1"]))
        except typst.TypstError:  # a letter the fonts lack is no reason to refuse: tagged all the same, not by the norm
            pass
    return bytes(compiler.compile(source, format=form, timestamp=0, sys_inputs=inputs, **more))
