"""Which single known facts, if wrong, would change the verdict: what to verify first."""

from __future__ import annotations

from dataclasses import dataclass

from rightscheck.assessment.assess import Judged
from rightscheck.assessment.conditions import Line
from rightscheck.assessment.model import GRAVITY
from rightscheck.assessment.open import answers_to
from rightscheck.assessment.probe import Probe
from rightscheck.assessment.words import answer, asked, capital, either, joined
from rightscheck.facts.case import MeasureBase
from rightscheck.facts.values import SetValue, Value, plain_value
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.readings.cells import alternatives

NOT_KNOWN = "not known"


@dataclass(frozen=True)
class Flip:
    """If a fact were `value` (None: not known), the measure's verdict would be `verdict`."""

    fact: str
    value: Value | None
    words: tuple[str, ...]
    verdict: str


def flips(probe: Probe, judged: Judged) -> list[Flip]:
    """Return every single change of a given or presumed fact, but for `type`, that changes the measure's verdict."""
    found = []
    for name in vocabulary().facts:
        value = judged.situation.facts.get(name)
        if value is None or name == "type":
            continue
        others: list[tuple[Value | None, tuple[str, ...]]] = []
        if vocabulary()[name].kind == "set":
            others += [(v, (_changed(name, value, v),)) for v in alternatives(probe.book, name, value)]
        else:
            here = alternatives(probe.book, name, value)
            others += [(v, words) for v, words in answers_to(probe, name) if v in here]
        if name in probe.facts:
            others.append((None, (NOT_KNOWN,)))
        for other, words in others:
            if not probe.possible({name: other}):
                continue
            verdict = probe.verdicts({name: other}).measure
            if verdict != judged.verdict:
                found.append(Flip(name, other, words, verdict))
    return found


def _changed(name: str, value: Value, other: Value) -> str:
    """Return in words how another set differs from the one given."""
    assert isinstance(value, SetValue)
    assert isinstance(other, SetValue)
    say = vocabulary()[name].values
    more, less = ([say[v] for v in say if v in a.members - b.members] for a, b in ((other, value), (value, other)))
    parts = [f"with “{w}” too" for w in more] + [f"without “{w}”" for w in less]
    return joined(parts, "and") or "with nothing else"


def _if(name: str, words: list[str]) -> str:
    """Return answers as a condition; to know none is no answer."""
    given = [w for w in words if w != NOT_KNOWN]
    parts = given
    if given and vocabulary()[name].kind != "set":
        parts = [f"with the answer {joined([f'“{w}”' for w in given])}"]
    return joined([*parts, *(["if this were not known"] if NOT_KNOWN in words else [])])


def contested(measure: MeasureBase) -> dict[str, list[str]]:
    """Return the facts that a party states otherwise, with the parties."""
    facts = measure.facts()
    found: dict[str, list[str]] = {}
    for claim in measure.claims or []:
        for name, value in claim.values().items():
            if facts.get(name) != value:
                found.setdefault(name, []).append(claim.by)
    return found


def _weight(verdict: str, other: str) -> int:
    if "undetermined" in (verdict, other):
        return 1
    return 2 + abs(GRAVITY[verdict] - GRAVITY[other])


def sensitivity(probe: Probe, judged: Judged, measure: MeasureBase) -> Line:
    """Return what to verify first: contested facts first, then those whose error would change the verdict most."""
    found = flips(probe, judged)
    disputed = contested(measure)
    by_fact: dict[str, list[Flip]] = {}
    for flip in found:
        by_fact.setdefault(flip.fact, []).append(flip)
    known = len([n for n in judged.situation.facts if n != "type"])
    text = (
        f"The verdict {judged.verdict} rests on {len(by_fact)} of {known} known facts: if one of these were wrong, it "
        "would change. Verify them first, from the top."
        if by_fact
        else f"No single known fact, if wrong, would change the verdict {judged.verdict}."
    )
    root = Line("sensitivity", text, judged.verdict, measure.id)
    order = {name: number for number, name in enumerate(vocabulary().facts)}

    def key(name: str) -> tuple[bool, int, int]:
        return name not in disputed, -max(_weight(judged.verdict, f.verdict) for f in by_fact[name]), order[name]

    for name in sorted(by_fact, key=key):
        value = judged.situation.facts[name]
        presumed = " (presumed)" if name in judged.situation.presumed else ""
        mark = f" Contested by: {either(disputed[name], 'and')}." if name in disputed else ""
        groups: dict[str, list[str]] = {}
        for flip in by_fact[name]:
            groups.setdefault(flip.verdict, []).extend(flip.words)
        said = "; ".join(f"{verdict} {_if(name, words)}" for verdict, words in groups.items())
        text = f"{asked(name)} {capital(answer(name, value))}{presumed}. The verdict would be {said}.{mark}"
        line = Line("sensitive", text, "contested" if name in disputed else "", name)
        line.children = [
            Line(
                "if",
                f"{capital(either(f.words))}: {f.verdict}.",
                f.verdict,
                name,
                given="unknown" if f.value is None else plain_value(name, f.value),
            )
            for f in by_fact[name]
        ]
        root.children.append(line)
    return root
