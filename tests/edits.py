"""Random edits of a rulebook's content, each of which changes what the rulebook says."""

from __future__ import annotations

import copy
from collections.abc import Callable
from random import Random
from typing import Any

from rightscheck.facts.case import STANDARDS
from rightscheck.problems import InputError
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.load import rulebook_from_content
from tests.books import RIGHTS

Data = dict[str, Any]
CONDITIONS = [
    "law.precision from vague",
    "assembly.blanket",
    "type != detention and law.published",
    "aim.stated is empty",
]


def _condition(data: Data, rng: Random) -> str:
    held = [e["when"] for e in data["rules"]] + CONDITIONS
    return str(rng.choice(held))


def _rule(data: Data, rng: Random) -> None:
    rule = rng.choice(data["rules"] or [{}])
    what = rng.choice(["when", "when", "unless", "rights", "stage", "effect", "law", "title", "because", "cure"])
    if what in ("when", "unless"):
        rule[what] = _condition(data, rng)
    elif what == "rights":
        rule[what] = rng.sample(RIGHTS, rng.choice([1, 2]))
    elif what == "stage":
        rule[what] = rng.choice(["legality", "necessity", "safeguards", "due-diligence"])
    elif what == "effect":
        rule[what] = rng.choice(["violation", "strong", "weak"])
        rule.pop("answers", None)
    elif what == "law":
        rule[what] = {s: ["a-treaty-1"] for s in rng.sample(["iccpr", "echr", "udhr"], rng.choice([1, 2]))}
    else:
        rule[what] = f"Other words {rng.randrange(99)}."


def _list(key: str) -> Callable[[Data, Random], None]:
    def edit(data: Data, rng: Random) -> None:
        items = data["method"]["core"] if key == "core" else data[key]
        what = rng.choice(["remove", "add", "order"])
        if what == "add" and items:
            items.insert(
                rng.randrange(len(items) + 1), {**copy.deepcopy(rng.choice(items)), "id": f"new-{rng.random()}"}
            )
            items[:] = [{**i, "id": i["id"].replace("0.", "")} for i in items]
        elif what == "remove" and items:
            items.pop(rng.randrange(len(items)))
        else:
            rng.shuffle(items)

    return edit


def _factor(data: Data, rng: Random) -> None:
    if data["factors"]:
        rng.choice(data["factors"])["when"] = rng.choice(CONDITIONS)


def _core(data: Data, rng: Random) -> None:
    question = rng.choice(data["method"]["core"] or [{}])
    question.update(rng.choice([{"facts": ["law.published"]}, {"when": "type == detention"}, {"stage": "aim"}]))


def _engagement(data: Data, rng: Random) -> None:
    right = rng.choice(RIGHTS)
    if rng.random() < 0.3:
        data["engagement"].pop(right, None)
    else:
        data["engagement"][right] = {"when": rng.choice(CONDITIONS)}


def _standards(data: Data, rng: Random) -> None:
    held, right = data["standards"], rng.choice(RIGHTS)
    what = rng.choice(["cell", "gone", "protects", "party", "protocol", "title"])
    if what == "cell":
        held["articles"].setdefault(right, {})[rng.choice(STANDARDS)] = {"article": f"art {rng.randrange(9)}"}
    elif what == "gone":
        held["articles"].get(right, {}).pop(rng.choice(["iccpr", "echr"]), None)
    elif what == "protects":
        held["standards"][rng.choice(["iccpr", "echr"])]["protects"] = rng.choice(CONDITIONS)
    elif what == "party":
        entry = {"in_force": f"{rng.randrange(1960, 2010)}-01-01"}
        held["parties"].setdefault(rng.choice(["KZ", "FR"]), {})[rng.choice(["iccpr", "echr"])] = entry
    elif what == "protocol":
        held.setdefault("protocols", {})["p-1"] = {"title": "Protocol", "standard": "echr", "source": "a-treaty"}
        held["articles"].setdefault(right, {})["echr"] = {"article": "art 1", "protocol": "p-1"}
    else:
        held["standards"]["cat"]["title"] = f"Title {rng.randrange(9)}"


def _aims(data: Data, rng: Random) -> None:
    if rng.random() < 0.5:
        data["aims"]["maps"]["national-security"] = [f"aim-{rng.randrange(3)}"]
    else:
        data["aims"]["articles"].setdefault(rng.choice(RIGHTS), {})["iccpr"] = [f"aim-{rng.randrange(3)}"]


def _play(data: Data, rng: Random) -> None:
    groups = rng.sample(["law", "aim", "assembly", "detention", "sanction"], 2)
    if rng.random() < 0.4:
        data["in_play"]["always"] = groups
    else:
        data["in_play"]["types"][rng.choice(["assembly-ban", "detention", "religious-ban"])] = groups


def _presumption(data: Data, rng: Random) -> None:
    for item in data["presumptions"][:1]:
        item["when"] = rng.choice(CONDITIONS)


def _words(data: Data, rng: Random) -> None:
    what = rng.randrange(8)
    if what == 0:
        data["propositions"][0]["proposition"] = f"Something else {rng.randrange(9)}."
    elif what == 1:
        data["sources"][0]["year"] = rng.randrange(1948, 2020)
    elif what == 2:
        data["glossary"] = {"term": f"Meaning {rng.randrange(9)}"}
    elif what == 3:
        data["phrases"] = {"law.basis": {"statute": f"by law {rng.randrange(9)}"}}
    elif what == 4:
        data["severity"]["scale"] = [{"grade": "grave", "when": rng.choice(CONDITIONS), "because": "It is."}]
    elif what == 5:
        data["amendments"] = {"switch": rng.randrange(1, 9)}
    elif what == 6:
        data["version"] = f"1.{rng.randrange(9)}.0"
    else:
        reasons = [[], ["Reason 0."], ["Reason 1."]][rng.randrange(3)]
        data["not_modelled"] = [{"id": "a-treaty-1", "reason": reason} for reason in reasons]


EDITS: list[Callable[[Data, Random], None]] = [
    *[_rule] * 8,
    _list("rules"),
    _list("presumptions"),
    _list("core"),
    *[_factor] * 3,
    _core,
    _engagement,
    _standards,
    _aims,
    _play,
    _presumption,
    _words,
]


def edited(book: Rulebook, rng: Random, count: int) -> Rulebook:
    """A rulebook after some random edits; one that would not load is left out."""
    data = book.content.model_dump(exclude_none=True)
    for _ in range(count):
        tried = copy.deepcopy(data)
        rng.choice(EDITS)(tried, rng)
        try:
            book = rulebook_from_content(tried)
        except InputError:
            continue
        data = tried
    return book


__all__ = ["edited"]
