"""R6: is every planted identifier refused before anything is stored, and nothing else?"""

from __future__ import annotations

import random
from collections.abc import Iterator

import polars as pl
import pytest

from tests.trust.good_delivery import (
    ASSISTANCE,
    CAPACITY,
    FOLLOWUPS,
    PERSONS,
    REFERRALS,
    SPELLS,
    GoodDelivery,
)
from utfall.expectations.identifiers import find_identifiers
from utfall.pipelines.delivery import check_delivery

pytestmark = pytest.mark.trust

#: A text column of each kind that a delivery has.
COLUMNS = {
    "pseudonyms": [f"x{number:05d}" for number in range(300)],
    "short ids": [f"r{number:03d}" for number in range(300)],
    "codes": ["K", "M"] * 150,
    "places": ["Fabriken", "Centrum", "Norra Hisingen"] * 100,
    "dates": [f"2017-{1 + number % 12:02d}-{1 + number % 28:02d}" for number in range(300)],
    "months": [f"2017-{1 + number % 12:02d}" for number in range(300)],
    "amounts": [f"{6000 + 7 * number},50" for number in range(300)],
    "hashes": [f"{random.Random(number).getrandbits(256):064x}" for number in range(300)],
    "mostly blank": [None] * 290 + ["x"] * 10,
}


def check_digit(nine: str) -> str:
    products = [int(digit) * (2 - place % 2) for place, digit in enumerate(nine)]
    return str(-sum(number - 9 if number > 9 else number for number in products) % 10)


def numbers(draw: random.Random, count: int) -> Iterator[tuple[str, str, str]]:
    """Yield century, date and last four of people born in the 1890s, in the test range."""
    for _ in range(count):
        day = draw.randint(1, 28) + draw.choice([0, 0, 60])
        short = f"9{draw.randrange(10)}{draw.randint(1, 12):02d}{day:02d}"
        serial = f"98{draw.randrange(10)}"
        right = check_digit(short + serial)
        typed = right if draw.random() < 0.8 else str((int(right) + 1) % 10)
        yield "18", short, serial + typed


def dressed(century: str, short: str, last: str) -> Iterator[str]:
    """Yield the ways in which one number is written."""
    year, month, day = century + short[:2], short[2:4], short[4:]
    wide = str.maketrans("0123456789", "".join(chr(0xFF10 + digit) for digit in range(10)))
    yield f"{short}-{last}"
    yield f"{century}{short}-{last}"
    yield f"{short}+{last}"
    yield f"{short}\u2013{last}"
    yield f"{short} - {last}"
    yield f"{year}-{month}-{day}-{last}"
    yield f"{century}{short}{last}"
    yield f"{short}{last}"
    yield f"{short} {last}"
    yield f"pnr {short}-{last}"
    yield f"({short}-{last})"
    yield f"{short}-{last}".translate(wide)
    yield f"{short[:3]}\u200b{short[3:]}-{last}"
    yield f"{century}{short}T{last[:3]}"
    yield f"{short}-T{last[:3]}"


def others(draw: random.Random) -> Iterator[str]:
    """Yield other identifiers."""
    for _ in range(6):
        tail = f"{draw.randint(100, 999)} {draw.randint(10, 99)} {draw.randint(10, 99)}"
        yield f"07{draw.choice('02369')}-{tail}"
        yield f"+46 7{draw.choice('02369')} {tail}"
        yield f"07{draw.choice('02369')}{draw.randint(10**6, 10**7 - 1)}"
        yield f"user{draw.randrange(100)}@example.{draw.choice(['org', 'com', 'net'])}"
        yield f"Exempel{draw.choice(['gatan', 'vägen', 'stigen'])} {draw.randint(1, 99)}"


def planted() -> list[tuple[str, str]]:
    draw = random.Random(20161209)
    every = [value for number in numbers(draw, 9) for value in dressed(*number)]
    every += others(draw)
    return [(name, value) for value in every for name in COLUMNS]


def rules_of(cells: list[str | None]) -> set[str]:
    text = pl.DataFrame({"c": pl.Series(cells, dtype=pl.String)}).with_row_index("source_row", 2)
    return {hit.rule for hit in find_identifiers(text)}


def test_every_planted_identifier_is_found_in_every_kind_of_column(ledger):
    draw = random.Random(1)
    cases = planted()
    missed = []
    for name, value in cases:
        cells = list(COLUMNS[name])
        cells[draw.randrange(len(cells))] = value
        if not rules_of(cells):
            missed.append((name, value))
    assert len(cases) >= 1_000
    ledger.count("R6", "planted identifiers", attacked=len(cases), leaked=len(missed))
    assert missed == []


def test_clean_columns_raise_fewer_than_one_alarm_in_ten_thousand_cells(ledger):
    alarms = cells = 0
    for seed in range(12):
        draw = random.Random(seed)
        columns = {
            **COLUMNS,
            "ten digits": [str(draw.randrange(10**9, 10**10)) for _ in range(600)],
            "twelve digits": [str(draw.randrange(10**11, 10**12)) for _ in range(600)],
            "eleven digits": [str(draw.randrange(10**10, 10**11)) for _ in range(600)],
            "short hex": [f"{draw.getrandbits(48):012x}" for _ in range(600)],
            "epoch": [str(1_480_000_000 + draw.randrange(10**8)) for _ in range(600)],
            "uuid": [
                f"{draw.getrandbits(32):08x}-{draw.getrandbits(16):04x}-"
                f"{draw.getrandbits(16):04x}-{draw.getrandbits(16):04x}-{draw.getrandbits(48):012x}"
                for _ in range(600)
            ],
            "case numbers": [f"SN {draw.randint(2014, 2019)}/{n:04d}" for n in range(600)],
            "floats": [repr(draw.uniform(0, 10**6)) for _ in range(600)],
        }
        for column in columns.values():
            cells += len(column)
            text = pl.DataFrame({"c": pl.Series(column, dtype=pl.String)})
            alarms += sum(
                hit.rows for hit in find_identifiers(text.with_row_index("source_row", 2))
            )
    assert cells > 80_000
    ledger.measure("R6", "false alarms in 10,000 clean cells", 10_000 * alarms / cells)
    assert alarms <= cells / 10_000


PLACES = (
    (PERSONS, "person"),
    (PERSONS, "kon_text"),
    (PERSONS, "kommun"),
    (REFERRALS, "remiss"),
    (SPELLS, "orsak"),
    (ASSISTANCE, "hushall"),
    (FOLLOWUPS, "datum"),
    (CAPACITY, "enhet"),
)


@pytest.mark.parametrize(("file", "column"), PLACES)
def test_a_refused_number_is_left_in_no_message_and_no_new_file(
    file, column, tmp_path, capfd, ledger
):
    good = GoodDelivery()
    number = "121212-1212"
    good.put(file, 7, column, number)
    folder = good.write(tmp_path)
    before = sorted(path for path in tmp_path.rglob("*"))
    with ledger.attack("R6", "planted identifiers looked for in messages and files"):
        report = check_delivery(folder)
        assert [(fault.row, fault.column) for fault in report.faults] == [(7, column)]
        assert sorted(path for path in tmp_path.rglob("*")) == before
        assert "1212" not in repr(report) + "".join(capfd.readouterr())
