"""`rightscheck amend`: the smallest changes to a measure that bring it to a verdict."""

from __future__ import annotations

from itertools import groupby

import click

from rightscheck.assessment.amend import MAX_CHANGES, Advice, Amendment, Change, advice_data, amend
from rightscheck.assessment.encode import Need
from rightscheck.assessment.probe import Probe, setting_again
from rightscheck.assessment.words import answer, asked, capital
from rightscheck.cli.common import emit_json
from rightscheck.cli.target import Target, targets_of
from rightscheck.facts.vocabulary import vocabulary
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

    Only the measure's own features are changed, towards more protection; no part of a set is enough. A feature on
    which nothing is stated is to be confirmed. Costs are declared in the rulebook and only put the sets in order.
    Where nothing short of dropping it helps, the rules that stand whatever is changed are named.

    \b
    Example:
      rightscheck amend cases/seeds/kz-2016-website-shutdown.yaml --to moderate
    """
    found = []
    for item in targets_of(ctx, target, measure):
        book = item.reader.book
        probe = Probe(book, setting_again(book, item.result), item.measure.facts())
        advice = amend(probe, wanted, most=changes, limit=None if every else sets)
        found.append((item, probe, advice))
    if form == "json":
        emit_json([{"case": t.case.case, "measure": t.measure.id, **advice_data(a)} for t, _, a in found])
        return
    for item, probe, advice in found:
        click.echo("\n".join(_lines(item, probe, advice, form == "md")) + "\n")


def _lines(item: Target, probe: Probe, advice: Advice, markdown: bool) -> list[str]:
    book = item.reader.book
    lines = [f"{'## ' if markdown else ''}{item.measure.title}", ""] if markdown else [item.measure.title]
    if advice.reached:
        return [*lines, f"  The verdict is {advice.verdict}; nothing has to change."]
    if not advice.amendments:
        return [*lines, *_none(probe, advice)]
    count = len(advice.amendments)
    more = "" if advice.complete else "; there are more (--sets, --all)"
    head = "One set of changes" if count == 1 else f"{count} sets of changes"
    lines.append(
        f"  The verdict is {advice.verdict}. {head} would bring it to {advice.target} or better, cheapest first{more}."
    )
    number = 1
    for _, group in groupby(advice.amendments, _alike):
        sets = list(group)
        lines += _sets(book, number, sets)
        number += len(sets)
    return lines


def _alike(amendment: Amendment) -> tuple[object, ...]:
    """What sets have in common that differ only in what is to be confirmed."""
    changed = tuple((c.fact, str(c.after)) for c in amendment.changes if not c.confirm)
    return changed, amendment.verdict, amendment.cost, amendment.confirm_cost


def _sets(book: Rulebook, number: int, sets: list[Amendment]) -> list[str]:
    """Return sets that make the same changes, what they confirm side by side."""
    first = sets[0]
    costs = f"cost {first.cost}" + (f", and {first.confirm_cost} to confirm" if first.confirm_cost else "")
    numbers = f"{number}." if len(sets) == 1 else f"{number}-{number + len(sets) - 1}."
    lines = ["", f"  {numbers} Then {first.verdict} ({costs})"]
    for change in (c for c in first.changes if not c.confirm):
        after, now = (answer(change.fact, value) for value in (change.after, change.before))
        lines.append(f"     - Change: {asked(change.fact)} {capital(after)} (now: {now}). [{change.fact}]")
        grave = [r for r in change.rules if r.effect in ("violation", "strong")] or change.rules
        lines += [f"         {rule.cure or rule.title} (rule {rule.id}; {_law(book, rule)})" for rule in grave[:3]]
    confirmed = [[f"{_said(c)} [{c.fact}]" for c in item.changes if c.confirm] for item in sets]
    shared = [text for text in confirmed[0] if all(text in texts for texts in confirmed)]
    lines += [f"     - Confirm: {text}" for text in shared]
    rest = [" And: ".join(text for text in texts if text not in shared) for texts in confirmed]
    if any(rest):
        lines += ["     - Confirm too, any one of these:", *(f"         {number + n}. {r}" for n, r in enumerate(rest))]
    return lines


def _said(change: Change) -> str:
    return f"{asked(change.fact)} {capital(answer(change.fact, change.after))}."


def _law(book: Rulebook, rule: Rule) -> str:
    for ids in rule.law.values():
        item = book.propositions[ids[0]]
        return f"{book.sources[item.source].title}{', ' + item.pinpoint if item.pinpoint else ''}"
    return ""


def _none(probe: Probe, advice: Advice) -> list[str]:
    book = probe.book
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
    alone = [core[0] for core in [*rules, *(c for c in advice.cores if c not in rules)] if len(core) == 1]
    for _, group in groupby(sorted(alone, key=lambda n: _order(alone, n)), lambda n: (n.kind, n.name or n.right)):
        needs = list(group)
        lines.append(f"  - {_need(probe, needs[0], [need.right for need in needs])}")
    for core in (core for core in advice.cores if len(core) > 1):
        lines += ["  - Not all of these at once:", *(f"      - {_need(probe, need, [need.right])}" for need in core)]
    return lines


def _order(needs: list[Need], need: Need) -> int:
    """Return the place of the first need of the same rule or question."""
    return next(n for n, other in enumerate(needs) if (other.kind, other.name) == (need.kind, need.name))


def _need(probe: Probe, need: Need, rights: list[str]) -> str:
    book, bears = probe.book, ", ".join(rights)
    if need.kind in ("rule", "live"):
        rule, kleene = book.rules[need.name], probe.base.kleene
        when = book.trees.when[rule.id]
        names = kleene.support(when) if need.kind == "rule" else kleene.unknown(when)
        fixed = ", ".join(name for name in names if vocabulary()[name].role != "design")
        how = "stands" if need.kind == "rule" else "is partly met and not ruled out"
        why = {"rule": "; drafting does not change: ", "live": "; drafting does not answer: "}[need.kind] + fixed
        return f"{rule.title} ({bears}; rule {rule.id} {how}{why if fixed else ''}; {_law(book, rule)})."
    if need.kind == "question":
        question = next(q for q in book.content.method.core if q.id == need.name)
        return f"Unanswered: {question.question} ({bears})"
    if need.kind == "unasked":
        return f"The rulebook asks no question on this right ({bears}) for such a measure."
    return "No right is known to be engaged; say which activities the measure restricts."


__all__ = ["amend_command"]
