"""The summary of a batch run as one HTML page: tables and charts drawn in SVG, nothing loaded from anywhere."""

from __future__ import annotations

import html
from typing import Any

from rightscheck.audit.summary import ORDER, Part, head_of, parts_of, share
from rightscheck.audit.tally import Tally

# Told apart without colour too: each part of a bar has its count in a tooltip and the table beside it.
COLOURS = {
    "incompatible": "#7f1d1d",
    "high": "#d9480f",
    "moderate": "#e0b000",
    "low": "#2f855a",
    "undetermined": "#94a3b8",
}
_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;color:#1a202c;max-width:70rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin:2rem 0 .3rem}p{margin:.2rem 0 .6rem;color:#4a5568}
table{border-collapse:collapse;width:100%;font-size:.88rem;margin-top:.6rem}
th,td{text-align:right;padding:.25rem .5rem;border-bottom:1px solid #e2e8f0;vertical-align:top}
th:first-child,td:first-child,td.text,th.text{text-align:left}
.key span{display:inline-block;margin-right:1rem}
.key i{display:inline-block;width:.8rem;height:.8rem;margin-right:.3rem}
.wide{overflow-x:auto}svg text{font:12px system-ui,sans-serif;fill:#1a202c}
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_TEXT = ("title", "question", "effect", "fact", "rule")


def _e(text: str) -> str:
    return html.escape(text, quote=True)


def chart(part: Part) -> str:
    """Return bars of the shares of verdicts, one a line of the table."""
    assert part.verdicts is not None
    lines = [item for item in part.verdicts if sum(item[1])][:40]
    wide, left, step = 860, 190, 22
    out = [
        f'<svg role="img" aria-label="{_e(part.title)}: shares of verdicts" width="100%"'
        f' viewBox="0 0 {wide} {len(lines) * step + 4}" xmlns="http://www.w3.org/2000/svg">'
    ]
    for number, (name, counts) in enumerate(lines):
        top, x, total = number * step + 2, float(left), sum(counts)
        out.append(f'<text x="{left - 8}" y="{top + 13}" text-anchor="end">{_e(name or "all")}</text>')
        for verdict, count in zip(ORDER, counts, strict=True):
            width = (wide - left) * count / total
            if count:
                tip = f"{name}: {verdict} {count:,} of {total:,} ({share(count, total)})"
                out.append(
                    f'<rect x="{x:.1f}" y="{top}" width="{width:.1f}" height="{step - 5}" fill="{COLOURS[verdict]}">'
                    f"<title>{_e(tip)}</title></rect>"
                )
            x += width
    out.append("</svg>")
    return "".join(out)


def _table(part: Part) -> str:
    def kind(head: str) -> str:
        return ' class="text"' if head in _TEXT else ""

    heads = "".join(f"<th{kind(h)}>{_e(h)}</th>" for h in part.heads)
    rows = (
        "<tr>" + "".join(f"<td{kind(h)}>{_e(v)}</td>" for h, v in zip(part.heads, row, strict=True)) + "</tr>"
        for row in part.rows
    )
    return f'<div class="wide"><table><thead><tr>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def page(tally: Tally, described: dict[str, Any]) -> str:
    """Return the summary as an HTML page."""
    key = "".join(f'<span><i style="background:{COLOURS[name]}"></i>{name}</span>' for name in ORDER)
    body = [f"<h1>Batch audit</h1><p>{'; '.join(f'{k}: {_e(v)}' for k, v in head_of(tally, described))}</p>"]
    body.append(f'<p class="key">{key}</p>')
    for part in parts_of(tally):
        if not part.rows:
            continue
        body.append(f"<h2>{_e(part.title)}</h2>")
        body.append(f"<p>{_e(part.note)}</p>" if part.note else "")
        body.append(chart(part) if part.verdicts else "")
        body.append(_table(part))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Batch audit</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body>{''.join(body)}</body></html>\n"
    )


__all__ = ["COLOURS", "chart", "page"]
