"""Measures speed and writes docs/performance.md; `--quick` for a short run that writes nothing."""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
import json
import math
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.history import history
from benchmarks.lang import Lang, rate
from benchmarks.peers import peers
from benchmarks.table import write_table
from rightscheck.assessment.assess import Reader, assess_case, judge
from rightscheck.assessment.situation import situate
from rightscheck.audit.batch import run
from rightscheck.audit.kernel import Kernel
from rightscheck.audit.outputs import Output
from rightscheck.audit.source import table_source
from rightscheck.audit.tables import units
from rightscheck.facts.read import read_case
from rightscheck.readings.durable import Durable
from rightscheck.resources import bundled
from rightscheck.rulebook.load import load_rulebook

ROOT = Path(__file__).resolve().parents[1]
VERSIONS = ("durable-rules", "numpy", "pyarrow", "pydantic", "zen-engine")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def batch(folder: Path, rows: int) -> dict[str, float]:
    """Run the command on a table, start-up and sample check included; a process of its own, for its memory."""
    table, out = folder / f"m{rows}.parquet", folder / f"o{rows}.parquet"
    write_table(table, rows, load_rulebook())
    command = [sys.executable, "-m", "benchmarks", "--one", str(table), str(out)]
    started = time.perf_counter()
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    took = time.perf_counter() - started
    size = out.stat().st_size
    out.unlink()
    found = json.loads(told.splitlines()[-1])
    return {"rows": rows, "seconds": took, "bytes": size, **found}


def one(table: Path, out: Path) -> None:
    """One run of the command with its sample check; prints the time of evaluation, processor time and memory."""
    from rightscheck.cli.main import run as command

    code = command(["audit", "cases", str(table), "-o", str(out), "--force", "--format", "json"])
    assert code == 0
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(u.ru_utime + u.ru_stime for u in used)
    status = Path("/proc/self/status")  # unlike ru_maxrss, its high-water mark leaves out the process that started us
    lines = status.read_text().splitlines() if status.exists() else []
    peak = next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), used[0].ru_maxrss)
    print(json.dumps({"cpu": cpu, "memory": peak / 1024, "child": used[1].ru_maxrss / 1024}))


def percentiles(times: list[float]) -> tuple[float, float]:
    ordered = sorted(times)
    return statistics.median(ordered) * 1000, ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] * 1000


def readings(folder: Path, seconds: float) -> dict[str, Any]:
    """The same measures through columns, the durable reading and durable.lang, in one process."""
    book = load_rulebook()
    table = folder / "readings.parquet"
    write_table(table, 65_536, book)
    kernel = Kernel(book)
    every = list(units(table))
    first = kernel.encode(every[0])
    kernel.evaluate(first)
    started = time.perf_counter()
    for unit in every:
        kernel.evaluate(kernel.encode(unit))
    columns = 65_536 / (time.perf_counter() - started)
    started = time.perf_counter()
    run(table_source(table), Output(folder / "readings.out.parquet", "parquet", {}, force=True), kernel)
    whole = 65_536 / (time.perf_counter() - started)
    trees = book.trees
    presumable = frozenset(p.fact for p in book.content.presumptions)
    durable = Durable(trees.factors, trees.when, trees.unless, frozenset(book.content.in_play.always), presumable)
    measures = [first.facts(row) for row in range(4000)]
    situations = [situate(book, facts)[0] for facts in measures]
    durable.read(situations[0])
    started, done = time.perf_counter(), 0
    while time.perf_counter() - started < seconds:
        durable.read(situations[done % 4000])
        done += 1
    driven = done / (time.perf_counter() - started)
    documented = Lang(book, durable)
    lang, lang_rows, wrong = rate(documented, book, durable, measures, seconds)
    known = peers(book, durable, documented, kernel, seconds)
    reader = Reader(book)
    judge(reader, measures[0], kernel.standing.setting("", 0, ()))
    started, judged = time.perf_counter(), 0
    while time.perf_counter() - started < seconds:
        country, day = first.countries[first.country_codes[judged]], int(first.days[judged])
        judge(reader, measures[judged], kernel.standing.setting(country, day, ()))
        judged += 1
    both = judged / (time.perf_counter() - started)
    return {"columns": columns, "batch": whole, "durable": driven, "lang": lang, "lang_rows": lang_rows,
            "lang_wrong": wrong, "judge": both, "known": known, "rules": len(book.rules),
            "gates": len(kernel.program)}  # fmt: skip


