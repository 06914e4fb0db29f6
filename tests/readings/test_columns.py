"""The reading by columns against the reference, by rule, right and verdict."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from rightscheck.assessment.assess import judge, setting_of
from rightscheck.facts.case import measures_of, parse_date
from rightscheck.facts.read import read_case
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.resources import bundled
from rightscheck.rulebook.load import load_rulebook
from tests.books import ReferenceReader, random_book
from tests.measures import Columns, expected, flat, random_rows, row_of, table_of
from tests.strategies import SOME, RandomRules, rule_sets

QUIET = list(HealthCheck)


def compare(columns: Columns, reader: ReferenceReader, rng: Random, count: int, names: list[str]) -> int:
    countries = ["KZ", None, *sorted(reader.book.content.standards.parties)]
    rows = random_rows(rng, count, names, countries)
    found = columns.read(table_of([row_of(n, *row) for n, row in enumerate(rows)]))
    for row, got in zip(rows, found, strict=True):
        wanted = expected(reader, *row)
        for key in wanted:
            assert got[key] == wanted[key], (key, row)
    return count


def compare_random(rules: RandomRules, seed: int, count: int) -> int:
    rng = Random(seed)
    reader = ReferenceReader(random_book(rules, rng))
    return compare(Columns(reader.book), reader, rng, count, SOME)


def test_columns_equal_reference_on_random_rulebooks() -> None:
    done = 0

    @settings(
        max_examples=50,
        deadline=None,
        suppress_health_check=QUIET,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
    )
    @given(rule_sets(), st.integers(0, 2**32))
    def run(rules: RandomRules, seed: int) -> None:
        nonlocal done
        done += compare_random(rules, seed, 40)

    run()
    assert done >= 2000


def test_columns_equal_reference_on_the_bundled_rulebook() -> None:
    book = load_rulebook()
    compare(Columns(book), ReferenceReader(book), Random(7), 120, list(vocabulary().facts))


def test_columns_equal_reference_on_every_bundled_case() -> None:
    book = load_rulebook()
    reader, columns = ReferenceReader(book), Columns(book)
    rows = []
    for path in sorted(
        p for p in bundled("cases").rglob("*.yaml") if p.name != "expected.yaml" and "further" not in p.parts
    ):
        case = read_case(path).case
        rows += [(m.facts(), case.country, case.date, case.standards) for m in measures_of(case)]
    cells = [{**row_of(n, *row[:3]), "standards": ";".join(row[3] or [])} for n, row in enumerate(rows)]

    for row, got in zip(rows, columns.read(table_of(cells)), strict=True):
        facts, country, date, standards = row
        setting = setting_of(book, country, parse_date(date) if date else None, standards)
        wanted = flat(judge(reader, facts, setting))
        assert got == {key: wanted[key] for key in got}, row


@pytest.mark.fuzz
@settings(max_examples=1500, deadline=None, suppress_health_check=QUIET, phases=[Phase.generate])
@given(rule_sets(most=30), st.integers(0, 2**32))
def test_columns_equal_reference_on_ninety_thousand_measures(rules: RandomRules, seed: int) -> None:
    compare_random(rules, seed, 60)


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", range(40))
def test_columns_equal_reference_on_the_bundled_rulebook_at_length(seed: int) -> None:
    book = load_rulebook()
    compare(Columns(book), ReferenceReader(book), Random(seed), 400, list(vocabulary().facts))
