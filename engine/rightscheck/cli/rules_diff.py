"""`rightscheck rules diff`: what differs between two rulebooks, in the law's words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click

from rightscheck.audit.edit_words import EditWords, FieldWords, Words, counts, edit_data, edit_words
from rightscheck.cli.common import console, emit_json
from rightscheck.cli.rulebooks import Named, rulebook_named

_SIGNS = {"added": "+", "removed": "-", "changed": "~", "reordered": "~"}
_STYLES = {"added": "green", "removed": "red", "changed": "yellow", "reordered": "yellow"}
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~])")
_FORM = click.Choice(["table", "json", "md"])


@click.command()
@click.argument("old")
@click.argument("new")
@click.option("--kind", "kinds", multiple=True, help="Only entries of this kind (rule, factor …); may be given again.")
@click.option("--brief", is_flag=True, help="Name what differs without saying how.")
@click.option("--format", "form", type=_FORM, default="table", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write to this file instead.")
@click.pass_context
def diff(
    ctx: click.Context, old: str, new: str, kinds: tuple[str, ...], brief: bool, form: str, output: Path | None
) -> None:
    """Show what differs between two rulebooks: rules, factors, presumptions, law, added, removed and changed.

    OLD and NEW are folders of rules, `bundled`, or the beginning of a stored rulebook's digest (see `history show`).
    Whatever changes a rulebook's digest is shown.

    \b
    Example:
      rightscheck rules diff bundled my-rules --format md
    """
    from rightscheck.problems import InputError, Place, Problem, nearest
    from rightscheck.rulebook.edits import KINDS

    wrong = [Problem("no such kind of entry", Place("--kind"), k, nearest(k, KINDS)) for k in kinds if k not in KINDS]
    if wrong:
        raise InputError(wrong)
    before, after = rulebook_named(ctx, old), rulebook_named(ctx, new)
    found = [e for e in edit_words(before.book, after.book) if not kinds or e.edit.kind in kinds]
    if output is None and form == "table":
        _print(before, after, found, brief)
        return
    if form == "json":
        data = {
            "old": before.data(),
            "new": after.data(),
            "equal": before.book.sha256 == after.book.sha256,
            "counts": counts(found),
            "edits": [edit_data(e) for e in found],
        }
        if output is None:
            emit_json(data)
            return
        from rightscheck.cli.files import write_json

        write_json(output, data, replace=True)
        return
    lines = _markdown(before, after, found, brief) if form == "md" else _text(before, after, found, brief)
    text = "\n".join(lines) + "\n"
    if output is None:
        click.echo(text, nl=False)
        return
    from rightscheck.cli.files import written

    with written(output, replace=True) as stream:
        stream.write(text.encode())


def clean(text: str) -> str:
    """Return text in one line without characters that steer a terminal or turn the direction of the text."""
    return "".join(c if c.isprintable() else " " for c in text)


def _listed(words: Words | None) -> list[str]:
    return [] if words is None else [words] if isinstance(words, str) else words


def _lines(field: FieldWords) -> Iterator[tuple[str, str]]:
    """Yield (sign, words) for a field; a condition whose words are the same shows its expressions."""
    old, new = _listed(field.old), _listed(field.new)
    if field.expressions is not None and old == new:
        old, new = ([f"`{text}`"] if text else [] for text in field.expressions)
    yield from (("-", text) for text in old)
    yield from (("+", text) for text in new)


def _summary(before: Named, after: Named, found: list[EditWords]) -> list[str]:
    lines = [f"from {before}", f"to   {after}"]
    if not found:
        same = before.book.sha256 == after.book.sha256
        return [*lines, "The rulebooks are equal." if same else "Nothing of the chosen kinds differs."]
    for kind, numbers in counts(found).items():
        lines.append(f"{kind}: {', '.join(f'{n} {change}' for change, n in numbers.items())}")
    return lines


def _heading(words: EditWords) -> str:
    edit = words.edit
    head = f"{edit.kind} {edit.id}".strip()
    return f"{head}: {words.title}" if words.title else head


def _text(before: Named, after: Named, found: list[EditWords], brief: bool) -> Iterator[str]:
    yield from (clean(line) for line in _summary(before, after, found))
    for words in found:
        yield clean(f"{_SIGNS[words.edit.change]} {_heading(words)} ({words.edit.change})")
        if brief:
            continue
        for field in words.fields:
            yield clean(f"    {field.field}")
            yield from (clean(f"      {sign} {text}") for sign, text in _lines(field))
        if words.bears_on:
            yield clean(f"    bears on {', '.join(words.bears_on)}")


def _print(before: Named, after: Named, found: list[EditWords], brief: bool) -> None:
    from rich.padding import Padding
    from rich.text import Text

    out = console()
    for line in _summary(before, after, found):
        out.print(Text(clean(line)))
    for words in found:
        edit = words.edit
        out.print(Text(clean(f"{_SIGNS[edit.change]} {_heading(words)}"), style=_STYLES[edit.change]))
        if brief:
            continue
        for field in words.fields:
            out.print(Padding(Text(clean(field.field), style="bold"), (0, 0, 0, 4), expand=False))
            for sign, text in _lines(field):
                style = "red" if sign == "-" else "green"
                out.print(Padding(Text(clean(f"{sign} {text}"), style=style), (0, 0, 0, 6), expand=False))
        if words.bears_on:
            out.print(Padding(Text(clean(f"bears on {', '.join(words.bears_on)}")), (0, 0, 0, 4), expand=False))


def _md(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", clean(text))


def _markdown(before: Named, after: Named, found: list[EditWords], brief: bool) -> Iterator[str]:
    yield "# What differs between two rulebooks"
    yield ""
    yield from (f"- {_md(line)}" for line in _summary(before, after, found))
    for words in found:
        yield from ("", f"## {_md(_heading(words))} ({words.edit.change})", "")
        if brief:
            continue
        for field in words.fields:
            yield f"- {_md(field.field)}"
            yield from (f"  - {'before' if sign == '-' else 'now'}: {_md(text)}" for sign, text in _lines(field))
        if words.bears_on:
            yield f"- bears on {', '.join(f'`{clean(name)}`' for name in words.bears_on)}"


__all__ = ["clean", "diff"]
