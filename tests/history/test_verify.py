"""Forging the history: what was changed is found, and nothing is found where nothing was."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, LargeBinary, Table, text

from rightscheck.history.checkpoint import (
    Checkpoint,
    Forged,
    check_proof,
    checkpoint_from,
    make_checkpoint,
    make_proof,
    public_key,
)
from rightscheck.history.models import DERIVED, metadata
from rightscheck.history.records import DamagedRecord, leaf_hash, ledger_record, read_json, read_record
from rightscheck.history.search_index import remove_texts
from rightscheck.history.store import Store
from rightscheck.history.verify import Report, verify
from rightscheck.problems import EngineFault
from rightscheck.rulebook.book import Rulebook
from tests.history import samples

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)


class Undo(Exception):
    pass


def forged(store: Store, change: Callable[[Connection], None], **options: Any) -> Report:
    """Make a change as one with the database file could, verify, and undo the change."""
    reports: list[Report] = []
    try:
        with store.writing() as connection:
            unchecked(connection)
            change(connection)
            for deep in (False, True):
                reports.append(verify(connection, deep=deep, **options))
                if not reports[-1].sound:
                    break
            raise Undo
    except Undo:
        return reports[-1]


def unchecked(connection: Connection) -> None:
    """Let constraints be broken, as in a file changed by hand."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))
    else:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")


def changed(rng: random.Random, value: Any, column: Any) -> Any:
    """Another value of the column's type."""
    if isinstance(column.type, LargeBinary) or isinstance(value, bytes):
        data = bytearray(value)
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        return bytes(data)
    if isinstance(value, int):
        return value + 1_000_003
    if value is None:
        return "XX"
    at = rng.randrange(len(value))
    return value[:at] + ("a" if value[at] != "a" else "b") + value[at + 1 :]


def fields(store: Store) -> Iterator[tuple[Table, dict[str, Any], Any]]:
    """Every field of every row that the history is answerable for."""
    with store.reading() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(table.select()).mappings().all():
                for column in table.columns:
                    if (table.name, column.name) != ("about", "key"):
                        yield table, dict(row), column


def one_field(rng: random.Random, table: Table, row: dict[str, Any], column: Any) -> Callable[[Connection], None]:
    def change(connection: Connection) -> None:
        keys = [c == row[c.name] for c in table.primary_key.columns]
        values = {column.name: changed(rng, row[column.name], column)}
        assert connection.execute(table.update().where(*keys).values(values)).rowcount == 1

    return change


def test_no_false_alarm(full: Store) -> None:
    with full.reading() as connection:
        for deep in (False, True):
            report = verify(connection, deep=deep)
            assert report.sound and report.records == report.assessments == 12 and report.erased == 0
            assert report.root == verify(connection).root
    samples.add_case(full, samples.small_book(title="Another"), 7)
    with full.reading() as connection:
        assert verify(connection, deep=True).sound


def test_an_empty_history_is_sound(store: Store) -> None:
    with store.reading() as connection:
        assert verify(connection, deep=True).sound


def test_changed_fields_are_found(full: Store) -> None:
    rng = random.Random(1)
    everything = list(fields(full))
    names = {(t.name, c.name) for t, _, c in everything}
    chosen = rng.sample(everything, 10) + [
        next(f for f in everything if (f[0].name, f[2].name) == name) for name in sorted(names)
    ]
    for table, row, column in chosen:
        report = forged(full, one_field(rng, table, row, column))
        assert not report.sound, (table.name, column.name, row)


def test_the_first_bad_record_is_named(full: Store) -> None:
    for number in (1, 5, 12):
        report = forged(full, lambda c, n=number: c.execute(_flip("assessments", "result", n)))  # type: ignore[misc]
        assert report.first() == (number, "the stored input, result or salt was changed")
        report = forged(full, lambda c, n=number: c.execute(_flip("ledger", "record", n)))  # type: ignore[misc]
        first = report.first()
        assert first is not None and first[0] == number


def _flip(table: str, column: str, number: int) -> Any:
    found = metadata.tables[table]
    key = next(iter(found.primary_key.columns))
    return found.update().where(key == number).values({column: b"{" + bytes(40)})


def rewritten(connection: Connection, records: list[dict[str, Any]], previous: str) -> None:
    """Put a consistent chain of other records in place of the ledger."""
    connection.execute(text("DELETE FROM ledger"))
    before = bytes.fromhex(previous)
    for seq, record in enumerate(records, 1):
        from rightscheck.history.records import Entry

        body = {k: v for k, v in record.items() if k not in ("seq", "kind", "at", "previous")}
        data = ledger_record(seq, Entry(record["kind"], record["at"], body), before)
        before = leaf_hash(data)
        connection.execute(metadata.tables["ledger"].insert(), {"seq": seq, "record": data, "hash": before})


def records_of(connection: Connection) -> list[dict[str, Any]]:
    table = metadata.tables["ledger"]
    return [read_json(r.record) for r in connection.execute(table.select().order_by(table.c.seq))]


