"""How the history behaves when it is large: `python -m tests.history.figures [AMOUNT] [DATABASE]`.

Stores the measures of the seed cases again and again, each time as a case of its own with other words in its summary,
then measures what a user waits for: `verify`, filters and searches. It prints one line a figure.
"""

from __future__ import annotations

import itertools
import json
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rightscheck.assessment.assess import Reader, assess_case
from rightscheck.assessment.model import Assessment
from rightscheck.facts.case import CaseBase
from rightscheck.facts.read import read_case
from rightscheck.history.query import Filters, count, listing
from rightscheck.history.records import Payload, case_bytes, input_bytes, result_bytes, rulebook_bytes, sha256
from rightscheck.history.search import search
from rightscheck.history.store import Item, Store, put, put_rulebook
from rightscheck.resources import bundled
from rightscheck.rulebook.load import load_rulebook

SYLLABLES = re.findall("..", "бавегадіжазокилумынопарусотыфахачашаэлюрқаңыөкүрbecadofigukalominaor")
START = "2026-01-01T00:00:00.000000Z"


@dataclass
class Figures:
    """What was measured, in seconds and bytes; of each query the median and the longest of five."""

    amount: int
    store_each: float
    size: int
    verify: float
    verify_processor: float
    verify_memory: int
    queries: dict[str, tuple[float, float]]


def templates() -> list[tuple[CaseBase, Assessment, bytes]]:
    book = load_rulebook()
    reader = Reader(book)
    found = []
    for path in sorted((bundled("cases") / "seeds").glob("*.yaml")):
        if path.name != "expected.yaml":
            case = read_case(path).case
            found += [(case, result, result_bytes(result)) for result in assess_case(reader, case)]
    return found


def items(first: int, amount: int) -> Iterator[Item]:
    rng, seeds = random.Random(first), templates()
    words = ["".join(rng.choices(SYLLABLES, k=rng.randrange(2, 5))) for _ in range(20_000)]
    number = first
    while number < first + amount:
        renamed: dict[str, tuple[CaseBase, bytes]] = {}
        for case, result, content in seeds:
            slug = f"{case.case}-{first}-{number // len(seeds)}"
            if slug not in renamed:
                summary = f"{case.summary or ''} {' '.join(rng.choices(words, k=30))}"
                copy = case.model_copy(update={"case": slug, "summary": summary})
                renamed[slug] = (copy, case_bytes(copy))
            copy, version = renamed[slug]
            made = result.model_copy(update={"case": slug})
            data = content.replace(f'"case":"{case.case}"'.encode(), f'"case":"{slug}"'.encode())
            payload = Payload(rng.randbytes(32), input_bytes(made, sha256(version).hex(), START), data)
            yield Item(slug, copy.title, copy.country, version, made.rulebook.sha256, payload, made, START)
            number += 1
            if number == first + amount:
                return


def fill(store: Store, amount: int, batch: int = 500) -> float:
    """Store assessments until there are so many; return the seconds each took (in transactions of many)."""
    with store.reading() as connection:
        first = count(connection, Filters())
    book, left = load_rulebook(), amount - first
    made, amount = items(first, left), max(left, 1)
    begun = time.perf_counter()
    while left > 0:
        with store.writing() as connection:
            name, version = book.content.name, book.content.version
            put_rulebook(connection, book.sha256, name, version, lambda: rulebook_bytes(book))
            for _ in range(min(batch, left)):
                put(connection, next(made))
                left -= 1
    if store.engine.dialect.name == "postgresql":
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    return (time.perf_counter() - begun) / amount


