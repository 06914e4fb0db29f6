"""`rightscheck facts` and `rightscheck schema`: what a case file may say."""

from __future__ import annotations

import click

from rightscheck.cli.common import console, emit_json
from rightscheck.facts.schema import case_schema
from rightscheck.facts.vocabulary import Fact, vocabulary
from rightscheck.problems import InputError, Place, Problem, nearest


def _data(fact: Fact) -> dict[str, object]:
    return {
        "name": fact.name,
        "type": fact.kind,
        "unit": fact.unit or None,
        "asks": fact.asks,
        "role": fact.role,
        "protects": fact.protects,
        "values": fact.values or None,
    }


@click.command()
@click.argument("name", required=False)
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def facts(name: str | None, form: str) -> None:
    """Show the vocabulary: all facts, a group of them, or one with its values.

    \b
    Example:
      rightscheck facts law.precision
    """
    known = vocabulary()
    if name is None:
        chosen = list(known.facts.values())
    elif name in known:
        chosen = [known[name]]
    elif name in known.groups:
        chosen = [known[member] for member in known.groups[name]]
    else:
        hint = nearest(name, [*known.facts, *known.groups])
        raise InputError([Problem("no such fact or group", Place("facts"), name, hint)])
    if form == "json":
        emit_json([_data(fact) for fact in chosen])
        return
    if len(chosen) == 1:
        fact = chosen[0]
        click.echo(f"{fact.name} ({fact.kind}{', in ' + fact.unit if fact.unit else ''}): {fact.asks}")
        for value, text in fact.values.items():
            click.echo(f"  {value}: {text}")
        click.echo(f"  role: {fact.role}" + (f"; protects more: {fact.protects}" if fact.protects else ""))
        return
    from rich.table import Table

    table = Table("fact", "type", "question", "values")
    for fact in chosen:
        table.add_row(fact.name, fact.kind, fact.asks, ", ".join(fact.values))
    console().print(table)


@click.command()
@click.option(
    "--draft", type=click.Choice(["2020-12", "07"]), default="2020-12", show_default=True, help="07 is for editors."
)
def schema(draft: str) -> None:
    """Print the JSON Schema of a case file.

    \b
    Example:
      rightscheck schema --draft 07 > case.schema.json
    """
    emit_json(case_schema(draft))
