"""HTML and Markdown: what they hold, and that nothing given can act in them."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from rightscheck.report.html import render as html
from rightscheck.report.markdown import render as markdown
from rightscheck.report.model import Report
from tests.report.conftest import PAYLOADS, document_of, hostile_report

TAGS = (
    "html head meta title style body a header p h1 h2 h3 h4 nav ul ol li main div table caption colgroup col thead "
    "tbody tr th td details summary figure figcaption svg desc defs pattern path g rect text code span strong sup"
)
ALLOWED = set(TAGS.split())
VOID = {"meta", "col"}


class Page(HTMLParser):
    """Gathers what could act, and the text."""

    def __init__(self, data: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.faults: list[str] = []
        self.feed(data.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_comment(self, data: str) -> None:
        self.faults.append(f"comment {data}")


def _safe(page: Page) -> None:
    assert page.faults == [] and page.open == []
    for tag, attrs in page.tags:
        assert tag in ALLOWED, tag
        for name, value in attrs.items():
            assert not name.startswith("on") and name not in ("src", "style", "action", "srcset", "data", "ping"), name
            if name in ("href", "xlink:href"):
                assert tag == "a" and value is not None
                assert re.match(r"#[\w.-]+\Z|https?://[^\s\"'<>]+\Z", value), value


def test_html_is_closed_against_everything(whole: Report) -> None:
    data = html(document_of(whole))
    page = Page(data)
    _safe(page)
    policy = next(a["content"] for t, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    style = re.search(rb"<style>(.*?)</style>", data, re.S)
    assert style is not None and policy is not None
    digest = base64.b64encode(hashlib.sha256(style[1]).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert b"url(" not in style[1] and b"@import" not in style[1]


def test_html_is_navigable(whole: Report) -> None:
    page = Page(html(document_of(whole)))
    tags = [tag for tag, _ in page.tags]
    assert tags.count("h1") == tags.count("main") == tags.count("nav") == tags.count("header") == 1
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    links = {str(a["href"])[1:] for t, a in page.tags if t == "a" and str(a["href"]).startswith("#")}
    assert links <= set(ids)
    levels = [int(t[1]) for t in tags if re.match(r"h\d\Z", t)]
    assert all(b - a <= 1 for a, b in zip(levels, levels[1:], strict=False))
    assert all(a.get("aria-labelledby") for t, a in page.tags if t == "svg")
    assert next(a["lang"] for t, a in page.tags if t == "html") == "en"
    assert tags.count("caption") == tags.count("table")


def test_html_colour_never_stands_alone(whole: Report) -> None:
    data = html(document_of(whole)).decode()
    cells = re.findall(r'<td class="heat [^"]*">(.*?)</td>', data)
    assert cells and all(re.search(r"\w|–", cell) for cell in cells)


def test_the_caution_stands_once(whole: Report) -> None:
    for data in (html(document_of(whole)), markdown(document_of(whole))):
        assert data.decode().count(whole.disclaimer) == 1


@pytest.mark.parametrize("fact", ["law", "rule", "source"])
def test_all_law_rules_and_sources_are_shown(whole: Report, fact: str) -> None:
    page = "".join(Page(html(document_of(whole))).text)
    wanted = {
        "law": [item.says for item in whole.law],
        "rule": [c.rule for c in whole.considered],
        "source": [s.title for c in whole.cases for s in c.sources],
    }[fact]
    assert wanted and all(w in page for w in wanted)


def test_hostile_text_stays_text_in_html() -> None:
    page = Page(html(document_of(hostile_report())))
    _safe(page)
    text = "".join(page.text)
    for payload in PAYLOADS:
        if "\x00" not in payload:
            assert payload in text or " ".join(payload.split()) in " ".join(text.split())
    assert not any(0 <= ord(c) < 9 or 0x202A <= ord(c) <= 0x202E for c in text)


def test_hostile_text_stays_text_in_markdown() -> None:
    markdown_it = pytest.importorskip("markdown_it")
    data = markdown(document_of(hostile_report())).decode()
    parser = markdown_it.MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    stack = list(parser.parse(re.sub(r"\[\^\d+\](:)?", "", data)))
    while stack:
        token = stack.pop()
        assert token.type not in ("html_block", "html_inline", "image", "fence", "code_block"), token.content
        if token.type == "link_open":
            assert re.match(r"https?://", str(token.attrs["href"]))
        stack.extend(token.children or [])


def test_made_twice_the_same(one: Report) -> None:
    assert html(document_of(one)) == html(document_of(one))
    assert markdown(document_of(one)) == markdown(document_of(one))
