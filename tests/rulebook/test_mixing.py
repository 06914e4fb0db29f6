"""Mixtures of two rulebooks: none of the edits judges like the old one, all of them like the new one."""

from __future__ import annotations

import datetime
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from rightscheck.assessment.assess import judge, setting_of
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.edits import applied, content_of, parts_of
from rightscheck.rulebook.load import rulebook_from_content
from rightscheck.rulebook.mixing import Mixer
from tests.books import ReferenceReader, content, random_book, rule
from tests.edits import edited
from tests.measures import flat, random_rows
from tests.strategies import SOME, RandomRules, rule_sets

SEEDS = st.integers(0, 2**32)
COUNTRIES = ["KZ", "FR", None]


def verdicts(book: Rulebook, row: tuple[object, ...]) -> object:
    facts, country, date = row
    day = datetime.date.fromisoformat(f"{date}-01-01"[:10]) if date else None
    found = flat(judge(ReferenceReader(book), facts, setting_of(book, country, day)))  # type: ignore[arg-type]
    return found["verdict"], {right: (of[0], of[3]) for right, of in found["rights"].items()}


@given(rule_sets(6), SEEDS, st.integers(1, 8))
@settings(deadline=None, max_examples=60)
def test_mixtures_of_none_and_all(rules: RandomRules, seed: int, count: int) -> None:
    rng = Random(seed)
    old = random_book(rules, rng)
    new = edited(old, rng, count)
    mixer = Mixer(old, new)
    none, every = mixer.mixed([]), mixer.mixed(range(len(mixer.groups)))
    for row in random_rows(rng, 12, SOME, COUNTRIES):
        assert verdicts(none, row) == verdicts(old, row)
        assert verdicts(every, row) == verdicts(new, row)


@given(rule_sets(6), SEEDS, st.integers(1, 8))
@settings(deadline=None, max_examples=60)
def test_a_mixture_judges_as_the_rulebook_written_out(rules: RandomRules, seed: int, count: int) -> None:
    rng = Random(seed)
    old = random_book(rules, rng)
    new = edited(old, rng, count)
    mixer = Mixer(old, new)
    chosen = [g for g in range(len(mixer.groups)) if rng.random() < 0.5]
    free = [e for e in mixer.edits if not any(e in group for group in mixer.groups) and e.kind != "factor"]
    taken = [*free, *(e for g in chosen for e in mixer.groups[g])]
    data = content_of(applied(parts_of(old.content), parts_of(new.content), taken)).model_dump(exclude_none=True)
    known = {f["id"] for f in data["factors"]}
    data["factors"] += [f.model_dump() for f in new.content.factors if f.id not in known]
    written = rulebook_from_content(data)
    for row in random_rows(rng, 12, SOME, COUNTRIES):
        assert verdicts(mixer.mixed(chosen), row) == verdicts(written, row)


def test_edits_of_words_alone_are_no_choice() -> None:
    old = rulebook_from_content(content([rule("vague", "law.precision from vague")]))
    new = rulebook_from_content(content([rule("vague", "(law.precision from vague)", title="Other", because="So.")]))
    assert [e.name for e in Mixer(old, new).edits] == ["vague"]
    assert Mixer(old, new).groups == []


def test_factors_that_change_places_go_together() -> None:
    def factors(first: str, second: str) -> list[dict[str, str]]:
        return [{"id": "a", "title": "A", "when": first}, {"id": "b", "title": "B", "when": second}]

    rules = [rule("vague", "a or b")]
    old = rulebook_from_content(content(rules, factors("b and law.published", "assembly.blanket")))
    new = rulebook_from_content(content(rules, factors("assembly.blanket", "a and law.published")))
    assert [Mixer(old, new).names(g) for g in range(len(Mixer(old, new).groups))] == [("factor a", "factor b")]
