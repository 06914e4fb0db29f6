"""Reports on many measures: the stored history, or tables of results."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rightscheck.cli.common import book_of
from rightscheck.problems import InputError, Place, Problem

if TYPE_CHECKING:
    from rightscheck.assessment.counts import Counts
    from rightscheck.report.survey import Survey

TABLES = (".csv", ".xlsx", ".jsonl", ".ndjson", ".parquet")


def is_table(target: str) -> bool:
    """Whether a target is a table by its ending."""
    return Path(target).suffix.lower() in TABLES


def given_filters(given: dict[str, Any]) -> dict[str, str]:
    """Return the filters that were given, by their option."""
    names = {"type_": "type", "digest": "rulebook"}
    return {f"--{names.get(k, k).replace('_', '-')}": str(v) for k, v in given.items() if v is not None}


def history_survey(ctx: click.Context, given: dict[str, Any], lang: str) -> Survey:
    """Return the report on the stored history, narrowed by its filters; raises InputError, SurroundingsError."""
    from rightscheck.cli.history_list import filters_of
    from rightscheck.cli.store import store_of
    from rightscheck.history.counts import count_history

    filters = filters_of(given)
    with store_of(ctx, create=False).reading() as connection:
        counts = count_history(connection, filters)
    return _survey(ctx, counts, "history", lang, filters=given_filters(given))


def table_survey(ctx: click.Context, targets: tuple[str, ...], lang: str) -> Survey:
    """Return the report on tables of results; raises InputError, SurroundingsError."""
    from rightscheck.cli.audit_cases import need_batch

    need_batch()
    from rightscheck.audit.counts import count_results

    paths = [Path(t) for t in targets]
    if len({p.resolve() for p in paths}) < len(paths):
        raise InputError([Problem("the same table is named twice; its measures would count twice", Place("report"))])
    return _survey(ctx, count_results(paths), "batch", lang, origin=[p.name for p in paths])


def _survey(ctx: click.Context, counts: Counts, kind: Any, lang: str, **more: Any) -> Survey:
    from rightscheck.report.sentences import Speaker
    from rightscheck.report.survey import survey
    from rightscheck.report.survey_pages import survey_title
    from rightscheck.report.texts import Texts

    texts = Texts(lang)
    book = None
    with contextlib.suppress(InputError):  # titles of rules are an extra
        book = book_of(ctx)
    if book is not None and counts.rulebooks and book.sha256 not in counts.rulebooks:
        book = None
    title = survey_title(kind, texts)
    return survey(counts, kind=kind, title=title, disclaimer=Speaker(texts).disclaimer(), lang=lang, book=book, **more)


__all__ = ["given_filters", "history_survey", "is_table", "table_survey"]
