"""DOCX and PDF: what they hold, that nothing is fetched, and that they are whole."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from rightscheck.report import model as m
from rightscheck.report.html import render as html
from rightscheck.report.markdown import render as markdown
from rightscheck.report.model import Report
from rightscheck.report.pdf import render as pdf
from rightscheck.report.word import render as word
from tests.report.conftest import document_of, hostile_report

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def _parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        assert file.testzip() is None
        return {name: file.read(name) for name in file.namelist()}


def _tree(data: bytes) -> Any:
    return etree.fromstring(data)


@pytest.mark.parametrize("hostile", [False, True])
def test_docx_fetches_nothing(one: Report, hostile: bool) -> None:
    parts = _parts(word(document_of(hostile_report() if hostile else one)))
    for name, data in parts.items():
        if name.endswith(".rels"):
            assert b"External" not in data, name
    body = _tree(parts["word/document.xml"])
    codes = {"".join(t.itertext()).split()[0] for t in body.iter(f"{W}instrText")}
    codes |= {str(f.get(f"{W}instr")).split()[0] for f in body.iter(f"{W}fldSimple")}
    assert codes == {"PAGEREF"}
    assert all(link.get(f"{W}anchor") for link in body.iter(f"{W}hyperlink"))


def test_docx_is_built_of_word_styles(one: Report) -> None:
    parts = _parts(word(document_of(one)))
    body, styles = _tree(parts["word/document.xml"]), _tree(parts["word/styles.xml"])
    known = {s.get(f"{W}styleId") for s in styles.iter(f"{W}style")}
    used = {s.get(f"{W}val") for kind in ("pStyle", "rStyle", "tblStyle") for s in body.iter(f"{W}{kind}")}
    assert used <= known
    assert {"Title", "Heading1", "Caption", "TOC1"} <= used
    marks = [b.get(f"{W}name") for b in body.iter(f"{W}bookmarkStart")]
    assert len(marks) == len(set(marks))
    assert {link.get(f"{W}anchor") for link in body.iter(f"{W}hyperlink")} <= set(marks)
    notes = [n.get(f"{W}id") for n in _tree(parts["word/footnotes.xml"]).iter(f"{W}footnote")]
    called = [n.get(f"{W}id") for n in body.iter(f"{W}footnoteReference")]
    assert called and set(called) == set(notes) - {"-1", "0"}
    assert all(p.get("descr") for p in body.iter() if str(p.tag).endswith("}docPr"))


def test_docx_holds_all_law_and_rules(one: Report) -> None:
    parts = _parts(word(document_of(one)))
    text = "".join(t.text or "" for t in _tree(parts["word/document.xml"]).iter(f"{W}t"))
    assert all(item.says in text for item in one.law)
    assert all(c.rule in text for c in one.considered)
    assert text.count(one.disclaimer) == 1


def test_docx_is_the_same_twice(one: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    first = word(document_of(one))
    monkeypatch.setattr(time, "localtime", lambda *_: time.struct_time((2031, 5, 6, 7, 8, 9, 1, 126, 0)))
    assert word(document_of(one)) == first


def test_docx_converts_in_libreoffice_with_page_numbers(one: Report, tmp_path: Path) -> None:
    office, text = shutil.which("soffice"), shutil.which("pdftotext")
    if office is None or text is None:
        pytest.skip("needs LibreOffice and pdftotext")
    doc = document_of(one)
    (tmp_path / "a.docx").write_bytes(word(doc))
    home = f"-env:UserInstallation={(tmp_path / 'home').as_uri()}"
    command = [office, home, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(tmp_path / "a.docx")]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    found = subprocess.run([text, "-layout", str(tmp_path / "a.pdf"), "-"], check=True, capture_output=True).stdout
    pages = found.decode().split("\f")
    for _level, title, _id in doc.contents():
        entry = next(line for line in pages[0].splitlines() if line.strip().startswith(title[:40]) and "..." in line)
        assert title.split(" – ")[0] in pages[int(entry.split(".")[-1]) - 1]
    words = " ".join(found.decode().split())
    assert one.disclaimer in words and one.measures[0].title in words


def test_pdf_is_the_same_twice_tagged_with_its_fonts(one: Report) -> None:
    first = pdf(document_of(one))
    assert first == pdf(document_of(one))
    assert first.startswith(b"%PDF-") and first.rstrip().endswith(b"%%EOF")
    assert b"/MarkInfo" in first and b"/StructTreeRoot" in first and b"pdfuaid" in first
    assert b"LibertinusSerif" in first
    assert b"/FontFile" in first


def test_pdf_takes_hostile_text() -> None:
    data = pdf(document_of(hostile_report()))
    assert b"/StructTreeRoot" in data
    addresses = re.findall(rb"/URI\s*\(([^)]*)\)", data)
    assert all(a.startswith((b"https://", b"http://")) for a in addresses)
    assert b"/JavaScript" not in data and b"/Launch" not in data


@pytest.mark.parametrize("render", [html, markdown, word, pdf])
def test_a_report_is_made_in_three_seconds(one: Report, render: Any) -> None:
    document = document_of(one)
    render(document)
    begun = time.process_time()
    render(document)
    assert time.process_time() - begun < 3
    assert isinstance(one, m.Report)
