"""The published figures: what is counted, and a file that keeps what people wrote in it."""

from __future__ import annotations

import datetime
import hashlib

import pytest

from rightscheck.audit.decided import Ruling, figures, groups_of, wilson
from rightscheck.audit.fidelity import updated
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.load import rulebook_from_content
from tests.books import content, rule

DAY = datetime.date(2026, 3, 31)


def ruling(decided: str, verdict: str | None, reference: str = "A 1", right: str = "assembly", **more: str) -> Ruling:
    made = {"body": "HRC", "checked": "seen", **more}
    return Ruling("a-case", made["body"], made["checked"], reference, right, decided, verdict, (), "", False)


def book(title: str = "A book") -> Rulebook:
    return rulebook_from_content(content([rule("a", "law.published", title=title)]))


def references(half: str) -> str:
    known = {"A": "01234567", "B": "89abcdef"}[half]
    return next(f"R {n}" for n in range(99) if hashlib.sha256(f"R {n}".encode()).hexdigest()[0] in known)


def test_figures_of_a_known_table() -> None:
    found = figures(
        [ruling("violation", v) for v in ("high", "incompatible", "low", "undetermined", None)]
        + [ruling("no-violation", v) for v in ("low", "moderate", "high", "moderate")]
    )

    assert (found.rulings, found.determined, found.agreeing, found.violations) == (9, 7, 5, 5)
    assert found.agreement == pytest.approx(5 / 7)
    assert found.balanced == pytest.approx((2 / 3 + 3 / 4) / 2)
    assert found.matthews == pytest.approx((2 * 3 - 1 * 1) / (3 * 3 * 4 * 4) ** 0.5)
    assert found.majority == pytest.approx(5 / 9)
    assert found.low_on_violation == 1


def test_wilson_interval_of_a_published_example() -> None:
    low, high = wilson(81, 263)  # Newcombe, Statistics in Medicine 17 (1998), table I: 0.2553 to 0.3662

    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)


def test_halves_go_by_the_first_digit_of_the_reference() -> None:
    groups = groups_of([ruling("violation", "high", references("A")), ruling("violation", "low", references("B"))])

    assert [r.verdict for r in groups["half: A"]] == ["high"]
    assert [r.verdict for r in groups["half: B"]] == ["low"]
    assert list(groups) == ["all", "half: A", "half: B", "right: assembly", "body: HRC", "checked: seen"]


def test_a_new_file_has_an_introduction_and_one_table() -> None:
    text = updated("", book(), [ruling("violation", "high")], DAY, "Frozen as v1.")

    assert text.startswith("# Agreement with decided cases")
    assert text.count("<!-- figures 2026-03-31 ") == text.count("<!-- end of figures -->") == 1
    assert "\nFrozen as v1.\n" in text
    assert "| all | 1 | 1 | 100.0% (1 of 1) |" in text
    assert book().sha256 in text


def test_the_same_day_and_rulebook_replace_their_table_and_nothing_else() -> None:
    first = updated("# Ours\n\nOurs.\n", book(), [ruling("violation", "high")], DAY)
    text = updated(first + "\n## Codings that look wrong\n\n- one\n", book(), [ruling("violation", "low")], DAY)

    assert updated(text, book(), [ruling("violation", "low")], DAY) == text
    assert text.count("<!-- figures ") == 1
    assert text.startswith("# Ours\n\nOurs.\n") and text.endswith("\n## Codings that look wrong\n\n- one\n")
    assert "| all | 1 | 1 | 0.0% (0 of 1) |" in text


def test_another_day_or_rulebook_is_put_after_the_last_table() -> None:
    text = updated("", book(), [ruling("violation", "high")], DAY) + "\nBelow.\n"
    text = updated(text, book(), [ruling("violation", "high")], DAY + datetime.timedelta(1))
    text = updated(text, book("Another"), [ruling("violation", "high")], DAY)

    assert [line[:27] for line in text.splitlines() if line.startswith("## ")] == [
        "## 2026-03-31: small 1.0.0",
        "## 2026-04-01: small 1.0.0",
        "## 2026-03-31: small 1.0.0",
    ]
    assert text.endswith("\nBelow.\n")


def test_figures_on_half_b_of_a_later_rulebook_are_marked() -> None:
    mine = [ruling("violation", "high", references("B"))]
    text = updated("", book(), mine, DAY)
    same = updated(text, book(), mine, DAY + datetime.timedelta(1))
    later = updated(same, book("Another"), mine, DAY + datetime.timedelta(2))

    assert "after seeing B)" not in text.replace("*after", "") and "| half: B (after seeing B) |" not in same
    assert later.count("| half: B (after seeing B) |") == 1
    assert later.count("| half: B |") == 2
    assert updated(later, book("Another"), mine, DAY + datetime.timedelta(2)) == later
    assert updated(later, book(), mine, DAY) == later


def test_a_batch_is_run_whole_and_says_when_it_had_been_seen() -> None:
    first, second = book("One book"), book("Another book")
    both = [ruling("violation", "high", references("A")), ruling("no-violation", "high", references("B"))]

    text = updated("", first, both, DAY, batch="spring")
    again = updated(text, first, both, DAY, batch="spring")
    later = updated(updated(again, second, both, DAY, batch="spring"), second, both, DAY)

    assert again == text
    assert "half:" not in text
    assert "| all | 2 |" in text
    assert later.count("(after seeing these cases)") == 1
    assert f"{DAY.isoformat()} {second.sha256} spring -->" in later
    assert "| half: B | 1 |" in later  # the halves are another set: the batch was not a run of them
