"""`rightscheck audit`: the rulebook against many cases."""

from __future__ import annotations

import datetime
import re
from dataclasses import asdict
from pathlib import Path

import click

from rightscheck.audit.agreement import keep_agreement, keep_first_run
from rightscheck.audit.decided import Figures, Ruling, case_files, figures, groups_of, rulings_of
from rightscheck.audit.fidelity import share, write_figures
from rightscheck.cli.audit_cases import cases
from rightscheck.cli.audit_diff import diff
from rightscheck.cli.audit_rules import rules
from rightscheck.cli.common import console, emit_json, reader_of
from rightscheck.facts.case import RIGHTS
from rightscheck.problems import InputError, Place, Problem, nearest
from rightscheck.resources import bundled

_HEADS = ("", "rulings", "agree", "95%", "majority", "balanced", "MCC", "undetermined", "low*", "live*")
_LEGEND = (
    "95%: Wilson interval of the agreement; low*: verdict low where a violation was found; "
    "live*: moderate from live rules alone"
)


@click.group()
def audit() -> None:
    """Audit the rulebook over many cases.

    \b
    Example:
      rightscheck audit decided
    """


@audit.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--right", help="Only rulings on this right.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--write", type=click.Path(path_type=Path), help="Put the figures, dated, into this Markdown file.")
@click.option("--date", "day", metavar="DATE", help="With --write: the day of the figures; today unless given.")
@click.option("--note", default="", help="With --write: a line above the table.")
@click.option(
    "--batch",
    metavar="NAME",
    default="",
    help="With --write or --keep: a batch of cases, run whole for the first time.",
)
@click.option("--keep", is_flag=True, help="Keep the figures beside the cases, for reports to read.")
@click.pass_context
def decided(
    ctx: click.Context,
    folder: Path | None,
    right: str | None,
    form: str,
    write: Path | None,
    day: str | None,
    note: str,
    batch: str,
    keep: bool,
) -> None:
    """Agreement with decided cases, by right and body, every disagreement with the rules that caused it.

    \b
    Example:
      rightscheck audit decided cases/decided --right assembly
      rightscheck audit decided cases/decided --write docs/fidelity.md
    """
    folder = folder or bundled("cases") / "decided"
    date = _checked(folder, right, write, day, note, batch)
    reader = reader_of(ctx)
    rulings = [r for r in rulings_of(reader, case_files(folder)) if right in (None, r.right)]
    if write is not None:
        if not rulings:
            raise InputError([Problem("no decided case here, so there are no figures to write", Place(str(folder)))])
        write_figures(write, reader.book, rulings, date, note, batch)
        click.echo(f"figures of {date.isoformat()} put into {write}", err=True)
    if keep:
        if right is not None:
            raise InputError([Problem("what is kept covers every right; leave out --right", Place("--keep"))])
        decided_cases = bundled("cases") / "decided"
        if batch:
            kept = keep_first_run(decided_cases, batch, reader.book, rulings)
        else:
            kept = keep_agreement(folder, reader.book.sha256, rulings)
        click.echo(f"figures kept in {kept}", err=True)
    if form == "json":
        _as_json(rulings)
    else:
        _as_table(rulings)


def _checked(
    folder: Path, right: str | None, write: Path | None, day: str | None, note: str, batch: str
) -> datetime.date:
    """Check the options together and return the day of the figures; raises InputError with every fault."""
    problems = []
    date = datetime.datetime.now(datetime.UTC).date()
    if not folder.is_dir():
        problems.append(Problem("no such folder", Place(str(folder))))
    if right is not None and right not in RIGHTS:
        problems.append(Problem("no such right", Place("--right"), right, nearest(right, RIGHTS)))
    if write is not None and right is not None:
        problems.append(Problem("what is published covers every right; leave out --right", Place("--write")))
    if batch and not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", batch):
        problems.append(Problem("takes lower-case words and digits joined by '-'", Place("--batch"), batch))
    for name, value in (("--date", day), ("--note", note)):
        if value and write is None:
            problems.append(Problem("goes with --write", Place(name), value))
    if day is not None:
        try:
            date = datetime.date.fromisoformat(day)
        except ValueError:
            problems.append(Problem("takes a date such as 2026-03-31", Place("--date"), day))
    if problems:
        raise InputError(problems)
    return date


def _as_json(rulings: list[Ruling]) -> None:
    made = {name: figures(items) for name, items in groups_of(rulings).items()}
    emit_json(
        {
            "figures": {name: {**asdict(f), "agreement": f.agreement} for name, f in made.items()},
            "rulings": [{**asdict(r), "half": r.half, "determined": r.determined, "agrees": r.agrees} for r in rulings],
        }
    )


def _as_table(rulings: list[Ruling]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for head in _HEADS:
        table.add_column(head, no_wrap=True)
    for name, items in groups_of(rulings).items():
        table.add_row(name, *_cells(figures(items)))
    console().print(table)
    click.echo(_LEGEND)
    for r in rulings:
        if not r.agrees:
            rests = ", ".join(r.rules) or r.reason or "right not reported"
            here = r.verdict or "not reported"
            click.echo(f"{r.case} ({r.body}, {r.reference}): {r.right} {r.decided}, here {here}: {rests}")


def _cells(f: Figures) -> tuple[str, ...]:
    left = f.rulings - f.determined
    return (
        str(f.rulings),
        share(f.agreement),
        "-" if f.wilson is None else f"{f.wilson[0]:.0%}-{f.wilson[1]:.0%}",
        share(f.majority),
        share(f.balanced),
        "-" if f.matthews is None else f"{f.matthews:.2f}",
        f"{left} ({left / f.rulings:.0%})" if f.rulings else "0",
        str(f.low_on_violation),
        str(f.moderate_live),
    )


audit.add_command(cases)
audit.add_command(diff)
audit.add_command(rules)
