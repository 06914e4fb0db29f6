"""The States a case can name: codes of ISO 3166-1 alpha-2, with EU and XK."""

from __future__ import annotations

import functools
from importlib.resources import files

from rightscheck.problems import nearest


@functools.cache
def countries() -> dict[str, tuple[str, ...]]:
    """Return each code with what else the State is called: its name first, then other names and three letters."""
    found = {}
    for line in files("rightscheck.facts").joinpath("countries.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            code, three, names = line.split(" ", 2)
            found[code] = (*names.split("; "), three)
    return found


def country_fault(text: str) -> tuple[str, str]:
    """Return what is wrong with a country code and the code that may be meant; both empty where it is right."""
    if text in countries():
        return "", ""
    known = {name.casefold(): code for code, names in countries().items() for name in (code, *names)}
    meant = known.get(text.casefold()) or known.get(nearest(text.casefold(), known) if len(text) > 3 else "", "")
    if len(text) == 2 and text.isascii() and text.isalpha() and text.isupper():
        return "is no country code of ISO 3166-1 (nor EU or XK)", meant
    return "takes two capital letters (ISO 3166-1 alpha-2)", meant


__all__ = ["countries", "country_fault"]
