"""JSON Schema of the case file, from the same models that read it."""

from __future__ import annotations

from typing import Any

from rightscheck.facts.case import case_model

_DIALECT = {"2020-12": "https://json-schema.org/draft/2020-12/schema", "07": "http://json-schema.org/draft-07/schema#"}


def case_schema(draft: str = "2020-12") -> dict[str, Any]:
    """Return the schema in a draft, `2020-12` or `07` (which editors know)."""
    schema = case_model().model_json_schema()
    nullable: set[str] = set()
    schema = _direct(schema, nullable)
    for name in nullable:
        schema["$defs"][name]["type"] = ["object", "null"]
    if draft == "07":
        schema = _draft_07(schema)
        schema["definitions"] = schema.pop("$defs", {})
    return {"$schema": _DIALECT[draft], **schema, "title": "rightscheck case file"}


def _direct(node: Any, nullable: set[str]) -> Any:
    """Say `or null` in the type itself, so that an editor names the wrong value and not the whole group.

    `nullable` gathers the definitions that may be null; every mention of such a one allows it.
    """
    if isinstance(node, list):
        return [_direct(value, nullable) for value in node]
    if not isinstance(node, dict):
        return node
    found = {key: _direct(value, nullable) for key, value in node.items()}
    options = found.get("anyOf")
    if not isinstance(options, list) or len(options) != 2 or options[1] != {"type": "null"}:
        return found
    one = dict(options[0])
    rest = {key: value for key, value in found.items() if key != "anyOf"}
    if "$ref" in one:
        nullable.add(one["$ref"].rpartition("/")[2])
    elif isinstance(one.get("type"), str):
        one["type"] = [one["type"], "null"]
        if "enum" in one:
            one["enum"] = [*one["enum"], None]
    else:
        return found
    return {**one, **rest}


def _draft_07(node: Any) -> Any:
    if isinstance(node, dict):
        found = {key: _draft_07(value) for key, value in node.items()}
        if isinstance(found.get("$ref"), str):
            found["$ref"] = found["$ref"].replace("#/$defs/", "#/definitions/")
            if len(found) > 1:  # draft-07 ignores what stands beside $ref
                return {"allOf": [{"$ref": found.pop("$ref")}], **found}
        return found
    if isinstance(node, list):
        return [_draft_07(value) for value in node]
    return node
