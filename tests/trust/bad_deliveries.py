"""Deliveries with one thing wrong, each with the rule and the place that must be told."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from tests.trust.good_delivery import (
    ASSISTANCE,
    CAPACITY,
    FOLLOWUPS,
    PERSONS,
    REFERRALS,
    SPELLS,
    GoodDelivery,
)

Spoil = Callable[[GoodDelivery], object]
Outcome = Literal["refused", "set aside"]


@dataclass(frozen=True)
class Bad:
    """One bad delivery.

    Attributes
    ----------
    spoil
        Spoils a good delivery.
    planted
        What must occur in no message.
    also
        Further places that fall with the first: file, row, column, rule.
    """

    rule: str
    spoil: Spoil
    outcome: Outcome = "refused"
    file: str | None = None
    row: int | None = None
    column: str | None = None
    planted: tuple[str, ...] = ()
    note: str = ""
    also: tuple[tuple[str, int, str, str], ...] = ()

    @property
    def id(self) -> str:
        """Return the name of the test."""
        return "-".join(part for part in (self.rule, self.note) if part)


def put(
    rule: str,
    file: str,
    row: int,
    column: str,
    value: str,
    outcome: Outcome = "refused",
    note: str = "",
    also: tuple[tuple[str, int, str, str], ...] = (),
    planted: bool = True,
) -> Bad:
    """Return the case of one spoilt cell."""
    return Bad(
        rule=rule,
        spoil=lambda good: good.put(file, row, column, value),
        outcome=outcome,
        file=file,
        row=row,
        column=column,
        planted=(value,) if planted else (),
        note=note,
        also=also,
    )


def aside(rule: str, file: str, row: int, column: str, value: str, **more: object) -> Bad:
    """Return the case of one cell that sets its row aside."""
    return put(rule, file, row, column, value, "set aside", **more)  # type: ignore[arg-type]


def rewritten(
    rule: str,
    file: str,
    change: Callable[[bytes], bytes],
    row: int | None = None,
    column: str | None = None,
    note: str = "",
    planted: tuple[str, ...] = (),
) -> Bad:
    """Return the case of a file whose bytes were changed."""
    return Bad(
        rule=rule,
        spoil=lambda good: good.spoil(file, change),
        file=file,
        row=row,
        column=column,
        note=note,
        planted=planted,
    )


def at_line(number: int, change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """Return a change of one line of a file, its line end aside."""

    def changed(content: bytes) -> bytes:
        lines = content.split(b"\r\n")
        lines[number - 1] = change(lines[number - 1])
        return b"\r\n".join(lines)

    return changed


def declared(rule: str, file: str, change: Spoil, column: str | None = None, note: str = "") -> Bad:
    """Return the case of a declaration that was changed."""
    return Bad(rule=rule, spoil=change, file=file, column=column, note=note)


def _table(good: GoodDelivery, name: str) -> dict[str, object]:
    return good.mapping["tables"][name]  # type: ignore[no-any-return]


def _byte_faults() -> Iterator[Bad]:
    yield rewritten("file_empty", PERSONS, lambda _: b"")
    yield rewritten("file_empty", PERSONS, lambda _: b"\r\n\r\n", note="only line ends")
    yield rewritten("file_empty", PERSONS, lambda _: b"\xef\xbb\xbf", note="only a mark")
    yield rewritten("encoding_utf16", PERSONS, lambda raw: raw.decode().encode("utf-16"))
    yield rewritten(
        "encoding_utf16", PERSONS, lambda raw: raw.decode().encode("utf-16-le"), note="unmarked"
    )
    yield rewritten(
        "encoding_mismatch", PERSONS, at_line(5, lambda line: line + "å".encode("cp1252")), row=5
    )
    yield Bad(
        rule="encoding_mismatch",
        spoil=lambda good: good.header.update(encoding="cp1252"),
        file=SPELLS,
        row=4,
        note="declared cp1252, is utf-8",
    )
    yield Bad(
        rule="encoding_mismatch",
        spoil=lambda good: (
            good.header.update(encoding="cp1252"),
            good.spoil(PERSONS, lambda raw: b"\xef\xbb\xbf" + raw),
        ),
        file=PERSONS,
        row=1,
        note="marked as utf-8",
    )
    yield Bad(
        rule="encoding_mismatch",
        spoil=lambda good: (
            good.header.update(encoding="latin-1"),
            good.spoil(PERSONS, at_line(4, lambda line: line + b"\x93")),
        ),
        file=PERSONS,
        row=4,
        note="declared latin-1, is cp1252",
    )
    yield rewritten(
        "encoding_twice",
        SPELLS,
        lambda raw: raw.decode("utf-8").encode("utf-8").decode("cp1252").encode("utf-8"),
        row=4,
    )
    yield rewritten(
        "nul_byte", PERSONS, at_line(7, lambda line: line[:1] + b"\0" + line[1:]), row=7
    )
    yield put("control_character", PERSONS, 9, "person", "xab\x01cdf", note="\\x01", planted=False)
    yield put("control_character", PERSONS, 9, "person", "xab\u200bcdf", note="zero width")
    yield put("control_character", REFERRALS, 3, "remiss", "r\u202e001", note="right to left")
    yield rewritten("line_ends_cr", PERSONS, lambda raw: raw.replace(b"\r\n", b"\r"))
    yield rewritten(
        "stray_cr", PERSONS, at_line(6, lambda line: line[:4] + b"\r" + line[4:]), row=6
    )
    yield rewritten(
        "line_too_long",
        PERSONS,
        at_line(8, lambda line: line + b"z" * 3_000_000),
        row=8,
        planted=("zzzz",),
    )
    yield rewritten("file_not_text", PERSONS, lambda raw: b"PK\x03\x04" + raw, note="zip")
    yield rewritten("file_not_text", PERSONS, lambda raw: b"PAR1" + raw, note="parquet")
    yield rewritten("separator_line", PERSONS, lambda raw: b"sep=;\r\n" + raw, row=1)


def _shape_faults() -> Iterator[Bad]:
    for mark, name in ((b",", "comma"), (b"\t", "tab"), (b"|", "bar")):
        yield rewritten(
            "delimiter_mismatch",
            PERSONS,
            lambda raw, mark=mark: raw.replace(b";", mark),  # type: ignore[misc]
            row=1,
            note=name,
        )
    opened = at_line(5, lambda line: b'"' + line)
    yield rewritten("quote_unterminated", PERSONS, opened, row=5)
    yield rewritten(
        "quote_unterminated",
        PERSONS,
        lambda raw: at_line(9, lambda line: b'"' + line)(opened(raw)),
        row=5,
        note="closed rows later",
    )
    yield rewritten(
        "quote_unterminated",
        PERSONS,
        at_line(1, lambda line: b'"' + line),
        row=1,
        note="in the header",
    )
    yield rewritten("quote_misplaced", PERSONS, at_line(5, lambda line: b'"x"y' + line[1:]), row=5)
    yield rewritten(
        "row_long", PERSONS, at_line(12, lambda line: line + b";extra"), row=12, planted=("extra",)
    )
    yield rewritten(
        "row_short", PERSONS, at_line(12, lambda line: line.rpartition(b";")[0]), row=12
    )
    yield rewritten("row_short", PERSONS, lambda raw: raw.rstrip()[:-20], row=41, note="cut short")
    yield rewritten(
        "row_short",
        PERSONS,
        lambda raw: raw + b"Antal rader: 40\r\n",
        row=42,
        note="a footer",
        planted=("Antal rader",),
    )
    yield rewritten(
        "row_long",
        PERSONS,
        lambda raw: at_line(20, lambda line: b'"' + line.replace(b";", b'";', 1) + b";more")(raw),
        row=20,
        note="in a file with quotes",
    )
    yield rewritten("rows_none", PERSONS, lambda raw: raw.split(b"\r\n")[0] + b"\r\n")
    yield rewritten("rows_none", CAPACITY, lambda raw: raw.split(b"\r\n")[0], note="optional table")


def _header_faults() -> Iterator[Bad]:
    def rename(file: str, old: str, new: str) -> Spoil:
        def renamed(good: GoodDelivery) -> None:
            good.files[file][0][good.column(file, old)] = new

        return renamed

    def dropped(good: GoodDelivery) -> None:
        place = good.column(PERSONS, "region")
        for line in good.files[PERSONS]:
            del line[place]

    yield Bad(
        "column_missing",
        rename(PERSONS, "fodelsear", "fodelse_ar"),
        file=PERSONS,
        row=1,
        column="fodelsear",
        note="renamed",
    )
    yield Bad(
        "column_unknown",
        rename(PERSONS, "fodelsear", "fodelse_ar"),
        file=PERSONS,
        row=1,
        column="fodelse_ar",
        note="renamed",
    )
    yield Bad("column_missing", dropped, file=PERSONS, row=1, column="region", note="dropped")
    yield Bad(
        "column_unknown",
        lambda good: good.add_column(PERSONS, "betyg", lambda _: "x"),
        file=PERSONS,
        row=1,
        column="betyg",
        note="extra",
    )
    yield Bad(
        "column_unknown",
        lambda good: good.add_column(PERSONS, "8802 angivet", lambda _: "x"),
        file=PERSONS,
        row=1,
        column="column 8",
        planted=("8802",),
        note="a name that may be data",
    )
    yield Bad(
        "header_duplicate",
        rename(PERSONS, "kon_text", "KON"),
        file=PERSONS,
        row=1,
        column="column 4",
    )
    yield Bad(
        "header_blank", rename(PERSONS, "kon_text", " "), file=PERSONS, row=1, column="column 4"
    )
    yield Bad(
        "header_reserved",
        rename(PERSONS, "kon_text", "source_row"),
        file=PERSONS,
        row=1,
        column="column 4",
    )
    yield Bad(
        "header_missing",
        lambda good: good.files[PERSONS].pop(0),
        file=PERSONS,
        row=1,
        planted=("1960", "Vallentuna"),
    )
    yield Bad(
        "header_missing",
        lambda good: good.spoil(PERSONS, lambda raw: b"\r\n" + raw),
        file=PERSONS,
        row=1,
        note="a blank line first",
    )

    def swapped(file: str, one: str, other: str) -> Spoil:
        def swap(good: GoodDelivery) -> None:
            header = good.files[file][0]
            first, second = good.column(file, one), good.column(file, other)
            header[first], header[second] = header[second], header[first]

        return swap

    yield Bad(
        "code_unmapped",
        swapped(PERSONS, "kon", "region"),
        file=PERSONS,
        row=2,
        column="kon",
        note="two columns swapped",
    )
    yield Bad(
        "quarantine_limit",
        swapped(SPELLS, "start", "slut"),
        file=SPELLS,
        note="start and end swapped",
    )
    yield Bad(
        "end_before_start",
        swapped(SPELLS, "start", "slut"),
        file=SPELLS,
        row=2,
        column="slut",
        note="start and end swapped",
    )
    yield Bad(
        "quarantine_limit",
        swapped(REFERRALS, "remiss", "person"),
        file=REFERRALS,
        note="two ids swapped",
    )
    yield Bad(
        "quarantine_limit",
        swapped(PERSONS, "person", "fodelsear"),
        file=PERSONS,
        note="id and year swapped",
    )


def _identifier_faults() -> Iterator[Bad]:
    numbers = {
        "dash": "880209-0501",
        "century": "19880209-0501",
        "plus": "120209+0501",
        "en dash": "880209\u20130501",
        "minus sign": "880209\u22120501",
        "iso date": "1988-02-09-0501",
        "dotted": "1988.02.09-0501",
        "spaced": "880209 - 0501",
        "blanks": "8 8 0 2 0 9 - 0 5 0 1",
        "wide digits": "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in "880209-0501"),
        "ten digits": "8802090501",
        "twelve digits": "198802090501",
        "blank": "880209 0501",
        "wrong check digit": "880209-0500",
        "bare wrong check digit": "8802090500",
        "coordination": "880269-0507",
        "bare coordination": "8802690507",
        "coordination with a wrong month of days": "701063-2391",
        "in words": "pnr: 880209-0501.",
        "right check digit": "1212121212",
        "right check digit and century": "191212121212",
    }
    for note, number in numbers.items():
        yield put("identifier_personal_number", REFERRALS, 7, "remiss", number, note=note)
    for file, column, row in (
        (PERSONS, "person", 5),
        (PERSONS, "kon_text", 6),
        (PERSONS, "kommun", 41),
        (SPELLS, "orsak", 2),
        (SPELLS, "start", 9),
        (ASSISTANCE, "hushall", 81),
        (FOLLOWUPS, "datum", 3),
        (CAPACITY, "enhet", 25),
        (ASSISTANCE, "belopp", 4),
    ):
        yield put(
            "identifier_personal_number",
            file,
            row,
            column,
            "880209-0501",
            note=f"in {file} {column}",
        )
    yield Bad(
        "identifier_personal_number",
        lambda good: good.fill(ASSISTANCE, "hushall", lambda _: "880209-0501"),
        file=ASSISTANCE,
        row=2,
        column="hushall",
        planted=("880209",),
        note="a whole column",
    )
    yield Bad(
        "identifier_personal_number",
        lambda good: good.add_column(PERSONS, "extra", lambda _: "880209-0501"),
        file=PERSONS,
        row=2,
        column="extra",
        planted=("880209",),
        note="in an unknown column",
    )
    for note, number in {
        "bare": "19880209T050",
        "dash": "880209-T050",
        "two letters": "880209TF05",
    }.items():
        yield put("identifier_reserve_number", REFERRALS, 8, "remiss", number, note=note)
    for note, value in {"plain": "nn@example.org", "masked": "nn(at)example.org"}.items():
        yield put("identifier_email", PERSONS, 8, "kon_text", value, note=note)
    for note, value in {
        "dash": "070-174 06 05",
        "blanks": "070 174 06 05",
        "abroad": "+46 70 174 06 05",
        "bare": "0701740605",
        "fixed line": "08-465 004 00",
    }.items():
        yield put("identifier_phone", PERSONS, 8, "kon_text", value, note=note)
    yield put("identifier_address", PERSONS, 8, "kon_text", "Exempelgatan 5")
    yield put("identifier_address", PERSONS, 8, "kon_text", "186 00 Exempelby", note="post town")
    yield put("identifier_account", PERSONS, 8, "kon_text", "SE45 5000 0000 0583 9825 7466")
    yield put("identifier_name", PERSONS, 8, "kon_text", "Anna Andersson")
    yield put("identifier_name", PERSONS, 8, "kon_text", "ANDERSSON, ANNA", note="capitals")
    note = "hon vill helst arbeta halvtid och har ont i ryggen"
    yield put("identifier_free_text", PERSONS, 8, "kon_text", note)
    for name in ("namn", "Personnr", "e_post", "telefon", "fodelsedatum", "anteckning"):
        yield Bad(
            "identifier_column",
            lambda good, name=name: (  # type: ignore[misc]
                good.add_column(PERSONS, name, lambda _: ""),
                _table(good, "persons")["ignore"].append(name),  # type: ignore[attr-defined]
            ),
            file=PERSONS,
            row=1,
            column=name,
            note=name,
        )
    yield Bad(
        "identifier_in_file_name",
        lambda good: good.texts.update({"uttag_880209-0501.txt": "x"}),
        planted=("880209",),
        file="a file in",
    )


def _cell_faults() -> Iterator[Bad]:
    yield put("code_unmapped", PERSONS, 4, "kon", "Hen")
    yield put("code_unmapped", SPELLS, 3, "orsak", "Studerar hemma", note="exit reason")
    yield put("code_unmapped", REFERRALS, 6, "verksamhet", "OSA", note="programme")
    yield put("code_unmapped", SPELLS, 3, "intyg", "kanske", note="flag")
    yield Bad(
        "code_unmapped",
        lambda good: good.fill(PERSONS, "region", lambda code: "00" + code),
        file=PERSONS,
        row=2,
        column="region",
        note="codes with zeros lost or gained",
    )
    yield put("not_a_slug", REFERRALS, 5, "enhet", "norra porten!")
    yield put("id_malformed", SPELLS, 4, "inskrivning", "s 003")
    yield put("id_malformed", SPELLS, 4, "inskrivning", "q" * 65, note="too long")
    yield put("id_damaged", REFERRALS, 4, "remiss", "1,23E+15")
    yield put("spreadsheet_error", PERSONS, 4, "kommun", "#REF!")
    yield put("spreadsheet_error", PERSONS, 4, "kommun", "=HYPERLINK(1)", note="formula")
    yield put("text_too_long", PERSONS, 4, "kommun", "k" * 61)
    yield Bad(
        "quarantine_limit",
        lambda good: good.fill(SPELLS, "start", lambda _: "13/02/2017"),
        file=SPELLS,
        planted=("13/02/2017",),
        note="another date format",
    )
    yield Bad(
        "date_unreadable",
        lambda good: good.fill(SPELLS, "start", lambda _: "13/02/2017"),
        file=SPELLS,
        row=2,
        column="start",
        planted=("13/02/2017",),
        note="another date format",
    )
    yield Bad(
        "number_unreadable",
        lambda good: good.fill(ASSISTANCE, "belopp", lambda cell: cell.replace(",", ".")),
        file=ASSISTANCE,
        row=2,
        column="belopp",
        note="another decimal mark",
    )
    yield Bad(
        "date_serial",
        lambda good: good.fill(SPELLS, "start", lambda _: "42779"),
        file=SPELLS,
        row=2,
        column="start",
        planted=("42779",),
        note="a whole column",
    )


def _row_faults() -> Iterator[Bad]:
    yield aside("end_before_start", SPELLS, 3, "slut", "2015-12-31")
    yield aside("date_unreadable", SPELLS, 3, "start", "2017-02-30", note="no such day")
    yield aside("date_unreadable", SPELLS, 3, "start", "03/04/2017", note="day or month first")
    yield aside("date_unreadable", FOLLOWUPS, 3, "datum", "2017111", note="a digit short")
    yield aside("date_unreadable", FOLLOWUPS, 3, "datum", "2017-11-01", note="not as declared")
    yield aside("date_serial", SPELLS, 3, "start", "42779")
    yield aside("date_implausible", SPELLS, 3, "start", "1017-02-03", note="long ago")
    yield aside("date_implausible", SPELLS, 3, "start", "9999-12-31", note="an end for a start")
    yield aside("end_after_extract", SPELLS, 3, "slut", "2018-10-01")
    yield aside("date_implausible", SPELLS, 3, "slut", "2099-12-31", note="undeclared open end")
    yield aside("after_extract", REFERRALS, 2, "datum", "2018-10-01", also=((SPELLS, 0, "", ""),))
    yield aside("missing_required", SPELLS, 3, "start", "", planted=False)
    yield aside("missing_required", SPELLS, 3, "start", " ", planted=False, note="a blank")
    yield aside("missing_required", FOLLOWUPS, 3, "status", "", planted=False, note="code")
    yield aside("exit_without_end", SPELLS, 2, "slut", "", planted=False)
    yield aside("number_unreadable", ASSISTANCE, 5, "belopp", "6 500,00", note="thousands")
    yield aside("number_unreadable", ASSISTANCE, 5, "belopp", "saknas", note="a word")
    yield aside("number_unreadable", CAPACITY, 5, "platser", "60,5", note="half a place")
    yield aside("number_out_of_range", CAPACITY, 5, "platser", "-1", planted=False)
    yield aside("number_out_of_range", SPELLS, 3, "timmar", "168", planted=False, note="hours")
    yield aside("month_malformed", ASSISTANCE, 5, "manad", "2016-13")
    yield aside("month_malformed", ASSISTANCE, 5, "manad", "201601", note="no dash")
    yield aside("orphan_person", ASSISTANCE, 5, "person", "xqqqqqq")
    yield aside("orphan_person", SPELLS, 3, "person", "xqqqqqq", note="enrolment")
    yield aside("orphan_referral", SPELLS, 3, "remiss", "r999")
    yield aside("person_mismatch", SPELLS, 3, "remiss", "r000", planted=False)
    yield Bad(
        "duplicate_row",
        lambda good: good.files[SPELLS].append(list(good.files[SPELLS][5])),
        "set aside",
        SPELLS,
        37,
        "inskrivning",
    )
    yield Bad(
        "duplicate_row",
        lambda good: good.files[SPELLS].append([c + " " for c in good.files[SPELLS][5]]),
        "set aside",
        SPELLS,
        37,
        "inskrivning",
        note="but for blanks",
    )

    def contradicting(good: GoodDelivery) -> None:
        good.files[SPELLS].append(list(good.files[SPELLS][5]))
        good.put(SPELLS, 37, "timmar", "40,0")

    yield Bad(
        "duplicate_key",
        contradicting,
        "set aside",
        SPELLS,
        37,
        "inskrivning",
        also=((SPELLS, 6, "inskrivning", "duplicate_key"),),
    )
    yield Bad(
        "parent_quarantined",
        lambda good: good.put(PERSONS, 3, "fodelsear", "19x1"),
        "set aside",
        REFERRALS,
        3,
        "person",
        planted=("19x1",),
        also=(
            (PERSONS, 3, "fodelsear", "number_unreadable"),
            (ASSISTANCE, 4, "person", ""),
            (ASSISTANCE, 5, "person", ""),
            (FOLLOWUPS, 3, "person", ""),
            (SPELLS, 2, "person", ""),
        ),
    )


def _declaration_faults() -> Iterator[Bad]:
    delivery, mapping = "delivery.yml", "mapping.yml"
    yield declared(
        "declaration_invalid",
        delivery,
        lambda good: good.header.pop("extracted_on"),
        column="extracted_on",
        note="no day of extraction",
    )
    yield declared(
        "declaration_invalid",
        delivery,
        lambda good: good.header.update(kontakt="x"),
        column="kontakt",
        note="unknown key",
    )
    yield declared(
        "declaration_invalid",
        delivery,
        lambda good: good.header.update(encoding="x"),
        column="encoding",
        note="unknown encoding",
    )
    yield declared(
        "declaration_invalid",
        delivery,
        lambda good: good.header.update(extracted_on="30 september"),
        column="extracted_on",
        note="no date",
    )
    yield declared(
        "dates_out_of_order", delivery, lambda good: good.header.update(covers_to="2018-12-31")
    )
    yield declared(
        "ethics_id_missing", delivery, lambda good: good.header.update(purpose="research")
    )
    yield declared(
        "source_mismatch",
        delivery,
        lambda good: good.header.update(source="annan"),
        column="source",
    )
    yield declared(
        "source_mismatch",
        mapping,
        lambda good: good.mapping.update(source="annan"),
        column="source",
        note="mapping",
    )

    def table(name: str, **changes: object) -> Spoil:
        return lambda good: _table(good, name).update(changes)

    def part(name: str, key: str, **changes: object) -> Spoil:
        return lambda good: _table(good, name)[key].update(changes)  # type: ignore[attr-defined]

    yield declared(
        "mapping_table_unknown",
        mapping,
        lambda good: good.mapping["tables"].update(person=copy.deepcopy(_table(good, "persons"))),
        column="person",
    )
    yield declared(
        "mapping_column_unknown",
        mapping,
        part("persons", "columns", gender="kon_text"),
        column="persons.columns.gender",
    )
    yield declared(
        "mapping_column_required",
        mapping,
        lambda good: _table(good, "persons")["columns"].pop("sex"),  # type: ignore[attr-defined]
        column="persons.columns.sex",
    )
    yield declared(
        "mapping_code_unknown",
        mapping,
        part("persons", "codes", sex={"K": "female"}),
        column="persons.codes.sex",
    )
    yield declared(
        "mapping_code_unknown",
        mapping,
        part("followups", "constants", day="soon"),
        column="followups.constants.day",
        note="constant",
    )
    yield declared(
        "mapping_column_twice",
        mapping,
        part("persons", "columns", district="kommun"),
        column="persons.columns.kommun",
    )
    yield declared(
        "mapping_path", mapping, table("persons", file="../../personer.csv"), column="persons.file"
    )
    yield declared(
        "mapping_format",
        mapping,
        table("spells", dates="%d/%m/%y"),
        column="spells.start_date",
        note="two-digit year",
    )
    yield declared(
        "mapping_format",
        mapping,
        table("spells", dates="YYYY-MM-DD"),
        column="spells.start_date",
        note="not strptime",
    )
    yield Bad("file_missing", lambda good: good.files.pop(SPELLS), file=SPELLS)
    yield Bad(
        "file_unknown",
        lambda good: good.texts.update({"extra.csv": "a;b\n1;2\n"}),
        file="extra.csv",
    )
    yield Bad(
        "format_unsupported",
        lambda good: (
            table("persons", file="personer.xlsx")(good),
            good.files.update({"personer.xlsx": good.files.pop(PERSONS)}),
        ),
        file="personer.xlsx",
        note="xlsx",
    )


def bad_deliveries() -> list[Bad]:
    """Return every case."""
    return [
        *_byte_faults(),
        *_shape_faults(),
        *_header_faults(),
        *_identifier_faults(),
        *_cell_faults(),
        *_row_faults(),
        *_declaration_faults(),
    ]
