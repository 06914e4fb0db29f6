"""Reading case files: every fault with file, line and column, the dotted name, and the nearest right name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from rightscheck.facts.case import CaseBase, case_model, contradictions, measure_model, measures_of, warnings
from rightscheck.facts.countries import country_fault
from rightscheck.facts.text import Node, parse_bytes, parse_file
from rightscheck.facts.values import OPEN, Value, read_value
from rightscheck.facts.vocabulary import IDENTITY, vocabulary
from rightscheck.problems import InputError, Place, Problem, nearest


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A checked case with the warnings its reading gave."""

    case: CaseBase
    warnings: tuple[Problem, ...]
    file: str


def read_case(path: Path) -> CaseFile:
    """Read one case file.

    Raises:
        InputError: anything in it is wrong; all faults found are listed.
        SurroundingsError: the file cannot be read.
    """
    return check_case(parse_file(path), str(path))


def read_case_bytes(data: bytes, file: str = "-") -> CaseFile:
    """Read a case from bytes: JSON where the text begins with a brace, else YAML."""
    return check_case(parse_bytes(data, file, is_json=data.lstrip()[:1] == b"{"), file)


def case_from_data(data: Any, file: str = "(data)") -> CaseFile:
    """Check a case given as plain data; places name the file only."""
    return check_case(_node(data, Place(file)), file)


def _node(data: Any, place: Place) -> Node:
    if isinstance(data, dict):
        return Node(place, {str(k): _node(v, place) for k, v in data.items()}, dict.fromkeys(map(str, data), place))
    if isinstance(data, list | tuple):
        return Node(place, [_node(v, place) for v in data], {})
    return Node(place, data, {})


def check_case(root: Node, file: str) -> CaseFile:
    """Check a parsed case; raises InputError with every fault."""
    if not isinstance(root.value, dict):
        raise InputError([Problem("a case file is a mapping that begins with `case:`", root.place)])
    try:
        case = case_model().model_validate(root.plain())
    except ValidationError as error:
        raise InputError(_problems(root, error)) from None
    problems: list[Problem] = []
    notes: list[Problem] = []
    known_sources = [source.id for source in case.sources or []]
    _doubles(root.at("sources"), "source", known_sources, problems)
    _doubles(root.at("measures"), "measure", [m.id for m in measures_of(case)], problems)
    for index, measure in enumerate(measures_of(case)):
        here = ("measures", index)
        facts = measure.facts()
        _fact_faults(root, here, facts, problems, notes)
        for name, evidence in (measure.evidence or {}).items():
            _known_fact(root.at(*here, "evidence", name), name, problems)
            _known_source(root.at(*here, "evidence", name, "source"), evidence.source, known_sources, problems)
        for number, name in enumerate(measure.not_known or []):
            place = root.at(*here, "not_known", number)
            given = facts.get(name)
            if _known_fact(place, name, problems) and given is not None and not getattr(given, "open", False):
                problems.append(Problem("is given, so it cannot be listed as not known", place, name))
        for number, claim in enumerate(measure.claims or []):
            at = (*here, "claims", number)
            if claim.source is not None:
                _known_source(root.at(*at, "source"), claim.source, known_sources, problems)
            _claim_faults(root, at, claim.facts, facts, problems)
    if problems:
        raise InputError(problems)
    return CaseFile(case, tuple(notes), file)


def _doubles(place: Place, what: str, ids: list[str], problems: list[Problem]) -> None:
    problems.extend(
        Problem(f"two {what}s have this id", place, name) for name in sorted({i for i in ids if ids.count(i) > 1})
    )


def _known_fact(place: Place, name: str, problems: list[Problem]) -> bool:
    if name in vocabulary():
        return True
    problems.append(Problem("no such fact", place, name, nearest(name, vocabulary().facts)))
    return False


def _known_source(place: Place, name: str, known: list[str], problems: list[Problem]) -> None:
    if name not in known:
        problems.append(Problem("no such source in this case", place, name, nearest(name, known)))


def _fact_place(root: Node, here: tuple[str | int, ...], name: str) -> Place:
    return root.at(*here, *name.split("."))


