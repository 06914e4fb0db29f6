"""`rightscheck db`: the schema of the history's database."""

from __future__ import annotations

import click

from rightscheck.cli.store import notice


@click.group()
def db() -> None:
    """Bring the history's database up to date, or look at its schema.

    \b
    Example:
      rightscheck db current
    """


@db.command()
@click.pass_context
def upgrade(ctx: click.Context) -> None:
    """Bring the database up to date; a new one is made. One transaction: all or nothing.

    \b
    Example:
      rightscheck --database postgresql://office@db.example.org/rights db upgrade
    """
    from rightscheck.history.database import make_engine, shown, url_of
    from rightscheck.history.migrate import upgrade as run

    url = url_of(ctx.obj.get("database"))
    before, after = run(make_engine(url, notice))
    if before == after:
        click.echo(f"{shown(url)}: up to date (schema {after})")
    else:
        click.echo(f"{shown(url)}: schema {before or 'none'} to {after}")


@db.command()
@click.pass_context
def current(ctx: click.Context) -> None:
    """Print the revision of the database's schema and the one this program writes.

    \b
    Example:
      rightscheck db current
    """
    from rightscheck.history.database import make_engine, shown, url_of
    from rightscheck.history.migrate import HEAD
    from rightscheck.history.migrate import current as read

    url = url_of(ctx.obj.get("database"))
    found = read(make_engine(url, notice, create=False))
    click.echo(f"{shown(url)}: schema {found or 'none'}; this program writes {HEAD}")


@db.command()
@click.pass_context
def check(ctx: click.Context) -> int:
    """Compare the database's tables with those the program expects; exit 1 where they differ.

    \b
    Example:
      rightscheck db check
    """
    from rightscheck.history.database import make_engine, url_of
    from rightscheck.history.migrate import HEAD, differences
    from rightscheck.history.migrate import current as read

    engine = make_engine(url_of(ctx.obj.get("database")), notice, create=False)
    found = read(engine)
    if found != HEAD:
        click.echo(f"schema {found or 'none'}, this program writes {HEAD}: run `rightscheck db upgrade`")
        return 1
    wrong = differences(engine)
    for line in wrong:
        click.echo(line)
    if not wrong:
        click.echo(f"the tables are those of schema {HEAD}")
    return 1 if wrong else 0
