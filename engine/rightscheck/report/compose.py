"""From the report model to a document: the pieces every arrangement is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rightscheck.report import model as m
from rightscheck.report.blocks import (
    Block,
    Box,
    Bullets,
    Cell,
    Details,
    Figure,
    Heading,
    Para,
    Span,
    Spans,
    Table,
    is_web,
)
from rightscheck.report.drawing import Argument
from rightscheck.report.texts import EFFECTS, STANDINGS, STATUSES, Texts, clean
from rightscheck.rulebook.model import STAGES


class Composer:
    """Makes the pieces of a document from a report, in the report's language."""

    def __init__(self, report: m.Report, texts: Texts) -> None:
        self.report, self.t = report, texts
        self._ = texts.gettext
        self.law = {item.number: item for item in report.law}

    # --- runs of text -------------------------------------------------------------------------

    def text(self, text: object, style: str = "", href: str = "", lang: str = "") -> Span:
        """Return a run of text, cleaned."""
        return Span(clean(text), style, href, "" if lang == self.t.lang else lang)

    def foreign(self, text: object, style: str = "") -> Span:
        """Return a run in the language of the rulebook."""
        return self.text(text, style, lang="en")

    def said(self, said: m.Said, style: str = "", law: Iterable[int] = ()) -> Spans:
        """Return a statement, with references to law where it has some."""
        numbers = tuple(law)
        found = (self.text(said.text, style, lang=said.lang),)
        return (*found, Span("", law=numbers)) if numbers else found

    def label(self, text: str) -> Span:
        """Return a label before a text."""
        return Span(clean(text) + " ", "b")

    def verdict(self, verdict: str) -> Span:
        """Return a verdict as a badge."""
        return Span(self.t.verdict(verdict), f"badge v-{verdict}")

    def joined(self, groups: Iterable[Spans], between: str = ", ") -> Spans:
        """Return groups of runs with a separator between them."""
        found: list[Span] = []
        for group in groups:
            found += ([Span(between)] if found else []) + list(group)
        return tuple(found)

    def fact(self, measure: m.MeasureItem, name: str) -> Spans:
        """Return a fact with its value, linked to the table of facts."""
        item = next((f for f in measure.facts if f.name == name), None)
        link = f"#m{measure.number}-fact-{name}" if item else ""
        code = self.text(name, "code", link)
        if item is None:
            return (code,)
        value = (Span(": "), self.foreign(item.said))
        if item.presumed:
            return (code, *value, Span(" " + self._("(presumed)")))
        if item.evidence:
            place = ", ".join(x for x in (item.evidence.source, item.evidence.locator) if x)
            return (code, *value, self.text(f" ({place})", "muted"))
        return (code, *value)

    def codes(self, names: Iterable[str]) -> Spans:
        """Return names as code, in a list."""
        return self.joined((self.text(name, "code"),) for name in names)

    def some(self, names: Sequence[str], most: int) -> Spans:
        """Return names as code, and how many there are beyond the first."""
        if len(names) <= most + 1:
            return self.codes(names)
        more = self.t.plural("and {n} other", "and {n} others", len(names) - most)
        return (*self.codes(names[:most]), Span(f" {more}", "muted"))

    def rights(self, names: Sequence[str], most: int = 3) -> str:
        """Return rights in a list, and how many there are beyond the first."""
        if len(names) <= most + 1:
            return self.t.listed(self.t.right(r) for r in names)
        more = self.t.plural("and {n} other", "and {n} others", len(names) - most)
        return f"{', '.join(self.t.right(r) for r in names[:most])} {more}"

    def cell(self, *spans: Span | str, style: str = "", id: str = "", header: bool = False) -> Cell:
        """Return a cell."""
        return Cell(tuple(Span(clean(s)) if isinstance(s, str) else s for s in spans), style, id, header)

    def heading(self, level: int, text: str, id: str, *, lang: str = "", badge: str = "") -> Heading:
        """Return a heading, with a verdict's badge after it."""
        spans: Spans = (self.text(text, lang=lang),)
        return Heading(level, (*spans, Span(" "), self.verdict(badge)) if badge else spans, id)

    # --- what was assessed ----------------------------------------------------------------------

    def assessed(self, level: int = 1) -> list[Block]:
        """Return what was assessed and from which sources."""
        _ = self._
        found: list[Block] = [self.heading(level, _("What was assessed"), "assessed")]
        for case in self.report.cases:
            mine = [x for x in self.report.measures if x.case == case.case]
            rows = [
                (_("Case"), (self.foreign(case.title), Span(" "), self.text(case.case, "code"))),
                (_("Country"), (self.text(self.t.country(case.country)),)),
                (_("Date of the case"), (self.text(self.t.date(case.date)),)),
                (_("Standards weighed"), self.standards(mine[0])),
            ]
            if len(mine) == 1:
                rows.insert(
                    1, (_("Measure"), (self.foreign(mine[0].title), Span(" "), self.text(mine[0].measure, "code")))
                )
            if any(x.as_of != case.date for x in mine):
                dates = self.t.listed(dict.fromkeys(self.t.date(x.as_of) for x in mine))
                rows.insert(3, (_("Standards weighed as of"), (self.text(dates),)))
            numbers = [str(x.assessment) for x in mine if x.assessment is not None]
            if numbers:
                rows.append((_("Stored assessment"), (self.text(", ".join(numbers)),)))
            table = tuple((self.cell(name, header=True), Cell(spans)) for name, spans in rows)
            found.append(Table(_("The case {case}", case=case.case), (), table, (0.24, 0.76), "plain"))
            if case.summary:
                found.append(Para((self.foreign(case.summary),)))
            found += self.sources(case)
            if len(mine) > 1:
                found.append(Para((self.label(_("Measures assessed")),)))
                found.append(Bullets(tuple((self.text(x.title, href=f"#m{x.number}", lang="en"),) for x in mine), True))
        return found

    def standards(self, measure: m.MeasureItem) -> Spans:
        """Return the standards weighed, each with its status."""
        return self.joined(
            (
                (self.foreign(s.title), Span(f" ({self.t.name(STANDINGS, s.status)})", "muted"))
                for s in measure.standards
            ),
            "; ",
        )

    def sources(self, case: m.CaseItem) -> list[Block]:
        """Return where the facts come from."""
        if not case.sources:
            return [Para((Span(self._("The case names no source for its facts.")),), "warn")]
        items = []
        for s in case.sources:
            place = f", {s.locator}" if s.locator else ""
            spans: list[Span] = [self.text(s.id, "code"), Span(" "), self.text(s.title + place, lang="en")]
            if s.url:
                spans += [Span(" "), self.text(s.url, "url", s.url if is_web(s.url) else "")]
            items.append(tuple(spans))
        return [Para((self.label(self._("Where the facts come from")),)), Bullets(tuple(items))]

    # --- the verdict -----------------------------------------------------------------------------

    def verdicts(self, level: int = 1) -> list[Block]:
        """Return the verdict of each measure in sentences, and once what a report is for."""
        found: list[Block] = [self.heading(level, self._("The verdict"), "verdict")]
        measures = self.report.measures
        many = len(measures) > 1
        alike = many and not any(x.binding for x in measures) and len({x.standing.text for x in measures}) == 1
        if alike:  # said first, and once
            found.append(Para(self.said(measures[0].standing), "warn"))
        found += [self.verdict_box(x, title=many, standing=not alike) for x in measures]
        found.append(Para((Span(self.report.disclaimer),), "disclaimer"))
        return found

    def verdict_box(self, x: m.MeasureItem, *, title: bool, standing: bool = True) -> Box:
        """Return one measure's verdict in sentences; first of all where no binding standard carries it."""
        head: list[Span] = [self.verdict(x.verdict)]
        if title:
            head += [Span(" "), self.text(x.title, "b", f"#m{x.number}", lang="en")]
        blocks: list[Block] = [Para(tuple(head))]
        blocks += [Para(self.said(x.standing), "warn")] if standing and not x.binding else []
        because = (Span(" "), *self.said(x.reason)) if x.reason.text not in x.sentence.text else ()
        blocks.append(Para((self.text(x.sentence.text, "b"), *because), "lead"))
        blocks.append(Para((*self.said(x.bounds), Span(" "), *(self.said(x.standing) if x.binding else ()))))
        return Box(tuple(blocks), f"verdict v-{x.verdict}")

    def overview(self, level: int = 1) -> list[Block]:
        """Return the map of measures and rights, for several measures; a few rights a table, so that words fit."""
        rights = list(dict.fromkeys(r.right for x in self.report.measures for r in x.rights if self.shown(r)))
        found: list[Block] = [self.heading(level, self._("Measures and rights at a glance"), "overview")]
        pieces = max(1, -(-len(rights) // MOST_COLUMNS))
        size = -(-len(rights) // pieces)
        for number in range(pieces):
            found.append(self.glance(rights[number * size : (number + 1) * size], number, pieces))
        text = self._("A dash means that the measure is not known to touch the right.")
        return [*found, Para((Span(text),), "muted")]

    def glance(self, rights: list[str], number: int, pieces: int) -> Table:
        """Return one table of measures by rights; the first begins with the verdict on all of them."""
        rows = []
        for x in self.report.measures:
            by = {r.right: r for r in x.rights if self.shown(r)}
            cells = [self.cell(self.text(f"{x.number}. {x.title}", href=f"#m{x.number}", lang="en"), header=True)]
            if number == 0:
                cells.append(self.cell(self.t.verdict(x.verdict), style=f"heat v-{x.verdict}"))
            for right in rights:
                r = by.get(right)
                cells.append(
                    self.cell(self.t.verdict(r.verdict), style=f"heat v-{r.verdict}")
                    if r
                    else self.cell("–", style="heat none")
                )
            rows.append(tuple(cells))
        first = (self._("All rights"),) if number == 0 else ()
        head = (self._("Measure"), *first, *(self.t.right(r) for r in rights))
        caption = self._("Verdict of each measure on each right")
        if pieces > 1:
            caption = f"{caption} ({number + 1}/{pieces})"
        each = 0.74 / (len(head) - 1)
        return Table(caption, head, tuple(rows), (0.26, *[each] * (len(head) - 1)), "heat")

    @staticmethod
    def shown(right: m.RightItem) -> bool:
        """Whether a right has a section of its own: it is engaged, or a rule fired on it."""
        return right.engaged or any(s.rules for s in right.stages)

    def heat(self, x: m.MeasureItem, rights: list[m.RightItem]) -> list[Block]:
        """Return the heat map of one measure: rights by stages of the test."""
        stages = [s for s in STAGES if any(y.stage == s for r in rights for y in r.stages)]
        rows = []
        for r in rights:
            by = {y.stage: y.status for y in r.stages}
            cells = [self.cell(self.text(self.t.right(r.right), href=f"#m{x.number}-{r.right}"), header=True)]
            cells.append(self.cell(self.t.verdict(r.verdict), style=f"heat v-{r.verdict}"))
            for s in stages:
                status = by.get(s)
                word = f"{SIGNS[status]} {self.t.name(STATUSES, status)}" if status else "–"
                cells.append(self.cell(word, style=f"heat s-{status or 'none'}"))
            rows.append(tuple(cells))
        if not rows:
            return []
        head = (self._("Right"), self._("Verdict"), *(self.t.stage(s) for s in stages))
        each = 0.68 / max(1, len(stages))
        caption = self._("Rights and stages of the test: {measure}", measure=clean(x.title))
        return [
            Table(caption, head, tuple(rows), (0.19, 0.13, *[each] * len(stages)), "heat"),
            Para(
                (
                    Span(
                        self._(
                            "Passed: nothing known fails. Doubtful: a weakness stands. Open: not answered yet. A "
                            "dash: no test here."
                        )
                    ),
                ),
                "muted",
            ),
        ]

    # --- one right ------------------------------------------------------------------------------

    def right(self, x: m.MeasureItem, r: m.RightItem, level: int) -> list[Block]:
        """Return the section on one right: finding, drawing, stages."""
        _ = self._
        found: list[Block] = [self.heading(level, self.t.right(r.right), f"m{x.number}-{r.right}", badge=r.verdict)]
        titles = {s.id: s for s in x.standards}
        law = self.joined(
            (
                (
                    self.foreign(f"{titles[n].title}, {article}"),
                    Span(f" ({self.t.name(STANDINGS, titles[n].status)}): ", "muted"),
                    Span(self.t.verdict(r.by_standard[n])),
                )
                for n, article in r.articles.items()
            ),
            "; ",
        )
        found.append(Para((self.label(_("Finding:")), *self.said(r.reason))))
        touches = _("It is not known whether the measure touches this right.")
        if not r.engaged and touches != r.reason.text:
            found.append(Para((Span(touches),), "warn"))
        found.append(Para((self.label(_("Protected by:")), *law)))
        if r.could_be[0] != r.could_be[1]:
            words = _("from {best} to {worst}", best=self.t.verdict(r.could_be[0]), worst=self.t.verdict(r.could_be[1]))
        else:
            words = _("nothing but {verdict}", verdict=self.t.verdict(r.could_be[0]))
        found.append(Para((self.label(_("Could still be:")), Span(words))))
        argument = Argument(x, r, self.t)
        drawing = argument.drawing()
        if drawing is not None:
            caption = _("The argument, from the verdict to the facts.")
            if argument.left_out:
                caption += " " + self.t.plural(
                    "{n} further rule that fired is not drawn.",
                    "{n} further rules that fired are not drawn.",
                    argument.left_out,
                )
            found.append(Figure(drawing, caption, f"m{x.number}-{r.right}-drawing"))
        found += [block for s in r.stages if s.status != "passed" or s.rules for block in self.stage(x, s)]
        passed = [s for s in r.stages if s.status == "passed" and not s.rules]
        if passed:
            found.append(self.passed(passed))
        found.append(
            Para(
                (
                    Span(
                        self.t.plural(
                            "{n} other rule on this right was weighed and did not fire; all rules are listed in "
                            "the annex.",
                            "{n} other rules on this right were weighed and did not fire; all rules are listed in "
                            "the annex.",
                            r.quiet,
                        )
                    ),
                ),
                "muted",
            )
        )
        return found

    def passed(self, stages: list[m.StageItem]) -> Details:
        """Return the stages at which nothing known fails, with the questions that were answered."""
        names = self.t.listed(self.t.stage(s.stage) for s in stages)
        items = tuple(self.question(q) for s in stages for q in s.questions)
        summary = (self.status("passed"), Span(f" {names}: "), *self.said(stages[0].said))
        body: tuple[Block, ...] = (
            (Bullets(items),) if items else (Para((Span(self._("No core question is asked here.")),), "muted"),)
        )
        return Details(summary, body)

    def status(self, status: str) -> Span:
        """Return a stage's status as a badge."""
        return Span(f"{SIGNS[status]} {self.t.name(STATUSES, status)}", f"badge s-{status}")

    def question(self, q: m.QuestionItem) -> Spans:
        """Return a core question and what answers it."""
        if q.answered_by:
            return (
                self.foreign(q.question),
                Span(" " + self._("Answered by:") + " ", "muted"),
                *self.some(q.answered_by, 6),
            )
        return (
            self.foreign(q.question),
            Span(" " + self._("Not answered; any of these would answer it:") + " ", "b"),
            *self.some(q.facts, 6),
        )

    def stage(self, x: m.MeasureItem, s: m.StageItem) -> list[Block]:
        """Return one stage of the test."""
        blocks: list[Block] = [self.rule(x, rule) for rule in s.rules]
        if s.questions:
            blocks.append(Bullets(tuple(self.question(q) for q in s.questions)))
        if s.open:
            rows = tuple(
                (
                    self.cell(self.text(o.title, lang=o.title_lang), Span(" "), self.text(o.rule, "code")),
                    self.cell(self.t.name(EFFECTS, o.effect)),
                    self.cell(*self.codes(o.unknown)),
                )
                for o in s.open
            )
            head = (self._("Rule that could still fire"), self._("Would mean"), self._("Not known"))
            caption = self._("Partly met, not decided: {stage}", stage=self.t.stage(s.stage))
            blocks.append(Table(caption, head, rows, (0.44, 0.18, 0.38), "small"))
        summary = (self.status(s.status), Span(f" {self.t.stage(s.stage)}: ", "b"), *self.said(s.said))
        return [Details(summary, tuple(blocks), s.status in ("failed", "doubtful") or bool(s.rules))]

    def rule(self, x: m.MeasureItem, r: m.RuleItem) -> Box:
        """Return a rule that fired: what it says here, the facts, the law, how to mend it, what speaks against."""
        _ = self._
        effect = self.t.name(EFFECTS, r.effect)
        if r.absolute:
            effect = _("An absolute bar: {effect}", effect=effect)
        blocks: list[Block] = [
            Para((Span(effect, f"badge e-{r.effect}"), Span(" "), *self.said(r.because, law=r.law))),
        ]
        rule = (self.text(r.title, lang=r.title_lang), Span(" "), self.text(r.rule, "code", f"#rule-{r.rule}"))
        if r.also:
            blocks.append(
                Para(
                    (
                        self.label(_("Rule:")),
                        *rule,
                        Span(" "),
                        Span(_("Set out under {right}.", right=self.t.right(r.also)), "muted"),
                    )
                )
            )
            return Box(tuple(blocks), f"rule e-{r.effect}")
        blocks.append(Para((self.label(_("Rule:")), *rule)))
        facts = self.joined((self.fact(x, name) for name in [*r.facts, *r.presumed]), "; ")
        if facts:
            blocks.append(Para((self.label(_("Rests on:")), *facts)))
        if r.answered_by:
            blocks.append(Para((self.label(_("Answered by:")), *self.codes(r.answered_by))))
        if r.rebuttable_by:
            blocks.append(Para((self.label(_("An exception could lift it; not known:")), *self.codes(r.rebuttable_by))))
        if r.cure:
            blocks.append(Para((self.label(_("To mend it:")), *self.said(r.cure))))
        if r.limits:
            blocks.append(Para((self.label(_("Against this:")), *self.said(r.limits))))
        return Box(tuple(blocks), f"rule e-{r.effect}")


MOST_COLUMNS = 6
SIGNS = {"passed": "✓", "failed": "✕", "doubtful": "!", "open": "?"}
