"""Signed checkpoints of the ledger (Ed25519), and proofs of single assessments that need no database to check."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Connection, select

from rightscheck.history import merkle
from rightscheck.history.database import make_folder
from rightscheck.history.models import ledger
from rightscheck.history.records import commitment_of, leaf_hash, now
from rightscheck.history.store import history_id, load
from rightscheck.problems import InputError, Place, Problem, SurroundingsError
from rightscheck.rulebook.book import canonical_json

FORMAT = "rightscheck-checkpoint/1"
PROOF = "rightscheck-proof/1"
_KEYS = {"format", "history", "size", "root", "at", "key", "signature"}
_PROOF_KEYS = {"format", "checkpoint", "record", "path", "salt", "input", "result"}


class Forged(ValueError):
    """A checkpoint or a proof does not hold."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a signed checkpoint says: this history had so many records, with this root."""

    history: str
    size: int
    root: bytes
    at: str
    key: bytes
    signature: bytes

    def signed(self) -> bytes:
        """Return the bytes that are signed."""
        data = self.data()
        del data["signature"]
        return canonical_json(data)

    def data(self) -> dict[str, Any]:
        """Return the checkpoint as plain data."""
        return {
            "format": FORMAT,
            "history": self.history,
            "size": self.size,
            "root": self.root.hex(),
            "at": self.at,
            "key": self.key.hex(),
            "signature": self.signature.hex(),
        }

    def check(self, key: bytes | None = None) -> None:
        """Check the signature, and with `key` that it is that key's; raises Forged."""
        if key is not None and key != self.key:
            raise Forged("it is signed by another key")
        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(self.signature, self.signed())
        except (InvalidSignature, ValueError):
            raise Forged("its signature does not hold") from None


def _hex(value: Any, length: int) -> bytes:
    if not isinstance(value, str) or not re.fullmatch(f"[0-9a-f]{{{2 * length}}}", value):
        raise Forged("a hash, key or signature in it is malformed")
    return bytes.fromhex(value)


def checkpoint_from(data: Any) -> Checkpoint:
    """Return a checkpoint from plain data; raises Forged. The signature is checked by `check`."""
    if not isinstance(data, dict) or data.keys() != _KEYS or data["format"] != FORMAT:
        raise Forged("it is no checkpoint")
    size, texts = data["size"], (data["history"], data["at"])
    if type(size) is not int or not 0 < size < 2**53 or not all(isinstance(t, str) and len(t) <= 64 for t in texts):
        raise Forged("it is no checkpoint")
    key, signature = _hex(data["key"], 32), _hex(data["signature"], 64)
    return Checkpoint(data["history"], size, _hex(data["root"], 32), data["at"], key, signature)


def key_file() -> Path:
    """Return the file of this user's signing key."""
    return Path(platformdirs.user_data_dir("rightscheck")) / "checkpoint-key.hex"


def signing_key(path: Path | None = None) -> Ed25519PrivateKey:
    """Return this user's signing key; the first time it is made, readable by its owner alone.

    Raises:
        SurroundingsError: the file cannot be made or read, or holds no key.
    """
    path = path or key_file()
    try:
        if not path.exists():
            make_folder(path.parent)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as stream:
                os.fchmod(stream.fileno(), 0o600)
                stream.write(os.urandom(32).hex() + "\n")
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text().strip()))
    except OSError as error:
        raise SurroundingsError(f"the signing key {path} cannot be used: {(error.strerror or '').lower()}") from None
    except ValueError:
        raise SurroundingsError(f"the file {path} holds no signing key") from None


def public_key(key: Ed25519PrivateKey) -> bytes:
    """Return the public half of a key, which others need to check a checkpoint."""
    return key.public_key().public_bytes_raw()


def leaves_of(connection: Connection) -> list[bytes]:
    """Return the leaf hashes of all records, made anew from the records."""
    rows = connection.execute(select(ledger.c.record).order_by(ledger.c.seq), execution_options={"yield_per": 2000})
    return [leaf_hash(row.record) for row in rows]


def make_checkpoint(
    connection: Connection, key: Ed25519PrivateKey, leaves: Sequence[bytes] | None = None
) -> Checkpoint:
    """Return a signed checkpoint of the history as it stands; raises InputError where it is empty."""
    leaves = leaves_of(connection) if leaves is None else leaves
    if not leaves:
        raise InputError([Problem("the history is empty; there is nothing to sign", Place("history"))])
    blank = Checkpoint(history_id(connection), len(leaves), merkle.root_of(leaves), now(), public_key(key), b"")
    return Checkpoint(blank.history, blank.size, blank.root, blank.at, blank.key, key.sign(blank.signed()))


def make_proof(connection: Connection, number: int, key: Ed25519PrivateKey) -> dict[str, Any]:
    """Return, as plain data, a proof that an assessment stands in the history; it opens that one and no other.

    Raises:
        InputError: there is no such assessment.
    """
    stored, leaves = load(connection, number), leaves_of(connection)
    record = connection.execute(select(ledger.c.record).where(ledger.c.seq == number)).scalar_one()
    return {
        "format": PROOF,
        "checkpoint": make_checkpoint(connection, key, leaves).data(),
        "record": json.loads(record),
        "path": [step.hex() for step in merkle.inclusion_path(leaves, number - 1)],
        "salt": stored.salt.hex(),
        "input": json.loads(stored.input),
        "result": json.loads(stored.result),
    }


def check_proof(data: Any, key: bytes | None = None) -> tuple[Checkpoint, dict[str, Any]]:
    """Check a proof without the database; return its checkpoint and the proved result.

    Raises:
        Forged: anything in it does not hold; the message says what.
    """
    if not isinstance(data, dict) or data.keys() != _PROOF_KEYS or data["format"] != PROOF:
        raise Forged("it is no proof")
    checkpoint = checkpoint_from(data["checkpoint"])
    checkpoint.check(key)
    record, path, result = data["record"], data["path"], data["result"]
    if not isinstance(record, dict) or not isinstance(path, list) or len(path) > 64 or not isinstance(result, dict):
        raise Forged("it is no proof")
    seq = record.get("seq")
    if type(seq) is not int or record.get("kind") not in ("assessed", "imported"):
        raise Forged("its record is of no assessment")
    try:
        leaf = leaf_hash(canonical_json(record))
        given, content = canonical_json(data["input"]), canonical_json(result)
    except (ValueError, TypeError, RecursionError):
        raise Forged("its content is no JSON that could be stored") from None
    if not merkle.included(leaf, seq - 1, checkpoint.size, [_hex(step, 32) for step in path], checkpoint.root):
        raise Forged("its record does not stand in the checkpoint's tree")
    if commitment_of(_hex(data["salt"], 32), given, content).hex() != record.get("commitment"):
        raise Forged("its content is not what the record commits to")
    return checkpoint, result