def _clear(connection: Connection, number: int) -> None:
    remove_texts(connection, [number])
    for table in (t.name for t in DERIVED):
        connection.execute(text(f"DELETE FROM {table} WHERE assessment_id = {number}"))
    connection.execute(text(f"DELETE FROM assessments WHERE id = {number}"))


def test_rows_removed_added_moved_and_doubled(full: Store) -> None:
    def run(*statements: str) -> Callable[[Connection], None]:
        return lambda c: [c.execute(text(s)) for s in statements] and None

    def delete(c: Connection) -> None:
        _clear(c, 5)

    def delete_both(c: Connection) -> None:
        _clear(c, 5)
        c.execute(text("DELETE FROM ledger WHERE seq = 5"))

    def swap(c: Connection) -> None:
        for old, new in ((5, 1000), (6, 5), (1000, 6)):
            c.execute(text(f"UPDATE assessments SET id = {new} WHERE id = {old}"))

    def swap_all(c: Connection) -> None:
        swap(c)
        for old, new in ((5, 1000), (6, 5), (1000, 6)):
            c.execute(text(f"UPDATE ledger SET seq = {new} WHERE seq = {old}"))

    double = "INSERT INTO ledger (seq, record, hash) SELECT 13, record, hash FROM ledger WHERE seq = 12"
    moved = "UPDATE ledger SET seq = 13 WHERE seq = 12"
    slipped = "INSERT INTO cases (id, slug) VALUES (99, 'slipped-in')"
    stray = "INSERT INTO measures (id, case_id, slug) SELECT 99, id, 'slipped-in' FROM cases WHERE slug = 'case-1'"
    other = "UPDATE assessments SET version_id = (SELECT version_id FROM assessments WHERE id = 1) WHERE id = 7"
    for change in (delete, delete_both, swap, swap_all, *map(run, (double, moved, slipped, stray, other))):
        assert not forged(full, change).sound, change


def test_a_rewrite_is_found_by_a_checkpoint_only(full: Store) -> None:
    """A whole new consistent chain, or a cut tail: without a checkpoint nobody can know."""
    with full.reading() as connection:
        checkpoint = make_checkpoint(connection, KEY)
        assert verify(connection, checkpoints=[checkpoint]).sound

    def cut(c: Connection) -> None:
        _clear(c, 12)
        c.execute(text("DELETE FROM ledger WHERE seq = 12"))
        c.execute(text("DELETE FROM measures WHERE id NOT IN (SELECT measure_id FROM assessments)"))

    def rewrite(c: Connection) -> None:
        records = records_of(c)
        records[3]["at"] = "2001-01-01T00:00:00.000000Z"
        rewritten(c, records, records[0]["previous"])

    for change, said in ((cut, "its end is gone"), (rewrite, "rewritten")):
        assert forged(full, change).sound
        report = forged(full, change, checkpoints=[checkpoint])
        assert not report.sound and said in report.problems[-1][1]


def test_an_older_checkpoint_still_holds(full: Store, book: Rulebook) -> None:
    with full.reading() as connection:
        checkpoint = make_checkpoint(connection, KEY)
    samples.add_case(full, book, 8)
    with full.reading() as connection:
        report = verify(connection, checkpoints=[checkpoint])
        assert report.sound and report.records == 14
    other = Checkpoint("another", 1, checkpoint.root, checkpoint.at, checkpoint.key, checkpoint.signature)
    with full.reading() as connection:
        assert "another history" in verify(connection, checkpoints=[other]).problems[0][1]


def test_signatures(full: Store) -> None:
    with full.reading() as connection:
        data = make_checkpoint(connection, KEY).data()
    checkpoint_from(data).check(public_key(KEY))
    with pytest.raises(Forged, match="another key"):
        checkpoint_from(data).check(public_key(Ed25519PrivateKey.generate()))
    for name, value in {"size": 11, "root": "0" * 64, "history": "x", "at": "2001", "signature": "0" * 128}.items():
        with pytest.raises(Forged, match="signature"):
            checkpoint_from({**data, name: value}).check()
    for wrong in (
        None,
        [],
        {},
        {**data, "size": True},
        {**data, "size": 0},
        {**data, "root": "x"},
        {**data, "more": 1},
    ):
        with pytest.raises(Forged):
            checkpoint_from(wrong)


