"""`rightscheck rules`: the rulebook."""

from __future__ import annotations

import click

from rightscheck.audit.examples import test_rulebook
from rightscheck.cli.common import book_of, console, emit_json
from rightscheck.readings.durable import Durable
from rightscheck.rulebook.book import Rulebook
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
    from rightscheck.problems import InputError, Place, Problem, nearest

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
@click.pass_context
def check(ctx: click.Context) -> None:
    """Load the rulebook, check it as a whole, and compile it for the rules engine.

    \b
    Example:
      rightscheck --rulebook my-rules rules check
    """
    book = book_of(ctx)
    trees = book.trees
    engine = Durable(trees.factors, trees.when, trees.unless, frozenset(book.content.in_play.always))
    engine.close()
    content = book.content
    click.echo(
        f"{content.name} {content.version}: {len(content.rules)} rules, {len(content.factors)} factors, "
        f"{len(content.propositions)} propositions of {len(content.sources)} sources; sha256 {book.sha256}"
    )


@rules.command()
@click.pass_context
def test(ctx: click.Context) -> int:
    """Run the rules' own examples; exit 1 where one fails or a rule lacks one.

    \b
    Example:
      rightscheck rules test
    """
    book = book_of(ctx)
    faults = test_rulebook(book)
    for fault in faults:
        click.echo(f"{fault.rule}: {fault.message}")
    examples = sum(len(rule.examples) for rule in book.content.rules)
    click.echo(f"{len(book.rules)} rules, {examples} examples, {len(faults)} faults")
    return 1 if faults or not book.rules else 0
