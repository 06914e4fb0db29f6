"""What the proofs find: their catalogue, findings, and measures that show them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rightscheck.audit.findings import Check, Severity
from rightscheck.audit.proofs.space import Point
from rightscheck.problems import EngineFault

CHECKS: tuple[Check, ...] = (
    Check("E601", "a rule that can never fire"),
    Check("E602", "a rule whose condition can never be false"),
    Check("W603", "a rule that never fires where its right is engaged under a standard it cites"),
    Check("W604", "an exception that can never excuse its rule"),
    Check("W605", "a factor that can never be true"),
    Check("W606", "a factor that can never be false"),
    Check("W611", "rules on one right that always fire together"),
    Check("I612", "rules on different rights that always fire together"),
    Check("W621", "a rule subsumed by another on the same right"),
    Check("W631", "a mitigation that never meets the rule it answers"),
    Check("W632", "a rule that is always answered by the same mitigation"),
    Check("W633", "a mitigation that fires only beside the same violation"),
    Check("W641", "a gap: the worst answers to a core question, and a measure that is `low` with no rule firing"),
    Check("I642", "a gap in one right: the worst answers to a core question, and no rule firing on the right"),
    Check("E651", "`low` although an absolute bar is breached that a weighed standard carries"),
    Check("I652", "`low` although an absolute bar is breached, under standards that do not carry it"),
    Check("E661", "a more protective feature makes a verdict graver"),
    Check("E662", "one fact more silences a rule that fired firmly"),
    Check("W671", "a rule that stays open although every answer agrees"),
    Check("W672", "a factor that stays unknown although every answer agrees"),
    Check("W673", "presumptions whose order decides"),
    Check("W690", "a proof that was not finished within its limit"),
    Check("W691", "an accepted finding that is no longer found"),
)
BY_ID: Mapping[str, Check] = {check.id: check for check in CHECKS}


@dataclass(frozen=True, slots=True)
class Claim:
    """What a measure must show when it is assessed, one of the values listed for each name."""

    states: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rights: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    factors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    verdict: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Witness:
    """Measures under one setting that show a finding; the first stands before any change."""

    points: tuple[Point, ...]
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """One finding: what it concerns, in one sentence, and a witness; `rules` are those whose law it touches.

    `id` is a hash of the check and the subjects, so it stays when words change.
    """

    check: str
    subjects: tuple[str, ...]
    message: str
    rules: tuple[str, ...] = ()
    rights: tuple[str, ...] = ()
    witness: Witness | None = None
    accepted: str | None = None

    @property
    def id(self) -> str:
        """A short hash of the check and the subjects."""
        return hashlib.sha256("\0".join((self.check, *self.subjects)).encode()).hexdigest()[:12]

    @property
    def severity(self) -> Severity:
        """The severity, by the letter of the check."""
        return BY_ID[self.check].severity

    @property
    def order(self) -> tuple[Any, ...]:
        """The order in which findings are listed: check, then subjects."""
        return [c.id for c in CHECKS].index(self.check), self.subjects


FIRES = ("fired", "rebuttable")


def shown(claim: Claim, states: Mapping[str, str], rights: Mapping[str, str], verdict: str) -> list[str]:
    """Return what a judged measure says otherwise than claimed, factors left out."""
    wrong = [f"{n} is {states[n]}" for n, wanted in claim.states.items() if states[n] not in wanted]
    wrong += [f"{n} is {rights.get(n)}" for n, wanted in claim.rights.items() if rights.get(n) not in wanted]
    return wrong + ([f"the measure is {verdict}"] if claim.verdict and verdict not in claim.verdict else [])


def fault(proof: str, wrong: list[str]) -> EngineFault:
    """Return the fault of a witness that does not show what the solver said."""
    return EngineFault(f"the solver and the reference reading differ on {proof}: {'; '.join(wrong[:5])}")


def claim_data(claim: Claim) -> dict[str, Any]:
    """Return a claim as JSON data; what it does not speak of is left out."""
    data: dict[str, Any] = {
        key: {name: list(wanted) for name, wanted in getattr(claim, key).items()}
        for key in ("states", "rights", "factors")
    }
    data["verdict"] = list(claim.verdict)
    return {key: value for key, value in data.items() if value}
