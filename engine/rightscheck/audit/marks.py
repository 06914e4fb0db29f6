"""One judged measure as the circuit's outputs that must be true for it: for samples, and for runs by the engine."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator

from rightscheck.assessment.assess import Judged, leading
from rightscheck.assessment.rights import RightReading
from rightscheck.audit.circuit import BOUNDS, VERDICTS
from rightscheck.rulebook.book import Rulebook


def marks(book: Rulebook, judged: Judged) -> Iterator[Hashable]:
    """Yield the names of the outputs that are true."""
    yield from _planes(("verdict",), VERDICTS.index(judged.verdict))
    yield from _planes(("best",), BOUNDS.index(judged.could_be[0]))
    yield from _planes(("worst",), BOUNDS.index(judged.could_be[1]))
    used = {(p.fact, p.text) for p in judged.presumptions}
    for position, presumption in enumerate(book.content.presumptions):
        if (presumption.fact, presumption.text) in used:
            yield "presumed", position
    if any(status == "binding" for r in judged.rights for _, status in r.covered):
        yield ("binding",)
    waiting: dict[Hashable, None] = {}
    bearing: set[str] = set()
    for right in judged.rights:
        yield from _right(right)
        covered = {name for name, _ in right.covered}
        bearing |= {rule.id for rule in book.rules_by_right.get(right.right, ()) if covered & set(rule.law)}
        if right.engaged and right.verdict == "undetermined":
            for question in right.unanswered:
                waiting["question", question.id] = None
                waiting.update({("missing", fact): None for fact in question.facts})
    yield from waiting
    for name in bearing:
        state = judged.states[name]
        if state != "silent":
            yield "state", state, name
        if state == "rebuttable":
            yield "state", "fired", name
    yield from _reason(judged)


def _planes(key: tuple[str, ...], number: int) -> Iterator[Hashable]:
    for bit in range(3):
        if number >> bit & 1:
            yield (*key, bit)


def _right(right: RightReading) -> Iterator[Hashable]:
    yield "reported", right.right
    if right.engaged:
        yield "engaged", right.right
    yield from _planes(("right", right.right), VERDICTS.index(right.verdict))
    yield from _planes(("right-best", right.right), BOUNDS.index(right.could_be[0]))
    yield from _planes(("right-worst", right.right), BOUNDS.index(right.could_be[1]))
    for name, finding in right.findings.items():
        yield "covered", right.right, name
        yield from _planes(("by", right.right, name), VERDICTS.index(finding.verdict))


def _reason(judged: Judged) -> Iterator[Hashable]:
    if not judged.rights:
        yield "why", "no-restriction" if judged.verdict == "low" else "unengaged"
        return
    first = leading(judged)
    why, rules = first.why()
    yield "reason-right", first.right
    yield "why", why
    if rules:
        yield "reason-rule", rules[0]
    if why == "core" and first.asked:
        yield "reason-question", first.unanswered[0].id


def difference(one: Iterable[Hashable], other: Iterable[Hashable]) -> list[str]:
    """Return what stands in only one of two sets of outputs, in words."""
    keys = sorted(set(one) ^ set(other), key=str)
    return [" ".join(map(str, key)) if isinstance(key, tuple) else str(key) for key in keys]


__all__ = ["difference", "marks"]
