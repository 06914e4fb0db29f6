from __future__ import annotations

import random
import sys
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from rightscheck.history.query import Filters
from rightscheck.history.search import Found, search
from rightscheck.history.search_index import FIELDS, put_texts, remove_texts, search_words
from rightscheck.history.store import Store
from rightscheck.history.verify import verify
from rightscheck.history.words import stem, terms_of, words_of
from rightscheck.rulebook.book import Rulebook
from tests.history import samples
from tests.history.test_verify import unchecked


def find(store: Store, query: str, **filters: str) -> Found:
    with store.reading() as connection:
        return search(connection, query, Filters(**filters), 100)


def numbers(store: Store, query: str, **filters: str) -> list[int]:
    return [hit.number for hit in find(store, query, **filters).hits]


@pytest.fixture
def texts(store: Store, book: Rulebook) -> Store:
    samples.add_case(
        store, book, 1, title="Закон о мирных собраниях", summary="Запрещены все собрания в центре города."
    )
    samples.add_case(
        store, book, 2, title="Діни бірлестіктер туралы заң", summary="Бірлестіктердің тіркеуі тоқтатылды."
    )
    samples.add_case(store, book, 3, title="Meetings act", summary="All public meetings need the mayor's permission.")
    samples.add_case(
        store,
        book,
        4,
        title="Plain",
        summary="Nothing",
        sources=[{"id": "s", "title": "Bulletin of the ombudsman", "locator": "p. 12"}],
    )
    return store


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("собрание", [1, 2]),
        ("СОБРАНИЙ", [1, 2]),
        ("запрет собраний", []),
        ("мирным законом", [1, 2]),
        ("городу", [1, 2]),
        ("бірлестік", [3, 4]),
        ("бірлестіктерді", [3, 4]),
        ("лестік", [3, 4]),
        ("заң", [3, 4]),
        ("meeting", [5, 6]),
        ("MEETINGS permissions", [5, 6]),
        ("ermiss", [5, 6]),
        ("mayor's", [5, 6]),
        ("ombudsman bulletin", [7, 8]),
        ("act", [5, 6]),
        ("vague", [5]),
        ("rallies", [7, 5, 3, 1]),
        ("nothing at all", []),
        ("", []),
        ('"*() -', []),
    ],
)
def test_words_in_three_languages(texts: Store, query: str, found: list[int]) -> None:
    assert sorted(numbers(texts, query)) == sorted(found)


def test_the_best_hit_comes_first_and_is_shown(texts: Store) -> None:
    found = find(texts, "meetings")
    assert found.hits[0].field == "title" and found.hits[0].excerpt[1] == "Meetings"
    assert found.hits[0].score > find(texts, "permission").hits[0].score
    hit = find(texts, "permission").hits[0]
    assert hit.field == "summary" and "".join(hit.excerpt) == "All public meetings need the mayor's permission."


def test_parts_of_different_words_are_no_hit(store: Store, book: Rulebook) -> None:
    samples.add_case(store, book, 1, title="abcd bcdf", summary="")
    assert numbers(store, "abcdf") == []
    assert numbers(store, "abcd") == [2, 1]


