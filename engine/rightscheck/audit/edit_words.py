"""Edits of a rulebook in the law's words: what a rule says, its conditions, its effect, the sources it rests on."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from rightscheck.assessment.conditions import EFFECTS
from rightscheck.assessment.words import condition_words, title_of
from rightscheck.language.tree import And, Or, Ref, Tree, leaves
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.edits import Edit, edits_between, plain
from rightscheck.rulebook.model import Grade, RightStage

Words = str | list[str]
_TITLES = ("title", "proposition", "question", "text", "article", "reason")


@dataclass(frozen=True, slots=True)
class FieldWords:
    """A field before and after, in words; of a list only the members that differ. None where there is none.

    `expressions` are the two expressions where the field is a condition.
    """

    field: str
    old: Words | None
    new: Words | None
    expressions: tuple[str | None, str | None] | None = None


@dataclass(frozen=True, slots=True)
class EditWords:
    """An edit in words; `bears_on` are the rules that rest on the entry."""

    edit: Edit
    title: str
    fields: list[FieldWords]
    bears_on: list[str]


def edit_words(old: Rulebook, new: Rulebook) -> list[EditWords]:
    """Return every edit between two rulebooks in words."""
    uses = {id(book): _Uses(book) for book in (old, new)}
    found = []
    for edit in edits_between(old.content, new.content):
        book = old if edit.change == "removed" else new
        fields = _order(edit) if edit.change == "reordered" else _fields(edit, old, new)
        found.append(EditWords(edit, _title(edit), fields, uses[id(book)].rules_on(edit)))
    return found


def counts(edits: list[EditWords]) -> dict[str, dict[str, int]]:
    """Return how many edits there are by kind and change."""
    found: dict[str, dict[str, int]] = {}
    for (kind, change), number in Counter((e.edit.kind, str(e.edit.change)) for e in edits).items():
        found.setdefault(kind, {})[change] = number
    return found


def edit_data(words: EditWords) -> dict[str, Any]:
    """Return an edit as JSON data."""
    edit = words.edit
    fields = []
    for field in words.fields:
        data: dict[str, Any] = {"field": field.field, "old": field.old, "new": field.new}
        if field.expressions is not None:
            data["expressions"] = {"old": field.expressions[0], "new": field.expressions[1]}
        fields.append(data)
    return {
        "kind": edit.kind,
        "id": edit.id,
        "name": edit.name,
        "change": edit.change,
        "title": words.title,
        "fields": fields,
        "bears_on": words.bears_on,
    }


def _title(edit: Edit) -> str:
    data = plain(edit.new if edit.new is not None else edit.old)
    return next((str(data[key]) for key in _TITLES if key in data), "") if isinstance(data, dict) else ""


def _order(edit: Edit) -> list[FieldWords]:
    """Name the entries that stand in both rulebooks and whose neighbours changed."""
    shared = set(edit.old) & set(edit.new)
    first, second = ([n for n in names if n in shared] for names in (edit.old, edit.new))
    moved = [n for n, other in zip(first, second, strict=True) if n != other]
    return [FieldWords("order", moved, [n for n in second if n in set(moved)])]


def _fields(edit: Edit, old: Rulebook, new: Rulebook) -> list[FieldWords]:
    """Return the fields that differ; of two conditions with several parts only the parts that differ."""
    before, after = _said(edit, edit.old, old), _said(edit, edit.new, new)
    names = edit.fields or tuple(dict.fromkeys([*before, *after]))
    found = []
    for name in names:
        a, b = before.get(name), after.get(name)
        label = name
        x, y = _tree(edit, name, old), _tree(edit, name, new)
        if (isinstance(x, And) and isinstance(y, And)) or (isinstance(x, Or) and isinstance(y, Or)):
            a, b = ([condition_words(book, part) for part in tree.args] for book, tree in ((old, x), (new, y)))
            label = f"{name} ({'all' if isinstance(x, And) else 'any'} of)"
        if isinstance(a, list) and isinstance(b, list):
            gone, come = [x for x in a if x not in b], [x for x in b if x not in a]
            a, b = (gone, come) if gone or come else (a, b)
        expressions = None
        if name in ("when", "unless", "protects"):
            expressions = (getattr(edit.old, name, None), getattr(edit.new, name, None))
        elif a == b and edit.change == "changed" and not edit.fields:
            continue
        found.append(FieldWords(label, a, b, expressions))
    return found


def _said(edit: Edit, entry: Any, book: Rulebook) -> dict[str, Words]:
    """Return an entry's fields in words."""
    if entry is None:
        return {}
    if not hasattr(entry, "model_fields_set"):
        return {"value": _plain_words(entry, book)}
    found: dict[str, Words] = {}
    for name in type(entry).model_fields:
        value = getattr(entry, name)
        if value is not None and name != "id":
            found[name] = _field(edit, name, value, book)
    return found


