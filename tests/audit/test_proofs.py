"""Proofs about rulebooks: against brute force over every measure of small ones, planted defects, the bundled one."""

from __future__ import annotations

import datetime
import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from rightscheck.assessment.assess import Judged, Reader, Setting, assess_case, judge, setting_of
from rightscheck.assessment.model import GRAVITY
from rightscheck.assessment.situation import groups_in_play
from rightscheck.assessment.verdict import FIRED, answers
from rightscheck.audit.proofs.accepted import Accepted, read_accepted, write_accepted
from rightscheck.audit.proofs.exercised import exercised
from rightscheck.audit.proofs.findings import BY_ID, CHECKS, Proof, shown
from rightscheck.audit.proofs.pairs import LEVEL
from rightscheck.audit.proofs.run import SLOW, prove
from rightscheck.audit.proofs.witness import case_file
from rightscheck.cli.main import run
from rightscheck.facts.read import read_case
from rightscheck.facts.values import Facts, SetValue, Value, group_of
from rightscheck.facts.vocabulary import IDENTITY, vocabulary
from rightscheck.problems import InputError
from rightscheck.readings.kleene import FALSE, TRUE, UNKNOWN, Kleene, Situation
from rightscheck.resources import bundled
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.load import load_rulebook, rulebook_from_content
from tests.books import ReferenceReader, content, rule

V = vocabulary()
BOOLS = ("law.published", "reach.total", "assembly.blanket")
TYPES = ("assembly-ban", "detention", "speech-offence")
RESTRICTS = (None, SetValue(frozenset()), SetValue(frozenset({"assembly"})), SetValue(frozenset(), True))
MORE: dict[str, Any] = {
    "engagement": {
        "assembly": {"when": "restricts has assembly or type == assembly-ban"},
        "liberty": {"when": "type == detention"},
    },
    "in_play": {"always": ["law", "reach"], "types": {"assembly-ban": ["assembly"]}},
    "method": {
        "core": [
            {
                "id": f"{right}-law",
                "rights": [right],
                "stage": "legality",
                "question": "By law?",
                "facts": ["law.basis", "law.published"],
            }
            for right in ("assembly", "liberty")
        ]
    },
}


# --- small rulebooks and all their measures ---------------------------------------------------


def expression(rng: Random, names: list[str], depth: int = 2) -> str:
    if depth == 0 or rng.random() < 0.3:
        return ("not " if rng.random() < 0.4 else "") + rng.choice(names)
    joined = rng.choice([" and ", " or "]).join(expression(rng, names, depth - 1) for _ in range(rng.choice([2, 2, 3])))
    return f"({joined})"


def small_book(rng: Random) -> Rulebook:
    factors = [{"id": f"factor-{n}", "title": f"Factor {n}", "when": expression(rng, list(BOOLS))} for n in range(2)]
    names = [*BOOLS, *(str(f["id"]) for f in factors)]
    made = []
    for number in range(6):
        effect = ["violation", "strong", "strong", "weak", "mitigates", "mitigates"][number]
        more: dict[str, Any] = {
            "effect": effect,
            "rights": rng.choice([["assembly"], ["assembly"], ["liberty"], ["assembly", "liberty"]]),
            "law": {s: ["a-treaty-1"] for s in rng.choice([["iccpr"], ["iccpr", "echr"], ["iccpr", "echr"]])},
            "absolute": effect == "violation",
        }
        if effect == "mitigates":
            more["answers"] = rng.choice(
                [["rule-1"], ["rule-2", "rule-3"], [{"right": "assembly", "stage": "necessity"}]]
            )
        if rng.random() < 0.3:
            more["unless"] = expression(rng, names, 1)
        made.append(rule(f"rule-{number}", expression(rng, names), **more))
    presumed = [
        {
            "id": f"presumed-{n}",
            "fact": "reach.total",
            "value": bool(n),
            "when": when,
            "source": "a-treaty-1",
            "text": "So.",
        }
        for n, when in enumerate(rng.choice([[], ["law.published"], ["law.published", "type == detention"]]))
    ]
    return rulebook_from_content(content(made, factors, presumptions=presumed, **MORE))


def all_measures() -> Iterator[dict[str, Value]]:
    """Every measure that such a rulebook can tell apart."""
    for type_, restricts, basis, filler in product(TYPES, RESTRICTS, (None, "none"), (None, True)):
        for values in product((None, False, True), repeat=len(BOOLS)):
            named = dict(zip(BOOLS, values, strict=True))
            found = {"type": type_, "restricts": restricts, "law.basis": basis, "assembly.tolerance": filler, **named}
            yield {name: value for name, value in found.items() if value is not None}


