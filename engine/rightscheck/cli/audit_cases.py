"""`rightscheck audit cases`: a table of measures in, results out."""

from __future__ import annotations

import hashlib
import os
import secrets
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rightscheck import __version__
from rightscheck.cli.common import book_of, console, emit_json
from rightscheck.cli.history_list import filter_options, filters_of
from rightscheck.cli.progress import Progress
from rightscheck.cli.store import store_of
from rightscheck.problems import InputError, Place, Problem, SurroundingsError

if TYPE_CHECKING:
    from rightscheck.audit.source import Source
    from rightscheck.audit.tally import Tally
    from rightscheck.cli.audit_history import StoredMeasures

FILTERS = (
    *("right", "verdict", "stage", "rule", "open_rule", "country", "type_", "since", "until"),
    *("standard", "digest", "case"),
)


def need_batch() -> None:
    """Refuse where the libraries for batches are not installed; make them give memory back to the system.

    With the system's own allocator Arrow holds about 70 MB less on a large table, and takes less time.
    """
    try:
        import numpy  # noqa: F401
        import pyarrow as pa
    except ImportError:
        text = "batches need pyarrow and numpy; install them with: pip install 'rightscheck[batch]'"
        raise InputError([Problem(text, Place("audit cases"))]) from None
    if "ARROW_DEFAULT_MEMORY_POOL" not in os.environ:
        pa.set_memory_pool(pa.system_memory_pool())


def need_dask(given: dict[str, Any]) -> None:
    """Refuse where Dask is not installed or other options do not go with it."""
    place = Place("audit cases")
    if given["store"] or given["engine"] == "durable":
        text = "goes with neither --store nor --engine durable, which evaluate here"
        raise InputError([Problem(text, place, "--dask")])
    try:
        import distributed  # noqa: F401
    except ImportError:
        text = "needs dask and distributed; install them with: pip install 'rightscheck[dask]'"
        raise InputError([Problem(text, place, "--dask")]) from None


