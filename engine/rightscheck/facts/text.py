"""YAML 1.2 and JSON text as a tree of nodes that know their place.

PyYAML's libyaml parser gives the events; scalars are read by the core schema of YAML 1.2 (section 10.3), so that
`NO` is Norway and a date stays text. Size, depth, nodes and aliases are bounded; duplicate keys and unknown tags
are refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from json.scanner import NUMBER_RE
from pathlib import Path
from typing import Any

import yaml

from rightscheck.problems import InputError, Place, Problem, SurroundingsError

MAX_BYTES = 5_000_000
MAX_DEPTH = 64
MAX_NODES = 200_000
MAX_ALIASES = 100

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INT = re.compile(r"[-+]?[0-9]+\Z")
_OCT = re.compile(r"0o[0-7]+\Z")
_HEX = re.compile(r"0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}

Scalar = str | int | float | bool | None


@dataclass(slots=True)
class Node:
    """A value with its place; mappings keep the place of each key as well."""

    place: Place
    value: Scalar | list[Node] | dict[str, Node]
    keys: dict[str, Place]
    size: int = 1

    def plain(self) -> Any:
        """Return the value as plain Python data."""
        if isinstance(self.value, dict):
            return {k: v.plain() for k, v in self.value.items()}
        if isinstance(self.value, list):
            return [v.plain() for v in self.value]
        return self.value

    def at(self, *path: str | int) -> Place:
        """Return the place of what stands at `path`, or of the nearest thing above it that exists."""
        node, place = self, self.place
        for step in path:
            if isinstance(node.value, dict) and isinstance(step, str) and step in node.value:
                place, node = node.keys[step], node.value[step]
            elif isinstance(node.value, list) and isinstance(step, int) and 0 <= step < len(node.value):
                node = node.value[step]
                place = node.place
            else:
                break
        return place

    def get(self, key: str) -> Node | None:
        """Return the value of a key, None where this is no mapping or lacks it."""
        return self.value.get(key) if isinstance(self.value, dict) else None


def _refuse(place: Place, message: str, name: str = "") -> InputError:
    return InputError([Problem(message, place, name)])


def read_bytes(path: Path, max_bytes: int = MAX_BYTES) -> bytes:
    """Read a file of at most `max_bytes`.

    Raises:
        InputError: it does not exist, is no file, or is too large.
        SurroundingsError: it cannot be read.
    """
    place = Place(str(path))
    try:
        if not path.exists():
            raise _refuse(place, "no such file")
        if not path.is_file():
            raise _refuse(place, "not a file")
        with path.open("rb") as stream:
            data = stream.read(max_bytes + 1)
    except (OSError, ValueError) as error:
        raise SurroundingsError(f"{place}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(data) > max_bytes:
        raise _refuse(place, f"larger than {max_bytes:,} bytes")
    return data


def parse_file(path: Path, max_bytes: int = MAX_BYTES) -> Node:
    """Parse a YAML or JSON file (by its ending) into a node.

    Raises:
        InputError: not readable as YAML 1.2 or JSON within the limits.
        SurroundingsError: the file cannot be read.
    """
    return parse_bytes(read_bytes(path, max_bytes), str(path), is_json=path.suffix.lower() == ".json")


def parse_bytes(data: bytes, file: str, *, is_json: bool = False) -> Node:
    """Parse bytes (UTF-8, a byte order mark allowed) into a node; raises InputError."""
    if len(data) > MAX_BYTES:
        raise _refuse(Place(file), f"larger than {MAX_BYTES:,} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _refuse(Place(file, line, 1), "not UTF-8 text") from None
    return _parse_json(text, file) if is_json else _parse_yaml(text, file)


# --- YAML ------------------------------------------------------------------------------------


def _parse_yaml(text: str, file: str) -> Node:
    try:
        return _Builder(file).build(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
        raise _refuse(place, f"not YAML: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise _refuse(Place(file), f"not YAML: {str(error).splitlines()[0]}") from None


def _scalar(event: yaml.ScalarEvent, place: Place) -> Scalar:
    text: str = event.value
    tag = event.tag
    if tag in (None, "!") and (event.style or tag == "!"):
        return text
    if tag == "tag:yaml.org,2002:str":
        return text
    if tag is not None:
        raise _refuse(place, f"the tag {tag} is not known here")
    if text in _WORDS:
        return _WORDS[text]
    if _INT.match(text) and len(text) <= 19:
        return int(text)
    if _OCT.match(text):
        return int(text[2:], 8)
    if _HEX.match(text) and len(text) <= 17:
        return int(text, 16)
    if _FLOAT.match(text) and not _INT.match(text):
        return float(text)
    return text


class _Builder:
    """Builds nodes from events without recursion, so that depth is ours to bound."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.nodes = 0
        self.aliases = 0
        self.anchors: dict[str, Node] = {}

    def _count(self, place: Place, size: int = 1) -> None:
        self.nodes += size
        if self.nodes > MAX_NODES:
            raise _refuse(place, f"more than {MAX_NODES:,} values")

    def build(self, events: Iterator[Any]) -> Node:
        root: Node | None = None
        stack: list[tuple[Node, str | None, str | None]] = []  # container, pending key, anchor
        documents = 0
        for event in events:
            mark = event.start_mark
            place = Place(self.file, mark.line + 1, mark.column + 1)
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _refuse(place, "a second document; one file holds one")
                continue
            if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                mapping = isinstance(event, yaml.MappingStartEvent)
                if event.tag not in (None, "!", f"tag:yaml.org,2002:{'map' if mapping else 'seq'}"):
                    raise _refuse(place, f"the tag {event.tag} is not known here")
                if len(stack) >= MAX_DEPTH:
                    raise _refuse(place, f"nested deeper than {MAX_DEPTH} levels")
                self._count(place)
                if stack and isinstance(stack[-1][0].value, dict) and stack[-1][1] is None:
                    raise _refuse(place, "a key must be a word")
                stack.append((Node(place, {} if mapping else [], {}), None, event.anchor))
                continue
            if isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                node, _, anchor = stack.pop()
            elif isinstance(event, yaml.ScalarEvent):
                self._count(place)
                if stack and isinstance(stack[-1][0].value, dict) and stack[-1][1] is None:
                    self._key(stack, event.value, place)
                    continue
                node, anchor = Node(place, _scalar(event, place), {}), event.anchor
            elif isinstance(event, yaml.AliasEvent):
                node, anchor = self._alias(str(event.anchor), place), None
            else:
                continue
            if anchor is not None:
                self.anchors[anchor] = node
            if not stack:
                root = node
            else:
                self._attach(stack, node)
        return root if root is not None else Node(Place(self.file), None, {})

    def _alias(self, anchor: str, place: Place) -> Node:
        self.aliases += 1
        if self.aliases > MAX_ALIASES:
            raise _refuse(place, f"more than {MAX_ALIASES} aliases")
        if anchor not in self.anchors:
            raise _refuse(place, f"the alias *{anchor} names nothing above it")
        node = self.anchors[anchor]
        self._count(place, node.size)
        return node

    @staticmethod
    def _key(stack: list[tuple[Node, str | None, str | None]], key: str, place: Place) -> None:
        container, _, anchor = stack[-1]
        if key in container.keys:
            raise _refuse(place, f"the key stands twice (first on line {container.keys[key].line})", key)
        container.keys[key] = place
        stack[-1] = (container, key, anchor)

    @staticmethod
    def _attach(stack: list[tuple[Node, str | None, str | None]], node: Node) -> None:
        container, key, anchor = stack[-1]
        container.size += node.size
        if isinstance(container.value, list):
            container.value.append(node)
            return
        assert isinstance(container.value, dict)
        if key is None:
            raise _refuse(node.place, "a key must be a word")
        container.value[key] = node
        stack[-1] = (container, None, anchor)


