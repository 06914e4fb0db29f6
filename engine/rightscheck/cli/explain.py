"""`rightscheck explain`: why a verdict is what it is, why not, what is open, what to verify."""

from __future__ import annotations

from typing import Any

import click
from rich.markup import escape

from rightscheck.assessment.assess import judge
from rightscheck.assessment.explain import Explainer, Line
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
# Details that are left out of the terminal's tree and of Markdown unless --depth asks for them.
_FOLDED = ("question", "open", "decides", "engagement", "sensitive")


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
    depth: int | None,
    form: str,
) -> None:
    """Show the derivation of a stored assessment (by its number) or of a case file.

    From the verdict through stages, rules and conditions to facts, their evidence and the law; for a right that is
    undetermined, what would settle it. Without --depth, long lists of questions are folded.

    \b
    Examples:
      rightscheck explain cases/seeds/kz-2016-website-shutdown.yaml
      rightscheck explain cases/seeds/kz-2016-website-shutdown.yaml --rule expr-site-blocked-for-items
      rightscheck explain cases/seeds/kz-2016-website-shutdown.yaml --sensitivity
    """
    if right is not None and right not in RIGHTS:
        raise InputError([Problem("no such right", Place("--right"), right, nearest(right, RIGHTS))])
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
    show(trees, form, depth)


def show(trees: list[Line], form: str, depth: int | None) -> None:
    """Print trees of lines in a format."""
    if form == "json":
        emit_json([tree.data(depth) for tree in trees])
    elif form == "md":
        click.echo("\n\n".join("\n".join(markdown(tree, depth)) for tree in trees))
    else:
        for tree in trees:
            console().print(_rich(tree, depth))


def _styled(line: Line) -> str:
    style = _STYLES.get(line.value, "")
    return f"[{style}]{escape(line.text)}[/]" if style else escape(line.text)


def _rich(line: Line, depth: int | None) -> Any:
    from rich.tree import Tree

    tree = Tree(_styled(line), guide_style="dim")
    _grow(tree, line, depth)
    return tree


def shown(line: Line, depth: int | None, level: int) -> list[Line]:
    """Return the children of a line that are shown: all to the depth asked for, else all but folded ones."""
    if depth is not None:
        return line.children if level < depth else []
    return [] if line.kind in _FOLDED and line.value not in ("answered",) else line.children


def _grow(branch: Any, line: Line, depth: int | None, level: int = 0) -> None:
    for child in shown(line, depth, level):
        _grow(branch.add(_styled(child)), child, depth, level + 1)


def markdown(line: Line, depth: int | None, level: int = 0) -> list[str]:
    """Return a tree of lines as a nested Markdown list."""
    found = [f"{'  ' * level}- {line.text}"]
    for child in shown(line, depth, level):
        found += markdown(child, depth, level + 1)
    return found
