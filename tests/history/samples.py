"""Cases and a small rulebook for the tests of the history."""

from __future__ import annotations

import os
from typing import Any

from rightscheck.assessment.assess import assess_case
from rightscheck.assessment.model import Assessment
from rightscheck.facts.read import CaseFile, case_from_data
from rightscheck.history.store import Store
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.load import rulebook_from_content
from tests.books import ReferenceReader, content

ENV = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
LAW = {"iccpr": ["a-treaty-1"], "echr": ["a-treaty-1"]}


def rule(id_: str, when: str, **more: Any) -> dict[str, Any]:
    base = {
        "id": id_,
        "title": f"Rule {id_}",
        "rights": ["assembly"],
        "stage": "legality",
        "effect": "violation",
        "because": "It is so.",
        "law": LAW,
    }
    return {**base, "when": when, **more}


RULES = [
    rule("ban-without-law", "law.basis == none"),
    rule("vague-law", "law.precision from vague", effect="strong", because="The law is too vague to follow."),
    rule("no-notice", "law.precision from vague and assembly.blanket", effect="weak", stage="necessity"),
    rule("belief", "restricts has worship", rights=["religion"], effect="strong", stage="proportionality"),
]


def small_book(**more: Any) -> Rulebook:
    return rulebook_from_content(content(RULES, **more))


def case_data(number: int, **more: Any) -> dict[str, Any]:
    basis = ["none", "statute"][number % 2]
    return {
        "case": f"case-{number}",
        "title": f"Case {number}: запрет собраний",
        "country": ["KZ", "FR"][number % 2],
        "date": f"20{10 + number % 10}-05-01",
        "summary": f"Summary {number}",
        "measures": [
            {
                "id": "ban",
                "title": f"Ban on rallies {number}",
                "type": "assembly-ban",
                "restricts": ["assembly"],
                "law": {"basis": basis, "precision": ["precise", "vague"][number % 3 == 0]},
            },
            {"id": "cult", "title": "Registration of worship", "type": "religious-ban", "restricts": ["worship"]},
        ],
        **more,
    }


def assessed(book: Rulebook, data: dict[str, Any]) -> tuple[CaseFile, list[Assessment]]:
    file = case_from_data(data)
    return file, assess_case(ReferenceReader(book), file.case, standards=["iccpr", "echr"])


def add_case(store: Store, book: Rulebook, number: int, **more: Any) -> list[int]:
    file, results = assessed(book, case_data(number, **more))
    return [store.add(file.case, result, book) for result in results]
