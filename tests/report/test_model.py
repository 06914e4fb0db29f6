"""The report model: every statement leads to a rule, a fact or a source that stands in the report."""

from __future__ import annotations

from rightscheck.facts.read import read_case
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.report.model import Report
from tests.report.conftest import SEEDS, reader, report_of


def _unresolved(report: Report) -> list[str]:
    book = reader().book
    rules = {c.rule for c in report.considered}
    law = {item.id for item in report.law}
    questions = {q.id for q in book.content.method.core}
    sources = {s.id for c in report.cases for s in c.sources}
    measures = {x.measure for x in report.measures}
    standards = {s.id for x in report.measures for s in x.standards}
    known = {
        "rule": rules,
        "law": law,
        "fact": set(vocabulary().facts),
        "question": questions,
        "source": sources,
        "measure": measures,
        "standard": standards,
        "rulebook": set(book.sources),
    }
    return [
        f"{ref.kind} {ref.id}" for said in report.statements() for ref in said.refs if ref.id not in known[ref.kind]
    ]


def test_every_statement_of_every_seed_case_leads_to_its_ground() -> None:
    for path in sorted(SEEDS.glob("kz-*.yaml")):
        report = report_of(read_case(path).case)
        assert sum(1 for _ in report.statements()) > 5
        assert _unresolved(report) == []


def test_a_report_repeats_the_assessment(whole: Report) -> None:
    for x in whole.measures:
        assert x.could_be[0] in ("low", "moderate", "high", "incompatible")
        engaged = [r.verdict for r in x.rights if r.engaged]
        if "incompatible" in engaged:
            assert x.verdict == "incompatible"
        fired = {r.rule for right in x.rights for s in right.stages for r in s.rules}
        assert all(c.states.get(x.number) in ("fired", "rebuttable") for c in whole.considered if c.rule in fired)


def test_a_verdict_on_unbinding_standards_says_so(one: Report) -> None:
    (x,) = one.measures
    assert not x.binding
    assert "None of the standards this rests on was binding" in x.standing.text


def test_json_reads_back(whole: Report) -> None:
    assert Report.model_validate_json(whole.model_dump_json(indent=2)) == whole
