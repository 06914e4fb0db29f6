"""Loading: every fault placed, the digest, the cache."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import platformdirs
import pytest

from rightscheck.problems import InputError
from rightscheck.resources import bundled
from rightscheck.rulebook.book import canonical_json
from rightscheck.rulebook.load import load_rulebook, rulebook_from_content
from tests.books import content, rule


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small rulebook on disk, made from the tests' content, with a cache of its own."""
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda *_: str(tmp_path / "cache"))
    data = content(
        [rule("a-rule", "a-factor and law.precision from vague")],
        [{"id": "a-factor", "title": "T", "when": "assembly.blanket"}],
    )
    root = tmp_path / "rules"
    (root / "law").mkdir(parents=True)
    (root / "factors").mkdir()
    (root / "assembly").mkdir()
    files: dict[str, Any] = {
        "rulebook.yaml": {k: data[k] for k in ("name", "title", "version")},
        "law/sources.yaml": data["sources"],
        "law/propositions.yaml": data["propositions"],
        "factors/all.yaml": data["factors"],
        "assembly/all.yaml": data["rules"],
        "in-play.yaml": data["in_play"],
        **{f"{k}.yaml": data[k] for k in ("engagement", "method", "standards", "aims", "severity")},
    }
    for name, value in files.items():
        (root / name).write_text(json.dumps(value, indent=1))
    return root


def faults(folder: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        load_rulebook(folder)
    return [str(p).removeprefix(f"{folder}/") for p in caught.value.problems]


def change(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new))


def test_a_folder_loads_and_its_digest_is_of_its_content(folder: Path) -> None:
    book = load_rulebook(folder)

    assert list(book.rules) == ["a-rule"]
    assert book.facts_of_rule["a-rule"] == ("assembly.blanket", "law.precision")
    assert rulebook_from_content(book.content.model_dump(exclude_none=True)).sha256 == book.sha256
    assert len(book.sha256) == 64


def test_the_digest_follows_content_and_not_layout(folder: Path) -> None:
    before = load_rulebook(folder).sha256
    (folder / "assembly/all.yaml").rename(folder / "assembly/other.yaml")
    assert load_rulebook(folder).sha256 == before
    change(folder, "assembly/other.yaml", "Because of a-rule", "Because of that rule")
    assert load_rulebook(folder).sha256 != before


WRONG = [
    (
        "assembly/all.yaml",
        "from vague",
        "from vag",
        "when: `law.precision` has no value `vag` (character 33); did you mean `vague`?",
    ),
    (
        "assembly/all.yaml",
        "a-factor and",
        "a-factr and",
        "when: no factor or fact `a-factr` (character 1); did you mean `a-factor`?",
    ),
    ("assembly/all.yaml", '"a-treaty-1"', '"a-treaty-2"', "no proposition of this id; did you mean `a-treaty-1`?"),
    ("assembly/all.yaml", '"strong"', '"strng"', "has no value 'strng'"),
    ("assembly/all.yaml", '"because"', '"becase"', "no such key here"),
    (
        "assembly/all.yaml",
        "Because of a-rule",
        "Because {law.precison}",
        "because: no fact `law.precison`; did you mean `law.precision`?",
    ),
    ("assembly/all.yaml", '"assembly"', '"asembly"', "no right `asembly`; did you mean `assembly`?"),
    ("factors/all.yaml", "assembly.blanket", "a-factor", "factors go in a circle: a-factor -> a-factor"),
    ("law/propositions.yaml", '"source": "a-treaty"', '"source": "b-treaty"', "no source of this id"),
    ("in-play.yaml", '"law"', '"lawe"', "no group of this id; did you mean `law`?"),
    ("method.yaml", "law.basis", "law.bassis", "no fact of this id; did you mean `law.basis`?"),
    ("engagement.yaml", "worship", "worshp", "when: `restricts` has no value `worshp`"),
]


@pytest.mark.parametrize(("file", "old", "new", "message"), WRONG, ids=range(len(WRONG)))
def test_each_fault_names_file_place_and_nearest(folder: Path, file: str, old: str, new: str, message: str) -> None:
    change(folder, file, old, new)
    found = [f for f in faults(folder) if message in f]

    assert found
    assert found[0].startswith(f"{file}:")
    assert int(found[0].split(":")[1]) >= 1


