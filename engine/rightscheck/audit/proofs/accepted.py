"""Findings that are accepted, each with a reason: findings.yaml beside the rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from rightscheck.audit.lint import read_list
from rightscheck.audit.proofs.findings import BY_ID, Proof
from rightscheck.facts.case import Strict
from rightscheck.problems import InputError, Problem, SurroundingsError, nearest

NAME = "findings.yaml"
HEAD = """\
# Findings of `rightscheck audit rules` that are accepted, each with the reason (docs/auditing.md). "Open" says that the
# rules should be looked at again. An entry that is no longer found is itself a finding (W691).
"""
SHARED = {"W641": 2, "I642": 2, "E661": 2}  # how many first subjects the findings of one entry share
Subject = Annotated[str, Field(min_length=1, max_length=200)]
Reason = Annotated[str, Field(min_length=10, max_length=600)]
Subjects = list[Subject]


class Entry(Strict):
    """Accepted findings of one check for one reason: subjects in the order in which they are reported.

    `of` stands for one finding; with `each`, for one finding a line, `of` being what their subjects begin with.
    """

    check: str
    of: list[Subject] = []
    each: list[Subjects] = []
    reason: Reason

    def subjects(self) -> list[tuple[str, ...]]:
        """Return the subjects of each finding that is accepted."""
        return [(*self.of, *rest) for rest in self.each] if self.each else [tuple(self.of)]


@dataclass(frozen=True, slots=True)
class Accepted:
    """The reasons by check and subjects."""

    reasons: dict[tuple[str, tuple[str, ...]], str]


def read_accepted(path: Path) -> Accepted:
    """Return the accepted findings of a file; none where there is no such file.

    Raises:
        InputError: it is no list of accepted findings, names no check, or accepts a finding twice.
    """
    problems: list[Problem] = []
    found: dict[tuple[str, tuple[str, ...]], str] = {}
    for node in read_list(path):
        try:
            entry = Entry.model_validate(node.plain())
        except ValidationError as error:
            problems += [
                Problem(item["msg"], node.at(*item["loc"]), ".".join(map(str, item["loc"])))
                for item in error.errors(include_url=False)
            ]
            continue
        if entry.check not in BY_ID:
            problems.append(Problem("no check of this id", node.at("check"), entry.check, nearest(entry.check, BY_ID)))
        if not entry.of and not entry.each:
            problems.append(Problem("names nothing; give `of` or `each`", node.place))
        for subjects in entry.subjects():
            if (entry.check, subjects) in found:
                problems.append(Problem("is accepted twice", node.place, ", ".join(subjects)))
            found[entry.check, subjects] = entry.reason
    if problems:
        raise InputError(problems)
    return Accepted(found)


def unused(accepted: Accepted, found: Iterable[Proof], wanted: Collection[str]) -> list[Proof]:
    """Return a finding for each accepted one of the checks that were run which is not there any more."""
    there = {(proof.check, proof.subjects) for proof in found}
    return [
        Proof("W691", (check, *subjects), f"{check} is accepted for {', '.join(subjects)}, but no longer found.")
        for check, subjects in accepted.reasons
        if check in wanted and (check, subjects) not in there
    ]


def write_accepted(path: Path, accepted: Accepted, found: Iterable[Proof], wanted: Collection[str], reason: str) -> int:
    """Write the accepted findings anew: new ones for this reason, those no longer found by the checks run left out.

    Returns:
        how many are new.

    Raises:
        SurroundingsError: the file cannot be written.
    """
    reasons = {key: why for key, why in accepted.reasons.items() if key[0] not in wanted}
    fresh = 0
    for proof in found:
        if proof.check != "W691":
            fresh += proof.accepted is None
            reasons[proof.check, proof.subjects] = proof.accepted or reason
    entries: dict[tuple[str, tuple[str, ...], str], list[list[str]]] = {}
    for (check, subjects), why in sorted(reasons.items()):
        shared = SHARED.get(check, 0)
        entries.setdefault((check, subjects[:shared], why), []).append(list(subjects[shared:]))
    data = []
    for (check, of, why), each in entries.items():
        begin = {"of": list(of)} if of else {}
        data.append({"check": check, **begin, **({"each": each} if each != [[]] else {}), "reason": why})
    import yaml

    text = yaml.safe_dump(data, default_flow_style=None, sort_keys=False, allow_unicode=True, width=110)
    try:
        path.write_text(HEAD + text, encoding="utf-8")
    except OSError as error:
        raise SurroundingsError(f"{path}: {error.strerror}") from None
    return fresh