# --- JSON ------------------------------------------------------------------------------------


def _parse_json(text: str, file: str) -> Node:
    return _Json(text, file).document()


class _Json:
    """A reader of JSON (RFC 8259) that keeps places; strings are decoded by the standard library."""

    _SPACE = re.compile(r"[ \t\n\r]*")

    def __init__(self, text: str, file: str) -> None:
        self.text, self.file = text, file
        self.nodes = 0
        self.starts = [0, *(m.end() for m in re.finditer("\n", text))]

    def place(self, index: int) -> Place:
        import bisect

        line = bisect.bisect_right(self.starts, index)
        return Place(self.file, line, index - self.starts[line - 1] + 1)

    def fail(self, index: int, what: str) -> InputError:
        return _refuse(self.place(index), f"not JSON: {what}")

    def skip(self, index: int) -> int:
        match = self._SPACE.match(self.text, index)
        return match.end() if match else index

    def document(self) -> Node:
        node, end = self.value(self.skip(0), 0)
        end = self.skip(end)
        if end != len(self.text):
            raise self.fail(end, "something stands after the document")
        return node

    def string(self, index: int) -> tuple[str, int]:
        try:
            value, end = json.decoder.scanstring(self.text, index + 1, True)  # type: ignore[attr-defined]
        except json.JSONDecodeError as error:
            raise self.fail(error.pos, error.msg) from None
        if any(0xD800 <= ord(c) < 0xE000 for c in value):
            raise self.fail(index, "half of a surrogate pair")
        return value, end

    def value(self, index: int, depth: int) -> tuple[Node, int]:
        place = self.place(index)
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise _refuse(place, f"more than {MAX_NODES:,} values")
        if depth > MAX_DEPTH:
            raise _refuse(place, f"nested deeper than {MAX_DEPTH} levels")
        head = self.text[index : index + 1]
        if head == '"':
            value, end = self.string(index)
            return Node(place, value, {}), end
        if head == "{":
            return self.mapping(index, place, depth)
        if head == "[":
            return self.sequence(index, place, depth)
        for word, constant in (("true", True), ("false", False), ("null", None)):
            if self.text.startswith(word, index):
                return Node(place, constant, {}), index + len(word)
        match = NUMBER_RE.match(self.text, index)
        if match is None:
            raise self.fail(index, "a value is expected here")
        whole, fraction, exponent = match.groups()
        if fraction or exponent or len(whole) > 19:
            return Node(place, float(match.group(0)), {}), match.end()
        return Node(place, int(whole), {}), match.end()

    def sequence(self, index: int, place: Place, depth: int) -> tuple[Node, int]:
        items: list[Node] = []
        index = self.skip(index + 1)
        while self.text[index : index + 1] != "]":
            if items:
                index = self.comma(index, "]")
            node, index = self.value(index, depth + 1)
            items.append(node)
            index = self.skip(index)
        return Node(place, items, {}), index + 1

    def mapping(self, index: int, place: Place, depth: int) -> tuple[Node, int]:
        items: dict[str, Node] = {}
        keys: dict[str, Place] = {}
        index = self.skip(index + 1)
        while self.text[index : index + 1] != "}":
            if items:
                index = self.comma(index, "}")
            if self.text[index : index + 1] != '"':
                raise self.fail(index, "a key in double quotes is expected here")
            where = self.place(index)
            key, index = self.string(index)
            if key in keys:
                raise _refuse(where, f"the key stands twice (first on line {keys[key].line})", key)
            keys[key] = where
            index = self.skip(index)
            if self.text[index : index + 1] != ":":
                raise self.fail(index, "a colon is expected here")
            items[key], index = self.value(self.skip(index + 1), depth + 1)
            index = self.skip(index)
        return Node(place, items, keys), index + 1

    def comma(self, index: int, closing: str) -> int:
        if self.text[index : index + 1] != ",":
            raise self.fail(index, f"a comma or {closing} is expected here")
        return self.skip(index + 1)
