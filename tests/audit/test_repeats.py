"""Measures given more than once in a table: all found, none made up, whatever the size of what is held at once."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rightscheck.audit.repeats import keys_of, placed, repeats
from rightscheck.cli.main import run as cli_run

NAMES = st.text(st.characters(codec="utf-8"), max_size=4) | st.sampled_from(["a", "ab", "b", "a-b", "", "x" * 120])


def batch_of(pairs: list[tuple[str, str]], *, coded: bool) -> pa.RecordBatch:
    columns = [pa.array(list(names), pa.string()) for names in zip(*pairs, strict=True)]
    if coded:
        columns = [c.dictionary_encode() for c in columns]
    return pa.RecordBatch.from_arrays(columns, names=["case", "measure"])


@given(st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=40), st.booleans(), st.integers(0, 3))
def test_equal_names_and_only_they_have_equal_keys(pairs: list[tuple[str, str]], coded: bool, start: int) -> None:
    start = min(start, len(pairs) - 1)
    batch = batch_of(pairs, coded=coded).slice(start)
    keys = keys_of(batch, np.ones(len(pairs) - start, dtype=np.bool_)).tolist()
    by_pair = dict(zip(pairs[start:], keys, strict=True))

    assert keys == [by_pair[p] for p in pairs[start:]]
    assert len(set(by_pair.values())) == len(by_pair)
    assert 0 not in keys


@pytest.mark.parametrize("at_once", [7, 50, 10_000])
def test_the_file_gives_every_repeat_with_its_rows(tmp_path: Path, at_once: int) -> None:
    rng = Random(at_once)
    pairs = [(f"c-{rng.randrange(150)}", f"m-{rng.randrange(2)}") for _ in range(300)]
    good = np.array([rng.random() > 0.1 for _ in pairs])
    keys = keys_of(batch_of(pairs, coded=False), good)
    numbers = np.arange(1, 301) + 2 * (np.arange(300) >= 100)  # two rows in between could not be cut into cells
    after, path = 0, tmp_path / "keys"
    with path.open("wb") as stream:
        for first in range(0, 300, 64):
            here = numbers[first : first + 64]
            stream.write(placed(keys[first : first + 64], here, after, int(here[-1])))
            after = int(here[-1])
    rows = defaultdict(list)
    for pair, number, fine in zip(pairs, numbers.tolist(), good.tolist(), strict=True):
        if fine:
            rows[pair].append(number)
    wanted = sorted(lines for lines in rows.values() if len(lines) > 1)
    found = repeats(path, at_once)

    assert found == {"measures": len(wanted), "rows": sum(map(len, wanted)), "first": wanted[:25]}


def test_many_names_have_no_key_in_common() -> None:
    rng = Random(1)
    pairs = list({(f"{rng.choice('abc')}-{n}", f"m{n % 7}-{rng.randrange(9)}") for n in range(200_000)})
    keys = keys_of(batch_of(pairs, coded=False), np.ones(len(pairs), dtype=np.bool_))

    assert Counter(keys.tolist()).most_common(1)[0][1] == 1


def test_repeated_measures_are_told_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = ["case,measure,type", *(f"c-{n % 3},m,assembly-ban" for n in range(5)), "c-0,other,assembly-ban", "C 0,m,x"]
    (tmp_path / "in.csv").write_text("\n".join(lines) + "\n")
    args: list[Any] = ["audit", "cases", str(tmp_path / "in.csv"), "-o", str(tmp_path / "out.csv"), "--format"]
    code = cli_run([*args, "json"])
    said = capsys.readouterr()
    told = json.loads(said.out)

    assert code == 1  # for the row that cannot be read
    assert told["repeats"] == {"measures": 2, "rows": 4, "first": [[1, 4], [2, 5]]}
    assert "4 rows give a measure that another row gives too" in said.err
    assert (told["rows"], len((tmp_path / "out.csv").read_text().splitlines())) == (6, 7)
    assert not (tmp_path / "out.csv.keys").exists()
    assert cli_run([*args, "table", "--force", "--summary", str(tmp_path / "s.html")]) == 1
    assert "Measures given more than once" in capsys.readouterr().out
    assert "2, 5" in (tmp_path / "s.html").read_text()
