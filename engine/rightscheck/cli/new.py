"""`rightscheck new`: a case file to fill in, with the questions that matter for a type of measure as comments."""

from __future__ import annotations

import textwrap
from pathlib import Path

import click

from rightscheck.cli.common import book_of
from rightscheck.facts.vocabulary import IDENTITY, Fact, vocabulary
from rightscheck.problems import InputError, Place, Problem, nearest
from rightscheck.readings.kleene import FALSE, Kleene, Situation
from rightscheck.rulebook.book import Rulebook

_TYPES = tuple(vocabulary()["type"].values)
_WIDTH = 110


def facts_that_matter(book: Rulebook, type_: str | None) -> tuple[list[str], set[str]]:
    """Return the facts that rules on the rights such a measure may touch rest on, and those of core questions."""
    in_play = book.calls_for(type_) | {IDENTITY}
    kleene = Kleene(book.trees.factors, Situation({"type": type_} if type_ else {}, frozenset(in_play)))
    touched = [right for right, tree in book.trees.engagement.items() if kleene.value(tree) != FALSE]
    core = {name for right in touched for question in book.core.get(right, ()) for name in question.facts}
    wanted = set(core)
    for right in touched:
        wanted.update(book.facts_of(book.trees.engagement[right]))
        for rule in book.rules_by_right.get(right, ()):
            if kleene.value(book.trees.when[rule.id]) != FALSE:
                wanted.update(book.facts_of_rule[rule.id])
    return [n for n, f in vocabulary().facts.items() if n in wanted and f.group in in_play], core


def skeleton(book: Rulebook, type_: str | None, case: str) -> str:
    """Return the text of a case file to fill in; every question is left unknown."""
    names, core = facts_that_matter(book, type_)
    lines = [
        "# yaml-language-server: $schema=case.schema.json",
        "# A case to fill in. Leave empty what is not known: unknown is not no, and never makes a measure look safe.",
        "# Lines marked (!) belong to a core question: without one answer to each, there is no verdict.",
        f"case: {case}",
        f"title: {case.replace('-', ' ').capitalize()}",
        "# Two capital letters, such as KZ; with the date it tells which standards bind the State.",
        "country:",
        "# Such as 2005-04-11, 2005-04 or 2005.",
        "date:",
        "# standards: [iccpr]        # those to weigh; left out: those binding at the date",
        "# sources:                  # where the facts come from",
        "#   - {id: a-source, title: Its title, locator: para 6, url: https://example.org}",
        "measures:",
        "  - id: measure-1",
        "    title: What the measure is",
    ]
    lines += _comment(f"{vocabulary()['type'].asks}", 4)
    lines += [f"    type: {type_}"] if type_ else [*_values(vocabulary()["type"], 4), "    type:"]
    for name in ("stage", "restricts"):
        lines += _fact(vocabulary()[name], name in core, 4)
    for group, members in vocabulary().groups.items():
        asked = [name for name in members if name in names]
        if group != IDENTITY and asked:
            lines += ["", f"    {group}:"]
            for name in asked:
                lines += _fact(vocabulary()[name], name in core, 6)
    lines += [
        "",
        "    # evidence:             # which source says so, fact by fact",
        "    #   law.basis: {source: a-source, locator: para 6, quote: at most ten words}",
        "    # claims:               # what a party says instead",
        "    #   - {by: government, facts: {law.basis: statute}}",
    ]
    return "\n".join(lines) + "\n"


def _comment(text: str, indent: int) -> list[str]:
    lead = " " * indent + "# "
    return textwrap.wrap(text, _WIDTH, initial_indent=lead, subsequent_indent=lead + "  ", break_on_hyphens=False)


def _values(fact: Fact, indent: int) -> list[str]:
    return [line for value, text in fact.values.items() for line in _comment(f"  {value}: {text}", indent)]


def _fact(fact: Fact, core: bool, indent: int) -> list[str]:
    how = {"bool": "true or false", "int": f"a whole number of {fact.unit}", "set": "a list, such as [a, b]"}
    hint = f" ({how[fact.kind]})" if fact.kind in how else ""
    lines = _comment(f"{'(!) ' if core else ''}{fact.asks}{hint}", indent)
    return [*lines, *_values(fact, indent), f"{' ' * indent}{fact.name.rpartition('.')[2]}:"]


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--type", "type_", metavar="TYPE", help="The type of measure (rightscheck facts type).")
@click.option("--force", is_flag=True, help="Write over a file that is there already.")
@click.pass_context
def new(ctx: click.Context, file: Path, type_: str | None, force: bool) -> None:
    """Write a case file to fill in, with the questions that matter for a type of measure as comments.

    \b
    Example:
      rightscheck new --type website-blocking my-case.yaml
    """
    from rightscheck.cli.files import written

    if type_ is not None and type_ not in _TYPES:
        raise InputError([Problem("no such type of measure", Place("--type"), type_, nearest(type_, _TYPES))])
    words = "".join(c if c.isascii() and c.isalnum() else "-" for c in file.stem.lower())
    case = "-".join(part for part in words.split("-") if part) or "my-case"
    with written(file, replace=force) as stream:
        stream.write(skeleton(book_of(ctx), type_, case).encode("utf-8"))
    click.echo(f"Written: {file}. Fill it in, then: rightscheck ask {file}")
