"""What an analyst reads after a batch run: counts and shares as plain tables, for the terminal and for a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rightscheck.audit.circuit import STATES, VERDICTS
from rightscheck.audit.tally import Tally
from rightscheck.facts.vocabulary import vocabulary

ORDER = ("incompatible", "high", "moderate", "low", "undetermined")
MOST = 25


@dataclass(frozen=True)
class Part:
    """One table of the summary; with `verdicts` its last columns count the verdicts in `ORDER`."""

    title: str
    note: str
    heads: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    verdicts: list[tuple[str, list[int]]] | None = None


def _ordered(counts: Sequence[int]) -> list[int]:
    return [counts[VERDICTS.index(name)] for name in ORDER]


def share(part: float, whole: float) -> str:
    """Return a share in per cent."""
    return f"{part / whole:.1%}" if whole else "-"


def _verdict_part(title: str, note: str, head: str, items: list[tuple[str, list[int]]]) -> Part:
    lines = [(name, _ordered(counts)) for name, counts in items]
    rows = [(name, f"{sum(counts):,}", *(f"{n:,}" for n in counts)) for name, counts in lines]
    return Part(title, note, (head, "measures", *ORDER), rows, lines)


def parts_of(tally: Tally) -> list[Part]:
    """Return the tables of a summary."""
    by, total = tally.by, tally.rows
    found = [_verdict_part("Verdicts", "Every measure that could be read.", "", [("all measures", tally.verdicts)])]
    rights = [(name, by["right"][name]) for name in tally.book.trees.engagement if name in by["right"]]
    found.append(_verdict_part("By right", "A measure counts once for each right it touches.", "right", rights))
    for kind, title in (("country", "By country"), ("type", "By type of measure")):
        items = sorted(by[kind].items(), key=lambda i: (-sum(i[1]), i[0]))
        note = f"The {MOST} with most measures of {len(items)}." if len(items) > MOST else ""
        found.append(_verdict_part(title, note, kind, items[:MOST]))
    years = sorted(by["year"].items(), key=lambda i: (i[0] == "none", i[0].zfill(4)))
    found.append(_verdict_part("By year", "", "year", years))
    found.append(_rules(tally, total))
    found.append(_unknown(tally, total))
    if tally.repeats:
        found.append(_repeats(tally))
    if tally.rejected:
        rows = [(name, f"{count:,}") for name, count in sorted(tally.rejects.items(), key=lambda i: -i[1])[:MOST]]
        note = f"{tally.rejected:,} rows could not be read and are not counted above; each fault stands in the rejects."
        found.append(Part("Rejected", note, ("column", "faults"), rows))
    return found


def _rules(tally: Tally, total: int) -> Part:
    place = {name: STATES.index(name) for name in STATES}
    seen = ((n, c) for n, c in tally.rules.items() if c[place["fired"]] or c[place["live"]])
    ranked = sorted(seen, key=lambda i: (-i[1][place["fired"]], -i[1][place["live"]], i[0]))
    rows = []
    for name, counts in ranked[: 2 * MOST]:
        rule = tally.book.rules[name]
        shares = (
            f"{counts[place[s]]:,} ({share(counts[place[s]], total)})"
            for s in ("fired", "rebuttable", "excused", "live")
        )
        rows.append((name, rule.title, rule.effect, *shares))
    silent = sum(1 for name in tally.book.rules if not tally.rules.get(name, [0])[0])
    note = f"The {len(rows)} that fire most, under standards of the measure's State; {silent} rules never fire here."
    return Part("Rules", note, ("rule", "title", "effect", "fired", "of these rebuttable", "excused", "live"), rows)


def _unknown(tally: Tally, total: int) -> Part:
    ranked = sorted(tally.facts.items(), key=lambda i: (-i[1], i[0]))[:MOST]
    rows = [(name, vocabulary()[name].asks, f"{count:,}", share(count, total)) for name, count in ranked]
    note = "Each would answer a core question that keeps a right undetermined; one answer a question is enough."
    return Part("Unknown facts behind undetermined verdicts", note, ("fact", "question", "measures", "share"), rows)


def _repeats(tally: Tally) -> Part:
    rows = [("warning", ", ".join(f"{n:,}" for n in numbers)) for numbers in tally.repeats["first"]]
    note = (
        f"Measures: {tally.repeats['measures']:,}, rows in which they stand: {tally.repeats['rows']:,}."
        " Every row is evaluated and counted by itself; the table should say each measure once."
    )
    return Part("Measures given more than once", note, ("", "rows"), rows)


def head_of(tally: Tally, described: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what the summary is of."""
    book = tally.book
    return [
        ("table", str(described.get("table", ""))),
        ("measures", f"{tally.rows:,}"),
        ("rejected rows", f"{tally.rejected:,}"),
        ("rulebook", f"{book.content.name} {book.content.version}, {book.sha256[:16]}"),
    ]


def print_summary(tally: Tally, console: Any, most: int = 12) -> None:
    """Print the tables on a rich console."""
    from rich.table import Table

    for part in parts_of(tally):
        if not part.rows:
            continue
        table = Table(title=part.title, title_justify="left", caption=part.note, caption_justify="left", min_width=72)
        for number, head in enumerate(part.heads):
            left = number == 0 or head in ("title", "question", "effect")
            table.add_column(head, justify="left" if left else "right", overflow="fold")
        for row in part.rows[:most]:
            table.add_row(*row)
        console.print(table)


__all__ = ["ORDER", "Part", "head_of", "parts_of", "print_summary", "share"]
