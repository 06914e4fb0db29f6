"""rightscheck: human-rights risk assessment of security measures.

    import rightscheck as rc
    rc.assess("case.yaml")

`assess`, `explain`, `ask`, `amend` and `load_rulebook` are imported when first used (docs/api.md).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rightscheck.api import amend, ask, assess, explain, load_rulebook

__version__ = "0.1.0"
__all__ = ["__version__", "amend", "ask", "assess", "explain", "load_rulebook"]


def __getattr__(name: str) -> Any:
    if name.startswith("__") or name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module("rightscheck.api"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
