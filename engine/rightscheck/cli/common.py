"""What the commands share: the rulebook and its reader, consoles, and formats."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from rightscheck.assessment.assess import Reader
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.load import default_rulebook_path, load_rulebook


def book_of(ctx: click.Context) -> Rulebook:
    """Return the rulebook the user chose."""
    path = ctx.obj.get("rulebook")
    return load_rulebook(Path(path) if path else None)


def folder_of(ctx: click.Context) -> Path:
    """Return the folder of the rulebook the user chose."""
    path = ctx.obj.get("rulebook")
    return Path(path) if path else default_rulebook_path()


def reader_of(ctx: click.Context) -> Reader:
    """Return a reader of the rulebook the user chose."""
    return Reader(book_of(ctx))


def emit_json(data: Any) -> None:
    """Print one JSON document on standard output."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))


def console(*, stderr: bool = False) -> Any:
    """Return a rich console; no colour off a terminal or with NO_COLOR."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=False, width=None if sys.stdout.isatty() else 110)


FORMAT = click.Choice(["table", "json", "jsonl", "md"])
COLOURS = {"incompatible": "bold red", "high": "red", "moderate": "yellow", "low": "green", "undetermined": "cyan"}