def _fact_faults(
    root: Node, here: tuple[str | int, ...], facts: dict[str, Value], problems: list[Problem], notes: list[Problem]
) -> None:
    for first, second, text in contradictions(facts):
        other = _fact_place(root, here, second)
        problems.append(Problem(f"contradicts `{second}` ({other}): {text}", _fact_place(root, here, first), first))
    for first, second, text in warnings(facts):
        notes.append(Problem(f"sits oddly with `{second}`: {text}", _fact_place(root, here, first), first))


def _claim_faults(
    root: Node, at: tuple[str | int, ...], claimed: dict[str, Any], facts: dict[str, Value], problems: list[Problem]
) -> None:
    merged = dict(facts)
    for name, raw in claimed.items():
        place = root.at(*at, "facts", name)
        if not _known_fact(place, name, problems):
            continue
        value, wrong, hint = read_value(vocabulary()[name], raw)
        if wrong:
            problems.append(Problem(wrong, place, name, hint))
        elif value is None:
            merged.pop(name, None)
        else:
            merged[name] = value
    for first, second, text in contradictions(merged):
        problems.append(Problem(f"contradicts `{second}`: {text}", root.at(*at, "facts"), first))


def _problems(root: Node, error: ValidationError) -> list[Problem]:
    """Turn pydantic's errors into ours, one a fault."""
    found: dict[tuple[Place, str], Problem] = {}
    for item in error.errors(include_url=False, include_context=True):
        loc = tuple(item["loc"])
        name = ".".join(str(part) for part in loc)
        fact_name = _dotted(loc)
        place = root.at(*loc)
        message, hint = item["msg"].removeprefix("Value error, "), ""
        if item["type"] == "extra_forbidden":
            message, hint = "no such name here", nearest(str(loc[-1]), _siblings(loc))
        elif item["type"] == "missing":
            message = "is required"
        elif fact_name in vocabulary():
            fact = vocabulary()[fact_name]
            raw = _raw(root, loc[: 2 + len(fact_name.split("."))])
            message, hint = read_value(fact, raw)[1:]
            place, name = root.at(*loc[: 2 + len(fact_name.split("."))]), fact_name
        elif item["type"] in ("literal_error", "enum"):
            wanted = [
                part.strip(" '") for part in str(item["ctx"].get("expected", "")).replace(" or ", ", ").split(",")
            ]
            message, hint = f"has no value {item['input']!r}", nearest(str(item["input"]), wanted)
        elif item["type"] == "value_error" and loc == ("country",):
            message, hint = country_fault(str(item["input"]))
        elif item["type"] == "string_pattern_mismatch":
            message = "takes lower-case words and digits joined by `-`"
        found.setdefault((place, name), Problem(message or item["msg"], place, name, hint))
    return sorted(found.values(), key=lambda p: (p.place.line, p.place.column, p.name))


def _dotted(loc: tuple[str | int, ...]) -> str:
    """Return the dotted fact name that a location in a measure means, or an empty string."""
    if len(loc) < 3 or loc[0] != "measures":
        return ""
    two = ".".join(str(part) for part in loc[2:4])
    if two in vocabulary():
        return two
    one = str(loc[2])
    return one if one in vocabulary().groups[IDENTITY] else ""


def _raw(root: Node, loc: tuple[str | int, ...]) -> Any:
    node: Node | None = root
    for step in loc:
        if node is None:
            return None
        inside = isinstance(node.value, list) and isinstance(step, int)
        node = node.value[int(step)] if inside else node.get(str(step))  # type: ignore[index,assignment]
    return None if node is None else node.plain()


def _siblings(loc: tuple[str | int, ...]) -> list[str]:
    model: Any = case_model()
    if loc[0] == "measures" and len(loc) >= 3:
        if len(loc) == 4 and str(loc[2]) in vocabulary().groups:
            return [n.rpartition(".")[2] for n in vocabulary().groups[str(loc[2])]]
        if len(loc) == 3:
            return list(measure_model().model_fields)
        return ["source", "locator", "quote", "by", "facts"]
    if len(loc) == 1:
        return list(model.model_fields)
    return ["id", "title", "locator", "url", "body", "reference", "date", "outcome", "note"]


__all__ = ["OPEN", "CaseFile", "case_from_data", "check_case", "read_case", "read_case_bytes"]
