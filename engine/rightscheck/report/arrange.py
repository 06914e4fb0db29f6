"""From a report to a document: its arrangement, contents and words."""

from __future__ import annotations

from rightscheck.report import model as m
from rightscheck.report.blocks import Block, Document, Words
from rightscheck.report.closing import Closing
from rightscheck.report.instruments import ARRANGEMENTS
from rightscheck.report.texts import CHECKED, N_, Texts

SUBTITLES = {
    "full": N_("Human-rights risk assessment"),
    "iccpr": N_("Test under the International Covenant on Civil and Political Rights"),
    "osja": N_("Human-rights check of security and justice assistance"),
    "hrddp": N_("Due-diligence risk assessment of support to security forces"),
    "compatibility": N_("Statement of compatibility with human rights: basis for a legislature"),
}


def document(report: m.Report, texts: Texts) -> Document:
    """Return a report as a document in its arrangement."""
    composer = Closing(report, texts)
    blocks = ARRANGEMENTS.get(report.arrangement, full)(composer)
    _ = texts.gettext
    notice = ""
    if texts.lang != "en":
        notice = _(
            "This translation of the report's own wording has not been reviewed. Texts of rules, facts and "
            "sources stand in English until a lawyer who speaks the language has translated them."
        )
        if report.translated == "unreviewed":
            notice += " " + _("Some texts of rules are translated all the same; no lawyer has reviewed them.")
    return Document(
        title=composer.text(report.title).text,
        subtitle=texts.gettext(SUBTITLES[report.arrangement]),
        lang=texts.lang,
        notice=notice,
        blocks=tuple(blocks),
        law={item.number: item for item in report.law},
        words=Words(
            contents=_("Contents"),
            skip=_("Skip to the report"),
            law=_("Law:"),
            verified={key: texts.name(CHECKED, key) for key in CHECKED},
        ),
    )


def full(c: Closing) -> list[Block]:
    """Return the full report, in the order in which an analyst is read."""
    many = len(c.report.measures) > 1
    found = [*c.assessed(), *c.verdicts()]
    if many:
        found += c.overview()
    for x in c.report.measures:
        level = 1
        if many:
            found.append(c.heading(1, f"{x.number}. {x.title}", f"m{x.number}", lang="en", badge=x.verdict))
            found.append(c.verdict_box(x, title=False))
            level = 2
        found += measure(c, x, level)
    return [*found, *c.method(), *c.law_annex(), *c.rules_annex()]


def measure(c: Closing, x: m.MeasureItem, level: int) -> list[Block]:
    """Return all on one measure after its verdict."""
    shown = [r for r in x.rights if c.shown(r)]
    found: list[Block] = []
    if shown:
        found.append(c.heading(level, c.t.gettext("Rights and stages of the test"), f"m{x.number}-map"))
        found += c.heat(x, shown)
    found += c.severity(x)
    for r in shown:
        found += c.right(x, r, level if level == 1 else 2)
    found += c.untouched(x, level)
    found += c.facts(x, level)
    found += c.contested(x, level)
    found += c.unknown(x, level)
    found += c.advice(x, level)
    return found
