"""YAML 1.2 and JSON text: values, places, limits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rightscheck.facts.text import MAX_DEPTH, parse_bytes, parse_file
from rightscheck.problems import InputError, SurroundingsError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(st.characters(codec="utf-8"), max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)


def problems(data: bytes, **more: bool) -> list[str]:
    with pytest.raises(InputError) as caught:
        parse_bytes(data, "f", **more)
    return [str(p) for p in caught.value.problems]


def test_scalars_follow_the_core_schema_of_yaml_1_2() -> None:
    text = b"a: NO\nb: no\nc: 012\nd: 1:30\ne: 2005-04-11\nf: ~\ng: true\nh: 0o17\ni: 0x1F\nj: 1e3\nk: '1'\n"
    text += b"l: yes\nm:\nn: 1_000\n"

    assert parse_bytes(text, "f").plain() == {
        "a": "NO", "b": "no", "c": 12, "d": "1:30", "e": "2005-04-11", "f": None, "g": True, "h": 15, "i": 31,
        "j": 1000.0, "k": "1", "l": "yes", "m": None, "n": "1_000",
    }  # fmt: skip


@given(JSON)
def test_json_reads_as_the_standard_library_does(data: object) -> None:
    assert parse_bytes(json.dumps(data).encode(), "f", is_json=True).plain() == data
    assert parse_bytes(json.dumps(data, ensure_ascii=False, indent=1).encode(), "f", is_json=True).plain() == data


@given(st.binary(max_size=60))
def test_any_bytes_give_a_node_or_a_problem_with_a_place(data: bytes) -> None:
    for is_json in (False, True):
        try:
            parse_bytes(data, "f", is_json=is_json)
        except InputError as error:
            assert all(p.place.file == "f" for p in error.problems)


def test_places_are_lines_and_columns() -> None:
    node = parse_bytes(b"a:\n  - x: 1\n    yy: 2\n", "f")

    assert str(node.at("a", 0, "yy")) == "f:3:5"
    assert str(parse_bytes(b'{"a": [\n {"b": 1}]}', "f", is_json=True).at("a", 0, "b")) == "f:2:3"


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"a: 1\nb: 2\na: 3\n", "f:3:1: `a`: the key stands twice (first on line 1)"),
        (b"a: [1, 2\nb: 3\n", "not YAML"),
        (b"a: !!python/object:os.system x\n", "the tag"),
        (b"\xff\xfe", "not UTF-8"),
        (b"a: 1\n---\nb: 2\n", "a second document"),
        (b"? [a]\n: 1\n", "a key must be a word"),
        (b"a: *x\n", "names nothing above it"),
        (b"[" * 200, f"deeper than {MAX_DEPTH}"),
    ],
)
def test_bad_yaml_is_refused_with_its_place(data: bytes, what: str) -> None:
    assert what in problems(data)[0]


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b'{"a": 1, "a": 2}', "the key stands twice"),
        (b'{"a": }', "a value is expected here"),
        (b"[1,]", "a value is expected here"),
        (b"{} {}", "something stands after"),
        (b"[" * 100, "deeper than"),
        (b'"\\ud800"', "surrogate"),
        (b"NaN", "a value is expected"),
    ],
)
def test_bad_json_is_refused_with_its_place(data: bytes, what: str) -> None:
    assert what in problems(data, is_json=True)[0]


def test_aliases_are_bounded_so_that_a_bomb_does_not_grow() -> None:
    bomb = b"a: &a [x, x, x, x, x, x, x, x, x]\n"
    for n in range(1, 12):
        one, two = chr(96 + n).encode(), chr(97 + n).encode()
        bomb += two + b": &" + two + b" [" + b", ".join([b"*" + one] * 9) + b"]\n"

    assert "more than" in problems(bomb)[0]


def test_size_is_bounded_and_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    big = tmp_path / "big.yaml"
    big.write_bytes(b"a" * 5_000_001)
    with pytest.raises(InputError, match="larger than"):
        parse_file(big)
    with pytest.raises(InputError, match="no such file"):
        parse_file(tmp_path / "none.yaml")
    with pytest.raises(InputError, match="not a file"):
        parse_file(tmp_path)
    with pytest.raises((InputError, SurroundingsError)):
        parse_file(Path("a\0b"))
