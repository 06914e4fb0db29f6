"""A checked rulebook in memory: content, trees, digest, and what is derived from them."""

from __future__ import annotations

import datetime
import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import rfc8785

from rightscheck.facts.case import parse_date
from rightscheck.language.tree import Ref, Test, Tree, leaves
from rightscheck.rulebook.model import Content, CoreQuestion, Factor, Party, Proposition, Rule, Source

Status = Literal["binding", "signed", "commitment", "benchmark"]


def canonical_json(data: Any) -> bytes:
    """Return canonical JSON (RFC 8785)."""
    return rfc8785.dumps(data)


def digest_of(content: Content) -> str:
    """Return the SHA-256, in hexadecimal, over the canonical JSON of a rulebook."""
    return hashlib.sha256(canonical_json(content.model_dump(exclude_none=True))).hexdigest()


@dataclass(frozen=True, slots=True)
class Trees:
    """The parsed expressions of a rulebook by what they belong to; engagement in the order of the rights."""

    factors: dict[str, Tree]
    when: dict[str, Tree]
    unless: dict[str, Tree]
    engagement: dict[str, Tree]
    presumptions: dict[str, Tree]
    rebuttals: dict[str, Tree]
    core: dict[str, Tree]
    standards: dict[str, Tree]
    severity: dict[str, tuple[Tree, ...]]


@dataclass(frozen=True)
class Rulebook:
    """A rulebook that passed every check; `sha256` is its digest."""

    content: Content
    trees: Trees
    sha256: str
    _cache: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @functools.cached_property
    def rules(self) -> dict[str, Rule]:
        """Rules by id, in declared order."""
        return {rule.id: rule for rule in self.content.rules}

    @functools.cached_property
    def factors(self) -> dict[str, Factor]:
        """Factors by id, in declared order."""
        return {factor.id: factor for factor in self.content.factors}

    @functools.cached_property
    def propositions(self) -> dict[str, Proposition]:
        """Propositions by id."""
        return {p.id: p for p in self.content.propositions}

    @functools.cached_property
    def sources(self) -> dict[str, Source]:
        """Sources by id."""
        return {s.id: s for s in self.content.sources}

    @functools.cached_property
    def core(self) -> dict[str, tuple[CoreQuestion, ...]]:
        """Core questions by right."""
        found: dict[str, list[CoreQuestion]] = {}
        for question in self.content.method.core:
            for right in question.rights:
                found.setdefault(right, []).append(question)
        return {right: tuple(items) for right, items in found.items()}

    @functools.cached_property
    def rules_by_right(self) -> dict[str, tuple[Rule, ...]]:
        """Rules by right, in declared order."""
        found: dict[str, list[Rule]] = {}
        for rule in self.content.rules:
            for right in rule.rights:
                found.setdefault(right, []).append(rule)
        return {right: tuple(items) for right, items in found.items()}

    @functools.cached_property
    def facts_of_rule(self) -> dict[str, tuple[str, ...]]:
        """The facts each rule's `when` and `unless` rest on, factors expanded, in order of first mention."""
        found = {}
        for rule in self.content.rules:
            trees = [self.trees.when[rule.id]] + ([self.trees.unless[rule.id]] if rule.id in self.trees.unless else [])
            found[rule.id] = tuple(dict.fromkeys(name for tree in trees for name in self.facts_of(tree)))
        return found

    def facts_of(self, tree: Tree) -> tuple[str, ...]:
        """Return the facts a tree rests on, factors expanded, in order of first mention."""
        found: dict[str, None] = {}
        for leaf in leaves(tree):
            names = (leaf.fact,) if isinstance(leaf, Test) else self._facts_of_factor(leaf)
            found.update(dict.fromkeys(names))
        return tuple(found)

    def _facts_of_factor(self, ref: Ref) -> tuple[str, ...]:
        known: dict[str, tuple[str, ...]] = self._cache.setdefault("facts_of_factor", {})
        if ref.factor not in known:
            known[ref.factor] = self.facts_of(self.trees.factors[ref.factor])
        return known[ref.factor]

    def calls_for(self, type_: str | None) -> frozenset[str]:
        """Return the groups that a type of measure calls for; every group where the type is not given."""
        play = self.content.in_play
        return frozenset(play.always) | frozenset(play.types.get(type_, ()) if type_ else ())

    def status(self, standard: str, country: str | None, date: datetime.date | None) -> Status:
        """Return the status of a standard for a State at a date."""
        info = self.content.standards.standards[standard]
        party = self.content.standards.parties.get(country or "", {}).get(standard)
        if info.kind == "declaration" or party is None or date is None:
            return "benchmark"
        if info.kind == "commitment":
            return "commitment" if _in(party, date, party.since or party.in_force) else "benchmark"
        if _in(party, date, party.in_force):
            return "binding"
        if party.signed and parse_date(party.signed) <= date and not _over(party, date):
            return "signed"
        return "benchmark"

    def has_cell(self, right: str, standard: str, country: str | None, date: datetime.date | None) -> bool:
        """Whether a standard protects a right for a State at a date.

        A right in a protocol that the State has not ratified is not protected while the treaty itself binds it.
        """
        cell = self.content.standards.articles.get(right, {}).get(standard)
        if cell is None:
            return False
        if cell.protocol is None or self.status(standard, country, date) != "binding":
            return True
        party = self.content.standards.parties.get(country or "", {}).get(cell.protocol)
        return party is not None and date is not None and _in(party, date, party.in_force)

    def article(self, right: str, standard: str) -> str:
        """Return the article of a standard that protects a right."""
        cell = self.content.standards.articles.get(right, {}).get(standard)
        return cell.article if cell else ""


def _over(party: Party, date: datetime.date) -> bool:
    return party.ceased is not None and parse_date(party.ceased) <= date


def _in(party: Party, date: datetime.date, start: str | None) -> bool:
    return start is not None and parse_date(start) <= date and not _over(party, date)


Law = Mapping[str, list[str]]
