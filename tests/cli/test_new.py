"""A new case file loads as it is, asks what matters, and holds no answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from rightscheck.cli.main import cli
from rightscheck.cli.new import facts_that_matter, skeleton
from rightscheck.facts.case import measures_of
from rightscheck.facts.read import read_case, read_case_bytes
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.problems import InputError
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.load import load_rulebook


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_rulebook()


@pytest.mark.parametrize("type_", list(vocabulary()["type"].values)[::4])
def test_it_loads_with_nothing_but_its_type(book: Rulebook, type_: str) -> None:
    text = skeleton(book, type_, "my-case")
    (measure,) = measures_of(read_case_bytes(text.encode()).case)
    names, core = facts_that_matter(book, type_)

    assert measure.facts() == {"type": type_}
    assert core & set(names)
    assert all(f"\n      {n.rpartition('.')[2]}:\n" in text for n in names if "." in n)


def test_it_is_written_once(tmp_path: Path) -> None:
    file = tmp_path / "Ünser Fall 1.yaml"
    runner = CliRunner()
    done = runner.invoke(cli, ["new", "--type", "detention", str(file)], catch_exceptions=False)

    assert done.exit_code == 0
    assert read_case(file).case.case == "nser-fall-1"
    with pytest.raises(InputError, match="there already"):
        runner.invoke(cli, ["new", str(file)], catch_exceptions=False)
    with pytest.raises(InputError, match="detention"):
        runner.invoke(cli, ["new", "--type", "detentoin", str(file)], catch_exceptions=False)


def test_without_a_type_every_type_is_listed(book: Rulebook) -> None:
    text = skeleton(book, None, "my-case")

    assert all(f"{value}:" in text for value in vocabulary()["type"].values)
    assert "\n    type:\n" in text
