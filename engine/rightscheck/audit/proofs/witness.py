"""Witnesses: a solver's solution made small, judged again by the reference reading, and written as a case file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rightscheck.assessment.assess import Judged, judge
from rightscheck.assessment.probe import ReferenceReader
from rightscheck.audit.proofs.findings import BY_ID, Claim, Proof, Witness, fault, shown
from rightscheck.audit.proofs.space import Asker, Measures, Point, Space
from rightscheck.facts.write import case_yaml, with_answers
from rightscheck.readings.kleene import FALSE, TRUE, UNKNOWN
from rightscheck.rulebook.book import Rulebook

WORDS = {FALSE: "false", UNKNOWN: "unknown", TRUE: "true"}
NAMES = ("before", "after")


def witness(space: Space, needed: Sequence[int], claim: Claim, *more: tuple[Measures, Claim], by: Asker) -> Witness:
    """Return a small witness of literals that were just solved; `more` are other worlds of the same clauses."""
    worlds = [space.world, *(world for world, _ in more)]
    true = space.smallest(by, needed, worlds)
    return Witness(tuple(space.point(true, world) for world in worlds), (claim, *(c for _, c in more)))


def example(space: Space, claim: Claim, *needed: int) -> Witness:
    """Return a small witness of literals that can hold together, on facts of one world."""
    if not space.asker.solve(*needed):
        raise fault("a witness", ["there is none"])
    return witness(space, needed, claim, by=space.asker)


def check_witness(book: Rulebook, proof: Proof) -> None:
    """Judge a finding's witness by the reference reading.

    Raises:
        EngineFault: it does not show what is claimed.
    """
    if proof.witness is None:
        return
    reader = ReferenceReader(book)
    for point, claim in zip(proof.witness.points, proof.witness.claims, strict=True):
        judged = judge(reader, point.facts, point.setting(book))
        wrong = shown(claim, judged.states, {r.right: r.verdict for r in judged.rights}, judged.verdict)
        wrong += _factors(book, judged, claim)
        if wrong:
            raise fault(f"{proof.check} {', '.join(proof.subjects)}", wrong)


def _factors(book: Rulebook, judged: Judged, claim: Claim) -> list[str]:
    found = {name: WORDS[judged.kleene.value(book.trees.factors[name])] for name in claim.factors}
    return [f"{name} is {found[name]}" for name, wanted in claim.factors.items() if found[name] not in wanted]


def case_of(proof: Proof) -> dict[str, Any]:
    """Return a finding's witness as the data of a case file; measures `one`, or `before` and `after`."""
    assert proof.witness is not None
    points: tuple[Point, ...] = proof.witness.points
    first = points[0]
    names = NAMES if len(points) == 2 else ("one",)
    data: dict[str, Any] = {
        "case": f"witness-{proof.check.lower()}-{proof.id}",
        "title": f"{proof.check}: {BY_ID[proof.check].summary}",
        "country": first.country,
        "date": first.date,
        "summary": proof.message,
        "standards": list(first.standards),
        "measures": [{"id": n, "title": f"A measure made by the proof ({n})"} for n in names],
    }
    data = {key: value for key, value in data.items() if value is not None}
    for name, point in zip(names, points, strict=True):
        data = with_answers(data, name, dict(point.facts))
    return data


def case_file(proof: Proof) -> bytes:
    """Return a finding's witness as a case file in YAML."""
    return case_yaml(case_of(proof))
