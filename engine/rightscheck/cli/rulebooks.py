"""A rulebook as an argument: a folder, `bundled`, or the beginning of a stored rulebook's digest."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from rightscheck.cli.store import store_of
from rightscheck.problems import InputError, Place, Problem
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.load import default_rulebook_path, load_rulebook

BUNDLED = "bundled"
_DIGEST = re.compile(r"[0-9a-fA-F]{6,64}\Z")


@dataclass(frozen=True)
class Named:
    """A rulebook and how the user named it; `folder` is None for a stored one."""

    book: Rulebook
    name: str
    folder: Path | None

    def data(self) -> dict[str, Any]:
        """Return what a reader needs to know of it."""
        content = self.book.content
        return {"named": self.name, "name": content.name, "version": content.version, "sha256": self.book.sha256}

    def __str__(self) -> str:
        content = self.book.content
        return f"{content.name} {content.version} ({self.book.sha256[:12]}, {self.name})"


def rulebook_named(ctx: click.Context, name: str) -> Named:
    """Return the rulebook a user named.

    Raises:
        InputError: there is none of this name, or it is wrong; every fault is listed.
        SurroundingsError: a file or the history cannot be read.
    """
    if name == BUNDLED:
        return Named(load_rulebook(), name, default_rulebook_path())
    folder = Path(name)
    if folder.is_dir():
        return Named(load_rulebook(folder), name, folder)
    if folder.exists():
        raise InputError([Problem("is a file; a rulebook is a folder of rules", Place(name))])
    if _DIGEST.match(name):
        from rightscheck.history.rulebooks import stored_rulebook

        return Named(stored_rulebook(store_of(ctx, create=False), name), name, None)
    text = "no such folder of rules; name a folder, `bundled`, or the digest of a stored rulebook (6 digits or more)"
    raise InputError([Problem(text, Place(name))])


__all__ = ["BUNDLED", "Named", "rulebook_named"]
