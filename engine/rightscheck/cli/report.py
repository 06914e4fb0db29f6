"""`rightscheck report`: a document from assessments."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rightscheck.assessment.assess import Reader
from rightscheck.cli.common import folder_of
from rightscheck.cli.explain import explainer_of
from rightscheck.cli.files import write_json, written
from rightscheck.cli.history_list import filter_options
from rightscheck.cli.report_many import given_filters, history_survey, is_table, table_survey
from rightscheck.cli.target import targets_of
from rightscheck.problems import InputError, Place, Problem, SurroundingsError, nearest
from rightscheck.resources import bundled

if TYPE_CHECKING:
    from rightscheck.assessment.explain import Explainer
    from rightscheck.report.blocks import Document
    from rightscheck.report.model import AgreementItem, Report
    from rightscheck.report.survey import Survey
    from rightscheck.report.texts import Texts
    from rightscheck.rulebook.locale import Locale

ENDINGS = ("html", "md", "json", "docx", "pdf")
ARRANGEMENTS = ("full", "iccpr", "osja", "hrddp", "compatibility")
_RENDERERS = {"html": "html", "md": "markdown", "docx": "word", "pdf": "pdf"}
_EXTRA = {"jinja2": "Jinja2", "markupsafe": "Jinja2", "babel": "Babel", "docx": "python-docx", "lxml": "python-docx"}
_EXTRA |= {"typst": "typst", "fast_sugiyama": "fast-sugiyama"}


@click.command()
@click.argument("targets", nargs=-1, metavar="TARGET...")
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE",
    help="Where to write; its ending says what: html, docx, pdf, md or json.",
)
@click.option("--measure", help="Only this measure of a case file.")
@click.option(
    "--as",
    "arrangement",
    type=click.Choice(ARRANGEMENTS),
    default="full",
    show_default=True,
    help=(
        "Arrange it as a treaty test, an assistance check, a due-diligence assessment, or a statement for a "
        "legislature."
    ),
)
@click.option("--history", is_flag=True, help="Report on the stored history instead; the options below narrow it.")
@filter_options
@click.pass_context
def report(
    ctx: click.Context,
    /,
    targets: tuple[str, ...],
    output: str,
    measure: str | None,
    arrangement: str,
    history: bool,
    **given: Any,
) -> None:
    """Write a report on stored assessments (by their numbers), on case files, or on tables of `audit cases` results.

    \b
    Examples:
      rightscheck report cases/seeds/kz-2016-website-shutdown.yaml -o shutdown.docx
      rightscheck report results.parquet -o batch.html
      rightscheck report --history --country KZ -o kazakhstan.html
    """
    path = Path(output)
    ending = checked_path(path)
    kind = _kind(targets, history, given)
    if kind != "cases" and (measure or arrangement != "full"):
        raise InputError([Problem("--measure and --as go with case files and stored assessments", Place("report"))])
    lang = ctx.obj.get("lang", "en")
    try:
        if kind == "cases":
            subjects = [explainer_of(found) for target in targets for found in targets_of(ctx, target, measure)]
            data = made(subjects, ending, lang, arrangement, locale_of(ctx, subjects[0], lang))
        else:
            survey = history_survey(ctx, given, lang) if history else table_survey(ctx, targets, lang)
            data = survey_rendered(survey, ending)
    except ModuleNotFoundError as error:
        package = _EXTRA.get((error.name or "").partition(".")[0])
        if package is None:
            raise
        text = f"a .{ending} report needs {package}: pip install 'rightscheck[report]'"
        raise InputError([Problem(text, Place("report"))]) from None
    with written(path, replace=True, asked=True) as stream:
        stream.write(data)


def _kind(targets: tuple[str, ...], history: bool, given: dict[str, Any]) -> str:
    """Return what a report is on: cases, tables or the history; raises InputError where they are mixed."""
    tables = [t for t in targets if is_table(t)]
    narrowing = given_filters(given)
    wrong = ""
    if history and targets:
        wrong = "--history takes no targets"
    elif narrowing and not history:
        wrong = f"{', '.join(narrowing)}: these narrow a report on the history (--history)"
    elif not targets and not history:
        wrong = "name a case file, a stored assessment or a table of results, or give --history"
    elif tables and len(tables) < len(targets):
        wrong = "report tables of results apart from cases and assessments"
    if wrong:
        raise InputError([Problem(wrong, Place("report"))])
    return "history" if history else "tables" if tables else "cases"


def checked_path(path: Path) -> str:
    """Return a report's ending; raises InputError where the ending or the place is wrong."""
    place = Place(str(path))
    ending = path.suffix.lower().removeprefix(".")
    if ending not in ENDINGS:
        hint = nearest(ending, ENDINGS) if ending else ""
        raise InputError([Problem(f"the ending says the format: {', '.join(ENDINGS)}", place, ending, hint)])
    try:
        if path.is_dir():
            raise InputError([Problem("is a folder", place)])
        if not path.parent.is_dir():
            raise InputError([Problem("its folder does not exist", place)])
    except (OSError, ValueError):
        raise InputError([Problem("is no path a file can have", place)]) from None
    if not os.access(path.parent, os.W_OK):
        raise InputError([Problem("its folder cannot be written", place)])
    return ending


