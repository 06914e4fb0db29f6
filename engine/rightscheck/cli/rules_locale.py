"""`rightscheck rules locale`: what of the rules is not translated."""

from __future__ import annotations

import json

import click

from rightscheck.cli.common import book_of, emit_json, folder_of
from rightscheck.problems import InputError, Place, Problem, nearest
from rightscheck.rulebook.locale import FIELDS, languages_of, load_locale, text_mark


@click.command("locale")
@click.argument("language", required=False)
@click.option("--missing", is_flag=True, help="Print an entry to fill in for each rule that is not translated.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def locale(ctx: click.Context, language: str | None, missing: bool, form: str) -> int:
    """Check the texts of rules in other languages (locale/LANG.yaml beside the rules); exit 1 where one is stale.

    A stale translation is one whose English text has changed since; it is not used until it is looked at again.

    \b
    Example:
      rightscheck rules locale ru --missing > missing.yaml
    """
    book, folder = book_of(ctx), folder_of(ctx)
    known = languages_of(folder)
    if language is not None and language not in known:
        hint = nearest(language, known)
        raise InputError([Problem("no translations into this language", Place(str(folder / "locale")), language, hint)])
    if missing and language is None:
        raise InputError([Problem("--missing goes with a language", Place("rules locale"))])
    found = [load_locale(folder, lang, book.content) for lang in ([language] if language else known)]
    lacking = {item.lang: [r for r in book.content.rules if r.id not in item.entries] for item in found}
    if missing:
        for rule in lacking[found[0].lang]:
            click.echo(f"  # {rule.id}\n  {rule.id}:\n    of: '{text_mark(rule)}'")
            for name in FIELDS:
                if getattr(rule, name) is not None:
                    click.echo(f"    {name}: {json.dumps(getattr(rule, name), ensure_ascii=False)}")
    elif form == "json":
        emit_json(
            [
                {
                    "language": item.lang,
                    "reviewed": item.reviewed,
                    "rules": len(book.rules),
                    "translated": len(item.entries),
                    "stale": sorted(item.stale),
                    "untranslated": [r.id for r in lacking[item.lang] if r.id not in item.stale],
                }
                for item in found
            ]
        )
    else:
        for item in found:
            reviewed = "reviewed" if item.reviewed else "not reviewed by a lawyer"
            click.echo(f"{item.lang}: {len(item.entries)} of {len(book.rules)} rules translated, {reviewed}")
            for name, place in sorted(item.stale.items()):
                click.echo(f"  stale: {name} (of: {text_mark(book.rules[name])} now), {place}")
        if not found:
            click.echo("no translations of rules")
    return 1 if any(item.stale for item in found) else 0


__all__ = ["locale"]
