"""`rightscheck audit rules --over`: how a table's or the history's measures use the rules."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rightscheck.cli.audit_cases import need_batch
from rightscheck.cli.common import book_of, console, emit_json
from rightscheck.cli.progress import Progress
from rightscheck.cli.store import store_of
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.problems import InputError, Place, Problem

if TYPE_CHECKING:
    from rightscheck.audit.source import Source
    from rightscheck.audit.use import Use

MOST = 30
TOP = 3


def source_over(ctx: click.Context, over: str) -> Source:
    """Return a table, or the measures of the stored history where the name is `history`.

    Raises:
        InputError: there is no such table.
        SurroundingsError: there is no such history.
    """
    if over == "history":
        from rightscheck.cli.audit_history import StoredMeasures
        from rightscheck.history.query import Filters

        return StoredMeasures(store_of(ctx, create=False), Filters()).source()
    from rightscheck.audit.source import table_source

    source = table_source(Path(over))
    if not Path(over).is_file():
        raise InputError([Problem("no such file", Place(over))])
    return source


def rules_over(ctx: click.Context, over: str, form: str) -> int:
    """Print how the measures of a table or of the history use the rules; returns the exit code, 1 for rejected rows.

    Raises:
        InputError: the table is wrong.
        EngineFault: a checked row differs from the rules engine.
    """
    need_batch()
    from rightscheck.audit.checks import Checker, Pool
    from rightscheck.audit.kernel import Kernel
    from rightscheck.audit.use import use_of

    source = source_over(ctx, over)
    kernel = Kernel(book_of(ctx))
    progress = Progress(0, source.total)
    pool = Pool(kernel, 1)
    try:
        use = use_of(kernel, source, Checker(pool, secrets.randbits(32)), progress)
    finally:
        progress.end()
        pool.close()
    if form == "json":
        emit_json(use.data())
    else:
        for part in (_rules, _groups, _unknown):
            part(use)
    if use.tally.rejected:
        click.echo(f"{use.tally.rejected:,} rows could not be read; `audit cases` says why", err=True)
    return 1 if use.tally.rejected else 0


def _table(title: str, note: str, heads: tuple[tuple[str, bool], ...]) -> Any:
    from rich.table import Table

    table = Table(title=title, title_justify="left", caption=note, caption_justify="left", min_width=72)
    for head, is_text in heads:
        table.add_column(head, justify="left" if is_text else "right", overflow="fold")
    return table


def _share(part: int, whole: int) -> str:
    return f"{part:,} ({part / whole:.1%})" if whole else "0"


def _rules(use: Use) -> None:
    from rich.markup import escape

    from rightscheck.audit.use import USES

    used = use.ranked(use.rules)
    never = sum(1 for line in use.rules if not line[0])
    note = f"{min(MOST, len(used))} of {len(used)} that fire or are open; {never} of {len(use.names)} never fire here."
    heads = (("rule", True), *((use, False) for use in USES))
    table = _table(f"Rules over {use.tally.rows:,} measures", note, heads)
    for place in used[:MOST]:
        rule = use.book.rules[use.names[place]]
        counts = (_share(count, use.tally.rows) for count in use.rules[place].tolist())
        table.add_row(f"{rule.id} ({rule.effect})\n[dim]{escape(rule.title)}[/dim]", *counts)
    console().print(table)


def _groups(use: Use) -> None:
    for kind, groups in use.by.items():
        if kind == "year":
            items = sorted(groups.items(), key=lambda i: (i[0] == "none", i[0].zfill(4)))
        else:
            items = sorted(groups.items(), key=lambda i: (-i[1][0], i[0]))[:MOST]
        note = f"The {MOST} with most measures of {len(groups)}." if len(groups) > len(items) else ""
        heads = ((kind, True), ("measures", False), ("rules fired", False), ("fired most", True))
        table = _table(f"By {kind}", note, heads)
        for name, (count, lines) in items:
            fired = [place for place in use.ranked(lines) if lines[place][0]]
            most = "\n".join(f"{use.names[p]}: {_share(int(lines[p][0]), count)}" for p in fired[:TOP])
            table.add_row(name, f"{count:,}", f"{len(fired):,}", most)
        console().print(table)


def _unknown(use: Use) -> None:
    ranked = sorted(use.tally.facts.items(), key=lambda i: (-i[1], i[0]))[:MOST]
    note = "Each would answer a core question that keeps a right undetermined; one answer a question is enough."
    title = "Unknown facts behind undetermined verdicts"
    table = _table(title, note, (("fact", True), ("question", True), ("measures", False)))
    for name, count in ranked:
        table.add_row(name, vocabulary()[name].asks, _share(count, use.tally.rows))
    if ranked:
        console().print(table)


__all__ = ["rules_over", "source_over"]
