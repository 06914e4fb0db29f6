"""What a check of the rulebook finds, and what the checks are given to look at."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from rightscheck.audit.firings import firings
from rightscheck.facts.text import parse_bytes
from rightscheck.problems import Place
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.gather import Gathered, gather
from rightscheck.rulebook.load import read_files
from rightscheck.rulebook.model import Rule

Severity = Literal["error", "warning", "info"]
SEVERITIES: dict[str, Severity] = {"E": "error", "W": "warning", "I": "info"}
Path_ = tuple[str | int, ...]


class Found(NamedTuple):
    """What a check yields: the entry it concerns, what is wrong, and where below that entry.

    `kind` is the list of the rulebook the entry stands in ("rules", "factors", "propositions", "not_modelled"), or
    "" where the finding is of the book as a whole.
    """

    kind: str
    subject: str
    message: str
    below: Path_ = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding; `file` is relative to the rulebook's folder, lines and columns count from 1 (0: none).

    `id` is a hash of what is found, not of where, so it stays when lines move.
    """

    check: str
    severity: Severity
    subject: str
    message: str
    file: str
    line: int
    column: int
    waived: str | None = None

    @property
    def id(self) -> str:
        """A short hash of the check, the subject and the message."""
        return hashlib.sha256(f"{self.check}\0{self.subject}\0{self.message}".encode()).hexdigest()[:12]

    @property
    def order(self) -> tuple[str, int, int, str, str, str]:
        """The order in which findings are listed: file, line, column, check."""
        return self.file, self.line, self.column, self.check, self.subject, self.message


RuleCheck = Callable[["Subject", Rule], Iterator[Found]]
BookCheck = Callable[["Subject"], Iterator[Found]]


@dataclass(frozen=True, slots=True)
class Check:
    """One check: a stable id whose letter is its severity, and a summary that is unique."""

    id: str
    summary: str
    rule: RuleCheck | None = None
    book: BookCheck | None = None

    @property
    def severity(self) -> Severity:
        """The severity, by the letter of the id."""
        return SEVERITIES[self.id[0]]


@dataclass(frozen=True)
class Subject:
    """What the checks look at.

    Args:
        book: the loaded rulebook.
        folder: its folder; None where it was not read from files, so that findings have no place.
        criteria: the known criteria of the source articles by id; None where there is no list of them.
        cases: the folder of decided cases; None where there is none.
    """

    book: Rulebook
    folder: Path | None = None
    criteria: Mapping[str, str] | None = None
    cases: Path | None = None
    _index: dict[str, dict[str, int]] = field(default_factory=dict, compare=False, repr=False)

    @functools.cached_property
    def gathered(self) -> Gathered | None:
        """The rulebook's nodes with their places; read only when a place is asked for."""
        if self.folder is None:
            return None
        files = read_files(self.folder)
        return gather({name: parse_bytes(data, name) for name, data in files.items()}, "")

    @functools.cached_property
    def firings(self) -> dict[str, frozenset[str]]:
        """The decided cases in which each rule fires, by rule."""
        return firings(self.book, self.cases) if self.cases is not None else {}

    def place(self, kind: str, subject: str, below: Path_ = ()) -> Place:
        """Return the place of an entry, or of what stands below it."""
        if self.gathered is None or not kind:
            return Place("")
        if kind not in self._index:
            items = getattr(self.book.content, kind)
            self._index[kind] = {item.id: number for number, item in enumerate(items)}
        number = self._index[kind].get(subject)
        return Place("") if number is None else self.gathered.place((kind, number, *below))
