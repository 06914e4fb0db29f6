"""Factors made from aims.yaml: `aim-outside-<right>` and `aim-outside-<right>-<standard>`.

They hold where an aim is stated and none of those stated can be brought under the article.
"""

from __future__ import annotations

from rightscheck.facts.vocabulary import vocabulary
from rightscheck.language.tree import And, Not, Test, Tree
from rightscheck.rulebook.model import Aims


def _outside(values: list[str]) -> Tree | None:
    if not values:
        return None
    every = len(values) == len(vocabulary()["aim.stated"].values)
    stated = Not(Test("aim.stated", "empty"))
    return stated if every else And((stated, Test("aim.stated", "all", tuple(values))))


def aim_factors(aims: Aims) -> dict[str, Tree]:
    """Return the trees of the derived factors by id."""
    stated = vocabulary()["aim.stated"].values
    found: dict[str, Tree] = {}
    for right, articles in aims.articles.items():
        outside_all = list(stated)
        for standard, admitted in articles.items():
            outside = [v for v in stated if not set(aims.maps.get(v, ())) & set(admitted)]
            outside_all = [v for v in outside_all if v in outside]
            tree = _outside(outside)
            if tree is not None:
                found[f"aim-outside-{right}-{standard}"] = tree
        tree = _outside(outside_all)
        if articles and tree is not None:
            found[f"aim-outside-{right}"] = tree
    return found
