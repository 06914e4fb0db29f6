"""Results as HTML for notebooks; every text is escaped."""

from __future__ import annotations

from html import escape
from typing import Any

from rightscheck.assessment.model import Assessment

COLOURS = {
    "incompatible": "#8b0000",
    "high": "#c0392b",
    "moderate": "#b7791f",
    "low": "#2e7d32",
    "undetermined": "#31708f",
}


def verdict_html(verdict: str) -> str:
    """Return a verdict as a coloured word."""
    return f'<strong style="color:{COLOURS.get(verdict, "inherit")}">{escape(verdict)}</strong>'


def assessment_html(result: Assessment) -> str:
    """Return an assessment as a heading, its reason, and a table of rights."""
    rows = "".join(
        f"<tr><td>{escape(r.right)}{'' if r.engaged else ' (possibly)'}</td><td>{verdict_html(r.verdict)}</td>"
        f"<td>{escape(' to '.join(r.could_be))}</td><td>{escape(r.reason)}</td></tr>"
        for r in result.rights
    )
    bound = "" if result.binding else "<p>No binding standard decides this verdict.</p>"
    return (
        f"<h4>{escape(result.title)}: {verdict_html(result.verdict)}</h4><p>{escape(result.reason)} "
        f"It could be {escape(' to '.join(result.could_be))} once what is unknown is known.</p>{bound}"
        f"<table><tr><th>right</th><th>verdict</th><th>could be</th><th>reason</th></tr>{rows}</table>"
    )


def lines_html(line: Any) -> str:
    """Return an explanation as a tree that can be folded."""
    text = escape(line.text)
    if line.kind == "place" and (line.url or "").startswith(("https://", "http://")):
        text = f'<a href="{escape(line.url)}">{text}</a>'
    if not line.children:
        return f"<li>{text}</li>"
    inner = "".join(lines_html(child) for child in line.children)
    shown = " open" if line.kind in ("verdict", "right") else ""
    return f"<li><details{shown}><summary>{text}</summary><ul>{inner}</ul></details></li>"


def table_html(head: list[str], rows: list[list[str]]) -> str:
    """Return a table; the cells are texts."""
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{top}</tr>{body}</table>"
