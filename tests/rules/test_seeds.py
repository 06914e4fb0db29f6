"""The measures of the seed articles against what the articles themselves make expect (cases/seeds/expected.yaml)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rightscheck.assessment.assess import Reader, assess_case
from rightscheck.assessment.model import Assessment
from rightscheck.facts.read import read_case
from rightscheck.facts.text import parse_file
from rightscheck.resources import bundled
from rightscheck.rulebook.load import load_rulebook

SEEDS = bundled("cases") / "seeds"
EXPECTED: list[dict[str, Any]] = parse_file(SEEDS / "expected.yaml").plain()
GRAVE = {"revived-association-offence", "missionary-limits", "rally-ban"}


@pytest.fixture(scope="module")
def results() -> dict[tuple[str, str], Assessment]:
    reader = Reader(load_rulebook())
    found = {}
    for path in sorted(SEEDS.glob("kz-*.yaml")):
        for result in assess_case(reader, read_case(Path(path)).case):
            found[result.case, result.measure] = result
    return found


def criteria(result: Assessment) -> tuple[set[str], set[str]]:
    """The criteria of rules that fired, and of rules that are open."""
    return {c for f in result.fired for c in f.critiques}, {c for o in result.open for c in o.critiques}


@pytest.mark.parametrize("entry", EXPECTED, ids=lambda e: f"{e['seed']}-{e['measure']}")
def test_criteria_fire_stay_open_or_stay_silent_as_the_article_has_it(
    results: dict[tuple[str, str], Assessment], entry: dict[str, Any]
) -> None:
    fired, still_open = criteria(results[entry["case"], entry["measure"]])
    missing = set(entry["fire"]) - fired
    closed = {c for c in entry["open"] if c in fired or c not in still_open}
    wrongly = set(entry["silent"]) & fired

    assert (missing, closed, wrongly) == (set(), set(), set())


def test_every_measure_of_the_articles_is_a_case(results: dict[tuple[str, str], Assessment]) -> None:
    assert {e["seed"] for e in EXPECTED} == {f"M{n:02}" for n in range(1, 51)}
    assert {(e["case"], e["measure"]) for e in EXPECTED} <= set(results)


def test_the_offence_the_missionary_limits_and_the_rally_ban_are_grave(
    results: dict[tuple[str, str], Assessment],
) -> None:
    found = {m: r for (_, m), r in results.items() if m in GRAVE}

    assert set(found) == GRAVE
    for result in found.values():
        assert result.verdict in ("high", "incompatible")
        assert {s.id: s.status for s in result.standards}["iccpr"] == "signed"
        assert all(f.sources for f in result.fired)
