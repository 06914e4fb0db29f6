"""Where the bundled rules, cases and migrations are, in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path

from rightscheck.problems import SurroundingsError

_PACKAGE = Path(__file__).resolve().parent


def bundled(name: str) -> Path:
    """Return the folder `name` ("rules", "cases" or "alembic").

    Raises:
        SurroundingsError: the installation lacks it.
    """
    for candidate in (_PACKAGE / "_bundled" / name, _PACKAGE.parent.parent / name):
        if candidate.is_dir():
            return candidate
    raise SurroundingsError(f"the installation lacks its folder `{name}`; install rightscheck again")
