"""Loading a rulebook: from YAML with every fault placed, or from the cache keyed by the digest of the sources."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import platformdirs
from pydantic import ValidationError

from rightscheck import __version__
from rightscheck.facts.text import MAX_BYTES, Node, parse_bytes, read_bytes
from rightscheck.language.tree import from_data, to_data
from rightscheck.problems import InputError, Place, Problem
from rightscheck.resources import bundled
from rightscheck.rulebook.book import Rulebook, Trees, digest_of
from rightscheck.rulebook.check import check_content
from rightscheck.rulebook.gather import Gathered, gather
from rightscheck.rulebook.model import Content

_FORMAT = 3
_TREES = ("factors", "when", "unless", "engagement", "presumptions", "rebuttals", "core", "standards")


def default_rulebook_path() -> Path:
    """Return the folder of the bundled rulebook."""
    return bundled("rules")


def read_files(folder: Path) -> dict[str, bytes]:
    """Return the rulebook's YAML files by their name relative to the folder, sorted.

    Raises:
        InputError: no such folder, or it holds no rulebook.
    """
    if not folder.is_dir():
        raise InputError([Problem("no such folder of rules", Place(str(folder)))])
    files = sorted(p for p in folder.rglob("*.yaml") if p.is_file())
    if not (folder / "rulebook.yaml").is_file():
        raise InputError([Problem("no rulebook here (rulebook.yaml is missing)", Place(str(folder)))])
    return {p.relative_to(folder).as_posix(): read_bytes(p) for p in files}


def load_rulebook(folder: Path | None = None, *, use_cache: bool = True) -> Rulebook:
    """Load and check a rulebook as a whole.

    A cache file is used only where its own digest and the digest of the sources both hold; else it is made anew.

    Raises:
        InputError: anything in it is wrong; every fault found is listed.
        SurroundingsError: a file cannot be read.
    """
    folder = folder or default_rulebook_path()
    files = read_files(folder)
    key = _key(files)
    cache = Path(platformdirs.user_cache_dir("rightscheck")) / f"rulebook-{key[:32]}.json"
    if use_cache:
        cached = _from_cache(cache, key)
        if cached is not None:
            return cached
    nodes = {name: parse_bytes(data, str(folder / name)) for name, data in files.items()}
    book = compile_rulebook(gather(nodes, str(folder)))
    if use_cache:
        _to_cache(cache, key, book)
    return book


def compile_rulebook(gathered: Gathered) -> Rulebook:
    """Check gathered nodes and return the rulebook; raises InputError."""
    try:
        content = Content.model_validate(gathered.data)
    except ValidationError as error:
        raise InputError(_shape_problems(gathered, error)) from None
    content, trees = check_content(content, gathered.place)
    return Rulebook(content, trees, digest_of(content))


def rulebook_from_content(data: Any) -> Rulebook:
    """Return the rulebook of stored content (as kept with assessments); raises InputError."""
    return compile_rulebook(Gathered(data, {}, "(stored rulebook)"))


def _shape_problems(gathered: Gathered, error: ValidationError) -> list[Problem]:
    found = []
    for item in error.errors(include_url=False):
        loc = tuple(item["loc"])
        kind = {"extra_forbidden": "no such key here", "missing": "is required"}.get(item["type"], item["msg"])
        if item["type"] == "literal_error":
            kind = f"has no value {item['input']!r}; it takes {item['ctx']['expected']}"
        found.append(Problem(kind, gathered.place(loc), ".".join(map(str, loc))))
    return list(dict.fromkeys(found))


def _key(files: dict[str, bytes]) -> str:
    import rightscheck.facts.vocabulary as vocabulary_module

    hasher = hashlib.sha256(f"{__version__}/{_FORMAT}".encode())
    hasher.update(Path(vocabulary_module.__file__).with_name("facts.yaml").read_bytes())
    for module in sorted(Path(__file__).parent.glob("*.py")):
        hasher.update(module.read_bytes())
    for name, data in files.items():
        hasher.update(f"{len(name)}:{name}:{len(data)}:".encode())
        hasher.update(data)
    return hasher.hexdigest()


def _trees_data(trees: Trees) -> dict[str, Any]:
    plain = {name: {key: to_data(tree) for key, tree in getattr(trees, name).items()} for name in _TREES}
    return {**plain, "severity": {k: [to_data(t) for t in v] for k, v in trees.severity.items()}}


def _trees_from(data: dict[str, Any]) -> Trees:
    plain = {name: {key: from_data(tree) for key, tree in data[name].items()} for name in _TREES}
    return Trees(**plain, severity={k: tuple(from_data(t) for t in v) for k, v in data["severity"].items()})


def _from_cache(path: Path, key: str) -> Rulebook | None:
    """Return the cached rulebook, None where there is none or it is stale or damaged."""
    try:
        raw = path.read_bytes()
        head, _, body = raw.partition(b"\n")
        if head.decode("ascii") != f"{key} {hashlib.sha256(body).hexdigest()}":
            return None
        data = json.loads(body)
        return Rulebook(Content.model_validate(data["content"]), _trees_from(data["trees"]), data["sha256"])
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None


def _to_cache(path: Path, key: str, book: Rulebook) -> None:
    """Write the cache aside and rename it; a cache that cannot be written is no fault."""
    content = book.content.model_dump(exclude_none=True)
    body = json.dumps({"content": content, "trees": _trees_data(book.trees), "sha256": book.sha256}).encode()
    head = f"{key} {hashlib.sha256(body).hexdigest()}".encode("ascii")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
        with os.fdopen(handle, "wb") as stream:
            stream.write(head + b"\n" + body)
        Path(name).replace(path)
    except OSError:
        return


__all__ = ["MAX_BYTES", "Node", "compile_rulebook", "default_rulebook_path", "load_rulebook", "rulebook_from_content"]
