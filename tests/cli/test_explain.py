"""Explanations and amendments at the command line: formats, depth, and faults of usage."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from rightscheck.cli.main import cli
from rightscheck.problems import InputError
from rightscheck.resources import bundled

SEEDS = bundled("cases") / "seeds"
SHUTDOWN = str(SEEDS / "kz-2016-website-shutdown.yaml")
BILL = str(SEEDS / "kz-2005-national-security-bill.yaml")


def run(*args: str) -> str:
    result = CliRunner().invoke(cli, list(args), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_terminal_tells_verdict_law_evidence_and_cure() -> None:
    told = " ".join(run("explain", SHUTDOWN).replace("│", " ").split())

    for part in ("the verdict is high", "The block covers the whole site.", "Evidence:", "Law (iccpr)", "How to mend"):
        assert part in told


def test_depth_cuts_the_tree() -> None:
    def depth(line: dict[str, object]) -> int:
        below = line.get("children", [])
        assert isinstance(below, list)
        return 1 + max((depth(child) for child in below), default=0)

    (whole,) = json.loads(run("explain", SHUTDOWN, "--format", "json"))
    (short,) = json.loads(run("explain", SHUTDOWN, "--format", "json", "--depth", "1"))
    assert depth(short) == 2 < depth(whole)
    assert "- Right: expression" in run("explain", SHUTDOWN, "--format", "md", "--depth", "1")


def test_a_silent_rule_names_the_least_that_keeps_it_silent() -> None:
    told = run("explain", SHUTDOWN, "--rule", "assembly-blanket", "--format", "md")

    assert "did not fire" in told
    assert "This alone keeps it silent, whatever else is true:" in told


def test_exceptions_stand_first() -> None:
    (tree,) = json.loads(run("explain", SHUTDOWN, "--rule", "expr-site-blocked-for-items", "--format", "json"))
    heads = [line["text"].split()[0] for line in tree["children"][0]["children"]]

    assert heads[:2] == ["Exception", "Condition"]


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        (["explain", SHUTDOWN, "--right", "expresion"], "expression"),
        (["explain", SHUTDOWN, "--rule", "expr-site-blocked-for-item"], "expr-site-blocked-for-items"),
        (["explain", SHUTDOWN, "--measure", "website-shutdwn"], "website-shutdown"),
        (["explain", SHUTDOWN, "--sensitivity", "--right", "expression"], "whole measure"),
        (["ask", SHUTDOWN, "-o", "x.yaml"], "--interactive"),
        (["ask", SHUTDOWN, "--again"], "--interactive"),
        (["explain", SHUTDOWN, "--right", "xyz"], "there are life, torture"),
    ],
)
def test_faults_name_what_is_meant(args: list[str], hint: str) -> None:
    with pytest.raises(InputError, match=hint):
        run(*args)


def test_amendments_in_every_format() -> None:
    text = run("amend", SHUTDOWN, "--sets", "1")
    (data,) = json.loads(run("amend", SHUTDOWN, "--sets", "1", "--format", "json"))

    assert "Change: What is blocked?" in text
    assert "rule expr-site-blocked-for-items" in text
    assert data["amendments"][0]["changes"]
    assert run("amend", SHUTDOWN, "--sets", "1", "--format", "md").startswith("## ")


def test_sets_that_differ_in_what_they_confirm_stand_together() -> None:
    text = run("amend", SHUTDOWN, "--sets", "3")
    (data,) = json.loads(run("amend", SHUTDOWN, "--sets", "3", "--format", "json"))
    sets = data["amendments"]
    changed = [[c["fact"] for c in item["changes"] if not c["confirm"]] for item in sets]

    assert len(sets) == 3
    assert changed[0] == changed[1] == changed[2]
    assert "  1-3. Then moderate" in text
    assert text.count("Change: ") == len(changed[0])
    assert all(f"[{c['fact']}]" in text for item in sets for c in item["changes"])


def test_addresses_are_whole_and_what_is_folded_can_be_had() -> None:
    short, whole = run("explain", SHUTDOWN), run("explain", SHUTDOWN, "--full")

    assert any(line.split(": ")[-1].startswith("https://") for line in short.splitlines())
    assert len(whole) > len(short)
    assert "Verdict of this right" not in short or "Verdict of this right" in whole


def test_where_no_redrafting_helps_the_rules_are_named() -> None:
    told = run("amend", BILL, "--measure", "missionary-limits")

    assert "No amendment short of dropping it" in told
    assert "stands" in told
    assert "drafting does not change: " in told
    rules = [part.split(";")[0].split()[0] for part in told.split("; rule ")[1:]]
    assert len(rules) == len(set(rules))
