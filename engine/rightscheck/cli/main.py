"""The command line: one group, commands loaded when named; exit codes as in the contract (cli.md)."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from typing import Any

import click

from rightscheck import __version__
from rightscheck.problems import EngineFault, InputError, Place, Problem, RightscheckError, nearest

_COMMANDS = {
    "amend": "rightscheck.cli.amend:amend_command",
    "ask": "rightscheck.cli.ask:ask_command",
    "assess": "rightscheck.cli.assess:assess",
    "audit": "rightscheck.cli.audit:audit",
    "db": "rightscheck.cli.db:db",
    "explain": "rightscheck.cli.explain:explain",
    "facts": "rightscheck.cli.facts:facts",
    "history": "rightscheck.cli.history:history",
    "new": "rightscheck.cli.new:new",
    "report": "rightscheck.cli.report:report",
    "rules": "rightscheck.cli.rules:rules",
    "schema": "rightscheck.cli.facts:schema",
}


class LazyGroup(click.Group):
    """A group that imports a command only when it is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by name."""
        if cmd_name not in _COMMANDS:
            hint = nearest(cmd_name, _COMMANDS)
            if hint:
                ctx.fail(f"no command `{cmd_name}`; did you mean `{hint}`?")
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--database",
    metavar="URL",
    envvar="RIGHTSCHECK_DATABASE_URL",
    help="Where assessments are stored (an SQLAlchemy URL).",
)
@click.option(
    "--rulebook",
    metavar="PATH",
    envvar="RIGHTSCHECK_RULEBOOK",
    help="The folder of rules; the bundled ones unless given.",
)
@click.option(
    "--lang", type=click.Choice(["en", "ru", "kk"]), default="en", show_default=True, help="Language of the output."
)
@click.option("--debug", is_flag=True, help="Show tracebacks of faults.")
@click.version_option(__version__, prog_name="rightscheck")
@click.pass_context
def cli(ctx: click.Context, database: str | None, rulebook: str | None, lang: str, debug: bool) -> None:
    """Test security measures against international human-rights law, and say why.

    \b
    Example:
      rightscheck assess cases/seeds/kz-2005-national-security-bill.yaml
    """
    ctx.obj = {"database": database, "rulebook": rulebook, "lang": lang, "debug": debug}


def main(argv: list[str] | None = None) -> None:
    """Run the command line and leave with the contract's exit code."""
    sys.exit(run(argv))


def run(argv: list[str] | None = None) -> int:
    """Run the command line and return its exit code; one line a problem on standard error."""
    gc.set_threshold(100_000)  # a short run makes many small objects that live to its end
    args = sys.argv[1:] if argv is None else argv
    debug = "--debug" in args
    try:
        result = cli.main(args=args, prog_name="rightscheck", standalone_mode=False)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 0 if error.ctx is not None and error.ctx.parent is None else 2
    except click.ClickException as error:
        _usage(error)
        return 2
    except (click.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except InputError as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        return error.exit_code
    except RightscheckError as error:
        if debug:
            raise
        click.echo(f"rightscheck: {_line(error)}", err=True)
        return error.exit_code
    except Exception as error:
        if debug:
            raise
        click.echo(f"rightscheck: a fault of ours ({type(error).__name__}); run again with --debug to see it", err=True)
        return EngineFault.exit_code


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())


def _usage(error: click.ClickException) -> None:
    message = _line(Exception(error.format_message()))
    context: Any = getattr(error, "ctx", None)
    path = context.command_path if context else "rightscheck"
    click.echo(str(Problem(f"{message} (see `{path} --help`)", Place(path))), err=True)
