"""Small rulebooks for tests, and a reader that uses the reference reading alone."""

from __future__ import annotations

from random import Random
from typing import Any

from rightscheck.assessment.assess import Reader, full_state
from rightscheck.facts.case import STANDARDS
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.language.tree import Tree
from rightscheck.readings.kleene import Kleene, Situation
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.load import rulebook_from_content
from tests.strategies import RandomRules

RIGHTS = ["assembly", "religion", "liberty"]
SOURCE = {
    "id": "a-treaty",
    "title": "A treaty",
    "body": "States",
    "year": 1966,
    "kind": "treaty",
    "binding": "binding",
    "standards": list(STANDARDS),
}


class ReferenceReader(Reader):
    """Reads by the reference reading alone: for tests of what comes after the readings."""

    def __post_init__(self) -> None:
        pass

    def states(self, situation: Situation) -> tuple[dict[str, str], tuple[str, ...], Kleene]:
        kleene = Kleene(self.book.trees.factors, situation)
        unless = self.book.trees.unless
        states = {name: full_state(kleene, when, unless.get(name)) for name, when in self.book.trees.when.items()}
        return states, tuple(n for n, s in states.items() if s in ("fired", "rebuttable")), kleene


def content(rules: list[dict[str, Any]], factors: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    """A whole rulebook's content around some rules."""
    base: dict[str, Any] = {
        "name": "small",
        "title": "A small rulebook",
        "version": "1.0.0",
        "sources": [SOURCE],
        "propositions": [
            {
                "id": "a-treaty-1",
                "source": "a-treaty",
                "pinpoint": "art 1",
                "rights": ["assembly"],
                "stage": "legality",
                "proposition": "Something is protected.",
                "verified": "seen",
            }
        ],
        "factors": factors or [],
        "rules": rules,
        "engagement": {
            "assembly": {"when": "restricts has assembly or type == assembly-ban"},
            "religion": {"when": "restricts has worship or type == religious-ban"},
            "liberty": {"when": "type == detention or detention.judge_within_hours > 2"},
        },
        "in_play": {"always": ["law", "aim"], "types": {"assembly-ban": ["assembly"], "detention": ["detention"]}},
        "presumptions": [],
        "method": {
            "core": [
                {
                    "id": f"{right}-law",
                    "rights": [right],
                    "stage": "legality",
                    "question": "By law?",
                    "facts": ["law.basis", "law.precision"],
                }
                for right in RIGHTS
            ]
        },
        "standards": {
            "standards": {
                name: {"title": name, "kind": "declaration" if name == "udhr" else "treaty", "source": "a-treaty"}
                for name in STANDARDS
            },
            "articles": {right: {"iccpr": {"article": "art 1"}, "echr": {"article": "art 2"}} for right in RIGHTS},
            "parties": {"KZ": {"iccpr": {"signed": "2003-12-02", "in_force": "2006-04-24"}}},
        },
        "aims": {"maps": {}, "articles": {}},
        "severity": {"scale": [], "scope": [], "irremediability": []},
        "phrases": {},
        "glossary": {},
        "not_modelled": [],
    }
    return {**base, **more}


def rule(name: str, when: str, **more: Any) -> dict[str, Any]:
    """One rule with everything it must have."""
    base = {
        "id": name,
        "title": f"Title of {name}",
        "rights": ["assembly"],
        "stage": "necessity",
        "effect": "strong",
        "when": when,
        "because": f"Because of {name}.",
        "law": {"iccpr": ["a-treaty-1"], "echr": ["a-treaty-1"]},
    }
    return {**base, **more}


def random_book(rules: RandomRules, rng: Random) -> Rulebook:
    """A rulebook around random rules, with random effects, rights, standards and mitigations."""
    made = []
    names = list(rules.when)
    effects = {name: rng.choice(["violation", "strong", "strong", "weak", "mitigates"]) for name in names}
    harms = [n for n in names if effects[n] in ("strong", "weak")]
    for name in names:
        more: dict[str, Any] = {
            "effect": effects[name],
            "rights": rng.sample(RIGHTS, rng.choice([1, 1, 2])),
            "stage": rng.choice(["legality", "necessity", "safeguards"]),
            "law": {s: ["a-treaty-1"] for s in rng.choice([["iccpr"], ["echr"], ["iccpr", "echr"], ["echr", "crc"]])},
        }
        if effects[name] == "mitigates":
            more["answers"] = rng.sample(harms, min(2, len(harms))) or [{"right": "assembly", "stage": "necessity"}]
        if name in rules.unless:
            more["unless"] = str(rules.unless[name])
        made.append(rule(name, str(rules.when[name]), **more))
    factors = [{"id": n, "title": n, "when": str(t)} for n, t in rules.factors.items()]
    presumptions = []
    for name in sorted(rules.presumable):
        fact = vocabulary()[name]
        if fact.kind in ("bool", "enum", "ordered") and name != "type":
            value: Any = rng.choice([True, False] if fact.kind == "bool" else list(fact.values))
            more = {"unless": "law.published"} if rng.random() < 0.5 and name != "law.published" else {}
            base = {"id": f"presumed-{len(presumptions)}", "fact": name, "value": value, "when": "type != detention"}
            presumptions.append({**base, **more, "source": "a-treaty-1", "text": "It is presumed."})
    play = {"always": sorted(rules.always), "types": {"assembly-ban": ["assembly"], "detention": ["detention"]}}
    more = content(made, factors, in_play=play, presumptions=presumptions)
    more["standards"]["standards"]["crc"]["protects"] = "law.published or restricts has worship"
    more["standards"]["parties"]["KZ"]["crc"] = {"signed": "1994-02-16", "in_force": "1994-09-11"}
    for right in rng.sample(RIGHTS, 2):
        more["standards"]["articles"][right]["crc"] = {"article": "art 3"}
    return rulebook_from_content(more)


__all__ = ["ReferenceReader", "Tree", "content", "random_book", "rule"]
