"""A document as Markdown (GitHub's kind), for the review of a repository: one paragraph a line, law as footnotes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rightscheck.report.blocks import (
    Block,
    Box,
    Bullets,
    Details,
    Document,
    Heading,
    Para,
    Span,
    Table,
    is_web,
    plain,
)
from rightscheck.report.texts import clean

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$!^@&])")
_LEADING = re.compile(r"^(\s*)([-+=]|\d+[.)])")
_SCHEME = re.compile(r"(?i)\b(https?|ftp|mailto|xmpp)(:)|\b(www)(\.)")


def escape(text: str) -> str:
    """Return text that Markdown shows as it is: no markup, no HTML, no link made of itself."""
    line = " ".join(text.split())
    pad = (" " if text[:1].isspace() and line else "", " " if text[-1:].isspace() and line else "")
    line = _SPECIAL.sub(r"\\\1", line)
    line = _SCHEME.sub(lambda m: f"{m[1] or m[3]}\\{m[2] or m[4]}", line)
    return (pad[0] + line + pad[1]) if line else (" " if text else "")


def _code(text: str) -> str:
    ticks = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    space = " " if "`" in text else ""
    return f"{ticks}{space}{' '.join(text.split())}{space}{ticks}".replace("|", "\\|")


def _span(span: Span) -> str:
    if span.law:
        return "".join(f"[^{n}]" for n in span.law)
    if span.style == "code":
        return _code(span.text)
    text = escape(span.text)
    if span.style == "b" or span.style.startswith("badge"):
        bare = text.strip()
        text = text.replace(bare, f"**{bare}**") if bare else text
    if span.href and is_web(span.href):
        return f"[{text.strip()}](<{span.href}>)"
    return text


def _spans(spans: Sequence[Span]) -> str:
    line = "".join(_span(s) for s in spans).strip()
    return (
        _LEADING.sub(r"\1\\\2", line)
        if _LEADING.match(line) and not line[0].isdigit()
        else re.sub(r"^(\d+)([.)])", r"\1\\\2", line)
    )


def _cell(spans: Sequence[Span]) -> str:
    return "".join(_span(s) for s in spans).strip() or " "


def _table(b: Table) -> Iterable[str]:
    head = b.head or ("",) * len(b.widths)
    if b.style != "plain":
        yield f"*{escape(b.caption)}*"
    lines = ["| " + " | ".join(escape(h) for h in head) + " |", "|" + "---|" * len(head)]
    for row in b.rows:
        cells = [f"**{_cell(c.spans)}**" if c.header and plain(c.spans).strip() else _cell(c.spans) for c in row]
        lines.append("| " + " | ".join(cells) + " |")
    yield "\n".join(lines)


def _block(b: Block) -> Iterable[str]:
    if isinstance(b, Heading):  # a drawing has no branch: its argument stands in the text
        yield f"{'#' * (b.level + 1)} {_spans(b.spans)}"
    elif isinstance(b, Para):
        text = _spans(b.spans)
        yield f"> {text}" if b.style in ("warn", "disclaimer") else text
    elif isinstance(b, Bullets):
        yield "\n".join(f"{f'{n}.' if b.numbered else '-'} {_spans(item)}" for n, item in enumerate(b.items, 1))
    elif isinstance(b, Table):
        yield from _table(b)
    elif isinstance(b, Box):
        yield from _blocks(b.blocks)
    elif isinstance(b, Details):
        yield _spans(b.summary)
        yield from _blocks(b.blocks)


def _blocks(blocks: Iterable[Block]) -> Iterable[str]:
    for b in blocks:
        yield from _block(b)


def render(doc: Document) -> bytes:
    """Return a document as Markdown."""
    parts = [f"# {escape(doc.title)}", escape(doc.subtitle)]
    if doc.notice:
        parts.append(f"> {escape(doc.notice)}")
    parts += [part for part in _blocks(doc.blocks) if part.strip()]
    notes = []
    for number, item in sorted(doc.law.items()):
        link = f" [{escape(item.url)}](<{item.url}>)" if item.url and is_web(item.url) else ""
        notes.append(f"[^{number}]: {escape(doc.citation(number))}: {escape(clean(item.says))}{link}")
    return ("\n\n".join(parts) + "\n\n" + "\n".join(notes) + "\n").encode()
