"""Bad cells: identifiers that refuse a delivery, and values that set a row aside."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.trust.good_delivery import (
    ASSISTANCE,
    CAPACITY,
    FOLLOWUPS,
    PERSONS,
    REFERRALS,
    SPELLS,
    GoodDelivery,
)
from tests.trust.spoiling import (
    Bad,
    aside,
    mapping_table,
    put,
)


def identifier_faults() -> Iterator[Bad]:
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
    yield Bad(
        "identifier_name",
        lambda good: good.fill(PERSONS, "kon_text", _uncommon()),
        file=PERSONS,
        row=2,
        column="kon_text",
        planted=("Abavik", "Tanrem"),
        note="a column of uncommon ones",
    )
    note = "hon vill helst arbeta halvtid och har ont i ryggen"
    yield put("identifier_free_text", PERSONS, 8, "kon_text", note)
    for name in ("namn", "Personnr", "e_post", "telefon", "fodelsedatum", "anteckning"):
        yield Bad(
            "identifier_column",
            lambda good, name=name: (  # type: ignore[misc]
                good.add_column(PERSONS, name, lambda _: ""),
                mapping_table(good, "persons")["ignore"].append(name),  # type: ignore[attr-defined]
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


def _uncommon() -> Callable[[str], str]:
    """Return pairs of made-up words that are written like names and are in no list of them."""
    pairs = (f"{one}bavik {two}anrem" for one in "ADEFGHIJ" for two in "TVRSK")
    return lambda _: next(pairs)


def cell_faults() -> Iterator[Bad]:
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


def row_faults() -> Iterator[Bad]:
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
