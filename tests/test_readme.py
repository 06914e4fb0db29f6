"""The README's worked examples are what the program prints.

To write it anew: `RIGHTSCHECK_WRITE_README=1 pytest tests/test_readme.py`.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from rightscheck.cli.main import run

README = Path(__file__).resolve().parent.parent / "README.md"
CASE = "cases/seeds/kz-2016-website-shutdown.yaml"
COMMANDS = {
    "verdict": f"assess {CASE} --no-store",
    "why": f"explain {CASE} --rule expr-site-blocked-for-items",
    "ask": f"ask {CASE} --limit 3",
    "amend": f"amend {CASE}",
}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_worked_examples_are_what_the_program_prints(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(README.parent)
    monkeypatch.setenv("NO_COLOR", "1")
    assert run(COMMANDS[name].split()) == 0
    printed = "\n".join(line.rstrip() for line in capsys.readouterr().out.rstrip().splitlines())
    text = README.read_text("utf-8")
    begin, end = f"<!-- example {name}: begin -->", f"<!-- example {name}: end -->"
    block = f"{begin}\n```console\n$ rightscheck {COMMANDS[name]}\n{printed}\n```\n{end}"
    wanted, count = re.subn(f"{begin}\n.*{end}", lambda _: block, text, flags=re.S)
    assert count == 1
    if os.environ.get("RIGHTSCHECK_WRITE_README"):
        README.write_text(wanted, "utf-8")

    assert README.read_text("utf-8") == wanted
