"""`rightscheck history export`, `import`, `delete`, `backup` and `restore`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rightscheck.assessment.assess import assess_case
from rightscheck.cli.common import reader_of
from rightscheck.cli.files import written
from rightscheck.cli.history_list import filter_options, filters_of
from rightscheck.cli.store import notice, store_of
from rightscheck.problems import InputError, Place, Problem, SurroundingsError

if TYPE_CHECKING:
    from rightscheck.history.masking import Mask
    from rightscheck.history.store import Store

FORMATS = (".jsonl", ".csv", ".xlsx")


def _kind(path: Path) -> str:
    if path.suffix.lower() not in FORMATS:
        raise InputError([Problem("the file's ending says the form: .jsonl, .csv or .xlsx", Place(str(path)))])
    return path.suffix.lower()


@click.command()
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The file to write."
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.option("--mask", "facts", metavar="FACT", multiple=True, help="Hide this fact; may be given again.")
@click.option(
    "--mask-name", "names", metavar="NAME", multiple=True, help="Hide this name of a person wherever it stands."
)
@filter_options
@click.pass_context
def export(
    ctx: click.Context, /, output: Path, force: bool, facts: tuple[str, ...], names: tuple[str, ...], **given: Any
) -> None:
    """Write stored assessments to a file: .jsonl is complete, .csv and .xlsx hold facts and verdicts.

    With --mask or --mask-name it is marked as masked and cannot be imported as an original. Free text may still tell a
    masked fact: read it before you hand it on.

    \b
    Example:
      rightscheck history export -o 2026.jsonl --since 2026
    """
    from rightscheck.history import sheets
    from rightscheck.history.masking import Mask as HistoryMask
    from rightscheck.history.transfer import export_lines

    kind, filters = _kind(output), filters_of(given)
    mask: Mask | None = HistoryMask.of(facts, names) if facts or names else None
    with store_of(ctx, create=False).reading() as connection, written(output, replace=force) as stream:
        if kind == ".jsonl":
            amount = sum(
                line.startswith(b'{"input"') for line in _through(stream, export_lines(connection, filters, mask))
            )
        else:
            write = sheets.write_csv if kind == ".csv" else sheets.write_xlsx
            amount = write(stream, sheets.rows(connection, filters, mask))
    click.echo(f"{amount} assessments written to {output}{' (masked)' if mask else ''}")


def _through(stream: Any, lines: Any) -> Any:
    for line in lines:
        stream.write(line)
        yield line


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--skip-bad", is_flag=True, help="Leave out what is wrong instead of taking in nothing.")
@click.pass_context
def import_(ctx: click.Context, file: Path, skip_bad: bool) -> int:
    """Take in an export (.jsonl), or assess and store the measures of a sheet (.csv, .xlsx).

    All or nothing: each problem is told with its row, column and reason. Importing twice adds nothing. With --skip-bad,
    exit 1 where something was left out.

    \b
    Example:
      rightscheck history import 2026.jsonl
    """
    from rightscheck.history.transfer import import_lines

    if _kind(file) != ".jsonl":
        return _import_sheet(ctx, file, skip_bad)
    store = store_of(ctx)
    try:
        with file.open("rb") as stream:
            done = import_lines(store, stream, str(file), skip_bad=skip_bad)
    except OSError as error:
        raise SurroundingsError(f"{file} cannot be read: {(error.strerror or str(error)).lower()}") from None
    return _said(done.added, done.present, done.problems)


def _import_sheet(ctx: click.Context, file: Path, skip_bad: bool) -> int:
    from rightscheck.history.records import rulebook_bytes
    from rightscheck.history.sheets import cases_of, read_sheet
    from rightscheck.history.store import new_item, put_new, put_rulebook

    cases, problems = cases_of(read_sheet(file), str(file))
    if problems and (not skip_bad or not cases):
        raise InputError(problems)
    reader = reader_of(ctx)
    book = reader.book
    groups = [(found.case, assess_case(reader, found.case)) for found in cases]
    added = present = 0
    with store_of(ctx).writing() as connection:
        put_rulebook(connection, book.sha256, book.content.name, book.content.version, lambda: rulebook_bytes(book))
        for case, results in groups:
            for result in results:
                if put_new(connection, new_item(case, result)) is None:
                    present += 1
                else:
                    added += 1
        if not added:
            connection.rollback()
    return _said(added, present, problems)


def _said(added: int, present: int, problems: list[Problem]) -> int:
    for problem in problems:
        click.echo(str(problem), err=True)
    there = f", {present} were there already" if present else ""
    bad = f", {len(problems)} problems left out" if problems else ""
    click.echo(f"{added} assessments added{there}{bad}")
    return 1 if problems else 0


@click.command()
@click.argument("case", metavar="CASE")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def delete(ctx: click.Context, case: str, yes: bool) -> int:
    """Erase a case: its text, its facts and its assessments, from tables, search index and write-ahead log.

    Their commitments stay, so that the chain still verifies, and a record says what was erased. Backups and exports
    made before still hold the text.

    \b
    Example:
      rightscheck history delete kz-2005-national-security-bill
    """
    from rightscheck.history.erase import count_of, erase_case

    store: Store = store_of(ctx, create=False)
    case = case.replace("\0", "")
    if not yes:
        if not sys.stdin.isatty():
            raise InputError(
                [Problem("asks before it erases; give --yes where nobody can answer", Place("history delete"))]
            )
        click.confirm(f"Erase `{case}` with {count_of(store, case)} assessments for good?", abort=True, err=True)
    done = erase_case(store, case)
    click.echo(f"{len(done.numbers)} assessments of `{case}` erased; record {done.record} says so")
    if not done.clean:
        notice("other programs keep the write-ahead log in use: the text stays in it until they close the database")
        return 1
    return 0


@click.command()
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The file to write."
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.pass_context
def backup(ctx: click.Context, output: Path, force: bool) -> None:
    """Copy the whole history into one SQLite file, as it stands at one moment, and verify the copy.

    \b
    Example:
      rightscheck history backup -o history-2026-06.db
    """
    from rightscheck.history.backup import backup as run

    report = run(store_of(ctx, create=False), output, replace=force)
    click.echo(f"{report.records} records copied to {output} and verified; root {report.root.hex()}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_context
def restore(ctx: click.Context, file: Path) -> None:
    """Copy a backup into an empty history, of either kind of database.

    \b
    Example:
      rightscheck --database postgresql://office@db.example.org/rights history restore history-2026-06.db
    """
    from rightscheck.history.backup import restore as run

    report = run(file, store_of(ctx))
    click.echo(f"{report.records} records restored; root {report.root.hex()}")
