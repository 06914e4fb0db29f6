"""`rightscheck ask`: the unknown facts that can still change a verdict, and the interview that asks for them."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from rightscheck.assessment.ask import Asked, ask, asked_data
from rightscheck.assessment.probe import Probe, setting_again
from rightscheck.cli.common import emit_json
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
@click.option("--output", "-o", type=click.Path(path_type=Path), help="The case file to write (or go on with).")
@click.option("--format", "form", type=click.Choice(["text", "json", "md"]), default="text", show_default=True)
@click.pass_context
def ask_command(
    ctx: click.Context,
    target: str,
    measure: str | None,
    limit: int,
    interactive: bool,
    output: Path | None,
    form: str,
) -> None:
    """Say which unknown facts can still change a verdict, most decisive first.

    A fact that is left out is proved to change nothing. With --interactive each answer is kept at once; the same
    command goes on where an interview broke off.

    \b
    Examples:
      rightscheck ask cases/seeds/kz-2016-website-shutdown.yaml
      rightscheck ask my-case.yaml --interactive -o my-case-answered.yaml
    """
    if output is not None and not interactive:
        raise InputError([Problem("goes with --interactive", Place("--output"))])
    if interactive:
        _interview(ctx, target, measure, output)
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
        f"{'' if markdown else '  '}Verdict: {bold}{asked.verdict}{bold}, could be "
        f"{asked.could_be[0]} to {asked.could_be[1]}.",
    ]
    if asked.stable:
        lines.append("  Stable whatever the answers: no answer to any open question changes a verdict.")
    for number, question in enumerate(asked.questions[:limit], 1):
        fact = vocabulary()[question.fact]
        scope = "" if question.measure else " (changes a right's verdict, not the measure's)"
        lines.append(f"{'' if markdown else '  '}{number}. {fact.asks} ({fact.name}){scope}")
        first = question.reasons[0]
        more = f", and {len(question.reasons) - 1} more" if len(question.reasons) > 1 else ""
        right = f" ({first.right})" if first.right else ""
        lines.append(f"{'   ' if markdown else '     '}Bears on: {first.text.rstrip('.')}{right}{more}.")
    rest = len(asked.questions) - limit
    if rest > 0:
        lines.append(f"  And {rest} more questions that can change a verdict (--limit).")
    lines.append(
        f"  Not asked: {asked.idle} facts that can change nothing any more, and {asked.others} on which only rules "
        "rest of which nothing is known yet."
    )
    return lines


def _interview(ctx: click.Context, target: str, measure: str | None, output: Path | None) -> None:
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

        def keep(answers: dict[str, Value | None], name: str = item.id) -> None:
            nonlocal data
            data = with_answers(data, name, answers)
            case_from_data(data)
            with written(output, replace=True) as stream:
                stream.write(case_yaml(data))

        click.echo(f"{item.title} ({case.case} / {item.id})")
        keep({})
        if not Interview(targets[0].reader.book, case, item, asker, keep).run():
            break
    click.echo(f"Written: {output}. Assess it: rightscheck assess {output}")
