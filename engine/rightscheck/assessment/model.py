"""The result of an assessment as pydantic models; their JSON is the contract of cli.md."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Verdict = Literal["incompatible", "high", "moderate", "low", "undetermined"]
StageStatus = Literal["passed", "failed", "doubtful", "open"]
GRAVITY: dict[str, int] = {"low": 0, "moderate": 1, "high": 2, "incompatible": 3}


class Result(BaseModel):
    """Base of the result models."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class RulebookRef(Result):
    """Which rulebook gave the result."""

    name: str
    version: str
    sha256: str


class StandardRef(Result):
    """A standard and its status for the State at the date of assessment."""

    id: str
    status: Literal["binding", "signed", "commitment", "benchmark"]


class SourceRef(Result):
    """The law a rule rests on; `verified` says how the pinpoint was checked."""

    id: str
    proposition: str
    standard: str
    pinpoint: str | None
    title: str
    url: str | None
    verified: str
    says: str


class SeverityResult(Result):
    """Severity after the UN Guiding Principles; never changes a verdict."""

    scale: str
    scope: str
    irremediability: str


class RightResult(Result):
    """The verdict of one right.

    `engaged` is false where it is only possibly engaged. `reason` says in a sentence what the verdict rests on,
    `reason_rules` by which rules.
    """

    right: str
    engaged: bool
    verdict: Verdict
    could_be: tuple[Verdict, Verdict]
    by_standard: dict[str, Verdict]
    articles: dict[str, str]
    stages: dict[str, StageStatus]
    core_unanswered: list[str]
    questions: list[str]
    reason: str
    reason_rules: list[str]


class FiredRule(Result):
    """A rule that fired for a right."""

    rule: str
    title: str
    right: str
    stage: str
    effect: str
    absolute: bool
    standards: list[str]
    because: str
    cure: str | None
    limits: str | None
    facts: dict[str, Any]
    presumed: list[str]
    rebuttable_by: list[str]
    answered_by: list[str]
    critiques: list[str]
    sources: list[SourceRef]


class OpenRule(Result):
    """A rule that an unknown fact leaves open."""

    rule: str
    title: str
    right: str
    stage: str
    effect: str
    live: bool
    unknown: list[str]
    critiques: list[str]


class Version(Result):
    """The verdict on the facts as one party states them."""

    by: str
    verdict: Verdict
    could_be: tuple[Verdict, Verdict]
    differs_on: list[str]


class Presumed(Result):
    """A fact filled by a presumption of law."""

    fact: str
    value: Any
    text: str
    source: str


class Assessment(Result):
    """One measure assessed by one rulebook at one date."""

    case: str
    measure: str
    title: str
    country: str | None
    as_of: str | None
    assessment: int | None = None
    engine: str
    rulebook: RulebookRef
    standards: list[StandardRef]
    binding: bool
    verdict: Verdict
    could_be: tuple[Verdict, Verdict]
    reason: str
    severity: SeverityResult
    rights: list[RightResult]
    not_covered: list[str]
    fired: list[FiredRule]
    open: list[OpenRule]
    excused: list[str]
    not_examined: int
    unknown_that_matter: list[str]
    presumptions: list[Presumed]
    in_play: list[str]
    versions: list[Version]
    firing_order: list[str]
    facts: dict[str, Any]

    def _repr_html_(self) -> str:
        from rightscheck.assessment.html import assessment_html

        return assessment_html(self)
