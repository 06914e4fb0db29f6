from __future__ import annotations

import csv
import io
import json
import random
import zipfile
from pathlib import Path

import pytest

from rightscheck.history import sheets
from rightscheck.history.masking import MASKED, Mask
from rightscheck.history.query import Filters
from rightscheck.history.replay import Replayer
from rightscheck.history.store import Store
from rightscheck.history.transfer import export_lines, import_lines
from rightscheck.history.verify import verify
from rightscheck.problems import InputError
from rightscheck.rulebook.book import Rulebook
from tests.history import samples
from tests.history.conftest import rows


def exported(store: Store, mask: Mask | None = None, **filters: str) -> list[bytes]:
    with store.reading() as connection:
        return list(export_lines(connection, Filters(**filters), mask))


@pytest.fixture
def other(tmp_path: Path) -> Store:
    return Store.open(str(tmp_path / "other.db"), lambda line: None)


def test_round_trip_is_byte_identical(full: Store, other: Store, book: Rulebook) -> None:
    samples.add_case(full, samples.small_book(title="Another"), 1, title="NUL \0 and \u2028", summary="'=1+1")
    lines = exported(full)
    done = import_lines(other, lines, "x")
    assert (done.added, done.present, done.problems) == (14, 0, [])
    assert exported(other) == lines
    with other.reading() as connection:
        assert verify(connection, deep=True).sound
    for number in range(1, 15):
        assert Replayer(other, book).replay(other.load(number))
    done = import_lines(other, lines, "x")
    assert (done.added, done.present) == (0, 14)
    assert exported(other) == lines


def test_filters_apply(full: Store, other: Store) -> None:
    assert import_lines(other, exported(full, country="KZ"), "x").added == 6