def test_a_proposition_stands_once_among_those_not_modelled(folder: Path) -> None:
    name = next(iter(load_rulebook(folder).propositions))
    (folder / "not-modelled").mkdir()
    entry = f"- {{id: {name}, reason: No fact speaks of it.}}\n"
    (folder / "not-modelled/all.yaml").write_text(entry)
    assert [n.id for n in load_rulebook(folder).content.not_modelled] == [name]
    (folder / "not-modelled/again.yaml").write_text(entry)
    assert any("this id is taken" in f for f in faults(folder))


def test_two_of_an_id_and_unknown_files_are_refused(folder: Path) -> None:
    shutil.copy(folder / "assembly/all.yaml", folder / "assembly/again.yaml")
    assert any("this id is taken" in f for f in faults(folder))
    (folder / "assembly/again.yaml").unlink()
    (folder / "notes.yaml").write_text("- a\n")
    assert any("not a file the rulebook knows" in f for f in faults(folder))


def test_mitigations_answer_what_can_be_answered() -> None:
    wrong = [
        rule("a", "law.published", effect="mitigates"),
        rule("b", "law.published", answers=["a"]),
        rule("c", "law.published", effect="violation"),
        rule("d", "law.published", effect="mitigates", answers=["c"]),
        rule("e", "law.published", absolute=True),
    ]
    with pytest.raises(InputError) as caught:
        rulebook_from_content(content(wrong))
    text = str(caught.value)

    assert "a mitigation names what it answers" in text
    assert "only a mitigation answers rules" in text
    assert "`c` is a violation rule; it cannot be answered" in text
    assert "an absolute bar is a violation" in text


def test_the_cache_gives_the_same_book_and_is_never_believed_when_damaged(folder: Path, tmp_path: Path) -> None:
    first = load_rulebook(folder)
    (cache,) = (tmp_path / "cache").glob("*.json")
    again = load_rulebook(folder)
    assert (again.sha256, again.trees, again.content) == (first.sha256, first.trees, first.content)
    good = cache.read_bytes()
    for damaged in (
        good[:-1],
        good.replace(b"strong", b"weakly", 1),
        b"",
        b"{}",
        good.replace(good[:8], b"00000000", 1),
    ):
        cache.write_bytes(damaged)
        assert load_rulebook(folder).trees == first.trees
        assert cache.read_bytes() == good
    change(folder, "assembly/all.yaml", "from vague", "from partly-vague")
    assert str(load_rulebook(folder).trees.when["a-rule"]) == "a-factor and law.precision from partly-vague"


def test_the_bundled_rulebook_is_the_same_from_cache_and_without() -> None:
    one, two = load_rulebook(use_cache=False), load_rulebook()

    assert one.trees == two.trees
    assert canonical_json(one.content.model_dump(exclude_none=True)) == canonical_json(
        two.content.model_dump(exclude_none=True)
    )
    assert one.sha256 == two.sha256


def test_every_rule_of_the_bundled_rulebook_has_law_cure_limits_and_authority() -> None:
    book = load_rulebook()
    for rule_ in book.content.rules:
        assert rule_.limits, rule_.id
        assert rule_.cure or rule_.effect == "mitigates", rule_.id
        for standard, names in rule_.law.items():
            weight = {book.sources[book.propositions[n].source].binding for n in names}
            assert weight, (rule_.id, standard)
        every = {book.sources[book.propositions[n].source].binding for names in rule_.law.values() for n in names}
        assert every & {"binding", "authoritative"}, rule_.id


def test_every_proposition_is_carried_or_listed_with_a_reason() -> None:
    book = load_rulebook()
    carried = {n for r in book.content.rules for names in r.law.values() for n in names}
    carried |= {n for f in book.content.factors for n in f.law} | {p.source for p in book.content.presumptions}
    listed = {n.id for n in book.content.not_modelled}
    handed = {p.id for p in book.content.propositions} - carried - listed

    assert sorted(handed) == []


def test_the_bundled_folder_is_found() -> None:
    assert (bundled("rules") / "rulebook.yaml").is_file()
