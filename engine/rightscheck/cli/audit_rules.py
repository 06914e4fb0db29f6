"""`rightscheck audit rules`: proofs about the rulebook, each finding with a measure that shows it."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rightscheck.cli.common import book_of, emit_json
from rightscheck.facts.case import RIGHTS
from rightscheck.problems import InputError, Place, Problem, SurroundingsError, nearest
from rightscheck.rulebook.load import default_rulebook_path

if TYPE_CHECKING:
    from rightscheck.audit.proofs.findings import Proof


class _Progress:
    """The part being proved, on standard error: one line rewritten on a terminal, one each ten seconds elsewhere."""

    def __init__(self) -> None:
        self.started = self.shown = time.monotonic()
        self.terminal = sys.stderr.isatty()

    def __call__(self, part: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self.shown < (0.3 if self.terminal else 10):
            return
        self.shown = now
        text = f"{part}: {done:,} of {total:,}, {now - self.started:.0f} s"
        click.echo(f"\r{text}\x1b[K" if self.terminal else text, err=True, nl=not self.terminal)

    def end(self) -> None:
        if self.terminal:
            click.echo("\r\x1b[K", err=True, nl=False)


@click.command()
@click.option("--right", metavar="R", help="Only what concerns this right.")
@click.option("--check", "checks", multiple=True, metavar="ID", help="Run this check alone; may be given again.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option(
    "--write-witnesses",
    "folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write each finding's witness here, a case file each.",
)
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Accepted findings; findings.yaml beside the rules unless given.",
)
@click.option(
    "--accept", metavar="REASON", help="Accept what is new for this reason, and drop what is no longer found."
)
@click.option("--all", "every", is_flag=True, help="List accepted findings too.")
@click.option("--over", metavar="TABLE|history", help="Instead: how these measures use the rules, by State and year.")
@click.pass_context
def rules(
    ctx: click.Context,
    right: str | None,
    checks: tuple[str, ...],
    form: str,
    folder: Path | None,
    baseline: Path | None,
    accept: str | None,
    every: bool,
    over: str | None,
) -> int:
    """Prove what holds of every measure there can be; exit 1 where a finding is not accepted.

    A solver looks through all measures, known in part or in full, for every State and date. Each finding has an id, a
    check (E is an error, W a warning, I information), the rules it concerns with their law, and a witness: a case file
    that shows it when assessed. Findings accepted with a reason stand in findings.yaml beside the rules.

    With --over nothing is proved: the measures of a table or of the stored history are evaluated, and each rule is told
    by how often it fires, can be rebutted, is excused, live or open, with the unknown facts behind open verdicts.

    \b
    Example:
      rightscheck audit rules --right assembly --write-witnesses witnesses/
      rightscheck audit rules --over measures.parquet --format json
    """
    if over is not None:
        from rightscheck.cli.audit_use import rules_over

        if right is not None or checks or folder is not None or baseline is not None or accept or every:
            raise InputError([Problem("goes with --format alone", Place("audit rules"), "--over")])
        return rules_over(ctx, over, form)
    from rightscheck.cli.audit_cases import need_batch

    need_batch()
    from rightscheck.audit.proofs.accepted import NAME, read_accepted, write_accepted
    from rightscheck.audit.proofs.exercised import exercised
    from rightscheck.audit.proofs.findings import BY_ID
    from rightscheck.audit.proofs.run import prove
    from rightscheck.resources import bundled

    _refuse(right, checks, baseline, accept, BY_ID)
    book = book_of(ctx)
    path = ctx.obj.get("rulebook")
    baseline = baseline or (Path(path) if path else default_rulebook_path()) / NAME
    accepted = read_accepted(baseline)
    progress = _Progress()
    try:
        found = prove(book, right=right, only=checks, accepted=accepted, progress=progress)
    finally:
        progress.end()
    if folder is not None:
        _write(folder, found)
    use = None if checks or right is not None else exercised(book, bundled("cases"))
    fresh = [proof for proof in found if proof.accepted is None]
    if accept is not None:
        added = write_accepted(baseline, accepted, found, checks or BY_ID, accept)
        click.echo(f"{added} findings accepted in {baseline}", err=True)
        return 0
    if form == "json":
        _as_json(book, found, use)
    else:
        _as_table(found if every else fresh, found, use)
    return 1 if fresh else 0


def _refuse(right: str | None, checks: tuple[str, ...], baseline: Path | None, accept: str | None, known: Any) -> None:
    problems = [
        Problem("no check of this id", Place("--check"), n, nearest(n, known)) for n in checks if n not in known
    ]
    if right is not None and right not in RIGHTS:
        problems.append(Problem("no such right", Place("--right"), right, nearest(right, RIGHTS)))
    if accept is not None and right is not None:
        problems.append(Problem("goes over every right; leave out --right", Place("--accept")))
    if accept is not None and not 10 <= len(accept) <= 600:
        problems.append(Problem("takes a reason of 10 to 600 characters", Place("--accept"), accept[:20]))
    if baseline is not None and accept is None and not baseline.is_file():
        problems.append(Problem("no such file", Place(str(baseline))))
    if problems:
        raise InputError(problems)


def _write(folder: Path, found: list[Proof]) -> None:
    from rightscheck.audit.proofs.witness import case_file, case_of

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for proof in found:
            if proof.witness is not None:
                (folder / f"{case_of(proof)['case']}.yaml").write_bytes(case_file(proof))
    except OSError as error:
        raise SurroundingsError(f"{folder}: {error.strerror}") from None
    click.echo(f"{sum(p.witness is not None for p in found)} witnesses written to {folder}", err=True)


def _as_json(book: Any, found: list[Proof], use: Any) -> None:
    from rightscheck.audit.proofs.findings import CHECKS, claim_data
    from rightscheck.audit.proofs.run import law_of
    from rightscheck.audit.proofs.witness import case_of

    emit_json(
        {
            "rulebook": {"name": book.content.name, "version": book.content.version, "sha256": book.sha256},
            "checks": [{"id": c.id, "severity": c.severity, "summary": c.summary} for c in CHECKS],
            "findings": [
                {
                    "id": p.id,
                    "check": p.check,
                    "severity": p.severity,
                    "subjects": list(p.subjects),
                    "rights": list(p.rights),
                    "message": p.message,
                    "law": {name: law_of(book, name) for name in p.rules},
                    "witness": None if p.witness is None else case_of(p),
                    "shows": [] if p.witness is None else [claim_data(c) for c in p.witness.claims],
                    "accepted": p.accepted,
                }
                for p in found
            ],
            "counts": {"new": sum(p.accepted is None for p in found), "accepted": sum(bool(p.accepted) for p in found)},
            "not_exercised": use,
        }
    )


def _as_table(listed: list[Proof], found: list[Proof], use: Any) -> None:
    from rightscheck.audit.proofs.findings import BY_ID

    last = ""
    for proof in listed:
        if proof.check != last:
            click.echo(f"{proof.check} {BY_ID[proof.check].summary}")
            last = proof.check
        click.echo(f"  {proof.id}  {proof.message}" + (f" Accepted: {proof.accepted}" if proof.accepted else ""))
    if use is not None:
        for name, items in use.items():
            shown = ", ".join(items[:8]) + (" …" if len(items) > 8 else "")
            click.echo(f"{len(items)} {name} that no case and no example exercises" + (f": {shown}" if items else ""))
    new = sum(p.accepted is None for p in found)
    click.echo(f"{new} findings, {len(found) - new} accepted")
