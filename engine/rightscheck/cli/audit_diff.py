"""`rightscheck audit diff`: the verdicts that another rulebook changes, and the edits that change them."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rightscheck.cli.audit_cases import need_batch
from rightscheck.cli.common import COLOURS, console, emit_json
from rightscheck.cli.rulebooks import Named, rulebook_named
from rightscheck.cli.rules_diff import clean
from rightscheck.problems import InputError, Place, Problem

if TYPE_CHECKING:
    from rightscheck.audit.changes import Comparison, MeasureChange, VerdictChange
    from rightscheck.audit.source import Source
    from rightscheck.rulebook.mixing import Mixer

HISTORY = "history"
_CASES = (".yaml", ".yml", ".json")
_ENDINGS = (".csv", ".jsonl")
_WAYS = ("milder", "graver", "new", "gone")
_COLUMNS = ("row", "case", "measure", "country", "date", "right", "standard", "old", "new", "direction", "because")


@click.command()
@click.argument("old")
@click.argument("new")
@click.option("--over", default=HISTORY, show_default=True, help="A table, a case file, a folder of cases, `history`.")
@click.option("--sheet", help="The sheet of a workbook.")
@click.option(
    "--changelog", type=click.Path(path_type=Path), help="The CHANGELOG; that of the NEW folder unless given."
)
@click.option("--limit", type=click.IntRange(min=0), default=20, show_default=True, help="Changed measures shown.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write every change to this .csv or .jsonl file.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.pass_context
def diff(ctx: click.Context, /, old: str, new: str, **given: Any) -> int:
    """Show which verdicts change under another rulebook, in which direction, and which edits cause each change.

    OLD and NEW are folders of rules, `bundled`, or the beginning of a stored rulebook's digest. The cause of a change
    is the smallest set of edits that by itself turns the old verdict into the new. Exit 1 where a verdict gets milder
    and an edit that causes it is not listed in the NEW rulebook's CHANGELOG under "Verdicts that get milder".

    \b
    Example:
      rightscheck audit diff bundled my-rules --over cases/decided
    """
    need_batch()
    from rightscheck.audit.changes import Comparison as Compared

    output: Path | None = given["output"]
    if output is not None and output.suffix.lower() not in _ENDINGS:
        raise InputError([Problem("changes are written to a .csv or .jsonl file", Place(str(output)))])
    source = _source(ctx, given["over"], given["sheet"])
    before, after = rulebook_named(ctx, old), rulebook_named(ctx, new)
    listed, changelog = _listed(before, after, given["changelog"])
    comparison = Compared(before.book, after.book, listed)
    shown: list[MeasureChange] = []
    with _progress() as progress, _writer(output, given["force"]) as write:
        for item in comparison.run(source, progress):
            write(item)
            if len(shown) < given["limit"]:
                shown.append(item)
    if given["form"] == "json":
        emit_json(_data(before, after, source, changelog, comparison, shown))
    else:
        _print(before, after, source, comparison, shown)
    totals = comparison.totals
    for reject in totals.rejects:
        click.echo(str(Problem(reject.reason, Place(f"{source.name}: row {reject.row}"), reject.column)), err=True)
    if totals.rejected:
        click.echo(f"{totals.rejected:,} rows cannot be read and are not compared", err=True)
    if totals.unlisted:
        _tell_unlisted(totals.unlisted, changelog)
    return 1 if totals.unlisted or totals.rejected else 0


# --- what is read ------------------------------------------------------------------------------


def _source(ctx: click.Context, over: str, sheet: str | None) -> Source:
    """Return the measures to compare over; raises InputError."""
    from rightscheck.audit.source import table_source

    if over == HISTORY:
        from rightscheck.cli.audit_history import StoredMeasures
        from rightscheck.cli.store import store_of
        from rightscheck.history.query import Filters

        return StoredMeasures(store_of(ctx, create=False), Filters()).source()
    path = Path(over)
    if path.is_dir() or path.suffix.lower() in _CASES:
        return _cases(path)
    if not path.is_file():
        raise InputError([Problem("no such table, case file or folder of cases", Place(over))])
    return table_source(path, sheet)


def _cases(path: Path) -> Source:
    """Return the measures of case files; every file is read and checked first."""
    from rightscheck.audit.firings import case_files
    from rightscheck.audit.source import Source as Rows
    from rightscheck.audit.tables import Row, gathered, row_of
    from rightscheck.facts.case import measures_of
    from rightscheck.facts.read import read_case
    from rightscheck.facts.values import plain_facts

    problems: list[Problem] = []
    rows: list[dict[str, Any]] = []
    for file in case_files(path) if path.is_dir() else [path]:
        if file.name == "expected.yaml":  # the verdicts that a folder's cases should have
            continue
        try:
            case = read_case(file).case
        except InputError as error:
            problems += error.problems
            continue
        head = {"case": case.case, "country": case.country, "date": case.date, "standards": case.standards}
        for measure in measures_of(case):
            rows.append({**head, "measure": measure.id, "title": measure.title, **plain_facts(measure.facts())})
    if not rows and not problems:
        problems.append(Problem("no case file here", Place(str(path))))
    if problems:
        raise InputError(problems)

    def read() -> Iterator[Row]:
        for number, row in enumerate(rows, 1):
            yield row_of(number, row, number / len(rows))

    return Rows(str(path), lambda skip: gathered(read(), skip), len(rows), {"cases": str(path.resolve())})


def _listed(before: Named, after: Named, given: Path | None) -> tuple[dict[str, Place], Path | None]:
    """Return the edits that the CHANGELOG lists as making verdicts milder, and where it is."""
    from rightscheck.audit.changelog import check_names, milder_between, read_changelog
    from rightscheck.facts.text import read_bytes
    from rightscheck.rulebook.edits import Edit, parts_of

    path = given
    if path is None and after.folder is not None and (after.folder / "CHANGELOG.md").is_file():
        path = after.folder / "CHANGELOG.md"
    if path is None:
        return {}, None
    text = read_bytes(path).decode("utf-8", "replace")
    versions = (named.book.content.version for named in (before, after))
    listed = milder_between(read_changelog(text, str(path)), *versions)
    known = {Edit(key, "changed").name for named in (before, after) for key in parts_of(named.book.content)}
    check_names(listed, known | {Edit(("presumption",), "reordered").name})
    return listed, path


# --- what is written ---------------------------------------------------------------------------


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Say how far it is on standard error: one line rewritten on a terminal, one each ten seconds elsewhere."""
    terminal, last = sys.stderr.isatty(), time.monotonic()

    def tell(text: str) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= (0.3 if terminal else 10):
            last = now
            click.echo(f"\r{text}\x1b[K" if terminal else text, err=True, nl=not terminal)

    try:
        yield tell
    finally:
        if terminal:
            click.echo("\r\x1b[K", err=True, nl=False)


