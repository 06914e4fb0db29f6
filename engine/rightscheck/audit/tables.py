"""Tables of measures as a stream of Arrow batches: CSV, XLSX, JSONL and Parquet."""

from __future__ import annotations

import datetime
import itertools
import json
import threading
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

from rightscheck.audit.encode import NAMES, REQUIRED, Reject
from rightscheck.facts.text import MAX_BYTES
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.problems import InputError, Place, Problem, SurroundingsError, nearest

UNIT = 24_576
MAX_XLSX_BYTES = 1 << 30
KINDS = {".csv": "csv", ".xlsx": "xlsx", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}
_JSON_ROWS = 20_000
_BLOCK = 4 << 20
_SMALL_GROUP = 64 << 20


@dataclass(frozen=True)
class Unit:
    """Some rows of a table with their numbers, rows that could not be cut into cells, and the share read so far."""

    batch: pa.RecordBatch
    numbers: npt.NDArray[np.int64]
    rejects: list[Reject]
    share: float


def kind_of(path: Path, what: str = "table") -> str:
    """Return csv, xlsx, jsonl or parquet by a file's ending; raises InputError."""
    kind = KINDS.get(path.suffix.lower())
    if kind is None:
        raise InputError([Problem(f"a {what} ends in .csv, .xlsx, .jsonl or .parquet", Place(str(path)))])
    return kind


def check_names(names: Iterable[str], place: Place) -> None:
    """Refuse columns that are no fact and no name of a row; raises InputError with the nearest right names."""
    known = [*NAMES, *vocabulary().facts]
    listed = list(names)
    problems = [Problem("no such column", place, n, nearest(n, known)) for n in listed if n not in known]
    problems += [Problem("stands twice in the heading", place, n) for n in sorted(set(listed)) if listed.count(n) > 1]
    problems += [Problem("this column is missing", place, n) for n in REQUIRED if n not in listed]
    if problems:
        raise InputError(problems)


def units(path: Path, skip: int = 0, sheet: str | None = None) -> Iterator[Unit]:
    """Yield a table's rows in order, at most `UNIT` at a time, without its first `skip` rows.

    Raises:
        InputError: the file is no such table, or its columns have no meaning.
        SurroundingsError: it cannot be read.
    """
    kind = kind_of(path)
    try:
        if not path.is_file():
            raise InputError([Problem("no such file", Place(str(path)))])
        if kind == "parquet":
            yield from parquet_units(path, skip)
        elif kind == "csv":
            yield from _csv(path, skip)
        elif kind == "xlsx":
            yield from gathered(_xlsx(path, sheet), skip)
        else:
            yield from gathered(_jsonl(path), skip)
    except OSError as error:
        raise SurroundingsError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from None
    except pa.ArrowException as error:
        first = str(error).splitlines()[0]
        raise InputError([Problem(f"is not a {kind} file that can be read: {first}", Place(str(path)))]) from None


def total_rows(path: Path) -> int | None:
    """Return how many rows a table has where that is known without reading it."""
    return int(pq.read_metadata(path).num_rows) if kind_of(path) == "parquet" else None


# --- Parquet ---------------------------------------------------------------------------------


def parquet_units(path: Path, skip: int, groups: Iterable[int] | None = None) -> Iterator[Unit]:
    """Yield the rows of a Parquet table without its first `skip` rows, of all row groups or of some."""
    worded = (*vocabulary().facts, "country", "date", "standards")
    schema = pq.read_schema(path)
    text = [n for n in worded if n in schema.names and _is_text(schema.field(n).type)]
    with pq.ParquetFile(path, read_dictionary=text, pre_buffer=False, buffer_size=_buffer(path)) as file:
        check_names(file.schema_arrow.names, Place(str(path)))
        total, row = file.metadata.num_rows, 0
        wanted = None if groups is None else set(groups)
        for group in range(file.num_row_groups):
            size = file.metadata.row_group(group).num_rows
            if row + size <= skip or (wanted is not None and group not in wanted):
                row += size
                continue
            for batch in file.iter_batches(batch_size=UNIT, row_groups=[group]):
                late = max(0, skip - row)
                row += batch.num_rows
                if late < batch.num_rows:
                    kept = batch.slice(late)
                    yield Unit(kept, np.arange(row - kept.num_rows + 1, row + 1), [], row / max(total, 1))


def _buffer(path: Path) -> int:
    """Return how much of a column to hold at a time, 0 for all of a row group: all where groups are small."""
    meta = pq.read_metadata(path)
    largest = max((meta.row_group(n).total_byte_size for n in range(meta.num_row_groups)), default=0)
    return 0 if largest < _SMALL_GROUP else 1 << 16


