"""`rightscheck history diff` and `timeline`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from rightscheck.cli.common import COLOURS, console, emit_json
from rightscheck.cli.store import replayer_of, store_of

if TYPE_CHECKING:
    from rightscheck.history.compare import Comparison

NUMBER = click.IntRange(min=1, max=2**62)
FORM = click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)


@click.command()
@click.argument("old", type=NUMBER, metavar="A")
@click.argument("new", type=NUMBER, metavar="B")
@FORM
@click.pass_context
def diff(ctx: click.Context, old: int, new: int, form: str) -> None:
    """Show two stored assessments side by side, and for each changed verdict the fact or the rule that changed it.

    \b
    Example:
      rightscheck history diff 3 17
    """
    from rightscheck.history.compare import compare

    store = store_of(ctx, create=False)
    found = compare(store, replayer_of(store), old, new)
    if form == "json":
        emit_json(_data(found))
    else:
        _print(found)


def _data(found: Comparison) -> dict[str, Any]:
    sides = [
        {"assessment": a.assessment, "case": a.case, "measure": a.measure, "verdict": a.verdict}
        for a in (found.old, found.new)
    ]
    return {
        "old": sides[0],
        "new": sides[1],
        "facts": [asdict(c) for c in found.facts],
        "setting": [asdict(c) for c in found.setting],
        "rules_gone": found.rules_gone,
        "rules_new": found.rules_new,
        "verdicts": [asdict(v) for v in found.verdicts],
    }


def _print(found: Comparison) -> None:
    from rich.markup import escape
    from rich.table import Table

    out = console()
    table = Table(box=None, pad_edge=False)
    for heading in ("", f"#{found.old.assessment}", f"#{found.new.assessment}"):
        table.add_column(heading, overflow="fold")
    table.add_row("measure", *(escape(f"{a.case} / {a.measure}") for a in (found.old, found.new)))
    verdicts = [f"[{COLOURS[a.verdict]}]{a.verdict}[/]" for a in (found.old, found.new)]
    table.add_row("verdict", *verdicts)
    for change in [*found.setting, *found.facts]:
        table.add_row(escape(change.name), *(escape(_value(v)) for v in (change.old, change.new)))
    for name in found.rules_gone:
        table.add_row(f"rule {name}", "fired", "")
    for name in found.rules_new:
        table.add_row(f"rule {name}", "", "fired")
    out.print(table)
    if not found.verdicts:
        out.print("No verdict differs.")
    for verdict in found.verdicts:
        what = verdict.right or "the measure"
        out.print(f"[bold]{what}[/bold]: {verdict.old or 'not weighed'} to {verdict.new or 'not weighed'}")
        out.print(f"   because of {escape(', '.join(verdict.because)) or 'nothing found'}")
        if verdict.rules_gone:
            out.print(f"   no longer fired: {', '.join(verdict.rules_gone)}")
        if verdict.rules_new:
            out.print(f"   now fired: {', '.join(verdict.rules_new)}")


def _value(value: Any) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value)


@click.command()
@click.argument("case", metavar="CASE")
@FORM
@click.pass_context
def timeline(ctx: click.Context, case: str, form: str) -> None:
    """Show every assessment of a case, oldest first: which version of its facts, which rulebook, which verdict.

    \b
    Example:
      rightscheck history timeline kz-2005-national-security-bill
    """
    from rich.table import Table

    from rightscheck.history.compare import timeline as read

    with store_of(ctx, create=False).reading() as connection:
        rows = read(connection, case.replace("\0", ""))
    if form == "json":
        emit_json([dict(row._mapping) for row in rows])
        return
    versions = {digest: number for number, digest in enumerate(dict.fromkeys(row.version for row in rows), 1)}
    table = Table(box=None, pad_edge=False)
    for heading in ("stored", "#", "measure", "verdict", "facts", "rulebook", "as of"):
        table.add_column(heading, no_wrap=heading not in ("measure", "rulebook"), overflow="fold")
    for row in rows:
        verdict = f"[{COLOURS[row.verdict]}]{row.verdict}[/]"
        stored = row.stored_at[:16].replace("T", " ")
        version = f"version {versions[row.version]}"
        table.add_row(stored, str(row.id), row.measure, verdict, version, row.rulebook[:12], row.as_of or "")
    console().print(table)
