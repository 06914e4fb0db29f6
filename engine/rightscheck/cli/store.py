"""What the commands need of the history: storing what was assessed, and a stored assessment as a target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rightscheck.assessment.model import Assessment
from rightscheck.cli.target import Target
from rightscheck.facts.read import CaseFile
from rightscheck.rulebook.book import Rulebook

if TYPE_CHECKING:
    from rightscheck.history.replay import Replayer
    from rightscheck.history.store import Store

Groups = list[tuple[CaseFile, list[Assessment]]]


def notice(line: str) -> None:
    """Say a line on standard error."""
    click.echo(line, err=True)


def store_of(ctx: click.Context, *, create: bool = True) -> Store:
    """Return the history the user chose; a new or older one is brought up to date, in a line on standard error.

    Raises:
        InputError: the address is wrong.
        SurroundingsError: it cannot be reached, read or written.
    """
    from rightscheck.history.store import Store as HistoryStore

    return HistoryStore.open(ctx.obj.get("database"), notice, create=create)


def store_all(ctx: click.Context, book: Rulebook, groups: Groups) -> Groups:
    """Store assessments, each in one transaction, and return them with their numbers.

    Raises:
        SurroundingsError: the database fails; what was acknowledged before stays, nothing is half stored.
    """
    store = store_of(ctx)
    found: Groups = []
    for file, results in groups:
        numbered = [r.model_copy(update={"assessment": store.add(file.case, r, book)}) for r in results]
        found.append((file, numbered))
    return found


def replayer_of(store: Store, *, strict: bool = False) -> Replayer:
    """Return what makes stored assessments anew; with `strict` every stored rulebook's text is checked."""
    from rightscheck.history.replay import Replayer as HistoryReplayer

    return HistoryReplayer(store, strict=strict)


def stored_target(ctx: click.Context, number: int) -> Target:
    """Return a stored assessment as a target, made anew from its stored rulebook, facts, date and standards.

    Raises:
        InputError: no stored assessment has this number.
        EngineFault: a stored piece is missing or changed, or the result differs from the stored one.
    """
    store = store_of(ctx, create=False)
    made = replayer_of(store).replay(store.load(number))
    return Target(made.reader, made.case, made.measure, made.result)
