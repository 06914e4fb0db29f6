"""CSV and XLSX: a row a measure, with facts and verdict; what a spreadsheet would take for a formula is defused.

A sheet carries facts and verdicts, not sources, evidence or claims. Reading one back gives cases to assess anew.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection

from rightscheck.facts.read import CaseFile, case_from_data
from rightscheck.facts.vocabulary import IDENTITY, Fact, vocabulary
from rightscheck.history.masking import MASKED, Mask
from rightscheck.history.query import Filters, in_order
from rightscheck.history.store import load, version_content
from rightscheck.problems import InputError, Place, Problem, SurroundingsError, nearest

CASE = ("case", "case_title", "country", "date", "standards", "summary")
MEASURE = ("measure", "title")
RESULT = (
    "assessment",
    "version",
    "as_of",
    "weighed",
    "verdict",
    "best",
    "worst",
    "rulebook",
    "engine",
    "stored_at",
    "masked",
)
_ACTIVE = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20|%")
_MAX_UNPACKED = 512 * 1024 * 1024
EMPTY_SET = "[]"


def columns() -> list[str]:
    """Return the columns of a sheet, in order."""
    return [*CASE, *MEASURE, *vocabulary().facts, *RESULT]


def defuse(value: str) -> str:
    """Return text that no spreadsheet takes for a formula; `restore` gives it back as it was."""
    return f"'{value}" if value.startswith((*_ACTIVE, "'")) or value.lstrip() != value else value


def restore(value: str) -> str:
    """Return defused text as it was."""
    return value[1:] if value.startswith("'") else value


def rows(connection: Connection, filters: Filters, mask: Mask | None = None) -> Iterator[list[str]]:
    """Yield the heading and a row for each assessment, as text."""
    yield columns()
    for number in in_order(connection, filters):
        stored = load(connection, number)
        case = json.loads(version_content(connection, stored.case, stored.version))
        result = json.loads(stored.result)
        if mask is not None:
            case, result = mask.case(case), mask.result(result)
        version = "" if mask is not None else stored.version
        masked = "true" if mask is not None else ""
        more = {"assessment": str(number), "version": version, "stored_at": stored.stored_at, "masked": masked}
        yield [defuse(cell) for cell in _row(case, result, more)]


def _row(case: dict[str, Any], result: dict[str, Any], more: dict[str, str]) -> list[str]:
    found = {
        **more,
        "case": case["case"],
        "case_title": case["title"],
        "country": case.get("country"),
        "date": case.get("date"),
        "standards": ";".join(case.get("standards") or []),
        "summary": case.get("summary"),
        "measure": result["measure"],
        "title": result["title"],
        **result["facts"],
        "as_of": result["as_of"],
        "weighed": ";".join(s["id"] for s in result["standards"]),
        "verdict": result["verdict"],
        "best": result["could_be"][0],
        "worst": result["could_be"][1],
        "rulebook": result["rulebook"]["sha256"],
        "engine": result["engine"],
    }
    return [_cell(found.get(name)) for name in columns()]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ";".join(map(str, value)) if value else EMPTY_SET
    return str(value)


def write_csv(stream: BinaryIO, lines: Iterable[list[str]]) -> int:
    """Write rows as CSV (UTF-8, every cell quoted); return how many after the heading."""
    text, amount = io.TextIOWrapper(stream, "utf-8", newline="", write_through=True), -1
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    for amount, line in enumerate(lines):  # noqa: B007
        writer.writerow(line)
    text.detach()
    return amount


def write_xlsx(stream: BinaryIO, lines: Iterable[list[str]]) -> int:
    """Write rows as XLSX, every cell a text; return how many after the heading."""
    import xlsxwriter  # type: ignore[import-untyped]

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    book, amount = xlsxwriter.Workbook(stream, options), -1
    sheet = book.add_worksheet("assessments")
    heading = book.add_format({"bold": True})
    for amount, line in enumerate(lines):
        for column, cell in enumerate(line):
            if cell:
                sheet.write_string(amount, column, cell, heading if amount == 0 else None)
    sheet.freeze_panes(1, 0)
    book.close()
    return amount


def read_sheet(path: Path) -> list[list[str]]:
    """Return the rows of a CSV or XLSX file as text, defused cells as they were.

    Raises:
        InputError: it is not such a file.
        SurroundingsError: it cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SurroundingsError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from None
    found = _xlsx(data, path) if path.suffix.lower() == ".xlsx" else _csv(data, path)
    return [[restore(cell) for cell in line] for line in found]


def _csv(data: bytes, path: Path) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    except UnicodeDecodeError:
        raise InputError([Problem("is not UTF-8 text", Place(str(path)))]) from None
    except csv.Error as error:
        raise InputError([Problem(f"is no CSV: {error}", Place(str(path)))]) from None


