"""The Python interface: its documentation runs, its import is light, its results show themselves."""

from __future__ import annotations

import doctest
import subprocess
import sys
from pathlib import Path

import pytest

import rightscheck as rc
from rightscheck.problems import InputError
from rightscheck.resources import bundled

SEEDS = bundled("cases") / "seeds"
ONE, SEVERAL = SEEDS / "kz-2016-website-shutdown.yaml", SEEDS / "kz-2005-national-security-bill.yaml"
DOCS = Path(__file__).parent.parent / "docs" / "api.md"


def test_the_documentation_runs() -> None:
    found = doctest.testfile(str(DOCS), module_relative=False)

    assert found.attempted > 10
    assert not found.failed


def test_the_import_loads_nothing() -> None:
    code = "import rightscheck, sys; print([m for m in sys.modules if m.startswith(('rightscheck.', 'pydantic'))])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
    assert set(rc.__all__) <= set(dir(rc))
    with pytest.raises(AttributeError):
        rc.nothing  # noqa: B018


def test_results_show_themselves_and_escape_what_they_show() -> None:
    case = {
        "case": "c",
        "title": "T",
        "country": "KZ",
        "date": "2016",
        "measures": [{"id": "m", "title": "<script>x</script>", "type": "website-blocking", "stage": "applied"}],
    }
    for shown in (rc.assess(case), rc.assess(case)[0], rc.explain(case), rc.ask(case), rc.amend(case)):
        html = shown._repr_html_()
        assert "<script>" not in html
        assert "undetermined" in html


def test_one_of_several_measures_is_chosen() -> None:
    assert len(rc.assess(SEVERAL)) > 1
    with pytest.raises(InputError, match="choose one"):
        rc.explain(SEVERAL)
    with pytest.raises(InputError, match="rally-ban"):
        rc.ask(SEVERAL, measure="raly-ban")
    assert rc.amend(SEVERAL, measure="rally-ban").verdict == "high"


def test_what_is_not_there_names_the_nearest() -> None:
    with pytest.raises(InputError, match="expr-site-blocked-for-items"):
        rc.explain(ONE, rule="expr-site-blocked-for-item")
    with pytest.raises(InputError, match="expression"):
        rc.explain(ONE, right="expresion")


def test_a_rulebook_may_be_given() -> None:
    book = rc.load_rulebook()

    assert rc.assess(ONE, rulebook=book)[0].rulebook.sha256 == book.sha256
    assert "verdict" in str(rc.explain(ONE, sensitivity=True, rulebook=book))
