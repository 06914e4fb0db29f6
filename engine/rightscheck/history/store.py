"""The store: assessments in, assessments out. Each assessment is one transaction with its ledger record."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Table, func, insert, select

from rightscheck.assessment.model import Assessment
from rightscheck.facts.case import CaseBase
from rightscheck.history import models as m
from rightscheck.history.database import Notice, make_engine, reading, shown, url_of, writing
from rightscheck.history.migrate import HEAD, revision_of, upgrade
from rightscheck.history.records import (
    SALT_BYTES,
    Entry,
    Payload,
    assessed,
    case_bytes,
    first_hash,
    input_bytes,
    is_rulebook,
    leaf_hash,
    ledger_record,
    now,
    pack,
    result_bytes,
    rulebook_bytes,
    sha256,
    unpack,
)
from rightscheck.history.search_index import put_texts, texts_of
from rightscheck.problems import EngineFault, InputError, Place, Problem
from rightscheck.rulebook.book import Rulebook


@dataclass(frozen=True, slots=True)
class Stored:
    """One stored assessment; `result` is its canonical JSON."""

    number: int
    case: str
    measure: str
    version: str
    rulebook: str
    stored_at: str
    salt: bytes
    input: bytes
    result: bytes

    def assessment(self) -> Assessment:
        """Return the result as a model, with its number."""
        return Assessment.model_validate_json(self.result).model_copy(update={"assessment": self.number})


@dataclass(frozen=True, slots=True)
class Item:
    """What one assessment adds to the history."""

    case: str
    title: str
    country: str | None
    version: bytes
    rulebook: str
    payload: Payload
    result: Assessment
    stored_at: str
    imported: bool = False


def new_item(case: CaseBase, result: Assessment) -> Item:
    """Return what a new assessment of a case adds."""
    import os

    version, at = case_bytes(case), now()
    payload = Payload(os.urandom(SALT_BYTES), input_bytes(result, sha256(version).hex(), at), result_bytes(result))
    return Item(case.case, case.title, case.country, version, result.rulebook.sha256, payload, result, at)


class Store:
    """A history in a database whose schema is up to date."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, database: str | None, notice: Notice, *, create: bool = True) -> Store:
        """Open a history; a new or older one is brought up to date, and a notice says so.

        Raises:
            InputError: the address is wrong.
            SurroundingsError: the database cannot be reached, read or brought up to date.
        """
        url = url_of(database)
        engine = make_engine(url, notice, create=create)
        with reading(engine) as connection:
            found = revision_of(connection)
        if found != HEAD:
            before, after = upgrade(engine)
            if before is None and after is not None:
                notice(f"a new history is kept in {shown(url)}")
            elif before != after:
                notice(f"the history in {shown(url)} was brought up to date (schema {before} to {after})")
        return cls(engine)

    def reading(self) -> AbstractContextManager[Connection]:
        """Open a connection for reading."""
        return reading(self.engine)

    def writing(self) -> AbstractContextManager[Connection]:
        """Open a connection in one writing transaction."""
        return writing(self.engine)

    def add(self, case: CaseBase, result: Assessment, book: Rulebook) -> int:
        """Store one assessment in one transaction and return its number."""
        item = new_item(case, result)
        with self.writing() as connection:
            put_rulebook(connection, book.sha256, book.content.name, book.content.version, lambda: rulebook_bytes(book))
            return put(connection, item)

    def load(self, number: int) -> Stored:
        """Return a stored assessment; raises InputError where there is none."""
        with self.reading() as connection:
            return load(connection, number)

    def rulebook(self, digest: str) -> bytes:
        """Return the content of a stored rulebook; raises EngineFault where it is missing."""
        with self.reading() as connection:
            return rulebook_content(connection, digest)

    def version(self, case: str, digest: str) -> bytes:
        """Return the content of a case's version; raises EngineFault where it is missing."""
        with self.reading() as connection:
            return version_content(connection, case, digest)


def put_rulebook(connection: Connection, digest: str, name: str, version: str, content: Any) -> bool:
    """Store a rulebook unless it is stored; `content` is called for its bytes. Return whether it was new."""
    table = m.rulebooks
    if connection.execute(select(table.c.sha256).where(table.c.sha256 == digest)).first():
        return False
    values = {"sha256": digest, "name": name, "version": version, "content": content()}
    connection.execute(insert(table), values)
    return True


def _one(connection: Connection, table: Table, keys: dict[str, Any], more: Any = None) -> int:
    """Return the id of the row with these keys; it is made where there is none."""
    query = select(table.c.id).where(*(table.c[name] == value for name, value in keys.items()))
    found = connection.execute(query).scalar()
    if found is None:
        values = {**keys, **(more() if more else {})}
        found = connection.execute(insert(table).values(**values)).inserted_primary_key[0]  # type: ignore[index]
    return int(found)


