"""Counts over tables of results: the same from every form, and equal to counts made a row at a time."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest

from rightscheck.assessment.counts import ORDER, Counts
from rightscheck.audit.batch import run
from rightscheck.audit.counts import count_results
from rightscheck.audit.kernel import Kernel, Options
from rightscheck.audit.outputs import Output
from rightscheck.audit.source import table_source
from rightscheck.problems import InputError
from rightscheck.rulebook.load import rulebook_from_content
from tests.audit.test_batch import RULES, write_csv
from tests.books import content
from tests.measures import random_rows, row_of
from tests.strategies import SOME

KINDS = ("parquet", "csv", "jsonl", "xlsx")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The results of one table in every form, with some rows that cannot be read."""
    folder = tmp_path_factory.mktemp("results")
    table = folder / "measures.csv"
    rng = Random(5)
    rows = [row_of(n, *r) for n, r in enumerate(random_rows(rng, 400, SOME, ["KZ", "FR", None]))]
    for row in rows:
        row.pop("sanction.kind", None)  # could contradict other facts
        if rng.random() < 0.4:
            bad = (
                {"law.basis": "none"} if rng.random() < 0.5 else {"assembly.blanket": "true", "law.published": "false"}
            )
            row.update({"type": "assembly-ban", "restricts": "assembly;worship", "reach.duration": "indefinite", **bad})
    rows.append({"case": "bad", "measure": "bad", "type": "no-such-type"})
    write_csv(table, rows)
    book = rulebook_from_content(content(RULES))
    found = {}
    for kind in KINDS:
        found[kind] = folder / f"results.{kind}"
        run(table_source(table), Output(found[kind], kind, {}), Kernel(book, Options(lists=kind != "parquet")))
    return found


def _plain(counts: Counts) -> dict[str, Any]:
    data = dict(vars(counts))
    del data["rulebooks"]
    return data


def test_every_form_gives_the_same_counts(results: dict[str, Path]) -> None:
    first = count_results([results["parquet"]])
    assert first.measures == 400 and first.rejected == 1 and first.rulebooks
    for kind in KINDS[1:]:
        assert _plain(count_results([results[kind]])) == _plain(first), kind


def test_counts_equal_a_count_by_hand(results: dict[str, Path]) -> None:
    found = count_results([results["csv"]])
    with results["csv"].open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert found.verdicts == Counter(r["verdict"] for r in rows)
    for kind in ("country", "type"):
        wanted = Counter((r[kind], r["verdict"]) for r in rows)
        assert {(n, v): c for n, line in found.by[kind].items() for v, c in line.items()} == wanted
    wanted = Counter((r["date"][:4], r["verdict"]) for r in rows)
    assert {(n, v): c for n, line in found.by["year"].items() for v, c in line.items()} == wanted
    rights = [n for n in rows[0] if n.startswith("right.")]
    wanted = Counter((n.removeprefix("right."), r["country"], r[n]) for r in rows for n in rights if r[n])
    assert {(*k, v): c for k, line in found.cells.items() for v, c in line.items()} == wanted
    assert found.rules == Counter(name for r in rows for name in r["fired"].split(";") if name)
    grave = [g for g in rows if g["verdict"] in ("incompatible", "high")]
    assert len(found.gravest) == min(25, len(grave))
    worst = max(sum(r[n] == "incompatible" for n in rights) for r in rows if r["verdict"] == "incompatible")
    assert found.gravest[0].verdict == "incompatible" and len(found.gravest[0].rights) == worst
    ranks = [(ORDER.index(g.verdict), -len(g.rights)) for g in found.gravest]
    assert ranks == sorted(ranks)


def test_several_tables_add_up(results: dict[str, Path]) -> None:
    one, two = count_results([results["csv"]]), count_results([results["csv"], results["jsonl"]])
    assert two.measures == 2 * one.measures
    assert two.cells == {k: {v: 2 * c for v, c in line.items()} for k, line in one.cells.items()}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "case,measure,type\na,b,detention\n"),
        ("a.csv", ""),
        ("a.csv", "case,verdict\na,terrible\n"),
        ("a.jsonl", '{"verdict": \n'),
        ("a.jsonl", "[1]\n"),
        ("a.jsonl", ""),
        ("a.parquet", "no parquet"),
        ("a.xlsx", "no workbook"),
        ("a.txt", "x"),
    ],
)
def test_what_is_no_table_of_results_is_refused(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        count_results([path])
    assert all("\n" not in str(p) for p in caught.value.problems)
    with pytest.raises(InputError):
        count_results([tmp_path / "missing.csv"])