def places(data: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(data, dict | list):
        for key in data if isinstance(data, dict) else range(len(data)):
            yield from places(data[key], (*at, key))
    else:
        yield at


def mutated(rng: random.Random, proof: dict[str, Any], at: tuple[Any, ...]) -> dict[str, Any]:
    copy = json.loads(json.dumps(proof))
    holder = copy
    for key in at[:-1]:
        holder = holder[key]
    value = holder[at[-1]]
    if isinstance(value, str) and value:
        place = rng.randrange(len(value))
        holder[at[-1]] = value[:place] + ("0" if value[place] != "0" else "1") + value[place + 1 :]
    elif isinstance(value, bool):
        holder[at[-1]] = not value
    elif isinstance(value, int):
        holder[at[-1]] = value + rng.choice([-1, 1, 2])
    else:
        holder[at[-1]] = rng.choice([0, "x", True, [1]])
    return copy


def accepted_forgeries(store: Store, seed: int, amount: int) -> int:
    rng, accepted, seen = random.Random(seed), 0, 0
    with store.reading() as connection:
        proofs = [make_proof(connection, n, KEY) for n in range(1, 13)]
    all_places = [list(places(p)) for p in proofs]
    while seen < amount:
        which = rng.randrange(len(proofs))
        copy = mutated(rng, proofs[which], rng.choice(all_places[which]))
        if rng.random() < 0.1:
            other = rng.choice(proofs)
            name = rng.choice(["path", "record", "salt", "input", "result"])
            copy = {**proofs[which], name: other[name]}
        if copy == proofs[which]:
            continue
        seen += 1
        try:
            check_proof(copy, public_key(KEY))
            accepted += 1
        except Forged:
            pass
    return accepted


def test_proofs_need_no_database_and_forged_ones_fail(full: Store) -> None:
    with full.reading() as connection:
        proof = make_proof(connection, 3, KEY)
    checkpoint, result = check_proof(json.loads(json.dumps(proof)), public_key(KEY))
    assert checkpoint.size == 12 and result["case"] == "case-1"
    assert accepted_forgeries(full, 1, 300) == 0
    for wrong in (None, [], {**proof, "path": ["x"] * 70}, {**proof, "input": {"x": 1e999}}, {**proof, "record": {}}):
        with pytest.raises(Forged):
            check_proof(wrong)


@pytest.mark.fuzz
def test_ten_thousand_forged_proof_files(full: Store) -> None:
    assert accepted_forgeries(full, 2, 10_000) == 0


@pytest.fixture
def hundred(store: Store, book: Rulebook) -> Store:
    for number in range(50):
        samples.add_case(store, book, number)
    return store


@pytest.mark.fuzz
def test_every_field_of_a_hundred_records(hundred: Store) -> None:
    rng, amount = random.Random(3), 0
    for table, row, column in fields(hundred):
        report = forged(hundred, one_field(rng, table, row, column))
        assert not report.sound, (table.name, column.name, row)
        amount += 1
    print(f"{amount} fields changed, all found")


@pytest.mark.fuzz
def test_twenty_thousand_random_bytes(hundred: Store) -> None:
    rng = random.Random(4)
    kinds = [("assessments", "input"), ("assessments", "result"), ("ledger", "record"), ("case_versions", "content")]
    for _ in range(20_000):
        name, column = rng.choice(kinds)
        table = metadata.tables[name]
        key = next(iter(table.primary_key.columns))
        number = rng.randrange(1, 51 if name == "case_versions" else 101)

        def change(
            c: Connection, table: Table = table, key: Any = key, number: int = number, column: str = column
        ) -> None:
            before = c.execute(table.select().where(key == number)).mappings().one()[column]
            values = {column: changed(rng, before, table.c[column])}
            c.execute(table.update().where(key == number).values(values))

        assert not forged(hundred, change).sound


def readings(data: bytes) -> list[Any]:
    found: list[Any] = []
    for read in (read_json, read_record):
        try:
            found.append(read(data))
        except DamagedRecord:
            found.append("damaged")
    return found


def test_the_pattern_of_usual_records_takes_what_canonical_json_takes(full: Store) -> None:
    rng = random.Random(8)
    with full.reading() as connection:
        rows = connection.execute(metadata.tables["ledger"].select())
        records = [row.record for row in rows]
    other = [b'"', b"\\", b"0", b"00", b"-", b" ", b",", b"\xd0\xb0", b"\n", b"e5", b'"seq":1,', b'"x":1,', b"}", b"{"]
    for _ in range(3000):
        data = bytearray(rng.choice(records))
        at = rng.randrange(len(data))
        data[at : at + rng.randrange(2)] = rng.choice([bytes([rng.randrange(256)]), rng.choice(other)])
        slow, fast = readings(bytes(data))
        assert slow == fast
    for record in records:
        assert read_record(record) == read_json(record) and read_record(record)["kind"] == "assessed"


@pytest.mark.parametrize("value", [7, -1.5, "x", "", b"x", b""])
def test_values_of_another_kind_are_found(full: Store, value: object) -> None:
    """SQLite stores any value in any column; a file changed by hand may hold them."""
    if full.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL refuses them")
    seen = set()
    for table, row, column in fields(full):
        if (table.name, column.name) in seen or row[column.name] == value:
            continue
        seen.add((table.name, column.name))

        def change(connection: Connection, table: Table = table, row: Any = row, column: Any = column) -> None:
            keys = " AND ".join(f"{c.name} = ?" for c in table.primary_key.columns)
            values = (value, *(row[c.name] for c in table.primary_key.columns))
            connection.exec_driver_sql(f"UPDATE {table.name} SET {column.name} = ? WHERE {keys}", values)

        try:
            report = forged(full, change)
        except EngineFault:
            continue  # a key that must be a number
        assert not report.sound, (table.name, column.name)
