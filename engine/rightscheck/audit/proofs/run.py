"""Running the proofs over a rulebook, every witness judged again before anything is reported."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from typing import Any

from rightscheck.audit.proofs.accepted import Accepted, unused
from rightscheck.audit.proofs.exact import inexact, presumptions_clash
from rightscheck.audit.proofs.findings import BY_ID, CHECKS, Proof
from rightscheck.audit.proofs.firing import factors_true, rules_firing
from rightscheck.audit.proofs.gaps import absolute_bars, gaps
from rightscheck.audit.proofs.monotone import directed, knowledge, protection
from rightscheck.audit.proofs.pairs import Implications, answers_work, subsumed, together
from rightscheck.audit.proofs.space import Space
from rightscheck.audit.proofs.witness import check_witness
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.rulebook.book import Rulebook

Progress = Callable[[str, int, int], None]
SLOW = ("W641", "I642", "E661", "W671", "W672", "W690")  # more than a few seconds on a large rulebook


def prove(
    book: Rulebook,
    *,
    right: str | None = None,
    only: Collection[str] = (),
    accepted: Accepted | None = None,
    progress: Progress = lambda *_: None,
) -> list[Proof]:
    """Return every finding of the proofs in order, accepted ones too.

    Args:
        book: the rulebook.
        right: only what concerns this right.
        only: ids of the checks to run; all of them where empty.
        accepted: findings that are accepted, with their reasons.
        progress: told the part, how much of it is done, and how much there is.

    Raises:
        EngineFault: the reference reading does not say of a witness what the solver says.
    """
    wanted = frozenset(only or BY_ID)
    found: dict[str, Proof] = {}
    for proof in _all(Space(book), right, wanted, progress):
        if proof.check in wanted and proof.id not in found:
            check_witness(book, proof)
            found[proof.id] = proof
    if accepted is not None:
        reasons = accepted.reasons
        stale = unused(accepted, found.values(), wanted) if right is None and "W691" in wanted else []
        found = {p.id: replace(p, accepted=reasons.get((p.check, p.subjects))) for p in [*found.values(), *stale]}
    return sorted(found.values(), key=lambda proof: proof.order)


def _all(space: Space, right: str | None, wanted: frozenset[str], progress: Progress) -> Iterator[Proof]:
    book = space.book
    rules = [r for r in book.content.rules if right in (None, *r.rights)]
    rights = [r for r in space.nodes.rights if right in (None, r)]
    factors = [] if right is not None else list(book.factors)
    types = len(vocabulary()["type"].values)
    questions = sum(len(book.core.get(r, ())) for r in rights)

    def counted(part: str, total: int) -> Callable[[], None]:
        done = 0

        def tick() -> None:
            nonlocal done
            done += 1
            progress(part, done, total)

        progress(part, 0, total)
        return tick

    if wanted & {"E601", "E602", "W603", "W604"}:
        yield from _ticked(rules_firing(space, rules), counted("rules that never fire", 1))
    if wanted & {"W605", "W606"}:
        yield from _ticked(factors_true(space, factors), counted("factors", 1))
    if wanted & {"W611", "I612", "W621", "W631", "W632", "W633"}:
        known = Implications(space, counted("rules beside rules", len(book.rules)))
        if wanted & {"W611", "I612"}:
            yield from together(space, known, right)
        if "W621" in wanted:
            yield from subsumed(space, known, right)
        if wanted & {"W631", "W632", "W633"}:
            yield from answers_work(space, known, [r for r in rules if r.effect == "mitigates"])
    if wanted & {"E651", "I652"}:
        yield from _ticked(absolute_bars(space, right), counted("absolute bars", 1))
    if wanted & {"W641", "I642"}:
        yield from gaps(space, rights, counted("gaps", questions * types))
    if "E662" in wanted:
        yield from knowledge(space, rules, counted("more knowledge", len(rules)))
    if "E661" in wanted:
        yield from protection(space, rights, counted("more protection", len(directed())), right is None)
    if wanted & {"W671", "W672", "W690"}:
        names = [r.id for r in rules]
        yield from inexact(space, factors, names, counted("exact readings", len(factors) + len(names)))
    if "W673" in wanted and right is None:
        yield from presumptions_clash(space)


def _ticked(proofs: Iterable[Proof], tick: Callable[[], None]) -> Iterator[Proof]:
    yield from proofs
    tick()


def law_of(book: Rulebook, rule: str) -> list[dict[str, Any]]:
    """Return the law of a rule: proposition, standards, source and pinpoint."""
    shared: dict[str, list[str]] = {}
    for standard, names in book.rules[rule].law.items():
        for name in names:
            shared.setdefault(name, []).append(standard)
    found = []
    for name, standards in shared.items():
        item = book.propositions[name]
        title = book.sources[item.source].title
        where = {"source": item.source, "title": title, "pinpoint": item.pinpoint}
        found.append({"proposition": name, "standards": standards, **where})
    return found


__all__ = ["CHECKS", "SLOW", "law_of", "prove"]
