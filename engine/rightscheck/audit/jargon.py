"""Words that a reader outside the law may not know: a text may use them only where the glossary explains them."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

TERMS: Final = (
    "absolute right",
    "actus reus",
    "adversarial",
    "arbitrary",
    "authorisation regime",
    "benchmark",
    "bulk interception",
    "chilling effect",
    "closed material",
    "collateral blocking",
    "collective expulsion",
    "content-neutral",
    "delisting",
    "degrading treatment",
    "derogation",
    "diplomatic assurance",
    "due diligence",
    "duly convicted",
    "effective remedy",
    "entrapment",
    "equality of arms",
    "essence of a right",
    "ex parte",
    "ex post facto",
    "forum internum",
    "general comment",
    "gist",
    "habeas corpus",
    "heckler's veto",
    "hostile audience",
    "in absentia",
    "in camera",
    "incommunicado",
    "incitement",
    "interim measure",
    "judicial review",
    "jus cogens",
    "kettling",
    "legitimate aim",
    "life of the nation",
    "lustration",
    "manifestation of belief",
    "margin of appreciation",
    "mens rea",
    "militant democracy",
    "ne bis in idem",
    "non-derogable",
    "non-refoulement",
    "notification regime",
    "ordre public",
    "peremptory",
    "positive obligation",
    "presumption of innocence",
    "pressing social need",
    "prima facie",
    "prior restraint",
    "proportionality",
    "ratification",
    "ratione",
    "refoulement",
    "rendition",
    "retroactive",
    "sight and sound",
    "soft law",
    "special advocate",
    "stateless",
    "sunset",
    "suspensive",
    "treaty body",
    "ulterior purpose",
    "ultra vires",
)

# other forms of a term; an entry for one form explains them all
_FORMS = {
    "arbitrary": ("arbitrarily", "arbitrariness"),
    "derogation": ("derogate", "derogates", "derogated"),
    "stateless": ("statelessness",),
    "retroactive": ("retroactively",),
}


def _pattern(term: str) -> re.Pattern[str]:
    forms = "|".join(re.escape(form) for form in (term, *_FORMS.get(term, ())))
    return re.compile(rf"(?<![\w-])(?:{forms})s?(?![\w-])", re.IGNORECASE)


_PATTERNS = {term: _pattern(term) for term in TERMS}


def undefined_terms(text: str, glossary: Collection[str]) -> list[str]:
    """Return the terms used in a text that the glossary does not explain, each once, in the order of the list.

    A term is explained where an entry of the glossary is it or has it as a word, in any of its forms.
    """
    used = [term for term, pattern in _PATTERNS.items() if pattern.search(text)]
    return [term for term in used if not any(_PATTERNS[term].search(entry) for entry in glossary)]
