"""Faults: which rows are wrong, on purpose and where we can find them again?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from utfall.pipelines.simulation.layout import Layout, Local
from utfall.pipelines.simulation.truth import PlantedFault


@dataclass(frozen=True, slots=True, kw_only=True)
class Mishap:
    """One way in which rows go wrong.

    Attributes
    ----------
    table, column : str
        Canonical names of what is spoilt.
    rule : str
        What is wrong with the row, by the code that quarantine should give it.
    rows : int
        How many rows.
    spoil : callable
        Takes the table's canonical columns as a row (name → cell) and the date format;
        returns the spoilt cell.
    suits : callable
        Whether a row can be spoilt that way.
    """

    table: str
    column: str
    rule: str
    rows: int
    spoil: Callable[[dict[str, str], str], str]
    suits: Callable[[dict[str, str]], bool]


def _day_before_start(row: dict[str, str], written: str) -> str:
    start = _parsed(row["start_date"])
    return (start - timedelta(days=30)).strftime(written)


def _parsed(cell: str) -> date:
    digits = cell.replace("-", "")
    return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))


def _impossible_day(_row: dict[str, str], written: str) -> str:
    return written.replace("%Y", "2017").replace("%m", "02").replace("%d", "30")


def _after_delivery(_row: dict[str, str], written: str) -> str:
    return date(2031, 5, 6).strftime(written)


def _has_ended(row: dict[str, str]) -> bool:
    """Return whether an enrolment is over; key staff, few as they are, are spared."""
    return row["end_date"][:4] not in ("", "9999") and not row["spell_id"].startswith("k")


MISHAPS = (
    Mishap(
        table="spells",
        column="end_date",
        rule="end_before_start",
        rows=3,
        spoil=_day_before_start,
        suits=_has_ended,
    ),
    Mishap(
        table="followups",
        column="followup_date",
        rule="date_unreadable",
        rows=1,
        spoil=_impossible_day,
        suits=lambda _row: True,
    ),
    Mishap(
        table="followups",
        column="followup_date",
        rule="after_extract",
        rows=1,
        spoil=_after_delivery,
        suits=lambda _row: True,
    ),
    Mishap(
        table="followups",
        column="person_id",
        rule="orphan_person",
        rows=2,
        spoil=lambda row, _written: row["person_id"][:2] + "zzz" + row["person_id"][5:],
        suits=lambda _row: True,
    ),
    Mishap(
        table="followups",
        column="day",
        rule="number_out_of_range",
        rows=2,
        spoil=lambda _row, _written: "0",
        suits=lambda _row: True,
    ),
    Mishap(
        table="assistance_months",
        column="amount_sek",
        rule="number_unreadable",
        rows=1,
        spoil=lambda _row, _written: "saknas",
        suits=lambda _row: True,
    ),
)


def with_faults(
    tables: dict[str, Local], layout: Layout, rng: np.random.Generator, folder: str
) -> tuple[dict[str, Local], list[PlantedFault]]:
    """Return the tables with faults in known rows, one fault a row at most.

    Parameters
    ----------
    tables : dict of str to Local
        As they would be written.
    folder : str
        Delivery folder relative to the study, for the places.

    Returns
    -------
    tables, faults
        And every place, as line of the file with the header as line 1; rows that belong to
        a spoilt enrolment are listed with it.
    """
    changed = {
        name: {column: list(cells) for column, cells in local.items()}
        for name, local in tables.items()
    }
    faults: list[PlantedFault] = []
    used: set[tuple[str, int]] = set()
    for mishap in MISHAPS:
        if mishap.table in changed:
            places = _spoilt(changed[mishap.table], mishap, layout, rng, used)
            column = layout.mapping["tables"][mishap.table]["columns"][mishap.column]
            file = f"{folder}/{layout.file_of(mishap.table)}"
            faults.extend(
                PlantedFault(file=file, row=place + 2, column=column, rule=mishap.rule)
                for place in places
            )
    return changed, [*faults, *_left_behind(changed, faults, layout, folder)]


def _left_behind(
    tables: dict[str, Local], faults: list[PlantedFault], layout: Layout, folder: str
) -> list[PlantedFault]:
    """Return the rows that belong to a spoilt enrolment, which must go with it."""
    specs = layout.mapping["tables"]
    enrolments = specs["spells"]
    file, own = f"{folder}/{enrolments['file']}", enrolments["columns"]["spell_id"]
    lost = {tables["spells"][own][fault.row - 2] for fault in faults if fault.file == file}
    return [
        PlantedFault(
            file=f"{folder}/{layout.file_of(name)}",
            row=place + 2,
            column=specs[name]["columns"]["spell_id"],
            rule="parent_quarantined",
        )
        for name, local in tables.items()
        if name != "spells" and "spell_id" in specs[name]["columns"]
        for place, cell in enumerate(local[specs[name]["columns"]["spell_id"]])
        if cell in lost
    ]


def _spoilt(
    local: Local,
    mishap: Mishap,
    layout: Layout,
    rng: np.random.Generator,
    used: set[tuple[str, int]],
) -> list[int]:
    spec = layout.mapping["tables"][mishap.table]
    names, written = spec["columns"], spec.get("dates", "%Y-%m-%d")
    count = len(next(iter(local.values())))
    places: list[int] = []
    for place in (int(number) for number in rng.permutation(count)):
        row = {canonical: local[name][place] for canonical, name in names.items()}
        if len(places) == mishap.rows:
            break
        if (mishap.table, place) in used or not mishap.suits(row):
            continue
        local[names[mishap.column]][place] = mishap.spoil(row, written)
        used.add((mishap.table, place))
        places.append(place)
    return sorted(places)
