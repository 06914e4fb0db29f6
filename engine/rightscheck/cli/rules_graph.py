"""`rightscheck rules graph`: the rulebook as a picture."""

from __future__ import annotations

from pathlib import Path

import click

from rightscheck.cli.common import book_of
from rightscheck.problems import InputError, Place, Problem, nearest

ENDINGS = (".svg", ".html", ".dot")


@click.command()
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="Where to write; its ending says what: svg, html or dot.",
)
@click.option("--right", help="Only this right: its stages, rules, factors and facts.")
@click.option("--rule", help="Only this rule and what surrounds it.")
@click.option("--hops", type=click.IntRange(1, 9), help="With --rule: how many lines away; 1 unless given.")
@click.pass_context
def graph(ctx: click.Context, output: Path, right: str | None, rule: str | None, hops: int | None) -> None:
    """Draw the rulebook: facts, factors, rules, stages and rights, and what rests on what.

    The whole rulebook is drawn as an overview with a square for each rule; a right or a rule is drawn box by box. The
    HTML page holds every entry in words beside the picture, with a search, and loads nothing from anywhere.

    \b
    Example:
      rightscheck rules graph -o rulebook.html
      rightscheck rules graph -o ban.svg --rule assembly-blanket
    """
    if output.suffix.lower() not in ENDINGS:
        raise InputError([Problem("a picture ends in .svg, .html or .dot", Place(str(output)))])
    if right is not None and rule is not None:
        raise InputError([Problem("name a right or a rule, not both", Place("--right"))])
    if hops is not None and rule is None:
        raise InputError([Problem("goes with --rule", Place("--hops"))])
    try:
        from rightscheck.report import rulebook_picture as picture
        from rightscheck.report.texts import Texts
    except ImportError as error:
        text = f"pictures need {error.name}; install it with: pip install 'rightscheck[report]'"
        raise InputError([Problem(text, Place("rules graph"))]) from None
    from rightscheck.cli.files import written

    book, texts = book_of(ctx), Texts("en")
    if right is not None:
        if right not in book.trees.engagement:
            raise InputError([Problem("no such right", Place("--right"), right, nearest(right, book.trees.engagement))])
        view = picture.one_right(book, right, texts)
    elif rule is not None:
        if rule not in book.rules:
            raise InputError([Problem("no such rule", Place("--rule"), rule, nearest(rule, book.rules))])
        view = picture.one_rule(book, rule, hops or 1, texts)
    else:
        view = picture.whole(book)
    made = {
        ".svg": lambda: picture.as_svg(view, texts),
        ".html": lambda: picture.as_html(view, texts),
        ".dot": lambda: picture.as_dot(view),
    }[output.suffix.lower()]()
    with written(output, replace=True) as stream:
        stream.write(made)


__all__ = ["graph"]
