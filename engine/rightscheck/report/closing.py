"""The pieces of a document on facts, unknowns, drafting advice, method and annexes."""

from __future__ import annotations

from rightscheck.report import model as m
from rightscheck.report.blocks import Block, Bullets, Cell, Details, Para, Span, Spans, Table, is_web
from rightscheck.report.compose import Composer
from rightscheck.report.texts import CHECKED, EFFECTS, GRADES, PARTIES, STATES, clean

TOP_UNKNOWN = 10


class Closing(Composer):
    """Adds what follows the rights."""

    # --- facts ------------------------------------------------------------------------------------

    def facts(self, x: m.MeasureItem, level: int, only: tuple[str, ...] = ()) -> list[Block]:
        """Return the facts relied on with their evidence; `only` keeps some groups of facts."""
        _ = self._
        rows = []
        for f in x.facts:
            if only and f.name.partition(".")[0] not in only:
                continue
            name = (self.foreign(f.asks), Span(" "), self.text(f.name, "code"))
            rows.append(
                (
                    self.cell(*name, id="" if only else f"m{x.number}-fact-{f.name}"),
                    self.cell(self.foreign(f.said)),
                    Cell(self.evidence(f)),
                )
            )
        if not rows:
            return []
        return [
            self.heading(level, _("Facts relied on"), "" if only else f"m{x.number}-facts"),
            Table(
                _("Facts of the measure: {measure}", measure=clean(x.title)),
                (_("Question"), _("Answer"), _("Evidence")),
                tuple(rows),
                (0.42, 0.24, 0.34),
            ),
        ]

    def evidence(self, f: m.FactItem) -> Spans:
        """Return the evidence for a fact."""
        if f.presumed is not None:
            return (Span(self._("Presumed by law, not given:") + " ", "b"), *self.said(f.presumed))
        if f.evidence is None:
            return (Span(self._("No source is given."), "muted"),)
        found: list[Span] = [self.foreign(f.evidence.title)]
        if f.evidence.locator:
            found.append(self.text(f", {f.evidence.locator}"))
        if f.evidence.quote:
            found.append(self.text(f": “{f.evidence.quote}”", "quote", lang="en"))
        return tuple(found)

    def contested(self, x: m.MeasureItem, level: int) -> list[Block]:
        """Return contested facts and what would follow."""
        if not x.versions:
            return []
        _ = self._
        unknown = _("unknown")
        found: list[Block] = [
            self.heading(level, _("Contested facts, and what would follow"), f"m{x.number}-contested")
        ]
        for v in x.versions:
            party = self.t.name(PARTIES, v.by)
            rows = tuple(
                (
                    self.cell(self.foreign(f.asks), Span(" "), self.text(f.name, "code")),
                    self.cell(self.foreign(f.held) if f.held is not None else unknown),
                    self.cell(self.foreign(f.claimed) if f.claimed is not None else unknown),
                )
                for f in v.facts
            )
            place = ", ".join(p for p in (v.source, v.locator) if p)
            caption = _("As {party} has it", party=party) + (f" ({clean(place)})" if place else "")
            found.append(
                Table(caption, (_("Question"), _("Taken here"), _("Stated otherwise")), rows, (0.5, 0.25, 0.25))
            )
            found.append(Para(self.said(v.follows), "lead"))
        return found

    # --- unknown, advice --------------------------------------------------------------------------

    def unknown(self, x: m.MeasureItem, level: int) -> list[Block]:
        """Return what is unknown and matters, most decisive first."""
        if not x.unknown:
            return []
        _ = self._
        caption = _("Unknown facts that can still change a finding, the most decisive first")
        head = (_("Find out"), _("Bears on"))

        def rows(items: list[m.UnknownItem]) -> tuple[tuple[Cell, ...], ...]:
            return tuple(
                (
                    self.cell(self.foreign(u.asks), Span(" "), self.text(u.name, "code")),
                    self.cell(self.rights(u.rights)),
                )
                for u in items
            )

        first, rest = x.unknown[:TOP_UNKNOWN], x.unknown[TOP_UNKNOWN:]
        found: list[Block] = [
            self.heading(level, _("What is unknown and matters"), f"m{x.number}-unknown"),
            Table(caption, head, rows(first), (0.62, 0.38)),
        ]
        if rest:
            summary = self.t.plural("{n} further unknown fact", "{n} further unknown facts", len(rest))
            table = Table(_("Further unknown facts"), head, rows(rest), (0.62, 0.38), "small")
            found.append(Details((Span(summary),), (table,)))
        return found

    def advice(self, x: m.MeasureItem, level: int) -> list[Block]:
        """Return drafting advice: the smallest change that is proved, then a point for each rule that fired."""
        _ = self._
        found: list[Block] = [self.heading(level, _("How to amend it"), f"m{x.number}-advice")]
        if x.smallest is not None:
            found += self.smallest(x.smallest)
        if x.advice:
            items = tuple(
                (
                    *self.said(a.said),
                    Span(" ("),
                    Span(self.t.listed(self.t.right(r) for r in a.rights)),
                    Span("; "),
                    *self.codes(a.rules),
                    Span(")"),
                )
                for a in x.advice
            )
            text = _(
                "Each of these points answers a rule that fired, what fails outright first. Together they may ask for "
                "more than is needed; assess the amended text again."
            )
            found += [Para((Span(text),)), Bullets(items, True)]
        return found if len(found) > 1 else []

    def smallest(self, item: m.SmallestItem) -> list[Block]:
        """Return the smallest change, or what stands whatever is changed."""
        _ = self._
        lead = Para(self.said(item.said), "lead")
        if item.changes:
            rows = tuple(
                (
                    self.cell(self.foreign(c.asks), Span(" "), self.text(c.name, "code")),
                    self.cell(self.foreign(c.before)) if c.before is not None else self.cell(_("not stated")),
                    self.cell(self.foreign(c.after)),
                )
                for c in item.changes
            )
            head = (_("Feature"), _("Now"), _("To write"))
            return [lead, Table(_("The smallest change that is enough"), head, rows, (0.5, 0.25, 0.25))]
        return [lead, Bullets(tuple((*self.said(s), Span(" "), *self._grounds(s)) for s in item.stands))]

    def _grounds(self, said: m.Said) -> Spans:
        return self.codes([ref.id for ref in said.refs if ref.kind in ("rule", "question")])

    def severity(self, x: m.MeasureItem) -> list[Block]:
        """Return severity, apart from the verdict."""
        _ = self._
        names = {"scale": _("How grave"), "scope": _("How many people"), "irremediability": _("Can it be put right")}
        groups = []
        for s in x.severity:
            because = (Span(" ("), *self.said(s.because), Span(")")) if s.because else ()
            groups.append((Span(f"{names[s.dimension]}: "), Span(self.t.name(GRADES, s.grade), "b"), *because))
        return [Para((self.label(_("Severity, which changes no verdict:")), *self.joined(groups, "; ")))]

    def untouched(self, x: m.MeasureItem, level: int) -> list[Block]:
        """Return the rights of which it is not known whether the measure touches them, and those no standard covers."""
        _ = self._
        idle = [r for r in x.rights if not self.shown(r)]
        found: list[Block] = []
        if idle:
            rows = tuple(
                (
                    self.cell(self.t.right(r.right), header=True),
                    self.cell(" – ".join(dict.fromkeys(self.t.verdict(v) for v in r.could_be))),
                    self.cell(", ".join(r.articles.values())),
                )
                for r in idle
            )
            found.append(self.heading(level, _("Rights that may be touched"), f"m{x.number}-possible"))
            found.append(
                Para(
                    (
                        Span(
                            _(
                                "It is not known whether the measure touches these rights, so nothing is "
                                "concluded on them."
                            )
                        ),
                    )
                )
            )
            head = (_("Right"), _("Could be"), _("Articles"))
            found.append(Table(_("Rights possibly touched"), head, rows, (0.34, 0.26, 0.4)))
        if x.not_covered:
            names = self.t.listed(self.t.right(r) for r in x.not_covered)
            text = _("Touched, but protected by none of the standards weighed: {rights}.", rights=names)
            found.append(Para((Span(text),), "warn"))
        return found

    # --- method and annexes -------------------------------------------------------------------------

    def method(self, level: int = 1) -> list[Block]:
        """Return method, rulebook, agreement with decided cases, limits."""
        _ = self._
        book = self.report.method
        found: list[Block] = [
            self.heading(level, _("Method and limits"), "method"),
            Bullets(tuple((Span(step),) for step in book.steps)),
        ]
        rows = [
            (_("Rulebook"), (self.text(f"{book.rulebook} {book.version}"), Span(": "), self.foreign(book.title))),
            (_("Its digest (SHA-256)"), (self.text(book.sha256, "code"),)),
            (_("Program"), (self.text(f"rightscheck {book.engine}"),)),
            *self.agreement(),
        ]
        table = tuple((self.cell(name, header=True), Cell(spans)) for name, spans in rows)
        found.append(Table(_("What the findings were made with"), (), table, (0.24, 0.76), "plain"))
        found.append(Para((self.label(_("Limits")),)))
        found.append(Bullets(tuple((Span(line),) for line in book.limits)))
        return found

    def agreement(self) -> list[tuple[str, Spans]]:
        """Return the measured agreement with decided cases, its baseline beside it: unseen first, then by half."""
        _ = self._
        names = {
            "unseen": _("Agreement with unseen rulings, each run once on the rulebook frozen at that time"),
            "A": _("Agreement now with rulings at hand when rules were written"),
            "B": _("Agreement now with rulings held back until the rules were first frozen"),
        }
        known = [a for a in self.report.method.agreement if a.determined]
        if not known:
            return [(_("Agreement with decided cases"), (Span(_("Not measured for this rulebook.")),))]
        return [(names[a.half], (Span(self._agreement(a)),)) for a in known]

    def _agreement(self, a: m.AgreementItem) -> str:
        _ = self._
        share = self.t.percent(a.agreeing / a.determined)
        low, high = a.interval or (0.0, 1.0)
        interval = _("95% interval {low} to {high}", low=self.t.percent(low), high=self.t.percent(high))
        parts = [
            self.t.plural(
                "{n} ruling of courts and treaty bodies was compared.",
                "{n} rulings of courts and treaty bodies were compared.",
                a.rulings,
            ),
            _(
                "The rulebook answers {determined} of them and agrees in {agreeing} ({share}; {interval}).",
                determined=a.determined,
                agreeing=a.agreeing,
                share=share,
                interval=interval,
            ),
            _("Always naming the commoner outcome would agree in {share}.", share=self.t.percent(a.majority or 0.0)),
            self.t.plural(
                "{n} violation found by a body is low risk here.",
                "{n} violations found by a body are low risk here.",
                a.low_on_violation,
            ),
        ]
        return " ".join(parts)

    def law_annex(self, level: int = 1) -> list[Block]:
        """Return the law relied on: place, what it says, whether the place was checked, link."""
        _ = self._
        if not self.report.law:
            return []
        rows = []
        for item in self.report.law:
            where: list[Span] = [self.foreign(item.title)]
            if item.pinpoint:
                where.append(self.text(f", {item.pinpoint}", lang="en"))
            if item.url:
                where += [Span(" "), self.text(item.url, "url", item.url if is_web(item.url) else "")]
            checked = self.t.name(CHECKED, item.verified)
            rows.append(
                (
                    self.cell(str(item.number), id=f"law-{item.number}", header=True),
                    Cell(tuple(where)),
                    self.cell(self.foreign(item.says)),
                    self.cell(checked, style="" if item.verified == "seen" else "warn"),
                )
            )
        head = (_("No."), _("Source and place"), _("What it says, in our words"), _("Checked"))
        return [
            self.heading(level, _("Annex A: law relied on"), "law"),
            Table(_("Law relied on"), head, tuple(rows), (0.06, 0.38, 0.4, 0.16), "small"),
        ]

    def rules_annex(self, level: int = 1) -> list[Block]:
        """Return all rules considered with their states."""
        _ = self._
        numbers = [x.number for x in self.report.measures]
        names = {s: self.t.name(STATES, s) for s in STATES}
        weighed = {r.right for x in self.report.measures for r in x.rights}
        many = len(numbers) > 1
        marks = {"fired": "●", "rebuttable": "◐", "excused": "E", "live": "?", "dormant": "·", "silent": "–"}
        rows = []
        for c in self.report.considered:
            cells = [
                self.cell(
                    self.text(c.title, lang=c.title_lang), Span(" "), self.text(c.rule, "code"), id=f"rule-{c.rule}"
                ),
                self.cell(self.rights([r for r in c.rights if r in weighed] or c.rights)),
                self.cell(self.t.stage(c.stage)),
                self.cell(self.t.name(EFFECTS, c.effect)),
            ]
            cells += [
                self.cell(marks[c.states[n]] if many else names[c.states[n]], style="mark" if many else "")
                if n in c.states
                else self.cell("")
                for n in numbers
            ]
            rows.append(tuple(cells))
        wide = min(0.028, 0.25 / len(numbers)) if many else 0.13
        rest = 1 - wide * len(numbers)
        head = (_("Rule"), _("Right"), _("Stage"), _("Effect"), *([str(n) for n in numbers] if many else [_("State")]))
        widths = (rest * 0.46, rest * 0.22, rest * 0.13, rest * 0.19, *[wide] * len(numbers))
        found: list[Block] = [self.heading(level, _("Annex B: all rules considered"), "rules")]
        text = self.t.plural("{n} rule was considered.", "{n} rules were considered.", len(rows))
        if many:
            legend = "; ".join(f"{marks[s]} {names[s]}" for s in marks)
            text += " " + _(
                "The columns are the measures by number. {legend}; empty: not considered for that measure.",
                legend=legend,
            )
        found.append(Para((Span(text),)))
        table = Table(_("Rules considered"), head, tuple(rows), widths, "small annex")
        found.append(Details((Span(self._("The list of rules")),), (table,)))
        return found
