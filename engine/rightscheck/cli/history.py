"""`rightscheck history`: stored cases and assessments."""

from __future__ import annotations

import click

from rightscheck.cli.history_chain import check_proof, checkpoint, prove, replay, verify
from rightscheck.cli.history_list import list_, show


@click.group()
def history() -> None:
    """Look into stored cases and assessments.

    \b
    Example:
      rightscheck history list --right association --verdict high
    """


for _command in (list_, show, replay, verify, checkpoint, prove, check_proof):
    history.add_command(_command)
