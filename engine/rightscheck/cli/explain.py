"""`rightscheck explain`: why a verdict is what it is."""

from __future__ import annotations

from typing import Any

import click
from rich.markup import escape

from rightscheck.assessment.assess import judge, setting_of
from rightscheck.assessment.explain import Explainer, Line
from rightscheck.cli.common import COLOURS, console, emit_json
from rightscheck.cli.target import Target, targets_of
from rightscheck.facts.case import RIGHTS, parse_date
from rightscheck.problems import InputError, Place, Problem, nearest

_STYLES = {
    **COLOURS,
    "failed": "red",
    "doubtful": "yellow",
    "open": "cyan",
    "met": "green",
    "not met": "dim",
    "unknown": "cyan",
}


def explainer_of(target: Target) -> Explainer:
    """Return the explainer of a target, judged again from its facts."""
    result, book = target.result, target.reader.book
    date = parse_date(result.as_of) if result.as_of else None
    setting = setting_of(book, result.country, date, [s.id for s in result.standards])
    judged = judge(target.reader, target.measure.facts(), setting)
    return Explainer(book, target.case, target.measure, result, judged)


@click.command()
@click.argument("target")
@click.option("--measure", help="Only this measure of a case file.")
@click.option("--right", help="Only this right.")
@click.option("--rule", "rule_id", help="Why this rule fired, did not fire, or is open.")
@click.option("--depth", type=click.IntRange(min=0), help="Show so many levels below the verdict.")
@click.option("--format", "form", type=click.Choice(["text", "json", "md"]), default="text", show_default=True)
@click.pass_context
def explain(
    ctx: click.Context,
    target: str,
    measure: str | None,
    right: str | None,
    rule_id: str | None,
    depth: int | None,
    form: str,
) -> None:
    """Show the derivation of a stored assessment (by its number) or of a case file.

    From the verdict through stages, rules and conditions to facts, their evidence and the law.

    \b
    Example:
      rightscheck explain cases/seeds/kz-2016-website-shutdown.yaml --depth 3
    """
    if right is not None and right not in RIGHTS:
        raise InputError([Problem("no such right", Place("--right"), right, nearest(right, RIGHTS))])
    trees: list[Line] = []
    for found in targets_of(ctx, target, measure):
        explainer = explainer_of(found)
        if rule_id is not None:
            if rule_id not in explainer.book.rules:
                hint = nearest(rule_id, explainer.book.rules)
                raise InputError([Problem("no such rule", Place("--rule"), rule_id, hint)])
            line = explainer.rule(rule_id)
            trees.append(Line("verdict", found.result.title, found.result.verdict, found.measure.id, [line]))
        else:
            trees.append(explainer.tree(right))
    if form == "json":
        emit_json([tree.data(depth) for tree in trees])
    elif form == "md":
        click.echo("\n\n".join("\n".join(_markdown(tree, depth)) for tree in trees))
    else:
        for tree in trees:
            console().print(_rich(tree, depth))


def _rich(line: Line, depth: int | None) -> Any:
    from rich.tree import Tree

    style = _STYLES.get(line.value, "")
    tree = Tree(f"[{style}]{escape(line.text)}[/]" if style else escape(line.text), guide_style="dim")
    _grow(tree, line, depth)
    return tree


def _grow(branch: Any, line: Line, depth: int | None) -> None:
    if depth is not None and depth <= 0:
        return
    for child in line.children:
        style = _STYLES.get(child.value, "")
        text = f"[{style}]{escape(child.text)}[/]" if style else escape(child.text)
        _grow(branch.add(text), child, None if depth is None else depth - 1)


def _markdown(line: Line, depth: int | None, level: int = 0) -> list[str]:
    found = [f"{'  ' * level}- {line.text}"]
    if depth is None or level < depth:
        for child in line.children:
            found += _markdown(child, depth, level + 1)
    return found
