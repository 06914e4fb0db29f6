"""The interview on plain standard input: every answer is kept at once, and it goes on where it broke off."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from rightscheck.cli.main import cli
from rightscheck.facts.case import measures_of
from rightscheck.facts.read import read_case
from rightscheck.resources import bundled

SEED = bundled("cases") / "seeds" / "kz-2016-website-shutdown.yaml"


def run(*args: str, said: str = "") -> str:
    result = CliRunner().invoke(cli, list(args), input=said, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_an_interview_keeps_answers_and_goes_on(tmp_path: Path) -> None:
    out = tmp_path / "answered.yaml"
    first = run("ask", str(SEED), "-i", "-o", str(out), said="?\n1\n")
    before = measures_of(read_case(SEED).case)[0].facts()
    kept = measures_of(read_case(out).case)[0].facts()
    new = set(kept) - set(before)

    assert "No verdict can rest without an answer" in first
    assert len(new) == 1
    again = run("ask", str(SEED), "-i", "-o", str(out), said="q\n")
    assert "Going on with" in again
    assert f"[{next(iter(new))};" not in again


def test_one_may_go_back_and_pass(tmp_path: Path) -> None:
    out = tmp_path / "answered.yaml"
    told = run("ask", str(SEED), "-i", "-o", str(out), said="b\nu\nnonsense\n99\n1\nb\nq\n")

    assert "This is the first question." in told
    assert "none of the answers" in told
    kept = measures_of(read_case(out).case)[0].facts()
    assert kept == measures_of(read_case(SEED).case)[0].facts()


def test_what_is_not_known_is_kept_and_not_asked_again(tmp_path: Path) -> None:
    out = tmp_path / "answered.yaml"
    first = run("ask", str(SEED), "-i", "-o", str(out), said="u\nu\nb\nq\n")
    (passed,) = measures_of(read_case(out).case)[0].not_known or []

    assert f"[{passed};" in first
    again = run("ask", str(SEED), "-i", "-o", str(out), said="q\n")
    assert "Going on with" in again
    assert f"[{passed};" not in again
    once_more = run("ask", str(SEED), "-i", "--again", "-o", str(out), said="1\nq\n")
    assert f"[{passed};" in once_more
    measure = measures_of(read_case(out).case)[0]
    assert passed in measure.facts()
    assert measure.not_known is None


def test_an_interview_to_the_end_leaves_nothing_asked(tmp_path: Path) -> None:
    out = tmp_path / "answered.yaml"
    told = run("ask", str(SEED), "-i", "-o", str(out), said="u\n" * 60)

    assert "what could still change a verdict is not known" in told
    again = run("ask", str(SEED), "-i", "-o", str(out))
    assert "[law." not in again
    assert "what could still change a verdict is not known" in again


def test_questions_with_one_reason_stand_together() -> None:
    told = run("ask", str(SEED))
    data = json.loads(run("ask", str(SEED), "--format", "json"))[0]

    assert "Would answer: Does a published law say clearly enough" in told
    assert told.count("Does a published law say clearly enough") == 1
    assert all(f"[{item['fact']}]" in told for item in data["ask"][:10])


def test_the_answered_file_keeps_all_of_the_case(tmp_path: Path) -> None:
    out = tmp_path / "answered.yaml"
    run("ask", str(SEED), "-i", "-o", str(out), said="q\n")

    assert read_case(out).case == read_case(SEED).case


def test_another_case_is_not_written_over(tmp_path: Path) -> None:
    out = tmp_path / "answered.yaml"
    out.write_text("case: other\ntitle: Other\nmeasures:\n  - {id: m, title: M, type: detention}\n")
    with pytest.raises(Exception, match="holds another case"):
        run("ask", str(SEED), "-i", "-o", str(out), said="q\n")


def test_json_has_every_question_with_reasons() -> None:
    (item,) = json.loads(run("ask", str(SEED), "--format", "json"))

    assert item["ask"]
    assert {"fact", "question", "can_change_measure", "because"} <= set(item["ask"][0])
    assert not item["stable"]
