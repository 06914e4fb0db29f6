"""Counts over a table of results, as `audit cases` wrote it: CSV, XLSX, JSONL or Parquet, a piece at a time."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

from rightscheck.assessment.counts import MOST_GRAVE, ORDER, Counts, Grave, gravest_first
from rightscheck.audit.tables import cell_text, kind_of
from rightscheck.facts.case import RIGHTS
from rightscheck.problems import InputError, Place, Problem, SurroundingsError

_ROWS = 65_536
_NAMED = ("row", "case", "measure", "title", "country", "date", "type", "verdict", "fired")
_RIGHTS = tuple(f"right.{name}" for name in RIGHTS)
_BAD = 20


def count_results(paths: list[Path]) -> Counts:
    """Return the counts over tables of results.

    Raises:
        InputError: a file is missing or is no table of results.
        SurroundingsError: a file cannot be read.
    """
    found = Counts()
    for path in paths:
        place = Place(str(path))
        kind = kind_of(path)
        if not path.is_file():
            raise InputError([Problem("no such file", place)])
        try:
            for batch in _batches(path, kind):
                _add(found, batch, path, kind)
        except (pa.ArrowInvalid, ValueError) as error:
            said = " ".join(str(error).split())[:120]
            raise InputError([Problem(f"is no table of results that can be read: {said}", place)]) from None
        except OSError as error:
            raise SurroundingsError(f"{path} cannot be read: {error.strerror or error}") from None
        found.rejected += _rejected(path)
    found.assessments = found.measures
    return found


def _checked(names: list[str], place: Place) -> list[str]:
    """Return the columns wanted of a table; raises InputError where it holds no verdicts."""
    if "verdict" not in names:
        text = "has no column `verdict`; evaluate it first: rightscheck audit cases TABLE -o results.parquet"
        raise InputError([Problem(text, place)])
    return [n for n in names if n in _NAMED or n in _RIGHTS]


def _batches(path: Path, kind: str) -> Iterator[pa.RecordBatch]:
    place = Place(str(path))
    if kind == "parquet":
        with pq.ParquetFile(path, pre_buffer=False) as file:
            wanted = _checked(file.schema_arrow.names, place)
            yield from file.iter_batches(batch_size=_ROWS, columns=wanted)
    elif kind == "csv":
        with path.open(encoding="utf-8", newline="") as stream:
            names = next(csv.reader(stream), [])
        wanted = _checked(names, place)
        options = pcsv.ConvertOptions(
            include_columns=wanted, column_types=dict.fromkeys(wanted, pa.string()), strings_can_be_null=True
        )
        with pcsv.open_csv(path, convert_options=options) as reader:
            yield from reader
    else:
        yield from _pieces(_jsonl(path) if kind == "jsonl" else _xlsx(path), place)


def _pieces(rows: Iterator[dict[str, Any]], place: Place) -> Iterator[pa.RecordBatch]:
    held: list[dict[str, Any]] = []
    seen = False

    def piece() -> pa.RecordBatch:
        names = dict.fromkeys(name for row in held for name in row)
        wanted = _checked(list(names), place)
        return pa.RecordBatch.from_pydict(
            {n: pa.array([_text(row.get(n)) for row in held], pa.string()) for n in wanted}
        )

    for row in rows:
        seen = True
        held.append(row)
        if len(held) == _ROWS:
            yield piece()
            held.clear()
    if held:
        yield piece()
    if not seen:
        raise InputError([Problem("holds no row", place)])


def _text(value: Any) -> str | None:
    return ";".join(map(str, value)) if isinstance(value, list) else cell_text(value)


def _jsonl(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as stream:
        for number, line in enumerate(stream, 1):
            if line.strip():
                row = json.loads(line)
                if not isinstance(row, dict):
                    raise ValueError(f"line {number} is no object")
                yield row


def _xlsx(path: Path) -> Iterator[dict[str, Any]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(path)
        for name in book.sheet_names:
            rows = book.get_sheet_by_name(name).iter_rows()
            names = [str(cell) for cell in next(iter(rows), [])]
            for row in rows:
                yield dict(zip(names, row, strict=False))
    except CalamineError as error:
        raise ValueError(str(error)) from None


def _add(found: Counts, batch: pa.RecordBatch, path: Path, kind: str) -> None:
    names = batch.schema.names
    verdict = _plain(batch.column("verdict"))
    wrong = set(pc.unique(verdict).to_pylist()) - set(ORDER)
    if wrong:
        shown = sorted(str(w) for w in wrong)[0]
        raise InputError([Problem("no such verdict in the column `verdict`", Place(str(path)), shown[:_BAD])])
    nothing = pa.nulls(batch.num_rows, pa.string())
    columns = {n: _plain(batch.column(n)) if n in names else nothing for n in ("country", "type", "date")}
    columns["year"] = pc.utf8_slice_codeunits(columns["date"], 0, 4)
    for kind_, values in (("all", nothing), *((n, columns[n]) for n in ("country", "type", "year"))):
        for name, said, count in _grouped(values, verdict):
            found.add(kind_, name, said, count)
    for column in _RIGHTS:
        if column not in names:
            continue
        right = column.removeprefix("right.")
        values = _plain(batch.column(column))
        for country, said, count in _grouped(columns["country"], values):
            if said in ORDER:
                found.add_cell(right, country, said, count)
    _add_rules(found, batch)
    _add_book(found, batch)
    found.gravest = gravest_first([*found.gravest, *_gravest(batch, verdict, path)])


def _grouped(names: pa.Array, verdicts: pa.Array) -> Iterator[tuple[str | None, str, int]]:
    table = pa.table({"name": names, "verdict": verdicts}).group_by(["name", "verdict"]).aggregate([([], "count_all")])
    for row in table.to_pylist():
        yield row["name"], row["verdict"] or "", row["count_all"]


def _plain(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return column.cast(pa.string())


def _add_rules(found: Counts, batch: pa.RecordBatch) -> None:
    """Count the rules that fired, from bitmaps or from lists."""
    if "fired" not in batch.schema.names:
        return
    column = batch.column("fired")
    if pa.types.is_fixed_size_binary(column.type):
        rules = json.loads((batch.schema.metadata or {}).get(b"rightscheck.rules", b"[]"))
        width = column.type.byte_width
        raw = np.frombuffer(column.buffers()[1], np.uint8)[
            column.offset * width : (column.offset + len(column)) * width
        ]
        counts = np.unpackbits(raw.reshape(-1, width), axis=1, bitorder="little").sum(axis=0, dtype=np.int64)
        each = list(zip(rules, counts.tolist(), strict=False))
    else:
        if pa.types.is_list(column.type):
            items = column.cast(pa.list_(pa.string())).flatten()
        else:
            items = pc.list_flatten(pc.split_pattern(_plain(column).drop_null(), ";"))
        each = [(row["values"], row["counts"]) for row in pc.value_counts(items).to_pylist()]
    for rule, count in each:
        if rule and rule != "[]" and count:
            found.rules[rule] = found.rules.get(rule, 0) + count


def _add_book(found: Counts, batch: pa.RecordBatch) -> None:
    raw = (batch.schema.metadata or {}).get(b"rightscheck.rulebook")
    if raw:
        book = json.loads(raw)
        found.add_rulebook(book["sha256"], book["name"], book["version"], batch.num_rows)


def _gravest(batch: pa.RecordBatch, verdict: pa.Array, path: Path) -> list[Grave]:
    """Return the gravest measures of a piece."""
    rights = [n for n in _RIGHTS if n in batch.schema.names]
    plain = {n: _plain(batch.column(n)) for n in rights}
    said = np.array(verdict.to_pylist(), dtype=object)
    score = np.zeros(batch.num_rows, dtype=np.int64)
    for weight, name in ((1000, "incompatible"), (500, "high")):
        here = said == name
        score[here] += weight
        for column in plain.values():
            same = pc.fill_null(pc.equal(column, name), False).to_numpy(zero_copy_only=False)
            score[here & same] += 1
    places = [int(p) for p in np.argsort(-score, kind="stable")[:MOST_GRAVE] if score[p]]

    def cell(name: str, place: int) -> str | None:
        if name not in batch.schema.names:
            return None
        value = batch.column(name)[place].as_py()
        return None if value is None else str(value)

    return [
        Grave(
            case=cell("case", p) or "",
            measure=cell("measure", p) or "",
            title=cell("title", p) or "",
            country=cell("country", p),
            date=cell("date", p),
            verdict=str(said[p]),
            rights=tuple(n.removeprefix("right.") for n in rights if plain[n][p].as_py() == said[p]),
            place=cell("row", p) or "",
        )
        for p in places
    ]


def _rejected(path: Path) -> int:
    """Return how many rows of the run could not be read, by the file of rejects beside its results."""
    beside = path.with_name(path.name + ".rejects")
    if not beside.is_file():
        return 0
    with beside.open(encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream)
        next(rows, None)
        return len({row[0] for row in rows if row})