def assessing(seconds: float) -> dict[str, float]:
    """`assess` in one process on the bundled cases: both readings, compared, with sentences and sources."""
    reader = Reader(load_rulebook())
    cases = [read_case(p).case for p in sorted((bundled("cases") / "decided").glob("*.yaml"))]
    times: list[float] = []
    started = time.perf_counter()
    while time.perf_counter() - started < seconds:
        for case in cases:
            begun = time.perf_counter()
            found = assess_case(reader, case)
            times.append((time.perf_counter() - begun) / len(found))
    p50, p99 = percentiles(times)
    return {"p50": p50, "p99": p99, "measures": len(times)}


def cold_start(times: int) -> dict[str, float]:
    """Start of the command: help, and one case assessed without storing, the rulebook's cache warm."""
    case = str(sorted((bundled("cases") / "seeds").glob("kz-*.yaml"))[0])
    found = {}
    for name, args in {"help": ["--help"], "assess": ["assess", "--no-store", case]}.items():
        took = []
        for _ in range(times):
            started = time.perf_counter()
            command = [sys.executable, "-c", "from rightscheck.cli.main import main; main()", *args]
            subprocess.run(command, check=True, capture_output=True)
            took.append(time.perf_counter() - started)
        found[name] = statistics.median(took)
    return found


def exponent(points: list[dict[str, float]]) -> float:
    """The slope of log time on log rows between the two largest runs, the smallest run (start-up) taken off."""
    first, one, two = points[0], points[-2], points[-1]
    times = (two["seconds"] - first["seconds"]) / max(one["seconds"] - first["seconds"], 1e-9)
    rows = (two["rows"] - first["rows"]) / (one["rows"] - first["rows"])
    return math.log(max(times, 1e-9)) / math.log(rows)


