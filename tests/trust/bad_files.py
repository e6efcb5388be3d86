"""Bad files: bytes, shapes, headers and declarations that refuse a delivery."""

from __future__ import annotations

import copy
from collections.abc import Iterator

from tests.trust.good_delivery import (
    CAPACITY,
    PERSONS,
    REFERRALS,
    SPELLS,
    GoodDelivery,
)
from tests.trust.spoiling import (
    Bad,
    Spoil,
    at_line,
    declared,
    mapping_table,
    put,
    rewritten,
)


def byte_faults() -> Iterator[Bad]:
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


def shape_faults() -> Iterator[Bad]:
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


def header_faults() -> Iterator[Bad]:
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


def declaration_faults() -> Iterator[Bad]:
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
        return lambda good: mapping_table(good, name).update(changes)

    def part(name: str, key: str, **changes: object) -> Spoil:
        return lambda good: mapping_table(good, name)[key].update(changes)  # type: ignore[attr-defined]

    yield declared(
        "mapping_table_unknown",
        mapping,
        lambda good: good.mapping["tables"].update(
            person=copy.deepcopy(mapping_table(good, "persons"))
        ),
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
        lambda good: mapping_table(good, "persons")["columns"].pop("sex"),  # type: ignore[attr-defined]
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
        "format_mismatch",
        lambda good: (
            table("persons", file="personer.xlsx")(good),
            good.files.update({"personer.xlsx": good.files.pop(PERSONS)}),
        ),
        file="personer.xlsx",
        note="xlsx",
    )
