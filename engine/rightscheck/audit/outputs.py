"""Where a batch run writes: results, rejects, and the state from which a killed run goes on.

Results and rejects are appended; then the state file is replaced whole, and with it the unit counts as done. After a
kill whatever lies beyond the state is cut off, so that no row is lost or doubled.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

from rightscheck.audit.parquet_parts import joined_footer
from rightscheck.audit.pieces import Piece
from rightscheck.audit.repeats import KEY_BYTES, placed
from rightscheck.problems import InputError, Place, Problem, SurroundingsError

XLSX_ROWS = 1_048_575
XLSX_CELL = 32_767


@contextlib.contextmanager
def _surroundings(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SurroundingsError(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from None


def private(path: str, flags: int) -> int:
    """Open a file for its owner alone."""
    return os.open(path, flags, 0o600)


class Output:
    """The files of one run.

    Args:
        path: where the results appear when all is done.
        kind: csv, xlsx, jsonl or parquet.
        described: what the run is (table, options, rulebook); a run goes on only where it is the same.
        resume: go on from the state that is there.
        force: begin anew, over whatever is there.
    """

    def __init__(
        self, path: Path, kind: str, described: dict[str, Any], *, resume: bool = False, force: bool = False
    ) -> None:
        self.path, self.kind = path, kind
        self.partial = path.with_name(path.name + ".partial")
        self.rejects = path.with_name(path.name + ".rejects")
        self.state_path = path.with_name(path.name + ".state")
        self.journal = path.with_name(path.name + ".parts")
        self.keys = path.with_name(path.name + ".keys")
        self.described = described
        self.complete = resume and path.exists() and self.state_path.exists() and not self.partial.exists()
        if self.complete:
            self._tidy()
            return
        if path.exists() and not force:
            raise InputError([Problem("is there already; --force writes over it", Place(str(path)))])
        if not path.parent.is_dir():
            raise SurroundingsError(f"{path.parent} is no folder")
        self.state: dict[str, Any] = {"row": 0, "bytes": 0, "rejects": 0, "journal": 0, "tally": None}
        with _surroundings(path):
            self._open(resume, force)

    def _open(self, resume: bool, force: bool) -> None:
        place = Place(str(self.state_path))
        if resume and self.state_path.exists():
            try:
                held = json.loads(self.state_path.read_bytes())
            except ValueError:
                raise InputError([Problem("is damaged; --force begins anew", place)]) from None
            if held.get("described") != self.described:
                differs = [k for k, v in self.described.items() if held.get("described", {}).get(k) != v]
                text = f"was left by another run ({', '.join(differs)} differ); --force begins anew"
                raise InputError([Problem(text, place)])
            self.state = held["state"]
        elif self.state_path.exists() and not force:
            raise InputError([Problem("a run was broken off; --resume goes on with it, --force begins anew", place)])
        for path, size in (
            (self.partial, self.state["bytes"]),
            (self.rejects, self.state["rejects"]),
            (self.journal, self.state["journal"]),
            (self.keys, self.state["row"] * KEY_BYTES),
        ):
            with open(path, "ab", opener=private) as stream:
                if stream.tell() < size:
                    raise InputError([Problem("is shorter than the state says; --force begins anew", Place(str(path)))])
                stream.truncate(size)
        self._save()

    @property
    def row(self) -> int:
        """The number of the last row that is done."""
        return int(self.state["row"])

    def add(self, piece: Piece, tally: dict[str, Any]) -> None:
        """Append a piece's results and rejects and count its rows as done."""
        with _surroundings(self.path):
            start = self.state["bytes"]
            results = piece.results
            if isinstance(results, bytes) or (results is not None and results.num_rows):
                data = results if isinstance(results, bytes) else self._encoded(results)
                self.state["bytes"] = _append(self.partial, data)
                if self.kind in ("parquet", "xlsx"):
                    line = f"{start} {self.state['bytes']}\n".encode()
                    self.state["journal"] = _append(self.journal, line)
            text = io.StringIO()
            lines = csv.writer(text, lineterminator="\n")
            if not self.state["rejects"]:
                lines.writerow(["row", "column", "reason"])
            lines.writerows((r.row, r.column, r.reason) for r in piece.rejects)
            self.state["rejects"] = _append(self.rejects, text.getvalue().encode())
            _append(self.keys, placed(piece.keys, piece.numbers, self.row, piece.row))
            self.state.update(row=piece.row, tally=tally)
            self._save()

    def _save(self) -> None:
        fresh = self.state_path.with_name(self.state_path.name + ".new")
        data = json.dumps({"described": self.described, "state": self.state}).encode()
        with open(fresh, "wb", opener=private) as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(self.state_path)

    def _encoded(self, batch: pa.RecordBatch) -> bytes | memoryview:
        if self.kind in ("parquet", "xlsx"):
            return parquet_part(batch)
        sink = pa.BufferOutputStream()
        if self.kind == "csv":
            options = pcsv.WriteOptions(include_header=self.state["bytes"] == 0)
            pcsv.write_csv(flat_batch(batch), sink, options)
        else:
            columns = [_listed(c).to_pylist() for c in batch.columns]
            names = batch.schema.names
            for values in zip(*columns, strict=True):
                row = {n: v for n, v in zip(names, values, strict=True) if v is not None}
                sink.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
        return memoryview(sink.getvalue())

    def finish(self, empty: pa.RecordBatch) -> None:
        """Bring the results to their name; `empty` gives the columns where there is no row."""
        with _surroundings(self.path):
            if not self.state["bytes"] and self.kind != "jsonl":
                self.state["bytes"] = _append(self.partial, self._encoded(empty))
                if self.kind in ("parquet", "xlsx"):
                    self.state["journal"] = _append(self.journal, f"0 {self.state['bytes']}\n".encode())
            if self.kind in ("parquet", "xlsx"):
                parts = [tuple(map(int, line.split())) for line in self.journal.read_text().splitlines()]
                with self.partial.open("rb") as stream:
                    footer = joined_footer(stream, [(a, b) for a, b in parts])
                _append(self.partial, footer)
            if self.kind == "xlsx":
                self._to_xlsx()
            else:
                self.partial.replace(self.path)
            self._tidy()

    def _tidy(self) -> None:
        """Remove what only a run under way needs; the state goes last."""
        if self.rejects.exists() and self.rejects.stat().st_size <= len("row,column,reason\n"):
            self.rejects.unlink()
        for left in (self.journal, self.keys, self.partial, self.state_path):
            left.unlink(missing_ok=True)

    def _to_xlsx(self) -> None:
        """Write the rows to a workbook, a new sheet where one is full; cells are never read as formulas or links."""
        try:
            import xlsxwriter  # type: ignore[import-untyped]
        except ImportError:
            raise InputError(
                [Problem("XLSX needs XlsxWriter: pip install 'rightscheck[batch]'", Place(str(self.path)))]
            ) from None
        fresh = self.path.with_name(self.path.name + ".new")
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        with xlsxwriter.Workbook(fresh, options) as book, pq.ParquetFile(self.partial, pre_buffer=False) as file:
            names = file.schema_arrow.names
            sheet, line = None, XLSX_ROWS + 1
            for batch in file.iter_batches(batch_size=4096):
                columns = [c.to_pylist() for c in flat_batch(batch).columns]
                for values in zip(*columns, strict=True):
                    if sheet is None or line > XLSX_ROWS:
                        sheet, line = book.add_worksheet(), 1
                        sheet.write_row(0, 0, names)
                        sheet.freeze_panes(1, 0)
                    for column, value in enumerate(values):
                        if value is not None:
                            sheet.write(line, column, value[:XLSX_CELL] if isinstance(value, str) else value)
                    line += 1
            if sheet is None:
                book.add_worksheet().write_row(0, 0, names)
        fresh.chmod(0o600)
        fresh.replace(self.path)


