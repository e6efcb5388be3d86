"""Bad workbooks and Parquet files, mappings of them, bridges: what a person would not see."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import polars as pl

from tests.trust.by_household import MEMBERS, by_file
from tests.trust.good_delivery import ASSISTANCE, PERSONS, GoodDelivery
from tests.trust.spoiling import Bad, Spoil, mapping_table

BOOK, COLUMNS, BRIDGE = "personer.xlsx", "personer.parquet", "nyckel.csv"
Edit = Callable[[openpyxl.Workbook], object]


def as_workbook(edit: Edit, spoil: Callable[[Path], object] = lambda _: None) -> Spoil:
    """Return a spoiling of the persons, delivered as a workbook."""

    def spoilt(good: GoodDelivery) -> None:
        mapping_table(good, "persons").update(file=BOOK)
        lines = good.files.pop(PERSONS)

        def save(folder: Path) -> None:
            book = openpyxl.Workbook()
            for line in lines:
                book.active.append([cell or None for cell in line])
            edit(book)
            book.save(folder / BOOK)
            spoil(folder / BOOK)

        good.afterwards.append(save)

    return spoilt


def as_columns(spoil: Callable[[Path, pl.DataFrame], object]) -> Spoil:
    """Return a spoiling of the persons, delivered as Parquet."""

    def spoilt(good: GoodDelivery) -> None:
        mapping_table(good, "persons").update(file=COLUMNS)
        header, *lines = good.files.pop(PERSONS)
        frame = pl.DataFrame(lines, schema=header, orient="row")
        good.afterwards.append(lambda folder: spoil(folder / COLUMNS, frame))

    return spoilt


def _second_sheet(state: str) -> Edit:
    def edit(book: openpyxl.Workbook) -> None:
        book.create_sheet("Dolt").append(["hemligt"])
        book["Dolt"].sheet_state = state

    return edit


def _named(edit: Edit, sheet: str) -> Spoil:
    def spoilt(good: GoodDelivery) -> None:
        as_workbook(edit)(good)
        mapping_table(good, "persons").update(sheet=sheet)

    return spoilt


def _added(part: str, content: bytes) -> Callable[[Path], None]:
    def add(path: Path) -> None:
        with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(part, content)

    return add


def _hidden_row(book: openpyxl.Workbook) -> None:
    book.active.row_dimensions[5].hidden = True


def _hidden_column(book: openpyxl.Workbook) -> None:
    book.active.column_dimensions["C"].hidden = True


def _share(book: openpyxl.Workbook) -> None:
    book.active["B7"] = 0.19
    book.active["B7"].number_format = "0%"


def workbook_faults() -> Iterator[Bad]:
    """Yield what is in a workbook and not before the eyes of the person who looks at it."""

    def bad(rule: str, edit: Edit, row: int | None = None, planted: tuple[str, ...] = ()) -> Bad:
        return Bad(rule, as_workbook(edit), file=BOOK, row=row, planted=planted)

    yield bad("row_hidden", _hidden_row, 5)
    yield bad("column_hidden", _hidden_column)
    yield bad("cell_formula", lambda book: book.active.__setitem__("B6", "=1900+60"), 6, ("1900",))
    yield bad("cell_merged", lambda book: book.active.merge_cells("A4:A5"), 4)
    yield bad("cell_share", _share, 7, ("0.19",))
    yield bad("sheet_hidden", _second_sheet("hidden"), planted=("hemligt",))
    yield bad("sheet_undeclared", _second_sheet("visible"), planted=("hemligt",))
    yield Bad("sheet_missing", _named(lambda _: None, "Personer"), file=BOOK)
    yield Bad("sheet_unknown", _named(_second_sheet("visible"), "Sheet"), file=BOOK)
    for rule, part, content in (
        ("workbook_beside", "xl/pivotCache/pivotCacheRecords1.xml", b"hemligt"),
        ("workbook_bursts", "xl/stort.xml", b" " * 32 * 1024**2),
        ("workbook_damaged", "../hemligt.xml", b"hemligt"),
    ):
        spoil = _added(part, content)
        yield Bad(rule, as_workbook(lambda _: None, spoil), file=BOOK, planted=("hemligt",))
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)
    yield Bad(
        "workbook_locked",
        as_workbook(lambda _: None, lambda path: path.write_bytes(locked)),
        file=BOOK,
    )


def columnar_faults() -> Iterator[Bad]:
    """Yield Parquet files that were cut short, or hold more than plain columns."""

    def cut(path: Path, frame: pl.DataFrame) -> None:
        frame.write_parquet(path)
        path.write_bytes(path.read_bytes()[:-20])

    def nested(path: Path, frame: pl.DataFrame) -> None:
        frame.with_columns(pl.concat_list("kon_text").alias("kon_text")).write_parquet(path)

    def scrambled(path: Path, frame: pl.DataFrame) -> None:
        """Spoil every page and leave the footer whole: the rows can be counted, not read."""
        frame.write_parquet(path)
        content = path.read_bytes()
        pages = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
        spoilt = bytes(byte ^ 0xFF for byte in content[4:pages])
        path.write_bytes(content[:4] + spoilt + content[pages:])

    yield Bad("parquet_damaged", as_columns(cut), file=COLUMNS)
    yield Bad("parquet_damaged", as_columns(scrambled), file=COLUMNS, note="pages alone")
    yield Bad("column_not_plain", as_columns(nested), file=COLUMNS, column="kon_text")


def bridge_faults() -> Iterator[Bad]:
    """Yield bridges and parts that cannot be used."""

    def bridged(text: str, column: str = "person_id") -> Spoil:
        def spoilt(good: GoodDelivery) -> None:
            declared = {"file": BRIDGE, "old": "gammal", "new": "ny"}
            good.header.update(rekeyed={column: declared})
            good.texts[BRIDGE] = text

        return spoilt

    twice = "gammal;ny\nhemlig1;n1\nhemlig2;n1\n"
    yield Bad("bridge_ambiguous", bridged(twice), file=BRIDGE, row=2, planted=("hemlig1",))
    yield Bad("bridge_columns", bridged("gammal;ny;mer\na1;b1;c\n"), file=BRIDGE, row=1)
    yield Bad("bridge_unknown", bridged("gammal;ny\na1;b1\n", "sex"), file="delivery.yml")
    yield Bad(
        "holds_unknown",
        lambda good: good.header.update(holds=["spell"]),
        file="delivery.yml",
        column="holds",
    )


def list_faults() -> Iterator[Bad]:
    """Yield mappings whose lists, sheets or shared cells cannot be used."""
    later = {"from": "2017-01-01", "dated_by": "start_date", "codes": {"Arbete": "W2"}}

    def spells(**changes: object) -> Spoil:
        return lambda good: mapping_table(good, "spells").update(changes)

    yield Bad("mapping_sheet", spells(sheet="Blad1"), file="mapping.yml", column="spells.sheet")
    for rule, changes in (
        ("mapping_lists_order", {"later_codes": {"planned_hours": [later]}}),
        ("mapping_lists_undated", {"later_codes": {"exit_reason": [later | {"dated_by": "site"}]}}),
        ("mapping_also", {"also": {"caseworker_id": "first_meeting_at"}}),
    ):
        yield Bad(rule, spells(**changes), file="mapping.yml")


def household_faults() -> Iterator[Bad]:
    """Yield households without members, members without a place, and a rule that fits nothing."""

    def member(place: int, cell: str) -> Spoil:
        def spoilt(good: GoodDelivery) -> None:
            by_file(good)
            good.files[MEMBERS][4][place] = cell

        return spoilt

    def nobody(good: GoodDelivery) -> None:
        by_file(good)
        good.files[MEMBERS] = [line for line in good.files[MEMBERS] if line[0] != "h003"]

    yield Bad("household_member", member(1, ""), file=MEMBERS, row=5, column="person")
    yield Bad(
        "household_member",
        member(2, "i maj"),
        file=MEMBERS,
        row=5,
        column="fran",
        planted=("i maj",),
        note="a day in words",
    )
    yield Bad(
        "identifier_personal_number",
        member(1, "880209-0501"),
        file=MEMBERS,
        row=5,
        column="person",
        planted=("880209",),
        note="of a member",
    )
    yield Bad(
        "household_unknown",
        nobody,
        "set aside",
        ASSISTANCE,
        8,
        "person",
        also=((ASSISTANCE, 9, "person", "household_unknown"),),
    )

    def twofold(good: GoodDelivery) -> None:
        by_file(good)
        mapping_table(good, "assistance_months")["columns"]["person_id"] = "hushall"  # type: ignore[index]

    yield Bad("mapping_household", twofold, file="mapping.yml")


def newer_faults() -> list[Bad]:
    """Return every case of this module."""
    return [
        *workbook_faults(),
        *columnar_faults(),
        *bridge_faults(),
        *list_faults(),
        *household_faults(),
    ]
