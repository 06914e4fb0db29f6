"""A document as DOCX: Word's own styles, a contents list, footnotes for the law, nothing that is fetched."""

from __future__ import annotations

import datetime
import io
import itertools
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import docx
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Emu, Pt, RGBColor

from rightscheck.report.blocks import (
    Block,
    Box,
    Bullets,
    Cell,
    Details,
    Document,
    Figure,
    Heading,
    Para,
    Span,
    Table,
)
from rightscheck.report.html import COLOURS
from rightscheck.report.texts import clean

_NS = nsdecls("w", "r")
_WIDE = 9638  # twentieths of a point between the margins of an A4 page
_FOOTNOTES = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
_RAG = {"rag-red": COLOURS["v-incompatible"], "rag-amber": COLOURS["v-moderate"], "rag-green": COLOURS["v-low"]}
_LANGUAGES = {"en": "en-GB", "ru": "ru-RU", "kk": "kk-KZ"}
_BORDERS = "".join(
    f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="C9CED4"/>'
    for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)
# what the schema of settings puts after updateFields
_AFTER_UPDATE = {
    qn(f"w:{name}") for name in ("hdrShapeDefaults", "footnotePr", "endnotePr", "compat", "docVars", "rsids")
}
_FIXED = datetime.datetime(2000, 1, 1)


def _colours(style: str) -> tuple[str, str] | None:
    """Return fill and ink of a style, None where it has none."""
    for word in style.split():
        found = COLOURS.get(word) or _RAG.get(word)
        if found:
            return found[0][1:], found[1][1:]
    return None


