"""Files the commands write and read: for their owner alone, whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from rightscheck.problems import InputError, Place, Problem, SurroundingsError

MAX_JSON = 64 * 1024 * 1024


@contextlib.contextmanager
def written(path: Path, *, replace: bool = False, asked: bool = False) -> Iterator[BinaryIO]:
    """Open a file to write, mode 0600; it appears under its name only when all is written.

    Raises:
        InputError: the file is there already, and `replace` is not given; or its place refuses a file, and to write it
            there is what was `asked` of the command.
        SurroundingsError: it cannot be written.
    """
    if path.exists() and not replace:
        raise InputError([Problem("is there already; --force writes over it", Place(str(path)))])
    name = None
    try:
        try:
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=".rightscheck-", suffix=".part")
        except OSError as error:
            if not asked:
                raise
            raise InputError([Problem(f"cannot be written: {_why(error)}", Place(str(path)))]) from None
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(path)
    except OSError as error:
        raise SurroundingsError(f"{path} cannot be written: {_why(error)}") from None
    finally:
        if name is not None and Path(name).exists():
            Path(name).unlink()


def _why(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def write_json(path: Path, data: Any, *, replace: bool = False) -> None:
    """Write plain data as JSON."""
    with written(path, replace=replace) as stream:
        stream.write(json.dumps(data, ensure_ascii=False, indent=2).encode() + b"\n")


def read_json_file(path: Path) -> Any:
    """Return plain data from a JSON file; raises InputError or SurroundingsError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SurroundingsError(f"{path} cannot be read: {_why(error)}") from None
    if len(data) > MAX_JSON:
        raise InputError([Problem("is too large", Place(str(path)))])
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise InputError([Problem("is not JSON", Place(str(path)))]) from None
