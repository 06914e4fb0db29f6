"""A rulebook between two: the old one with some of the edits that can bear on a verdict.

Edits that no verdict can rest on (titles, texts, citations, examples) are taken from the new rulebook throughout.
Factors of which only one rulebook knows stand in every mixture: where nothing refers to them they do nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rightscheck.facts.case import RIGHTS
from rightscheck.language.tree import Ref, Test, Tree, leaves
from rightscheck.rulebook.aims import aim_factors
from rightscheck.rulebook.book import Rulebook, Trees
from rightscheck.rulebook.edits import Edit, applied, content_of, edits_between, parts_of
from rightscheck.rulebook.model import Rule

# never true: every measure has a type
_NEVER = Test("type", "in", ())
_RULE_FIELDS = ("rights", "stage", "effect", "answers")
_OTHER_FIELDS: dict[str, tuple[str, ...]] = {
    "presumption": ("fact", "value", "when", "unless"),
    "core question": ("rights", "facts", "when"),
    "standard": ("kind", "protects"),
    "article": ("protocol",),
    "party": ("signed", "in_force", "since", "ceased"),
}
_WHOLE = ("engagement", "aim", "aims admitted", "facts called for")


class Mixer:
    """Mixtures of two rulebooks; `groups` are the edits to choose from, those in one group go together.

    Factors that would refer to each other in a circle if only some of their edits were applied form a group.
    """

    def __init__(self, old: Rulebook, new: Rulebook) -> None:
        self.old, self.new = old, new
        self._parts = parts_of(old.content), parts_of(new.content)
        self.edits = edits_between(old.content, new.content)
        bearing = [e for e in self.edits if self._bears(e)]
        self.groups: list[tuple[Edit, ...]] = self._grouped(bearing)
        held = {e.key for e in bearing}
        self._always = [e for e in self.edits if e.key not in held]

    def names(self, group: int) -> tuple[str, ...]:
        """Return the names of a group's edits."""
        return tuple(e.name for e in self.groups[group])

    def mixed(self, chosen: Iterable[int]) -> Rulebook:
        """Return the old rulebook with the edits of some groups; with all of them its verdicts are the new one's.

        It is made for reading verdicts: it was not checked as a whole and has no digest.
        """
        taken = [e for g in chosen for e in self.groups[g]]
        changed = {e.key for e in taken}
        content = content_of(applied(*self._parts, [*self._always, *taken]))
        aims = aim_factors(content.aims)
        derived = {**aim_factors(self.old.content.aims), **aim_factors(self.new.content.aims)}
        factors = {**self.new.trees.factors, **self.old.trees.factors}
        factors.update({n: t for n, t in self.new.trees.factors.items() if ("factor", n) in changed})
        factors.update({name: aims.get(name, _NEVER) for name in derived})

        def pick(kind: str, key: str, names: Iterable[str]) -> dict[str, Tree]:
            found: dict[str, Tree] = {}
            for name in names:
                held: dict[str, Tree] = getattr((self.new if (kind, name) in changed else self.old).trees, key)
                if name in held:
                    found[name] = held[name]
            return found

        rules = [r.id for r in content.rules]
        presumptions = [p.id for p in content.presumptions]
        trees = Trees(
            factors=factors,
            when=pick("rule", "when", rules),
            unless=pick("rule", "unless", rules),
            engagement=pick("engagement", "engagement", (r for r in RIGHTS if r in content.engagement)),
            presumptions=pick("presumption", "presumptions", presumptions),
            rebuttals=pick("presumption", "rebuttals", presumptions),
            core=pick("core question", "core", (q.id for q in content.method.core)),
            standards=pick("standard", "standards", content.standards.standards),
            severity=self.new.trees.severity,
        )
        return Rulebook(content, trees, "")

    # --- which edits can bear on a verdict ---------------------------------------------------

    def _bears(self, edit: Edit) -> bool:
        if edit.change == "reordered":
            return edit.kind == "presumption"
        if edit.kind == "factor":
            return edit.change == "changed" and self._tree("factors", edit, old=True) != self._tree("factors", edit)
        if edit.kind in _WHOLE:
            return edit.kind != "engagement" or self._tree("engagement", edit, old=True) != self._tree(
                "engagement", edit
            )
        if edit.kind not in ("rule", *_OTHER_FIELDS):
            return False
        if edit.change != "changed" or isinstance(edit.old, dict) or isinstance(edit.new, dict):
            return True
        if edit.kind == "rule":
            return legal_form(edit.old) != legal_form(edit.new) or self.condition_differs(edit)
        return bool(set(edit.fields) & set(_OTHER_FIELDS[edit.kind]))

    def condition_differs(self, edit: Edit) -> bool:
        """Whether a rule's condition or exception is another one."""
        return any(self._tree(key, edit, old=True) != self._tree(key, edit) for key in ("when", "unless"))

    def _tree(self, key: str, edit: Edit, *, old: bool = False) -> Tree | None:
        held: dict[str, Tree] = getattr((self.old if old else self.new).trees, key)
        return held.get(edit.id)

    # --- factors in a circle -----------------------------------------------------------------

    def uses(self) -> dict[str, set[str]]:
        """Return the factors each factor refers to in either rulebook."""
        found: dict[str, set[str]] = {}
        for book in (self.old, self.new):
            for name, tree in book.trees.factors.items():
                found.setdefault(name, set()).update(x.factor for x in leaves(tree) if isinstance(x, Ref))
        return found

    def _grouped(self, bearing: list[Edit]) -> list[tuple[Edit, ...]]:
        below = {e.id: reached([e.id], self.uses()) for e in bearing if e.kind == "factor"}
        found: list[tuple[Edit, ...]] = []
        for edit in bearing:
            mates: tuple[Edit, ...] = (edit,)
            if edit.kind == "factor":
                circle = {n for n in below if n == edit.id or (n in below[edit.id] and edit.id in below[n])}
                mates = tuple(e for e in bearing if e.kind == "factor" and e.id in circle)
            if mates not in found:
                found.append(mates)
        return found


def legal_form(rule: Rule) -> tuple[Any, ...]:
    """Return what a verdict can rest on in a rule beside its condition and exception."""
    return (*(getattr(rule, name) for name in _RULE_FIELDS), sorted(rule.law))


def reached(starts: Iterable[str], uses: dict[str, set[str]]) -> set[str]:
    """Return everything that is used, one step or more away."""
    found: set[str] = set()
    stack = [n for s in starts for n in uses.get(s, ())]
    while stack:
        name = stack.pop()
        if name not in found:
            found.add(name)
            stack.extend(uses.get(name, ()))
    return found


__all__ = ["Mixer", "legal_form", "reached"]
