"""In which cases each rule fires."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from rightscheck.assessment.situation import situate
from rightscheck.facts.case import measures_of
from rightscheck.facts.read import read_case
from rightscheck.readings.kleene import FALSE, Kleene
from rightscheck.rulebook.book import Rulebook

_FIRED = ("fired", "rebuttable")


def case_files(folder: Path) -> list[Path]:
    """Return the case files of a folder, sorted."""
    return sorted(p for p in folder.rglob("*.yaml") if p.is_file())


def firings(book: Rulebook, folder: Path) -> dict[str, frozenset[str]]:
    """Return, for each rule, the decided cases in which it fires for a right that may be engaged.

    The outcome of a case is not looked at. Files without a decision are passed over.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for path in case_files(folder):
        case = read_case(path).case
        if case.decided is None:
            continue
        for measure in measures_of(case):
            situation, _ = situate(book, measure.facts())
            kleene = Kleene(book.trees.factors, situation)
            engaged = {right for right, tree in book.trees.engagement.items() if kleene.value(tree) != FALSE}
            for rule in book.content.rules:
                if not engaged.isdisjoint(rule.rights):
                    state = kleene.state(book.trees.when[rule.id], book.trees.unless.get(rule.id))
                    if state in _FIRED:
                        found[rule.id].add(case.case)
    return {rule: frozenset(cases) for rule, cases in found.items()}
