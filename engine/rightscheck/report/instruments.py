"""The same assessment arranged as an instrument asks for it; nothing is assessed anew and nothing is netted off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from rightscheck.assessment.model import StageStatus
from rightscheck.assessment.verdict import gravest
from rightscheck.report import model as m
from rightscheck.report.blocks import Block, Bullets, Cell, Para, Span, Table
from rightscheck.report.closing import Closing
from rightscheck.report.texts import EFFECTS, N_, STANDINGS

Rating = Literal["red", "amber", "green"]
RATINGS: dict[Rating, str] = {"red": N_("red"), "amber": N_("amber"), "green": N_("green")}
COVENANT = "iccpr"


def _end(c: Closing) -> list[Block]:
    return [*c.method(), *c.law_annex(), *c.rules_annex()]


def _each(c: Closing, one: Callable[[Closing, m.MeasureItem, int], list[Block]]) -> list[Block]:
    """Return what is said of each measure, under a heading of its own where there are several."""
    found: list[Block] = []
    many = len(c.report.measures) > 1
    for x in c.report.measures:
        if many:
            found.append(c.heading(1, f"{x.number}. {x.title}", f"m{x.number}", lang="en", badge=x.verdict))
        found += one(c, x, 2 if many else 1)
    return found


# --- the Covenant -----------------------------------------------------------------------------------


def _stage_under(stage: m.StageItem) -> m.StageItem:
    """Return a stage on the Covenant's rules alone."""
    rules = [r for r in stage.rules if COVENANT in r.standards]
    still = [o for o in stage.open if COVENANT in o.standards]
    status: StageStatus = stage.status
    harms = [r for r in rules if r.effect != "mitigates"]
    if any(r.effect == "violation" or (r.effect == "strong" and not r.answered_by) for r in harms):
        status = "failed"
    elif any(r.effect == "strong" or not r.answered_by for r in harms):
        status = "doubtful"
    elif any(not q.answered_by for q in stage.questions) or any(o.effect in ("violation", "strong") for o in still):
        status = "open"
    else:
        status = "passed"
    return stage.model_copy(update={"rules": rules, "open": still, "status": status})


def _right_under(c: Closing, r: m.RightItem) -> m.RightItem:
    stages = [_stage_under(s) for s in r.stages]
    spoken = [s.model_copy(update={"said": s.said.model_copy(update={"text": _words(c, s)})}) for s in stages]
    first = next((rule.because for s in stages for rule in s.rules if s.status == "failed"), r.reason)
    return r.model_copy(
        update={
            "verdict": r.by_standard[COVENANT],
            "by_standard": {COVENANT: r.by_standard[COVENANT]},
            "articles": {COVENANT: r.articles[COVENANT]},
            "stages": spoken,
            "reason": r.reason if r.by_standard[COVENANT] == r.verdict else first,
        }
    )


def _words(c: Closing, s: m.StageItem) -> str:
    from rightscheck.report.sentences import Speaker

    live = sum(o.effect in ("violation", "strong") for o in s.open)
    return Speaker(c.t).stage(s.status, any(not q.answered_by for q in s.questions), live, s.said.refs).text


