"""Identifiers: is a person's number found in any dress, and nothing else taken for one?"""

from __future__ import annotations

import random
from collections.abc import Iterable

import polars as pl
import pytest

from utfall.expectations.identifiers import (
    find_identifiers,
    holds_number,
    identifier_faults,
    is_personal_name,
)

PSEUDONYMS = [f"x{number:05d}" for number in range(200)]


def rules_of(cells: Iterable[str | None], **options: object) -> set[str]:
    column = pl.Series("c", list(cells), dtype=pl.String)
    text = pl.DataFrame([column]).with_row_index("source_row", 2)
    return {hit.rule for hit in find_identifiers(text, **options)}  # type: ignore[arg-type]


def test_one_number_among_many_pseudonyms_is_enough():
    assert rules_of([*PSEUDONYMS, "8802090501"]) == {"identifier_personal_number"}
    assert rules_of([*PSEUDONYMS, "198802090501"]) == {"identifier_personal_number"}


def test_a_whole_column_of_numbers_is_found_whether_or_not_they_carry_a_dash(rng):
    bare = [with_check_digit(rng) for _ in range(300)]
    assert rules_of(bare) == {"identifier_personal_number"}
    assert rules_of(f"18{number}" for number in bare) == {"identifier_personal_number"}
    assert rules_of(f"{number[:6]}-{number[6:]}" for number in bare) == {
        "identifier_personal_number"
    }


def with_check_digit(rng) -> str:
    """Return a number of somebody born in the 1890s, in the range kept for tests."""
    nine = f"9{rng.integers(10)}{rng.integers(1, 13):02d}{rng.integers(1, 29):02d}98"
    nine += str(rng.integers(10))
    products = [int(digit) * (2 - place % 2) for place, digit in enumerate(nine)]
    total = sum(product - 9 if product > 9 else product for product in products)
    return f"{nine}{-total % 10}"


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda draw: str(draw.randrange(10**9, 10**10)), id="ten random digits"),
        pytest.param(lambda draw: str(draw.randrange(10**11, 10**12)), id="twelve random digits"),
        pytest.param(lambda draw: f"{draw.getrandbits(48):012x}", id="twelve hexadecimals"),
        pytest.param(lambda draw: f"{draw.getrandbits(128):032x}", id="a hash"),
        pytest.param(
            lambda draw: f"2017{draw.randint(1, 12):02d}{draw.randint(1, 28):02d}"
            f"{draw.randint(0, 23):02d}{draw.randint(0, 59):02d}",
            id="times without marks",
        ),
        pytest.param(
            lambda draw: f"17{draw.randint(1, 12):02d}{draw.randint(1, 28):02d}"
            f"{draw.randrange(10**4):04d}",
            id="case numbers that begin with a date",
        ),
        pytest.param(lambda draw: f"{draw.uniform(0, 30_000):.10f}", id="long decimals"),
        pytest.param(lambda draw: f"2017-0{draw.randint(1, 9)}-11 10:{draw.randint(10, 59)}",
                     id="times"),
        pytest.param(lambda draw: f"{draw.randint(1, 28):02d}-0{draw.randint(1, 9)}-2017",
                     id="dates, day first"),
        pytest.param(lambda draw: draw.choice(["Fabriken", "Norra Hisingen", "Centrum 2"]),
                     id="places"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("rows", [12, 3_000])
def test_what_only_looks_like_a_number_is_let_in(make, rows):
    draw = random.Random(20161209)
    assert rules_of(make(draw) for _ in range(rows)) == set()


def test_labels_repeat_and_notes_do_not():
    label = "Sjukskriven med läkarintyg, väntar på sjukpenning från kassan"
    assert rules_of([label] * 30) == set()
    notes = [f"{label}, samtal {word} vecka" for word in ("förra", "denna", "nästa")]
    assert rules_of(notes) == {"identifier_free_text"}
    assert rules_of(notes, decoded=["c"]) == set()


def test_a_column_of_many_capitalised_pairs_is_taken_for_names():
    draw = random.Random(1)
    sounds = [f"{letter}a" for letter in "BDFGHKLMNPRSTV"]
    made_up = [
        f"{draw.choice(sounds)}{draw.choice(sounds).lower()} "
        f"{draw.choice(sounds)}{draw.choice(sounds).lower()}x"
        for _ in range(60)
    ]
    assert rules_of(made_up) == {"identifier_name"}


def test_a_hit_says_where_and_how_often_and_not_what():
    cells = ["x1", "880209-0501", None, "880209-0501"]
    text = pl.DataFrame({"c": cells}).with_row_index("source_row", 2)
    (hit,) = find_identifiers(text)
    assert (hit.rule, hit.column, hit.row, hit.rows) == (
        "identifier_personal_number",
        "c",
        3,
        2,
    )
    (fault,) = identifier_faults(text, "a.csv", str)
    assert (fault.where, fault.rows) == ("a.csv:3:c", 2)
    assert "880209" not in str(fault)


@pytest.mark.parametrize(
    "name", ["Namn", "personnr", "E-post", "mobil_nr", "FÖDELSEDATUM", "handlaggare_namn", "Adress"]
)
def test_a_columns_name_can_say_that_it_is_personal(name):
    assert is_personal_name(name)


@pytest.mark.parametrize("name", ["enhet_namn", "namnd", "fodelsear", "kon_text", "mobilitet"])
def test_a_columns_name_can_sound_personal_and_not_be(name):
    assert not is_personal_name(name)


def test_exports_carry_times_in_their_names_and_people_do_not():
    assert not holds_number("uttag_20161130-1200.csv")
    assert not holds_number("uttag_201611301200.csv")
    assert holds_number("akt 121212-1212.csv")
    assert holds_number("1212121212.csv")
    assert holds_number("19880209T050.csv")
