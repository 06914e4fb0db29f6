"""The report model: every statement leads to a rule, a fact or a source that stands in the report."""

from __future__ import annotations

from rightscheck.assessment.amend import amend
from rightscheck.assessment.explain import Explainer
from rightscheck.assessment.probe import Probe, setting_again
from rightscheck.assessment.words import answer
from rightscheck.facts.read import read_case
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.report.amending import smallest
from rightscheck.report.model import Report, SmallestItem
from rightscheck.report.sentences import Speaker
from rightscheck.report.texts import Texts
from tests.report.conftest import SEEDS, reader, report_of, subjects_of


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


def test_the_smallest_change_is_enough_and_no_part_of_it(whole: Report) -> None:
    changed = [x for x in seeds_changed() if x[1] is not None]
    assert changed
    for subject, item in changed:
        assert item is not None and (item.becomes is None) == (not item.changes) == bool(item.stands)
        values = {c.name: c.after for c in item.changes}
        probe = Probe(subject.book, setting_again(subject.book, subject.result), subject.measure.facts())
        steps = {c.fact: c.after for a in amend(probe, "moderate", limit=1).amendments for c in a.changes}
        assert {name: answer(name, value) for name, value in steps.items()} == values
        if steps:
            assert probe.judge(steps).verdict == item.becomes
            for name in steps:
                part = {k: v for k, v in steps.items() if k != name}
                assert probe.judge(part).verdict in ("incompatible", "high", "undetermined")
    assert all((x.smallest is not None) == (x.verdict in ("incompatible", "high")) for x in whole.measures)


def seeds_changed() -> list[tuple[Explainer, SmallestItem | None]]:
    """The smallest change of each measure of some seed cases."""
    names = ("kz-2016-website-shutdown", "kz-2016-counter-terrorism-law", "kz-2005-national-security-bill")
    subjects = [s for name in names for s in subjects_of(read_case(SEEDS / f"{name}.yaml").case)]
    return [(s, smallest(s, Speaker(Texts()))) for s in subjects]
