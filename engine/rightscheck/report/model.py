"""The content of a report, the same for every format; its JSON is the report in JSON.

Every statement carries what it rests on: rules, facts, sources, law, standards or core questions by their ids. What
they name stands in the same report, so that a reader can follow each statement to its ground.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from rightscheck.assessment.model import StageStatus, Verdict

FORM = "rightscheck/report/1"
RefKind = Literal["rule", "fact", "source", "law", "standard", "question", "measure", "rulebook"]
Arrangement = Literal["full", "iccpr", "osja", "hrddp", "compatibility"]


class Part(BaseModel):
    """Base of the parts of a report."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class Ref(Part):
    """What a statement rests on."""

    kind: RefKind
    id: str


class Said(Part):
    """A statement with its grounds; `lang` is the language it is written in."""

    text: str
    lang: str
    refs: Annotated[tuple[Ref, ...], Field(min_length=1)]


class SourceItem(Part):
    """Where facts of a case come from."""

    id: str
    title: str
    locator: str | None
    url: str | None


class CaseItem(Part):
    """A case as it was given."""

    case: str
    title: str
    country: str | None
    date: str | None
    summary: str | None
    sources: list[SourceItem]


class StandardItem(Part):
    """A standard and its status for the State at the date of assessment."""

    id: str
    title: str
    status: Literal["binding", "signed", "commitment", "benchmark"]


class LawItem(Part):
    """What a source of law says, with its place there, and whether that place was checked."""

    number: int
    id: str
    source: str
    title: str
    pinpoint: str | None
    verified: Literal["seen", "memory", "unsure"]
    says: str
    url: str | None
    standards: list[str]


class EvidenceItem(Part):
    """Which source says that a fact is so."""

    source: str
    title: str
    locator: str | None
    quote: str | None


class FactItem(Part):
    """A fact relied on; `presumed` gives the presumption of law that filled it."""

    name: str
    asks: str
    value: Any
    said: str
    evidence: EvidenceItem | None
    presumed: Said | None


class ContestedItem(Part):
    """A fact that a party states otherwise; None is unknown."""

    name: str
    asks: str
    held: str | None
    claimed: str | None


class VersionItem(Part):
    """What one party says instead, and what would follow."""

    by: str
    source: str | None
    locator: str | None
    facts: list[ContestedItem]
    verdict: Verdict
    could_be: tuple[Verdict, Verdict]
    follows: Said


class QuestionItem(Part):
    """A core question; `answered_by` are the facts given that answer it, `facts` all that could."""

    id: str
    question: str
    answered_by: list[str]
    facts: list[str]


class RuleItem(Part):
    """A rule that fired for a right. `also` names the right under which it is set out, where that is another."""

    rule: str
    title: str
    title_lang: str
    effect: Literal["violation", "strong", "weak", "mitigates"]
    absolute: bool
    because: Said
    cure: Said | None
    limits: Said | None
    facts: list[str]
    presumed: list[str]
    rebuttable_by: list[str]
    answered_by: list[str]
    standards: list[str]
    law: list[int]
    critiques: list[str]
    also: str | None


class OpenItem(Part):
    """A rule that is partly met and could still fire."""

    rule: str
    title: str
    title_lang: str
    effect: Literal["violation", "strong", "weak", "mitigates"]
    standards: list[str]
    unknown: list[str]


class StageItem(Part):
    """One stage of the test of a right."""

    stage: str
    status: StageStatus
    said: Said
    questions: list[QuestionItem]
    rules: list[RuleItem]
    open: list[OpenItem]


class RightItem(Part):
    """The finding on one right; `binding` says whether a standard that binds the State protects it."""

    right: str
    engaged: bool
    verdict: Verdict
    could_be: tuple[Verdict, Verdict]
    binding: bool
    by_standard: dict[str, Verdict]
    articles: dict[str, str]
    reason: Said
    stages: list[StageItem]
    quiet: int


class UnknownItem(Part):
    """An unknown fact that can still change a finding."""

    name: str
    asks: str
    rights: list[str]
    rules: list[str]


class AdviceItem(Part):
    """What would mend a finding, said by a rule that fired."""

    said: Said
    rules: list[str]
    rights: list[str]
    effect: Literal["violation", "strong", "weak"]


class ChangeItem(Part):
    """A feature to change, or with `confirm` to state; `before` is None where nothing is stated so far."""

    name: str
    asks: str
    before: str | None
    after: str
    confirm: bool
    rules: list[str]


class SmallestItem(Part):
    """The cheapest set of changes that brings a measure to `target`, proved to be so; none where no redrafting does.

    `stands` are then the rules and questions that no redrafting meets.
    """

    target: Verdict
    becomes: Verdict | None
    changes: list[ChangeItem]
    said: Said
    stands: list[Said]


class SeverityItem(Part):
    """One dimension of severity; reported apart from the verdict."""

    dimension: Literal["scale", "scope", "irremediability"]
    grade: str
    because: Said | None


class MeasureItem(Part):
    """One measure assessed."""

    number: int
    case: str
    measure: str
    title: str
    assessment: int | None
    as_of: str | None
    country: str | None
    type: str
    standards: list[StandardItem]
    binding: bool
    verdict: Verdict
    could_be: tuple[Verdict, Verdict]
    sentence: Said
    bounds: Said
    standing: Said
    reason: Said
    severity: list[SeverityItem]
    rights: list[RightItem]
    not_covered: list[str]
    facts: list[FactItem]
    versions: list[VersionItem]
    unknown: list[UnknownItem]
    smallest: SmallestItem | None
    advice: list[AdviceItem]


class ConsideredItem(Part):
    """A rule considered, and its state for each measure it bears on, by the measure's number."""

    rule: str
    title: str
    title_lang: str
    rights: list[str]
    stage: str
    effect: Literal["violation", "strong", "weak", "mitigates"]
    states: dict[int, str]


class AgreementItem(Part):
    """Agreement with decided cases: half A was at hand when rules were written, B was held back; `unseen` are batches
    of cases, each run once on a rulebook that was frozen before anyone who writes rules had opened them.

    `majority` is the share that always naming the commoner outcome would reach.
    """

    half: Literal["A", "B", "unseen"]
    rulings: int
    determined: int
    agreeing: int
    interval: tuple[float, float] | None
    majority: float | None
    low_on_violation: int


class MethodItem(Part):
    """How the findings were reached."""

    engine: str
    rulebook: str
    title: str
    version: str
    sha256: str
    steps: list[str]
    agreement: list[AgreementItem]
    limits: list[str]
    unverified: int


class Report(Part):
    """A report: what was assessed, the measures with their rights, the method, law and all rules considered.

    `translated` says whether texts of its rules stand in the report's language, and whether a lawyer has read them.
    """

    form: str = FORM
    lang: str
    translated: Literal["no", "unreviewed", "reviewed"]
    arrangement: Arrangement
    title: str
    disclaimer: str
    cases: list[CaseItem]
    measures: list[MeasureItem]
    method: MethodItem
    law: list[LawItem]
    considered: list[ConsideredItem]

    def statements(self) -> Iterator[Said]:
        """Yield every statement in the report."""
        stack: list[Any] = [self]
        while stack:
            item = stack.pop()
            if isinstance(item, Said):
                yield item
            elif isinstance(item, BaseModel):
                stack.extend(getattr(item, name) for name in type(item).model_fields)
            elif isinstance(item, list | tuple):
                stack.extend(item)
            elif isinstance(item, dict):
                stack.extend(item.values())
