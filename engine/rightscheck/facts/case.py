"""The case file as strict pydantic models.

The model of a measure is made from the vocabulary, so that there is one source of truth.
"""

from __future__ import annotations

import datetime
import functools
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, create_model

from rightscheck.facts.countries import countries, country_fault
from rightscheck.facts.values import OPEN, Facts, Value, read_value
from rightscheck.facts.vocabulary import IDENTITY, MAX_INT, Fact, vocabulary
from rightscheck.problems import nearest

RIGHTS: tuple[str, ...] = (
    "life",
    "torture",
    "liberty",
    "fair-trial",
    "legality-of-penalties",
    "privacy",
    "movement",
    "religion",
    "expression",
    "assembly",
    "association",
    "participation",
    "equality",
    "minority",
    "remedy",
    "property",
    "refoulement",
    "nationality",
)
STANDARDS: tuple[str, ...] = (
    "iccpr",
    "echr",
    "achr",
    "achpr",
    "eu-charter",
    "osce",
    "udhr",
    "cat",
    "refugee",
    "crc",
    "icerd",
)


def _one_of(what: str, names: tuple[str, ...]) -> tuple[AfterValidator, WithJsonSchema]:
    def check(name: str) -> str:
        if name not in names:
            hint = nearest(name, names)
            raise ValueError(f"no {what} `{name}`" + (f"; did you mean `{hint}`?" if hint else ""))
        return name

    return AfterValidator(check), WithJsonSchema({"type": "string", "enum": list(names)})


def _country(code: str) -> str:
    fault, hint = country_fault(code)
    if fault:
        raise ValueError(f"`{code[:60]}` {fault}" + (f"; did you mean `{hint}`?" if hint else ""))
    return code


Country = Annotated[str, AfterValidator(_country), WithJsonSchema({"type": "string", "enum": list(countries())})]
Right = Annotated[str, *_one_of("right", RIGHTS)]
Standard = Annotated[str, *_one_of("standard", STANDARDS)]
Id = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=120)]
Text = Annotated[str, Field(max_length=20_000)]

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?\Z")


def parse_date(text: str) -> datetime.date:
    """Return the first day of an ISO 8601 date, year-month or bare year; raises ValueError."""
    match = _DATE.match(text)
    if match is None:
        raise ValueError("takes a date such as 2005-04-11, 2005-04 or 2005")
    year, month, day = (int(part) if part else 1 for part in match.groups())
    return datetime.date(year, month, day)


def _date_text(raw: Any) -> Any:
    if isinstance(raw, int) and not isinstance(raw, bool) and 1000 <= raw <= 9999:
        return str(raw)
    if isinstance(raw, datetime.date):
        return raw.isoformat()
    if isinstance(raw, str):
        parse_date(raw)
    return raw


DateText = Annotated[
    str, BeforeValidator(_date_text, json_schema_input_type=str | int), Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")
]


class Strict(BaseModel):
    """Base of the models: strict types, nothing extra, not changed after reading."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, protected_namespaces=())


def _ten_words(quote: str | None) -> str | None:
    if quote is not None and len(quote.split()) > 10:
        raise ValueError("a quotation has at most ten words")
    return quote


class Source(Strict):
    """Where facts come from."""

    id: Id
    title: Text
    locator: Text | None = None
    url: Annotated[str, Field(max_length=2000)] | None = None


class Evidence(Strict):
    """Which source says that a fact is so."""

    source: Id
    locator: Text | None = None
    quote: Annotated[Text | None, BeforeValidator(_ten_words)] = None


class Claim(Strict):
    """What a party says instead, where it differs from the measure's own facts."""

    by: Literal["government", "author", "opposition", "ngo", "court", "affected", "international-body"]
    source: Id | None = None
    locator: Text | None = None
    facts: dict[str, Any]

    def values(self) -> dict[str, Value]:
        """Return the claimed facts as values (checked when the case was read)."""
        read = {name: read_value(vocabulary()[name], raw)[0] for name, raw in self.facts.items()}
        return {name: value for name, value in read.items() if value is not None}


class Decided(Strict):
    """What a deciding body found, right by right."""

    body: Literal["ECtHR", "EComHR", "HRC", "IACtHR", "ACtHPR", "ACHPR", "CJEU", "national court"]
    reference: Text
    date: DateText
    outcome: dict[Right, Literal["violation", "no-violation"]]
    note: Text | None = None


