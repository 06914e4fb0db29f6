"""`rightscheck history replay`, `verify`, `checkpoint`, `prove` and `check-proof`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rightscheck.cli.common import emit_json
from rightscheck.cli.files import read_json_file, write_json
from rightscheck.cli.store import replayer_of, store_of
from rightscheck.problems import EngineFault, InputError, Place, Problem

if TYPE_CHECKING:
    from rightscheck.history.checkpoint import Checkpoint

NUMBER = click.IntRange(min=1, max=2**62)
UNKNOWABLE = (
    "Without a checkpoint this cannot tell whether the whole history was rewritten, or its end cut off: "
    "make one with `rightscheck history checkpoint` and keep it elsewhere."
)


@click.command()
@click.argument("number", type=NUMBER, required=False, metavar="[ID]")
@click.option("--all", "everything", is_flag=True, help="Every stored assessment.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def replay(ctx: click.Context, number: int | None, everything: bool, form: str) -> int:
    """Make a stored assessment anew from its stored rulebook, facts and date, and compare every byte.

    Exit 1 where a piece is missing or changed, or the result differs; it is named.

    \b
    Example:
      rightscheck history replay --all
    """
    from rightscheck.history.store import count_erased, numbers_by_rulebook

    if (number is None) != everything:
        raise InputError([Problem("takes an ID or --all", Place("history replay"))])
    store = store_of(ctx, create=False)
    replayer = replayer_of(store, strict=True)
    with store.reading() as connection:
        numbers = [number] if number is not None else numbers_by_rulebook(connection)
        erased = count_erased(connection) if everything else 0
    wrong: list[dict[str, object]] = []
    for each in numbers:
        stored = store.load(each)
        try:
            replayer.replay(stored)
        except EngineFault as error:
            wrong.append({"assessment": each, "fault": str(error)})
            if form == "text":
                click.echo(f"{each}: {error}")
    if form == "json":
        emit_json({"replayed": len(numbers), "identical": len(numbers) - len(wrong), "erased": erased, "wrong": wrong})
    else:
        gone = f", {erased} erased" if erased else ""
        click.echo(f"{len(numbers) - len(wrong)} of {len(numbers)} identical, byte for byte{gone}")
    return 1 if wrong else 0


@click.command()
@click.option("--deep", is_flag=True, help="Also derive columns, filter rows and the search index anew.")
@click.option(
    "--checkpoint", "files", multiple=True, type=click.Path(path_type=Path), help="A signed checkpoint to hold it to."
)
@click.option("--key", metavar="HEX", help="The public key the checkpoints must be signed by.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def verify(ctx: click.Context, deep: bool, files: tuple[Path, ...], key: str | None, form: str) -> int:
    """Check that nothing stored was changed, removed, added or moved since; exit 1 where it was.

    \b
    Example:
      rightscheck history verify --checkpoint 2026-06.json --key 4f0c...
    """
    from rightscheck.history.verify import verify as run

    checkpoints = [_checkpoint(path, _key(key)) for path in files]
    with store_of(ctx, create=False).reading() as connection:
        report = run(connection, deep=deep, checkpoints=checkpoints)
    first = report.first()
    if form == "json":
        emit_json(
            {
                "sound": report.sound,
                "records": report.records,
                "assessments": report.assessments,
                "erased": report.erased,
                "root": report.root.hex(),
                "deep": deep,
                "checkpoints": len(checkpoints),
                "first_bad": first[0] or None if first else None,
                "problems": [{"record": number or None, "what": what} for number, what in report.problems],
                "unknown": [] if checkpoints else [UNKNOWABLE],
            }
        )
        return 0 if report.sound else 1
    for number, what in report.problems[:20]:
        click.echo(f"record {number}: {what}" if number else what)
    if len(report.problems) > 20:
        click.echo(f"and {len(report.problems) - 20} more")
    if first is not None:
        click.echo(f"CHANGED: the first bad record is {first[0]}" if first[0] else "CHANGED")
        return 1
    erased = f", {report.erased} erased" if report.erased else ""
    click.echo(f"sound: {report.records} records, {report.assessments} assessments{erased}; root {report.root.hex()}")
    if not checkpoints:
        click.echo(UNKNOWABLE, err=True)
    elif key is None:
        click.echo("No --key was given: whoever could change the history could have signed these as well.", err=True)
    return 0


def _key(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        found = bytes.fromhex(text.strip())
    except ValueError:
        found = b""
    if len(found) != 32:
        raise InputError([Problem("takes 64 hexadecimal digits", Place("--key"))])
    return found


def _checkpoint(path: Path, key: bytes | None) -> Checkpoint:
    from rightscheck.history.checkpoint import Forged, checkpoint_from

    try:
        found = checkpoint_from(read_json_file(path))
        found.check(key)
    except Forged as error:
        raise InputError([Problem(f"the checkpoint does not hold: {error}", Place(str(path)))]) from None
    return found


OUTPUT = click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The file to write."
)
FORCE = click.option("--force", is_flag=True, help="Write over a file that is there.")


@click.command()
@OUTPUT
@FORCE
@click.pass_context
def checkpoint(ctx: click.Context, output: Path, force: bool) -> None:
    """Sign the history as it stands; keep the file elsewhere, and give the printed public key to those who check.

    The signing key is made the first time, in the user's data folder, readable by its owner alone.

    \b
    Example:
      rightscheck history checkpoint -o 2026-06.json
    """
    from rightscheck.history.checkpoint import make_checkpoint, public_key, signing_key

    store = store_of(ctx, create=False)
    key = signing_key()
    with store.reading() as connection:
        made = make_checkpoint(connection, key)
    write_json(output, made.data(), replace=force)
    click.echo(f"{made.size} records signed; public key {public_key(key).hex()}")


@click.command()
@click.argument("number", type=NUMBER, metavar="ID")
@OUTPUT
@FORCE
@click.pass_context
def prove(ctx: click.Context, number: int, output: Path, force: bool) -> None:
    """Write a proof that one assessment stands in the history; it opens this assessment and no other.

    \b
    Example:
      rightscheck history prove 12 -o proof-12.json
    """
    from rightscheck.history.checkpoint import make_proof, public_key, signing_key

    store = store_of(ctx, create=False)
    key = signing_key()
    with store.reading() as connection:
        data = make_proof(connection, number, key)
    write_json(output, data, replace=force)
    click.echo(f"proof of assessment {number}; public key {public_key(key).hex()}")


@click.command("check-proof")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", metavar="HEX", help="The public key it must be signed by.")
def check_proof(file: Path, key: str | None) -> int:
    """Check a proof without any database; exit 1 where it does not hold.

    \b
    Example:
      rightscheck history check-proof proof-12.json --key 4f0c...
    """
    from rightscheck.history.checkpoint import Forged
    from rightscheck.history.checkpoint import check_proof as run

    try:
        found, result = run(read_json_file(file), _key(key))
    except Forged as error:
        click.echo(f"the proof does not hold: {error}")
        return 1
    click.echo(f"holds: {result['case']} / {result['measure']} was assessed {result['verdict']}, signed {found.at}")
    if key is None:
        click.echo(f"No --key was given: make sure that {found.key.hex()} is the office's own.", err=True)
    return 0
