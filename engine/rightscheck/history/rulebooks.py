"""Rulebooks kept with the assessments they gave, found again by the beginning of their digest."""

from __future__ import annotations

import json

from sqlalchemy import select

from rightscheck.history import models as m
from rightscheck.history.store import Store, rulebook_content
from rightscheck.problems import EngineFault, InputError, Place, Problem
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.load import rulebook_from_content


def stored_rulebook(store: Store, beginning: str) -> Rulebook:
    """Return the stored rulebook whose digest begins so.

    Raises:
        InputError: none does, or several do.
        EngineFault: the stored text is missing, was changed or is no longer read as it was stored.
    """
    table = m.rulebooks.c
    query = select(table.sha256).where(table.sha256.startswith(beginning.lower(), autoescape=True)).order_by("sha256")
    with store.reading() as connection:
        found = list(connection.execute(query.limit(3)).scalars())
        if len(found) != 1:
            what = "several stored rulebooks begin so" if found else "no stored rulebook begins so"
            known = list(connection.execute(select(table.sha256).order_by("sha256").limit(5)).scalars())
            listed = f"; stored are {', '.join(d[:12] for d in known)}" if known else ""
            raise InputError([Problem(what + listed, Place("history"), beginning)])
        content = rulebook_content(connection, found[0])
    try:
        book = rulebook_from_content(json.loads(content))
    except InputError as error:
        raise EngineFault(f"this version cannot read the stored rulebook {found[0][:12]}: {error}") from None
    if book.sha256 != found[0]:
        raise EngineFault(f"this version reads the stored rulebook {found[0][:12]} otherwise than it was stored")
    return book


__all__ = ["stored_rulebook"]
