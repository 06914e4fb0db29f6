"""`rightscheck explain`: why a verdict is what it is, why not, what is open, what to verify."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click
from rich.markup import escape

from rightscheck.assessment.assess import judge
from rightscheck.assessment.explain import Explainer, Line
from rightscheck.assessment.fold import folded
from rightscheck.assessment.probe import setting_again
from rightscheck.cli.common import COLOURS, console, emit_json
from rightscheck.cli.target import Target, targets_of
from rightscheck.facts.case import RIGHTS
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
    judged = judge(target.reader, target.measure.facts(), setting_again(book, result))
    return Explainer(book, target.case, target.measure, result, judged)


@click.command()
@click.argument("target")
@click.option("--measure", help="Only this measure of a case file.")
@click.option("--right", help="Only this right.")
@click.option("--rule", "rule_id", help="Why this rule fired, did not fire, or is open.")
@click.option("--sensitivity", is_flag=True, help="Which known facts, if wrong, would change the verdict.")
@click.option("--full", is_flag=True, help="Fold nothing.")
@click.option("--depth", type=click.IntRange(min=0), help="Show so many levels below the verdict.")
@click.option("--format", "form", type=click.Choice(["text", "json", "md"]), default="text", show_default=True)
@click.pass_context
def explain(
    ctx: click.Context,
    target: str,
    measure: str | None,
    right: str | None,
    rule_id: str | None,
    sensitivity: bool,
    full: bool,
    depth: int | None,
    form: str,
) -> None:
    """Show the derivation of a stored assessment (by its number) or of a case file.

    From the verdict through stages, rules and conditions to facts, their evidence and the law; for a right that is
    undetermined, what would settle it. As text and Markdown, alternatives that play no part, rules told before and
    lists of what is not known are folded; --full and JSON show all, and names in square brackets are facts that a
    case file can give.

    \b
    Examples:
      rightscheck explain cases/seeds/kz-2016-website-shutdown.yaml
      rightscheck explain cases/seeds/kz-2016-website-shutdown.yaml --rule expr-site-blocked-for-items
      rightscheck explain cases/seeds/kz-2016-website-shutdown.yaml --sensitivity
    """
    if right is not None and right not in RIGHTS:
        hint = nearest(right, RIGHTS)
        message = "no such right" if hint else f"no such right; there are {', '.join(RIGHTS)}"
        raise InputError([Problem(message, Place("--right"), right, hint)])
    if sensitivity and (rule_id is not None or right is not None):
        raise InputError([Problem("is about the whole measure; leave out --right and --rule", Place("--sensitivity"))])
    trees: list[Line] = []
    for found in targets_of(ctx, target, measure):
        explainer = explainer_of(found)
        if rule_id is not None:
            if rule_id not in explainer.book.rules:
                hint = nearest(rule_id, explainer.book.rules)
                raise InputError([Problem("no such rule", Place("--rule"), rule_id, hint)])
            line = explainer.rule(rule_id)
            trees.append(Line("verdict", found.result.title, found.result.verdict, found.measure.id, children=[line]))
        elif sensitivity:
            from rightscheck.assessment.sensitivity import sensitivity as sensitivity_of

            line = sensitivity_of(explainer.probe, explainer.judged, found.measure)
            trees.append(Line("verdict", found.result.title, found.result.verdict, found.measure.id, children=[line]))
        else:
            trees.append(explainer.tree(right))
    show(trees if full or form == "json" else [folded(tree) for tree in trees], form, depth)


def show(trees: list[Line], form: str, depth: int | None) -> None:
    """Print trees of lines in a format."""
    if form == "json":
        emit_json([tree.data(depth) for tree in trees])
    elif form == "md":
        click.echo("\n\n".join("\n".join(markdown(tree, depth)) for tree in trees))
    else:
        for tree in trees:
            kept, places = _apart(tree)
            console().print(_rich(kept, depth))
            for line in places if depth is None else []:
                # Addresses are not wrapped, so that they stay whole.
                click.echo("\n".join([line.text, *(f"  {place.text}" for place in line.children)]))


def _apart(line: Line) -> tuple[Line, list[Line]]:
    """Return a tree without the lists of places to read, and these lists."""
    places = [child for child in line.children if child.kind == "places"]
    rest = [_apart(child) for child in line.children if child.kind != "places"]
    return replace(line, children=[child for child, _ in rest]), [*(p for _, below in rest for p in below), *places]


def _styled(line: Line) -> str:
    style = _STYLES.get(line.value, "")
    return f"[{style}]{escape(line.text)}[/]" if style else escape(line.text)


def _rich(line: Line, depth: int | None) -> Any:
    from rich.tree import Tree

    tree = Tree(_styled(line), guide_style="dim")
    _grow(tree, line, depth)
    return tree


def shown(line: Line, depth: int | None, level: int) -> list[Line]:
    """Return the children of a line that are shown, to the depth asked for."""
    return line.children if depth is None or level < depth else []


def _grow(branch: Any, line: Line, depth: int | None, level: int = 0) -> None:
    for child in shown(line, depth, level):
        _grow(branch.add(_styled(child)), child, depth, level + 1)


def markdown(line: Line, depth: int | None, level: int = 0) -> list[str]:
    """Return a tree of lines as a nested Markdown list."""
    found = [f"{'  ' * level}- {line.text}"]
    for child in shown(line, depth, level):
        found += markdown(child, depth, level + 1)
    return found
