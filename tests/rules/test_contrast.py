"""Measures of kinds that no court has decided, in the bands set from the law (cases/contrast/expected.yaml)."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import pytest

from rightscheck.assessment.assess import Reader, assess_case
from rightscheck.assessment.model import Assessment
from rightscheck.facts.read import read_case
from rightscheck.facts.text import parse_file
from rightscheck.resources import bundled
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.load import load_rulebook

CONTRAST = bundled("cases") / "contrast"
EXPECTED: list[dict[str, Any]] = parse_file(CONTRAST / "expected.yaml").plain()
BANDS = {"good": {"low", "moderate"}, "mixed": {"moderate", "high"}, "bad": {"high", "incompatible"}}
TYPES = {
    "police-training",
    "security-assistance",
    "security-institution",
    "prevention-programme",
    "information-policy",
    "international-commitment",
    "citizen-reporting",
    "terrorism-definition",
}


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_rulebook()


@pytest.fixture(scope="module")
def results(book: Rulebook) -> dict[tuple[str, str], Assessment]:
    reader = Reader(book)
    files = sorted(p for p in CONTRAST.glob("*.yaml") if p.name != "expected.yaml")
    return {(r.case, r.measure): r for path in files for r in assess_case(reader, read_case(path).case)}


@pytest.mark.parametrize("entry", EXPECTED, ids=lambda e: f"{e['practice']}-{e['case']}")
def test_a_measure_reaches_its_band(results: dict[tuple[str, str], Assessment], entry: dict[str, Any]) -> None:
    found = results[entry["case"], entry["measure"]]

    assert found.verdict in entry["verdict"], found.reason


def test_each_kind_has_good_mixed_and_bad_practice(results: dict[tuple[str, str], Assessment]) -> None:
    practices: dict[str, set[str]] = defaultdict(set)
    count = Counter(entry["type"] for entry in EXPECTED)
    for entry in EXPECTED:
        practices[entry["type"]].add(entry["practice"])
        assert results[entry["case"], entry["measure"]].facts["type"] == entry["type"]
        assert set(entry["verdict"]) <= BANDS[entry["practice"]]
    assert practices.keys() >= TYPES
    assert {t for t in TYPES if practices[t] < BANDS.keys() or count[t] < 3} == set()


def test_every_entry_and_case_has_its_other_half(book: Rulebook, results: dict[tuple[str, str], Assessment]) -> None:
    assert {(e["case"], e["measure"]) for e in EXPECTED} == set(results)
    assert {name for e in EXPECTED for name in e["law"]} <= set(book.propositions)
    assert all(e["why"] for e in EXPECTED)
