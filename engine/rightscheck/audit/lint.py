"""`rules check`: the checks run, waivers applied, findings in a fixed order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from rightscheck.audit.checks_book import BOOK_CHECKS
from rightscheck.audit.checks_rules import RULE_CHECKS
from rightscheck.audit.critiques import read_criteria
from rightscheck.audit.findings import SEVERITIES, Check, Finding, Found, Subject
from rightscheck.facts.case import Strict
from rightscheck.facts.text import Node, parse_file
from rightscheck.problems import InputError, Place, Problem, nearest
from rightscheck.rulebook.book import Rulebook

CRASH = Check("E000", "a check that failed itself")
UNUSED = Check("W901", "a waiver that waives nothing")
CHECKS: tuple[Check, ...] = (CRASH, *RULE_CHECKS, *BOOK_CHECKS, UNUSED)
NEVER_WAIVED = (CRASH.id, UNUSED.id)


class Waiver(Strict):
    """One waiver: the findings of a check on one entry (a rule, factor, proposition or criterion) are accepted."""

    check: Annotated[str, Field(pattern=r"^[EWI][0-9]{3}$")]
    rule: Annotated[str, Field(min_length=1, max_length=120)]
    reason: Annotated[str, Field(min_length=10, max_length=300)]


@dataclass(frozen=True, slots=True)
class Waivers:
    """The waivers of a rulebook with their places."""

    items: tuple[Waiver, ...] = ()
    places: tuple[Place, ...] = ()

    def of(self, checks: Collection[str]) -> Waivers:
        """Return the waivers of some checks."""
        kept = [(w, p) for w, p in zip(self.items, self.places, strict=True) if w.check in checks]
        return Waivers(tuple(w for w, _ in kept), tuple(p for _, p in kept))


def check_rulebook(
    book: Rulebook, folder: Path, cases: Path | None, only: Collection[str] = ()
) -> tuple[tuple[Check, ...], list[Finding]]:
    """Check a rulebook read from a folder, with the waivers and criteria that stand there.

    Args:
        book: the loaded rulebook.
        folder: the folder it was read from.
        cases: a folder of decided cases, None to leave the checks that need them without findings.
        only: the ids of the checks to run; all of them where empty.

    Returns:
        (the checks that were run, their findings in order).

    Raises:
        InputError: `only` names no check, waivers.yaml or critiques.yaml is wrong, or there is no such folder.
    """
    known = {check.id for check in CHECKS}
    wrong = [Problem("no check of this id", Place("--only"), n, nearest(n, known)) for n in only if n not in known]
    if cases is not None and not cases.is_dir():
        wrong.append(Problem("no such folder", Place(str(cases))))
    if wrong:
        raise InputError(wrong)
    chosen = tuple(check for check in CHECKS if not only or check.id in only)
    waivers = read_waivers(folder)
    if only:
        waivers = waivers.of(only)
    criteria = read_criteria(folder)
    says = {name: item.says for name, item in criteria.items()} if criteria is not None else None
    return chosen, run_checks(Subject(book, folder, says, cases), waivers, chosen)


def read_waivers(folder: Path) -> Waivers:
    """Return the waivers of a rulebook (waivers.yaml in its folder), none where there is no such file.

    Raises:
        InputError: the file is not a list of waivers, or names no check or a check that cannot be waived.
    """
    path = folder / "waivers.yaml"
    nodes = read_list(path)
    problems: list[Problem] = []
    items: list[Waiver] = []
    known = {check.id for check in CHECKS} - set(NEVER_WAIVED)
    for node in nodes:
        try:
            waiver = Waiver.model_validate(node.plain())
        except ValidationError as error:
            problems += [
                Problem(item["msg"], node.at(*item["loc"]), ".".join(map(str, item["loc"])))
                for item in error.errors(include_url=False)
            ]
            continue
        if waiver.check not in known:
            text = "cannot be waived" if waiver.check in NEVER_WAIVED else "no check of this id"
            problems.append(Problem(text, node.at("check"), waiver.check, nearest(waiver.check, known)))
        items.append(waiver)
    if problems:
        raise InputError(problems)
    places = tuple(replace(node.place, file="waivers.yaml") for node in nodes)
    return Waivers(tuple(items), places)


def read_list(path: Path) -> list[Node]:
    """Return the entries of a YAML list, none where there is no such file; raises InputError."""
    if not path.is_file():
        return []
    root = parse_file(path)
    if root.value is None:
        return []
    if not isinstance(root.value, list):
        raise InputError([Problem("a list is expected here", root.place)])
    return root.value


def run_checks(subject: Subject, waivers: Waivers | None = None, checks: Iterable[Check] = CHECKS) -> list[Finding]:
    """Run the checks and return every finding, waived ones too, sorted by file, line, column and check.

    A check that fails itself is a finding of E000, which cannot be waived.
    """
    waivers = waivers or Waivers()
    reasons = {(w.check, w.rule): w.reason for w in waivers.items}
    found: list[Finding] = []
    used: set[tuple[str, str]] = set()
    for check in checks:
        for item in _run(subject, check):
            actual = CRASH if item.kind == CRASH.id else check
            key = (actual.id, item.subject)
            reason = reasons.get(key) if actual.id not in NEVER_WAIVED else None
            used |= {key} if reason is not None else set()
            place = subject.place("" if actual is CRASH else item.kind, item.subject, item.below)
            found.append(_finding(actual, item, place, reason))
    for waiver, place in zip(waivers.items, waivers.places, strict=True):
        if (waiver.check, waiver.rule) not in used:
            text = f"the waiver of {waiver.check} for `{waiver.rule}` waives nothing; take it out"
            found.append(_finding(UNUSED, Found("", waiver.rule, text), place, None))
    return sorted(found, key=lambda f: f.order)


def _run(subject: Subject, check: Check) -> Iterator[Found]:
    """Yield what a check finds, each finding once; a crash is a finding of the kind E000."""
    seen: set[Found] = set()
    try:
        for item in _raw(subject, check):
            if item not in seen:
                seen.add(item)
                yield item
    except Exception as error:
        yield Found(CRASH.id, check.id, f"the check {check.id} failed ({type(error).__name__}: {error})")


def _raw(subject: Subject, check: Check) -> Iterator[Found]:
    if check.rule is not None:
        for rule in subject.book.content.rules:
            yield from check.rule(subject, rule)
    if check.book is not None:
        yield from check.book(subject)


def _finding(check: Check, item: Found, place: Place, waived: str | None) -> Finding:
    return Finding(check.id, check.severity, item.subject, item.message, place.file, place.line, place.column, waived)


def counts(findings: Iterable[Finding]) -> dict[str, int]:
    """Return how many findings stand, by severity, and how many are waived."""
    found: dict[str, int] = {**dict.fromkeys(SEVERITIES.values(), 0), "waived": 0}
    for finding in findings:
        found["waived" if finding.waived is not None else finding.severity] += 1
    return found


def finding_data(finding: Finding) -> dict[str, Any]:
    """Return a finding as JSON data."""
    return {
        "id": finding.id,
        "check": finding.check,
        "severity": finding.severity,
        "rule": finding.subject,
        "message": finding.message,
        "file": finding.file or None,
        "line": finding.line or None,
        "column": finding.column or None,
        "waived": finding.waived,
    }


__all__ = ["CHECKS", "check_rulebook", "counts", "finding_data", "read_list", "read_waivers", "run_checks"]