def machine() -> str:
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        named = [
            line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        name = named[0] if named else name
    load = f"load {os.getloadavg()[0]:.1f} when it began"
    return f"{name}, {os.cpu_count()} cores, {load}; {platform.system()}, Python {platform.python_version()}"


def known_part(known: dict[str, Any]) -> list[str]:
    lines = [
        "",
        "## Other engines on the same rules: fully known measures",
        "",
        "zen-engine and a plain Python function hold two truth values, so these measures have every fact known; a rule",
        "is fired, excused or silent. The rulebook is translated for each (`benchmarks/peers.py`); the states of up to",
        "200 measures are compared with the durable reading's. The columns give verdicts too, the others states alone.",
        "",
        "| engine | measures a second | times durable.lang | compared | differ |",
        "|---|---|---|---|---|",
    ]
    for name, key in (
        ("columns: cells to verdicts", "columns"),
        ("one generated Python function (limit of one process)", "python"),
        ("zen-engine, one list expression a stratum", "zen"),
        ("durable: rule states alone", "durable"),
        ("`durable.lang`, the documented loop", "lang"),
    ):
        k = known[key]
        ratio = k["rate"] / known["lang"]["rate"]
        lines.append(f"| {name} | {k['rate']:,.1f} | {ratio:,.1f} | {k['checked']} | {k['wrong']} |")
    return lines


def history_part(h: dict[str, Any]) -> list[str]:
    deep = f", with `--deep` {h['deep']:.1f} s" if h["deep"] else ""
    return [
        "## History: SQLite",
        "",
        f"{h['amount']:,} assessments of the decided cases, {h['bytes']:,.0f} bytes each. Storing one in its own"
        f" transaction takes {h['single']:.1f} ms (median); in one for all {h['together']:,.0f} a second are stored.",
        f"The slowest of five searches took {h['search']:.0f} ms, of four listings by filters {h['filter']:.0f} ms;"
        f" `verify` {h['verify']:.2f} s{deep}.",
        "",
    ]


def page(
    host: str,
    r: dict[str, Any],
    a: dict[str, float],
    c: dict[str, float],
    b: list[dict[str, float]],
    h: dict[str, Any],
) -> str:
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in VERSIONS)
    lines = [
        "# Performance",
        "",
        "Written by `python -m benchmarks`; all figures are from one run. Ratios carry over to other machines,",
        "times do not.",
        "",
        f"{datetime.date.today().isoformat()}; {host}; {versions}; rulebook of {r['rules']} rules.",
        "",
        "## Readings of the same rules, one process",
        "",
        "Measures with about 60 facts of the whole vocabulary, on all rules.",
        "",
        "| reading | measures a second | times durable.lang |",
        "|---|---|---|",
    ]
    for name, key in (
        ("columns: cells to verdicts", "columns"),
        ("columns: Parquet to Parquet, results written", "batch"),
        ("durable: rule states alone", "durable"),
        ("durable and reference compared, verdicts", "judge"),
        ("`durable.lang`, the documented loop: rule states alone", "lang"),
    ):
        lines.append(f"| {name} | {r[key]:,.1f} | {r[key] / r['lang']:,.1f} |")
    lines += [
        "",
        f"`durable.lang` ran {r['lang_rows']} measures, {r['lang_wrong']} with other states than the durable reading."
        " It is given the same small rulesets: the whole rulebook as one is more than it can hold."
        f" The columns' circuit has {r['gates']:,} gates.",
        *known_part(r["known"]),
        "",
        "## Batch: `audit cases`, Parquet to Parquet, start-up and sample check included",
        "",
        "| rows | seconds | processor seconds | rows a second | memory MB | MB of the checker | bytes a row |",
        "|---|---|---|---|---|---|---|",
    ]
    for p in b:
        cells = [f"{p['rows']:,.0f}", f"{p['seconds']:.1f}", f"{p['cpu']:.1f}", f"{p['rows'] / p['seconds']:,.0f}"]
        cells += [f"{p['memory']:,.0f}", f"{p['child']:,.0f}", f"{p['bytes'] / p['rows']:,.0f}"]
        lines.append(f"| {' | '.join(cells)} |")
    lines += [
        "",
        f"Time grows with rows to the power {exponent(b):.2f}, start-up taken off." if len(b) > 2 else "",
        "",
        "## One measure",
        "",
        f"`assess` in one process, both readings compared: p50 {a['p50']:.1f} ms, p99 {a['p99']:.1f} ms a measure"
        f" ({a['measures']} runs over the decided cases).",
        "",
        f"Cold start: `--help` {c['help']:.2f} s, `assess --no-store` of one case {c['assess']:.2f} s (medians).",
        "",
        *history_part(h),
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rows", type=int, nargs="*", help="rows of the batch runs")
    parser.add_argument("--one", nargs=2, type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        one(*given.one)
        return
    host = machine()
    sizes = given.rows or ([5_000, 20_000] if given.quick else [10_000, 100_000, 1_000_000, 3_000_000])
    seconds = 2.0 if given.quick else 10.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        say("readings")
        found = readings(folder, seconds)
        say("assess")
        single = assessing(seconds)
        say("cold start")
        cold = cold_start(3 if given.quick else 7)
        say("history")
        kept = history(folder, *((300, 50) if given.quick else (10_000, 500)))
        points = []
        for rows in sizes:
            say(f"batch of {rows:,}")
            points.append(batch(folder, rows))
            say(json.dumps(points[-1]))
    text = page(host, found, single, cold, points, kept)
    print(text)
    if not given.quick:
        (ROOT / "docs" / "performance.md").write_text(text)


if __name__ == "__main__":
    main()
