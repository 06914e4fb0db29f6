"""What can go wrong, said so that a person can mend it: file, place, what, nearest right name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file; line and column count from 1, 0 means the file as a whole."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in what a person gave us; `name` is the dotted name it concerns."""

    message: str
    place: Place
    name: str = ""
    nearest: str = ""

    def __str__(self) -> str:
        where = f"{self.place}: "
        name = f"`{self.name}`: " if self.name else ""
        hint = f"; did you mean `{self.nearest}`?" if self.nearest else ""
        return f"{where}{name}{self.message}{hint}"


class RightscheckError(Exception):
    """Base of our errors; `exit_code` is the command line's."""

    exit_code = 3


class InputError(RightscheckError):
    """The user's input or usage is wrong; carries one `Problem` a fault."""

    exit_code = 2

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(p) for p in self.problems))


class EngineFault(RightscheckError):
    """A fault of ours or of the rules engine; nothing may be concluded or stored."""

    exit_code = 3


class SurroundingsError(RightscheckError):
    """Disk, database, permission or network fails."""

    exit_code = 4


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name closest to `name`, or an empty string."""
    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)), "")
