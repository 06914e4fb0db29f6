"""What a CHANGELOG lists as making verdicts milder."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rightscheck.audit.changelog import check_names, milder_between, read_changelog
from rightscheck.problems import InputError
from rightscheck.resources import bundled

TEXT = """# Changes

## Unreleased

### Verdicts that get milder

- `soon`: not out yet.

## 0.3.0 (2026-05-01)

- `elsewhere`: no such section.

### Verdicts that get milder

Some words first.

- `one`, `two` and `factor three`: because `others` say so,
  - `inner`: goes on.
* `four` lone.

### Other

- `five`: not listed.

## 0.2.0

### verdicts that get milder:

- `six`: before.

## 0.1.0

### Verdicts that get milder

- `seven`: long before.
"""


def names(old: str, new: str) -> set[str]:
    return set(milder_between(read_changelog(TEXT, "CHANGELOG.md"), old, new))


def test_entries_between_the_versions_count() -> None:
    last = {"soon", "one", "two", "factor three", "four"}
    assert names("0.2.0", "0.3.0") == last
    assert names("0.1.0", "0.3.0") == last | {"six"}
    assert names("0.3.0", "0.3.0") == last
    assert names("0.1.0", "0.2.0") == {"soon", "six"}
    assert names("0.3.0", "0.2.0") == {"soon", "six"}


def test_places_are_told() -> None:
    listed = milder_between(read_changelog(TEXT, "CHANGELOG.md"), "0.2.0", "0.3.0")
    with pytest.raises(InputError) as caught:
        check_names(listed, ["soon", "one", "two", "factor thre", "four"])
    assert str(caught.value) == (
        "CHANGELOG.md:17:1: `factor three`: no entry of either rulebook has this name; did you mean `factor thre`?"
    )


def test_a_listed_line_that_names_nothing_is_refused() -> None:
    text = "## 1.0.0\n### Verdicts that get milder\n- the rule `x` is milder\n"
    with pytest.raises(InputError, match="CHANGELOG.md:3:1: begins with the rule it speaks of"):
        read_changelog(text, "CHANGELOG.md")


def test_the_bundled_changelog_is_read() -> None:
    path = bundled("rules") / "CHANGELOG.md"
    read_changelog(path.read_text(encoding="utf-8"), str(path))


@given(st.text(max_size=300))
def test_no_text_breaks_the_reading(text: str) -> None:
    try:
        read_changelog(text, "CHANGELOG.md")
    except InputError as error:
        assert error.problems