class Writer:
    """Writes one document."""

    def __init__(self, doc: Document) -> None:
        self.doc = doc
        self.out = docx.Document()
        self.body = self.out.element.body
        self.notes: list[str] = []
        self.marks = itertools.count(1)
        self.names: dict[str, str] = {}
        self._prepare()

    # --- the whole ------------------------------------------------------------------------------

    def write(self) -> bytes:
        """Return the file."""
        doc = self.doc
        self._paragraph("Title", (Span(doc.title),))
        self._paragraph("Subtitle", (Span(doc.subtitle),))
        if doc.notice:
            self._paragraph("Caution", (Span(doc.notice),))
        self._contents()
        self._blocks(doc.blocks)
        self._footnotes()
        made = io.BytesIO()
        self.out.save(made)
        return _timeless(made)

    def _prepare(self) -> None:
        out, doc = self.out, self.doc
        core = out.core_properties
        core.title, core.subject, core.author, core.comments = doc.title[:250], doc.subtitle, "rightscheck", ""
        core.language = _LANGUAGES[doc.lang]
        core.created = core.modified = _FIXED
        core.last_modified_by, core.revision = "rightscheck", 1
        update = parse_xml(f'<w:updateFields {_NS} w:val="true"/>')  # numbers of pages, which only a layout knows
        later = next((e for e in out.settings.element if e.tag in _AFTER_UPDATE), None)
        if later is None:
            out.settings.element.append(update)
        else:
            later.addprevious(update)
        section = out.sections[0]
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2)
        section.top_margin = section.bottom_margin = Cm(2)
        footer = section.footer.paragraphs[0]
        footer.text = f"{doc.title[:90]}  ·  "
        footer._p.append(parse_xml(f'<w:fldSimple {_NS} w:instr="PAGE"><w:r><w:t>1</w:t></w:r></w:fldSimple>'))
        for element in list(self.body):
            if element.tag != qn("w:sectPr"):
                self.body.remove(element)
        self._styles()

    def _styles(self) -> None:
        styles: Any = self.out.styles
        normal = styles["Normal"]
        normal.font.name, normal.font.size = "Arial", Pt(10)
        fonts = normal.element.rPr.rFonts
        for kind in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
            fonts.set(qn(kind), "Arial")
        normal.element.rPr.append(parse_xml(f'<w:lang {_NS} w:val="{_LANGUAGES[self.doc.lang]}"/>'))
        normal.paragraph_format.space_after = Pt(5)
        for level, size in ((1, 16), (2, 13), (3, 11), (4, 10)):
            heading = styles[f"Heading {level}"]
            heading.font.size, heading.font.color.rgb = Pt(size), RGBColor(0x1A, 0x1D, 0x21)
            fonts = heading.element.rPr.rFonts
            for key in list(fonts.attrib):
                del fonts.attrib[key]
            fonts.set(qn("w:ascii"), "Arial")
            fonts.set(qn("w:hAnsi"), "Arial")
            fonts.set(qn("w:cs"), "Arial")
        styles["Title"].font.size, styles["Title"].font.color.rgb = Pt(22), RGBColor(0x1A, 0x1D, 0x21)
        for name in ("Title", "Subtitle"):
            for edge in styles[name].element.pPr.findall(qn("w:pBdr")):
                styles[name].element.pPr.remove(edge)
            styles[name].font.italic, styles[name].font.color.rgb = False, RGBColor(0x1A, 0x1D, 0x21)
            styles[name].element.rPr.rFonts.attrib.clear()
            styles[name].element.rPr.rFonts.set(qn("w:ascii"), "Arial")
            styles[name].element.rPr.rFonts.set(qn("w:hAnsi"), "Arial")
        self._style(
            "Caution",
            "Normal",
            f'<w:pBdr><w:left w:val="single" w:sz="24" w:space="6" w:color="6F4E00"/></w:pBdr>'
            f'<w:shd w:val="clear" w:color="auto" w:fill="{COLOURS["v-moderate"][0][1:]}"/>',
        )
        self._style("Caption", "Normal", "<w:keepNext/>", '<w:b/><w:color w:val="555C64"/><w:sz w:val="17"/>')
        self._style("Table Heat", "Table Text", "", '<w:sz w:val="13"/>')
        self._style("Lead", "Normal", "", '<w:sz w:val="22"/>')
        self._style("Stage", "Normal", '<w:keepNext/><w:spacing w:before="160" w:after="60"/>')
        self._style("Table Text", "Normal", '<w:spacing w:before="20" w:after="20"/>', '<w:sz w:val="18"/>')
        self._style("Table End", "Normal", '<w:spacing w:before="0" w:after="60"/>', '<w:sz w:val="8"/>')
        self._style("Table Small", "Table Text", "", '<w:sz w:val="16"/>')
        self._style(
            "TOC 1",
            "Normal",
            '<w:tabs><w:tab w:val="right" w:leader="dot" w:pos="9628"/></w:tabs><w:spacing w:after="30"/>',
        )
        self._style("TOC 2", "TOC 1", '<w:ind w:left="300"/>')
        self._style("footnote text", "Normal", '<w:spacing w:after="0"/>', '<w:sz w:val="16"/>')
        styles.element.append(
            parse_xml(
                f'<w:style {_NS} w:type="character" w:styleId="FootnoteReference">'
                '<w:name w:val="footnote reference"/>'
                '<w:rPr><w:vertAlign w:val="superscript"/></w:rPr></w:style>'
            )
        )
        styles.element.append(
            parse_xml(
                f'<w:style {_NS} w:type="character" w:styleId="FactName"><w:name w:val="Fact Name"/>'
                '<w:rPr><w:rFonts w:ascii="DejaVu Sans Mono" w:hAnsi="DejaVu Sans Mono" w:cs="DejaVu Sans Mono"/>'
                '<w:noProof/><w:color w:val="555C64"/><w:sz w:val="16"/></w:rPr></w:style>'
            )
        )

    def _style(self, name: str, based: str, paragraph: str = "", run: str = "") -> None:
        id_, base = name.replace(" ", ""), based.replace(" ", "")
        present = [s for s in self.out.styles.element if s.get(qn("w:styleId")) == id_]
        for old in present:
            self.out.styles.element.remove(old)
        self.out.styles.element.append(
            parse_xml(
                f'<w:style {_NS} w:type="paragraph" w:styleId="{id_}"><w:name w:val="{name}"/>'
                f'<w:basedOn w:val="{base}"/>'
                f"<w:qFormat/><w:pPr>{paragraph}</w:pPr><w:rPr>{run}</w:rPr></w:style>"
            )
        )

    def _contents(self) -> None:
        """Write a contents list whose page numbers are fields of their own.

        In a field for the whole list LibreOffice would keep the numbers as they are written, and none are known here.
        """
        self._paragraph("Stage", (Span(self.doc.words.contents, "b"),))
        for level, text, id_ in self.doc.contents():
            mark = self._mark(id_)
            field = "".join(
                f"<w:r>{inner}</w:r>"
                for inner in (
                    "<w:tab/>",
                    '<w:fldChar w:fldCharType="begin"/>',
                    f'<w:instrText xml:space="preserve"> PAGEREF {mark} \\h </w:instrText>',
                    '<w:fldChar w:fldCharType="separate"/>',
                    "<w:t> </w:t>",
                    '<w:fldChar w:fldCharType="end"/>',
                )
            )
            link = f'<w:hyperlink w:anchor="{mark}" w:history="1">{_run(text)}{field}</w:hyperlink>'
            self._add(f'<w:p {_NS}><w:pPr><w:pStyle w:val="TOC{level}"/></w:pPr>{link}</w:p>')

    def _mark(self, id_: str) -> str:
        """Return the name of the bookmark for an id: short, of letters and digits."""
        return self.names.setdefault(id_, f"_Toc{len(self.names) + 1:08d}")

    def _bookmark(self, id_: str) -> tuple[str, str]:
        number = next(self.marks)
        start = f'<w:bookmarkStart w:id="{number}" w:name="{self._mark(id_)}"/>'
        return start, f'<w:bookmarkEnd w:id="{number}"/>'

    def _footnotes(self) -> None:
        rows = [
            '<w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>',
            '<w:footnote w:type="continuationSeparator" w:id="0"><w:p><w:r><w:continuationSeparator/>'
            "</w:r></w:p></w:footnote>",
        ]
        for number, text in enumerate(self.notes, 1):
            rows.append(
                f'<w:footnote w:id="{number}"><w:p><w:pPr><w:pStyle w:val="footnotetext"/></w:pPr><w:r><w:rPr>'
                f'<w:rStyle w:val="FootnoteReference"/></w:rPr><w:footnoteRef/></w:r>'
                f"{_run(' ' + text)}</w:p></w:footnote>"
            )
        xml = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:footnotes {_NS}>{"".join(rows)}</w:footnotes>'
        part = Part(PackURI("/word/footnotes.xml"), _FOOTNOTES, xml.encode(), self.out.part.package)
        self.out.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)

    # --- runs -------------------------------------------------------------------------------------

    def _add(self, xml: str) -> None:
        self.body.insert(len(self.body) - 1, parse_xml(xml))

    def _runs(self, spans: Sequence[Span]) -> str:
        return "".join(self._one(s) for s in spans)

    def _one(self, s: Span) -> str:
        if s.law:
            self.notes.append(f"{self.doc.words.law} " + "; ".join(f"[{n}] {self.doc.citation(n)}" for n in s.law))
            return (
                '<w:r><w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr>'
                f'<w:footnoteReference w:id="{len(self.notes)}"/></w:r>'
            )
        props = ""
        if s.style == "code":
            props += '<w:rStyle w:val="FactName"/>'
        if s.style == "b" or s.style.startswith("badge"):
            props += "<w:b/>"
        if s.style == "quote":
            props += "<w:i/>"
        colours = _colours(s.style) if s.style.startswith("badge") else None
        if colours:
            props += f'<w:color w:val="{colours[1]}"/><w:shd w:val="clear" w:color="auto" w:fill="{colours[0]}"/>'
        elif s.style in ("muted", "url"):
            props += '<w:color w:val="555C64"/>'
        if s.lang:
            props += f'<w:lang w:val="{_LANGUAGES.get(s.lang, s.lang)}"/>'
        run = _run(f" {s.text} " if colours else s.text, props)
        if s.href.startswith("#") and s.href[1:] in self.names:
            return f'<w:hyperlink w:anchor="{self.names[s.href[1:]]}" w:history="1">{run}</w:hyperlink>'
        return run

    def _paragraph(self, style: str, spans: Sequence[Span], extra: str = "", id_: str = "") -> None:
        self._add(self._para(style, spans, extra, id_))

    def _para(self, style: str, spans: Sequence[Span], extra: str = "", id_: str = "") -> str:
        start, end = self._bookmark(id_) if id_ else ("", "")
        props = f'<w:pStyle w:val="{style}"/>{extra}'
        return f"<w:p {_NS}><w:pPr>{props}</w:pPr>{start}{self._runs(spans)}{end}</w:p>"

    # --- blocks -----------------------------------------------------------------------------------

    def _blocks(self, blocks: Sequence[Block], inside: str = "") -> None:
        for b in blocks:
            self._block(b, inside)

    def _block(self, b: Block, inside: str) -> None:
        if isinstance(b, Heading):
            self._paragraph(f"Heading{b.level}", b.spans, id_=b.id)
        elif isinstance(b, Para):
            style = {"warn": "Caution", "disclaimer": "Caution", "lead": "Lead"}.get(b.style, "Normal")
            self._paragraph(style, b.spans, inside if style != "Caution" else "")
        elif isinstance(b, Bullets):
            style = "ListNumber" if b.numbered else "ListBullet"
            for number, item in enumerate(b.items, 1):
                if b.numbered:  # numbers are written out, so that each list begins with one
                    self._paragraph("Normal", (Span(f"{number}. "), *item), '<w:ind w:left="425" w:hanging="425"/>')
                else:
                    self._paragraph(style, item)
        elif isinstance(b, Table):
            self._table(b)
        elif isinstance(b, Box):
            colours = _colours(b.style)
            edge = colours[1] if colours else "C9CED4"
            border = (
                f'<w:pBdr><w:left w:val="single" w:sz="24" w:space="8" w:color="{edge}"/></w:pBdr>'
                '<w:spacing w:after="40"/><w:ind w:left="200"/>'
            )
            self._blocks(b.blocks[:1], border.replace("<w:spacing ", '<w:spacing w:before="180" '))
            self._blocks(b.blocks[1:], border)
        elif isinstance(b, Details):
            self._paragraph("Stage", b.summary)
            self._blocks(b.blocks)
        elif isinstance(b, Figure):
            self._figure(b)

    def _table(self, b: Table) -> None:
        if b.style != "plain":
            self._paragraph("Caption", (Span(b.caption),))
        text = "TableHeat" if b.style == "heat" else "TableSmall" if "small" in b.style else "TableText"
        widths = [round(w * _WIDE) for w in b.widths]
        grid = "".join(f'<w:gridCol w:w="{w}"/>' for w in widths)
        rows = [self._row([Cell((Span(h, "b"),), "head") for h in b.head], widths, text, head=True)] if b.head else []
        rows += [self._row(row, widths, text) for row in b.rows]
        margin = 30 if b.style == "heat" else 85
        caption = f"<w:tblCaption w:val={quoteattr(clean(b.caption))}/>"
        self._add(
            f'<w:tbl {_NS}><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="{_WIDE}" w:type="dxa"/>'
            f'<w:tblBorders>{_BORDERS}</w:tblBorders><w:tblLayout w:type="fixed"/>'
            f'<w:tblCellMar><w:left w:w="{margin}" w:type="dxa"/><w:right w:w="{margin}" w:type="dxa"/></w:tblCellMar>'
            f'<w:tblLook w:firstRow="1"/>{caption}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>'
            f"{''.join(rows)}</w:tbl>"
        )
        self._paragraph("TableEnd", ())

    def _row(self, cells: Sequence[Cell], widths: Sequence[int], text: str, *, head: bool = False) -> str:
        # Long words over narrow columns stand upright.
        upright = head and text == "TableHeat"
        made = "".join(
            self._cell(c, w, text, upright=upright and n > 0 and w < 0.1 * _WIDE)
            for n, (c, w) in enumerate(zip(cells, widths, strict=True))
        )
        tall = '<w:trHeight w:val="1300" w:hRule="atLeast"/>' if upright and min(widths) < 0.1 * _WIDE else ""
        props = "<w:cantSplit/>" + tall + ("<w:tblHeader/>" if head else "")
        return f"<w:tr><w:trPr>{props}</w:trPr>{made}</w:tr>"

    def _cell(self, c: Cell, width: int, text: str, *, upright: bool = False) -> str:
        colours = _colours(c.style)
        fill = colours[0] if colours else "F5F6F8" if c.header or c.style == "head" else ""
        shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{fill}"/>' if fill else ""
        spans = tuple(Span(s.text, "b", s.href, s.lang) if c.header and not s.style else s for s in c.spans)
        middle = '<w:jc w:val="center"/>' if c.style.startswith(("heat", "mark")) else ""
        turned = '<w:textDirection w:val="btLr"/>' if upright else ""
        inner = self._para(text, spans, middle)
        return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{shade}{turned}</w:tcPr>{inner}</w:tc>'

    def _figure(self, b: Figure) -> None:
        from rightscheck.report.pdf import png

        self._paragraph("Caption", (Span(b.caption),))
        drawing = b.drawing
        wide = min(Cm(17), Emu(round(drawing.width * 8000)))
        tall = round(wide * drawing.height / drawing.width)
        if tall > Cm(23):
            wide, tall = Emu(round(wide * Cm(23) / tall)), Cm(23)
        paragraph = self.out.add_paragraph()
        picture = paragraph.add_run().add_picture(io.BytesIO(png(drawing, b.id)), width=wide, height=Emu(tall))
        picture._inline.docPr.set("descr", clean(f"{drawing.title}. {drawing.says}"))
        picture._inline.docPr.set("name", f"drawing {next(self.marks)}")


def _run(text: str, props: str = "") -> str:
    pieces: Iterator[str] = (
        f'<w:t xml:space="preserve">{escape(piece)}</w:t>' for piece in clean(text).replace("\t", " ").split("\n")
    )
    return f"<w:r>{f'<w:rPr>{props}</w:rPr>' if props else ''}{'<w:br/>'.join(pieces)}</w:r>"


def _timeless(made: io.BytesIO) -> bytes:
    """Return a package whose entries bear one fixed time, so that the same document gives the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name), old.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def render(doc: Document) -> bytes:
    """Return a document as a DOCX file."""
    return Writer(doc).write()