def covenant(c: Closing) -> list[Block]:
    """Return a test under the Covenant: article by article, stage by stage."""

    def one(c: Closing, x: m.MeasureItem, level: int) -> list[Block]:
        rights = [_right_under(c, r) for r in x.rights if COVENANT in r.by_standard]
        shown = [r for r in rights if c.shown(r)]
        engaged = [r.verdict for r in rights if r.engaged]
        verdict = gravest(engaged) if engaged else "undetermined"
        status = next(s.status for s in x.standards if s.id == COVENANT)
        found: list[Block] = [
            c.heading(level, c.t.gettext("Finding under the Covenant"), f"m{x.number}-covenant", badge=verdict)
        ]
        text = c.t.gettext(
            "Status of the Covenant for the State on that date: {status}.", status=c.t.name(STANDINGS, status)
        )
        found.append(Para((Span(text),), "" if status == "binding" else "warn"))
        if verdict != x.verdict:
            text = c.t.gettext("On all standards weighed the verdict is {verdict}.", verdict=c.t.verdict(x.verdict))
            found.append(Para((Span(text),)))
        if shown:
            found += c.heat(x, shown)
        for r in shown:
            found += c.right(x, r, level)
        idle = x.model_copy(update={"rights": [r for r in rights if not c.shown(r)]})
        found += c.untouched(idle, level)
        return [*found, *c.facts(x, level), *c.contested(x, level), *c.unknown(x, level), *c.advice(x, level)]

    caution = Para((Span(c.report.disclaimer),), "disclaimer")
    return [*c.assessed(), caution, *_each(c, one), *_end(c)]


# --- security and justice assistance ------------------------------------------------------------------


def rating(r: m.RightItem) -> Rating:
    """Return the colour of a right after mitigation; an absolute bar that fired stays red whatever answers it."""
    if r.verdict in ("incompatible", "high") or any(
        rule.absolute and rule.effect in ("violation", "strong") for s in r.stages for rule in s.rules
    ):
        return "red"
    return "green" if r.verdict == "low" else "amber"


def rating_before(r: m.RightItem) -> Rating:
    """Return the colour of a right before what speaks for the measure is counted."""
    effects = {rule.effect for s in r.stages for rule in s.rules}
    if effects & {"violation", "strong"}:
        return "red"
    after = rating(r)
    return "amber" if "weak" in effects and after == "green" else after


def rating_of(x: m.MeasureItem) -> Rating:
    """Return the colour of a measure: that of its worst right, and never green while the verdict is not low."""
    found = [rating(r) for r in x.rights if r.engaged or any(s.rules for s in r.stages)]
    if "red" in found or x.verdict in ("incompatible", "high"):
        return "red"
    return "green" if x.verdict == "low" and "amber" not in found else "amber"


def _rate(c: Closing, colour: Rating) -> Cell:
    return c.cell(c.t.gettext(RATINGS[colour]), style=f"heat rag-{colour}")


def _risks(c: Closing, x: m.MeasureItem, level: int) -> list[Block]:
    """Return the rules that fired against the measure, right by right."""
    found: list[Block] = []
    for r in (r for r in x.rights if c.shown(r)):
        rules = [rule for s in r.stages for rule in s.rules if rule.effect != "mitigates"]
        found.append(c.heading(level, c.t.right(r.right), f"m{x.number}-{r.right}", badge=r.verdict))
        found.append(Para(c.said(r.reason)))
        found += [c.rule(x, rule) for rule in rules]
    return found


def _helping(c: Closing, x: m.MeasureItem) -> list[Block]:
    """Return what speaks for the measure, and what it answers."""
    pairs = [(r, rule) for r in x.rights for s in r.stages for rule in s.rules if rule.effect == "mitigates"]
    if not pairs:
        return [Para((Span(c.t.gettext("Nothing that is known speaks for the measure in the rulebook's terms.")),))]
    return [c.rule(x, rule) for rule in {rule.rule: rule for _, rule in pairs}.values()]


