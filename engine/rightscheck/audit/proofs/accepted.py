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
from rightscheck.problems import InputError, Problem, nearest

NAME = "findings.yaml"
Subject = Annotated[str, Field(min_length=1, max_length=200)]
Subjects = Annotated[list[Subject], Field(min_length=1)]


class Entry(Strict):
    """Accepted findings of one check for one reason: subjects in the order in which they are reported.

    `of` stands for one finding; with `each`, for one finding a line, `of` being what their subjects begin with.
    """

    check: str
    of: list[Subject] = []
    each: list[Subjects] = []
    reason: Annotated[str, Field(min_length=10, max_length=600)]

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
