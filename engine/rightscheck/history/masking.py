"""Masking: named facts and people taken out of what an export shows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rightscheck.facts.vocabulary import IDENTITY, vocabulary
from rightscheck.problems import InputError, Place, Problem, nearest

MASKED = "[masked]"


@dataclass(frozen=True)
class Mask:
    """Facts by dotted name, and names of people or places, that are not to be shown."""

    facts: frozenset[str]
    people: tuple[str, ...]

    @classmethod
    def of(cls, facts: Sequence[str], people: Sequence[str]) -> Mask:
        """Return a mask; raises InputError where a fact is not in the vocabulary or a name is too short."""
        known = vocabulary().facts
        wrong = [Problem("no such fact", Place("--mask"), n, nearest(n, known)) for n in facts if n not in known]
        wrong += [
            Problem("a name has two letters at least", Place("--mask-name"), n) for n in people if len(n.strip()) < 2
        ]
        if wrong:
            raise InputError(wrong)
        return cls(frozenset(facts), tuple(sorted((p.strip() for p in people), key=len, reverse=True)))

    def text(self, value: str) -> str:
        """Return text without the names, whatever their case; words inside a name may be joined by `-` in an id."""
        for name in self.people:
            words = [re.escape(word) for word in re.split(r"[\s-]+", name)]
            value = re.sub(r"[\s_-]+".join(words), MASKED, value, flags=re.IGNORECASE)
        return value

    def any(self, data: Any) -> Any:
        """Return plain data with every name masked, in keys too."""
        if isinstance(data, str):
            return self.text(data)
        if isinstance(data, list):
            return [self.any(item) for item in data]
        if isinstance(data, dict):
            return {self.text(str(key)): self.any(value) for key, value in data.items()}
        return data

    def case(self, case: dict[str, Any]) -> dict[str, Any]:
        """Return a case's content masked: values of the facts, and in evidence and claims on them."""
        found: dict[str, Any] = self.any(case)
        for measure in found["measures"]:
            for name in self.facts:
                group, _, key = name.rpartition(".")
                holder = measure if vocabulary()[name].group == IDENTITY else measure.get(group) or {}
                if key in holder:
                    holder[key] = MASKED
                (measure.get("evidence") or {}).pop(name, None)
                for claim in measure.get("claims") or []:
                    if name in claim["facts"]:
                        claim["facts"][name] = MASKED
        return found

    def result(self, result: dict[str, Any]) -> dict[str, Any]:
        """Return a result masked; sentences of rules that rest on a masked fact may tell its value, so they go."""
        found: dict[str, Any] = self.any(result)
        found["facts"] = self._facts(found["facts"])
        telling = set()
        for fired in found["fired"]:
            if self.facts & fired["facts"].keys():
                telling.add(fired["rule"])
                fired["facts"] = self._facts(fired["facts"])
                fired.update({key: MASKED for key in ("because", "cure", "limits") if fired[key] is not None})
        for presumed in found["presumptions"]:
            if presumed["fact"] in self.facts:
                presumed.update(value=MASKED, text=MASKED)
        for right in found["rights"]:
            if telling & set(right["reason_rules"]):
                right["reason"] = MASKED
                found["reason"] = MASKED
        return found

    def _facts(self, facts: dict[str, Any]) -> dict[str, Any]:
        return {name: MASKED if name in self.facts else value for name, value in facts.items()}
