"""The README's worked example is what the program prints.

To write it anew: `RIGHTSCHECK_WRITE_README=1 pytest tests/test_readme.py`.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from rightscheck.cli.main import run

README = Path(__file__).resolve().parent.parent / "README.md"
COMMAND = "assess cases/seeds/kz-2005-national-security-bill.yaml --no-store --measure revived-association-offence"
BLOCK = re.compile(r"(<!-- example: begin -->\n).*(<!-- example: end -->)", re.S)


def test_the_worked_example_is_what_the_program_prints(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(README.parent)
    monkeypatch.setenv("NO_COLOR", "1")
    assert run(COMMAND.split()) == 0
    printed = "\n".join(line.rstrip() for line in capsys.readouterr().out.rstrip().splitlines())
    text = README.read_text("utf-8")
    block = f"<!-- example: begin -->\n```console\n$ rightscheck {COMMAND}\n{printed}\n```\n<!-- example: end -->"
    wanted = BLOCK.sub(lambda _: block, text)
    if os.environ.get("RIGHTSCHECK_WRITE_README"):
        README.write_text(wanted, "utf-8")

    assert README.read_text("utf-8") == wanted