def _is_text(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind))


# --- CSV -------------------------------------------------------------------------------------


def _csv(path: Path, skip: int) -> Iterator[Unit]:
    place, size = Place(str(path)), path.stat().st_size
    names = _csv_heading(path)
    check_names(names, place)
    wrong: list[tuple[int, str]] = []
    lock = threading.Lock()

    def bad_row(row: Any) -> str:
        with lock:
            number = (row.number or 0) - 1
            wrong.append((number, f"has {row.actual_columns} cells, not {row.expected_columns}"))
        return "skip"

    whole = pa.dictionary(pa.int32(), pa.binary())
    kinds = {n: whole if n in vocabulary() or n in ("country", "date", "standards") else pa.binary() for n in names}
    read = pcsv.ReadOptions(use_threads=False, block_size=_BLOCK, column_names=names, skip_rows_after_names=1)
    parse = pcsv.ParseOptions(newlines_in_values=True, invalid_row_handler=bad_row)
    convert = pcsv.ConvertOptions(
        column_types=kinds,
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=True,
        check_utf8=False,
    )
    reader = pcsv.open_csv(path, read_options=read, parse_options=parse, convert_options=convert)
    good = row = told = 0
    held: list[pa.RecordBatch] = []
    done = False
    bytes_read = 0
    while not done:
        try:
            batch = reader.read_next_batch()
            held.append(batch)
            bytes_read += _BLOCK
        except StopIteration:
            done = True
        while held and (done or sum(b.num_rows for b in held) >= UNIT):
            joined = pa.Table.from_batches(held).unify_dictionaries().combine_chunks()
            batches = joined.to_batches(max_chunksize=UNIT)
            now, held = batches[0], batches[1:]
            if not now.num_rows:
                continue
            with lock:
                bad = sorted(wrong)
            numbers, good = _numbered(now.num_rows, good, [n for n, _ in bad]), good + now.num_rows
            row = int(numbers[-1])
            late = int(np.searchsorted(numbers, skip, side="right"))
            new = [Reject(n, "", reason) for n, reason in bad[told:] if n <= row]
            told += len(new)
            new = [r for r in new if r.row > skip]
            if late < now.num_rows or new:
                yield Unit(now.slice(late), numbers[late:], new, min(bytes_read / max(size, 1), 1.0))
    rest = [Reject(n, "", reason) for n, reason in sorted(wrong)[told:] if n > skip]
    if rest:
        empty = pa.RecordBatch.from_pylist([], pa.schema([(n, pa.string()) for n in names]))
        yield Unit(empty, np.zeros(0, dtype=np.int64), rest, 1.0)


def _csv_heading(path: Path) -> list[str]:
    import csv

    with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        heading = next(csv.reader(itertools.islice(stream, 100)), None)
    if not heading:
        raise InputError([Problem("has no heading", Place(str(path)))])
    return [name.strip() for name in heading]


def _numbered(count: int, good: int, bad: list[int]) -> npt.NDArray[np.int64]:
    """Return the numbers of the next `count` good rows after `good`, bad rows counted in between."""
    numbers = np.arange(good + 1, good + count + 1, dtype=np.int64)
    gaps = np.array([n - place for place, n in enumerate(bad)], dtype=np.int64)
    return numbers + np.searchsorted(gaps, numbers, side="right")


# --- rows of Python values: XLSX and JSONL -----------------------------------------------------

Row = tuple[int, dict[str, Any] | None, str, float]


def gathered(rows: Iterator[Row], skip: int) -> Iterator[Unit]:
    """Gather rows (number, cells or None, what is wrong, share read) to batches of text columns."""
    for chunk in iter(lambda: list(itertools.islice(rows, _JSON_ROWS)), []):
        kept = [row for row in chunk if row[0] > skip]
        if not kept:
            continue
        good = [(number, cells) for number, cells, wrong, _ in kept if cells is not None and not wrong]
        rejects = [Reject(n, *_split(wrong)) for n, _, wrong, _ in kept if wrong]
        names = list(dict.fromkeys([*NAMES[:5], "type", *(n for _, cells in good for n in cells)]))
        columns = [pa.array([cells.get(n) for _, cells in good], pa.string()) for n in names]
        batch = pa.RecordBatch.from_arrays(columns, names=names)
        yield Unit(batch, np.array([n for n, _ in good], dtype=np.int64), rejects, chunk[-1][3])


def _split(wrong: str) -> tuple[str, str]:
    column, _, reason = wrong.rpartition("\t")
    return column, reason


