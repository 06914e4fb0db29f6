"""The history: storing, searching, filtering and verifying, on an SQLite file."""

from __future__ import annotations

import itertools
import statistics
import time
from pathlib import Path
from typing import Any

from rightscheck.assessment.assess import Reader, assess_case
from rightscheck.facts.read import read_case
from rightscheck.history.query import Filters, count, listing
from rightscheck.history.records import rulebook_bytes
from rightscheck.history.search import search
from rightscheck.history.store import Store, new_item, put, put_rulebook
from rightscheck.history.verify import verify
from rightscheck.resources import bundled
from rightscheck.rulebook.load import load_rulebook

SEARCHES = ("assembly", "extremism ban", "prison sentence", "website", "запрет")
FILTERS = (
    Filters(verdict="high"),
    Filters(country="KZ", right="expression"),
    Filters(right="assembly", verdict="incompatible"),
    Filters(standard="iccpr", type="assembly-ban"),
)


def history(folder: Path, amount: int, single: int) -> dict[str, Any]:
    """Store the decided cases over and over under new ids, some each in its own transaction, and look them up."""
    reader = Reader(load_rulebook())
    book = reader.book
    cases = [read_case(p).case for p in sorted((bundled("cases") / "decided").glob("*.yaml"))]
    made = [(case, result) for case in cases for result in assess_case(reader, case)]
    store = Store.open(str(folder / "history.db"), lambda _line: None)
    copies = (
        (c.model_copy(update={"case": f"{c.case[:80]}-{n}"}), r.model_copy(update={"case": f"{c.case[:80]}-{n}"}))
        for n in itertools.count()
        for c, r in made
    )
    times = []
    for case, result in itertools.islice(copies, single):
        begun = time.perf_counter()
        store.add(case, result, book)
        times.append(time.perf_counter() - begun)
    started = time.perf_counter()
    with store.writing() as connection:
        put_rulebook(connection, book.sha256, book.content.name, book.content.version, lambda: rulebook_bytes(book))
        for case, result in itertools.islice(copies, amount - single):
            put(connection, new_item(case, result))
    together = (amount - single) / (time.perf_counter() - started)
    with store.reading() as connection:
        searching = [_timed(lambda: search(connection, words, Filters(), 20, 0)) for words in SEARCHES]  # noqa: B023
        filtering = [
            _timed(lambda: (listing(connection, chosen, 50), count(connection, chosen)))  # noqa: B023
            for chosen in FILTERS
        ]
        quick, deep = _timed(lambda: verify(connection)), 0.0
        if amount <= 5000:
            deep = _timed(lambda: verify(connection, deep=True))
        assert verify(connection).sound
    return {
        "amount": amount,
        "single": statistics.median(times) * 1000,
        "together": together,
        "search": max(searching) * 1000,
        "filter": max(filtering) * 1000,
        "verify": quick,
        "deep": deep,
        "bytes": (folder / "history.db").stat().st_size / amount,
    }


def _timed(act: Any) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started