def _xlsx(data: bytes, path: Path) -> list[list[str]]:
    import python_calamine

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(item.file_size for item in archive.infolist()) > _MAX_UNPACKED:
                raise InputError([Problem("is too large when unpacked", Place(str(path)))])
        sheet = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
        return [[_text(cell) for cell in line] for line in sheet.to_python(skip_empty_area=False)]
    except (zipfile.BadZipFile, python_calamine.CalamineError, ValueError, OSError, RuntimeError):
        raise InputError([Problem("is no XLSX workbook", Place(str(path)))]) from None


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return cell.isoformat()[:10] if hasattr(cell, "isoformat") else str(cell)


def cases_of(lines: list[list[str]], file: str) -> tuple[list[CaseFile], list[Problem]]:
    """Return the cases a sheet describes, and what is wrong with row, column and reason."""
    if not lines:
        return [], [Problem("is empty", Place(file))]
    heading, known = [name.strip() for name in lines[0]], set(columns())
    problems = [
        Problem("no such column", Place(file, 1, i), name, nearest(name, known))
        for i, name in enumerate(heading, 1)
        if name and name not in known
    ]
    problems += [
        Problem("a column stands twice", Place(file, 1, i), name)
        for i, name in enumerate(heading, 1)
        if name and name in heading[: i - 1]
    ]
    problems += [Problem("is missing", Place(file, 1), name) for name in ("case", "measure") if name not in heading]
    problems = problems or _masked(heading, lines, file)
    if problems:
        return [], problems
    cases: dict[tuple[str, str], dict[str, Any]] = {}
    for number, line in enumerate(lines[1:], 2):
        if not any(cell.strip() for cell in line):
            continue
        cells = {name: cell for name, cell in zip(heading, line, strict=False) if name and cell != ""}
        found, wrong = _one(cells, heading, Place(file, number))
        if not wrong and found is not None:
            wrong = _join(cases, (found["case"], cells.get("version", "")), found, Place(file, number))
        problems.extend(wrong)
    return [case_from_data(data, file) for data in cases.values()], problems


def _masked(heading: list[str], lines: list[list[str]], file: str) -> list[Problem]:
    """A masked export is no original: return where it says that it is one."""
    said = heading.index("masked") if "masked" in heading else -1
    for number, line in enumerate(lines[1:], 2):
        for column, cell in enumerate(line):
            if MASKED in cell or (column == said and cell.strip().lower() not in ("", "false", "no")):
                place = Place(file, number, column + 1)
                return [Problem("is a masked export, which is no original and is never imported", place)]
    return []


def _one(cells: dict[str, str], heading: list[str], row: Place) -> tuple[dict[str, Any] | None, list[Problem]]:
    """Read one row as a case with one measure, and check it."""
    places = {name: Place(row.file, row.line, i) for i, name in enumerate(heading, 1)}
    case: dict[str, Any] = {"case": cells.get("case"), "title": cells.get("case_title") or cells.get("case")}
    case |= {name: cells[name] for name in ("country", "date", "summary") if name in cells}
    if "standards" in cells:
        case["standards"] = [s.strip() for s in cells["standards"].split(";") if s.strip()]
    measure: dict[str, Any] = {"id": cells.get("measure"), "title": cells.get("title") or cells.get("measure")}
    for name, fact in vocabulary().facts.items():
        if name in cells:
            holder = measure if fact.group == IDENTITY else measure.setdefault(fact.group, {})
            holder[name.rpartition(".")[2]] = value_of(fact, cells[name])
    try:
        case["measures"] = [measure]
        case_from_data(case, row.file)
    except InputError as error:
        found = []
        for problem in error.problems:
            name = problem.name.removeprefix("measures.0.")
            name = {"id": "measure", "measures.0": "measure"}.get(name, name)
            found.append(Problem(problem.message, places.get(name, row), problem.name, problem.nearest))
        return None, found
    return case, []


def value_of(fact: Fact, cell: str) -> Any:
    """Return a cell as the raw value of a fact; a wrong one stays text, and is refused with its reason later."""
    cell = cell.strip()
    if fact.kind == "bool":
        return {"true": True, "yes": True, "false": False, "no": False}.get(cell.lower(), cell)
    if fact.kind == "int":
        return int(cell) if cell.isascii() and cell.isdigit() and len(cell) < 19 else cell
    if fact.kind == "set":
        return [] if cell == EMPTY_SET else [part.strip() for part in cell.split(";") if part.strip()]
    return cell


def _join(
    cases: dict[tuple[str, str], dict[str, Any]], key: tuple[str, str], found: dict[str, Any], row: Place
) -> list[Problem]:
    """Add a row to its case; rows of two versions of a case, which an export names, are two cases."""
    known = cases.setdefault(key, {**found, "measures": []})
    differing = [
        key for key in ("title", "country", "date", "summary", "standards") if known.get(key) != found.get(key)
    ]
    if differing:
        return [Problem("differs from an earlier row of the same case", row, differing[0])]
    measure = found["measures"][0]
    if any(other["id"] == measure["id"] for other in known["measures"]):
        same = any(other == measure for other in known["measures"])
        return [] if same else [Problem("two different rows have this case and measure", row, measure["id"])]
    known["measures"].append(measure)
    return []
