"""`rightscheck ask`: the unknown facts that can still change a verdict, and the interview that asks for them."""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

import click

from rightscheck.assessment.ask import Asked, Question, ask, asked_data
from rightscheck.assessment.probe import Probe, setting_again
from rightscheck.cli.common import emit_json
from rightscheck.cli.render import bounds
from rightscheck.cli.target import Target, targets_of
from rightscheck.facts.case import measures_of
from rightscheck.facts.read import case_from_data, read_case
from rightscheck.facts.values import Value
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.facts.write import case_data, case_yaml, with_answers
from rightscheck.problems import InputError, Place, Problem


@click.command(name="ask")
@click.argument("target")
@click.option("--measure", help="Only this measure of a case file.")
@click.option("--limit", type=click.IntRange(min=1), default=10, show_default=True, help="Show so many questions.")
@click.option("--interactive", "-i", is_flag=True, help="Interview at the terminal and write the completed case file.")
@click.option("--again", is_flag=True, help="Ask again for what an earlier sitting left as not known.")
@click.option("--output", "-o", type=click.Path(path_type=Path), help="The case file to write (or go on with).")
@click.option("--format", "form", type=click.Choice(["text", "json", "md"]), default="text", show_default=True)
@click.pass_context
def ask_command(
    ctx: click.Context,
    target: str,
    measure: str | None,
    limit: int,
    interactive: bool,
    again: bool,
    output: Path | None,
    form: str,
) -> None:
    """Say which unknown facts can still change a verdict, most decisive first.

    Asked for are facts in core questions, in rules that are partly met and in exceptions that could still be shown;
    one of them that is left out is proved to change nothing. The order is by how much an answer settles on average:
    core questions, open rules, verdicts. With --interactive each answer is kept at once, “not known” too; the same
    command goes on where an interview broke off.

    \b
    Examples:
      rightscheck ask cases/seeds/kz-2016-website-shutdown.yaml
      rightscheck ask my-case.yaml --interactive -o my-case-answered.yaml
    """
    for option, given in (("--output", output is not None), ("--again", again)):
        if given and not interactive:
            raise InputError([Problem("goes with --interactive", Place(option))])
    if interactive:
        _interview(ctx, target, measure, output, again)
        return
    found = [
        (t, ask(Probe(t.reader.book, setting_again(t.reader.book, t.result), t.measure.facts())))
        for t in targets_of(ctx, target, measure)
    ]
    if form == "json":
        emit_json([{"case": t.case.case, "measure": t.measure.id, **asked_data(a)} for t, a in found])
        return
    for t, asked in found:
        click.echo("\n".join(_lines(t, asked, limit, form == "md")) + "\n")


def _lines(target: Target, asked: Asked, limit: int, markdown: bool) -> list[str]:
    bold = "**" if markdown else ""
    head = f"{'## ' if markdown else ''}{target.measure.title}"
    lines = [
        head,
        f"{'' if markdown else '  '}Verdict: {bold}{asked.verdict}{bold} ({bounds(asked.could_be)}).",
    ]
    if asked.stable:
        lines.append("  Stable whatever the answers: no answer to any open question changes a verdict.")
    number = 1
    for text, group in groupby(asked.questions[:limit], _bearing):
        alike = [f"{vocabulary()[q.fact].asks} [{q.fact}]" for q in group]
        lead = "" if markdown else "  "
        if len(alike) == 1:
            lines += [f"{lead}{number}. {alike[0]}", f"{lead}   {text}"]
        else:
            numbers = f"{number}." if markdown else f"{number}-{number + len(alike) - 1}."
            lines += [f"{lead}{numbers} {text}", *(f"{lead}   - {asks}" for asks in alike)]
        number += len(alike)
    rest = len(asked.questions) - limit
    if rest > 0:
        lines.append(f"  And {rest} more questions that can change a verdict (--limit).")
    if asked.idle:
        lines.append(f"  {asked.idle} unknown facts are left out: no answer to them can change a verdict.")
    if asked.others:
        lines.append(f"  {asked.others} unknown facts wait: only rules of which nothing is known yet rest on them.")
    return lines


def _bearing(question: Question) -> str:
    """Return what an answer is good for: the first reason, and how many more."""
    heads = {"core": "Would answer", "live": "Would settle", "exception": "Could lift", "engagement": "Would settle"}
    first = question.reasons[0]
    more = f", and {len(question.reasons) - 1} more" if len(question.reasons) > 1 else ""
    right = f" ({first.right})" if first.right else ""
    scope = "" if question.measure else " Changes a right's verdict, not the measure's."
    return f"{heads.get(first.kind, 'Only presumed so far')}: {first.text.rstrip('.')}{right}{more}.{scope}"


def _interview(ctx: click.Context, target: str, measure: str | None, output: Path | None, again: bool) -> None:
    from rightscheck.cli.files import written
    from rightscheck.cli.interview import Asker, Interview, Plain, Terminal

    if output is None:
        path = Path(target)
        output = (
            Path(f"case-{target}-answered.yaml") if target.isdigit() else path.with_name(f"{path.stem}-answered.yaml")
        )
    targets = targets_of(ctx, target, measure)
    data = case_data(targets[0].case)
    case = targets[0].case
    if output.exists():
        begun = read_case(output).case
        if begun.case != case.case:
            message = f"holds another case (`{begun.case}`); name another file"
            raise InputError([Problem(message, Place(str(output)), case.case)])
        data, case = case_data(begun), begun
        click.echo(f"Going on with {output}.")
    asker: Asker = Terminal() if sys.stdin.isatty() and sys.stdout.isatty() else Plain()
    wanted = {t.measure.id for t in targets}
    for item in (m for m in measures_of(case) if m.id in wanted):

        def keep(answers: dict[str, Value | None], unknown: set[str], name: str = item.id) -> None:
            nonlocal data
            data = with_answers(data, name, answers, unknown)
            case_from_data(data)
            with written(output, replace=True) as stream:
                stream.write(case_yaml(data))

        click.echo(f"{item.title} ({case.case} / {item.id}). Each answer is saved in {output} at once.")
        skipped = set() if again else set(item.not_known or [])
        keep({}, skipped)
        if not Interview(targets[0].reader.book, case, item, asker, keep, skipped).run():
            break
    click.echo(f"Written: {output}. Assess it: rightscheck assess {output}")
