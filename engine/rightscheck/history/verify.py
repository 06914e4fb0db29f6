"""Is the history as it was written? The chain, the commitments, and with `deep` everything derived from the content."""

from __future__ import annotations

import json
import operator
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, Table, func, select

from rightscheck.assessment.model import Assessment
from rightscheck.history import merkle
from rightscheck.history import models as m
from rightscheck.history.checkpoint import Checkpoint
from rightscheck.history.records import (
    DamagedRecord,
    commitment_of,
    first_hash,
    is_rulebook,
    leaf_hash,
    read_record,
    sha256,
    stored_digest,
    unpack,
)
from rightscheck.history.runs import RUN_KEYS
from rightscheck.history.search_check import IndexCheck
from rightscheck.history.store import columns_of, derived_of, history_id, plain

_BATCH = 500
_STREAMED = {"yield_per": _BATCH}
_HASHED = (
    *("id", "version_id", "measure_id", "rulebook", "engine", "as_of", "stored_at"),
    *("commitment", "salt", "input", "result"),
)
_POINTERS = ("case", "version", "measure", "rulebook", "as_of", "engine", "stored_at")
_POINTED = operator.itemgetter(*_POINTERS)
_DECODER = json.JSONDecoder()
_KINDS = {
    "assessed": {"seq", "kind", "at", "previous", "commitment", "rulebook", "stored"},
    "imported": {"seq", "kind", "at", "previous", "commitment", "rulebook", "stored"},
    "erased": {"seq", "kind", "at", "previous", "records"},
    "run": {"seq", "kind", "at", "previous", *RUN_KEYS},
}


@dataclass
class Report:
    """What was checked and what is wrong; `problems` holds (record number, what), 0 for the history as a whole."""

    records: int = 0
    assessments: int = 0
    erased: int = 0
    root: bytes = merkle.EMPTY
    problems: list[tuple[int, str]] = field(default_factory=list)
    checkpoints: int = 0
    deep: bool = False

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def first(self) -> tuple[int, str] | None:
        """Return the first bad record and what is wrong with it; faults of the whole come last."""
        ordered = sorted(self.problems, key=lambda p: (p[0] == 0, p[0]))
        return ordered[0] if ordered else None


def verify(connection: Connection, *, deep: bool = False, checkpoints: list[Checkpoint] | None = None) -> Report:
    """Check the whole history; with `deep`, derive columns, filter rows and the search index anew as well."""
    checker = _Checker(connection, deep)
    checker.chain()
    checker.content()
    for checkpoint in checkpoints or []:
        checker.checkpoint(checkpoint)
    report = checker.report
    report.problems.sort(key=lambda p: (p[0] == 0, p[0]))
    return report