def _field(edit: Edit, name: str, value: Any, book: Rulebook) -> Words:
    tree = _tree(edit, name, book)
    if tree is not None:
        return condition_words(book, tree)
    if name == "effect":
        return f"{value} ({EFFECTS[value]})"
    if edit.kind == "rule" and name == "law":
        return [f"{standard}: {cited(book, p)}" for standard, names in value.items() for p in names]
    if edit.kind == "factor" and name == "law":
        return [cited(book, p) for p in value]
    if edit.kind == "presumption" and name == "source":
        return cited(book, value)
    if name == "answers":
        return [f"{a.right} at {a.stage}" if isinstance(a, RightStage) else str(a) for a in value]
    return _plain_words(value, book)


def _tree(edit: Edit, name: str, book: Rulebook) -> Tree | None:
    trees = book.trees
    held = {
        ("rule", "when"): trees.when,
        ("rule", "unless"): trees.unless,
        ("factor", "when"): trees.factors,
        ("engagement", "when"): trees.engagement,
        ("presumption", "when"): trees.presumptions,
        ("presumption", "unless"): trees.rebuttals,
        ("core question", "when"): trees.core,
        ("standard", "protects"): trees.standards,
    }.get((edit.kind, name))
    return None if held is None else held.get(edit.id)


def cited(book: Rulebook, proposition: str) -> str:
    """Return a proposition with its source and pinpoint."""
    item = book.propositions[proposition]
    where = f", {item.pinpoint}" if item.pinpoint else ""
    return f"{book.sources[item.source].title}{where} ({proposition}): {item.proposition}"


def _plain_words(value: Any, book: Rulebook) -> Words:
    if isinstance(value, Grade):
        return f"{value.grade}: {value.because} (when {value.when})"
    value = plain(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return [f"{key}: {_one(item)}" for key, item in value.items()]
    if isinstance(value, list):
        return [text if isinstance(text := _plain_words(v, book), str) else _one(plain(v)) for v in value]
    return str(value)


def _one(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


class _Uses:
    """Which rules of a rulebook rest on a factor, a proposition or a source."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self.factors: dict[str, dict[str, None]] = {}
        self.law: dict[str, dict[str, None]] = {}
        for rule in book.content.rules:
            trees = (book.trees.when[rule.id], book.trees.unless.get(rule.id))
            for tree in trees:
                for name in factors_of(book, tree):
                    self.factors.setdefault(name, {})[rule.id] = None
            for name in (p for names in rule.law.values() for p in names):
                for cited_as in (name, book.propositions[name].source):
                    self.law.setdefault(cited_as, {})[rule.id] = None

    def rules_on(self, edit: Edit) -> list[str]:
        held = {"factor": self.factors, "proposition": self.law, "source": self.law}.get(edit.kind, {})
        return list(held.get(edit.id, ()))


def factors_of(book: Rulebook, tree: Tree | None) -> dict[str, None]:
    """Return the factors a tree rests on, those that others rest on too, in order of first mention."""
    found: dict[str, None] = {}
    stack = [] if tree is None else [tree]
    while stack:
        for leaf in leaves(stack.pop()):
            if isinstance(leaf, Ref) and leaf.factor not in found:
                found[leaf.factor] = None
                stack.append(book.trees.factors[leaf.factor])
    return found


__all__ = ["EditWords", "FieldWords", "cited", "counts", "edit_data", "edit_words", "factors_of", "title_of"]
