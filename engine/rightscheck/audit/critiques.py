"""The criteria of the source articles: which rules carry them, and for which measures of the articles they fire."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from rightscheck.assessment.assess import Reader, assess_case
from rightscheck.audit.checks_rules import trees_of
from rightscheck.audit.firings import case_files
from rightscheck.facts.case import Strict
from rightscheck.facts.read import read_case
from rightscheck.facts.text import parse_file
from rightscheck.language.tree import Ref, leaves
from rightscheck.problems import InputError, Place, Problem
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.model import Line, Rule

_ID = re.compile(r"C[0-9]{2}\Z")


class Criterion(Strict):
    """A criterion in our own words, and where the articles raise it."""

    says: Line
    where: Line


@dataclass(frozen=True, slots=True)
class SeedMeasure:
    """A measure described in an article, with the criteria of the rules that fire for it and of those still open."""

    seed: str
    case: str
    measure: str
    title: str
    fires: frozenset[str]
    open: frozenset[str]


def read_criteria(folder: Path) -> dict[str, Criterion] | None:
    """Return the criteria of a rulebook (critiques.yaml in its folder) by id, None where there is no such file.

    Raises:
        InputError: the file is not a mapping from C01, C02 ... to `says` and `where`.
    """
    path = folder / "critiques.yaml"
    if not path.is_file():
        return None
    root = parse_file(path)
    if not isinstance(root.value, dict):
        raise InputError([Problem("a mapping from criteria to `says` and `where` is expected here", root.place)])
    found: dict[str, Criterion] = {}
    problems: list[Problem] = []
    for name, node in root.value.items():
        if not _ID.match(name):
            problems.append(Problem("a criterion is named C and two digits", root.keys[name], name))
        try:
            found[name] = Criterion.model_validate(node.plain())
        except ValidationError as error:
            problems += [Problem(e["msg"], node.at(*e["loc"]), name) for e in error.errors(include_url=False)]
    if problems:
        raise InputError(problems)
    return found


def seed_measures(reader: Reader, folder: Path) -> list[SeedMeasure]:
    """Assess the measures of the articles (cases/seeds, numbered in expected.yaml), in the order of their numbers.

    A criterion fires where a rule that carries it fires. It is open where none fires and one is live, or is open at all
    while expected.yaml says that the article raises the criterion there.

    Raises:
        InputError: the folder or its expected.yaml is missing, or a case is wrong.
        EngineFault: the two readings differ.
    """
    listing = folder / "expected.yaml"
    if not listing.is_file():
        raise InputError([Problem("no numbered measures here (expected.yaml is missing)", Place(str(folder)))])
    listed = {(entry["case"], entry["measure"]): entry for entry in parse_file(listing).plain()}
    found = []
    for path in case_files(folder):
        if path == listing:
            continue
        for result in assess_case(reader, read_case(path).case):
            fires = frozenset(c for rule in result.fired for c in rule.critiques)
            entry = listed.get((result.case, result.measure), {})
            raised = {*entry.get("fire", ()), *entry.get("open", ())}
            still = frozenset(c for rule in result.open for c in rule.critiques if rule.live or c in raised) - fires
            seed = str(entry.get("seed", ""))
            found.append(SeedMeasure(seed, result.case, result.measure, result.title, fires, still))
    return sorted(found, key=lambda m: (not m.seed, m.seed, m.case, m.measure))


def carrying(book: Rulebook) -> dict[str, list[Rule]]:
    """Return the rules that carry each criterion, in declared order."""
    found: dict[str, list[Rule]] = {}
    for rule in book.content.rules:
        for name in rule.critiques:
            found.setdefault(name, []).append(rule)
    return found


def factors_of(book: Rulebook, rules: Iterable[Rule]) -> list[str]:
    """Return the factors that the rules name in their own conditions, sorted."""
    named = (leaf for rule in rules for tree in trees_of(book, rule) for leaf in leaves(tree))
    return sorted({leaf.factor for leaf in named if isinstance(leaf, Ref)})


def critiques_table(book: Rulebook, criteria: Mapping[str, Criterion], measures: Iterable[SeedMeasure]) -> str:
    """Return the table of criteria as Markdown; the same for the same rulebook and cases."""
    every = list(measures)
    rules = carrying(book)
    lines = [
        "# Criteria and the rules that carry them",
        "",
        "Made by `rightscheck rules critiques -o docs/critiques.md` from the rulebook and the cases of the articles.",
        "*Fires*: a rule that carries the criterion fires for the measure, against it or for it. *Open*: none fires,",
        "and one is undecided: part of its condition is met, or the article raises the criterion and says too little.",
        "The measures M01 to M50 are listed at the end.",
        "",
        "| | criterion | where | rules | fires for | open for |",
        "|---|---|---|---|---|---|",
    ]
    for name, item in criteria.items():
        fires = _listed(m for m in every if name in m.fires)
        still = _listed(m for m in every if name in m.open)
        count = len(rules.get(name, []))
        link = f"[{name}](#{name.lower()})"
        lines.append(f"| {link} | {_cell(item.says)} | {_cell(item.where)} | {count} | {fires} | {still} |")
    lines += ["", "## Rules and factors by criterion"]
    for name, item in criteria.items():
        lines += ["", f"### {name}", "", item.says, ""]
        for rule in rules.get(name, []):
            lines.append(f"- `{rule.id}` ({rule.effect}; {', '.join(rule.rights)}, {rule.stage}): {rule.title}")
        factors = factors_of(book, rules.get(name, []))
        lines.append(f"- factors: {', '.join(f'`{f}`' for f in factors) or 'none'}")
    lines += ["", "## The measures of the articles", "", "| | case | measure | title |", "|---|---|---|---|"]
    lines += [f"| {_short(m)} | `{m.case}` | `{m.measure}` | {_cell(m.title)} |" for m in every]
    return "\n".join(lines) + "\n"


def _short(measure: SeedMeasure) -> str:
    return measure.seed or f"{measure.case}/{measure.measure}"


def _listed(measures: Iterable[SeedMeasure]) -> str:
    """Return measures by number, each number once although an article's measure may be more than one here."""
    return ", ".join(dict.fromkeys(_short(m) for m in measures)) or "-"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
