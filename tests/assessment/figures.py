"""What an explanation, the questions to ask and amendments cost, in seconds of processor time.

    python -m tests.assessment.figures [HOW_MANY]

Each figure is taken on the measures of the seed cases and on random ones, half of them such that redrafting may mend
them, with the full rulebook; loading it is not counted.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from rightscheck.assessment.amend import amend
from rightscheck.assessment.ask import ask
from rightscheck.assessment.assess import setting_of
from rightscheck.assessment.probe import Probe
from rightscheck.facts.case import measures_of, parse_date
from rightscheck.facts.read import read_case
from rightscheck.resources import bundled
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.load import load_rulebook
from tests.assessment.test_amend import some_measure


def seeds(book: Rulebook) -> list[Probe]:
    found = []
    for path in sorted(Path(str(bundled("cases") / "seeds")).glob("kz-*.yaml")):
        case = read_case(path).case
        setting = setting_of(book, case.country, parse_date(case.date) if case.date else None, case.standards)
        found += [Probe(book, setting, measure.facts()) for measure in measures_of(case)]
    return found


def again(probe: Probe) -> Probe:
    """The same question with nothing remembered."""
    return Probe(probe.book, probe.setting, probe.facts)


def took(act: Callable[[Probe], Any], probes: list[Probe]) -> dict[str, float]:
    seconds = []
    for probe in probes:
        fresh = again(probe)
        start = time.process_time()
        act(fresh)
        seconds.append(time.process_time() - start)
    seconds.sort()
    last = len(seconds) - 1
    return {
        "measures": len(seconds),
        "p50": round(seconds[last // 2], 3),
        "p95": round(seconds[round(last * 0.95)], 3),
        "max": round(seconds[last], 3),
    }


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    book = load_rulebook()
    random = [some_measure(book, seed)[0] for seed in range(count)]
    Random(1).shuffle(random)
    acts: dict[str, Callable[[Probe], Any]] = {
        "one smallest set": lambda p: amend(p, "moderate", limit=1),
        "one smallest set, to low": lambda p: amend(p, "low", limit=1),
        "all sets of up to five changes": lambda p: amend(p, "moderate", limit=None),
        "questions to ask": ask,
    }
    ask(again(random[0]))
    for name, act in acts.items():
        for which, probes in (("seed cases", seeds(book)), ("random", random)):
            print(json.dumps({"figure": name, "on": which, **took(act, probes)}), flush=True)


if __name__ == "__main__":
    main()
