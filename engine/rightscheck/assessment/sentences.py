"""Sentences with this measure's facts."""

from __future__ import annotations

import string
from typing import Any

from rightscheck.facts.values import Facts, SetValue, Value, say
from rightscheck.rulebook.book import Rulebook

NOT_STATED = "not stated"


def phrase(book: Rulebook, name: str, value: Value | None) -> str:
    """Return a value as it reads inside a sentence."""
    if value is None:
        return NOT_STATED
    phrases = book.content.phrases.get(name, {})
    if isinstance(value, SetValue) or (isinstance(value, int) and not isinstance(value, bool)):
        return say(name, value)
    key = str(value).lower() if isinstance(value, bool) else str(value)
    return phrases.get(key) or say(name, value)


class _Facts(string.Formatter):
    def __init__(self, book: Rulebook, facts: Facts) -> None:
        self.book, self.facts = book, facts

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        return field_name, field_name

    def format_field(self, value: Any, format_spec: str) -> str:
        found = self.facts.get(str(value))
        if format_spec == "phrase":
            return phrase(self.book, str(value), found)
        return NOT_STATED if found is None else say(str(value), found)


def sentence(book: Rulebook, text: str, facts: Facts) -> str:
    """Return a rule's sentence with `{fact}` and `{fact:phrase}` filled in."""
    return _Facts(book, facts).format(text)
