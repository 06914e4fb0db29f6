"""Assessments as tables for the terminal and as Markdown."""

from __future__ import annotations

from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from rightscheck.assessment.conditions import EFFECTS
from rightscheck.assessment.model import Assessment, FiredRule, StandardRef
from rightscheck.cli.common import COLOURS, console


def standing(result: Assessment) -> str:
    """Return the sentence that says on which standards the verdict rests."""
    weighed = {name for right in result.rights if right.engaged for name in right.by_standard}
    chosen = [s for s in result.standards if s.id in weighed] or result.standards
    if result.binding:
        return f"Standards: {_named(chosen)}."
    others = [s for s in chosen if s.status != "binding"]
    more = _named([s for s in chosen if s not in others])
    aside = f" Weighed beside them, and not the ground of this verdict: {more}." if more else ""
    return f"No binding standard: the verdict rests on {_named(others)}.{aside}"


def _named(standards: list[StandardRef]) -> str:
    return ", ".join(f"{s.id} ({s.status})" for s in standards)


def bounds(pair: tuple[str, str]) -> str:
    """Return `could be` bounds in words."""
    return f"cannot change from {pair[0]}" if pair[0] == pair[1] else f"could be {pair[0]} to {pair[1]}"


def cited(rule: FiredRule, most: int | None = None) -> str:
    """Return a rule's law in one line, unverified pinpoints marked; at most so many citations."""
    parts = []
    for source in rule.sources:
        mark = "" if source.verified == "seen" else "*"
        parts.append(f"{source.title}{', ' + source.pinpoint if source.pinpoint else ''}{mark}")
    unique = list(dict.fromkeys(parts))
    more = f"; and {len(unique) - most} more" if most is not None and len(unique) > most else ""
    return "; ".join(unique[:most]) + more


def gravest_first(fired: list[FiredRule]) -> list[FiredRule]:
    """Return each rule that fired once, the gravest first, otherwise in firing order."""
    once = {rule.rule: rule for rule in reversed(fired)}
    order = ["violation", "strong", "weak", "mitigates"]
    declared = list(once.values())
    declared.reverse()
    return sorted(declared, key=lambda rule: order.index(rule.effect))


def as_table(result: Assessment) -> None:
    """Print one assessment for a terminal."""
    out = console()
    colour = COLOURS[result.verdict]
    number = f" #{result.assessment}" if result.assessment is not None else ""
    out.print(f"[bold]{escape(result.title)}[/bold]  ({result.case} / {result.measure}{number})")
    out.print(f"  verdict [{colour}]{result.verdict}[/{colour}] ({bounds(result.could_be)})")
    out.print(f"  {escape(result.reason)}")
    out.print(f"  {standing(result)}")
    if result.rights:
        table = Table("right", "verdict", "could be", "stages", "reason", box=None, pad_edge=True)
        idle = [r for r in result.rights if not r.engaged and r.verdict == "undetermined"]
        for right in (r for r in result.rights if r not in idle):
            stages = ", ".join(f"{stage} {status}" for stage, status in right.stages.items() if status != "passed")
            name = right.right if right.engaged else f"{right.right} (possibly)"
            table.add_row(
                name,
                f"[{COLOURS[right.verdict]}]{right.verdict}[/]",
                " to ".join(right.could_be),
                stages or "all passed",
                escape(right.reason),
            )
        if table.row_count:
            out.print(table)
        if idle:
            out.print(f"  Perhaps touched, not known: {', '.join(r.right for r in idle)}.")
    for rule in gravest_first(result.fired):
        head = f"[bold]{escape(rule.because)}[/bold] ({EFFECTS[rule.effect]}; rule {rule.rule})"
        text = [head, f"Law: {escape(cited(rule, 3))}."]
        text += [f"Answered by {', '.join(rule.answered_by)}."] if rule.answered_by else []
        text += [f"Unless (not known): {', '.join(rule.rebuttable_by)}."] if rule.rebuttable_by else []
        out.print(Padding("\n".join(text), (0, 0, 0, 4)))
    live = list(dict.fromkeys(o.rule for o in result.open if o.live))
    out.print(
        f"  Rules partly met, which could still fire: {len(live)}; of which nothing is known: {result.not_examined}."
    )
    if result.unknown_that_matter:
        out.print(f"  Find out first: {', '.join(result.unknown_that_matter[:5])}.")
    for version in result.versions:
        out.print(f"  as the {version.by} has it: {version.verdict} (differs on {', '.join(version.differs_on)})")
    out.print("")


def as_markdown(result: Assessment) -> str:
    """Return one assessment as Markdown."""
    book = result.rulebook
    lines = [
        f"## {result.title}",
        "",
        f"**Verdict: {result.verdict}** ({bounds(result.could_be)}). {result.reason}",
        "",
        f"{standing(result)} Rulebook {book.name} {book.version}, sha256 `{book.sha256}`.",
        "",
        "| right | verdict | could be | stages |",
        "|---|---|---|---|",
    ]
    for right in result.rights:
        stages = ", ".join(f"{stage} {status}" for stage, status in right.stages.items())
        lines.append(f"| {right.right} | {right.verdict} | {' to '.join(right.could_be)} | {stages} |")
    lines += ["", "Rules that fired:", ""]
    for rule in gravest_first(result.fired):
        lines.append(f"- **{rule.effect}** `{rule.rule}`: {rule.because} ({cited(rule)})")
    return "\n".join(lines)