def broken(lines: list[bytes]) -> dict[str, list[bytes]]:
    last = next(i for i in range(len(lines) - 1, 0, -1) if lines[i].startswith(b'{"input"'))
    changed = json.loads(lines[last])
    changed["result"]["verdict"] = "low"
    written = json.dumps(changed, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode() + b"\n"
    rulebook = next(i for i, line in enumerate(lines) if b'"kind":"rulebook"' in line)
    return {
        "commitment": [*lines[:last], written, *lines[last + 1 :]],
        "cut short": lines[:-1],
        "no line of an export": [*lines[:3], b"{]\n", *lines[3:]],
        "sum at the end": [*lines[:last], *lines[last + 1 :]],
        "something follows": [*lines, lines[last]],
        "no export": lines[1:],
        "rests on a rulebook": [*lines[:rulebook], *lines[rulebook + 1 :]],
        "not canonical": [*lines[:last], lines[last].replace(b":", b": ", 1), *lines[last + 1 :]],
        "was changed": [line.replace(b"Rule belief", b"Rule BELIEF") for line in lines],
    }


@pytest.mark.parametrize(
    "said",
    [
        "commitment",
        "cut short",
        "no line of an export",
        "sum at the end",
        "something follows",
        "no export",
        "rests on a rulebook",
        "not canonical",
        "was changed",
    ],
)
def test_a_bad_import_is_told_and_adds_nothing(full: Store, other: Store, said: str) -> None:
    before = rows(other)
    with pytest.raises(InputError) as caught:
        import_lines(other, broken(exported(full))[said], "x")
    expected = "sum at the end" if said == "commitment" else said
    assert expected in str(caught.value)
    assert rows(other) == before


def test_skip_bad_takes_the_rest(full: Store, other: Store) -> None:
    lines = broken(exported(full))["no line of an export"]
    done = import_lines(other, lines, "x", skip_bad=True)
    assert done.added == 12 and [p.place.line for p in done.problems] == [4, len(lines)]
    with other.reading() as connection:
        assert verify(connection, deep=True).sound


def test_changed_lines_never_pass_unnoticed(full: Store, other: Store) -> None:
    rng, lines = random.Random(1), exported(full)
    for _ in range(20):
        number = rng.randrange(len(lines))
        changed = bytearray(lines[number])
        changed[rng.randrange(len(changed) - 1)] ^= 1 << rng.randrange(7)
        with pytest.raises(InputError):
            import_lines(other, [*lines[:number], bytes(changed), *lines[number + 1 :]], "x")
    assert exported(other)[1:-1] == []


def test_a_masked_export_says_so_and_is_never_imported(full: Store, other: Store) -> None:
    mask = Mask.of(["law.basis"], ["Rallies", "case 3"])
    lines = exported(full, mask)
    text = b"".join(lines).decode()
    assert json.loads(lines[0])["masked"] is True
    assert "rallies" not in text.lower() and "case-3" not in text and '"salt"' not in text
    for line in lines[1:-1]:
        data = json.loads(line)
        if data["kind"] == "assessment":
            assert data["result"]["facts"].get("law.basis") in (None, MASKED)
            for fired in data["result"]["fired"]:
                assert ("law.basis" in fired["facts"]) == (fired["because"] == MASKED)
    with pytest.raises(InputError, match="masked export"):
        import_lines(other, lines, "x", skip_bad=True)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("mask", [Mask.of([], ["Rallies"]), Mask.of(["law.basis"], []), Mask.of([], ["Nobody"])])
def test_a_masked_sheet_says_so_and_is_never_imported(full: Store, tmp_path: Path, kind: str, mask: Mask) -> None:
    path = tmp_path / f"out.{kind}"
    with path.open("wb") as stream, full.reading() as connection:
        (sheets.write_csv if kind == "csv" else sheets.write_xlsx)(stream, sheets.rows(connection, Filters(), mask))
    lines = sheets.read_sheet(path)
    assert {line[lines[0].index("masked")] for line in lines[1:]} == {"true"}
    cases, problems = sheets.cases_of(lines, str(path))
    assert cases == [] and "masked export" in problems[0].message
    without = [line[: lines[0].index("masked")] for line in lines]
    assert bool(sheets.cases_of(without, str(path))[1]) == any(MASKED in cell for line in lines for cell in line)


def test_wrong_masks() -> None:
    with pytest.raises(InputError, match="did you mean `law.basis`"):
        Mask.of(["law.bases"], [])
    with pytest.raises(InputError, match="two letters"):
        Mask.of([], [" x"])


ACTIVE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\uff1d1",
    "\uff0b1",
    "\uff0d1",
    "\uff201",
    "'quoted",
    " =1",
    "|x",
    "%1",
]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_formulas_are_defused_and_come_back(store: Store, book: Rulebook, tmp_path: Path, kind: str) -> None:
    for number, value in enumerate(ACTIVE):
        samples.add_case(store, book, number, title=value, summary=f'a\n{value}, "quoted"; _x0041_')
    path = tmp_path / f"out.{kind}"
    with path.open("wb") as stream, store.reading() as connection:
        write = sheets.write_csv if kind == "csv" else sheets.write_xlsx
        assert write(stream, sheets.rows(connection, Filters())) == 2 * len(ACTIVE)
    if kind == "csv":
        raw = list(csv.reader(io.StringIO(path.read_text("utf-8"), newline="")))
        assert not any(cell.startswith(tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20")) for line in raw for cell in line)
    else:
        with zipfile.ZipFile(path) as archive:
            assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
    found = sheets.read_sheet(path)
    title, summary = found[0].index("case_title"), found[0].index("summary")
    assert [line[title] for line in found[1::2]] == ACTIVE
    assert [line[summary] for line in found[1::2]] == [f'a\n{v}, "quoted"; _x0041_' for v in ACTIVE]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_sheet_comes_back_as_the_cases_it_was_made_of(full: Store, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"out.{kind}"
    with path.open("wb") as stream, full.reading() as connection:
        (sheets.write_csv if kind == "csv" else sheets.write_xlsx)(stream, sheets.rows(connection, Filters()))
    cases, problems = sheets.cases_of(sheets.read_sheet(path), str(path))
    assert problems == []
    assert [c.case.model_dump(exclude_none=True) for c in cases] == [
        samples.assessed(samples.small_book(), samples.case_data(n))[0].case.model_dump(exclude_none=True)
        for n in range(6)
    ]


def test_each_fault_of_a_sheet_has_row_column_and_reason() -> None:
    heading = ["case", "measure", "country", "type", "law.basis", "sanction.prison_months", "restricts"]
    good = ["a", "m", "KZ", "assembly-ban", "none", "3", "assembly"]
    lines = [
        heading,
        good,
        ["a", "m2", "FR", "assembly-ban", "", "", ""],
        ["b", "m", "KZ", "assembly-bann", "", "", ""],
        ["c", "m", "KZ", "assembly-ban", "statut", "many", "assembley;worship"],
        ["d", "", "", "assembly-ban", "", "", ""],
        ["a", "m", "KZ", "assembly-ban", "statute", "3", "assembly"],
        good,
        ["", "", "", "", "", "", ""],
    ]
    cases, problems = sheets.cases_of(lines, "s.csv")
    said = [(p.place.line, p.place.column, p.nearest) for p in problems]
    assert (3, 0, "") in said and (4, 4, "assembly-ban") in said and (7, 0, "") in said
    assert (5, 5, "statute") in said and (5, 7, "assembly") in said and (5, 6, "") in said
    assert any(line == 6 for line, _, _ in said)
    assert [c.case.case for c in cases] == ["a"]
    assert sheets.cases_of([["case", "measure", "typ", "case"]], "s.csv")[1][0].nearest == "type"
    assert "is missing" in str(sheets.cases_of([["case"]], "s.csv")[1][0])
    assert "is empty" in str(sheets.cases_of([], "s.csv")[1][0])


def test_files_that_are_no_sheets(tmp_path: Path) -> None:
    for name, data in (("a.xlsx", b"x"), ("b.csv", b"\xff\xfe\xff"), ("c.csv", b'"a\x00"b"c\n')):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(InputError):
            sheets.read_sheet(tmp_path / name)
    with zipfile.ZipFile(tmp_path / "d.xlsx", "w") as archive:
        archive.writestr("x", "y")
    with pytest.raises(InputError, match="no XLSX"):
        sheets.read_sheet(tmp_path / "d.xlsx")
