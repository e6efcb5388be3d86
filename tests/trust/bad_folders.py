"""Bad folders and tables: what is missing, linked, undone by its own pseudonyms, or dated ahead."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.trust.good_delivery import (
    ASSISTANCE,
    CAPACITY,
    FOLLOWUPS,
    PERSONS,
    REFERRALS,
    SPELLS,
    GoodDelivery,
)
from tests.trust.spoiling import Bad, Spoil, aside, at_line, mapping_table, put, rewritten

ATTENDANCE = "narvaro.csv"
SITES = "platser.csv"


def afterwards(change: Callable[[Path], object]) -> Spoil:
    """Return a spoiling of the folder once it is written."""
    return lambda good: good.afterwards.append(change)


def folder_faults() -> Iterator[Bad]:
    yield Bad(
        "declaration_missing",
        afterwards(lambda folder: (folder / "delivery.yml").unlink()),
        file="delivery.yml",
    )
    yield Bad(
        "declaration_missing",
        afterwards(lambda folder: (folder.parent / "mapping.yml").unlink()),
        file="mapping.yml",
        note="mapping",
    )
    for rule, text, row in (
        ("declaration_yaml", "source: [exempel\n", None),
        ("declaration_yaml", "source: exempel\n\tsystem: x\n", 2),
        ("declaration_key_twice", "source: exempel\nsource: annan\n", 2),
        ("declaration_alias", "source: &x exempel\nsystem: *x\n", 2),
        ("declaration_invalid", "- exempel\n", None),
        ("declaration_invalid", "", None),
    ):
        yield Bad(
            rule,
            lambda good, text=text: good.texts.update({"delivery.yml": text}),  # type: ignore[misc]
            file="delivery.yml",
            row=row,
            note=repr(text[:12]),
        )
    yield Bad(
        "declaration_yaml",
        afterwards(lambda folder: (folder / "delivery.yml").write_bytes(b"source: \xe5\n")),
        file="delivery.yml",
        note="not utf-8",
    )

    def linked_outside(folder: Path) -> None:
        (folder / PERSONS).rename(folder.parent.parent / PERSONS)
        (folder / PERSONS).symlink_to(folder.parent.parent / PERSONS)

    def dangling(folder: Path) -> None:
        (folder / PERSONS).unlink()
        (folder / PERSONS).symlink_to(folder / "borta.csv")

    def a_folder(folder: Path) -> None:
        (folder / PERSONS).unlink()
        (folder / PERSONS).mkdir()

    yield Bad("file_outside", afterwards(linked_outside), file=PERSONS)
    yield Bad("file_outside", afterwards(dangling), file=PERSONS, note="a link to nothing")
    yield Bad("file_missing", afterwards(a_folder), file=PERSONS, note="a folder of that name")
    for name in ("personer.zip", "personer.csv.gz", "personer.ods"):
        yield Bad(
            "format_unsupported",
            lambda good, name=name: (  # type: ignore[misc]
                mapping_table(good, "persons").update(file=name),
                good.files.update({name: good.files.pop(PERSONS)}),
            ),
            file=name,
            note=name,
        )
    yield Bad(
        "file_unknown",
        lambda good: good.texts.update({"innehall.zip": "x"}),
        file="innehall.zip",
        note="an archive beside the tables",
    )
    yield Bad(
        "delivery_missing",
        afterwards(
            lambda folder: [
                *(path.unlink() for path in folder.iterdir()),
                folder.rmdir(),
            ]
        ),
    )


def telling_faults() -> Iterator[Bad]:
    """Yield pseudonyms that can be undone, and dates of birth under another name."""
    for digest in ("md5", "sha1", "sha256"):
        for note, form in (("ten", "{0:02d}0209{1}"), ("twelve", "19{0:02d}0209-{1}")):
            yield Bad(
                "identifier_hash",
                _hashed(digest, form),
                file=PERSONS,
                row=2,
                column="nyckel",
                note=f"{digest} of {note} digits",
            )
    for note, form in (
        ("ISO", "{0}-02-{1:02d}"),
        ("digits alone", "{0}02{1:02d}"),
        ("day first", "{1:02d}/02/{0}"),
        ("dots", "{1:02d}.02.{0}"),
    ):
        yield Bad(
            "identifier_birth_date",
            lambda good, form=form: good.fill(  # type: ignore[misc]
                PERSONS, "kon_text", _born(form)
            ),
            file=PERSONS,
            row=2,
            column="kon_text",
            note=note,
        )


def _born(form: str) -> Callable[[str], str]:
    numbers = iter(range(1000))

    def born(_: str) -> str:
        number = next(numbers)
        return form.format(1960 + number % 30, 1 + number % 28)

    return born


def _hashed(digest: str, form: str) -> Spoil:
    """Return a spoiling that adds plain digests of made-up numbers as a column to ignore."""

    def hashed(good: GoodDelivery) -> None:
        years = good.column(PERSONS, "fodelsear")

        def key(number: int) -> str:
            year = int(good.files[PERSONS][number - 1][years]) % 100
            short = f"{year:02d}0209{number:03d}"
            digits = [int(digit) * (2 - place % 2) for place, digit in enumerate(short)]
            check = -sum(one - 9 if one > 9 else one for one in digits) % 10
            written = form.format(year, f"{number:03d}{check}")
            return hashlib.new(digest, written.encode()).hexdigest()

        good.add_column(PERSONS, "nyckel", key)
        mapping_table(good, "persons")["ignore"].append("nyckel")  # type: ignore[attr-defined]

    return hashed


def more_file_faults() -> Iterator[Bad]:
    yield rewritten(
        "letters_lost",
        PERSONS,
        at_line(5, lambda line: line.replace(b"Vallentuna", "Vallent\ufffdna".encode())),
        row=5,
        column="kommun",
    )
    yield Bad(
        "header_repeated",
        lambda good: good.files[PERSONS].insert(20, list(good.files[PERSONS][0])),
        file=PERSONS,
        row=21,
    )
    yield rewritten(
        "header_blank",
        PERSONS,
        lambda raw: raw.replace(b"\r\n", b";\r\n"),
        row=1,
        note="a delimiter after every line",
    )
    yield rewritten(
        "row_long",
        PERSONS,
        lambda raw: raw.replace(b"\r\n", b";\r\n").replace(b"kommun;", b"kommun", 1),
        row=2,
        note="a delimiter after every row",
    )
    yield rewritten(
        "header_missing",
        PERSONS,
        lambda raw: b"Uttag ur systemet\r\n" + raw,
        row=1,
        note="a title above the header",
    )


def more_cell_faults() -> Iterator[Bad]:
    yield put("spreadsheet_error", PERSONS, 4, "kommun", "#N/A", note="not available")
    yield put("spreadsheet_error", PERSONS, 4, "kommun", "#DIV/0!", note="division")
    yield put("spreadsheet_error", PERSONS, 4, "kommun", "@SUM(1)", note="at")
    yield put("code_unmapped", REFERRALS, 6, "verksamhet", "\u0410\u041c\u0410", note="look-alike")
    yield put("code_unmapped", REFERRALS, 6, "lagrum", "SoL 4:1", note="another year's list")
    yield put("id_malformed", SPELLS, 4, "inskrivning", "s\t003", note="a tab")
    yield Bad(
        "flag_unreadable",
        lambda good: (
            mapping_table(good, "spells")["codes"].pop("exit_verified"),  # type: ignore[attr-defined]
            good.fill(SPELLS, "intyg", lambda cell: {"J": "1", "N": "0"}.get(cell, cell)),
            good.put(SPELLS, 3, "intyg", "kanske"),
        ),
        "set aside",
        SPELLS,
        3,
        "intyg",
        ("kanske",),
    )

    def with_meeting(good: GoodDelivery) -> None:
        good.add_column(SPELLS, "mote", lambda row: f"2016-02-{row % 28 + 1:02d} 09:30")
        mapping_table(good, "spells")["columns"]["first_meeting_at"] = "mote"  # type: ignore[index]
        good.put(SPELLS, 5, "mote", "tisdag 09.30")

    yield Bad("timestamp_unreadable", with_meeting, "set aside", SPELLS, 5, "mote", ("tisdag",))


def more_row_faults() -> Iterator[Bad]:
    yield aside("number_unreadable", ASSISTANCE, 5, "belopp", "6\u00a0500,00", note="hard blank")
    yield aside("number_unreadable", ASSISTANCE, 5, "belopp", "6.500,50", note="two marks")
    yield aside("number_unreadable", ASSISTANCE, 5, "belopp", "6500 kr", note="a unit")
    yield aside("number_unreadable", ASSISTANCE, 5, "belopp", "\u2212500,00", note="minus sign")
    yield aside("number_unreadable", ASSISTANCE, 5, "belopp", "6,5E+03", note="exponent")
    yield aside(
        "number_out_of_range", ASSISTANCE, 5, "belopp", "650000000", planted=False, note="öre"
    )
    yield aside("date_unreadable", SPELLS, 3, "start", "2016-02-05 00:00:00", note="with a time")
    yield aside("date_unreadable", SPELLS, 3, "start", "16-02-05", note="two-digit year")
    yield aside("date_unreadable", SPELLS, 3, "start", "februari 2016", note="in words")
    yield aside("date_unreadable", SPELLS, 3, "start", "0000-00-00", note="zeros")
    yield aside("date_unreadable", FOLLOWUPS, 3, "datum", "20170229", note="no leap year")
    yield aside("date_implausible", SPELLS, 3, "start", "1900-01-01", note="a spreadsheet's zero")
    yield aside("month_malformed", CAPACITY, 5, "manad", "jan 2016", note="in words")
    yield aside("month_malformed", ASSISTANCE, 5, "manad", "42370", note="serial")
    yield aside("after_extract", ASSISTANCE, 5, "manad", "2019-05", note="month")
    yield aside("after_extract", FOLLOWUPS, 3, "datum", "20190101", note="follow-up")
    dependants = ((REFERRALS, 0, "", ""),)
    yield aside("after_extract", PERSONS, 3, "fodelsear", "2019", note="born", also=dependants)
    yield aside("number_out_of_range", PERSONS, 3, "fodelsear", "1860", also=dependants, note="old")
    yield aside(
        "number_unreadable", PERSONS, 3, "fodelsear", "1988-02-09", also=dependants, note="a date"
    )

    def with_arrival(good: GoodDelivery) -> None:
        good.add_column(PERSONS, "ankomst", lambda _: "2015")
        mapping_table(good, "persons")["columns"]["arrival_year"] = "ankomst"  # type: ignore[index]
        good.put(PERSONS, 3, "ankomst", "1950")

    yield Bad(
        "arrival_before_birth",
        with_arrival,
        "set aside",
        PERSONS,
        3,
        "ankomst",
        also=dependants,
    )

    def with_attendance(good: GoodDelivery) -> None:
        people, place = good.files[SPELLS][1:], good.column(SPELLS, "person")
        lines = [[line[place], line[0], "2016-06", "40,0"] for line in people]
        lines[3][1] = "s999"
        good.files[ATTENDANCE] = [["person", "inskrivning", "manad", "timmar"], *lines]
        good.mapping["tables"]["attendance_months"] = {
            "file": ATTENDANCE,
            "columns": {
                "person_id": "person",
                "spell_id": "inskrivning",
                "month": "manad",
                "hours_given": "timmar",
            },
        }

    def with_sites(good: GoodDelivery) -> None:
        good.files[SITES] = [
            ["enhet", "verksamhet", "kommun"],
            ["fabriken", "AMA", "Vallentuna"],
            ["centrum", "VAC", "Vallentuna"],
        ]
        good.mapping["tables"]["sites"] = {
            "file": SITES,
            "columns": {"site": "enhet", "programme": "verksamhet", "municipality": "kommun"},
            "codes": {"programme": {"AMA": "ama", "VAC": "vac"}},
        }
        right = good.cell(SPELLS, 3, "enhet")
        good.put(SPELLS, 3, "enhet", "centrum" if right == "fabriken" else "fabriken")

    yield Bad("orphan_site", with_sites, "set aside", SPELLS, 3, "enhet")
    yield Bad("orphan_spell", with_attendance, "set aside", ATTENDANCE, 5, "inskrivning", ("s999",))
    yield Bad(
        "orphan_person",
        lambda good: good.files[ASSISTANCE].append(["Summa", "", "2016-01", "526000,00"]),
        "set aside",
        ASSISTANCE,
        82,
        "person",
        note="a line of totals",
    )
