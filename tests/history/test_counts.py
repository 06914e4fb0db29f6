"""Counts over the history equal counts made one assessment at a time."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import pytest

from rightscheck.assessment.counts import ORDER
from rightscheck.history.counts import count_history
from rightscheck.history.query import Filters, conditions, listing
from rightscheck.history.store import Store
from rightscheck.rulebook.book import Rulebook
from tests.history import samples


@pytest.fixture
def grown(store: Store, book: Rulebook) -> Store:
    """A history in which cases were assessed again, with other facts and by another rulebook."""
    rng = Random(11)
    other = samples.small_book(version="2.0.0")
    for _ in range(40):
        number = rng.randrange(7)
        data = samples.case_data(number)
        data["country"] = rng.choice(["KZ", "FR", None])
        data["date"] = rng.choice(["2009", "2011-02", "2011-07-01", None])
        data["measures"][0]["law"] = {
            "basis": rng.choice(["none", "statute"]),
            "precision": rng.choice(["precise", None]),
        }
        file, results = samples.assessed(rng.choice([book, other]), data)
        for result in results:
            store.add(file.case, result, other if result.rulebook.version == "2.0.0" else book)
    return store


FILTERS = [
    {},
    {"country": "KZ"},
    {"verdict": "incompatible"},
    {"right": "assembly", "verdict": "incompatible"},
    {"rule": "belief"},
    {"type": "religious-ban", "country": "FR"},
    {"case": "case-3"},
    {"case": "no-such-case"},
]


@pytest.mark.parametrize("given", FILTERS)
def test_counts_equal_a_count_by_hand(grown: Store, given: dict[str, Any]) -> None:
    filters = Filters(**given)
    with grown.reading() as connection:
        found = count_history(connection, filters)
        rows = listing(connection, filters, 1000)
        assert conditions(filters) or len(rows) == 80
    loaded = {row.id: (row, grown.load(row.id).assessment()) for row in rows}
    latest: dict[tuple[str, str], int] = {}
    for number in sorted(loaded):
        row = loaded[number][0]
        latest[row.case, row.measure] = number
    kept = [loaded[n] for n in latest.values()]

    assert found.assessments == len(rows)
    assert found.verdicts == Counter(r.verdict for r, _ in kept)
    for kind, key in (("country", "country"), ("type", "type")):
        wanted = Counter((getattr(r, key) or "", r.verdict) for r, _ in kept)
        assert {(n, v): c for n, line in found.by.get(kind, {}).items() for v, c in line.items()} == wanted
    wanted = Counter(((r.as_of or "")[:4], r.verdict) for r, _ in kept)
    assert {(n, v): c for n, line in found.by.get("year", {}).items() for v, c in line.items()} == wanted
    wanted = Counter((x.right, r.country or "", x.verdict) for r, a in kept for x in a.rights)
    assert {(*k, v): c for k, line in found.cells.items() for v, c in line.items()} == wanted
    fired = Counter(name for _, a in kept for name in {f.rule for f in a.fired if f.effect != "mitigates"})
    assert found.rules == fired
    assert sum(sum(line.values()) for line in found.by.get("stored", {}).values()) == len(rows)
    assert sum(n for _, _, n in found.rulebooks.values()) == found.measures == len(kept)


def test_the_gravest_come_first_and_changes_are_told(grown: Store) -> None:
    with grown.reading() as connection:
        found = count_history(connection, Filters())
        rows = {row.id: row for row in listing(connection, Filters(), 1000)}
    ranks = [(ORDER.index(g.verdict), -len(g.rights)) for g in found.gravest]
    assert ranks == sorted(ranks) and all(rank <= 1 for rank, _ in ranks)
    assert len(found.gravest) == found.verdicts.get("incompatible", 0) + found.verdicts.get("high", 0)
    by: dict[tuple[str, str], list[int]] = {}
    for number in sorted(rows):
        by.setdefault((rows[number].case, rows[number].measure), []).append(number)
    wanted = {
        (a, b)
        for numbers in by.values()
        for a, b in zip(numbers, numbers[1:], strict=False)
        if rows[a].verdict != rows[b].verdict
    }
    assert wanted and {(c.number_before, c.number_after) for c in found.changed} == wanted
    for c in found.changed:
        a, b = rows[c.number_before], rows[c.number_after]
        assert (c.before, c.after, c.other_rulebook) == (a.verdict, b.verdict, a.rulebook != b.rulebook)
