"""Use of rules over many measures: the counts are those of judging the rows one by one."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rightscheck.assessment.assess import judge, setting_of
from rightscheck.audit.kernel import Kernel
from rightscheck.audit.source import table_source
from rightscheck.audit.use import USES, use_of
from rightscheck.facts.case import parse_date
from rightscheck.rulebook.load import rulebook_from_content
from tests.audit.test_batch import RULES
from tests.books import ReferenceReader, content
from tests.measures import random_rows, row_of
from tests.strategies import SOME


@pytest.mark.parametrize("seed", [1, 2])
def test_counts_by_rule_state_and_year_are_those_of_the_rows(tmp_path: Path, seed: int) -> None:
    book = rulebook_from_content(content(RULES))
    rng = Random(seed)
    measures = random_rows(rng, 250, SOME, ["KZ", "FR", None])
    rows = [row_of(n, *measure) for n, measure in enumerate(measures)]
    for row in rows:
        row.pop("sanction.kind", None)
    names = list(dict.fromkeys(n for row in rows for n in row))
    pq.write_table(pa.Table.from_pylist(rows, pa.schema([(n, pa.string()) for n in names])), tmp_path / "t.parquet", 70)
    expected: dict[tuple[str, str], dict[str, dict[str, int]]] = defaultdict(
        lambda: defaultdict(lambda: dict.fromkeys(USES, 0))
    )
    sizes: dict[tuple[str, str], int] = defaultdict(int)
    reader = ReferenceReader(book)
    for facts, country, date in measures:
        facts = {n: v for n, v in facts.items() if n != "sanction.kind"}
        found = judge(reader, facts, setting_of(book, country, parse_date(date) if date else None))
        groups = [("all", ""), ("country", country or "none"), ("year", date[:4] if date else "none")]
        for group in groups:
            sizes[group] += 1
        for name, rule in book.rules.items():
            covered = {s for r in found.rights if r.right in rule.rights for s, _ in r.covered}
            if not covered & set(rule.law):
                continue
            state = found.states[name]
            uses = {"rebuttable": ("fired", "rebuttable"), "live": ("live", "open"), "dormant": ("open",)}
            for group in groups:
                for use in uses.get(state, (state,)):
                    if use in USES:
                        expected[group][name][use] += 1
    use = use_of(Kernel(book), table_source(tmp_path / "t.parquet"))
    data: dict[str, Any] = use.data()

    assert data["measures"] == 250
    nothing = dict.fromkeys(USES, 0)
    for line in data["rules"]:
        assert {u: line[u] for u in USES} == expected["all", ""].get(line["rule"], nothing)
    for kind in ("country", "year"):
        assert data[f"by_{kind}"] == {
            name: {"measures": sizes[kind, name], "rules": dict(expected[kind, name])}
            for k, name in sorted(sizes)
            if k == kind
        }
    assert data["never_fired"] == [r for r in book.rules if not expected["all", ""].get(r, nothing)["fired"]]
    assert any(c["fired"] for c in expected["all", ""].values())
