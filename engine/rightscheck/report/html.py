"""A document as one HTML file: no script, no request, a strict policy that says so."""

from __future__ import annotations

import base64
import functools
import hashlib
from importlib import resources
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

from rightscheck.report.blocks import Chart, Document, Drawing
from rightscheck.report.drawing import path_of

_RED, _ORANGE, _YELLOW = ("#fbe3e4", "#8f1420", 2), ("#fdebdd", "#9a3412", 2), ("#fdf3cf", "#6f4e00", 1)
_GREEN, _BLUE = ("#e0f3e6", "#155c37", 1), ("#e4edf8", "#274b7a", 1)
COLOURS: dict[str, tuple[str, str, int]] = {
    "": ("#f5f6f8", "#555c64", 1),
    "v-incompatible": _RED,
    "s-failed": _RED,
    "e-violation": _RED,
    "v-high": _ORANGE,
    "e-strong": _ORANGE,
    "v-moderate": _YELLOW,
    "s-doubtful": _YELLOW,
    "e-weak": _YELLOW,
    "v-low": _GREEN,
    "s-passed": _GREEN,
    "e-mitigates": _GREEN,
    "v-undetermined": _BLUE,
    "s-open": _BLUE,
    "factor": ("#eeeaf7", "#4b3b7a", 1),
    # shares of a heat map, in five steps
    "h-0": ("#f5f6f8", "#3a3f45", 1),
    "h-1": ("#fdf3e7", "#3a3f45", 1),
    "h-2": ("#fbdcc0", "#3a3f45", 1),
    "h-3": ("#f6b893", "#3a3f45", 1),
    "h-4": ("#ee9a86", "#3a3f45", 1),
}
# Lines over the colours, so that verdicts are told apart without them.
HATCHES = {
    "v-incompatible": "M0 0L8 8M8 0L0 8",
    "v-high": "M-1 7L7 -1M1 9L9 1",
    "v-moderate": "M2 0V8M6 0V8",
    "v-undetermined": "M0 4H8",
}


def template_text(name: str) -> str:
    """Return the text of a template or style sheet."""
    return resources.files(__package__).joinpath("templates", name).read_text(encoding="utf-8")


@functools.cache
def environment() -> Environment:
    """Return what renders templates: all text escaped, no name left undefined."""
    made = Environment(
        loader=FunctionLoader(template_text),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=False,
        lstrip_blocks=False,
    )
    made.globals.update(path_of=path_of, COLOURS=COLOURS, HATCHES=HATCHES)
    return made


@functools.cache
def _svg_macro(font: str) -> Any:
    return environment().get_template("drawing.svg.j2", globals={"font": font}).module.svg  # type: ignore[attr-defined]


def svg(drawing: Drawing | Chart, id: str, font: str = "") -> str:
    """Return a drawing or chart as SVG; colours stand in it, and a style sheet may change them."""
    return str(_svg_macro(font)(drawing, id))


def render(doc: Document) -> bytes:
    """Return a document as an HTML file."""
    from markupsafe import Markup

    style = template_text("report.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    template = environment().get_template("report.html.j2")
    made = template.render(doc=doc, style=Markup(style), style_hash=digest, svg=_svg_macro(""))
    return (made.rstrip() + "\n").encode()