class MeasureBase(Strict):
    """What every measure has beside its facts."""

    id: Id
    title: Text
    evidence: dict[str, Evidence] | None = None
    claims: list[Claim] | None = None
    not_known: Annotated[
        list[str] | None,
        Field(description="Facts that were asked for and are not known; an interview does not ask for them again."),
    ] = None

    def facts(self) -> dict[str, Value]:
        """Return the given facts by dotted name; unknown ones are absent."""
        flat: dict[str, Value] = {}
        for name, fact in vocabulary().facts.items():
            holder: Any = self if fact.group == IDENTITY else getattr(self, fact.group)
            raw = None if holder is None else getattr(holder, name.rpartition(".")[2])
            value = read_value(fact, raw)[0]
            if value is not None:
                flat[name] = value
        return flat


def _literal(values: list[str]) -> Any:
    return Literal.__getitem__(tuple(values))


def _annotation(fact: Fact) -> Any:
    if fact.kind == "bool":
        return bool
    if fact.kind == "int":
        return Annotated[int, Field(ge=0, le=MAX_INT)]
    if fact.kind == "set":
        return list[_literal([*fact.values, OPEN])]  # type: ignore[misc]
    return _literal(list(fact.values))


def _field(fact: Fact) -> Any:
    said = "".join(f"\n{value}: {text}" for value, text in fact.values.items())
    unit = f" (in {fact.unit})" if fact.unit else ""
    extra = {"role": fact.role, **({"protects": fact.protects} if fact.protects else {})}
    info: dict[str, Any] = {"description": f"{fact.asks}{unit}{said}", "json_schema_extra": extra}
    if fact.name == "type":
        return (_annotation(fact), Field(**info))
    return (_annotation(fact) | None, Field(default=None, **info))


@functools.cache
def measure_model() -> type[MeasureBase]:
    """Return the pydantic model of a measure, made from the vocabulary."""
    fields: dict[str, Any] = {}
    for group, names in vocabulary().groups.items():
        members = {name.rpartition(".")[2]: _field(vocabulary()[name]) for name in names}
        if group == IDENTITY:
            fields.update(members)
        else:
            model = create_model(f"{group.title()}Facts", __base__=Strict, **members)
            fields[group] = (model | None, None)
    return create_model("Measure", __base__=MeasureBase, **fields)


class CaseBase(Strict):
    """One case: what happened or is planned, where, and its measures."""

    case: Id
    title: Text
    country: Country | None = None
    date: DateText | None = None
    summary: Text | None = None
    standards: list[Standard] | None = None
    sources: list[Source] | None = None
    decided: Decided | None = None
    checked: Literal["seen", "memory"] | None = None


@functools.cache
def case_model() -> type[CaseBase]:
    """Return the pydantic model of a case file."""
    measures: Any = (list[measure_model()], Field(min_length=1))  # type: ignore[misc]
    return create_model("Case", __base__=CaseBase, measures=measures)


def measures_of(case: CaseBase) -> list[MeasureBase]:
    """Return a case's measures."""
    return list(case.measures)  # type: ignore[attr-defined]


def contradictions(facts: Facts) -> list[tuple[str, str, str]]:
    """Return (first fact, second fact, what contradicts) for facts that cannot both hold (case-format.md)."""
    found = []
    ranks = vocabulary()["sanction.kind"].codes
    kind = facts.get("sanction.kind")
    for name in ("sanction.prison_months", "sanction.prison_days"):
        months = facts.get(name)
        if isinstance(kind, str) and isinstance(months, int) and months > 0 and ranks[kind] < ranks["prison"]:
            found.append((name, "sanction.kind", f"imprisonment is given, and sanction.kind is {kind}"))
    return found


def warnings(facts: Facts) -> list[tuple[str, str, str]]:
    """Return (first fact, second fact, what) for facts that sit oddly together; nothing is changed or filled in."""
    found = []
    if "reach.days" in facts and facts.get("reach.duration") == "indefinite":
        found.append(("reach.days", "reach.duration", "a number of days is given for a measure without an end"))
    if "detention.judge_within_hours" in facts and facts.get("detention.grounds") == "conviction":
        text = "hours before a judge are given for detention after conviction"
        found.append(("detention.judge_within_hours", "detention.grounds", text))
    if facts.get("assembly.spontaneous_allowed") is True and facts.get("assembly.regime") == "prohibited":
        text = "spontaneous assemblies are allowed where assemblies are prohibited"
        found.append(("assembly.spontaneous_allowed", "assembly.regime", text))
    return found