def assistance(c: Closing) -> list[Block]:
    """Return a check of security and justice assistance: situation, risks, mitigation, rating."""
    _ = c.t.gettext

    def one(c: Closing, x: m.MeasureItem, level: int) -> list[Block]:
        shown = [r for r in x.rights if c.shown(r)]
        key = f"m{x.number}"
        colour = rating_of(x)
        found: list[Block] = [
            c.heading(level, _("Rating"), f"{key}-rating"),
            Table(
                _("Rating of the measure"),
                (),
                ((c.cell(_("Rating"), header=True), _rate(c, colour)),),
                (0.3, 0.7),
                "plain",
            ),
            c.verdict_box(x, title=False),
            c.heading(level, _("Step 1: the situation and the partner"), f"{key}-situation"),
        ]
        groups = ("type", "stage", "restricts", "capacity", "commitment", "law", "safeguards", "information")
        found += c.facts(x, level + 1, groups) or [Para((Span(_("No fact on the partner is given.")),), "warn")]
        found.append(c.heading(level, _("Step 2: risks to human rights"), f"{key}-risks"))
        found += _risks(c, x, level + 1)
        found.append(c.heading(level, _("Step 3: mitigation"), f"{key}-mitigation"))
        found.append(
            Para(
                (
                    Span(
                        _(
                            "What speaks for the measure lowers a risk by one step. It is never set off against a "
                            "test that fails outright or an absolute bar."
                        )
                    ),
                )
            )
        )
        found += _helping(c, x)
        found += c.advice(x, level + 1)
        found.append(c.heading(level, _("Step 4: overall risk"), f"{key}-overall"))
        rows = tuple(
            (
                c.cell(c.t.right(r.right), header=True),
                _rate(c, rating_before(r)),
                _rate(c, rating(r)),
                c.cell(" – ".join(dict.fromkeys(c.t.verdict(v) for v in r.could_be))),
            )
            for r in shown
        )
        if rows:
            head = (_("Right"), _("Before mitigation"), _("After mitigation"), _("Could be"))
            found.append(Table(_("Risk to each right"), head, rows, (0.34, 0.2, 0.2, 0.26)))
        found.append(
            Para(
                (
                    Span(
                        _(
                            "Red: a test fails, or an absolute bar is touched. Amber: weaknesses, or not known. Green: "
                            "every question is answered and nothing fails."
                        )
                    ),
                ),
                "muted",
            )
        )
        found += c.severity(x)
        return [*found, *c.untouched(x, level), *c.contested(x, level), *c.unknown(x, level), *c.facts(x, level)]

    caution = Para((Span(c.report.disclaimer),), "disclaimer")
    return [*c.assessed(), caution, *_each(c, one), *_end(c)]


# --- due diligence --------------------------------------------------------------------------------------


def due_diligence(c: Closing) -> list[Block]:
    """Return a due-diligence risk assessment of support: recipient, risk of grave violations, response, mitigation."""
    _ = c.t.gettext

    def one(c: Closing, x: m.MeasureItem, level: int) -> list[Block]:
        key = f"m{x.number}"
        shown = [r for r in x.rights if c.shown(r)]
        found: list[Block] = [
            c.heading(level, _("The support and who receives it"), f"{key}-support"),
            *(c.facts(x, level + 1, ("type", "stage", "restricts", "capacity", "commitment", "target")) or []),
            c.heading(level, _("Risk of violations"), f"{key}-risk"),
        ]
        rows = tuple(
            (
                c.cell(c.t.right(r.right), header=True),
                c.cell(c.t.verdict(r.verdict), style=f"heat v-{r.verdict}"),
                c.cell(c.t.verdict(r.could_be[1]), style=f"heat v-{r.could_be[1]}"),
                c.cell(*c.said(r.reason)),
            )
            for r in shown
        )
        if rows:
            head = (_("Right"), _("Finding"), _("At worst"), _("Why"))
            found.append(Table(_("Risk of violations by right"), head, rows, (0.26, 0.14, 0.14, 0.46)))
        found += c.severity(x)
        found += _risks(c, x, level + 1)
        found.append(c.heading(level, _("What the authorities do about it"), f"{key}-response"))
        groups = ("safeguards", "protection", "treatment", "force", "information")
        known = c.facts(x, level + 1, groups)
        found += known or [Para((Span(_("Nothing is known of safeguards, inquiries or remedies.")),), "warn")]
        found += _helping(c, x)
        found.append(c.heading(level, _("Conclusion"), f"{key}-conclusion"))
        found.append(c.verdict_box(x, title=False))
        found.append(Para((Span(_(_CONCLUSIONS[x.verdict])),), "lead"))
        found += c.advice(x, level)
        found += c.unknown(x, level)
        return [*found, *c.untouched(x, level), *c.contested(x, level), *c.facts(x, level)]

    caution = Para((Span(c.report.disclaimer),), "disclaimer")
    return [*c.assessed(), caution, *_each(c, one), *_end(c)]


