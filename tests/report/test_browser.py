"""Reports in headless Chromium: accessible by axe-core in light and dark, no request, no message, no script needed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from rightscheck.cli.report import survey_rendered
from rightscheck.facts.read import read_case
from rightscheck.report.html import render as html
from tests.report.conftest import SEEDS, document_of, hostile_report, report_of
from tests.report.test_survey import counts_of, survey_of

pytest.importorskip("playwright")
pytest.importorskip("axe_playwright_python")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium, the machine's or the one playwright brings."""
    from playwright.sync_api import Error, sync_playwright

    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    with sync_playwright() as playwright:
        try:
            found = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        except Error:
            pytest.skip("needs Chromium")
        yield found
        found.close()


def pages() -> dict[str, bytes]:
    """Reports of every kind, of short cases: axe-core takes a minute for a hundred pages of print."""
    case = read_case(SEEDS / "kz-2016-website-shutdown.yaml").case
    kinds: tuple[Any, ...] = ("full", "iccpr", "osja", "hrddp", "compatibility")
    two = report_of(read_case(SEEDS / "kz-2012-information-policy.yaml").case)
    return {
        **{f"as-{k}": html(document_of(report_of(case, arrangement=k))) for k in kinds},
        "kk": html(document_of(report_of(case, "kk"))),
        "history": survey_rendered(survey_of(counts_of(Random(5), 60)), "html"),
        "batch-ru": survey_rendered(survey_of(counts_of(Random(6), 60), "ru", kind="batch", origin=["a.csv"]), "html"),
        "two": html(document_of(two)),
        "hostile": html(document_of(hostile_report())),
        "hostile-history": survey_rendered(survey_of(counts_of(Random(7), hostile=True)), "html"),
    }


LONG = ("two", "hostile", "hostile-history")
SHORT = ("as-full", "kk", "history")


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The reports as files."""
    folder = tmp_path_factory.mktemp("pages")
    found = {}
    for name, data in pages().items():
        found[name] = folder / f"{name}.html"
        found[name].write_bytes(data)
    return found


class Watched:
    """A page whose requests, messages and dialogs are gathered."""

    def __init__(self, browser: Any, path: Path, **options: Any) -> None:
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("request", lambda r: None if r.url == path.as_uri() else self.faults.append(r.url[:99]))
        self.page.on("console", lambda m: self.faults.append(m.text))
        self.page.on("pageerror", lambda e: self.faults.append(str(e)))
        self.page.on("dialog", lambda d: self.faults.append(d.message))
        self.page.goto(path.as_uri())

    def __enter__(self) -> Watched:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


def axe(browser: Any, path: Path, scheme: str) -> list[Any]:
    """What axe-core finds on a report with all its parts unfolded; in the dark scheme only contrasts are looked at."""
    from axe_playwright_python.sync_playwright import Axe

    with Watched(browser, path, color_scheme=scheme, viewport={"width": 1280, "height": 900}) as watched:
        watched.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        options = {"runOnly": TAGS if scheme == "light" else ["color-contrast"], "resultTypes": ["violations"]}
        found = Axe().run(watched.page, options=options)
        return [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found.response["violations"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: Any, made: dict[str, Path], scheme: str) -> None:
    for name in SHORT:
        assert axe(browser, made[name], scheme) == [], name


@pytest.mark.fuzz
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_kind(browser: Any, made: dict[str, Path], scheme: str) -> None:
    for name in made.keys() - {*LONG, *SHORT}:
        assert axe(browser, made[name], scheme) == [], name


@pytest.mark.parametrize("width", [1280, 360])
def test_nothing_is_fetched_or_said_and_nothing_overflows(browser: Any, made: dict[str, Path], width: int) -> None:
    for name, path in made.items():
        with Watched(browser, path, viewport={"width": width, "height": 800}) as watched:
            page = watched.page
            assert watched.faults == [], name
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, (name, width)
            assert page.evaluate("document.scripts.length") == 0


def test_hostile_text_makes_no_element(browser: Any, made: dict[str, Path]) -> None:
    for name in ("hostile", "hostile-history"):
        with Watched(browser, made[name]) as watched:
            asked = "document.querySelectorAll('script,img,iframe,base,object,form,input,foreignObject').length"
            assert watched.page.evaluate(asked) == 0
            links = watched.page.evaluate("[...document.links].map(a => a.protocol)")
            assert set(links) <= {"file:", "http:", "https:"}


def test_it_reads_without_script_and_prints_all_depth(browser: Any, made: dict[str, Path]) -> None:
    with Watched(browser, made["two"], java_script_enabled=False) as watched:
        text = watched.page.locator("main").inner_text()
        assert "This report supports legal judgment and does not replace it." in text
    with Watched(browser, made["two"]) as watched:
        watched.page.emulate_media(media="print")
        hidden = "[...document.querySelectorAll('details > .inside')].filter(e => !e.checkVisibility()).length"
        assert watched.page.evaluate(hidden) == 0


def test_the_keyboard_reaches_the_report(browser: Any, made: dict[str, Path]) -> None:
    with Watched(browser, made["two"]) as watched:
        watched.page.keyboard.press("Tab")
        assert watched.page.evaluate("document.activeElement.className") == "skip"
        watched.page.keyboard.press("Enter")
        watched.page.wait_for_url("**/*#report")
        reached = set()
        for _ in range(60):
            watched.page.keyboard.press("Tab")
            reached.add(watched.page.evaluate("document.activeElement.tagName"))
        assert {"A", "SUMMARY"} <= reached