def parquet_part(batch: pa.RecordBatch) -> memoryview:
    """Return a batch of results as a whole Parquet file."""
    sink = pa.BufferOutputStream()
    bitmaps = [f.name for f in batch.schema if pa.types.is_fixed_size_binary(f.type)]
    plain = [f.name for f in batch.schema if f.name in ("row", "case", "measure", "title", "assessment")]
    coded = [f.name for f in batch.schema if f.name not in (*bitmaps, *plain)]
    options = {"use_dictionary": coded, "write_statistics": plain, "compression": "snappy"}
    with pq.ParquetWriter(sink, batch.schema, **options) as writer:
        writer.write_batch(batch)
    return memoryview(sink.getvalue())


def described_by(path: Path) -> dict[str, Any]:
    """Return what the run that left a state beside a result was; nothing where there is none."""
    try:
        found = json.loads(path.with_name(path.name + ".state").read_bytes())["described"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


def _append(path: Path, data: bytes | memoryview) -> int:
    with path.open("ab") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
        return stream.tell()


def _listed(column: pa.Array) -> pa.Array:
    if pa.types.is_list(column.type):
        return column.cast(pa.list_(pa.string()))
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def flat_batch(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a batch with lists as texts joined by `;` and dictionaries as plain text."""
    columns = [_listed(c) for c in batch.columns]
    columns = [pc.binary_join(c, ";") if pa.types.is_list(c.type) else c for c in columns]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


__all__ = ["Output", "described_by", "flat_batch", "parquet_part"]
