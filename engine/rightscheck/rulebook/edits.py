"""What differs between two rulebooks, entry by entry, and the rulebook with some of the edits applied.

A rulebook is taken apart into entries under a kind and one or two names: a rule, a factor, an article that protects a
right, the dates of a State under a treaty. An edit adds, removes or changes one entry, or gives the entries of a list
another order; all edits together turn the old content into the new.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from rightscheck.rulebook.model import Aims, Content, InPlay, Method, Severity, Standards

Change = Literal["added", "removed", "changed", "reordered"]
Key = tuple[str, ...]
Parts = dict[Key, Any]

# kind of entry -> list of the content
_LISTS = {
    "rule": "rules",
    "factor": "factors",
    "presumption": "presumptions",
    "proposition": "propositions",
    "source": "sources",
    "not modelled": "not_modelled",
}
_HEAD, _ORDERED = ("name", "title", "version"), (*_LISTS, "core question")
KINDS = (
    "rulebook",
    "rule",
    "factor",
    "engagement",
    "presumption",
    "core question",
    "standard",
    "protocol",
    "article",
    "party",
    "aim",
    "aims admitted",
    "facts called for",
    "severity",
    "proposition",
    "source",
    "not modelled",
    "amendment costs",
    "phrases",
    "term",
)


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit; `old` and `new` are the entries as models or plain data, None where there is none.

    `fields` names the fields that differ where the entry is a record that was changed. Where `change` is `reordered`,
    the key is the kind alone and the entries' ids stand in `old` and `new`.
    """

    key: Key
    change: Change
    old: Any = None
    new: Any = None
    fields: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The kind of the entry."""
        return self.key[0]

    @property
    def id(self) -> str:
        """The entry's id or names; empty for an order."""
        return " ".join(self.key[1:])

    @property
    def name(self) -> str:
        """What people call it: a rule by its id alone, anything else with its kind before it."""
        if self.change == "reordered":
            return f"order of {self.kind} entries"
        return self.id if self.kind == "rule" else f"{self.kind} {self.id}"


def plain(entry: Any) -> Any:
    """Return an entry as plain data, as it counts for a rulebook's digest."""
    return entry.model_dump(exclude_none=True) if isinstance(entry, BaseModel) else entry


def _flat(kind: str, rows: Mapping[str, Mapping[str, Any]]) -> Parts:
    found: Parts = {}
    for outer, row in rows.items():
        found.update({(kind, outer, inner): value for inner, value in row.items()})
        if not row:
            found[kind, outer] = {}
    return found


def _nested(kind: str, parts: Parts) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for key, value in parts.items():
        if key[0] == kind:
            row = found.setdefault(key[1], {})
            if len(key) > 2:
                row[key[2]] = value
    return found


def _of(kind: str, parts: Parts) -> dict[str, Any]:
    return {key[1]: value for key, value in parts.items() if key[0] == kind}


def parts_of(content: Content) -> Parts:
    """Return the entries of a rulebook; those of a list stand in its order."""
    found: Parts = {("rulebook", key): getattr(content, key) for key in _HEAD}
    for kind, key in _LISTS.items():
        found.update({(kind, item.id): item for item in getattr(content, key)})
    found.update({("core question", item.id): item for item in content.method.core})
    for kind, entries in (
        ("engagement", content.engagement),
        ("standard", content.standards.standards),
        ("protocol", content.standards.protocols),
        ("aim", content.aims.maps),
        ("phrases", content.phrases),
        ("term", content.glossary),
        ("facts called for", {"always": content.in_play.always}),
        ("facts called for", {f"by {name}": groups for name, groups in content.in_play.types.items()}),
        ("severity", {key: getattr(content.severity, key) for key in Severity.model_fields}),
    ):
        found.update({(kind, str(name)): value for name, value in entries.items()})
    found.update(_flat("article", content.standards.articles))
    found.update(_flat("party", content.standards.parties))
    found.update(_flat("aims admitted", content.aims.articles))
    if content.amendments is not None:
        found["amendment costs", "all"] = content.amendments
    return found


