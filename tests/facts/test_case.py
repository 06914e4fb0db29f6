"""Case files: the strict model, its errors, and the vocabulary behind it."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rightscheck.facts.case import measures_of, parse_date
from rightscheck.facts.countries import countries
from rightscheck.facts.read import case_from_data, read_case, read_case_bytes
from rightscheck.facts.schema import case_schema
from rightscheck.facts.text import parse_file
from rightscheck.facts.values import SetValue, plain_facts, read_value, say
from rightscheck.facts.vocabulary import IDENTITY, vocabulary
from rightscheck.problems import InputError
from rightscheck.resources import bundled
from tests.strategies import facts

CASES = sorted(p for p in bundled("cases").rglob("*.yaml") if p.name != "expected.yaml")
ALL = list(vocabulary().facts)


@functools.cache
def validator(draft: str) -> Any:
    schema = case_schema(draft)
    made = jsonschema.validators.validator_for(schema)
    made.check_schema(schema)
    return made(schema)


def valid(data: Any, draft: str) -> None:
    """Raise jsonschema.ValidationError where the schema refuses the data."""
    validator(draft).validate(data)


def document(given_facts: dict[str, Any], **more: Any) -> dict[str, Any]:
    measure: dict[str, Any] = {"id": "m", "title": "M"}
    for name, value in given_facts.items():
        group, _, key = name.rpartition(".")
        (measure.setdefault(group, {}) if group else measure)[key] = value
    return {"case": "c", "title": "C", "country": "NO", "date": "2005-04-11", "measures": [measure], **more}


def faults(data: dict[str, Any]) -> str:
    with pytest.raises(InputError) as caught:
        case_from_data(data)
    return str(caught.value)


@settings(max_examples=200, suppress_health_check=list(HealthCheck), deadline=None)
@given(facts(ALL))
def test_facts_come_back_as_they_were_written(values: dict[str, Any]) -> None:
    for name in ("sanction.prison_months", "sanction.prison_days"):
        values.pop(name, None)
    read = case_from_data(document(plain_facts(values))).case

    assert measures_of(read)[0].facts() == values


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(facts(ALL))
def test_the_schema_takes_what_the_model_takes(values: dict[str, Any]) -> None:
    for draft in ("2020-12", "07"):
        valid(document(plain_facts(values)), draft)


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem)
def test_every_bundled_case_reads_and_fits_the_schema(path: Path) -> None:
    assert measures_of(read_case(path).case)
    plain = parse_file(path).plain()
    for draft in ("2020-12", "07"):
        valid(plain, draft)


def test_the_schema_refuses_what_the_model_refuses() -> None:
    wrong = document({"type": "assembly-ban", "law.basis": "statut"})
    with pytest.raises(jsonschema.ValidationError):
        valid(wrong, "2020-12")
    with pytest.raises(jsonschema.ValidationError):
        valid({**document({"type": "detention"}), "extra": 1}, "07")


@pytest.mark.parametrize("draft", ["2020-12", "07"])
def test_the_schema_points_at_the_wrong_value(draft: str) -> None:
    data = document({"type": "detention", "law": {"precision": "vag", "bassis": None}}, country="UK")
    found = {(*error.path,): error.message for error in validator(draft).iter_errors(data)}

    assert found.keys() == {("country",), ("measures", 0, "law"), ("measures", 0, "law", "precision")}
    assert "bassis" in found["measures", 0, "law"]


def test_null_empty_and_absent_are_unknown() -> None:
    measure = b"{id: m, title: t, type: detention, law: {basis: }, safeguards: , reach: {}}"
    text = b"case: c\ntitle: t\nmeasures:\n  - " + measure

    assert measures_of(read_case_bytes(text).case)[0].facts() == {"type": "detention"}


def test_every_fault_is_listed_with_line_name_and_nearest() -> None:
    text = b"""case: c
title: t
country: Norway
measures:
  - id: m
    titel: t
    title: t
    type: asembly-ban
    law: {basiss: statute, precision: vag, published: 1}
    restricts: [assembl]
    reach: {days: -1}
