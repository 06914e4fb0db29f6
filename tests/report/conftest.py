"""Reports of the seed cases, made once a session."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import pytest

from rightscheck.assessment.assess import Reader, assess_measure
from rightscheck.assessment.explain import Explainer
from rightscheck.cli.explain import explainer_of
from rightscheck.cli.target import Target
from rightscheck.facts.case import measures_of
from rightscheck.facts.read import read_case
from rightscheck.report.arrange import document
from rightscheck.report.blocks import Document
from rightscheck.report.build import build
from rightscheck.report.model import AgreementItem, Report
from rightscheck.report.texts import Texts
from rightscheck.rulebook.load import load_rulebook

SEEDS = Path(__file__).parents[2] / "cases" / "seeds"
SEED = SEEDS / "kz-2005-national-security-bill.yaml"
AGREEMENT = [
    AgreementItem(
        half=half,
        rulings=120,
        determined=100,
        agreeing=90,
        interval=(0.8256, 0.9448),
        majority=0.63,
        low_on_violation=0,
    )
    for half in ("A", "B")
]


@functools.cache
def reader() -> Reader:
    """Return a reader of the bundled rulebook."""
    return Reader(load_rulebook())


def subjects_of(case: Any) -> list[Explainer]:
    """Assess every measure of a case."""
    return [explainer_of(Target(reader(), case, x, assess_measure(reader(), case, x))) for x in measures_of(case)]


def report_of(case: Any, lang: str = "en", arrangement: Any = "full", measure: str | None = None) -> Report:
    """Return the report on a case."""
    found = [s for s in subjects_of(case) if measure in (None, s.measure.id)]
    return build(found, Texts(lang), arrangement=arrangement, agreement=AGREEMENT)


def document_of(report: Report) -> Document:
    """Return a report as a document."""
    return document(report, Texts(report.lang))


@functools.cache
def seed_report(lang: str = "en", arrangement: Any = "full", measure: str | None = None) -> Report:
    """Return the report on a seed case."""
    return report_of(read_case(SEED).case, lang, arrangement, measure)


MEASURE = "limits-on-religious-unions"


@pytest.fixture(scope="session")
def one() -> Report:
    """A report on one measure."""
    return seed_report(measure=MEASURE)


@pytest.fixture(scope="session")
def whole() -> Report:
    """A report on a case of nine measures."""
    return seed_report()


PAYLOADS = [
    "<script>alert(1)</script>",
    "</style></svg></title><img src=x onerror=alert(1)>",
    "\"' onmouseover=alert(1) x='",
    "javascript:alert(1)",
    "{{ 7*7 }} {% raw %} {#",
    "<svg/onload=alert(1)>",
    "&lt;script&gt; &#x3c;b&#x3e;",
    "]]><!-- --> <![CDATA[",
    "[link](javascript:alert(1)) ![img](http://example.org/x.png)",
    "http://example.org/track www.example.org <https://example.org>",
    "| a | b |\n|---|---|\n# heading\n- item\n```\ncode",
    '#set page(fill: red) #image("/etc/passwd") $x$ `raw` @ref',
    "\x00\x07\x1b[31m\u202eevil\u2066\ufffe\ud800",
    '=HYPERLINK("http://example.org")',
    "<iframe src=//example.org></iframe><base href=//example.org>",
    "<w:instrText>INCLUDEPICTURE http://example.org</w:instrText>",
    "ә ғ қ ң ө ұ ү һ і Қазақстан Республикасы",
    "a" * 300,
]


def hostile_report() -> Report:
    """A report with a hostile string in every field that holds free text."""
    data = seed_report(measure=MEASURE).model_dump()
    count = 0

    def spoil(value: Any, key: str = "") -> Any:
        nonlocal count
        if isinstance(value, dict):
            return {k: spoil(v, str(k)) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(spoil(v, key) for v in value)
        if isinstance(value, str) and key in TEXTS:
            count += 1
            return f"{PAYLOADS[count % len(PAYLOADS)]} {value}" if key != "url" else PAYLOADS[count % len(PAYLOADS)]
        if value is None and key in ("summary", "locator", "url", "quote"):
            count += 1
            return PAYLOADS[count % len(PAYLOADS)]
        return value

    spoiled = spoil(data)
    spoiled["cases"][0]["sources"] = [
        {"id": "s", "title": p, "locator": p, "url": u}
        for p, u in [*((p, p) for p in PAYLOADS), ("plain", "https://example.org/a?b=c&d=e")]
    ]
    assert count > 200
    return Report.model_validate(spoiled)


TEXTS = {"title", "summary", "locator", "url", "quote", "asks", "said", "says", "text", "pinpoint", "question"}
TEXTS |= {"held", "claimed", "disclaimer", "version", "rulebook", "sha256"}