def content_of(parts: Parts) -> Content:
    """Return the rulebook made of entries; nothing is checked."""
    build: Any = {key: parts["rulebook", key] for key in _HEAD}
    for kind, key in _LISTS.items():
        build[key] = list(_of(kind, parts).values())
    called = _of("facts called for", parts)
    standards = Standards.model_construct(
        standards=_of("standard", parts),
        protocols=_of("protocol", parts),
        articles=_nested("article", parts),
        parties=_nested("party", parts),
    )
    return Content.model_construct(
        **build,
        method=Method.model_construct(core=list(_of("core question", parts).values())),
        engagement=_of("engagement", parts),
        in_play=InPlay.model_construct(
            always=called["always"],
            types={name.removeprefix("by "): groups for name, groups in called.items() if name != "always"},
        ),
        standards=standards,
        aims=Aims.model_construct(maps=_of("aim", parts), articles=_nested("aims admitted", parts)),
        severity=Severity.model_construct(**_of("severity", parts)),
        amendments=parts.get(("amendment costs", "all")),
        phrases=_of("phrases", parts),
        glossary=_of("term", parts),
    )


def edits_between(old: Content, new: Content) -> list[Edit]:
    """Return every edit that leads from one rulebook to another, by kind; none where their digests are equal."""
    before, after = parts_of(old), parts_of(new)
    found: list[Edit] = []
    for key in dict.fromkeys([*before, *after]):
        a, b = before.get(key), after.get(key)
        if key not in before:
            found.append(Edit(key, "added", None, b))
        elif key not in after:
            found.append(Edit(key, "removed", a, None))
        elif plain_of(a) != plain_of(b):
            found.append(Edit(key, "changed", a, b, _fields(a, b)))
    for kind in _ORDERED:
        first, second = list(_of(kind, before)), list(_of(kind, after))
        if [n for n in first if n in set(second)] != [n for n in second if n in set(first)]:
            found.append(Edit((kind,), "reordered", tuple(first), tuple(second)))
    return sorted(found, key=lambda e: KINDS.index(e.kind))


def plain_of(entry: Any) -> Any:
    """Return an entry, or a list of them, as plain data."""
    return [plain(e) for e in entry] if isinstance(entry, list) else plain(entry)


def _fields(a: Any, b: Any) -> tuple[str, ...]:
    x, y = plain(a), plain(b)
    if not isinstance(a, BaseModel) or not isinstance(b, BaseModel):
        return ()
    return tuple(name for name in type(a).model_fields if x.get(name) != y.get(name))


def applied(before: Parts, after: Parts, chosen: Iterable[Edit]) -> Parts:
    """Return the entries of an old rulebook with some edits applied; all of them give the new one."""
    by_key = {e.key: e for e in chosen}
    parts = {key: value for key, value in before.items() if key not in by_key}
    parts.update({key: e.new for key, e in by_key.items() if e.change in ("added", "changed")})
    found: Parts = {}
    for kind in KINDS:
        first = [key for key in before if key[0] == kind]
        second = [key for key in after if key[0] == kind]
        if (kind,) in by_key:
            first, second = second, first
        found.update({key: parts[key] for key in _merged(first, second) if key in parts})
    return found


def _merged(names: list[Key], others: list[Key]) -> list[Key]:
    """Return keys in their order with the others put in, each behind the one it follows among the others."""
    found, known = list(names), set(names)
    for place, name in enumerate(others):
        if name not in known:
            at = found.index(others[place - 1]) + 1 if place else 0
            found.insert(at, name)
            known.add(name)
    return found


__all__ = ["KINDS", "Edit", "Key", "Parts", "applied", "content_of", "edits_between", "parts_of", "plain", "plain_of"]
