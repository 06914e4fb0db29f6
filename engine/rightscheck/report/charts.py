"""Charts for many measures: rights by countries as a heat map, verdicts over time as columns."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rightscheck.assessment.counts import ORDER
from rightscheck.facts.case import RIGHTS
from rightscheck.report.blocks import Bar, Chart, Mark
from rightscheck.report.html import HATCHES
from rightscheck.report.survey import CellItem, Group
from rightscheck.report.texts import Texts, clean

WIDE = 760.0
NAMES, ROW, HEAD = 250.0, 24.0, 26.0
MOST_PERIODS = 36
PLOT = 190.0


def share_style(grave: int, total: int) -> str:
    """Return the step of a heat map for a share: none, up to a quarter, a half, three quarters, more."""
    return f"h-{math.ceil(4 * grave / total) if total else 0}"


def heat_map(cells: Sequence[CellItem], texts: Texts, title: str) -> Chart:
    """Return rights by countries: how many measures of all are incompatible or high risk."""
    rights = sorted({c.right for c in cells}, key=RIGHTS.index)
    countries = list(dict.fromkeys(c.country for c in cells))
    by = {(c.right, c.country): c for c in cells}
    each = min(84.0, (WIDE - NAMES) / max(1, len(countries)))
    bars, marks = [], []
    for column, country in enumerate(countries):
        marks.append(Mark(NAMES + each * (column + 0.5), HEAD - 9, short_country(country), "middle"))
    for row, right in enumerate(rights):
        top = HEAD + row * ROW
        marks.append(Mark(NAMES - 8, top + 16, texts.right(right), "end"))
        for column, country in enumerate(countries):
            cell = by.get((right, country))
            if cell is None:
                continue
            said = texts.gettext(
                "{right}, {country}: {grave} of {total} incompatible or high risk",
                right=texts.right(right),
                country=country_name(country, texts),
                grave=cell.grave,
                total=cell.total,
            )
            style = share_style(cell.grave, cell.total)
            label = f"{cell.grave}/{cell.total}"
            bars.append(Bar(NAMES + each * column, top, each - 2, ROW - 2, style, clean(said), label))
    says = texts.gettext(
        "Each cell counts the measures that are incompatible or high risk, of all that touch the right; the darker the "
        "larger the share. The same numbers stand in the table below."
    )
    width = NAMES + each * len(countries) + 2
    return Chart(width, HEAD + ROW * len(rights) + 2, tuple(bars), tuple(marks), (), title, says)


def columns(groups: Sequence[Group], texts: Texts, title: str) -> Chart:
    """Return verdicts over time as stacked columns, the gravest at the foot."""
    shown = list(groups)[-MOST_PERIODS:]
    names = [clean(g.name) or "–" for g in shown]
    most = max((g.total for g in shown), default=0)
    step = nice_step(most)
    top = max(step, math.ceil(most / step) * step)
    left, head, foot = 46.0, 46.0, 30.0
    each = min(64.0, (WIDE - left) / max(1, len(shown)))
    width = max(left + each * len(shown) + 4, 470.0)
    bars, marks, lines = [], [], []
    for value in range(0, top + 1, step):
        y = head + PLOT * (1 - value / top)
        lines.append(round(y, 1))
        marks.append(Mark(left - 8, y - 3, f"{value}", "end"))
    across = 0.0
    for name in ORDER:
        style = f"v-{name}"
        hatch = style if style in HATCHES else ""
        word = texts.verdict(name)
        bars.append(Bar(across + 1, 4, 16, 14, style, word, "", hatch))
        marks.append(Mark(across + 22, 16, word))
        across += 34 + 6.6 * len(word)
    width = max(width, across)
    thin = max(1, math.ceil(len(shown) / (12 if any(len(g.name) > 4 for g in shown) else 18)))
    for number, (name_, group) in enumerate(zip(names, shown, strict=True)):
        x, y = left + each * number, head + PLOT
        for name in ORDER:
            count = group.count(name)
            if not count:
                continue
            tall = PLOT * count / top
            y -= tall
            style = f"v-{name}"
            full = f"{name_}: {texts.verdict(name)} {count}/{group.total}"
            bars.append(Bar(x + each * 0.12, y, each * 0.76, tall, style, full, "", style if style in HATCHES else ""))
        if group.total:
            marks.append(Mark(x + each / 2, y - 5, f"{group.total}", "middle"))
        if number % thin == 0:
            marks.append(Mark(x + each / 2, head + PLOT + 17, name_, "middle"))
    says = texts.gettext(
        "A column for each period; its parts count the measures by verdict, the gravest at the foot. The same numbers "
        "stand in the table below."
    )
    return Chart(round(width, 1), head + PLOT + foot, tuple(bars), tuple(marks), tuple(lines), title, says)


def nice_step(most: int) -> int:
    """Return the step of a grid with at most six lines: 1, 2 or 5 times a power of ten."""
    step = 1
    for factor in (2, 2.5, 2) * 20:
        if most / step <= 5:
            break
        step = round(step * factor)
    return step


def short_country(code: str) -> str:
    """Return the head of a column: the code of a country, a dash where none is given, a plus sign for the rest."""
    return {"": "–", "*": "+"}.get(code, clean(code))


def country_name(code: str, texts: Texts) -> str:
    """Return a country's name; `*` stands for those that are not shown apart."""
    return texts.gettext("all others") if code == "*" else clean(texts.country(code or None))