def test_an_old_text_is_found_behind_many_that_hold_the_parts_apart(
    store: Store, book: Rulebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rightscheck.history.search.NEWEST", 2)
    samples.add_case(store, book, 1, title="abcdefgh", summary="")
    for number in range(2, 6):
        samples.add_case(store, book, number, title="bcd cde def efg", summary="")
    assert numbers(store, "bcdefg") == [2, 1]
    assert not find(store, "bcdefg").more and find(store, "cde").more


@pytest.mark.parametrize("most", [0, 1, 400])
def test_a_part_of_very_many_words(store: Store, book: Rulebook, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr("rightscheck.history.search.MOST_WORDS", most)
    for number, title in enumerate(("prestation", "stationary", "stations", "statio n")):
        samples.add_case(store, book, number, title=title, summary="")
    assert sorted(numbers(store, "station")) == [1, 2, 3, 4, 5, 6]


WORDS = st.text("abcабвқ", min_size=1, max_size=6)


@given(st.lists(st.lists(WORDS, min_size=1, max_size=4), min_size=1, max_size=4), WORDS)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_found_is_what_reading_every_text_finds(store: Store, titles: list[list[str]], query: str) -> None:
    """Against the plainest search: a word as itself, by its stem, or as a part from three letters."""

    def holds(word: str) -> bool:
        return word == query or stem(word) == stem(query) or (len(query) >= 3 and query in word)

    expected = set()
    with store.writing() as connection:
        unchecked(connection)
        for number, title in enumerate(titles, 1):
            put_texts(connection, number, dict.fromkeys(FIELDS, "") | {"title": " ".join(title)})
            expected |= {number} if any(map(holds, title)) else set()
        assert {hit.number for hit in search(connection, query, Filters(), 100).hits} == expected
        remove_texts(connection, range(1, len(titles) + 1))
        assert connection.execute(select(search_words)).all() == []
        connection.rollback()


def test_filters_narrow_a_search(texts: Store) -> None:
    assert numbers(texts, "собрание", type="assembly-ban") == [1]
    assert numbers(texts, "собрание", country="KZ") == []
    assert numbers(texts, "meeting", right="religion") in ([6], [])


def test_composed_and_decomposed_letters_are_the_same(store: Store, book: Rulebook) -> None:
    samples.add_case(store, book, 1, title=unicodedata.normalize("NFD", "Съезд Ёлкиной и Йорк"), summary="")
    assert numbers(store, "елкиной йорк") == [2, 1]


def test_stems() -> None:
    for forms in (
        "собрание собрания собраний собранию собраниями",
        "запрет запрета запреты запретов запретами",
        "meeting meetings meeted",
        "ban bans",
        "registration registrations",
        "policy policies",
        "бірлестік бірлестіктер бірлестіктің бірлестікте",
    ):
        assert len({stem(word) for word in forms.split()}) == 1, [stem(w) for w in forms.split()]


def test_the_index_is_held_to_the_content(texts: Store) -> None:
    for statement in (
        "UPDATE search_texts SET title = 'x' WHERE assessment_id = 3",
        "DELETE FROM search_texts WHERE assessment_id = 3",
    ):
        with texts.writing() as connection:
            connection.execute(text(statement))
            assert verify(connection).sound
            report = verify(connection, deep=True)
            assert report.first() == (3, "what is derived from the result was changed: search")
            connection.rollback()
    with texts.reading() as connection:
        assert verify(connection, deep=True).sound


def test_the_full_text_index_is_held_to_the_texts(texts: Store) -> None:
    with texts.writing() as connection:
        if connection.dialect.name == "postgresql":
            return
        connection.exec_driver_sql("INSERT INTO search_index (search_index) VALUES ('delete-all')")
        assert "full-text index" in verify(connection, deep=True).problems[0][1]
        connection.rollback()


def hostile(rng: random.Random) -> str:
    pieces = [
        '"',
        "'",
        "*",
        "(",
        ")",
        "NEAR",
        "AND",
        "OR",
        "NOT",
        ":",
        "-",
        "^",
        "\\",
        "%",
        "_",
        ";",
        "--",
        "{}",
        "\0",
        "&",
        "|",
        "!",
        "<->",
    ]
    letters = "abcабвқғ漢字 \u0301\u200d\U0001f600"
    made = [rng.choice([*pieces, rng.choice(letters) * rng.randrange(1, 5)]) for _ in range(rng.randrange(1, 12))]
    if rng.random() < 0.2:
        made.append(chr(rng.choice([x for x in (rng.randrange(sys.maxunicode),) if not 0xD800 <= x < 0xE000] or [65])))
    return rng.choice(["", " "]).join(made)


def test_hostile_queries(texts: Store) -> None:
    rng = random.Random(5)
    for _ in range(150):
        find(texts, hostile(rng), country="KZ' OR 1=1 --")
        find(texts, hostile(rng))


@pytest.mark.fuzz
def test_ten_thousand_hostile_queries(texts: Store) -> None:
    rng = random.Random(6)
    for _ in range(10_000):
        find(texts, hostile(rng))


def test_terms_hold_letters_and_digits_only() -> None:
    rng = random.Random(7)
    for _ in range(300):
        query = hostile(rng)
        assert all(term.isalnum() or term.isidentifier() or "'" not in term for term in terms_of(query))
        assert all('"' not in word and "'" not in word and "\\" not in word for word in words_of(query))
