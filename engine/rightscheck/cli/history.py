"""`rightscheck history`: stored cases and assessments."""

from __future__ import annotations

import click

from rightscheck.cli.history_chain import check_proof, checkpoint, prove, replay, verify
from rightscheck.cli.history_diff import diff, timeline
from rightscheck.cli.history_list import list_, search, show
from rightscheck.cli.history_runs import runs
from rightscheck.cli.history_transfer import backup, delete, export, import_, restore


@click.group()
def history() -> None:
    """Look into stored cases and assessments.

    \b
    Example:
      rightscheck history list --right association --verdict high
    """


_COMMANDS = (
    *(list_, show, search, runs, diff, timeline, replay, verify, checkpoint, prove, check_proof),
    *(export, import_, delete, backup, restore),
)
for _command in _COMMANDS:
    history.add_command(_command)
