from __future__ import annotations

import pytest

from rightscheck.history.compare import RULEBOOK, STANDARDS, compare, timeline
from rightscheck.history.replay import Replayer
from rightscheck.history.store import Store
from rightscheck.problems import InputError
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.load import rulebook_from_content
from tests.books import content
from tests.history import samples


def version(store: Store, book: Rulebook, **facts: object) -> int:
    data = samples.case_data(1)
    data["measures"] = [{"id": "ban", "title": "Ban", "type": "assembly-ban", "restricts": ["assembly"], **facts}]
    file, (result,) = samples.assessed(book, data)
    return store.add(file.case, result, book)


def test_the_fact_that_changed_a_verdict_is_named(store: Store, book: Rulebook) -> None:
    a = version(store, book, law={"basis": "statute", "precision": "precise"})
    b = version(store, book, law={"basis": "none", "precision": "precise"}, stage="debated")
    found = compare(store, Replayer(store, book), a, b)
    assert [(c.name, c.old, c.new) for c in found.facts] == [
        ("law.basis", "statute", "none"),
        ("stage", None, "debated"),
    ]
    assert found.setting == [] and found.rules_new == ["ban-without-law"] and found.rules_gone == []
    for change in found.verdicts:
        assert (change.old, change.new, change.because) == ("low", "incompatible", ["law.basis"])
    assert [v.right for v in found.verdicts] == [None, "assembly"]


def test_the_rule_that_changed_a_verdict_is_named(store: Store, book: Rulebook) -> None:
    gentle = rulebook_from_content(content(samples.RULES[1:]))
    law = {"basis": "none", "precision": "precise"}
    a, b = version(store, book, law=law), version(store, gentle, law=law)
    found = compare(store, Replayer(store, book), a, b)
    assert found.facts == [] and [c.name for c in found.setting] == [RULEBOOK]
    assert {tuple(v.because) for v in found.verdicts} == {(RULEBOOK,)}
    assert found.verdicts[0].rules_gone == ["ban-without-law"]


def test_nothing_differs(store: Store, book: Rulebook) -> None:
    a, b = version(store, book), version(store, book)
    found = compare(store, Replayer(store, book), a, b)
    assert (found.facts, found.setting, found.verdicts) == ([], [], [])


def test_other_standards(store: Store, book: Rulebook) -> None:
    from rightscheck.assessment.assess import assess_case
    from rightscheck.facts.read import case_from_data
    from tests.books import ReferenceReader

    file = case_from_data(samples.case_data(0))
    numbers = [
        store.add(file.case, assess_case(ReferenceReader(book), file.case, standards=[name])[0], book)
        for name in ("iccpr", "udhr")
    ]
    found = compare(store, Replayer(store, book), *numbers)
    assert [c.name for c in found.setting] == [STANDARDS]
    assert all(v.because == [STANDARDS] for v in found.verdicts) and found.verdicts


def test_timeline(store: Store, book: Rulebook) -> None:
    numbers = [version(store, book), version(store, book, law={"basis": "none"}), version(store, book)]
    samples.add_case(store, book, 2)
    with store.reading() as connection:
        found = timeline(connection, "case-1")
        assert [row.id for row in found] == numbers
        assert found[0].version == found[2].version != found[1].version
        with pytest.raises(InputError):
            timeline(connection, "nobody")
