"""Writing a case as YAML: its facts by group, everything else as it was read."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from rightscheck.facts.case import CaseBase
from rightscheck.facts.values import Value, plain_value
from rightscheck.facts.vocabulary import IDENTITY, vocabulary


def case_data(case: CaseBase) -> dict[str, Any]:
    """Return a case as plain data; what is unknown is left out."""
    data = case.model_dump(mode="json", exclude_none=True)
    for measure in data["measures"]:
        for group in [name for name in vocabulary().groups if measure.get(name) == {}]:
            del measure[group]
    return data


def with_answers(
    data: dict[str, Any], measure: str, answers: dict[str, Value | None], not_known: Collection[str] = ()
) -> dict[str, Any]:
    """Return a case's data with facts of one measure set, or taken back where None.

    `not_known` are the facts that were asked for and are not known.
    """
    measures = [dict(item) for item in data["measures"]]
    chosen = next(item for item in measures if item["id"] == measure)
    for name, value in answers.items():
        group, _, key = name.rpartition(".")
        holder = chosen
        if vocabulary()[name].group != IDENTITY:
            chosen[group] = holder = dict(chosen.get(group) or {})
        holder.pop(key, None)
        if value is not None:
            holder[key] = plain_value(name, value)
        elif group and not holder:
            del chosen[group]
    chosen.pop("not_known", None)
    if not_known:
        chosen["not_known"] = [name for name in vocabulary().facts if name in not_known]
    return {**data, "measures": measures}


def case_yaml(data: dict[str, Any]) -> bytes:
    """Return a case's data as YAML."""
    import yaml

    text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=110, default_flow_style=False)
    return text.encode("utf-8")
