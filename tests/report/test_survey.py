"""Reports on many measures: every count in every format, charts that a reader without colours can use."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path
from random import Random
from typing import Any

import pytest
from lxml import etree

from rightscheck.assessment.counts import ORDER, Changed, Counts, Grave
from rightscheck.cli.main import run
from rightscheck.cli.report import survey_rendered
from rightscheck.facts.case import RIGHTS
from rightscheck.report.blocks import Chart, Details, Document, Figure, Table, plain
from rightscheck.report.charts import nice_step, share_style
from rightscheck.report.html import HATCHES
from rightscheck.report.survey import Survey, survey
from rightscheck.report.survey_pages import survey_document
from rightscheck.report.texts import LANGUAGES, Texts
from tests.report.conftest import PAYLOADS, SEED
from tests.report.test_text_formats import Page, _safe

FORMATS = ("html", "md", "json", "docx", "pdf")


def counts_of(rng: Random, measures: int = 400, *, hostile: bool = False) -> Counts:
    """Random counts; with `hostile` every name that can come from a table is a hostile string."""
    found = Counts()
    countries = [*(f"{a}{b}" for a in "ABC" for b in "XYZWQ"), None]
    types = PAYLOADS if hostile else ["detention", "assembly-ban", None]
    if hostile:
        countries = list(PAYLOADS)
    for _ in range(measures):
        verdict, country = rng.choice(ORDER), rng.choice(countries)
        found.add("all", "", verdict, 1)
        found.add("country", country, verdict, 1)
        found.add("type", rng.choice(types), verdict, 1)
        found.add("year", rng.choice(types) if hostile else rng.choice(["1999", "2004", "2010", None]), verdict, 1)
        found.add("stored", rng.choice(["2025-11", "2026-02"]), verdict, 1)
        for right in rng.sample(RIGHTS, 3):
            found.add_cell(right, country, rng.choice(ORDER), 1)
    for payload in PAYLOADS if hostile else ["a title"]:
        found.gravest.append(Grave(payload, payload, payload, payload, payload, "high", ("assembly",), payload))
        found.changed.append(Changed(payload, payload, payload, "low", "high", 1, 2, "2026-01-02T00:00:00Z", True))
        found.rules[payload if hostile else "a-rule"] = 3
        found.add_rulebook("ab" * 32, payload, payload, 1)
    found.assessments, found.rejected = measures + 9, 4
    return found


def survey_of(counts: Counts, lang: str = "en", **more: Any) -> Survey:
    given = {"kind": "history", "title": "Measures", "disclaimer": "It does not replace judgment.", "lang": lang}
    return survey(counts, **{**given, **more})


def tables_of(doc: Document) -> dict[str, Table]:
    flat = list(doc.blocks) + [x for b in doc.blocks if isinstance(b, Details) for x in b.blocks]
    return {b.caption: b for b in flat if isinstance(b, Table)}


def test_all_counts_add_up() -> None:
    counts = counts_of(Random(1))
    found = survey_of(counts)
    for groups in (found.types, found.countries, found.years, found.stored):
        assert sum(g.total for g in groups) == found.measures == 400
    assert sum(c.total for c in found.cells) == sum(g.total for g in found.rights) == 1200
    assert sum(c.grave for c in found.cells) == sum(g.grave for g in found.rights)
    assert len({c.country for c in found.cells}) == 12 and found.left_out == 5
    assert Survey.model_validate_json(found.model_dump_json()) == found


def test_years_and_months_run_without_gaps() -> None:
    found = survey_of(counts_of(Random(1)))
    assert [g.name for g in found.years if g.name] == [str(y) for y in range(1999, 2011)]
    assert [g.name for g in found.stored] == ["2025-11", "2025-12", "2026-01", "2026-02"]
    counts = Counts()
    for month in ("2020-01", "2026-05"):
        counts.add("stored", month, "low", 2)
    assert [(g.name, g.total) for g in survey_of(counts).stored] == [
        ("2020", 2), *((str(y), 0) for y in range(2021, 2026)), ("2026", 2)
    ]  # fmt: skip


def test_a_chart_is_drawn_to_scale_and_needs_no_colour() -> None:
    doc = survey_document(survey_of(counts_of(Random(2))), Texts())
    figures = {b.id: b.drawing for b in doc.blocks if isinstance(b, Figure)}
    assert set(figures) == {"map-picture", "years-picture", "stored-picture"}
    for chart in figures.values():
        assert isinstance(chart, Chart) and chart.title and chart.says
        for bar in chart.bars:
            assert bar.full and bar.x >= 0 and bar.x + bar.width <= chart.width and bar.y + bar.height <= chart.height
            if bar.style in HATCHES:
                assert bar.hatch == bar.style
    heat = figures["map-picture"]
    assert isinstance(heat, Chart) and all(re.fullmatch(r"\d+/\d+", bar.label) for bar in heat.bars)
    years = figures["years-picture"]
    assert isinstance(years, Chart)
    tall = {(m[1], int(m[2])) for b in years.bars if (m := re.search(r": (.*) (\d+)/\d+", b.full))}
    heights = {int(m[2]): round(b.height, 6) for b in years.bars if (m := re.search(r": (.*) (\d+)/\d+", b.full))}
    assert tall and len({round(h / n, 6) for n, h in heights.items()}) == 1


def test_a_table_stands_beside_each_picture() -> None:
    found = survey_of(counts_of(Random(2)))
    doc = survey_document(found, Texts())
    tables = tables_of(doc)
    for number, block in enumerate(doc.blocks):
        if isinstance(block, Figure):
            after = doc.blocks[number + 1]
            assert isinstance(after, Details) and isinstance(after.blocks[0], Table)
    years = next(t for c, t in tables.items() if c == "Measures by verdict and time.")
    said = {plain(r[0].spans): plain(r[1].spans) for r in years.rows}
    assert said == {g.name or "no date": str(g.total) for g in found.years if g.total}


def test_steps_of_scales() -> None:
    assert [nice_step(n) for n in (0, 3, 5, 6, 12, 30, 99, 1000, 2_000_000)] == [1, 1, 1, 2, 5, 10, 20, 200, 500_000]
    assert [share_style(g, 8) for g in (0, 1, 2, 3, 6, 8)] == ["h-0", "h-1", "h-1", "h-2", "h-3", "h-4"]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("ending", FORMATS)
def test_every_format_in_every_language(ending: str, lang: str) -> None:
    found = survey_of(counts_of(Random(3)), lang)
    data = survey_rendered(found, ending)
    assert data == survey_rendered(found, ending)
    if ending in ("html", "md"):
        assert data.decode().count(found.disclaimer) == 1
    if ending == "pdf":
        assert b"pdfuaid" in data


def test_nothing_counted_is_said() -> None:
    text = survey_rendered(survey_of(Counts()), "md").decode()
    assert "No measure was found" in text and "%" not in text


def test_hostile_names_stay_text() -> None:
    found = survey_of(
        counts_of(Random(4), hostile=True), title=PAYLOADS[0], origin=PAYLOADS, filters={"--case": PAYLOADS[1]}
    )
    page = Page(survey_rendered(found, "html"))
    _safe(page)
    text = " ".join("".join(page.text).split())
    assert all(" ".join(p.split()) in text for p in PAYLOADS if "\x00" not in p)
    with zipfile.ZipFile(io.BytesIO(survey_rendered(found, "docx"))) as file:
        for name in file.namelist():
            if name.endswith((".xml", ".rels")):
                etree.fromstring(file.read(name))
            if name.endswith(".rels"):
                assert b"External" not in file.read(name)
    assert b"/JavaScript" not in survey_rendered(found, "pdf")
    survey_rendered(found, "md")


@pytest.fixture
def history(tmp_path: Path) -> list[str]:
    """Options that choose a history with some assessments."""
    options = ["--database", f"sqlite:///{tmp_path}/h.db"]
    assert run([*options, "assess", str(SEED), "--format", "jsonl"]) == 0
    return options


def test_report_on_the_history(tmp_path: Path, history: list[str]) -> None:
    out = tmp_path / "a.json"
    assert run([*history, "report", "--history", "-o", str(out)]) == 0
    data = json.loads(out.read_bytes())
    assert data["kind"] == "history" and data["measures"] == 9 and data["filters"] == {}
    narrow = ["--country", "KZ", "--right", "religion", "--verdict", "high"]
    assert run([*history, "report", "--history", *narrow, "-o", str(out)]) == 0
    less = json.loads(out.read_bytes())
    assert less["measures"] == sum(g["counts"].get("high", 0) for g in data["rights"] if g["name"] == "religion")
    assert less["filters"] == {"--right": "religion", "--verdict": "high", "--country": "KZ"}
    assert run([*history, "report", "--history", "--country", "FR", "-o", str(out)]) == 0
    assert json.loads(out.read_bytes())["measures"] == 0


def test_report_on_tables_of_results(tmp_path: Path) -> None:
    table = tmp_path / "measures.csv"
    table.write_text(
        "case,country,date,measure,title,type,restricts,law.basis\n"
        "a,KZ,2010-01-01,x,One,assembly-ban,assembly,none\nb,FR,2012,y,Two,detention,liberty,statute\n"
    )
    results = tmp_path / "results.csv"
    assert run(["audit", "cases", str(table), "-o", str(results), "--format", "json"]) == 0
    out = tmp_path / "a.json"
    assert run(["report", str(results), "-o", str(out)]) == 0
    data = json.loads(out.read_bytes())
    assert data["measures"] == 2 and {g["name"] for g in data["countries"]} == {"KZ", "FR"}
    assert data["origin"] == ["results.csv"]


@pytest.mark.parametrize(
    "args",
    [
        ["--history", "12"],
        [],
        ["--country", "KZ", str(SEED)],
        ["results.csv", str(SEED)],
        ["results.csv"],
        ["--history", "--measure", "x"],
        ["--history", "--country", "KAZ"],
        ["--history", "--verdict", "hihg"],
    ],
)
def test_what_is_wrong_is_said_in_a_line(
    tmp_path: Path, history: list[str], capsys: pytest.CaptureFixture[str], args: list[str]
) -> None:
    capsys.readouterr()
    out = tmp_path / "a.html"
    assert run([*history, "report", *args, "-o", str(out)]) == 2
    said = capsys.readouterr()
    assert said.out == "" and len(said.err.strip().splitlines()) == 1 and not out.exists()
