"""`rightscheck history list`, `show` and `search`, and the filters they share."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from rightscheck.cli.assess import show as show_results
from rightscheck.cli.common import COLOURS, FORMAT, console, emit_json
from rightscheck.cli.store import store_of
from rightscheck.facts.case import RIGHTS, STANDARDS, parse_date
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.problems import InputError, Place, Problem, nearest
from rightscheck.rulebook.model import STAGES

if TYPE_CHECKING:
    from rightscheck.history.query import Filters

VERDICTS = ("incompatible", "high", "moderate", "low", "undetermined")
WIDE = 100  # columns; a narrower terminal does without the time of storing
LIST_FORMAT = click.Choice(["table", "json", "jsonl"])


def _among(names: tuple[str, ...]) -> Callable[[click.Context, click.Parameter, str | None], str | None]:
    def check(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
        if value is not None and value not in names:
            raise InputError([Problem("no such name", Place(param.opts[0]), value, nearest(value, names))])
        return value

    return check


def _instant(value: str | None, option: str, *, after: bool) -> str | None:
    """Return a date as a stored time: its first moment, or with `after` the first moment after it."""
    if value is None:
        return None
    try:
        date = parse_date(value)
        if after:
            year, month = date.year + (len(value) == 4), date.month + (len(value) == 7)
            day = datetime.timedelta(days=len(value) == 10)
            date = datetime.date(year + month // 13, (month - 1) % 12 + 1, date.day) + day
    except (ValueError, OverflowError) as error:
        raise InputError([Problem(str(error), Place(option), value)]) from None
    return f"{date.isoformat()}T00:00:00.000000Z"


def _types() -> tuple[str, ...]:
    return tuple(vocabulary()["type"].values)


def filter_options(command: Any) -> Any:
    """Add the options that narrow a listing or a search."""
    options = [
        click.option("--right", callback=_among(RIGHTS), help="Assessments that weigh this right."),
        click.option("--verdict", callback=_among(VERDICTS), help="This verdict (of --right, where given)."),
        click.option("--stage", callback=_among(STAGES), help="A rule fired at this stage (for --right, where given)."),
        click.option("--rule", metavar="ID", help="This rule fired."),
        click.option("--open-rule", metavar="ID", help="This rule is left open by an unknown fact."),
        click.option("--country", metavar="CC", help="Two letters (ISO 3166-1)."),
        click.option("--type", "type_", metavar="TYPE", help="The type of measure."),
        click.option("--since", metavar="DATE", help="Stored on this day or later (UTC)."),
        click.option("--until", metavar="DATE", help="Stored on this day or earlier (UTC)."),
        click.option("--standard", callback=_among(STANDARDS), help="Weighed under this standard."),
        click.option(
            "--rulebook", "digest", metavar="SHA256", help="By this rulebook; the digest's beginning is enough."
        ),
        click.option("--case", metavar="ID", help="Of this case."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def filters_of(given: dict[str, Any]) -> Filters:
    """Return filters from options; raises InputError."""
    from rightscheck.history.query import Filters as HistoryFilters

    type_, digest, country = given["type_"], given["digest"], given["country"]
    if type_ is not None and type_ not in _types():
        raise InputError([Problem("no such type of measure", Place("--type"), type_, nearest(type_, _types()))])
    if digest is not None and not re.fullmatch(r"[0-9a-f]{4,64}", digest.lower()):
        raise InputError([Problem("takes 4 to 64 hexadecimal digits", Place("--rulebook"), digest)])
    if country is not None and not re.fullmatch(r"[A-Za-z]{2}", country):
        raise InputError([Problem("takes two letters (ISO 3166-1 alpha-2)", Place("--country"), country)])
    return HistoryFilters(
        right=given["right"],
        verdict=given["verdict"],
        stage=given["stage"],
        rule=_text(given["rule"]),
        open_rule=_text(given["open_rule"]),
        country=country.upper() if country else None,
        type=type_,
        since=_instant(given["since"], "--since", after=False),
        until=_instant(given["until"], "--until", after=True),
        standard=given["standard"],
        rulebook=digest.lower() if digest else None,
        case=_text(given["case"]),
    )


def _text(value: str | None) -> str | None:
    return None if value is None else value.replace("\0", "")


def row_data(row: Any) -> dict[str, Any]:
    """Return a listed assessment as plain data."""
    return {
        "assessment": row.id,
        "case": row.case,
        "measure": row.measure,
        "title": row.title,
        "country": row.country,
        "type": row.type,
        "as_of": row.as_of,
        "verdict": row.verdict,
        "could_be": [row.best, row.worst],
        "stored_at": row.stored_at,
        "rulebook": row.rulebook,
    }


def print_rows(rows: list[dict[str, Any]], form: str) -> None:
    """Print listed assessments."""
    if form == "json":
        emit_json(rows)
    elif form == "jsonl":
        for row in rows:
            click.echo(json.dumps(row, ensure_ascii=False))
    elif rows:
        _table(rows)


def _table(rows: list[dict[str, Any]]) -> None:
    from rich.markup import escape
    from rich.table import Table

    out = console()
    wide = out.width >= WIDE
    table = Table(box=None, pad_edge=False)
    for heading in ("#", "verdict", "country", "as of", *(["stored"] if wide else []), "title; case / measure"):
        table.add_column(heading, no_wrap=heading in ("#", "verdict", "stored", "as of"), overflow="fold")
    for row in rows:
        colour = COLOURS[row["verdict"]]
        table.add_row(
            str(row["assessment"]),
            f"[{colour}]{row['verdict']}[/{colour}]",
            row["country"] or "",
            row["as_of"] or "",
            *([row["stored_at"][:16].replace("T", " ")] if wide else []),
            f"{escape(row['title'])}\n[dim]{row['case']} / {row['measure']}[/dim]",
        )
    out.print(table)


@click.command("list")
@filter_options
@click.option("--format", "form", type=LIST_FORMAT, default="table", show_default=True)
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="So many a page.")
@click.option("--offset", type=click.IntRange(min=0), default=0, help="Leave out so many of the newest.")
@click.pass_context
def list_(ctx: click.Context, /, form: str, limit: int, offset: int, **given: Any) -> None:
    """List stored assessments, newest first, a page at a time.

    \b
    Example:
      rightscheck history list --country KZ --right association --since 2026-01
    """
    from rightscheck.history.query import count, listing

    filters = filters_of(given)
    with store_of(ctx, create=False).reading() as connection:
        rows = listing(connection, filters, limit, offset)
        total = count(connection, filters) if form == "table" else 0
    print_rows([row_data(row) for row in rows], form)
    if form == "table":
        more = f"; the next page is --offset {offset + limit}" if offset + len(rows) < total else ""
        click.echo(f"{len(rows)} of {total}{more}", err=True)


@click.command()
@click.argument("number", type=click.IntRange(min=1, max=2**62), metavar="ID")
@click.option("--format", "form", type=FORMAT, default="table", show_default=True)
@click.pass_context
def show(ctx: click.Context, number: int, form: str) -> None:
    """Print a stored assessment as `assess` printed it.

    \b
    Example:
      rightscheck history show 12 --format json
    """
    show_results([store_of(ctx, create=False).load(number).assessment()], form)


@click.command()
@click.argument("words", nargs=-1, required=True)
@filter_options
@click.option("--format", "form", type=LIST_FORMAT, default="table", show_default=True)
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True, help="So many a page.")
@click.option("--offset", type=click.IntRange(min=0), default=0, help="Leave out so many of the best.")
@click.pass_context
def search(ctx: click.Context, /, words: tuple[str, ...], form: str, limit: int, offset: int, **given: Any) -> None:
    """Find assessments in whose titles, summary, reasons and evidence all words stand, best hits first.

    A word is found as itself, in another form (English, Russian, Kazakh), or as a part of a word from three letters.

    \b
    Example:
      rightscheck history search запрет собраний --country KZ
    """
    from rightscheck.history.query import rows_of
    from rightscheck.history.search import search as run

    filters = filters_of(given)
    with store_of(ctx, create=False).reading() as connection:
        found = run(connection, " ".join(words), filters, limit, offset)
        by_number = {row.id: row_data(row) for row in rows_of(connection, [h.number for h in found.hits])}
    rows = [
        {**by_number[h.number], "score": round(h.score, 2), "found_in": h.field, "hit": "".join(h.excerpt)}
        for h in found.hits
    ]
    if form != "table":
        print_rows(rows, form)
    else:
        _hits(rows, [h.excerpt for h in found.hits])
        more = "; of the many found, the newest were ranked" if found.more else ""
        click.echo(f"{len(rows)} shown{more}", err=True)


def _hits(rows: list[dict[str, Any]], excerpts: list[tuple[str, str, str]]) -> None:
    from rich.markup import escape

    out = console()
    for row, (before, hit, after) in zip(rows, excerpts, strict=True):
        colour = COLOURS[row["verdict"]]
        out.print(f"{row['assessment']}  [{colour}]{row['verdict']}[/{colour}]  [bold]{escape(row['title'])}[/bold]")
        out.print(f"   {row['found_in']}: {escape(before)}[reverse]{escape(hit)}[/reverse]{escape(after)}")