def locale_of(ctx: click.Context, subject: Explainer, lang: str) -> Locale | None:
    """Return the texts of the rules in a language, where some stand beside the rules; raises InputError."""
    if lang == "en":
        return None
    from rightscheck.rulebook.locale import load_locale

    return load_locale(folder_of(ctx), lang, subject.book.content, other=True)


def made(subjects: list[Explainer], ending: str, lang: str, arrangement: str, locale: Locale | None = None) -> bytes:
    """Return the report on some assessed measures in a format."""
    from rightscheck.report.build import build
    from rightscheck.report.texts import Texts

    texts = Texts(lang)
    agreement = agreement_of(subjects[0])
    found = build(subjects, texts, arrangement=arrangement, agreement=agreement, locale=locale)  # type: ignore[arg-type]
    return rendered(found, texts, ending)


def rendered(found: Report, texts: Texts, ending: str) -> bytes:
    """Return a report in a format."""
    if ending == "json":
        return (found.model_dump_json(indent=2) + "\n").encode()
    from rightscheck.report.arrange import document

    return _set(document(found, texts), ending)


def survey_rendered(found: Survey, ending: str) -> bytes:
    """Return a report on many measures in a format."""
    if ending == "json":
        return (found.model_dump_json(indent=2) + "\n").encode()
    from rightscheck.report.survey_pages import survey_document
    from rightscheck.report.texts import Texts

    return _set(survey_document(found, Texts(found.lang)), ending)


def _set(doc: Document, ending: str) -> bytes:
    module = importlib.import_module(f"rightscheck.report.{_RENDERERS[ending]}")
    data: bytes = module.render(doc)
    return data


def agreement_of(subject: Explainer) -> list[AgreementItem]:
    """Return how far this rulebook agrees with the decided cases, and what first runs on unseen cases gave.

    The figures kept beside the cases serve, where they are this rulebook's; else they are measured once and remembered.
    """
    from rightscheck.audit.agreement import agreement_items, agreement_key, kept_agreement, unseen_item
    from rightscheck.report.model import AgreementItem

    folder = bundled("cases") / "decided"
    unseen = unseen_item(folder)
    first = [AgreementItem.model_validate(unseen)] if unseen else []
    key = agreement_key(folder, subject.result.rulebook.sha256)
    known = _remembered(key)
    items = kept_agreement(folder, key)
    if items is None:
        with contextlib.suppress(OSError, ValueError):
            items = json.loads(known.read_bytes())
    if items is not None:
        with contextlib.suppress(ValueError, TypeError):
            return [*first, *(AgreementItem.model_validate(item) for item in items)]
    from rightscheck.audit.decided import case_files, rulings_of

    items = agreement_items(rulings_of(Reader(subject.book), case_files(folder)))
    with contextlib.suppress(OSError, InputError, SurroundingsError):
        known.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_json(known, items, replace=True)
    return [*first, *(AgreementItem.model_validate(item) for item in items)]


def _remembered(key: str) -> Path:
    import platformdirs

    return Path(platformdirs.user_cache_dir("rightscheck")) / f"agreement-{key[:32]}.json"
