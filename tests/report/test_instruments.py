"""The same assessment arranged for an instrument."""

from __future__ import annotations

from typing import Any

import pytest

from rightscheck.facts.read import read_case
from rightscheck.problems import InputError
from rightscheck.report.blocks import Heading, Table, plain
from rightscheck.report.html import render as html
from rightscheck.report.instruments import rating, rating_before, rating_of
from rightscheck.report.markdown import render as markdown
from rightscheck.report.model import RuleItem
from tests.report.conftest import MEASURE, SEEDS, document_of, report_of, seed_report

INSTRUMENTS = ("iccpr", "osja", "hrddp", "compatibility")


@pytest.mark.parametrize("arrangement", INSTRUMENTS)
def test_each_instrument_says_the_whole_and_the_caution_once(arrangement: Any) -> None:
    report = seed_report(arrangement=arrangement)
    document = document_of(report)
    text = markdown(document).decode()
    assert text.count(report.disclaimer) == 1
    html(document)
    levels = [b.level for b in document.blocks if isinstance(b, Heading)]
    assert all(b - a <= 1 for a, b in zip(levels, levels[1:], strict=False))
    ids = [b.id for b in document.blocks if isinstance(b, Heading) and b.id]
    assert len(ids) == len(set(ids))


def test_the_covenant_alone_is_tested() -> None:
    document = document_of(seed_report(arrangement="iccpr", measure=MEASURE))
    text = markdown(document).decode()
    assert "Copenhagen 1990, paras 7.6" not in text
    assert "Finding under the Covenant" in text


def test_the_covenant_must_have_been_weighed() -> None:
    case = read_case(SEEDS / "kz-2005-national-security-bill.yaml").case.model_copy(update={"standards": ["osce"]})
    with pytest.raises(InputError):
        report_of(case, arrangement="iccpr", measure=MEASURE)


def test_no_rating_is_milder_than_the_verdict() -> None:
    order = {"green": 0, "amber": 1, "red": 2}
    for path in sorted(SEEDS.glob("kz-*.yaml")):
        for x in report_of(read_case(path).case).measures:
            if x.verdict in ("incompatible", "high"):
                assert rating_of(x) == "red"
            elif x.verdict != "low":
                assert rating_of(x) != "green"
            assert all(order[rating_before(r)] >= order[rating(r)] for r in x.rights)


def test_an_absolute_bar_is_never_netted_off() -> None:
    x = seed_report(measure=MEASURE).measures[0]
    right = next(r for r in x.rights if any(s.rules for s in r.stages))
    stage = next(s for s in right.stages if s.rules)
    rule = stage.rules[0].model_copy(update={"absolute": True, "effect": "strong", "answered_by": ["some-answer"]})
    assert isinstance(rule, RuleItem)
    mild = right.model_copy(
        update={"verdict": "moderate", "stages": [stage.model_copy(update={"rules": [rule], "status": "doubtful"})]}
    )
    assert rating(mild) == "red"
    assert rating_of(x.model_copy(update={"verdict": "low", "rights": [mild]})) == "red"


def test_a_statement_is_never_kinder_than_the_verdict() -> None:
    document = document_of(seed_report(arrangement="compatibility"))
    text = markdown(document).decode()
    assert "standards weighed is supported" not in text
    assert "is not supported" in text


def test_the_rating_is_a_word() -> None:
    document = document_of(seed_report(arrangement="osja", measure=MEASURE))
    table = next(b for b in document.blocks if isinstance(b, Table) and b.caption == "Rating of the measure")
    assert plain(table.rows[0][1].spans) == "red"
