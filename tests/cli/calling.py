"""Commands run as a user would type them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rightscheck.cli.main import run

Call = Callable[..., tuple[int, str, str]]


def caller(capsys: pytest.CaptureFixture[str], *first: str) -> Call:
    """Return a function that runs a command after `first` and returns exit code, standard output and standard error."""

    def execute(*args: str) -> tuple[int, str, str]:
        code = run([*first, *args])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return code, out, err

    return execute