def cell_text(value: Any) -> str | None:
    """Return a value of a spreadsheet or of JSON as the text of a cell; raises ValueError."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    if isinstance(value, list):
        parts = [cell_text(v) for v in value]
        if any(not p or ";" in p for p in parts):
            raise ValueError("holds an empty value" if not all(parts) else "holds a value with `;`")
        return ";".join(cast("list[str]", parts)) or "[]"
    if isinstance(value, str | int | datetime.date):
        return str(value)
    raise ValueError("takes a plain value or a list")


def flat(data: dict[str, Any]) -> dict[str, Any]:
    """Return a JSON row with its groups of facts unfolded to dotted names; raises ValueError."""
    found: dict[str, Any] = {}
    for key, value in data.items():
        if isinstance(value, dict) and key in vocabulary().groups:
            found.update({f"{key}.{inner}": v for inner, v in value.items()})
        else:
            found[key] = value
    known = None
    for name in found:
        if name not in vocabulary() and name not in NAMES:
            known = known or [*NAMES, *vocabulary().facts]
            hint = nearest(name, known)
            raise ValueError(f"{name}\tno such column" + (f"; did you mean `{hint}`?" if hint else ""))
    return found


def row_of(number: int, data: dict[str, Any], share: float) -> Row:
    """Return a row of plain values as cells of text, with what is wrong with the first that cannot be one."""
    cells = {}
    for name, value in data.items():
        try:
            text = cell_text(value)
        except ValueError as error:
            return number, None, f"{name}\t{error}", share
        if text is not None:
            cells[name] = text
    return number, cells, "", share


def _pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(items)
    if len(found) < len(items):
        raise ValueError("a name stands twice")
    return found


def _jsonl(path: Path) -> Iterator[Row]:
    size, done, number = path.stat().st_size, 0, 0
    with path.open("rb") as stream:
        while line := stream.readline(MAX_BYTES + 1):
            done += len(line)
            if not line.strip():
                continue
            number += 1
            share = done / max(size, 1)
            while len(line) > MAX_BYTES and line[-1:] != b"\n":
                line = stream.readline(MAX_BYTES + 1)
                done += len(line)
                if not line or line[-1:] == b"\n":
                    line = b""
            try:
                data = json.loads(line, object_pairs_hook=_pairs)
                if not isinstance(data, dict):
                    raise ValueError("is not a JSON object")
                cells = flat(data)
            except json.JSONDecodeError:
                yield number, None, "\tis not JSON", share
            except (ValueError, RecursionError) as error:
                said = str(error) or "is not JSON"
                yield number, None, said if "\t" in said else f"\t{said}", share
            else:
                yield row_of(number, cells, share)


def _xlsx(path: Path, sheet: str | None) -> Iterator[Row]:
    place = Place(str(path))
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError:
        raise InputError([Problem("XLSX needs python-calamine: pip install 'rightscheck[batch]'", place)]) from None
    try:
        with zipfile.ZipFile(path) as archive:
            if max((i.file_size for i in archive.infolist()), default=0) > MAX_XLSX_BYTES:
                raise InputError([Problem("is too large to hold in memory; save it as CSV or Parquet", place)])
        book = CalamineWorkbook.from_path(str(path))
        if sheet is not None and sheet not in book.sheet_names:
            raise InputError([Problem("no such sheet", place, sheet, nearest(sheet, book.sheet_names))])
        if sheet is None and len(book.sheet_names) > 1:
            raise InputError([Problem(f"has {len(book.sheet_names)} sheets; name one with --sheet", place)])
        page = book.get_sheet_by_name(sheet or book.sheet_names[0])
        height = page.total_height
        rows = page.iter_rows()
    except (zipfile.BadZipFile, CalamineError) as error:
        raise InputError([Problem(f"is not an XLSX file that can be read: {error}", place)]) from None
    heading = [str(v).strip() for v in next(rows, [])]
    while heading and not heading[-1]:
        heading.pop()
    check_names(heading, place)
    for number, row in enumerate(rows, 1):
        if all(v == "" or v is None for v in row):
            continue
        share = number / max(height - 1, 1)
        if any(v not in ("", None) for v in row[len(heading) :]):
            yield number, None, "\thas a cell beyond the heading", share
        else:
            yield row_of(number, dict(zip(heading, row, strict=False)), share)


__all__ = [
    "KINDS",
    "UNIT",
    "Row",
    "Unit",
    "cell_text",
    "check_names",
    "flat",
    "gathered",
    "kind_of",
    "parquet_units",
    "row_of",
    "total_rows",
    "units",
]