def settings_for(book: Rulebook) -> list[Setting]:
    named = (["iccpr"], ["echr"], ["iccpr", "echr"], ["udhr"])
    return [setting_of(book, c, d, n) for n in named for c, d in ((None, None), ("KZ", datetime.date(2010, 1, 1)))]


class Brute:
    """What the reference reading says of every measure of a small rulebook."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self.reader = ReferenceReader(book)
        self.measures = list(all_measures())
        self.settings = settings_for(book)
        self.judged = [[judge(self.reader, facts, s) for s in self.settings] for facts in self.measures]
        self.place = {self.key(facts): n for n, facts in enumerate(self.measures)}
        states = [row[0].states for row in self.judged]
        self.fired = {n: {i for i, s in enumerate(states) if s[n] in FIRED} for n in book.rules}

    @staticmethod
    def key(facts: Facts) -> tuple[Any, ...]:
        return tuple(sorted(facts.items(), key=lambda item: item[0]))

    def played(self, tree: Any) -> set[int]:
        """The truths a tree takes where every group it asks about is in play."""
        groups = {group_of(name) for name in self.book.facts_of(tree)} - {IDENTITY}
        found = set()
        for row in self.judged:
            if groups <= row[0].situation.in_play:
                found.add(row[0].kleene.value(tree))
        return found

    def never(self) -> set[tuple[str, ...]]:
        book, found = self.book, set()
        for name, tree in book.trees.when.items():
            if not self.fired[name]:
                found.add(("E601", name))
                continue
            if FALSE not in self.played(tree):
                found.add(("E602", name))
            if name in book.trees.unless and not any(row[0].states[name] == "excused" for row in self.judged):
                found.add(("W604", name))
            for right in book.rules[name].rights:
                counts = any(
                    r.right == right and r.engaged and any(s in book.rules[name].law for s, _ in r.covered)
                    for n in self.fired[name]
                    for judged in self.judged[n]
                    for r in judged.rights
                )
                found |= set() if counts else {("W603", name, right)}
        for name, tree in book.trees.factors.items():
            if all(row[0].kleene.value(tree) != TRUE for row in self.judged):
                found.add(("W605", name))
            if FALSE not in self.played(tree):
                found.add(("W606", name))
        return found

    def beside(self) -> set[tuple[str, ...]]:
        book, found = self.book, set()
        alike = defaultdict(list)
        for name, where in self.fired.items():
            if where:
                alike[frozenset(where)].append(name)
        for names in (sorted(group) for group in alike.values() if len(group) > 1):
            rights = [r for n in names for r in book.rules[n].rights]
            found.add(("W611" if len(set(rights)) < len(rights) else "I612", *names))
        for one, other in product(book.content.rules, repeat=2):
            if self.fired[one.id] and self.fired[one.id] < self.fired[other.id] and self.no_weaker(one, other):
                found.add(("W621", one.id, other.id))
        return found

    def no_weaker(self, one: Any, other: Any) -> bool:
        if not (set(one.rights) <= set(other.rights) and set(one.law) <= set(other.law)):
            return False
        if "mitigates" in (one.effect, other.effect):
            mine, theirs = ({str(a) for a in r.answers} for r in (one, other))
            return one.effect == other.effect and mine <= theirs
        for n, right, standard in product(self.fired[one.id], one.rights, one.law):
            weights = []
            for r in (one, other):
                helping = [m for m in self.book.content.rules if standard in m.law and answers(m, r, right)]
                weights.append(LEVEL[r.effect] - any(n in self.fired[m.id] for m in helping))
            if LEVEL[one.effect] > LEVEL[other.effect] or (
                LEVEL[one.effect] == LEVEL[other.effect] and weights[1] < weights[0]
            ):
                return False
        return LEVEL[one.effect] <= LEVEL[other.effect]

    def answering(self) -> set[tuple[str, ...]]:
        found = set()
        rules = self.book.content.rules
        for m in (r for r in rules if r.effect == "mitigates" and self.fired[r.id]):
            met = [r for r in rules if any(answers(m, r, right) for right in set(m.rights) & set(r.rights))]
            met = [r for r in met if set(r.law) & set(m.law)]
            dead = [
                r for r in met if r.id in m.answers and self.fired[r.id] and not self.fired[r.id] & self.fired[m.id]
            ]
            if any(r.id not in m.answers or not self.fired[r.id] for r in met):
                dead = met if not any(self.fired[r.id] & self.fired[m.id] for r in met) else dead
            found |= {("W631", m.id, r.id) for r in dead}
            for r in met:
                covers = set(r.rights) <= set(m.rights) and set(r.law) <= set(m.law)
                if self.fired[r.id] and r not in dead and self.fired[r.id] <= self.fired[m.id] and covers:
                    found.add(("W632", r.id, m.id))
            for r in rules:
                if r.effect == "violation" and self.fired[m.id] <= self.fired[r.id] and set(m.law) & set(r.law):
                    found |= {("W633", m.id, r.id, right) for right in set(m.rights) & set(r.rights)}
        return found

    def bars(self) -> set[tuple[str, ...]]:
        found = set()
        for r in (r for r in self.book.content.rules if r.absolute):
            for n in self.fired[r.id]:
                for judged in self.judged[n]:
                    covered = {x.right: {s for s, _ in x.covered} for x in judged.rights}
                    engaged = {right for right in r.rights if self.engaged(judged, right)}
                    for x in judged.rights:
                        if x.right in engaged and x.verdict == "low":
                            found.add(("E651" if covered[x.right] & set(r.law) else "I652", r.id, x.right))
                    if engaged and judged.verdict == "low":
                        carried = any(covered.get(right, set()) & set(r.law) for right in r.rights)
                        found.add(("E651" if carried else "I652", r.id, "measure"))
        return found

    def engaged(self, judged: Judged, right: str) -> bool:
        return judged.kleene.value(self.book.trees.engagement[right]) == TRUE

    def gap(self) -> set[tuple[str, ...]]:
        """Gaps of the chosen types; the facts that no rule asks about are filled in."""
        found = set()
        setting = setting_of(self.book, None, None, ["iccpr", "echr"])
        silent = [r for r in self.book.content.rules if r.effect != "mitigates"]
        for facts in self.measures:
            restricts = facts.get("restricts")
            if facts.get("law.basis") != "none" or facts.get("law.published") is not False:
                continue
            if not isinstance(restricts, SetValue) or restricts.open or "reach.total" not in facts:
                continue
            plays = group_of("assembly.blanket") in groups_in_play(self.book, facts)
            if plays != ("assembly.blanket" in facts) or plays and facts["type"] != "assembly-ban":
                continue
            judged = judge(self.reader, complete(self.book, facts), setting)
            for x in judged.rights:
                mine = [r for r in silent if x.right in r.rights]
                if x.engaged and x.verdict == "low" and not any(judged.states[r.id] in FIRED for r in mine):
                    whole = judged.verdict == "low" and not any(judged.states[r.id] in FIRED for r in silent)
                    found.add((x.right, f"{x.right}-law", str(facts["type"]), whole))
        wholes = {f[:3] for f in found if f[3]}
        return {("W641" if f[:3] in wholes else "I642", *f[:3]) for f in found}

    def graver(self) -> set[tuple[str, ...]]:
        found = set()
        for name, better in (("law.published", True), ("reach.total", False), ("assembly.blanket", False)):
            for n, facts in enumerate(self.measures):
                if facts.get(name) is not (not better):
                    continue
                for old, new in zip(
                    self.judged[n], self.judged[self.place[self.key({**facts, name: better})]], strict=True
                ):
                    was = {x.right: x.verdict for x in old.rights} | {"measure": old.verdict}
                    now = {x.right: x.verdict for x in new.rights} | {"measure": new.verdict}
                    worse = {what for what in was.keys() & now.keys() if graver(was[what], now[what])}
                    found |= {(name, what) for what in (worse - {"measure"} or worse)}
        return found

    def lost(self) -> set[tuple[str, ...]]:
        found = set()
        for n, facts in enumerate(self.measures):
            before = self.judged[n][0]
            bare = Kleene(self.book.trees.factors, Situation(facts, before.situation.in_play))
            for name, value in product(BOOLS, (False, True)):
                if name in facts or not before.situation.plays(name):
                    continue
                after = self.judged[self.place[self.key({**facts, name: value})]][0]
                for rule_id, state in before.states.items():
                    if state in FIRED and bare.value(self.book.trees.when[rule_id]) == TRUE:
                        kept = ("fired",) if state == "fired" else (*FIRED, "excused")
                        found |= set() if after.states[rule_id] in kept else {("E662", rule_id, state)}
        return found

    def inexact(self) -> set[tuple[str, ...]]:
        found = set()
        trees = self.book.trees
        parts = [("W672", (n,), t) for n, t in trees.factors.items()]
        parts += [("W671", (n, "when"), t) for n, t in trees.when.items()]
        parts += [("W671", (n, "unless"), t) for n, t in trees.unless.items()]
        for facts, row in zip(self.measures, self.judged, strict=True):
            if row[0].situation.presumed:
                continue
            in_play = row[0].situation.in_play
            reading = Kleene(trees.factors, row[0].situation)
            open_ = [n for n in BOOLS if n not in facts and group_of(n) in in_play]
            for check, subjects, tree in parts:
                if reading.value(tree) == UNKNOWN and (check, *subjects) not in found:
                    ends = {
                        Kleene(trees.factors, Situation({**facts, **dict(zip(open_, v, strict=True))}, in_play)).value(
                            tree
                        )
                        for v in product((False, True), repeat=len(open_))
                    }
                    found |= {(check, *subjects)} if len(ends) == 1 else set()
        return found


def graver(before: str, after: str) -> bool:
    return "undetermined" not in (before, after) and GRAVITY[after] > GRAVITY[before]


def complete(book: Rulebook, facts: dict[str, Value]) -> dict[str, Value]:
    """Fill in every other fact of the groups in play."""
    filled = dict(facts)
    for group in groups_in_play(book, facts):
        for name in V.groups[group]:
            fact = V[name]
            other: Value = SetValue(frozenset()) if fact.kind == "set" else 0 if fact.kind == "int" else False
            filled.setdefault(name, next(iter(fact.values)) if fact.kind in ("enum", "ordered") else other)
    return filled


def check_small(seed: int) -> int:
    book = small_book(Random(seed))
    brute = Brute(book)
    found = prove(book)
    by: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for proof in found:
        by[proof.check].add((proof.check, *proof.subjects))
    some = lambda *checks: set().union(*(by[c] for c in checks))  # noqa: E731

    assert some("E601", "E602", "W603", "W604", "W605", "W606") == brute.never()
    assert some("W611", "I612", "W621") == brute.beside()
    assert some("W631", "W632", "W633") == brute.answering()
    assert some("E651", "I652") == brute.bars()
    assert {f for f in some("W641", "I642") if f[3] in TYPES} == brute.gap()
    assert {f[1:3] for f in by["E661"]} == brute.graver()
    assert by["E662"] == brute.lost()
    assert some("W671", "W672") == brute.inexact()
    clash = {p.fact: p.value for p in book.content.presumptions}
    assert bool(by["W673"]) == (len(book.content.presumptions) > len(clash))
    return len(found)


@pytest.mark.parametrize("seed", range(6))
def test_findings_equal_brute_force_over_every_measure(seed: int) -> None:
    assert check_small(seed) > 0


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", range(100, 200))
def test_findings_equal_brute_force_at_length(seed: int) -> None:
    check_small(seed)


# --- planted defects, shown by their witnesses -------------------------------------------------

PLANTED = [
    rule("never", "law.published and not law.published"),
    rule("always", "reach.total or not reach.total", effect="weak"),
    rule("other-right", "type == detention and law.retroactive"),
    rule("twin-one", "law.judge_made", effect="weak"),
    rule("twin-two", "law.judge_made", effect="strong"),
    rule("narrow", "law.judge_made and reach.chilling", effect="weak"),
    rule("helps-never", "reach.content_based and not reach.prior_restraint", effect="mitigates", answers=["kept"]),
    rule("kept", "reach.prior_restraint"),
    rule("helps-beside", "aim.ulterior and reach.total", effect="mitigates", answers=["kept"]),
    rule("barred", "aim.ulterior", effect="violation", absolute=True, law={"iccpr": ["a-treaty-1"]}),
    rule("perverse", "not reach.total and not law.constitutional"),
    rule("inexact", "reach.days > 3 or (reach.days <= 3 and law.complied_with)", unless="law.published and never-so"),
]
FACTORS = [{"id": "never-so", "title": "Never so", "when": "aim.link == direct and aim.link == none"}]
EXPECTED = {
    ("E601", "never"),
    ("E602", "always"),
    ("W603", "other-right", "assembly"),
    ("W604", "inexact"),
    ("W605", "never-so"),
    ("W611", "twin-one", "twin-two"),
    ("W621", "narrow", "twin-two"),
    ("W631", "helps-never", "kept"),
    ("W633", "helps-beside", "barred", "assembly"),
    ("E651", "barred", "assembly"),
    ("E661", "reach.total", "assembly", "perverse"),
}


def planted() -> dict[str, Any]:
    made = content([dict(r) for r in PLANTED], FACTORS, **MORE)
    for r in made["rules"]:
        if r["id"] == "other-right":
            r["when"] = "type == detention and law.retroactive and restricts is empty"
    return made


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return rulebook_from_content(planted())


@pytest.fixture(scope="module")
def proofs(book: Rulebook) -> list[Proof]:
    return prove(book)


def test_planted_defects_are_found(proofs: list[Proof]) -> None:
    found = {(p.check, *p.subjects) for p in proofs}

    assert found >= EXPECTED - {("E651", "barred", "assembly")}
    assert any(f[:2] in (("E651", "barred"), ("I652", "barred")) for f in found)
    assert {p.id for p in proofs} == {p.id for p in prove(rulebook_from_content(planted()))}


def assert_shown(reader: Reader, proof: Proof, folder: Path) -> None:
    """Assess a witness as a user would and compare with what it is said to show."""
    assert proof.witness is not None
    path = folder / f"{proof.id}.yaml"
    path.write_bytes(case_file(proof))
    case = read_case(path).case
    for measure, result, claim in zip(
        case.measures,
        assess_case(reader, case),
        proof.witness.claims,
        strict=True,  # type: ignore[attr-defined]
    ):
        setting = setting_of(reader.book, result.country, None, case.standards)
        judged = judge(ReferenceReader(reader.book), measure.facts(), setting)
        verdicts = {r.right: str(r.verdict) for r in result.rights}
        assert shown(claim, judged.states, verdicts, result.verdict) == [], (proof, claim)


def test_witnesses_show_the_findings_when_assessed(book: Rulebook, proofs: list[Proof], tmp_path: Path) -> None:
    reader = Reader(book)
    seen = [p for p in proofs if p.witness is not None]
    for proof in seen:
        assert_shown(reader, proof, tmp_path)

    assert {p.check for p in seen} >= {check for check, *_ in EXPECTED} - {"E651"}


def test_only_and_right_leave_the_rest_out(book: Rulebook, proofs: list[Proof]) -> None:
    assert {p.check for p in prove(book, only=["W621"])} == {"W621"}
    liberty = prove(book, right="liberty")
    assert {p.id for p in liberty} < {p.id for p in proofs}
    assert all("liberty" in (*p.rights, *p.subjects) for p in liberty)


# --- accepted findings --------------------------------------------------------------------------


def test_accepted_findings_are_marked_and_stale_ones_found(book: Rulebook, tmp_path: Path) -> None:
    entries = [
        {"check": "W621", "of": ["narrow", "twin-two"], "reason": "Kept for its own words."},
        {"check": "W621", "of": ["narrow"], "each": [["gone"], ["lost"]], "reason": "No longer there."},
    ]
    path = tmp_path / "findings.yaml"
    path.write_text(yaml.safe_dump(entries), encoding="utf-8")
    found = {(p.check, *p.subjects): p for p in prove(book, only=["W621", "W691"], accepted=read_accepted(path))}

    assert found["W621", "narrow", "twin-two"].accepted == "Kept for its own words."
    assert {f for f in found if f[0] == "W691"} == {("W691", "W621", "narrow", n) for n in ("gone", "lost")}


def test_what_is_new_is_accepted_and_what_is_gone_dropped(book: Rulebook, tmp_path: Path) -> None:
    path = tmp_path / "findings.yaml"
    old = {("W621", ("narrow", "gone")): "No longer there.", ("W604", ("inexact",)): "A check that is not run."}
    only = ["W621", "E661"]
    found = prove(book, only=only, accepted=Accepted(old))
    added = write_accepted(path, Accepted(old), found, only, "Found today.")
    reasons = read_accepted(path).reasons

    assert added == len(found)
    assert set(reasons) == {(p.check, p.subjects) for p in found} | {("W604", ("inexact",))}
    assert reasons["W604", ("inexact",)] == "A check that is not run."
    again = prove(book, only=[*only, "W691"], accepted=read_accepted(path))
    assert {p.accepted for p in again} == {"Found today."}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- {check: W62, of: [a], reason: some good reason}", "did you mean `W6"),
        ("- {check: W621, of: [a], reason: short}", "at least 10"),
        ("- {check: W621, reason: some good reason}", "names nothing"),
        ("- {check: W621, each: [[a], [a]], reason: some good reason}", "accepted twice"),
        ("check: W621", "a list is expected"),
    ],
)
def test_a_wrong_file_of_accepted_findings_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "findings.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read_accepted(path)


def test_checks_are_named_once_and_their_letters_are_severities() -> None:
    assert len(BY_ID) == len(CHECKS)
    assert {c.severity for c in CHECKS} == {"error", "warning", "info"}


# --- the command and the bundled rulebook --------------------------------------------------------


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    args = ["audit", "rules", "--check", "W621", "--right", "legality-of-penalties"]
    empty = tmp_path / "none.yaml"
    empty.write_text("[]", encoding="utf-8")
    code = run([*args, "--baseline", str(empty), "--format", "json", "--write-witnesses", str(tmp_path / "w")])
    data = json.loads(capsys.readouterr().out)

    assert code == (1 if data["counts"]["new"] else 0)
    assert data["counts"]["new"] == len(data["findings"]) == len(list((tmp_path / "w").glob("*.yaml")))
    for finding in data["findings"]:
        assert finding["law"].keys() == set(finding["subjects"])
        assert all(item["title"] for items in finding["law"].values() for item in items)
    assert run(args) == 0
    assert "0 findings" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--right", "asembly"], "did you mean `assembly`"),
        (["--check", "W6211"], "no check of this id"),
        (["--baseline", "nowhere.yaml"], "no such file"),
    ],
)
def test_wrong_options_are_refused(args: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "rules", *args]) == 2
    assert said in capsys.readouterr().err


def new_in_bundled(only: list[str]) -> list[str]:
    accepted = read_accepted(bundled("rules") / "findings.yaml")
    found = prove(load_rulebook(), only=only, accepted=accepted)
    assert found
    return [f"{p.check} {', '.join(p.subjects)}" for p in found if p.accepted is None]


def test_the_bundled_rulebook_has_no_new_finding_of_the_quick_checks() -> None:
    assert new_in_bundled([c.id for c in CHECKS if c.id not in (*SLOW, "W691")]) == []


@pytest.mark.fuzz
def test_the_bundled_rulebook_has_no_new_finding() -> None:
    assert new_in_bundled([]) == []


@pytest.mark.fuzz
def test_every_witness_of_the_bundled_rulebook_shows_its_finding(tmp_path: Path) -> None:
    reader = Reader(load_rulebook())
    seen = [p for p in prove(reader.book) if p.witness is not None]
    for proof in seen:
        assert_shown(reader, proof, tmp_path)

    assert seen


# --- what is never exercised ----------------------------------------------------------------------


def test_what_no_case_and_no_example_exercises(tmp_path: Path) -> None:
    shown_by_example = {"facts": {"type": "assembly-ban", "law.published": False, "reach.days": 2}, "expect": "fired"}
    rules = [
        rule("by-example", "not law.published", examples=[shown_by_example]),
        rule("by-case", "law.judge_made and reach.days > 30"),
        rule("by-none", "law.retroactive and hidden"),
    ]
    factors = [
        {"id": "both-ways", "title": "Both", "when": "reach.days > 30"},
        {"id": "hidden", "title": "Hidden", "when": "law.precision == vague"},
    ]
    case = {"case": "a-case", "title": "A case", "measures": [{"id": "one", "title": "One", "type": "detention"}]}
    case["measures"][0] |= {"law": {"judge_made": True}, "reach": {"days": 40}, "restricts": []}  # type: ignore[index]
    (tmp_path / "one.yaml").write_text(yaml.safe_dump(case), encoding="utf-8")
    small = rulebook_from_content(content(rules, factors, **MORE))
    left = exercised(small, tmp_path)

    assert left["rules"] == ["by-none"]
    assert left["factors"] == ["hidden"]
    assert set(left["facts"]) == set(V.facts) - {"type", "restricts", "law.published", "law.judge_made", "reach.days"}
    assert {"law.published yes", "law.judge_made no", "type surveillance", "restricts assembly"} <= set(left["values"])
    assert not {"law.published no", "reach.days 0 to 30", "reach.days from 31", "restricts none"} & set(left["values"])
    assert exercised(small, None)["rules"] == ["by-case", "by-none"]
