"""From a report on many measures to a document: counts, pictures with their tables, the gravest measures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from rightscheck.assessment.counts import ORDER
from rightscheck.facts.case import RIGHTS
from rightscheck.report.blocks import Block, Bullets, Cell, Details, Document, Figure, Heading, Para, Span, Table, Words
from rightscheck.report.charts import columns, country_name, heat_map, share_style
from rightscheck.report.survey import MOST_GROUPS, CellItem, Group, Survey
from rightscheck.report.texts import CHECKED, Texts, clean


def survey_title(kind: Literal["history", "batch"], texts: Texts) -> str:
    """Return the title of a report on many measures."""
    _ = texts.gettext
    return {"history": _("Measures in the history"), "batch": _("Measures of a batch")}[kind]


def survey_document(found: Survey, texts: Texts) -> Document:
    """Return a report on many measures as a document."""
    _ = texts.gettext
    pages = _Pages(found, texts)
    notice = ""
    if texts.lang != "en":
        notice = _(
            "This translation of the report's own wording has not been reviewed. Texts of rules, facts and "
            "sources stand in English until a lawyer who speaks the language has translated them."
        )
    subtitle = {"history": _("Assessments in the history"), "batch": _("Batch of assessed measures")}[found.kind]
    return Document(
        title=clean(found.title),
        subtitle=subtitle,
        lang=texts.lang,
        notice=notice,
        blocks=tuple(pages.blocks()),
        law={},
        words=Words(
            contents=_("Contents"),
            skip=_("Skip to the report"),
            law=_("Law:"),
            verified={key: texts.name(CHECKED, key) for key in CHECKED},
        ),
    )


class _Pages:
    def __init__(self, found: Survey, texts: Texts) -> None:
        self.s, self.t, self._ = found, texts, texts.gettext

    def blocks(self) -> list[Block]:
        s, _ = self.s, self._
        blocks = [*self.counted(), *self.verdicts()]
        if not s.measures:
            return blocks
        blocks += self.map()
        blocks += self.time(s.years, _("Verdicts by the year of the measure"), "years", _("Year"))
        if s.kind == "history":
            blocks += self.time(s.stored, _("Verdicts by the time of assessment"), "stored", _("Stored in"))
        blocks += self.gravest()
        blocks += self.changed()
        blocks += self.groups(s.rights, _("Rights"), "rights", _("Right"), self.t.right)
        blocks += self.groups(s.types, _("Types of measures"), "types", _("Type"), lambda n: n or _("not given"))
        blocks += self.groups(s.countries, _("Countries"), "countries", _("Country"), lambda n: country_name(n, self.t))
        return [*blocks, *self.rules(), *self.method()]

    # --- pieces ---------------------------------------------------------------------------------

    def heading(self, text: str, id: str) -> Heading:
        return Heading(1, (Span(text),), id)

    def cell(self, text: object, style: str = "", *, header: bool = False) -> Cell:
        return Cell((Span(clean(text)),), style, header=header)

    def number(self, value: int, verdict: str = "") -> Cell:
        return Cell(
            (Span(self.t.number(value) if value else "–"),), f"heat v-{verdict}" if verdict and value else "heat none"
        )

    # --- what was counted -----------------------------------------------------------------------

    def counted(self) -> list[Block]:
        """Return where the measures come from and how many there are."""
        s, _ = self.s, self._
        rows = []
        if s.origin:
            rows.append((_("Tables of results"), ", ".join(s.origin)))
        if s.filters:
            rows.append((_("Narrowed to"), ", ".join(f"{k} {v}" for k, v in s.filters.items())))
        rows.append((_("Measures"), self.t.number(s.measures)))
        if s.kind == "history":
            rows.append((_("Assessments"), self.t.number(s.assessments)))
        if s.rejected:
            rows.append((_("Rows that could not be read"), self.t.number(s.rejected)))
        for book in s.rulebooks:
            said = self.t.plural("{n} measure", "{n} measures", book.measures)
            rows.append((_("Rulebook"), f"{book.name} {book.version}, {book.sha256[:16]}: {said}"))
        table = tuple((self.cell(name, header=True), self.cell(text)) for name, text in rows)
        found: list[Block] = [
            self.heading(_("What was counted"), "counted"),
            Table(_("What was counted"), (), table, (0.28, 0.72), "plain"),
        ]
        if s.kind == "history":
            found.append(Para((Span(_("Each measure counts once, by its latest assessment here.")),), "muted"))
        if len(s.rulebooks) > 1:
            text = _("The measures were assessed by different rulebooks, so their verdicts compare only in part.")
            found.append(Para((Span(text),), "warn"))
        return found

    def verdicts(self) -> list[Block]:
        """Return the verdicts in a sentence and a table, and once what a report is for."""
        s, _ = self.s, self._
        found: list[Block] = [self.heading(_("The verdicts"), "verdict")]
        if not s.measures:
            found.append(Para((Span(_("No measure was found, so nothing is counted.")),), "warn"))
            return [*found, Para((Span(s.disclaimer),), "disclaimer")]
        grave, unclear = s.verdicts.grave, s.verdicts.count("undetermined")
        text = _(
            "{grave} of {total} measures ({share}) are incompatible with human rights or carry a high risk; of "
            "{unclear} too little is known to say.",
            grave=self.t.number(grave),
            total=self.t.number(s.measures),
            share=self.t.percent(grave / s.measures),
            unclear=self.t.number(unclear),
        )
        found.append(Para((Span(text, "b"),), "lead"))
        head = (_("Verdict"), _("Measures"), _("Share"))
        rows = tuple(
            (
                self.cell(self.t.verdict(name), f"heat v-{name}"),
                self.cell(self.t.number(s.verdicts.count(name)), "heat none"),
                self.cell(self.t.percent(s.verdicts.count(name) / s.measures), "heat none"),
            )
            for name in ORDER
        )
        found.append(Table(_("Measures by verdict"), head, rows, (0.4, 0.3, 0.3)))
        found.append(Para((Span(_("Undetermined is not safe: the facts that would decide are missing.")),)))
        return [*found, Para((Span(s.disclaimer),), "disclaimer")]

    # --- pictures -------------------------------------------------------------------------------

    def map(self) -> list[Block]:
        """Return rights by countries as a picture with its table."""
        s, _ = self.s, self._
        if not s.cells:
            return []
        title = _("Rights and countries")
        chart = heat_map(s.cells, self.t, title)
        caption = _("Measures that are incompatible or high risk, of all that touch the right.")
        if s.left_out:
            caption += " " + self.t.plural(
                "The plus sign stands for {n} further country.",
                "The plus sign stands for {n} further countries.",
                s.left_out,
            )
        return [self.heading(title, "map"), Figure(chart, caption, "map-picture"), self.map_table(s.cells, caption)]

    def map_table(self, cells: Sequence[CellItem], caption: str) -> Details:
        countries = list(dict.fromkeys(c.country for c in cells))
        by = {(c.right, c.country): c for c in cells}
        rows = []
        for right in sorted({c.right for c in cells}, key=RIGHTS.index):
            line = [self.cell(self.t.right(right), header=True)]
            for country in countries:
                c = by.get((right, country))
                style = f"heat {share_style(c.grave, c.total)}" if c else "heat none"
                line.append(self.cell(f"{c.grave}/{c.total}" if c else "–", style))
            rows.append(tuple(line))
        head = (self._("Right"), *(country_name(c, self.t) for c in countries))
        each = 0.74 / len(countries)
        table = Table(caption, head, tuple(rows), (0.26, *[each] * len(countries)), "heat")
        return Details((Span(self._("The numbers as a table")),), (table,))

    def time(self, groups: list[Group], title: str, id: str, name: str) -> list[Block]:
        """Return verdicts over time as a picture with its table."""
        dated = [g for g in groups if g.name]
        if not dated:
            return []
        chart = columns(dated, self.t, title)
        caption = self._("Measures by verdict and time.")
        if id == "stored":
            caption = self._("Assessments by verdict and by when they were stored; a measure may be assessed again.")
        table = self.table(groups, caption, name, lambda n: n or self._("no date"))
        return [
            self.heading(title, id),
            Figure(chart, caption, f"{id}-picture"),
            Details((Span(self._("The numbers as a table")),), (table,)),
        ]

    # --- tables ---------------------------------------------------------------------------------

    def table(self, groups: Sequence[Group], caption: str, name: str, named: Callable[[str], str]) -> Table:
        """Return groups with their verdicts as a table."""
        head = (name, self._("Measures"), *(self.t.verdict(v) for v in ORDER))
        rows = tuple(
            (
                self.cell(named(g.name), header=True),
                self.cell(self.t.number(g.total), "heat none"),
                *(self.number(g.count(v), v) for v in ORDER),
            )
            for g in groups
            if g.total
        )
        return Table(caption, head, rows, (0.27, 0.13, *[0.12] * 5), "small")

    def groups(self, groups: list[Group], title: str, id: str, name: str, named: Callable[[str], str]) -> list[Block]:
        """Return a section with the verdicts of each name; the smallest are folded away."""
        if not groups:
            return []
        caption = self._("Measures by verdict: {title}", title=title)
        found: list[Block] = [self.heading(title, id), self.table(groups[:MOST_GROUPS], caption, name, named)]
        if id == "rights":
            text = self._("A measure counts once for each right that it touches or may touch.")
            found.append(Para((Span(text),), "muted"))
        if len(groups) > MOST_GROUPS:
            rest = groups[MOST_GROUPS:]
            summary = self.t.plural("{n} further line", "{n} further lines", len(rest))
            found.append(Details((Span(summary),), (self.table(rest, caption, name, named),)))
        return found

    def gravest(self) -> list[Block]:
        """Return the gravest measures."""
        s, _ = self.s, self._
        if not s.gravest:
            return []
        last = _("Assessment") if s.kind == "history" else _("Row")
        head = (_("Measure"), _("Country and date"), _("Verdict"), _("Rights"), last)
        rows = []
        for g in s.gravest:
            where = (self.t.country(g.country), self.t.date(g.date) if _is_date(g.date) else clean(g.date or ""))
            rows.append(
                (
                    Cell(
                        (
                            Span(clean(g.title), lang=self.foreign),
                            Span(" "),
                            Span(clean(f"{g.case} / {g.measure}"), "code"),
                        )
                    ),
                    self.cell(", ".join(w for w in where if w)),
                    self.cell(self.t.verdict(g.verdict), f"heat v-{g.verdict}"),
                    self.cell(self.t.listed(self.t.right(r) for r in g.rights)),
                    self.cell(g.place),
                )
            )
        caption = _("The gravest measures, those with most such rights first")
        widths = (0.36, 0.16, 0.13, 0.25, 0.1)
        found: list[Block] = [
            self.heading(_("The gravest measures"), "gravest"),
            Table(caption, head, tuple(rows), widths, "small"),
        ]
        more = s.verdicts.grave - len(s.gravest)
        if more > 0:
            text = self.t.plural(
                "{n} further measure is incompatible or high risk.",
                "{n} further measures are incompatible or high risk.",
                more,
            )
            found.append(Para((Span(text),), "muted"))
        return found

    @property
    def foreign(self) -> str:
        return "" if self.t.lang == "en" else "en"

    def changed(self) -> list[Block]:
        """Return measures whose verdict changed between two assessments."""
        s, _ = self.s, self._
        if not s.changed:
            return []
        head = (_("Measure"), _("Before"), _("After"), _("Stored"), _("Between them"))
        rows = tuple(
            (
                Cell(
                    (Span(clean(c.title), lang=self.foreign), Span(" "), Span(clean(f"{c.case} / {c.measure}"), "code"))
                ),
                self.cell(self.t.verdict(c.before), f"heat v-{c.before}"),
                self.cell(self.t.verdict(c.after), f"heat v-{c.after}"),
                self.cell(self.t.date(c.stored_at[:10])),
                self.cell(
                    f"{c.number_before} → {c.number_after}; "
                    + (
                        _("another rulebook")
                        if c.other_rulebook
                        else _("the same rulebook, other facts, date or standards")
                    )
                ),
            )
            for c in s.changed
        )
        caption = _("Verdicts that became another one, the newest first")
        return [
            self.heading(_("Verdicts that changed"), "changed"),
            Table(caption, head, rows, (0.36, 0.13, 0.13, 0.14, 0.24), "small"),
        ]

    def rules(self) -> list[Block]:
        """Return the rules that fire most."""
        s, _ = self.s, self._
        if not s.rules:
            return []
        rows = tuple(
            (
                Cell(
                    (
                        *((Span(clean(r.title), lang=self.foreign), Span(" ")) if r.title else ()),
                        Span(clean(r.rule), "code"),
                    )
                ),
                self.cell(self.t.number(r.measures), "heat none"),
                self.cell(self.t.percent(r.measures / s.measures), "heat none"),
            )
            for r in s.rules
        )
        head = (_("Rule"), _("Measures"), _("Share"))
        return [
            self.heading(_("Rules that fire most"), "rules"),
            Table(_("Rules by the number of measures for which they fire"), head, rows, (0.7, 0.15, 0.15), "small"),
        ]

    def method(self) -> list[Block]:
        """Return what the counts can and cannot say."""
        _ = self._
        items = [
            _(
                "The counts describe the measures that were entered, not the practice of a State: what somebody chose "
                "to enter shapes them."
            ),
            _("A verdict is that of the measure as described; facts that are not given are unknown."),
            _("Countries with few measures have shares that mean little."),
        ]
        return [
            self.heading(_("Method and limits"), "method"),
            Bullets(tuple((Span(item),) for item in items)),
        ]


def _is_date(text: str | None) -> bool:
    import datetime

    if not text or len(text) not in (4, 7, 10):
        return False
    try:
        datetime.date.fromisoformat(text + "-01-01"[: 10 - len(text)] if len(text) < 10 else text)
    except ValueError:
        return False
    return True
