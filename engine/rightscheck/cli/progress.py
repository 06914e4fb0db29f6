"""How far a long run is, on standard error."""

from __future__ import annotations

import sys
import time

import click


class Progress:
    """Rows, rate and time left on standard error: one line rewritten on a terminal, one each ten seconds elsewhere."""

    def __init__(self, first: int, total: int | None) -> None:
        self.first, self.total = first, total
        self.started = self.shown = time.monotonic()
        self.terminal = sys.stderr.isatty()

    def __call__(self, row: int, share: float) -> None:
        """Say how far the run is, where it was not said just now."""
        now = time.monotonic()
        if now - self.shown < (0.3 if self.terminal else 10):
            return
        self.shown = now
        rate = (row - self.first) / max(now - self.started, 1e-6)
        share = row / self.total if self.total else share
        left = row / share - row if share else 0
        text = f"{row:,} rows, {rate:,.0f} a second, {_time(left / rate) if rate else '?'} left"
        click.echo(f"\r{text}\x1b[K" if self.terminal else text, err=True, nl=not self.terminal)

    def end(self) -> None:
        """Take the line off a terminal."""
        if self.terminal:
            click.echo("\r\x1b[K", err=True, nl=False)


def _time(seconds: float) -> str:
    whole = int(seconds + 0.5)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


__all__ = ["Progress"]
