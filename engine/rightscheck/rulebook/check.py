"""Checks of a rulebook as a whole; what they find are faults that stop its loading."""

from __future__ import annotations

import string
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from rightscheck.facts.case import RIGHTS, STANDARDS
from rightscheck.facts.values import read_value
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.language.parse import ExpressionFault, parse
from rightscheck.language.tree import Ref, Tree, leaves
from rightscheck.problems import InputError, Place, Problem, nearest
from rightscheck.rulebook.aims import aim_factors
from rightscheck.rulebook.book import Trees
from rightscheck.rulebook.model import Content, Rule

Placer = Callable[[tuple[str | int, ...]], Place]


def check_content(content: Content, place: Placer) -> tuple[Content, Trees]:
    """Check everything that spans entries and parse every expression.

    Raises:
        InputError: with every fault found.
    """
    checker = _Checker(content, place)
    trees = checker.run()
    if checker.problems:
        raise InputError(checker.problems)
    return content, trees


def placeholders(text: str) -> list[tuple[str, str]]:
    """Return the (fact name, style) of each `{name}` or `{name:style}` in a sentence; raises ValueError."""
    return [(name, style or "") for _, name, style, _ in string.Formatter().parse(text) if name is not None]


class _Checker:
    def __init__(self, content: Content, place: Placer) -> None:
        self.content = content
        self.place = place
        self.problems: list[Problem] = []
        self.derived = aim_factors(content.aims)
        self.factor_ids = {f.id for f in content.factors} | set(self.derived)

    def add(self, loc: tuple[str | int, ...], message: str, name: str = "", hint: str = "") -> None:
        self.problems.append(Problem(message, self.place(loc), name, hint))

    def run(self) -> Trees:
        content = self.content
        for key in ("sources", "propositions", "factors", "rules", "presumptions", "not_modelled"):
            self.unique(key, [item.id for item in getattr(content, key)])
        self.unique("method", [q.id for q in content.method.core])
        self.citations()
        self.data_files()
        trees = self.expressions()
        self.cycles(trees.factors)
        for index, rule in enumerate(content.rules):
            self.rule(index, rule)
        return trees

    def unique(self, key: str, ids: list[str]) -> None:
        seen: set[str] = set()
        for index, name in enumerate(ids):
            if name in seen:
                self.add((key, index, "id") if key != "method" else ("method", "core", index), "this id is taken", name)
            seen.add(name)

    def known(self, loc: tuple[str | int, ...], what: str, names: Iterable[str], among: Collection[str]) -> None:
        for name in names:
            if name not in among:
                self.add(loc, f"no {what} of this id", name, nearest(name, among))

    def citations(self) -> None:
        content = self.content
        sources = {s.id: s for s in content.sources}
        propositions = {p.id: p for p in content.propositions}
        for index, item in enumerate(content.propositions):
            self.known(("propositions", index, "source"), "source", [item.source], sources)
        for index, factor in enumerate(content.factors):
            self.known(("factors", index, "law"), "proposition", factor.law, propositions)
        for index, presumption in enumerate(content.presumptions):
            self.known(("presumptions", index, "source"), "proposition", [presumption.source], propositions)
        for index, entry in enumerate(content.not_modelled):
            self.known(("not_modelled", index, "id"), "proposition", [entry.id], propositions)
        for index, rule in enumerate(content.rules):
            if not rule.law:
                self.add(("rules", index), "has no law", rule.id)
            for standard, ids in rule.law.items():
                loc = ("rules", index, "law", standard)
                self.known(loc, "proposition", ids, propositions)
                for name in ids:
                    source = sources.get(propositions[name].source) if name in propositions else None
                    if source is not None and standard not in source.standards:
                        allowed = ", ".join(source.standards)
                        text = f"{name}: `{source.id}` may be cited under {allowed}, not under {standard}"
                        self.add(loc, text, rule.id)

    def expressions(self) -> Trees:
        content = self.content
        sets: dict[str, list[tuple[str, str | None, tuple[str | int, ...]]]] = {
            "factors": [(f.id, f.when, ("factors", i, "when")) for i, f in enumerate(content.factors)],
            "when": [(r.id, r.when, ("rules", i, "when")) for i, r in enumerate(content.rules)],
            "unless": [(r.id, r.unless, ("rules", i, "unless")) for i, r in enumerate(content.rules)],
            "engagement": [
                (right, content.engagement[right].when, ("engagement", right, "when"))
                for right in RIGHTS
                if right in content.engagement
            ],
            "presumptions": [(p.id, p.when, ("presumptions", i, "when")) for i, p in enumerate(content.presumptions)],
            "rebuttals": [(p.id, p.unless, ("presumptions", i, "unless")) for i, p in enumerate(content.presumptions)],
            "core": [(q.id, q.when, ("method", "core", i, "when")) for i, q in enumerate(content.method.core)],
            "standards": [
                (k, s.protects, ("standards", "standards", k, "protects"))
                for k, s in content.standards.standards.items()
            ],
        }
        trees: dict[str, dict[str, Tree]] = {
            key: {name: t for name, text, loc in items if text and (t := self.parse(loc, text, name))}
            for key, items in sets.items()
        }
        trees["factors"].update(self.derived)
        severity = {
            key: tuple(
                t
                for i, grade in enumerate(getattr(content.severity, key))
                if (t := self.parse(("severity", key, i, "when"), grade.when, key))
            )
            for key in ("scale", "scope", "irremediability")
        }
        return Trees(**trees, severity=severity)

    def parse(self, loc: tuple[str | int, ...], text: str, name: str) -> Tree | None:
        try:
            return parse(text, self.factor_ids)
        except ExpressionFault as fault:
            self.add(loc, f"{loc[-1]}: {fault.message} (character {fault.column})", name, fault.nearest)
            return None

    def cycles(self, factors: Mapping[str, Tree]) -> None:
        uses = {name: [leaf.factor for leaf in leaves(tree) if isinstance(leaf, Ref)] for name, tree in factors.items()}
        done: set[str] = set()
        index = {f.id: i for i, f in enumerate(self.content.factors)}
        for start in uses:
            path: list[str] = []
            stack: list[tuple[str, int]] = [(start, 0)]
            while stack:
                name, step = stack.pop()
                del path[len(stack) :]
                path.append(name)
                if name in done:
                    continue
                if step >= len(uses.get(name, ())):
                    done.add(name)
                    continue
                stack.append((name, step + 1))
                following = uses[name][step]
                if following in path:
                    loop = [*path[path.index(following) :], following]
                    self.add(("factors", index.get(name, 0)), f"factors go in a circle: {' -> '.join(loop)}", name)
                    return
                stack.append((following, 0))

    def rule(self, index: int, rule: Rule) -> None:
        loc = ("rules", index)
        if rule.effect == "mitigates" and not rule.answers:
            self.add(loc, "a mitigation names what it answers (`answers:`)", rule.id)
        if rule.effect != "mitigates" and rule.answers:
            self.add((*loc, "answers"), "only a mitigation answers rules", rule.id)
        if rule.absolute and rule.effect != "violation":
            self.add((*loc, "absolute"), "an absolute bar is a violation", rule.id)
        by_id = {r.id: r for r in self.content.rules}
        for answer in rule.answers:
            if not isinstance(answer, str):
                continue
            self.known((*loc, "answers"), "rule", [answer], by_id)
            if answer in by_id and by_id[answer].effect in ("violation", "mitigates"):
                effect = by_id[answer].effect
                self.add((*loc, "answers"), f"`{answer}` is a {effect} rule; it cannot be answered", rule.id)
        if len(set(rule.rights)) != len(rule.rights):
            self.add((*loc, "rights"), "a right stands twice", rule.id)
        for key in ("because", "cure", "limits"):
            self.sentence((*loc, key), rule.id, getattr(rule, key) or "")
        for number, example in enumerate(rule.examples):
            for name, raw in example.facts.items():
                self.fact_value((*loc, "examples", number, "facts"), name, raw)

    def sentence(self, loc: tuple[str | int, ...], name: str, text: str) -> None:
        try:
            marks = placeholders(text)
        except ValueError as error:
            self.add(loc, f"{loc[-1]}: {error}", name)
            return
        for fact, style in marks:
            if fact not in vocabulary():
                self.add(loc, f"{loc[-1]}: no fact `{fact}`", name, nearest(fact, vocabulary().facts))
            if style not in ("", "phrase"):
                self.add(loc, f"{loc[-1]}: no style `{style}`; there is only `phrase`", name)

    def fact_value(self, loc: tuple[str | int, ...], name: str, raw: Any) -> None:
        if name not in vocabulary():
            self.add(loc, "no such fact", name, nearest(name, vocabulary().facts))
            return
        _, wrong, hint = read_value(vocabulary()[name], raw)
        if wrong:
            self.add(loc, wrong, name, hint)

    def data_files(self) -> None:
        content = self.content
        groups = vocabulary().groups
        types = vocabulary()["type"].values
        self.known(("in_play", "always"), "group", content.in_play.always, groups)
        for type_, named in content.in_play.types.items():
            self.known(("in_play", "types", type_), "type", [type_], types)
            self.known(("in_play", "types", type_), "group", named, groups)
        for index, question in enumerate(content.method.core):
            self.known(("method", "core", index, "facts"), "fact", question.facts, vocabulary().facts)
        for index, presumption in enumerate(content.presumptions):
            self.fact_value(("presumptions", index), presumption.fact, presumption.value)
        if content.amendments is not None:
            self.known(("amendments", "facts"), "fact", content.amendments.facts, vocabulary().facts)
        self.standards()
        self.known(("aims", "maps"), "value of aim.stated", content.aims.maps, vocabulary()["aim.stated"].values)
        for name, values in content.phrases.items():
            self.known(("phrases", name), "fact", [name], vocabulary().facts)
            if name in vocabulary():
                fact = vocabulary()[name]
                allowed = ["true", "false"] if fact.kind == "bool" else list(fact.values)
                self.known(("phrases", name), f"value of {name}", values, allowed)

    def standards(self) -> None:
        standards = self.content.standards
        sources = {s.id for s in self.content.sources}
        for name in STANDARDS:
            if name not in standards.standards:
                self.add(("standards", "standards"), "is missing", name)
        for name, info in standards.standards.items():
            self.known(("standards", "standards", name), "source", [info.source], sources)
        protocols = standards.protocols
        for name, protocol in protocols.items():
            self.known(("standards", "protocols", name), "source", [protocol.source], sources)
        for right, cells in standards.articles.items():
            named = [c.protocol for c in cells.values() if c.protocol]
            self.known(("standards", "articles", right), "protocol", named, protocols)
        for country, held in standards.parties.items():
            self.known(("standards", "parties", country), "standard or protocol", held, {*STANDARDS, *protocols})
