"""The published figures of agreement with decided cases: one dated table a rulebook, kept in a Markdown file.

The file is a person's too: what stands outside the marked tables is left as it is.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from pathlib import Path

from rightscheck.audit.decided import Figures, Ruling, figures, groups_of
from rightscheck.problems import SurroundingsError
from rightscheck.rulebook.book import Rulebook

_HEAD = """# Agreement with decided cases

Made by `rightscheck audit decided FOLDER --write docs/fidelity.md`: one table a day and rulebook, newest last. What
stands outside the marked tables is written by hand.

A ruling is one right of one decided case. A violation agrees with `incompatible` or `high`, no violation with
`moderate` or `low`; a right that is not reported counts as undetermined, and of several measures the gravest counts.
Rates are of the determined rulings. *Majority* is the share that always giving the commoner answer would reach. Half A
are the cases whose reference has a SHA-256 that begins with 0 to 7, half B the others: rules are written from the law
and half A, and half B is run on a frozen rulebook. Figures on B of a later rulebook are marked *after seeing B*.
"""
_ENTRY = re.compile(
    r"<!-- figures (?P<date>\d{4}-\d{2}-\d{2}) (?P<digest>[0-9a-f]{64})(?: (?P<set>\S+))? -->\n"
    r"(?P<body>.*?)<!-- end of figures -->\n?",
    re.DOTALL,
)
_COLUMNS = (
    "",
    "rulings",
    "violations",
    "agreement",
    "95% interval",
    "majority",
    "balanced",
    "MCC",
    "undetermined",
    "low on violation",
    "moderate from live rules alone",
)


def share(value: float | None) -> str:
    """Return a share in percent, or a dash where there is none."""
    return "-" if value is None else f"{value:.1%}"


def _cells(f: Figures) -> tuple[str, ...]:
    """Return figures as the cells of a row, without its name."""
    interval = "-" if f.wilson is None else f"{f.wilson[0]:.1%} to {f.wilson[1]:.1%}"
    left = f.rulings - f.determined
    return (
        str(f.rulings),
        str(f.violations),
        f"{share(f.agreement)} ({f.agreeing} of {f.determined})",
        interval,
        share(f.majority),
        share(f.balanced),
        "-" if f.matthews is None else f"{f.matthews:.2f}",
        f"{left} ({left / f.rulings:.1%})" if f.rulings else "0",
        str(f.low_on_violation),
        str(f.moderate_live),
    )


def updated(
    text: str, book: Rulebook, rulings: Iterable[Ruling], date: datetime.date, note: str = "", batch: str = ""
) -> str:
    """Return a document's text with the table of a day and rulebook put in, or put in anew where it has it.

    Args:
        text: the document as it is; empty for a new one.
        book: the rulebook.
        rulings: what it says of the decided cases.
        date: the day the figures are of.
        note: a line put above the table.
        batch: the name of a batch of cases that is run whole, not in halves; empty for the cases of both halves.
    """
    every = list(rulings)
    entries = list(_ENTRY.finditer(text))
    same = [entry for entry in entries if (entry["set"] or "") == batch]
    block = _entry(book, every, date, note, _seen(same, book.sha256), batch)
    for entry in same:
        if (entry["date"], entry["digest"]) == (date.isoformat(), book.sha256):
            return text[: entry.start()] + block + text[entry.end() :]
    if entries:
        end = entries[-1].end()
        return f"{text[:end]}\n{block}{text[end:]}"
    return f"{(text or _HEAD).rstrip()}\n\n{block}"


def _seen(entries: list[re.Match[str]], digest: str) -> bool:
    """Whether half B, or the batch, was run on another rulebook before this one was first run on it."""
    run = [e for e in entries if e["set"] or "| half: B" in e["body"]]
    if any(e["digest"] == digest and "(after seeing" not in e["body"] for e in run):
        return False
    return any(e["digest"] != digest for e in run)


def _entry(book: Rulebook, rulings: list[Ruling], date: datetime.date, note: str, seen: bool, batch: str) -> str:
    content = book.content
    cases = len({r.case for r in rulings})
    lines = [
        f"<!-- figures {date.isoformat()} {book.sha256}{' ' + batch if batch else ''} -->",
        f"## {date.isoformat()}: {content.name} {content.version}{', ' + batch if batch else ''}",
        "",
        f"{len(content.rules)} rules, {len(content.factors)} factors; sha256 `{book.sha256}`; {cases} cases.",
        "",
    ]
    if note:
        lines += [" ".join(note.split()), ""]
    lines += [f"| {' | '.join(_COLUMNS)} |".replace("|  |", "| |"), "|---" * len(_COLUMNS) + "|"]
    for name, items in groups_of(rulings).items():
        if batch and name.startswith("half: "):
            continue
        mark = " (after seeing B)" if name == "half: B" and seen else ""
        mark = " (after seeing these cases)" if batch and name == "all" and seen else mark
        lines.append(f"| {name}{mark} | {' | '.join(_cells(figures(items)))} |")
    return "\n".join([*lines, "", "<!-- end of figures -->", ""])


def write_figures(
    path: Path, book: Rulebook, rulings: Iterable[Ruling], date: datetime.date, note: str = "", batch: str = ""
) -> None:
    """Put the table of a day and rulebook into a Markdown file, which is made where there is none.

    Raises:
        SurroundingsError: the file cannot be read or written.
    """
    try:
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        path.write_text(updated(text, book, rulings, date, note, batch), encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SurroundingsError(f"{path}: {error}") from None
