"""Which edits of a rulebook can bear on which verdict of which measure: what is left out can be left out for certain.

A rule counts for a verdict as fired, as live, or not at all. Where an edited rule counts alike in both rulebooks, and
no other edit reaches what it rests on, the edit does nothing to a measure in any mixture of the two; so with edited
factors and engagements. Anything else stays a candidate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from rightscheck.audit.circuit import BookCircuit
from rightscheck.audit.encode import Encoded
from rightscheck.audit.verdicts import TARGETS, Flags, Found
from rightscheck.facts.case import RIGHTS
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.language.tree import Ref, Test, Tree, leaves
from rightscheck.readings.columns import ZERO
from rightscheck.rulebook.aims import aim_factors
from rightscheck.rulebook.edits import Edit
from rightscheck.rulebook.mixing import Mixer, legal_form, reached


@dataclass
class Base:
    """What trees rest on, factors followed through both rulebooks."""

    factors: set[str] = field(default_factory=set)
    facts: set[str] = field(default_factory=set)

    def meets(self, other: Base) -> bool:
        """Whether the two share a factor or a fact."""
        return bool(self.factors & other.factors or self.facts & other.facts)


class Bearing:
    """For each group of a mixer: the rights it can touch, and how to see that it does nothing to a row."""

    def __init__(self, mixer: Mixer) -> None:
        self.mixer = mixer
        self.books = (mixer.old, mixer.new)
        self._uses = mixer.uses()
        self._rules = {name: self._base(self._trees_of(name)) for name in {**mixer.old.rules, **mixer.new.rules}}
        self._elsewhere = self._base(
            tree
            for book in self.books
            for held in (book.trees.engagement, book.trees.core, book.trees.standards, book.trees.presumptions)
            for tree in [*held.values(), *book.trees.rebuttals.values()]
        )
        # what a group changes beneath the rules: factors, or facts by a presumption or by being called for
        self._beneath = {g: base for g in range(len(mixer.groups)) if (base := self._moves(g)) is not None}
        rights = [self._rights(g) for g in range(len(mixer.groups))]
        self.touches: Flags = np.array([[not t or t[0] in held for t in TARGETS] for held in rights], dtype=np.bool_)
        self.touches = self.touches.reshape(len(rights), len(TARGETS))
        self._shown = self._watched()

    # --- what rests on what ------------------------------------------------------------------

    def _trees_of(self, rule: str) -> Iterable[Tree]:
        for book in self.books:
            for held in (book.trees.when, book.trees.unless):
                if rule in held:
                    yield held[rule]

    def _base(self, trees: Iterable[Tree]) -> Base:
        base = Base()
        for tree in trees:
            for leaf in leaves(tree):
                if isinstance(leaf, Test):
                    base.facts.add(leaf.fact)
                else:
                    base.factors.add(leaf.factor)
        base.factors |= reached(base.factors, self._uses)
        for book in self.books:
            for name in base.factors & set(book.trees.factors):
                base.facts.update(book.facts_of(Ref(name)))
        return base

    def _moves(self, group: int) -> Base | None:
        edits = self.mixer.groups[group]
        kind = edits[0].kind
        if kind == "factor":
            return Base({e.id for e in edits})
        if kind in ("aim", "aims admitted"):
            return Base({name for book in self.books for name in aim_factors(book.content.aims)})
        if kind == "presumption":
            entries = [e for edit in edits for e in (edit.old, edit.new) if hasattr(e, "fact")]
            if not entries:
                entries = [p for book in self.books for p in book.content.presumptions]
            return Base(set(), {p.fact for p in entries})
        if kind == "facts called for":
            groups = set(edits[0].old or ()) ^ set(edits[0].new or ())
            return Base(set(), {name for g in groups for name in vocabulary().groups[g]})
        return None

    def _rights(self, group: int) -> set[str]:
        edit = self.mixer.groups[group][0]
        if edit.kind == "rule":
            return {r for entry in (edit.old, edit.new) if entry is not None for r in entry.rights}
        if edit.kind == "core question":
            return {r for entry in (edit.old, edit.new) if entry is not None for r in entry.rights}
        if edit.kind in ("engagement", "article"):
            return {edit.key[1]}
        base = self._beneath.get(group)
        if base is None or base.meets(self._elsewhere):
            return set(RIGHTS)
        users = [name for name, of in self._rules.items() if of.meets(base)]
        return {r for book in self.books for name in users if name in book.rules for r in book.rules[name].rights}

    def _settled(self, base: Base, group: int) -> bool:
        """Whether no other group changes what trees rest on."""
        return not any(base.meets(moved) for other, moved in self._beneath.items() if other != group)

    # --- what is seen of a row ---------------------------------------------------------------

    def _watched(self) -> dict[int, Edit]:
        """Return the groups whose doing nothing shows in nodes of a circuit."""
        found = {}
        for number, group in enumerate(self.mixer.groups):
            edit = group[0]
            if len(group) > 1 or edit.kind not in ("rule", "factor", "engagement"):
                continue
            if edit.kind == "rule":
                base = self._rules[edit.id]
            else:
                held = "factors" if edit.kind == "factor" else "engagement"
                base = self._base(t for b in self.books if (t := getattr(b.trees, held).get(edit.id)) is not None)
            if self._settled(base, number):
                found[number] = edit
        return found

    def nodes(self, circuit: BookCircuit) -> Mapping[int, Sequence[int]]:
        """Return the nodes that show, group by group, how an edited entry counts in one rulebook."""
        trees, book = circuit.trees, circuit.book
        found: dict[int, list[int]] = {}
        for group, edit in self._shown.items():
            if edit.kind == "rule":
                state = circuit.states.get(edit.id)
                found[group] = [ZERO, ZERO] if state is None else [state.fired, state.live]
            elif edit.kind == "engagement":
                tree = book.trees.engagement.get(edit.id)
                found[group] = [ZERO, ZERO] if tree is None else [trees.certain(tree), trees.possible(tree)]
            else:
                ref = Ref(edit.id)
                readings = (trees.certain, trees.possible, trees.live)
                found[group] = [read(ref, sign) for read in readings for sign in (True, False)]
        return found

    def candidates(self, old: Found, new: Found) -> Flags:
        """Return, by group and row, whether a group may bear on a row in some mixture."""
        rows = old.encoded.rows
        found = np.ones((len(self.mixer.groups), rows), dtype=np.bool_)
        for number, group in enumerate(self.mixer.groups):
            if number in self._shown:
                found[number] = self._differs(number, group[0], old, new)
            else:
                found[number] = self._possible(group, old.encoded)
        return found

    def _differs(self, group: int, edit: Edit, old: Found, new: Found) -> Flags:
        keys = [key for key in old.watched if isinstance(key, tuple) and key[1] == group]
        differs: Flags = np.zeros(old.encoded.rows, dtype=np.bool_)
        for key in keys:
            differs |= old.watched[key] != new.watched[key]
        if edit.kind == "rule" and edit.change == "changed" and legal_form(edit.old) != legal_form(edit.new):
            for key in keys:
                differs |= old.watched[key] | new.watched[key]
        return differs

    def _possible(self, group: Sequence[Edit], found: Encoded) -> Flags:
        """Return the rows that can be touched at all, by State, by type or by what is given."""
        every: Flags = np.ones(found.rows, dtype=np.bool_)
        edit = group[0]
        if edit.kind == "party":
            mine: Flags = np.array([name == edit.key[1] for name in found.countries], dtype=np.bool_)
            return np.take(mine, found.country_codes)
        if edit.kind == "facts called for" and edit.id.startswith("by ") and "type" in found.codes:
            type_ = edit.id.removeprefix("by ")
            return np.equal(found.codes["type"], vocabulary()["type"].codes[type_])
        if edit.kind == "presumption" and edit.change != "reordered":
            facts = {e.fact for e in (edit.old, edit.new) if e is not None}
            for name in facts & set(found.given):
                every = every & ~found.given[name] if len(facts) == 1 else every
        return every


__all__ = ["Bearing"]
