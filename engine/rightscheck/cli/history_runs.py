"""`rightscheck history runs`: the runs over tables that were put into the history."""

from __future__ import annotations

from dataclasses import asdict

import click

from rightscheck.cli.common import console, emit_json
from rightscheck.cli.store import store_of


@click.command()
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.pass_context
def runs(ctx: click.Context, form: str) -> None:
    """List the runs of `audit cases --store`: table, rulebook, counts and the assessments stored.

    The table stands there by its SHA-256, which `sha256sum` gives for the file.

    \b
    Example:
      rightscheck history runs --format json
    """
    from rightscheck.history.runs import runs as recorded

    with store_of(ctx, create=False).reading() as connection:
        found = recorded(connection)
    if form == "json":
        emit_json([{"record": number, "at": at, **asdict(run)} for number, at, run in found])
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("#", "at", "table (sha256)", "rulebook", "measures", "rejected", "assessments", "verdicts"):
        table.add_column(heading, overflow="fold")
    for number, at, run in found:
        stored = run.stored
        span = f"{stored['rows']:,}: {stored['first']} to {stored['last']}" if stored else "0"
        verdicts = ", ".join(f"{name} {count:,}" for name, count in run.verdicts.items() if count)
        counts = (f"{run.rows:,}", f"{run.rejected:,}", span, verdicts)
        table.add_row(str(number), at[:16].replace("T", " "), run.source[:12], run.rulebook[:12], *counts)
    console().print(table)


__all__ = ["runs"]