@contextlib.contextmanager
def _writer(path: Path | None, force: bool) -> Iterator[Callable[[MeasureChange], None]]:
    if path is None:
        yield lambda _: None
        return
    from rightscheck.cli.files import written

    with written(path, replace=force) as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
        if path.suffix.lower() == ".csv":
            table = csv.writer(text)
            table.writerow(_COLUMNS)
            yield lambda item: table.writerows(_cells(item))
        else:
            yield lambda item: _line(text, item)
        text.flush()
        text.detach()


def _line(text: io.TextIOWrapper, item: MeasureChange) -> None:
    text.write(json.dumps(asdict(item), ensure_ascii=False) + "\n")


def _cells(item: MeasureChange) -> Iterator[list[object]]:
    for c in item.changes:
        head: list[object] = [item.row, item.case, item.measure, item.country, item.date]
        yield [*head, c.right, c.standard, c.old, c.new, c.direction, because(c)]


def because(change: VerdictChange) -> str:
    """Return the edits behind a change in words: `and` within a set, `or` between sets that suffice alone."""
    sets = [" and ".join(edits) for edits in change.because]
    return " or ".join(f"({s})" if len(sets) > 1 and " and " in s else s for s in sets)


def _data(
    before: Named,
    after: Named,
    source: Source,
    changelog: Path | None,
    comparison: Comparison,
    shown: list[MeasureChange],
) -> dict[str, Any]:
    totals, mixer = comparison.totals, comparison.mixer
    return {
        "old": before.data(),
        "new": after.data(),
        "over": source.name,
        "changelog": str(changelog) if changelog else None,
        "rows": totals.rows,
        "rejected": totals.rejected,
        "changed": totals.changed,
        "verdicts": {level: dict(counts) for level, counts in totals.levels.items()},
        "measures": [{"old": a, "new": b, "count": n} for (a, b), n in totals.steps.most_common()],
        "edits": [{"name": name, "moves": dict(totals.edits.get(name, {}))} for name in _names(mixer)],
        "unlisted": dict(totals.unlisted),
        "tried": totals.tried,
        "shown": [asdict(item) for item in shown],
    }