_CONCLUSIONS = {
    "incompatible": N_("A test fails outright as the support is described. It should not be given in this form."),
    "high": N_(
        "There are strong signs of a violation. Support in this form should wait until what is named "
        "below is done and assessed again."
    ),
    "moderate": N_(
        "Support may be considered once the weaknesses named below are mended and the open questions are followed up."
    ),
    "low": N_("No test is known to fail. The facts this rests on should be watched while the support lasts."),
    "undetermined": N_(
        "The risk cannot be rated on the facts given. The facts named below have to be found out first."
    ),
}


# --- a statement for a legislature ------------------------------------------------------------------------

_STATEMENTS = {
    "incompatible": N_(
        "On the facts given, a statement that the measure is compatible with human rights is not "
        "supported: a test fails outright."
    ),
    "high": N_(
        "On the facts given, a statement that the measure is compatible with human rights is not "
        "supported: a strong sign of a breach stands unanswered."
    ),
    "moderate": N_(
        "On the facts given, a statement that the measure is compatible with human rights is supported "
        "only if the points named below are dealt with."
    ),
    "low": N_(
        "On the facts given, a statement that the measure is compatible with the human-rights standards "
        "weighed is supported."
    ),
    "undetermined": N_(
        "On the facts given, neither a statement that the measure is compatible with human rights nor "
        "the contrary is supported: too much is unknown."
    ),
}


def compatibility(c: Closing) -> list[Block]:
    """Return the basis of a statement of compatibility: statement, rights engaged, limits and their grounds."""
    _ = c.t.gettext

    def one(c: Closing, x: m.MeasureItem, level: int) -> list[Block]:
        key = f"m{x.number}"
        shown = [r for r in x.rights if c.shown(r)]
        found: list[Block] = [
            c.heading(level, _("Statement"), f"{key}-statement", badge=x.verdict),
            Para(c.said(x.standing), "" if x.binding else "warn"),
            Para((Span(_(_STATEMENTS[x.verdict]), "b"), Span(" "), *c.said(x.reason)), "lead"),
            Para(c.said(x.bounds)),
            c.heading(level, _("Human rights engaged"), f"{key}-engaged"),
        ]
        names = tuple(
            (c.text(c.t.right(r.right), "b"), Span(": "), Span(c.t.verdict(r.verdict)), Span(". "), *c.said(r.reason))
            for r in shown
        )
        found.append(Bullets(names) if names else Para((Span(_("No right is known to be engaged.")),)))
        for r in shown:
            found += c.right(x, r, level)
        bars = [(r, rule) for r in shown for s in r.stages for rule in s.rules if rule.absolute]
        if bars:
            found.append(c.heading(level, _("Rights that admit no limit"), f"{key}-absolute"))
            items = tuple(
                (Span(f"{c.t.right(r.right)}: "), Span(f"{c.t.name(EFFECTS, rule.effect)}. "), *c.said(rule.because))
                for r, rule in bars
            )
            found.append(Bullets(items))
        found += [*c.advice(x, level), *c.unknown(x, level), *c.contested(x, level), *c.untouched(x, level)]
        return [*found, *c.facts(x, level)]

    caution = Para((Span(c.report.disclaimer),), "disclaimer")
    return [*c.assessed(), caution, *_each(c, one), *_end(c)]


ARRANGEMENTS: dict[str, Callable[[Closing], list[Block]]] = {
    "iccpr": covenant,
    "osja": assistance,
    "hrddp": due_diligence,
    "compatibility": compatibility,
}

__all__ = ["ARRANGEMENTS", "rating", "rating_before", "rating_of"]
