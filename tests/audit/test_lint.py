"""The checks of the rulebook: each has a book that it finds fault with and one that it passes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rightscheck.audit import lint
from rightscheck.audit.checks_rules import MAX_TEXT
from rightscheck.audit.findings import Check, Finding, Found, Subject
from rightscheck.audit.lint import CHECKS, Waiver, Waivers, counts, finding_data, read_waivers, run_checks
from rightscheck.problems import InputError, Place
from rightscheck.rulebook.load import rulebook_from_content
from tests.audit.folder import write_book
from tests.books import SOURCE, content, rule

WHOLE = {"cure": "Mend it.", "limits": "None is known.", "critiques": ["C01"]}
PROPOSITION = content([])["propositions"][0]


def good(name: str = "a", when: str = "law.published", **more: Any) -> dict[str, Any]:
    return rule(name, when, **{**WHOLE, **more})


def find(rules: list[dict[str, Any]], factors: list[dict[str, Any]] | None = None, **more: Any) -> list[Finding]:
    return run_checks(Subject(rulebook_from_content(content(rules, factors, **more)), criteria={"C01": "Says."}))


def soft(**more: Any) -> dict[str, Any]:
    return {"sources": [{**SOURCE, "binding": "soft"}], **more}


def factor(name: str, when: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "title": f"Title of {name}", "when": when, **more}


SIX = "law.published and aim.stated is empty and reach.total and assembly.blanket and assembly.tolerance"
OTHER = {**PROPOSITION, "id": "b-treaty-2"}
MITIGATION: dict[str, Any] = {"effect": "mitigates", "answers": ["a"], "stage": "necessity"}

# check -> (rules, factors, other content, subject) where it finds, and the same where it does not
CASES: dict[str, tuple[tuple[Any, ...], tuple[Any, ...]]] = {
    "E101": (([good()], [], soft()), ([good()], [], {})),
    "E102": (
        ([good(cure=None)], [], {}),
        ([good(), good("b", "reach.total", **MITIGATION, cure=None)], [], {}),
    ),
    "E103": (([good(limits=None)], [], {}), ([good()], [], {})),
    "E104": (([good(critiques=["C01", "C99"])], [], {}), ([good()], [], {})),
    "W201": (
        ([good(when=SIX + " and reach.duration from renewable", unless="target.conduct upto incitement")], [], {}),
        ([good(when=SIX, unless="target.conduct upto incitement")], [], {}),
    ),
    "E202": (
        ([good(when="reach.total and harsh")], [factor("harsh", "equality.justified or not force.proportionate")], {}),
        ([good(when="reach.total and harsh")], [factor("harsh", "equality.justified or reach.total")], {}),
    ),
    "E203": (
        ([good(), good("b", "reach.total", **{**MITIGATION, "rights": ["religion"]})], [], {}),
        ([good(), good("b", "reach.total", **MITIGATION)], [], {}),
    ),
    "E301": (
        ([good(because="Assemblies are banned. All of them.")], [], {}),
        ([good(because="Assemblies are banned, e.g. Sunday ones, by {law.published}.")], [], {}),
    ),
    "E302": (([good(cure="x" * MAX_TEXT + ".")], [], {}), ([good(cure="x" * (MAX_TEXT - 1) + ".")], [], {})),
    "E303": (
        ([good(because="The State derogates from a forum internum.")], [], {"glossary": {"derogation": "A."}}),
        (
            [good(because="The State derogates for the stateless.")],
            [],
            {"glossary": {"derogation": "A.", "stateless person": "B."}},
        ),
    ),
    "W304": (
        ([good(because="It is {reach.total}.")], [], {}),
        ([good(because="It is {law.published}, {type}.")], [], {}),
    ),
    "E401": (
        (
            [good(when="law.published and x"), good("b", "not (not reach.total or not law.published)")],
            [factor("x", "reach.total")],
            {},
        ),
        ([good(), good("b", effect="weak")], [], {}),
    ),
    "W402": (
        ([good(), good("b", unless="reach.total")], [], {}),
        ([good(), good("b", unless="reach.total", stage="aim")], [], {}),
    ),
    "E403": (
        ([good(), good("b", "reach.total", title="title of A")], [], {}),
        ([good(), good("b", "reach.total")], [], {}),
    ),
    "W404": (
        ([good()], [factor("x", "y"), factor("y", "reach.total")], {}),
        ([good(when="x")], [factor("x", "y"), factor("y", "reach.total")], {}),
    ),
    "E405": (
        ([good()], [], {"propositions": [PROPOSITION, OTHER]}),
        ([good()], [], {"propositions": [PROPOSITION, OTHER], "not_modelled": [{"id": "b-treaty-2", "reason": "R."}]}),
    ),
    "W406": (
        ([good()], [], {"not_modelled": [{"id": "a-treaty-1", "reason": "R."}]}),
        ([good()], [], {"propositions": [PROPOSITION, OTHER], "not_modelled": [{"id": "b-treaty-2", "reason": "R."}]}),
    ),
    "E407": (([good(critiques=[])], [], {}), ([good()], [], {})),
    "I501": (([good()], [], {"propositions": [{**PROPOSITION, "verified": "memory"}]}), ([good()], [], {})),
    "I502": (([good()], [], soft()), ([good()], [], {})),
}


@pytest.mark.parametrize("check", CASES)
def test_each_check_finds_what_is_wrong_and_passes_what_is_right(check: str) -> None:
    wrong, right = CASES[check]
    assert check in {f.check for f in find(wrong[0], wrong[1], **wrong[2])}
    assert check not in {f.check for f in find(right[0], right[1], **right[2])}


def test_no_check_is_without_such_a_pair() -> None:
    elsewhere = {"E000", "W901", "I503"}

    assert set(CASES) | elsewhere == {c.id for c in CHECKS}
    assert len({c.id for c in CHECKS}) == len({c.summary for c in CHECKS}) == len(CHECKS)


def test_a_book_without_fault_has_no_finding() -> None:
    assert find([good(), good("b", "reach.total", **MITIGATION)]) == []


def test_findings_keep_their_order_and_id_whatever_the_order_of_rules() -> None:
    rules = [good("c", cure=None), good("b", "reach.total", limits=None), good("a", "assembly.blanket", cure=None)]
    one, two = find(rules), find(rules[::-1])

    assert [f.id for f in one] == [f.id for f in two]
    assert [(f.check, f.subject) for f in one] == [("E102", "a"), ("E102", "c"), ("E103", "b")]
    assert one[0].id == find([good("a", "reach.total", cure=None)])[0].id


def test_a_check_that_crashes_is_a_finding_that_no_waiver_hides() -> None:
    def crash(subject: Subject) -> Any:
        yield Found("", "one", "found before")
        raise KeyError("gone")

    checks = [Check("I999", "crashes", book=crash)]
    waivers = Waivers((Waiver(check="E000", rule="I999", reason="We do not want to see it."),), (Place(""),))
    found = run_checks(Subject(rulebook_from_content(content([good()]))), waivers, checks)

    assert {(f.check, f.severity, f.waived) for f in found} >= {("E000", "error", None), ("I999", "info", None)}
    assert "KeyError" in next(f.message for f in found if f.check == "E000")


def test_a_rule_that_fires_in_one_decided_case_alone_is_named(tmp_path: Path) -> None:
    decided = {"body": "HRC", "reference": "R 1", "date": "2001", "outcome": {"assembly": "violation"}}
    for name, blanket in (("one", True), ("two", False), ("three", True)):
        measure = {"id": "m", "title": "M", "type": "assembly-ban", "assembly": {"blanket": blanket}}
        case = {"case": name, "title": "T", "decided": decided, "measures": [measure]}
        if name == "three":
            del case["decided"]
        (tmp_path / f"{name}.yaml").write_text(json.dumps(case))
    rules = [
        good("narrow", "assembly.blanket"),
        good("wide", "type == assembly-ban"),
        good("elsewhere", "type in [assembly-ban, detention] and assembly.blanket", rights=["liberty"]),
        good("never", "law.published"),
    ]
    found = run_checks(Subject(rulebook_from_content(content(rules)), cases=tmp_path))

    assert [(f.subject, f.message) for f in found if f.check == "I503"] == [
        ("narrow", "fires in one decided case alone: one")
    ]


def book_folder(tmp_path: Path, waivers: Any = None) -> Path:
    data = content([good("a", cure=None), good("b", "reach.total", limits=None)])
    criteria = {"C01": {"says": "It says.", "where": "Here."}}
    return write_book(tmp_path / "rules", data, critiques=criteria, waivers=waivers)


def check_folder(folder: Path, *only: str) -> list[Finding]:
    from rightscheck.rulebook.load import load_rulebook

    book = load_rulebook(folder, use_cache=False)
    return lint.check_rulebook(book, folder, None, only)[1]


def test_findings_have_file_and_line_and_come_sorted(tmp_path: Path) -> None:
    folder = book_folder(tmp_path)
    found = check_folder(folder)

    assert [(f.file, f.check, f.subject) for f in found] == [
        ("assembly/all.yaml", "E102", "a"),
        ("assembly/all.yaml", "E103", "b"),
    ]
    lines = (folder / "assembly/all.yaml").read_text().splitlines()
    assert '"id": "b"' in "".join(lines[found[1].line - 1 : found[1].line + 1])
    assert counts(found) == {"error": 2, "warning": 0, "info": 0, "waived": 0}
    assert finding_data(found[0])["line"] == found[0].line


def test_a_waiver_accepts_a_finding_and_an_unused_one_is_a_finding(tmp_path: Path) -> None:
    folder = book_folder(
        tmp_path,
        [
            {"check": "E102", "rule": "a", "reason": "The rule names a fact that nothing can mend."},
            {"check": "E103", "rule": "a", "reason": "There was something once."},
        ],
    )
    found = {(f.check, f.subject): f for f in check_folder(folder)}

    assert found["E102", "a"].waived == "The rule names a fact that nothing can mend."
    assert found["E103", "b"].waived is None
    assert (found["W901", "a"].file, found["W901", "a"].line > 1) == ("waivers.yaml", True)
    assert counts(found.values()) == {"error": 1, "warning": 1, "info": 0, "waived": 1}
    assert {(f.check, f.subject) for f in check_folder(folder, "E103", "W901")} == {("E103", "b"), ("W901", "a")}


WRONG = [
    ([{"check": "E999", "rule": "a", "reason": "It is not wanted."}], "no check of this id"),
    ([{"check": "E000", "rule": "a", "reason": "It is not wanted."}], "cannot be waived"),
    ([{"check": "E102", "rule": "a"}], "Field required"),
    ({"check": "E102"}, "a list is expected here"),
]


@pytest.mark.parametrize(("waivers", "message"), WRONG, ids=range(len(WRONG)))
def test_wrong_waivers_are_refused_with_their_place(tmp_path: Path, waivers: Any, message: str) -> None:
    folder = book_folder(tmp_path, waivers)
    with pytest.raises(InputError) as caught:
        read_waivers(folder)

    assert message in str(caught.value) and "waivers.yaml:" in str(caught.value)


def test_waivers_and_criteria_are_no_part_of_the_digest(tmp_path: Path) -> None:
    from rightscheck.rulebook.load import load_rulebook

    folder = book_folder(tmp_path, [])
    before = load_rulebook(folder, use_cache=False).sha256
    (folder / "waivers.yaml").unlink()
    (folder / "critiques.yaml").unlink()

    assert load_rulebook(folder, use_cache=False).sha256 == before