class _Checker:
    def __init__(self, connection: Connection, deep: bool) -> None:
        self.connection = connection
        self.deep = deep
        self.index = IndexCheck(connection)
        self.report = Report(deep=deep)
        self.hashes: list[bytes] = []
        self.missing: set[int] = set()
        self.erased: set[int] = set()
        self.versions: dict[int, Row[Any]] = {}
        self.measures: dict[int, Row[Any]] = {}
        self.used: dict[str, set[Any]] = {"versions": set(), "measures": set(), "rulebooks": set()}

    def bad(self, number: int, what: str) -> None:
        self.report.problems.append((number, what))

    def chain(self) -> None:
        self.measures = {row.id: row for row in self.connection.execute(_measures())}
        self.versions = {row.id: row for row in self.connection.execute(_versions())}
        previous, expected, batch = first_hash(history_id(self.connection)), 1, []
        columns = m.assessments.c if self.deep else [m.assessments.c[name] for name in _HASHED]
        query = select(m.ledger, *columns).join_from(
            m.ledger, m.assessments, m.assessments.c.id == m.ledger.c.seq, isouter=True
        )
        rows = self.connection.execute(query.order_by(m.ledger.c.seq), execution_options=_STREAMED)
        for row in rows:
            if row.seq != expected:
                self.bad(row.seq, f"record {expected} before it is missing" if row.seq > expected else "is misplaced")
            expected = row.seq + 1
            if not isinstance(row.record, bytes) or not isinstance(row.hash, bytes):
                self.bad(row.seq, "the record or its hash is not stored as bytes")
                continue
            leaf = leaf_hash(row.record)
            if leaf != row.hash:
                self.bad(row.seq, "the record and its hash do not fit")
            self.record(row, previous)
            previous = leaf
            self.hashes.append(leaf)
            if self.deep and row.id is not None:
                batch.append(row)
                if len(batch) == _BATCH:
                    self.derived(batch)
                    batch = []
        self.derived(batch)
        for number in sorted(self.missing - self.erased):
            self.bad(number, "its content is missing, and no erasure is recorded")
        for number in sorted(self.erased - self.missing):
            self.bad(number, "an erasure is recorded, and its content is still there")
        self.report.records = len(self.hashes)
        self.report.erased = len(self.erased)
        self.report.root = merkle.root_of(self.hashes)

    def record(self, row: Row[Any], previous: bytes) -> None:
        try:
            record = read_record(row.record)
        except DamagedRecord as error:
            return self.bad(row.seq, f"the record {error}")
        if not isinstance(record, dict) or record.keys() != _KINDS.get(str(record.get("kind")), ()):
            return self.bad(row.seq, "the record is of no kind this version knows")
        if record["seq"] != row.seq:
            self.bad(row.seq, f"the record belongs to place {record['seq']}")
        if record["previous"] != previous.hex():
            self.bad(row.seq, "it does not follow from the record before it")
        if record["kind"] == "erased":
            if not isinstance(record["records"], list) or not all(type(n) is int for n in record["records"]):
                return self.bad(row.seq, "the record is of no kind this version knows")
            self.erased.update(record["records"])
            if row.id is not None:
                self.bad(row.seq, "content stands under the record of an erasure")
            return None
        if record["kind"] == "run":
            if row.id is not None:
                self.bad(row.seq, "content stands under the record of a run")
            return None
        self.used["rulebooks"].add(record["rulebook"])
        if row.id is None:
            self.missing.add(row.seq)
        else:
            self.report.assessments += 1
            self.assessment(row, record)
        return None

    def assessment(self, row: Row[Any], record: dict[str, Any]) -> None:
        stored = {"salt": row.salt, "input": row.input, "result": row.result, "commitment": row.commitment}
        for name, value in stored.items():
            if type(value) is not bytes:
                return self.bad(row.seq, f"its {name} is not stored as bytes")
        if stored_digest(row.salt, row.input, row.result).hex() != record["stored"]:
            self.bad(row.seq, "the stored input, result or salt was changed")
        if row.commitment.hex() != record["commitment"]:
            self.bad(row.seq, "the stored commitment was changed")
        version, measure = self.versions.get(row.version_id), self.measures.get(row.measure_id)
        found = (
            version.slug if version else None,
            version.sha256 if version else None,
            measure.slug if measure else None,
            row.rulebook,
            row.as_of,
            row.engine,
            row.stored_at,
        )
        try:
            given = _POINTED(_DECODER.decode(row.input.decode()))
        except (ValueError, TypeError, KeyError):
            return self.bad(row.seq, "the stored input is not that of an assessment")
        wrong = [] if given == found else [n for n, a, b in zip(_POINTERS, given, found, strict=True) if a != b]
        if record["rulebook"] != row.rulebook:
            wrong.append("rulebook")
        if measure and version and measure.case_id != version.case_id:
            wrong.append("measure")
        if wrong:
            self.bad(row.seq, f"it points to another {', '.join(dict.fromkeys(wrong))} than it was stored with")
        self.used["versions"].add(row.version_id)
        self.used["measures"].add(row.measure_id)
        return None

    def derived(self, batch: list[Row[Any]]) -> None:
        """Derive columns, filter rows and search texts of a batch anew."""
        if not batch:
            return
        first, last = batch[0].seq, batch[-1].seq
        found = {table: self.rows_of(table, first, last) for table in m.DERIVED}
        texts = self.index.rows(first, last)
        for row in batch:
            try:
                content = unpack(row.result)
                if commitment_of(row.salt, row.input, content) != row.commitment:
                    self.bad(row.seq, "the stored content is not what the commitment was made of")
                    continue
                result = Assessment.model_validate_json(content)
            except (DamagedRecord, ValueError, TypeError):  # TypeError: SQLite stores anything anywhere
                self.bad(row.seq, "the stored result cannot be read")
                continue
            wrong = [name for name, value in columns_of(result).items() if getattr(row, name) != value]
            for table, rows in derived_of(row.seq, result, row.stored_at).items():
                if [tuple(r[c.name] for c in table.columns) for r in rows] != found[table].get(row.seq, []):
                    wrong.append(table.name)
            if not self.index.same(texts.get(row.seq), row.version_id, result):
                wrong.append("search")
            if wrong:
                self.bad(row.seq, f"what is derived from the result was changed: {', '.join(wrong)}")

    def rows_of(self, table: Table, first: int, last: int) -> dict[int, list[tuple[Any, ...]]]:
        key = table.c.assessment_id
        query = select(table).where(key >= first, key <= last)
        found: dict[int, list[tuple[Any, ...]]] = {}
        for row in self.connection.execute(query):
            found.setdefault(row.assessment_id, []).append(tuple(row))
        names = [c.name for c in table.columns]
        places = [names.index(c.name) for c in table.primary_key.columns]
        return {number: sorted(rows, key=lambda r: [str(r[i]) for i in places]) for number, rows in found.items()}

    def content(self) -> None:
        """Check versions of cases and rulebooks against their digests, and that nothing was slipped in."""
        lone = select(m.assessments.c.id).where(m.assessments.c.id.not_in(select(m.ledger.c.seq)))
        for row in self.connection.execute(lone):
            self.bad(row.id, "an assessment stands there without a record")
        for what, label, rows in self.pieces():
            for key, name, wrong in rows:
                if wrong:
                    self.bad(0, f"{label} {name} {wrong}")
                elif key not in self.used[what]:
                    self.bad(0, f"{label} {name}: no assessment rests on it")
        cases = set(self.connection.execute(select(m.cases.c.id)).scalars())
        for lonely in sorted(cases - {row.case_id for row in self.versions.values()}):
            self.bad(0, f"case number {lonely} has no version")
        if self.deep:
            for table in m.DERIVED:
                stray = select(func.count()).where(table.c.assessment_id.not_in(select(m.assessments.c.id)))
                if self.connection.execute(stray).scalar():
                    self.bad(0, f"{table.name} has rows of no assessment")
            if self.report.sound:
                for fault in self.index.faults():
                    self.bad(0, fault)

    def pieces(self) -> Iterator[tuple[str, str, Iterator[tuple[Any, str, str]]]]:
        yield "versions", "the facts of", self.version_pieces()
        yield "measures", "the measure", ((k, row.slug, "") for k, row in self.measures.items())
        yield "rulebooks", "the rulebook", self.rulebook_pieces()

    def version_pieces(self) -> Iterator[tuple[Any, str, str]]:
        query = select(m.case_versions).order_by(m.case_versions.c.id)
        for row in self.connection.execute(query, execution_options=_STREAMED):
            known = self.versions.get(row.id)
            name = f"case {known.slug} (version {str(row.sha256)[:12]})" if known else f"version {row.id}"
            if known is None:
                yield row.id, name, "belong to no case"
            elif type(row.content) is not bytes or sha256(row.content).hex() != row.sha256:
                yield row.id, name, "were changed"
            elif not self.deep:
                yield row.id, name, ""
            else:
                data = json.loads(row.content)
                derived = (plain(data["title"]), data.get("country"), data["case"])
                same = derived == (row.title, row.country, known.slug)
                yield row.id, name, "" if same else "and their title, country or case differ"

    def rulebook_pieces(self) -> Iterator[tuple[Any, str, str]]:
        for row in self.connection.execute(select(m.rulebooks)):
            if not is_rulebook(row.content, row.sha256):
                yield row.sha256, str(row.sha256)[:12], "was changed"
            else:
                data = json.loads(row.content)
                same = (data["name"], data["version"]) == (row.name, row.version)
                yield row.sha256, row.sha256[:12], "" if same else "and its name or version differ"

    def checkpoint(self, checkpoint: Checkpoint) -> None:
        self.report.checkpoints += 1
        size, records = checkpoint.size, len(self.hashes)
        if checkpoint.history != history_id(self.connection):
            self.bad(0, f"the checkpoint of {checkpoint.at} is of another history")
        elif size > records:
            self.bad(0, f"the checkpoint of {checkpoint.at} counts {size} records, here are {records}: its end is gone")
        elif merkle.root_of(self.hashes[:size]) != checkpoint.root:
            self.bad(0, f"the first {size} records are not those of the checkpoint of {checkpoint.at}: rewritten")


def _versions() -> Any:
    v = m.case_versions.c
    return select(v.id, v.case_id, v.sha256, m.cases.c.slug).join(m.cases, m.cases.c.id == v.case_id)


def _measures() -> Any:
    return select(m.measures)