"""
    with pytest.raises(InputError) as caught:
        read_case_bytes(text, "f")
    found = [str(p) for p in caught.value.problems]

    assert found == [
        "f:3:1: `country`: takes two capital letters (ISO 3166-1 alpha-2); did you mean `NO`?",
        "f:6:5: `measures.0.titel`: no such name here; did you mean `title`?",
        "f:8:5: `type`: has no value 'asembly-ban'; did you mean `assembly-ban`?",
        "f:9:11: `measures.0.law.basiss`: no such name here; did you mean `basis`?",
        "f:9:28: `law.precision`: has no value 'vag'; did you mean `vague`?",
        "f:9:44: `law.published`: takes true or false, not 1",
        "f:10:5: `restricts`: has no value 'assembl'; did you mean `assembly`?",
        "f:11:13: `reach.days`: takes a whole number from 0 to 1,000,000,000",
    ]


@pytest.mark.parametrize("kind", ["none", "warning", "fine", "arrest"])
@pytest.mark.parametrize("name", ["sanction.prison_months", "sanction.prison_days"])
def test_prison_below_the_sanction_prison_is_a_contradiction(name: str, kind: str) -> None:
    text = faults(document({"type": "detention", name: 3, "sanction.kind": kind}))

    assert name in text
    assert "sanction.kind" in text


def test_what_only_sits_oddly_warns_and_changes_nothing() -> None:
    read = case_from_data(document({"type": "detention", "reach.days": 3, "reach.duration": "indefinite"}))

    assert [w.name for w in read.warnings] == ["reach.days"]
    assert measures_of(read.case)[0].facts()["reach.days"] == 3


def test_a_country_is_a_code_of_iso_3166() -> None:
    assert len(countries()) == 251
    assert all(re.fullmatch("[A-Z]{2}", code) for code in countries())
    for code in ("KZ", "EU", "XK", "GB"):
        assert not faults_or_none({"country": code})
    for text, meant in (("UK", "GB"), ("Kazakhstan", "KZ"), ("kz", "KZ"), ("RUS", "RU"), ("Germny", "DE")):
        assert f"did you mean `{meant}`?" in faults_or_none({"country": text})
    assert "no country code" in faults_or_none({"country": "ZZ"})


def faults_or_none(more: dict[str, Any]) -> str:
    try:
        case_from_data({**document({"type": "detention"}), **more})
    except InputError as error:
        return str(error)
    return ""


def test_what_is_not_known_names_facts_that_are_not_given() -> None:
    data = document({"type": "detention", "law": {"published": True}, "restricts": ["liberty", "?"]})
    data["measures"][0]["not_known"] = ["law.basis", "restricts"]
    assert measures_of(case_from_data(data).case)[0].not_known == ["law.basis", "restricts"]
    data["measures"][0]["not_known"] = ["law.bassis", "law.published"]
    text = faults(data)

    assert "`law.bassis`: no such fact; did you mean `law.basis`?" in text
    assert "`law.published`: is given, so it cannot be listed as not known" in text


def test_evidence_claims_and_sources_are_checked() -> None:
    data = document({"type": "detention"}, sources=[{"id": "s", "title": "S"}])
    data["measures"][0]["evidence"] = {"law.bassis": {"source": "s"}, "law.basis": {"source": "t"}}
    data["measures"][0]["claims"] = [{"by": "government", "source": "s", "facts": {"law.precision": "vag"}}]
    text = faults(data)

    assert "`law.bassis`: no such fact; did you mean `law.basis`?" in text
    assert "`t`: no such source in this case" in text
    assert "`law.precision`: has no value 'vag'; did you mean `vague`?" in text
    data["measures"][0]["evidence"] = {
        "law.basis": {"source": "s", "quote": "one two three four five six seven eight nine ten eleven"}
    }
    assert "at most ten words" in faults(data)


@pytest.mark.parametrize(
    ("text", "day"), [("2005", "2005-01-01"), ("2005-04", "2005-04-01"), ("2005-04-11", "2005-04-11")]
)
def test_a_date_may_be_a_day_a_month_or_a_year(text: str, day: str) -> None:
    assert parse_date(text).isoformat() == day
    assert (
        read_case_bytes(
            f"case: c\ntitle: t\ndate: {text}\nmeasures: [{{id: m, title: t, type: detention}}]".encode()
        ).case.date
        == text
    )


@pytest.mark.parametrize("text", ["2005-13", "2005-02-30", "April 2005", "20050411"])
def test_a_wrong_date_is_refused(text: str) -> None:
    assert "date" in faults(document({"type": "detention"}, date=text))


def test_a_set_is_complete_as_written_unless_it_says_otherwise() -> None:
    fact = vocabulary()["restricts"]

    assert read_value(fact, ["assembly"])[0] == SetValue(frozenset({"assembly"}))
    assert read_value(fact, ["?", "assembly"])[0] == SetValue(frozenset({"assembly"}), open=True)
    assert read_value(fact, [])[0] == SetValue(frozenset())
    assert say("restricts", SetValue(frozenset({"assembly"}), open=True)).endswith("and perhaps others")


def test_every_fact_asks_a_question_and_has_a_role() -> None:
    for fact in vocabulary().facts.values():
        assert fact.asks.endswith("?"), fact.name
        assert fact.role in ("design", "application", "conduct", "context")
        allowed = {"bool": ("true", "false"), "ordered": ("first", "last"), "int": ("low", "high"), "set": ("few",)}
        assert fact.protects is None or fact.protects in allowed[fact.kind], fact.name
        assert all(fact.values.values()), fact.name
    assert vocabulary().groups[IDENTITY] == ("type", "stage", "restricts")


@given(
    st.sampled_from(ALL),
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.lists(st.text(max_size=4))),
)
def test_any_raw_value_is_read_or_refused(name: str, raw: Any) -> None:
    value, wrong, _ = read_value(vocabulary()[name], raw)

    assert (value is None) == (raw is None or bool(wrong))