def plain(text: str) -> str:
    """Return text for a column; PostgreSQL takes no NUL in text (the canonical JSON keeps it)."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def put(connection: Connection, item: Item) -> int:
    """Store an assessment within a writing transaction and return its number."""
    case_id = _one(connection, m.cases, {"slug": item.case})
    version_id = _one(
        connection,
        m.case_versions,
        {"case_id": case_id, "sha256": sha256(item.version).hex()},
        lambda: {
            "title": plain(item.title),
            "country": item.country,
            "content": item.version,
        },
    )
    measure_id = _one(connection, m.measures, {"case_id": case_id, "slug": item.result.measure})
    packed = pack(item.payload.result)
    at = now() if item.imported else item.stored_at
    number = append(connection, assessed(item.payload, packed, at, item.rulebook, imported=item.imported))
    row = {
        "id": number,
        "version_id": version_id,
        "measure_id": measure_id,
        "stored_at": item.stored_at,
        "commitment": item.payload.commitment,
        "salt": item.payload.salt,
        "input": item.payload.input,
        "result": packed,
        **columns_of(item.result),
    }
    connection.execute(insert(m.assessments), row)
    for table, rows in derived_of(number, item.result, item.stored_at).items():
        if rows:
            connection.execute(insert(table), rows)
    put_texts(connection, number, texts_of(json.loads(item.version), item.result))
    return number


def append(connection: Connection, entry: Entry) -> int:
    """Append a record to the ledger within a writing transaction and return its number."""
    last = connection.execute(select(m.ledger).order_by(m.ledger.c.seq.desc()).limit(1)).first()
    seq, previous = (last.seq + 1, last.hash) if last else (1, first_hash(history_id(connection)))
    record = ledger_record(seq, entry, previous)
    connection.execute(insert(m.ledger), {"seq": seq, "record": record, "hash": leaf_hash(record)})
    return int(seq)


def history_id(connection: Connection) -> str:
    """Return the history's random id."""
    found = connection.execute(select(m.about.c.value).where(m.about.c.key == "history")).scalar()
    return str(found or "")


def columns_of(result: Assessment) -> dict[str, Any]:
    """Return the columns of an assessment that follow from its result."""
    return {
        "rulebook": result.rulebook.sha256,
        "engine": result.engine,
        "as_of": result.as_of,
        "title": plain(result.title),
        "country": result.country,
        "type": result.facts.get("type"),
        "verdict": result.verdict,
        "best": result.could_be[0],
        "worst": result.could_be[1],
    }


def facets_of(result: Assessment, stored_at: str) -> dict[str, Any]:
    """Return the row of an assessment by which it is filtered, without its number."""

    def joined(names: Iterable[str]) -> str:
        return "".join(f"|{name}" for name in sorted(set(names))) + "|"

    return {
        "country": result.country,
        "type": result.facts.get("type"),
        "verdict": result.verdict,
        "rulebook": result.rulebook.sha256,
        "stored_at": stored_at,
        "standards": joined(s.id for s in result.standards),
        "rights": joined(f"{r.right}={r.verdict}" for r in result.rights),
        "fired": joined(f"{f.right}.{f.stage}" for f in result.fired),
    }


def derived_of(number: int, result: Assessment, stored_at: str) -> dict[Table, list[dict[str, Any]]]:
    """Return the rows for filters that follow from a result, each once, in the order of their keys."""
    rights = [
        {"right_id": r.right, "verdict": r.verdict, "best": r.could_be[0], "worst": r.could_be[1]}
        for r in result.rights
    ]
    fired = [{"rule": f.rule, "right_id": f.right, "stage": f.stage, "effect": f.effect} for f in result.fired]
    live = [{"rule": o.rule, "right_id": o.right, "stage": o.stage} for o in result.open if o.live]
    standards = [{"standard": s.id, "status": s.status} for s in result.standards]
    found: dict[Table, list[dict[str, Any]]] = {m.facets: [{"assessment_id": number, **facets_of(result, stored_at)}]}
    for table, rows in (
        (m.assessment_standards, standards),
        (m.right_verdicts, rights),
        (m.fired_rules, fired),
        (m.open_rules, live),
    ):
        keys = [c.name for c in table.primary_key.columns if c.name != "assessment_id"]
        once = {tuple(row[k] for k in keys): {"assessment_id": number, **row} for row in rows}
        found[table] = [once[key] for key in sorted(once)]
    return found


