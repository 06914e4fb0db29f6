"""The criteria of the articles, and the table of them in docs/critiques.md."""

from __future__ import annotations

from pathlib import Path

from rightscheck.assessment.assess import Reader
from rightscheck.audit.critiques import carrying, critiques_table, read_criteria, seed_measures
from rightscheck.resources import bundled
from rightscheck.rulebook.load import load_rulebook

DOCUMENT = Path(__file__).parents[2] / "docs" / "critiques.md"


def test_the_sixty_criteria_are_all_there() -> None:
    criteria = read_criteria(bundled("rules"))

    assert criteria is not None
    assert list(criteria) == [f"C{n:02}" for n in range(1, 61)]


def test_every_criterion_is_carried_by_a_rule() -> None:
    assert set(carrying(load_rulebook())) == {f"C{n:02}" for n in range(1, 61)}


def test_the_document_is_in_step_with_the_rulebook() -> None:
    criteria = read_criteria(bundled("rules"))
    book = load_rulebook()
    measures = seed_measures(Reader(book), bundled("cases") / "seeds")

    assert criteria is not None
    assert DOCUMENT.read_text(encoding="utf-8") == critiques_table(book, criteria, measures), (
        "run `rightscheck rules critiques -o docs/critiques.md`"
    )
    assert {m.seed for m in measures} >= {f"M{n:02}" for n in range(1, 51)}
