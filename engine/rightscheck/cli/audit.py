"""`rightscheck audit`: the rulebook against many cases."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from rightscheck.audit.decided import Figures, Ruling, case_files, figures, rulings_of
from rightscheck.cli.common import console, emit_json, reader_of
from rightscheck.problems import InputError, Place, Problem
from rightscheck.resources import bundled


@click.group()
def audit() -> None:
    """Audit the rulebook over many cases.

    \b
    Example:
      rightscheck audit decided
    """


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _row(name: str, f: Figures) -> tuple[str, ...]:
    interval = "-" if f.wilson is None else f"{f.wilson[0]:.1%}-{f.wilson[1]:.1%}"
    undetermined = f"{f.rulings - f.determined} ({(f.rulings - f.determined) / f.rulings:.1%})" if f.rulings else "0"
    return (
        name,
        str(f.rulings),
        _share(f.agreement),
        interval,
        _share(f.majority),
        _share(f.balanced),
        "-" if f.matthews is None else f"{f.matthews:.2f}",
        undetermined,
        str(f.low_on_violation),
        str(f.moderate_live),
    )


@audit.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--right", help="Only rulings on this right.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.pass_context
def decided(ctx: click.Context, folder: Path | None, right: str | None, form: str) -> None:
    """Agreement with decided cases, by right and body, every disagreement with the rules that caused it.

    \b
    Example:
      rightscheck audit decided cases/decided --right assembly
    """
    folder = folder or bundled("cases") / "decided"
    if not folder.is_dir():
        raise InputError([Problem("no such folder", Place(str(folder)))])
    rulings = [r for r in rulings_of(reader_of(ctx), case_files(folder)) if right in (None, r.right)]
    groups: dict[str, list[Ruling]] = {"all": rulings}
    for name in ("right", "body", "checked"):
        for ruling in sorted(rulings, key=lambda r: str(getattr(r, name))):
            groups.setdefault(f"{name}: {getattr(ruling, name)}", []).append(ruling)
    if form == "json":
        emit_json(
            {
                "figures": {
                    name: {**asdict(figures(items)), "agreement": figures(items).agreement}
                    for name, items in groups.items()
                },
                "rulings": [asdict(r) for r in rulings],
            }
        )
        return
    from rich.table import Table

    heads = (
        "",
        "rulings",
        "agree",
        "95% interval",
        "majority",
        "balanced",
        "MCC",
        "undetermined",
        "low on violation",
        "moderate, live only",
    )
    table = Table(*heads)
    for name, items in groups.items():
        table.add_row(*_row(name, figures(items)))
    console().print(table)
    for r in rulings:
        if not r.agrees:
            rests = ", ".join(r.rules) or r.reason or "right not reported"
            here = r.verdict or "not reported"
            click.echo(f"{r.case} ({r.body}, {r.reference}): {r.right} {r.decided}, here {here}: {rests}")
