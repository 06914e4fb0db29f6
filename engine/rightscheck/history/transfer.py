"""Export and import as JSON lines: complete, byte-identical both ways, all or nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, select

from rightscheck.assessment.model import Assessment
from rightscheck.facts.read import case_from_data
from rightscheck.history import models as m
from rightscheck.history.masking import Mask
from rightscheck.history.query import Filters, in_order
from rightscheck.history.records import Payload, commitment_of, is_rulebook, sha256, text_of
from rightscheck.history.store import Item, Store, load, put, put_rulebook, rulebook_content, version_content
from rightscheck.problems import InputError, Place, Problem
from rightscheck.rulebook.book import canonical_json
from rightscheck.rulebook.load import rulebook_from_content

FORMAT = "rightscheck-history/1"
MAX_LINE = 128 * 1024 * 1024


def export_lines(connection: Connection, filters: Filters, mask: Mask | None = None) -> Iterator[bytes]:
    """Yield an export line by line: rulebooks and versions before the assessments that rest on them, and a sum last.

    With a mask, facts and people are hidden, and the export says so; it can be read, and never imported.
    """
    hasher, amount = hashlib.sha256(), 0
    known: set[tuple[str, str]] = set()

    def line(data: dict[str, Any]) -> bytes:
        made = canonical_json(data) + b"\n"
        hasher.update(made)
        return made

    yield line({"kind": "history", "format": FORMAT, "masked": mask is not None})
    for number in in_order(connection, filters):
        stored = load(connection, number)
        if ("", stored.rulebook) not in known:
            known.add(("", stored.rulebook))
            content = rulebook_content(connection, stored.rulebook).decode()
            yield line({"kind": "rulebook", "sha256": stored.rulebook, "text": content})
        if (stored.case, stored.version) not in known:
            known.add((stored.case, stored.version))
            text = version_content(connection, stored.case, stored.version)
            if mask is None:
                yield line({"kind": "case", "sha256": stored.version, "text": text.decode()})
            else:
                yield line({"kind": "case", "text": text_of(mask.case(json.loads(text))).decode()})
        given, result = json.loads(stored.input), json.loads(stored.result)
        if mask is not None:
            given, result, salt = mask.any(given), mask.result(result), {}
            del given["version"]
        else:
            salt = {"salt": stored.salt.hex()}
        yield line({"kind": "assessment", "input": given, "result": result, **salt})
        amount += 1
    yield canonical_json({"kind": "end", "assessments": amount, "sha256": hasher.hexdigest()}) + b"\n"


@dataclass
class Imported:
    """What an import did or, where it has problems and was not told to skip, did not do."""

    added: int = 0
    present: int = 0
    problems: list[Problem] = field(default_factory=list)


class _Undo(Exception):
    pass


def import_lines(store: Store, lines: Iterable[bytes], file: str, *, skip_bad: bool = False) -> Imported:
    """Import an export in one transaction; what is there already is not added again.

    Raises:
        InputError: anything in it is wrong and `skip_bad` is not given, or it is no export, is cut short, or is masked.
    """
    reader = _Reader(file)
    try:
        with store.writing() as connection:
            reader.connection = connection
            reader.gone = erased_commitments(connection)
            for number, raw in enumerate(lines, 1):
                reader.line(number, raw)
            reader.finish()
            if reader.fatal or (reader.done.problems and not skip_bad):
                raise _Undo
    except _Undo:
        raise InputError(reader.done.problems) from None
    return reader.done


def erased_commitments(connection: Connection) -> set[str]:
    """Return the commitments of assessments whose content was erased here."""
    kept = select(m.assessments.c.id)
    rows = connection.execute(select(m.ledger.c.record).where(m.ledger.c.seq.not_in(kept))).scalars()
    return {found for record in rows if (found := json.loads(record).get("commitment"))}


class _Reader:
    connection: Connection

    def __init__(self, file: str) -> None:
        self.file = file
        self.done = Imported()
        self.fatal = False
        self.gone: set[str] = set()
        self.hasher = hashlib.sha256()
        self.rulebooks: dict[str, bytes] = {}
        self.versions: dict[str, bytes] = {}
        self.amount = 0
        self.ended = False

    def bad(self, number: int, message: str, name: str = "", *, fatal: bool = False) -> None:
        self.fatal = self.fatal or fatal
        self.done.problems.append(Problem(message, Place(self.file, number, 1), name))

    def line(self, number: int, raw: bytes) -> None:
        if self.fatal:
            return None
        if self.ended:
            return self.bad(number, "something follows the end", fatal=True)
        try:
            data = json.loads(raw)
            if not isinstance(data, dict) or len(raw) > MAX_LINE:
                raise ValueError
            canonical = canonical_json(data)
        except (ValueError, RecursionError):
            self.hasher.update(raw)
            return self.bad(number, "is no line of an export", fatal=number == 1)
        if data.get("kind") == "end":
            return self.end(number, data)
        self.hasher.update(raw)
        if canonical + b"\n" != raw:
            self.bad(number, "was changed: it is not canonical JSON")
        return self.entry(number, data)

    def entry(self, number: int, data: dict[str, Any]) -> None:
        kind = data.get("kind")
        if number == 1:
            if kind != "history" or data.get("format") != FORMAT:
                return self.bad(number, f"is no export of the form {FORMAT}", fatal=True)
            if data.get("masked") is not False:
                return self.bad(number, "is a masked export, which is no original and is never imported", fatal=True)
            return None
        known: dict[Any, Callable[[dict[str, Any]], None]] = {
            "rulebook": self.rulebook,
            "case": self.case,
            "assessment": self.assessment,
        }
        if kind not in known:
            return self.bad(number, "is no line of an export", "kind")
        try:
            known[kind](data)
        except InputError as error:
            for problem in error.problems[:5]:
                self.bad(number, problem.message, problem.name)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            self.bad(number, str(first["msg"]), ".".join(map(str, ("result", *first["loc"]))))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            self.bad(number, f"lacks or misuses a key ({type(error).__name__})")
        return None

    def rulebook(self, data: dict[str, Any]) -> None:
        content = data["text"].encode()
        if not is_rulebook(content, data["sha256"]):
            raise _wrong("was changed: it is not what its digest was made of", "text")
        rulebook_from_content(json.loads(content))
        self.rulebooks[data["sha256"]] = content

    def case(self, data: dict[str, Any]) -> None:
        content = data["text"].encode()
        if sha256(content).hex() != data["sha256"]:
            raise _wrong("was changed: it is not what its digest was made of", "text")
        case_from_data(json.loads(content))
        self.versions[data["sha256"]] = content

    def assessment(self, data: dict[str, Any]) -> None:
        self.amount += 1
        given, salt = data["input"], bytes.fromhex(data["salt"])
        payload = Payload(salt, canonical_json(given), canonical_json(data["result"]))
        commitment = commitment_of(payload.salt, payload.input, payload.result)
        result = Assessment.model_validate(data["result"], strict=False)
        version = self.versions.get(given["version"])
        if version is None:
            raise _wrong("rests on facts that the export does not give", "input.version")
        if given["rulebook"] not in self.rulebooks:
            raise _wrong("rests on a rulebook that the export does not give", "input.rulebook")
        case = json.loads(version)
        pairs = {
            "case": (given["case"], result.case, case["case"]),
            "measure": (given["measure"], result.measure),
            "rulebook": (given["rulebook"], result.rulebook.sha256),
            "as_of": (given["as_of"], result.as_of),
            "engine": (given["engine"], result.engine),
            "standards": (tuple(given["standards"]), tuple(s.id for s in result.standards)),
        }
        for name, values in pairs.items():
            if len(set(values)) > 1:
                raise _wrong("differs between the input, the result and the facts", name)
        if len(salt) != 32 or not isinstance(given["stored_at"], str) or len(given["stored_at"]) > 40:
            raise _wrong("is malformed", "salt or stored_at")
        if result.measure not in [x["id"] for x in case["measures"]]:
            raise _wrong("is not among the case's measures", "input.measure")
        if commitment.hex() in self.gone:
            raise _wrong("its content was erased here, and is not taken in again", "")
        if self.connection.execute(select(m.assessments.c.id).where(m.assessments.c.commitment == commitment)).first():
            self.done.present += 1
            return
        content, book = self.rulebooks[given["rulebook"]], result.rulebook
        put_rulebook(self.connection, book.sha256, book.name, book.version, lambda: content)
        item = Item(
            result.case,
            case["title"],
            case.get("country"),
            version,
            given["rulebook"],
            payload,
            result,
            given["stored_at"],
            imported=True,
        )
        put(self.connection, item)
        self.done.added += 1

    def end(self, number: int, data: dict[str, Any]) -> None:
        self.ended = True
        if data.get("assessments") != self.amount or data.get("sha256") != self.hasher.hexdigest():
            self.bad(number, "the sum at the end does not fit: lines were changed, removed or added")

    def finish(self) -> None:
        if not self.ended and not self.fatal:
            self.bad(0, "is cut short: its last line is missing")


def _wrong(message: str, name: str) -> InputError:
    return InputError([Problem(message, Place(""), name)])
