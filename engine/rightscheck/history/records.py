"""What is stored of an assessment, as bytes: canonical input and result, salted commitment, ledger record."""

from __future__ import annotations

import datetime
import hashlib
import json
import re
import zlib
from dataclasses import dataclass
from typing import Any

from rightscheck.assessment.model import Assessment
from rightscheck.facts.case import CaseBase
from rightscheck.rulebook.book import Rulebook, canonical_json

SALT_BYTES = 32
MAX_RESULT = 64 * 1024 * 1024
_COMMIT = b"rightscheck/commitment/1\0"
_STORED = b"rightscheck/stored/1\0"


class DamagedRecord(ValueError):
    """Stored bytes are not what the program writes."""


def now() -> str:
    """Return the time in UTC, to the microsecond."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def sha256(*parts: bytes) -> bytes:
    """Return the SHA-256 over parts joined."""
    return hashlib.sha256(b"".join(parts)).digest()


def text_of(data: Any) -> bytes:
    """Return plain data as JSON in its own order, in the one way this program writes it."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def case_bytes(case: CaseBase) -> bytes:
    """Return a case's content as JSON in the order it was given; `case_from_data` reads it back."""
    return text_of(case.model_dump(mode="json", exclude_none=True))


def rulebook_bytes(book: Rulebook) -> bytes:
    """Return a rulebook's content as JSON in its own order; the digest is taken of its canonical form."""
    return text_of(book.content.model_dump(exclude_none=True))


def is_rulebook(content: bytes, digest: str) -> bool:
    """Whether stored content is the rulebook of a digest, written as this program writes it."""
    try:
        data = json.loads(content)
        return text_of(data) == content and sha256(canonical_json(data)).hex() == digest
    except (ValueError, TypeError, RecursionError):
        return False


def result_bytes(result: Assessment) -> bytes:
    """Return a result as canonical JSON, without the number under which it is stored."""
    data = result.model_dump(mode="json")
    data["assessment"] = None
    return canonical_json(data)


def input_bytes(result: Assessment, version: str, stored_at: str) -> bytes:
    """Return, as canonical JSON, what an assessment was made from; the case stands there by its digest."""
    return canonical_json(
        {
            "case": result.case,
            "version": version,
            "measure": result.measure,
            "rulebook": result.rulebook.sha256,
            "as_of": result.as_of,
            "standards": [s.id for s in result.standards],
            "engine": result.engine,
            "stored_at": stored_at,
        }
    )


def pack(data: bytes) -> bytes:
    """Return bytes deflated."""
    return zlib.compress(data, 6)


def unpack(data: bytes) -> bytes:
    """Return packed bytes again; raises DamagedRecord, also where something follows the end."""
    reader = zlib.decompressobj()
    try:
        found = reader.decompress(data, MAX_RESULT)
    except zlib.error:
        raise DamagedRecord("is not deflated data") from None
    if not reader.eof or reader.unused_data or reader.unconsumed_tail:
        raise DamagedRecord("is cut short, or something follows its end")
    return found


def commitment_of(salt: bytes, input_: bytes, result: bytes) -> bytes:
    """Return the salted commitment to an assessment's canonical input and result; it can be opened only with the salt.

    The same in every database that holds the assessment.
    """
    return sha256(_COMMIT, salt, sha256(input_), sha256(result))


def stored_digest(salt: bytes, input_: bytes, packed: bytes) -> bytes:
    """Return the salted digest of the bytes as this database stores them, which `verify` takes without unpacking."""
    return sha256(_STORED, salt, sha256(input_), sha256(packed))


@dataclass(frozen=True, slots=True)
class Payload:
    """An assessment as it is stored, without its number."""

    salt: bytes
    input: bytes
    result: bytes

    @property
    def commitment(self) -> bytes:
        """The salted commitment."""
        return commitment_of(self.salt, self.input, self.result)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a ledger record says, beside its number and its predecessor's hash."""

    kind: str
    at: str
    body: dict[str, Any]


def assessed(payload: Payload, packed: bytes, at: str, rulebook: str, *, imported: bool = False) -> Entry:
    """Return the entry that commits to an assessment."""
    body = {
        "commitment": payload.commitment.hex(),
        "rulebook": rulebook,
        "stored": stored_digest(payload.salt, payload.input, packed).hex(),
    }
    return Entry("imported" if imported else "assessed", at, body)


def erased(records: list[int], at: str) -> Entry:
    """Return the entry that says which assessments' content was erased."""
    return Entry("erased", at, {"records": records})


def ledger_record(seq: int, entry: Entry, previous: bytes) -> bytes:
    """Return the canonical bytes of a ledger record."""
    return canonical_json({"seq": seq, "kind": entry.kind, "at": entry.at, "previous": previous.hex(), **entry.body})


_DIGEST = rb'"([0-9a-f]{64})"'
_USUAL = re.compile(
    rb'\{"at":"([0-9TZ:.-]*)","commitment":%b,"kind":"(assessed|imported)",' % _DIGEST
    + rb'"previous":%b,"rulebook":%b,"seq":(0|[1-9][0-9]{0,14}),"stored":%b\}' % (_DIGEST, _DIGEST, _DIGEST)
)


def read_record(data: bytes) -> Any:
    """Return a ledger record as `read_json` does; the usual form is known by its pattern, which is twenty times faster.

    Raises:
        DamagedRecord: the bytes are not canonical JSON.
    """
    found = _USUAL.fullmatch(data)
    if found is None:
        return read_json(data)
    at, commitment, kind, previous, rulebook, seq, stored = found.groups()
    return {
        "at": at.decode(),
        "commitment": commitment.decode(),
        "kind": kind.decode(),
        "previous": previous.decode(),
        "rulebook": rulebook.decode(),
        "seq": int(seq),
        "stored": stored.decode(),
    }


def leaf_hash(record: bytes) -> bytes:
    """Return the hash of a ledger record: the leaf hash of RFC 6962."""
    return sha256(b"\0", record)


def first_hash(history: str) -> bytes:
    """Return what the first record names as its predecessor: it ties the chain to this history's id."""
    return sha256(b"rightscheck/history/1\0", history.encode())


def read_json(data: bytes) -> Any:
    """Return JSON read from canonical bytes; raises DamagedRecord where they are not canonical."""
    try:
        found = json.loads(data)
        if canonical_json(found) != data:
            raise DamagedRecord("is not canonical JSON")
    except (ValueError, RecursionError) as error:
        if isinstance(error, DamagedRecord):
            raise
        raise DamagedRecord("is not JSON") from None
    return found
