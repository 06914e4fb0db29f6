"""Words, stems and parts of words for the search, the same in every database.

Light stemmers for English, Russian and Kazakh cut endings only. A text is indexed by its words and their parts of three
letters; a list of all words leads from a stem, or from a longer part, to the words that have it.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable

_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_ENGLISH = re.compile(r"[a-z]+\Z")
_KAZAKH = re.compile("[әғқңөұүһі]")
_RUSSIAN_ENDS = (
    *("остью", "ового", "евого", "иями", "ость", "ости", "ями", "ами", "ией", "иям", "ием", "иях", "ыми", "ими", "его"),
    *(
        "ого",
        "ему",
        "ому",
        "ее",
        "ие",
        "ые",
        "ое",
        "ей",
        "ий",
        "ый",
        "ой",
        "ем",
        "им",
        "ым",
        "ом",
        "их",
        "ых",
        "ую",
        "юю",
    ),
    *("ая", "яя", "ою", "ею", "ов", "ев", "ах", "ях", "ия", "ья", "ию", "ью", "ам", "ям"),
    *("ть", "а", "е", "и", "й", "о", "у", "ы", "ь", "ю", "я"),
)
_KAZAKH_ENDS = (
    *("ындағы", "індегі", "дағы", "дегі", "тағы", "тегі", "ында", "інде", "ынан", "інен", "дың", "дің", "тың", "тің"),
    *("ның", "нің", "дан", "ден", "тан", "тен", "нан", "нен", "мен", "бен", "пен", "лар", "лер", "дар", "дер", "тар"),
    *("тер", "ына", "іне", "ын", "ін", "сы", "сі", "ды", "ді", "ты", "ті", "ны", "ні", "ға", "ге", "қа", "ке", "на"),
    *("не", "да", "де", "та", "те", "ы", "і"),
)
_ENGLISH_ENDS = (
    "ations",
    "ation",
    "ingly",
    "edly",
    "ments",
    "ment",
    "ings",
    "ing",
    "ers",
    "ies",
    "ied",
    "es",
    "ed",
    "er",
)
_ENGLISH_LAST = ("ly", "s", "e", "y")
MAX_WORD = 60
WORD, PART = "1", "3"  # how a term begins


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case, canonically composed."""
    return [word[:MAX_WORD] for word in _WORD.findall(fold(text))]


def fold(text: str) -> str:
    """Return text in lower case with composed letters; `ё` counts as `е`."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold()).replace("ё", "е")


@functools.lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Return a word without its endings; never fewer than three letters."""
    if _ENGLISH.match(word):
        return _cut(_cut(word, _ENGLISH_ENDS, 3), _ENGLISH_LAST, 3)
    if _KAZAKH.search(word):
        for _ in range(3):
            shorter = _cut(word, _KAZAKH_ENDS, 4)
            if shorter == word:
                break
            word = shorter
        return word
    return _cut(word, _RUSSIAN_ENDS, 4)


def _cut(word: str, ends: tuple[str, ...], least: int) -> str:
    for end in ends:
        if word.endswith(end) and len(word) - len(end) >= least:
            return word[: -len(end)]
    return word


@functools.lru_cache(maxsize=65_536)
def parts(word: str) -> tuple[str, ...]:
    """Return the parts of three letters of a word, marked so that none is taken for a word."""
    return tuple(dict.fromkeys(PART + word[i : i + 3] for i in range(len(word) - 2)))


def terms_of(text: str) -> list[str]:
    """Return the terms under which a text is found, each once, sorted: its words, and their parts of three letters."""
    found: set[str] = set()
    for word in set(words_of(text)):
        found.add(WORD + word)
        found.update(parts(word))
    return sorted(found)


def words_in(terms: Iterable[str]) -> list[str]:
    """Return the words among terms."""
    return [term[1:] for term in terms if term.startswith(WORD)]
