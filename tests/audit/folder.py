"""A small rulebook written out as a folder of files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def write_book(root: Path, data: dict[str, Any], **more: Any) -> Path:
    """Write a rulebook's content to a folder, with further files by their name, and return the folder."""
    for name in ("law", "assembly", "factors"):
        (root / name).mkdir(parents=True)
    files: dict[str, Any] = {
        "rulebook.yaml": {k: data[k] for k in ("name", "title", "version")},
        "law/sources.yaml": data["sources"],
        "law/propositions.yaml": data["propositions"],
        "factors/all.yaml": data["factors"],
        "assembly/all.yaml": data["rules"],
        "in-play.yaml": data["in_play"],
        **{f"{k}.yaml": data[k] for k in ("engagement", "method", "standards", "aims", "severity")},
        **{f"{k}.yaml": v for k, v in more.items() if v is not None},
    }
    for name, value in files.items():
        (root / name).write_text(json.dumps(value, indent=1))
    return root