@click.command()
@click.argument("table", required=False, type=click.Path(path_type=Path))
@click.option("-o", "--output", "out", required=True, type=click.Path(path_type=Path), help="Where the results go.")
@click.option("--from-history", is_flag=True, help="Evaluate the measures of the stored history instead of a table.")
@filter_options
@click.option("--store", is_flag=True, help="Put the run and an assessment of each row into the history.")
@click.option("--engine", type=click.Choice(["columns", "durable"]), default="columns", show_default=True)
@click.option("--lists", is_flag=True, help="Rule states as lists of rules, not as bitmaps (always so but in Parquet).")
@click.option("--detail", is_flag=True, help="Also each right's bounds and each standard's verdict and status.")
@click.option("--summary", type=click.Path(path_type=Path), help="Write a page of counts and charts (HTML) here.")
@click.option("--strict", is_flag=True, help="Stop at the first rows that cannot be read.")
@click.option("--resume", is_flag=True, help="Go on with a run that was broken off.")
@click.option("--force", is_flag=True, help="Write over results that are there.")
@click.option("--as-of", metavar="DATE", help="Weigh standards at this date instead of the rows' own.")
@click.option("--standards", metavar="LIST", help="Weigh these standards, separated by commas.")
@click.option("--sheet", help="The sheet of a workbook.")
@click.option("--processes", type=click.IntRange(1, 256), help="Processes for --engine durable; one a core.")
@click.option("--dask", metavar="ADDRESS", help="Evaluate on this Dask cluster; `local` for two workers here.")
@click.option("--seed", type=int, help="Choose the checked sample by this number; drawn at random unless given.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.pass_context
def cases(ctx: click.Context, /, table: Path | None, out: Path, **given: Any) -> int:
    """Evaluate a table of measures (CSV, XLSX, JSONL, Parquet), one a row: verdicts, rules by state, first reason.

    The results' form follows the ending of OUTPUT. Rows that cannot be read go to OUTPUT.rejects with row, column and
    reason, and the exit code is then 1. A random sample of every run by columns is checked through the rules engine.

    With --from-history each stored measure is a row, as the newest of its assessments has it that pass the filters
    (--right to --case, as in `history list`); it is weighed at the date and by the standards of that assessment.

    With --store every row is assessed as `assess` does, so many rows in one transaction, and the results name each
    row's assessment. A run that is repeated or gone on with stores nothing twice.

    With --dask the workers of a cluster evaluate the rows, by the same kernel; the results are the same bytes.

    \b
    Example:
      rightscheck audit cases measures.csv -o results.parquet --summary summary.html
    """
    need_batch()
    if given["dask"]:
        need_dask(given)
    from rightscheck.audit.batch import run
    from rightscheck.audit.checks import Checker, Pool
    from rightscheck.audit.kernel import Kernel, Options
    from rightscheck.audit.outputs import Output
    from rightscheck.audit.tables import kind_of
    from rightscheck.cli.assess import date_option, standards_option
    from rightscheck.cli.audit_history import Keeper, case_of_row, id_of, record_run

    kind = kind_of(out, "result")
    options = Options(
        lists=given["lists"] or kind != "parquet",
        detail=given["detail"],
        strict=given["strict"],
        as_of=date_option(given["as_of"]),
        standards=tuple(standards_option(given["standards"]) or ()),
        sheet=given["sheet"],
    )
    source, stored = _source(ctx, table, out, given)
    book = book_of(ctx)
    history = (stored.store if stored else store_of(ctx)) if given["store"] else None
    described = {
        **source.described,
        "rulebook": book.sha256,
        "engine": __version__,
        "options": repr(options),
        "stored in": id_of(history) if history else None,
    }
    output = Output(out, kind, described, resume=given["resume"], force=given["force"])
    if output.complete:
        click.echo("the run was complete", err=True)
        return 0
    kernel = Kernel(book, options)
    progress = Progress(output.row, source.total)
    durable = given["engine"] == "durable"
    pool = Pool(kernel, (given["processes"] or os.cpu_count() or 1) if durable or history else 1)
    seed = secrets.randbits(32) if given["seed"] is None else given["seed"]
    records: list[int] = []

    def ending(tally: Tally) -> None:
        if history:
            digest = stored.digest if stored else digest_of(source.path)
            records.append(record_run(history, book, options, digest, tally))

    cluster = None
    try:
        if given["dask"]:
            from rightscheck.audit.cluster import Cluster

            cluster = Cluster(given["dask"], kernel)
        done = run(
            source,
            output,
            kernel,
            evaluate=pool.evaluate if durable else None,
            checker=None if durable else Checker(pool, seed),
            keep=Keeper(history, book, pool, stored.case_of if stored else case_of_row, options) if history else None,
            pieces=partial(cluster.pieces, source, seed=seed, encode=kind in ("parquet", "xlsx")) if cluster else None,
            progress=progress,
            ending=ending,
        )
    except KeyboardInterrupt:
        progress.end()
        click.echo(f"broken off; --resume goes on after row {output.row:,}", err=True)
        raise
    finally:
        progress.end()
        pool.close()
        if cluster:
            cluster.close()
    tally = done.tally
    number = records[0] if records else None
    if given["summary"]:
        from rightscheck.audit.summary_page import page
        from rightscheck.cli.files import written

        with written(given["summary"], replace=True) as stream:
            stream.write(page(tally, described).encode())
    if given["form"] == "json":
        told = {"run": number, "checked": done.checked, "seed": seed, "seconds": round(done.seconds, 3)}
        emit_json({**tally.data(), **told})
    else:
        from rightscheck.audit.summary import print_summary

        print_summary(tally, console())
        checked = f"{done.checked} checked by the rules engine (seed {seed})"
        click.echo(f"{tally.rows:,} measures in {done.seconds:.1f} s; {checked}.")
        if number is not None:
            click.echo(f"The run is record {number} of the history; `rightscheck history runs` lists runs.")
    if tally.repeats:
        many, rows = tally.repeats["measures"], tally.repeats["rows"]
        text = f"warning: {rows:,} rows give a measure that another row gives too (measures: {many:,}); each row counts"
        click.echo(text, err=True)
    if tally.rejected:
        click.echo(f"{tally.rejected:,} rows rejected; see {output.rejects}", err=True)
    return 1 if tally.rejected else 0


def _source(
    ctx: click.Context, table: Path | None, out: Path, given: dict[str, Any]
) -> tuple[Source, StoredMeasures | None]:
    """Return the rows the user chose, and the stored measures where they are those; raises InputError."""
    if given["from_history"]:
        if table is not None:
            raise InputError([Problem("a table and --from-history were both given", Place("audit cases"), str(table))])
        from rightscheck.audit.outputs import described_by
        from rightscheck.cli.audit_history import StoredMeasures as FromHistory

        upto = described_by(out).get("up to") if given["resume"] else None
        stored = FromHistory(store_of(ctx, create=False), filters_of(given), upto if isinstance(upto, int) else None)
        return stored.source(), stored
    wrong = [name for name in FILTERS if given[name] is not None]
    if table is None or wrong:
        text = "give a table, or --from-history" if table is None else "this filter goes with --from-history"
        raise InputError([Problem(text, Place("audit cases"), wrong[0] if wrong else "")])
    from rightscheck.audit.source import table_source

    source = table_source(table, given["sheet"])
    if not table.is_file():
        raise InputError([Problem("no such file", Place(str(table)))])
    if out.resolve() == table.resolve():
        raise InputError([Problem("the results cannot go over the table", Place(str(out)))])
    return source, None


def digest_of(path: Path | None) -> str:
    """Return the SHA-256 of a file; raises SurroundingsError."""
    assert path is not None
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise SurroundingsError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from None


__all__ = ["cases", "need_batch"]
