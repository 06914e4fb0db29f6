"""The rulebook as strict pydantic models; the form of each file under rules/ (docs/rules-format.md)."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from rightscheck.facts.case import DateText, Id, Right, Standard, Strict

Stage = Literal[
    "scope",
    "absolute",
    "legality",
    "aim",
    "necessity",
    "proportionality",
    "equality",
    "safeguards",
    "derogation",
    "due-diligence",
]
STAGES: tuple[str, ...] = get_args(Stage)
Effect = Literal["violation", "strong", "weak", "mitigates"]
Verified = Literal["seen", "memory", "unsure"]
Line = Annotated[str, Field(min_length=1, max_length=2000)]
Expression = Annotated[str, Field(min_length=1, max_length=4000)]


class Source(Strict):
    """An instrument or decision that may be cited, and the standards under which it may be."""

    id: Id
    title: Line
    body: Line
    year: int
    symbol: str | None = None
    kind: Line
    binding: Literal["binding", "authoritative", "soft"]
    applies_to: str | None = None
    standards: list[Standard]
    url: str | None = None
    note: str | None = None


class Proposition(Strict):
    """What a source says, in our words, with a pinpoint and how it was checked."""

    id: Id
    source: Id
    pinpoint: str | None = None
    rights: list[Right]
    stage: Stage
    proposition: Line
    verified: Verified
    url: str | None = None
    note: str | None = None


class Factor(Strict):
    """A named intermediate concept, defined once."""

    id: Id
    title: Line
    when: Expression
    law: list[Id] = []
    note: str | None = None


class Example(Strict):
    """Facts and the state the rule must have on them."""

    facts: dict[str, Any]
    expect: Literal["fired", "rebuttable", "excused", "live", "dormant", "open", "silent"]
    note: str | None = None


class RightStage(Strict):
    """All rules of a right at a stage of the test."""

    right: Right
    stage: Stage


class Rule(Strict):
    """One rule: a condition, what it means for rights at a stage of the test, and the law for it."""

    id: Id
    title: Line
    rights: Annotated[list[Right], Field(min_length=1)]
    stage: Stage
    effect: Effect
    when: Expression
    unless: Expression | None = None
    because: Line
    cure: Line | None = None
    limits: Line | None = None
    law: dict[Standard, Annotated[list[Id], Field(min_length=1)]]
    critiques: list[Annotated[str, Field(pattern=r"^C[0-9]{2}$")]] = []
    answers: list[Id | RightStage] = []
    absolute: bool = False
    examples: list[Example] = []
    note: str | None = None


class Engagement(Strict):
    """When a right is engaged."""

    when: Expression
    note: str | None = None


class InPlay(Strict):
    """Which groups of facts a measure calls for."""

    always: list[str]
    types: dict[str, list[str]]


class Presumption(Strict):
    """A value that the law presumes of an unknown fact."""

    id: Id
    fact: str
    value: bool | int | str
    when: Expression
    unless: Expression | None = None
    source: Id
    text: Line


class CoreQuestion(Strict):
    """A question any finding on these rights has to rest on; any one of the facts answers it."""

    id: Id
    rights: Annotated[list[Right], Field(min_length=1)]
    stage: Stage
    question: Line
    facts: Annotated[list[str], Field(min_length=1)]
    when: Expression | None = None
    note: str | None = None


class Method(Strict):
    """The core questions."""

    core: list[CoreQuestion]


class StandardInfo(Strict):
    """A standard: a treaty, a political commitment or a declaration.

    `protects` is its personal scope where it does not protect everyone; it is weighed only where that certainly holds.
    """

    title: Line
    kind: Literal["treaty", "commitment", "declaration"]
    source: Id
    protects: Expression | None = None


class Protocol(Strict):
    """A protocol that holds articles of a standard."""

    title: Line
    standard: Standard
    source: Id


class Cell(Strict):
    """The article of a standard that protects a right, and the protocol it stands in."""

    article: Line
    protocol: str | None = None
    note: str | None = None


class Party(Strict):
    """When a State took on a standard or protocol; dates are ISO 8601."""

    signed: DateText | None = None
    ratified: DateText | None = None
    in_force: DateText | None = None
    since: DateText | None = None
    ceased: DateText | None = None
    source: str | None = None
    verified: Verified | None = None
    note: str | None = None


class Standards(Strict):
    """Standards, the matrix of articles, and parties with their dates."""

    standards: dict[Standard, StandardInfo]
    protocols: dict[str, Protocol] = {}
    articles: dict[Right, dict[Standard, Cell]]
    parties: dict[str, dict[str, Party]]


class Aims(Strict):
    """Which legal aims a stated aim can be brought under, and which each article admits."""

    maps: dict[str, list[str]]
    articles: dict[Right, dict[Standard, list[str]]]


class Grade(Strict):
    """One grade of severity and when it holds."""

    grade: Line
    when: Expression
    because: Line


class Severity(Strict):
    """Scale, scope and irremediability, each graded from the top down."""

    scale: list[Grade]
    scope: list[Grade]
    irremediability: list[Grade]


Cost = Annotated[int, Field(ge=1, le=1000)]


class Amendments(Strict):
    """What it costs a drafter to change a feature; `facts` names those that cost more than others of their kind."""

    switch: Cost = 4
    begin: Cost = 3
    step: Cost = 1
    remove: Cost = 4
    confirm: Cost = 1
    facts: dict[str, Cost] = {}


class NotModelled(Strict):
    """A proposition that no rule carries, with the reason."""

    id: Id
    reason: Line


class Content(Strict):
    """A whole rulebook; its canonical JSON is what the digest is taken of."""

    name: Id
    title: Line
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    sources: list[Source]
    propositions: list[Proposition]
    factors: list[Factor]
    rules: list[Rule]
    engagement: dict[Right, Engagement]
    in_play: InPlay
    presumptions: list[Presumption]
    method: Method
    standards: Standards
    aims: Aims
    severity: Severity
    amendments: Amendments | None = None
    phrases: dict[str, dict[str, str]]
    glossary: dict[str, str]
    not_modelled: list[NotModelled]