def _names(mixer: Mixer) -> list[str]:
    return [name for group in range(len(mixer.groups)) for name in mixer.names(group)]


def _print(before: Named, after: Named, source: Source, comparison: Comparison, shown: list[MeasureChange]) -> None:
    from rich.table import Table
    from rich.text import Text

    totals, names = comparison.totals, _names(comparison.mixer)
    out = console()
    for line in (f"from {before}", f"to   {after}", f"over {source.name}"):
        out.print(Text(clean(line)))
    text = f"{len(comparison.mixer.edits)} edits, {len(names)} of which can bear on a verdict"
    out.print(Text(f"{text}; {totals.rows:,} measures, {totals.changed:,} with a changed verdict"))
    if not totals.changed:
        return
    table = Table("verdicts of", *_WAYS, box=None)
    for level, counts in totals.levels.items():
        table.add_row(f"{level}s", *(f"{counts[way]:,}" for way in _WAYS))
    out.print(table)
    for (old, new), count in totals.steps.most_common():
        out.print(Text(f"  {old} to {new}: {count:,} {'measure' if count == 1 else 'measures'}"))
    table = Table("edit", "milder for", "graver for", "", box=None)
    ranked = sorted(totals.edits.items(), key=lambda i: (-i[1]["milder"], -i[1]["graver"], i[0]))
    for name, ways in ranked:
        note = "not listed in the CHANGELOG" if name in totals.unlisted else ""
        table.add_row(Text(clean(name)), f"{ways['milder']:,}", f"{ways['graver']:,}", Text(note, style="bold red"))
    out.print(table)
    for item in shown:
        out.print(Text(clean(f"{item.case} / {item.measure}"), style="bold"))
        for change in (c for c in item.changes if c.level != "standard" or _alone(c, item)):
            what = change.standard and f"{change.right} ({change.standard})" or change.right or "the measure"
            out.print(_told(what, change))
    if totals.changed > len(shown):
        out.print(Text(f"and {totals.changed - len(shown):,} measures more; -o FILE writes all"))


def _alone(change: VerdictChange, item: MeasureChange) -> bool:
    """Whether a change under a standard does not show in the verdict of its right."""
    return all(c.right != change.right or c.standard is not None for c in item.changes)


def _told(what: str, change: VerdictChange) -> Any:
    from rich.padding import Padding
    from rich.text import Text

    line = Text(f"{what}: ")
    for number, verdict in enumerate((change.old, change.new)):
        line.append(" to " if number else "")
        line.append(verdict or "not reported", style=COLOURS.get(verdict or "", ""))
    mark = "" if change.smallest else " (nothing can be left out)"
    line.append(f" ({change.direction}), because of {clean(because(change))}{mark}")
    return Padding(line, (0, 0, 0, 2), expand=False)


def _tell_unlisted(unlisted: dict[str, int], changelog: Path | None) -> None:
    from rightscheck.audit.changelog import SECTION

    where = str(changelog) if changelog else "the NEW rulebook, which has no CHANGELOG here,"
    click.echo(f'verdicts get milder by edits that {where} does not list under "### {SECTION}":', err=True)
    for name, count in sorted(unlisted.items(), key=lambda item: (-item[1], item[0])):
        click.echo(f"- `{clean(name)}`: <why> ({count:,} {'measure' if count == 1 else 'measures'})", err=True)


__all__ = ["because", "diff"]
