"""Which file of rules/ holds what, gathered into one document that still knows its places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rightscheck.facts.text import Node
from rightscheck.problems import InputError, Place, Problem

# key of the content -> file name at the top of rules/
_ONE = {
    "engagement": "engagement.yaml",
    "in_play": "in-play.yaml",
    "method": "method.yaml",
    "standards": "standards.yaml",
    "aims": "aims.yaml",
    "amendments": "amendments.yaml",
    "severity": "severity.yaml",
    "phrases": "phrases.yaml",
    "glossary": "glossary.yaml",
}
_EMPTY: dict[str, Any] = {"phrases": {}, "glossary": {}}
# read by the audits alone; no part of the law, nor of its digest
_BESIDE = frozenset({"waivers.yaml", "critiques.yaml", "findings.yaml"})


@dataclass(frozen=True, slots=True)
class Gathered:
    """One document: plain data, and for each path the node it came from."""

    data: dict[str, Any]
    nodes: Mapping[tuple[str | int, ...], Node]
    folder: str

    def place(self, loc: tuple[str | int, ...]) -> Place:
        """Return the place of a path into the content."""
        for length in range(min(2, len(loc)), 0, -1):
            node = self.nodes.get(loc[:length])
            if node is not None:
                return node.at(*loc[length:])
        return Place(self.folder)


def _list_key(name: str) -> str | None:
    """Return the content's list that a file adds to, None where the file stands alone."""
    top, _, rest = name.partition("/")
    if top == "law":
        return "sources" if rest.startswith("sources") else "propositions" if rest.startswith("propositions") else ""
    if top == "factors":
        return "factors"
    if top.startswith("presumptions") and not rest:
        return "presumptions"
    if top == "not-modelled" or (top.startswith("not-modelled") and not rest):
        return "not_modelled"
    if top == "locale":
        return None
    return "rules" if rest else None


def gather(files: Mapping[str, Node], folder: str) -> Gathered:
    """Gather the parsed files of a rulebook; raises InputError where a file is none of the known ones."""
    problems: list[Problem] = []
    data: dict[str, Any] = {
        key: [] for key in ("sources", "propositions", "factors", "rules", "presumptions", "not_modelled")
    }
    nodes: dict[tuple[str | int, ...], Node] = {}
    singles = {file: key for key, file in _ONE.items()}
    for name in sorted(files):
        node = files[name]
        if name == "rulebook.yaml":
            data.update(node.plain() if isinstance(node.value, dict) else {})
            if isinstance(node.value, dict):
                nodes.update({(key,): value for key, value in node.value.items()})
            continue
        if name in singles:
            data[singles[name]] = node.plain() if node.value is not None else {}
            nodes[(singles[name],)] = node
            continue
        listed = _list_key(name)
        if (listed is None and name.startswith("locale/")) or name in _BESIDE:
            continue
        if not listed:
            problems.append(Problem("not a file the rulebook knows (docs/rules-format.md)", node.place))
            continue
        if node.value is None:
            continue
        if not isinstance(node.value, list):
            problems.append(Problem("a list is expected here", node.place))
            continue
        for item in node.value:
            nodes[(listed, len(data[listed]))] = item
            data[listed].append(item.plain())
    for key, empty in _EMPTY.items():
        data.setdefault(key, empty)
    if problems:
        raise InputError(problems)
    return Gathered(data, nodes, folder)
