"""What a rulebook's CHANGELOG says of verdicts that get milder.

An entry begins with `## ` and a version (or `Unreleased`). In it, a section `### Verdicts that get milder` lists edits:
each bullet begins with one or more names in backticks, separated by commas, and goes on with the reason. A name is a
rule's id, or a kind and an id as `rules diff` writes them (`factor peaceful-assembly`).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from rightscheck.problems import InputError, Place, Problem, nearest

SECTION = "Verdicts that get milder"
UNRELEASED = "unreleased"
Version = tuple[int, ...]
_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*\Z")
_VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)\b")
_BULLET = re.compile(r"[-*]\s+(.*)\Z")
_NAMES = re.compile(r"`([^`]+)`(?:\s*(?:,|and)\s*`([^`]+)`)*")
_NAME = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Listed:
    """One name listed as making verdicts milder, with the entry it stands in (None where unreleased)."""

    name: str
    version: Version | None
    place: Place


def version_of(text: str) -> Version:
    """Return a version as numbers."""
    return tuple(int(part) for part in text.split("."))


def read_changelog(text: str, file: str) -> list[Listed]:
    """Return every name listed in any entry; raises InputError where a listed line names nothing."""
    found: list[Listed] = []
    problems: list[Problem] = []
    version: Version | None = None
    dated = inside = False
    for number, line in enumerate(text.splitlines(), 1):
        heading = _HEADING.match(line)
        if heading:
            level, title = len(heading[1]), heading[2].strip("[] ")
            if level <= 2:
                match = _VERSION.match(title)
                version = tuple(int(n) for n in match.groups()) if match else None
                dated = match is not None or title.lower().startswith(UNRELEASED)
                inside = False
            else:
                inside = dated and title.rstrip(":").lower() == SECTION.lower()
            continue
        bullet = _BULLET.match(line) if inside else None
        if bullet is None:
            continue
        place = Place(file, number, 1)
        names = _NAMES.match(bullet[1])
        if names is None:
            problems.append(Problem("begins with the rule it speaks of, in backticks, as in: - `rule-id`: why", place))
            continue
        found += [Listed(name, version, place) for name in _NAME.findall(names[0])]
    if problems:
        raise InputError(problems)
    return found


def milder_between(listed: list[Listed], old: str, new: str) -> dict[str, Place]:
    """Return the names listed in the entries after the old version up to the new one, and in an unreleased one.

    Where the version did not go up, the entry of the new version counts.
    """
    before, now = version_of(old), version_of(new)
    first = before if before < now else None
    return {
        item.name: item.place
        for item in listed
        if item.version is None or item.version == now or (first is not None and first < item.version <= now)
    }


def check_names(listed: dict[str, Place], known: Collection[str]) -> None:
    """Refuse names that are no entry of either rulebook; raises InputError with the nearest right names."""
    problems = [
        Problem("no entry of either rulebook has this name", place, name, nearest(name, known))
        for name, place in listed.items()
        if name not in known
    ]
    if problems:
        raise InputError(problems)


__all__ = ["SECTION", "Listed", "check_names", "milder_between", "read_changelog"]
