"""`rightscheck assess`: case files in, verdicts out."""

from __future__ import annotations

import datetime
import json
import sys
from pathlib import Path

import click

from rightscheck.assessment.assess import assess_measure
from rightscheck.assessment.model import GRAVITY, Assessment
from rightscheck.cli.common import FORMAT, emit_json, reader_of
from rightscheck.cli.render import as_markdown, as_table
from rightscheck.facts.case import STANDARDS, MeasureBase, measures_of, parse_date
from rightscheck.facts.read import CaseFile, read_case, read_case_bytes
from rightscheck.problems import InputError, Place, Problem, nearest


def read_all(files: tuple[str, ...]) -> list[CaseFile]:
    """Read every file before anything else; raises InputError with the faults of all."""
    cases: list[CaseFile] = []
    problems: list[Problem] = []
    for name in files:
        try:
            cases.append(read_case_bytes(sys.stdin.buffer.read()) if name == "-" else read_case(Path(name)))
        except InputError as error:
            problems.extend(error.problems)
    if problems:
        raise InputError(problems)
    return cases


def date_option(value: str | None) -> datetime.date | None:
    """Return a date given as an option; raises InputError."""
    if value is None:
        return None
    try:
        return parse_date(value)
    except ValueError as error:
        raise InputError([Problem(str(error), Place("--as-of"), value)]) from None


def standards_option(value: str | None) -> list[str] | None:
    """Return standards given as a comma-separated option; raises InputError."""
    if value is None:
        return None
    names = [part.strip() for part in value.split(",") if part.strip()]
    wrong = [
        Problem("no such standard", Place("--standards"), n, nearest(n, STANDARDS)) for n in names if n not in STANDARDS
    ]
    if wrong or not names:
        raise InputError(wrong or [Problem("names no standard", Place("--standards"))])
    return names


def below(results: list[Assessment], threshold: str | None, allow_undetermined: bool) -> bool:
    """Whether every verdict stays below the threshold."""
    if threshold is None:
        return True
    for result in results:
        if result.verdict == "undetermined":
            if not allow_undetermined:
                return False
        elif GRAVITY[result.verdict] >= GRAVITY[threshold]:
            return False
    return True


def _named(file: CaseFile, measure: str | None) -> list[MeasureBase]:
    return [m for m in measures_of(file.case) if measure in (None, m.id)]


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--measure", help="Only this measure.")
@click.option("--no-store", is_flag=True, help="Do not keep the assessment.")
@click.option("--as-of", metavar="DATE", help="Weigh standards at this date instead of the case's.")
@click.option("--standards", metavar="LIST", help="Weigh these standards, separated by commas.")
@click.option(
    "--fail-on", type=click.Choice(["moderate", "high", "incompatible"]), help="Exit 1 at this verdict or a graver one."
)
@click.option("--allow-undetermined", is_flag=True, help="With --fail-on: an undetermined verdict does not fail.")
@click.option("--format", "form", type=FORMAT, default="table", show_default=True)
@click.pass_context
def assess(
    ctx: click.Context,
    files: tuple[str, ...],
    measure: str | None,
    no_store: bool,
    as_of: str | None,
    standards: str | None,
    fail_on: str | None,
    allow_undetermined: bool,
    form: str,
) -> int:
    """Evaluate every measure of each case file (YAML, JSON, or - for standard input) and store the assessment.

    \b
    Example:
      rightscheck assess cases/seeds/*.yaml --fail-on high
    """
    date, named = date_option(as_of), standards_option(standards)
    cases = read_all(files)
    for case in cases:
        for note in case.warnings:
            click.echo(f"warning: {note}", err=True)
    reader = reader_of(ctx)
    chosen = [(c, _named(c, measure)) for c in cases]
    if measure is not None and not any(found for _, found in chosen):
        known = [m.id for c in cases for m in measures_of(c.case)]
        raise InputError([Problem("no such measure", Place("--measure"), measure, nearest(measure, known))])
    groups = [
        (c, [assess_measure(reader, c.case, m, as_of=date, standards=named) for m in found])
        for c, found in chosen
        if found
    ]
    if not no_store:
        from rightscheck.cli.store import store_all

        groups = store_all(ctx, reader.book, groups)
    results = [result for _, found in groups for result in found]
    show(results, form)
    return 0 if below(results, fail_on, allow_undetermined) else 1


def show(results: list[Assessment], form: str) -> None:
    """Print assessments in a format."""
    if form == "json":
        emit_json([r.model_dump(mode="json") for r in results])
    elif form == "jsonl":
        for r in results:
            click.echo(json.dumps(r.model_dump(mode="json"), ensure_ascii=False))
    elif form == "md":
        click.echo("\n\n".join(as_markdown(r) for r in results))
    else:
        for r in results:
            as_table(r)
