"""Agreement with decided cases, right by right and body by body."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rightscheck.assessment.assess import Reader, assess_case
from rightscheck.assessment.model import Assessment, RightResult
from rightscheck.assessment.verdict import gravest
from rightscheck.audit.firings import case_files
from rightscheck.facts.read import read_case

VIOLATION = ("incompatible", "high")
NO_VIOLATION = ("moderate", "low")


@dataclass(frozen=True, slots=True)
class Ruling:
    """One right of one decided case: what the body found, and what the rulebook says.

    `verdict` is None where the right is not reported. `rules` are those the verdict rests on.
    """

    case: str
    body: str
    checked: str
    reference: str
    right: str
    decided: str
    verdict: str | None
    rules: tuple[str, ...]
    reason: str
    only_live: bool

    @property
    def half(self) -> Literal["A", "B"]:
        """The half the case falls in, by the first digit of the SHA-256 of its reference: 0 to 7 is A."""
        return "A" if hashlib.sha256(self.reference.encode()).hexdigest()[0] in "01234567" else "B"

    @property
    def determined(self) -> bool:
        """Whether the rulebook gives an answer."""
        return self.verdict in VIOLATION + NO_VIOLATION

    @property
    def agrees(self) -> bool:
        """Whether that answer is the body's."""
        return self.verdict in (VIOLATION if self.decided == "violation" else NO_VIOLATION)


@dataclass(frozen=True, slots=True)
class Figures:
    """Agreement over some rulings; rates are of the determined ones, None where there are none."""

    rulings: int
    determined: int
    agreeing: int
    violations: int
    balanced: float | None
    matthews: float | None
    wilson: tuple[float, float] | None
    majority: float | None
    low_on_violation: int
    moderate_live: int

    @property
    def agreement(self) -> float | None:
        """Share of the determined rulings that agree."""
        return self.agreeing / self.determined if self.determined else None


def rulings_of(reader: Reader, paths: Iterable[Path]) -> list[Ruling]:
    """Assess decided cases; files without a decision are passed over."""
    found: list[Ruling] = []
    for path in paths:
        case = read_case(path).case
        if case.decided is None:
            continue
        results = assess_case(reader, case)
        for right, outcome in case.decided.outcome.items():
            found.append(
                _ruling(
                    case.case,
                    case.decided.body,
                    case.checked or "memory",
                    case.decided.reference,
                    right,
                    outcome,
                    results,
                )
            )
    return found


def _ruling(
    case: str, body: str, checked: str, reference: str, right: str, outcome: str, results: list[Assessment]
) -> Ruling:
    found: list[RightResult] = [r for result in results for r in result.rights if r.right == right]
    verdict = gravest(r.verdict for r in found) if found else None
    deciding = [r for r in found if r.verdict == verdict]
    rules = tuple(dict.fromkeys(rule for r in deciding for rule in r.reason_rules))
    live = verdict == "moderate" and all(r.reason.startswith("No test is known to fail") for r in deciding)
    return Ruling(
        case, body, checked, reference, right, outcome, verdict, rules, deciding[0].reason if deciding else "", live
    )


def figures(rulings: Iterable[Ruling]) -> Figures:
    """Return the figures over some rulings."""
    every = list(rulings)
    known = [r for r in every if r.determined]
    agreeing = sum(r.agrees for r in known)
    tp = sum(r.decided == "violation" and r.agrees for r in known)
    fn = sum(r.decided == "violation" and not r.agrees for r in known)
    tn = sum(r.decided != "violation" and r.agrees for r in known)
    fp = sum(r.decided != "violation" and not r.agrees for r in known)
    balanced = (tp / (tp + fn) + tn / (tn + fp)) / 2 if tp + fn and tn + fp else None
    spread = math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    violations = sum(r.decided == "violation" for r in every)
    return Figures(
        rulings=len(every),
        determined=len(known),
        agreeing=agreeing,
        violations=violations,
        balanced=balanced,
        matthews=(tp * tn - fp * fn) / spread if spread else None,
        wilson=wilson(agreeing, len(known)) if known else None,
        majority=max(violations, len(every) - violations) / len(every) if every else None,
        low_on_violation=sum(r.decided == "violation" and r.verdict == "low" for r in every),
        moderate_live=sum(r.only_live for r in every),
    )


def groups_of(rulings: Iterable[Ruling]) -> dict[str, list[Ruling]]:
    """Return rulings by what they are counted under: all, each half, right, body and manner of checking."""
    every = list(rulings)
    groups: dict[str, list[Ruling]] = {"all": every}
    for name in ("half", "right", "body", "checked"):
        for ruling in sorted(every, key=lambda r: str(getattr(r, name))):
            groups.setdefault(f"{name}: {getattr(ruling, name)}", []).append(ruling)
    return groups


def wilson(hits: int, total: int, z: float = 1.959963984540054) -> tuple[float, float]:
    """Return the Wilson score interval of a share (Wilson 1927)."""
    share = hits / total
    centre = share + z * z / (2 * total)
    margin = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return (centre - margin) / scale, (centre + margin) / scale


__all__ = ["Figures", "Ruling", "case_files", "figures", "groups_of", "rulings_of", "wilson"]
