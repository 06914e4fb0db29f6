"""`rightscheck rules`: the rulebook."""

from __future__ import annotations

import os
from pathlib import Path

import click

from rightscheck.assessment.assess import Reader
from rightscheck.audit.examples import test_rulebook
from rightscheck.cli.common import book_of, console, emit_json, folder_of
from rightscheck.cli.rules_diff import diff
from rightscheck.cli.rules_graph import graph
from rightscheck.cli.rules_locale import locale
from rightscheck.problems import InputError, Place, Problem, SurroundingsError, nearest
from rightscheck.readings.durable import Durable
from rightscheck.resources import bundled
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.locale import languages_of, load_locale
from rightscheck.rulebook.model import Rule


@click.group()
def rules() -> None:
    """List, show and check the rulebook.

    \b
    Example:
      rightscheck rules show assembly-blanket-ban
    """


def _data(book: Rulebook, rule: Rule) -> dict[str, object]:
    data = rule.model_dump(exclude_none=True)
    data["sources"] = [
        {
            "standard": standard,
            "proposition": name,
            "source": book.propositions[name].source,
            "title": book.sources[book.propositions[name].source].title,
            "pinpoint": book.propositions[name].pinpoint,
            "verified": book.propositions[name].verified,
            "says": book.propositions[name].proposition,
            "url": book.propositions[name].url or book.sources[book.propositions[name].source].url,
        }
        for standard, names in rule.law.items()
        for name in names
    ]
    return data


@rules.command("list")
@click.option("--right", help="Only rules for this right.")
@click.option("--stage", help="Only rules at this stage of the test.")
@click.option("--source", help="Only rules resting on this source or proposition.")
@click.option("--critique", help="Only rules carrying this criterion (C01 to C60).")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.pass_context
def list_(
    ctx: click.Context, right: str | None, stage: str | None, source: str | None, critique: str | None, form: str
) -> None:
    """List rules by right, stage, source or criterion.

    \b
    Example:
      rightscheck rules list --right assembly
    """
    book = book_of(ctx)
    chosen = []
    for rule in book.content.rules:
        cited = {name for names in rule.law.values() for name in names}
        cited |= {book.propositions[name].source for name in cited}
        if (
            (right is None or right in rule.rights)
            and (stage is None or stage == rule.stage)
            and (source is None or source in cited)
            and (critique is None or critique in rule.critiques)
        ):
            chosen.append(rule)
    if form == "json":
        emit_json([_data(book, rule) for rule in chosen])
        return
    from rich.table import Table

    table = Table("rule", "rights", "stage", "effect", "title")
    for rule in chosen:
        table.add_row(rule.id, ", ".join(rule.rights), rule.stage, rule.effect, rule.title)
    console().print(table)
    click.echo(f"{len(chosen)} rules of {len(book.rules)}")


@rules.command()
@click.argument("rule_id")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def show(ctx: click.Context, rule_id: str, form: str) -> None:
    """Show one rule with its law.

    \b
    Example:
      rightscheck rules show assembly-blanket-ban
    """
    book = book_of(ctx)
    if rule_id not in book.rules:
        raise InputError([Problem("no such rule", Place("rules"), rule_id, nearest(rule_id, book.rules))])
    rule = book.rules[rule_id]
    if form == "json":
        emit_json(_data(book, rule))
        return
    click.echo(f"{rule.id}: {rule.title}")
    click.echo(f"  rights     {', '.join(rule.rights)}")
    click.echo(f"  stage      {rule.stage}")
    click.echo(f"  effect     {rule.effect}{' (absolute bar)' if rule.absolute else ''}")
    click.echo(f"  when       {rule.when}")
    if rule.unless:
        click.echo(f"  unless     {rule.unless}")
    if rule.answers:
        named = [a if isinstance(a, str) else f"{a.right} at {a.stage}" for a in rule.answers]
        click.echo(f"  answers    {', '.join(named)}")
    click.echo(f"  because    {rule.because}")
    click.echo(f"  cure       {rule.cure or '-'}")
    click.echo(f"  limits     {rule.limits or '-'}")
    if rule.critiques:
        click.echo(f"  critiques  {', '.join(rule.critiques)}")
    click.echo("  law")
    for standard, names in rule.law.items():
        for name in names:
            item = book.propositions[name]
            title = book.sources[item.source].title
            mark = "" if item.verified == "seen" else f" [pinpoint not verified: {item.verified}]"
            click.echo(f"    {standard}: {title}, {item.pinpoint or 'as a whole'}{mark}")
            click.echo(f"      {item.proposition}")