@functools.cache
def _stored_query() -> Any:
    a = m.assessments
    return (
        select(
            a.c.id,
            a.c.salt,
            a.c.input,
            a.c.result,
            a.c.rulebook,
            a.c.stored_at,
            m.cases.c.slug.label("case"),
            m.measures.c.slug.label("measure"),
            m.case_versions.c.sha256.label("version"),
        )
        .join(m.case_versions, m.case_versions.c.id == a.c.version_id)
        .join(m.cases, m.cases.c.id == m.case_versions.c.case_id)
        .join(m.measures, m.measures.c.id == a.c.measure_id)
    )


def _stored(row: Any) -> Stored:
    return Stored(
        row.id, row.case, row.measure, row.version, row.rulebook, row.stored_at, row.salt, row.input, unpack(row.result)
    )


def load(connection: Connection, number: int) -> Stored:
    """Return a stored assessment.

    Raises:
        InputError: there is none with this number, or its content was erased.
    """
    row = connection.execute(_stored_query().where(m.assessments.c.id == number)).first()
    if row is not None:
        return _stored(row)
    record = connection.execute(select(m.ledger.c.seq).where(m.ledger.c.seq == number)).first()
    last = connection.execute(select(func.max(m.assessments.c.id))).scalar()
    what = "no stored assessment has this number" + (f"; the last is {last}" if last else "")
    if record is not None:
        what = "the content of this record was erased, or it records an erasure or a run over a table"
    raise InputError([Problem(what, Place("history"), str(number))])


def stored_after(connection: Connection, number: int, limit: int) -> Iterator[Stored]:
    """Yield stored assessments after a number, in order."""
    query = _stored_query().where(m.assessments.c.id > number).order_by(m.assessments.c.id).limit(limit)
    for row in connection.execute(query):
        yield _stored(row)


def rulebook_content(connection: Connection, digest: str) -> bytes:
    """Return a stored rulebook's content; raises EngineFault where it is missing or changed."""
    found = connection.execute(select(m.rulebooks.c.content).where(m.rulebooks.c.sha256 == digest)).scalar()
    if found is None:
        raise EngineFault(f"the stored rulebook {digest[:12]} is missing")
    if not is_rulebook(found, digest):
        raise EngineFault(f"the stored rulebook {digest[:12]} was changed")
    return bytes(found)


def version_content(connection: Connection, case: str, digest: str) -> bytes:
    """Return the content of a case's version; raises EngineFault where it is missing or changed."""
    query = (
        select(m.case_versions.c.content)
        .join(m.cases, m.cases.c.id == m.case_versions.c.case_id)
        .where(m.cases.c.slug == case, m.case_versions.c.sha256 == digest)
    )
    found = connection.execute(query).scalar()
    if found is None:
        raise EngineFault(f"the stored facts of `{case}` (version {digest[:12]}) are missing")
    if sha256(found).hex() != digest:
        raise EngineFault(f"the stored facts of `{case}` (version {digest[:12]}) were changed")
    return bytes(found)


def numbers_by_rulebook(connection: Connection) -> list[int]:
    """Return the numbers of all stored assessments, those of one rulebook together."""
    query = select(m.assessments.c.id).order_by(m.assessments.c.rulebook, m.assessments.c.id)
    return list(connection.execute(query).scalars())


def count_erased(connection: Connection) -> int:
    """Return how many assessments' content was erased."""
    kept = select(m.assessments.c.id)
    rows = connection.execute(select(m.ledger.c.record).where(m.ledger.c.seq.not_in(kept))).scalars()
    return sum(b'"kind":"erased"' not in record and b'"kind":"run"' not in record for record in rows)


def same_as(connection: Connection, item: Item) -> int | None:
    """Return the number of the stored assessment of the same facts made alike by the same rulebook, if any."""
    given = json.loads(item.payload.input)
    query = (
        select(m.assessments.c.id, m.assessments.c.input)
        .join(m.measures, m.measures.c.id == m.assessments.c.measure_id)
        .join(m.cases, m.cases.c.id == m.measures.c.case_id)
        .join(m.case_versions, m.case_versions.c.id == m.assessments.c.version_id)
        .where(
            m.cases.c.slug == item.case,
            m.measures.c.slug == given["measure"],
            m.case_versions.c.sha256 == given["version"],
            m.assessments.c.rulebook == item.rulebook,
        )
        .order_by(m.assessments.c.id)
    )
    keys = ("as_of", "standards", "engine")
    for number, stored in connection.execute(query):
        other = json.loads(stored)
        if all(other[key] == given[key] for key in keys):
            return int(number)
    return None


def put_new(connection: Connection, item: Item) -> int | None:
    """Store an assessment unless the same facts were assessed alike by the same rulebook; None where they were."""
    return None if same_as(connection, item) is not None else put(connection, item)