FILTERS: dict[str, dict[str, Any]] = {
    "no filter": {},
    "country": {"country": "KZ"},
    "no hit": {"country": "FR"},
    "verdict": {"verdict": "low"},
    "right and verdict": {"right": "association", "verdict": "incompatible"},
    "stage": {"stage": "proportionality"},
    "open rule": {"open_rule": "assembly-blanket"},
    "standard": {"standard": "iccpr"},
    "type": {"type": "assembly-ban"},
    "all at once": {
        "country": "KZ",
        "right": "religion",
        "stage": "legality",
        "standard": "iccpr",
        "type": "religious-ban",
    },
}
SEARCHES = {
    "a word of every case": "the",
    "a word of some": "missionaries",
    "two words": "peaceful rallies",
    "another form": "registering",
    "a part": "issionar",
    "a rare part": "куба",
    "no hit": "xylophone",
    "no hit, common parts": "stationational",
}


def queries(connection: Any) -> dict[str, tuple[float, float]]:
    """Return the median and the longest of five tries of each filter and search, a page of fifty each."""
    rule = connection.exec_driver_sql("SELECT rule FROM fired_rules LIMIT 1").scalar()
    filters = {**FILTERS, "rule": {"rule": rule}}
    tries: dict[str, Callable[[], object]] = {}
    for name, given in filters.items():
        tries[f"list: {name}"] = lambda g=given: listing(connection, Filters(**g), 50)  # type: ignore[misc]
        tries[f"count: {name}"] = lambda g=given: count(connection, Filters(**g))  # type: ignore[misc]
    for (one, a), (two, b) in itertools.combinations(filters.items(), 2):
        if a and not a.keys() & b.keys():
            tries[f"list: {one}, {two}"] = lambda g={**a, **b}: listing(connection, Filters(**g), 50)  # type: ignore[misc]
    tries["list: a late page"] = lambda: listing(connection, Filters(country="KZ"), 50, 50_000)
    for name, query in SEARCHES.items():
        tries[f"search: {name}"] = lambda q=query: search(connection, q, Filters(), 50)  # type: ignore[misc]
        narrowed = Filters(country="KZ", verdict="high", stage="proportionality")
        tries[f"search: {name}, filtered"] = lambda q=query, f=narrowed: search(connection, q, f, 50)  # type: ignore[misc]
    found = {}
    for name, run in tries.items():
        times = []
        for _ in range(5):
            begun = time.perf_counter()
            run()
            times.append(time.perf_counter() - begun)
        found[name] = (statistics.median(times), max(times))
    return found


VERIFY = """
import json, re, sys, time
from pathlib import Path
from rightscheck.history.store import Store
from rightscheck.history.verify import verify
store = Store.open(sys.argv[1], print)
begun, used = time.perf_counter(), time.process_time()
with store.reading() as connection:
    report = verify(connection)
assert report.sound, report.problems[:3]
memory = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) * 1024
print(json.dumps([time.perf_counter() - begun, time.process_time() - used, memory, report.records]))
"""


def measure(database: str, amount: int) -> Figures:
    store = Store.open(database, lambda line: None)
    each = fill(store, amount)
    done = subprocess.run([sys.executable, "-c", VERIFY, database], capture_output=True, text=True, check=True)
    seconds, processor, memory, records = json.loads(done.stdout)
    assert records == amount
    with store.reading() as connection:
        times = queries(connection)
        if connection.dialect.name == "postgresql":
            size = connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar()
        else:
            size = Path(database).stat().st_size
    return Figures(amount, each, int(size or 0), seconds, processor, memory, times)


def main(amount: int, database: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = measure(database or f"{folder}/history.db", amount)
    print(f"{found.amount:,} assessments stored, {found.store_each * 1000:.1f} ms each; {found.size / 1e9:.2f} GB")
    spent = f"{found.verify:.1f} s, of the processor {found.verify_processor:.1f} s"
    print(f"verify: {spent}, {found.verify_memory / 1e6:.0f} MB")
    for name, (median, longest) in found.queries.items():
        print(f"{median * 1000:5.0f} ms, longest {longest * 1000:5.0f} ms  {name}")
    name, (median, _) = max(found.queries.items(), key=lambda item: item[1])
    print(f"slowest of {len(found.queries)}: {name}, {median * 1000:.0f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, sys.argv[2] if len(sys.argv) > 2 else None)
