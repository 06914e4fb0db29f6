"""`rightscheck amend`: the smallest changes to a measure that bring it to a verdict."""

from __future__ import annotations

import click

from rightscheck.assessment.amend import MAX_CHANGES, Advice, Amendment, advice_data, amend
from rightscheck.assessment.encode import Need
from rightscheck.assessment.probe import Probe, setting_again
from rightscheck.assessment.words import answer, asked, capital
from rightscheck.cli.common import emit_json
from rightscheck.cli.target import Target, targets_of
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.model import Rule


@click.command(name="amend")
@click.argument("target")
@click.option("--measure", help="Only this measure of a case file.")
@click.option("--to", "wanted", type=click.Choice(["moderate", "low"]), default="moderate", show_default=True)
@click.option("--sets", type=click.IntRange(min=1), default=3, show_default=True, help="Show so many sets.")
@click.option("--all", "every", is_flag=True, help="Every smallest set up to --changes.")
@click.option(
    "--changes", type=click.IntRange(min=1), default=MAX_CHANGES, show_default=True, help="Most features a set changes."
)
@click.option("--format", "form", type=click.Choice(["text", "json", "md"]), default="text", show_default=True)
@click.pass_context
def amend_command(
    ctx: click.Context,
    target: str,
    measure: str | None,
    wanted: str,
    sets: int,
    every: bool,
    changes: int,
    form: str,
) -> None:
    """Say how to redraft a measure: the smallest sets of changes that bring it to a verdict, cheapest first.

    Only the measure's own features are changed, towards more protection; no part of a set is enough. Where nothing
    short of dropping it helps, the rules that stand whatever is changed are named.

    \b
    Example:
      rightscheck amend cases/seeds/kz-2016-website-shutdown.yaml --to moderate
    """
    found = []
    for item in targets_of(ctx, target, measure):
        book = item.reader.book
        probe = Probe(book, setting_again(book, item.result), item.measure.facts())
        advice = amend(probe, wanted, most=changes, limit=None if every else sets)
        found.append((item, advice))
    if form == "json":
        emit_json([{"case": t.case.case, "measure": t.measure.id, **advice_data(a)} for t, a in found])
        return
    for item, advice in found:
        click.echo("\n".join(_lines(item, advice, form == "md")) + "\n")


def _lines(item: Target, advice: Advice, markdown: bool) -> list[str]:
    book = item.reader.book
    lines = [f"{'## ' if markdown else ''}{item.measure.title}", ""] if markdown else [item.measure.title]
    if advice.reached:
        return [*lines, f"  The verdict is {advice.verdict}; nothing has to change."]
    if not advice.amendments:
        return [*lines, *_none(book, advice)]
    count = len(advice.amendments)
    more = "" if advice.complete else "; there are more (--sets, --all)"
    head = "One set of changes" if count == 1 else f"{count} sets of changes"
    lines.append(
        f"  The verdict is {advice.verdict}. {head} would bring it to {advice.target} or better, cheapest first{more}."
    )
    for number, amendment in enumerate(advice.amendments, 1):
        lines += _set(book, number, amendment)
    return lines


def _set(book: Rulebook, number: int, amendment: Amendment) -> list[str]:
    costs = f"cost {amendment.cost}" + (f", to confirm {amendment.confirm_cost}" if amendment.confirm_cost else "")
    lines = ["", f"  {number}. Then {amendment.verdict} ({costs})"]
    for change in sorted(amendment.changes, key=lambda c: c.confirm):
        after = answer(change.fact, change.after)
        if change.confirm:
            text = f"Confirm: {asked(change.fact)} {capital(after)}."
        else:
            text = f"Change: {asked(change.fact)} {capital(after)} (now: {answer(change.fact, change.before)})."
        lines.append(f"     - {text} [{change.fact}]")
        grave = [r for r in change.rules if r.effect in ("violation", "strong")] or change.rules
        for rule in grave[:3]:
            lines.append(f"         {rule.cure or rule.title} (rule {rule.id}; {_law(book, rule)})")
    return lines


def _law(book: Rulebook, rule: Rule) -> str:
    for ids in rule.law.values():
        item = book.propositions[ids[0]]
        return f"{book.sources[item.source].title}{', ' + item.pinpoint if item.pinpoint else ''}"
    return ""


def _none(book: Rulebook, advice: Advice) -> list[str]:
    rules = [core for core in advice.cores if any(need.kind in ("rule", "live") for need in core)]
    if rules:
        fixed = any(book.rules[n.name].absolute for core in rules for n in core if n.kind == "rule")
        bar = " An absolute bar is among them." if fixed else ""
        lines = [
            f"  No amendment short of dropping it brings it from {advice.verdict} to {advice.target}: these stand "
            f"whatever feature is changed.{bar}"
        ]
    else:
        lines = [
            f"  No amendment brings it from {advice.verdict} to {advice.target} on what is known: no feature of the "
            "measure answers these questions. Answer them first (rightscheck ask)."
        ]
    for core in [*rules, *(c for c in advice.cores if c not in rules)]:
        if len(core) > 1:
            lines.append("  - Not all of these at once:")
        lines += [f"  {'    ' if len(core) > 1 else ''}- {_need(book, need)}" for need in core]
    return lines


def _need(book: Rulebook, need: Need) -> str:
    if need.kind in ("rule", "live"):
        rule = book.rules[need.name]
        how = "stands" if need.kind == "rule" else "is not ruled out"
        return f"{rule.title} ({need.right}; rule {rule.id} {how}; {_law(book, rule)})."
    if need.kind == "question":
        question = next(q for q in book.content.method.core if q.id == need.name)
        return f"Unanswered: {question.question} ({need.right})"
    if need.kind == "unasked":
        return f"The rulebook asks no question on this right ({need.right}) for such a measure."
    return "No right is known to be engaged; say which activities the measure restricts."


__all__ = ["amend_command"]
