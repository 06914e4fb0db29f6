"""Edits between rulebooks: nothing is missed, and all of them together lead from one to the other."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from rightscheck.audit.edit_words import counts, edit_data, edit_words
from rightscheck.rulebook.book import digest_of
from rightscheck.rulebook.edits import applied, content_of, edits_between, parts_of
from rightscheck.rulebook.load import load_rulebook, rulebook_from_content
from tests.books import content, random_book, rule
from tests.edits import edited
from tests.strategies import RandomRules, rule_sets

SEEDS = st.integers(0, 2**32)


@given(rule_sets(6), SEEDS, st.integers(0, 4))
@settings(deadline=None, max_examples=150)
def test_any_edit_shows_and_equal_rulebooks_show_nothing(rules: RandomRules, seed: int, count: int) -> None:
    rng = Random(seed)
    old = random_book(rules, rng)
    new = edited(old, rng, count)
    edits = edits_between(old.content, new.content)
    assert bool(edits) is (old.sha256 != new.sha256)
    assert len({e.key for e in edits}) == len(edits)
    told = edit_words(old, new)
    assert [t.edit for t in told] == edits
    assert all(any(f.old or f.new or f.expressions for f in t.fields) for t in told)
    assert sum(n for kind in counts(told).values() for n in kind.values()) == len(told)


@given(rule_sets(6), SEEDS, st.integers(1, 12))
@settings(deadline=None, max_examples=150)
def test_all_edits_lead_to_the_new_rulebook_and_back(rules: RandomRules, seed: int, count: int) -> None:
    rng = Random(seed)
    old = random_book(rules, rng)
    new = edited(old, rng, count)
    for a, b in ((old, new), (new, old)):
        edits = edits_between(a.content, b.content)
        parts = parts_of(a.content), parts_of(b.content)
        assert digest_of(content_of(applied(*parts, edits))) == b.sha256
        assert digest_of(content_of(applied(*parts, []))) == a.sha256
        some = [e for e in edits if rng.random() < 0.5]
        mixed = content_of(applied(*parts, some))
        left = {e.key for e in edits_between(a.content, mixed)}
        assert {e.key for e in some if e.change != "reordered"} == {k for k in left if len(k) > 1}


def test_the_bundled_rulebook_comes_apart_and_together() -> None:
    book = load_rulebook()
    assert digest_of(content_of(parts_of(book.content))) == book.sha256
    assert edit_words(book, book) == []


def test_words_say_what_changed_and_on_what_it_bears() -> None:
    rules = [rule("vague", "law.precision from vague and shut"), rule("blanket", "assembly.blanket")]
    factors = [{"id": "shut", "title": "It is shut", "when": "assembly.regime == prohibited"}]
    old = rulebook_from_content(content(rules, factors))
    rules[0] = {**rules[0], "when": "law.precision from vague and assembly.blanket", "effect": "weak"}
    rules[1] = {**rules[1], "when": "assembly.blanket and shut"}
    factors[0] = {**factors[0], "when": "assembly.regime == prohibited or assembly.blanket"}
    new = rulebook_from_content(content(rules, factors))
    told = {t.edit.name: edit_data(t) for t in edit_words(old, new)}
    assert list(told) == ["vague", "blanket", "factor shut"]
    effect, when = told["vague"]["fields"]
    assert (effect["field"], effect["new"]) == ("effect", "weak (weakness to mend)")
    assert when["field"] == "when (all of)" and when["old"] == ["It is shut"]
    assert when["expressions"] == {"old": "law.precision from vague and shut", "new": rules[0]["when"]}
    assert told["factor shut"]["bears_on"] == ["blanket"]
    assert told["factor shut"]["title"] == "It is shut"
