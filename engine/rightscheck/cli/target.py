"""What a TARGET argument names: a stored assessment by its number, or a case file."""

from __future__ import annotations

from dataclasses import dataclass

import click

from rightscheck.assessment.assess import Reader, assess_measure
from rightscheck.assessment.model import Assessment
from rightscheck.cli.assess import read_all
from rightscheck.cli.common import reader_of
from rightscheck.facts.case import CaseBase, MeasureBase, measures_of
from rightscheck.problems import InputError, Place, Problem, nearest


@dataclass(frozen=True)
class Target:
    """One assessed measure, with what it was assessed by."""

    reader: Reader
    case: CaseBase
    measure: MeasureBase
    result: Assessment


def targets_of(ctx: click.Context, target: str, measure: str | None = None) -> list[Target]:
    """Return what a target names; nothing is stored.

    Raises:
        InputError: no such file, assessment or measure.
    """
    if target.isdigit():
        from rightscheck.cli.store import stored_target

        return [stored_target(ctx, int(target))]
    (file,) = read_all((target,))
    measures = measures_of(file.case)
    if measure is not None:
        names = [m.id for m in measures]
        if measure not in names:
            raise InputError([Problem("no such measure", Place(target), measure, nearest(measure, names))])
        measures = [m for m in measures if m.id == measure]
    reader = reader_of(ctx)
    return [Target(reader, file.case, m, assess_measure(reader, file.case, m)) for m in measures]