@rules.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--severity",
    type=click.Choice(["error", "warning", "info"]),
    default="info",
    show_default=True,
    help="The lowest severity listed; errors decide the exit code whatever is listed.",
)
@click.option("--only", multiple=True, metavar="ID", help="Run this check alone; may be given again.")
@click.option(
    "--cases", type=click.Path(path_type=Path), help="Decided cases to look at; the bundled ones unless given."
)
@click.pass_context
def check(ctx: click.Context, form: str, severity: str, only: tuple[str, ...], cases: Path | None) -> int:
    """Check the rulebook as a whole: its law, logic and texts; exit 1 where there is an error.

    Every finding has a stable id: E is an error, W a warning, I information. Findings accepted with a reason stand in
    waivers.yaml beside the rules. A rulebook that does not load is refused with its faults and exit 2.

    \b
    Example:
      rightscheck --rulebook my-rules rules check --severity warning
    """
    from rightscheck.audit.lint import check_rulebook, counts, finding_data

    book = book_of(ctx)
    folder = folder_of(ctx)
    for lang in languages_of(folder):
        load_locale(folder, lang, book.content)  # refuses faulty translations
    chosen, findings = check_rulebook(book, folder, cases or _decided(), only)
    trees = book.trees
    Durable(trees.factors, trees.when, trees.unless, frozenset(book.content.in_play.always)).close()
    order = ("error", "warning", "info")
    listed = [f for f in findings if order.index(f.severity) <= order.index(severity)]
    number = counts(findings)
    if form == "json":
        emit_json(
            {
                "rulebook": _summary(book),
                "folder": str(folder),
                "checks": [{"id": c.id, "severity": c.severity, "summary": c.summary} for c in chosen],
                "findings": [finding_data(f) for f in listed],
                "counts": number,
            }
        )
    else:
        for f in listed:
            if f.waived is None:
                place = Place(_shown(folder / f.file), f.line, f.column)
                click.echo(f"{place}: {f.check} {f.subject}: {f.message}")
        content = book.content
        click.echo(
            f"{content.name} {content.version}: {len(content.rules)} rules, {len(content.factors)} factors, "
            f"{len(content.propositions)} propositions of {len(content.sources)} sources; sha256 {book.sha256}"
        )
        click.echo(
            f"{number['error']} errors, {number['warning']} warnings, {number['info']} of information, "
            f"{number['waived']} waived"
        )
    return 1 if number["error"] else 0


def _summary(book: Rulebook) -> dict[str, object]:
    content = book.content
    return {
        "name": content.name,
        "version": content.version,
        "sha256": book.sha256,
        "rules": len(content.rules),
        "factors": len(content.factors),
        "propositions": len(content.propositions),
        "sources": len(content.sources),
    }


def _decided() -> Path | None:
    folder = bundled("cases") / "decided"
    return folder if folder.is_dir() else None


def _shown(path: Path) -> str:
    """Return a path as a person would type it: from the current folder where it is below it."""
    return os.path.relpath(path) if path.resolve().is_relative_to(Path.cwd()) else str(path)


@rules.command()
@click.option("--coverage", is_flag=True, help="List the conditions that no pair of a rule's examples shows to matter.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def test(ctx: click.Context, coverage: bool, form: str) -> int:
    """Run the rules' own examples; exit 1 where one fails or a rule lacks one.

    With --coverage, a condition counts as shown where two examples differ in the result because of it alone (MC/DC).

    \b
    Example:
      rightscheck rules test --coverage
    """
    from rightscheck.audit.coverage import coverage as coverage_of_book

    book = book_of(ctx)
    faults = test_rulebook(book)
    examples = sum(len(rule.examples) for rule in book.content.rules)
    conditions = coverage_of_book(book) if coverage else []
    shown = sum(c.shown for c in conditions)
    share = shown / len(conditions) if conditions else None
    if form == "json":
        data: dict[str, object] = {
            "rulebook": {"name": book.content.name, "version": book.content.version, "sha256": book.sha256},
            "rules": len(book.rules),
            "examples": examples,
            "faults": [{"rule": fault.rule, "message": fault.message} for fault in faults],
        }
        if coverage:
            missed = [{"rule": c.rule, "part": c.part, "condition": c.text} for c in conditions if not c.shown]
            data["coverage"] = {"conditions": len(conditions), "shown": shown, "share": share, "not_shown": missed}
        emit_json(data)
    else:
        for fault in faults:
            click.echo(f"{fault.rule}: {fault.message}")
        for c in conditions:
            if not c.shown:
                click.echo(f"{c.rule}: {c.part}: no pair of examples shows that `{c.text}` matters")
        if share is not None:
            click.echo(f"{shown} of {len(conditions)} conditions shown to matter ({share:.1%})")
        click.echo(f"{len(book.rules)} rules, {examples} examples, {len(faults)} faults")
    return 1 if faults or not book.rules else 0


@rules.command()
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The Markdown file to write; else printed.")
@click.option("--cases", type=click.Path(path_type=Path), help="The articles' cases; the bundled ones unless given.")
@click.pass_context
def critiques(ctx: click.Context, output: Path | None, cases: Path | None) -> None:
    """Write the table of criteria: the rules that carry each, and the articles' measures for which they fire.

    \b
    Example:
      rightscheck rules critiques -o docs/critiques.md
    """
    from rightscheck.audit.critiques import critiques_table, read_criteria, seed_measures

    folder = folder_of(ctx)
    criteria = read_criteria(folder)
    if criteria is None:
        raise InputError([Problem("has no critiques.yaml, so there are no criteria", Place(str(folder)))])
    reader = Reader(book_of(ctx))
    measures = seed_measures(reader, cases or bundled("cases") / "seeds")
    text = critiques_table(reader.book, criteria, measures)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SurroundingsError(f"{output}: {error.strerror}") from None
    click.echo(f"{len(criteria)} criteria, {len(measures)} measures written to {output}", err=True)


rules.add_command(diff)
rules.add_command(graph)
rules.add_command(locale)
