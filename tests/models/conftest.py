"""A small world in literal rows, built by dbt once for all tests of the marts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from utfall.expectations.contract import load_contracts, load_flat_contract, raw_schema
from utfall.pipelines.study import event_columns
from utfall.pipelines.transform import build_marts
from utfall.pipelines.warehouse import MART_KEYS, build_raw, read_mart

Rows = Sequence[Mapping[str, Any]]


@dataclass
class World:
    """Rows per source and table, and where the study that holds them lies."""

    root: Path
    sources: dict[str, dict[str, Rows]]
    events: Rows = ()
    marts: dict[str, pl.DataFrame] = field(default_factory=dict)

    @property
    def work(self) -> Path:
        return self.root / ".utfall"

    @property
    def warehouse(self) -> Path:
        return self.work / "utfall.duckdb"

    def build(self, *, backwards: bool = False, with_unit_tests: bool = False) -> World:
        step = -1 if backwards else 1
        deliveries = [
            delivery(source, {table: rows[::step] for table, rows in tables.items()})
            for source, tables in list(self.sources.items())[::step]
        ]
        build_raw(self.warehouse, deliveries, events_frame(self.events[::step]), "run-1")
        build_marts(self, with_unit_tests=with_unit_tests)
        self.marts = {name: read_mart(self.warehouse, name) for name in MART_KEYS}
        return self


def delivery(source: str, tables: Mapping[str, Rows]) -> Any:
    """Return what one source handed over on 1 July 2018, as the delivery module would."""
    header = SimpleNamespace(
        system="example",
        extracted_on=date(2018, 7, 1),
        covers_from=date(2016, 1, 1),
        covers_to=date(2018, 6, 30),
        covers="all_referrals",
        covers_population="residents",
        code_list_version="2017",
    )
    frames = {table: frame(table, source, rows) for table, rows in tables.items()}
    return SimpleNamespace(source=source, delivery="2018-07-01", header=header, tables=frames)


def frame(table: str, source: str, rows: Rows) -> pl.DataFrame:
    """Return literal rows as a raw table; what a row leaves out is blank."""
    contracts = {**load_contracts(), "flat_values": load_flat_contract()}
    provenance = {"source": source, "delivery": "2018-07-01", "source_file": f"{table}.csv"}
    return pl.DataFrame(
        [{**row, **provenance, "source_row": place + 2} for place, row in enumerate(rows)],
        schema=raw_schema(contracts[table]),
    )


def events_frame(rows: Rows) -> pl.DataFrame:
    """Return literal events with the columns of ``raw.events``."""
    return pl.DataFrame(list(rows), schema=event_columns())


def person(person_id: str, **known: Any) -> dict[str, Any]:
    """Return a resident of Vallentuna with what is known of them."""
    ordinary = {
        "birth_year": 1990,
        "sex": "woman",
        "birth_region": "sweden",
        "education": "upper_secondary",
        "municipality": "Vallentuna",
    }
    return {**ordinary, "person_id": person_id, **known}


def referral(referral_id: str, person_id: str, day: date, **known: Any) -> dict[str, Any]:
    """Return a referral to AMA with what is known of it."""
    ordinary = {
        "programme": "ama",
        "site": "fabriken",
        "referrer": "social_assistance",
        "legal_basis": "none",
        "decision": "none_needed",
    }
    return {
        **ordinary,
        "referral_id": referral_id,
        "person_id": person_id,
        "referral_date": day,
        **known,
    }


def spell(
    spell_id: str,
    referral: Mapping[str, Any],
    start: date,
    end: date | None = None,
    reason: str | None = None,
) -> dict[str, Any]:
    """Return an enrolment that a referral led to."""
    return {
        "spell_id": spell_id,
        "referral_id": referral["referral_id"],
        "person_id": referral["person_id"],
        "programme": referral["programme"],
        "site": referral["site"],
        "start_date": start,
        "end_date": end,
        "exit_reason": reason,
    }


#: Why twelve people left in 2017: four for what Kolada U40455 counts.
TWELVE_EXITS = ("W1", "W1", "W2", "W3", "S1", "S2", "R1", "R2", "H1", "F1", "F3", "F5")


def kolada_rows() -> dict[str, Rows]:
    """Return twelve exits of 2017, one of the year before and one person who stayed."""
    ends = [date(2017, month, 28) for month in range(1, 13)]
    exits = [
        *zip(TWELVE_EXITS, ends, strict=True),
        ("W1", date(2016, 12, 31)),
        (None, None),
    ]
    referrals = [
        referral(f"k{n:02}", f"k{n:02}", date(2016, 9, 1), programme="mia", site="norr")
        for n in range(len(exits))
    ]
    return {
        "persons": [person(row["person_id"]) for row in referrals],
        "referrals": referrals,
        "spells": [
            spell(f"s{row['referral_id']}", row, date(2016, 9, 5), end, reason)
            for row, (reason, end) in zip(referrals, exits, strict=True)
        ],
    }


def ama_rows() -> dict[str, Rows]:
    """Return one person for each way in which a referral to AMA can go."""
    day = date(2017, 1, 10)
    works = referral(
        "r01", "works", day, could_enter_other=1, assessed_on=day, readiness_on=date(2017, 1, 11)
    )
    reopened = referral("r02", "reopened", day)
    called = referral("r03", "called", day, could_enter_other=1, assessed_on=date(2017, 1, 11))
    silent = referral("r04", "silent", day)
    vanished = referral("r05", "vanished", day)
    recent = referral("r06", "recent", date(2018, 3, 1))
    moved = referral("r07", "moved", day)
    commuter = referral("r08", "commuter", day)
    again = referral("r09", "works", date(2018, 1, 10), programme="vac", site="torget")
    return {
        "persons": [
            person("works", last_worked_month="2016-11"),
            person("reopened", last_worked_month="2017-06", arrival_year=2010),
            person("called"),
            person("silent"),
            person("vanished"),
            person("recent"),
            person("moved", left_municipality_on=date(2017, 3, 1)),
            person("commuter", municipality="Täby"),
        ],
        "referrals": [
            works,
            reopened,
            called,
            silent,
            vanished,
            recent,
            moved,
            commuter,
            again,
        ],
        "spells": [
            spell("s01", works, date(2017, 1, 20), date(2017, 4, 20), "W1"),
            spell("s02", reopened, date(2017, 1, 20), date(2017, 3, 1), "F4"),
            spell("s03", reopened, date(2017, 3, 31), date(2017, 6, 30), "S1"),
            spell("s04", reopened, date(2017, 12, 1), date(2018, 1, 31), "R1"),
            spell("s05", vanished, date(2017, 1, 20), date(2017, 2, 28), "F5"),
            spell("s06", recent, date(2018, 3, 5)),
            spell("s07", moved, date(2017, 1, 20), date(2017, 4, 1), "W1"),
            spell("s08", commuter, date(2017, 1, 20), date(2017, 5, 1), "R1"),
        ],
        "followups": [
            {
                "person_id": "called",
                "followup_date": date(2017, 7, 12),
                "counted_from": "referral",
                "day": 180,
                "status": "work",
                "followup_source": "call",
            }
        ],
        "sites": [
            {"programme": "ama", "site": "fabriken", "municipality": "Vallentuna"},
            {"programme": "vac", "site": "torget", "municipality": "Vallentuna"},
        ],
        "capacity": [
            {"programme": "ama", "site": "fabriken", "month": "2017-01", "places": 34},
        ],
    }


#: One row of each table that only some questions need.
OPTIONAL: dict[str, Rows] = {
    "activities": [
        {
            "spell_id": "s01",
            "person_id": "works",
            "activity": "practice",
            "workplace_kind": "regular",
            "start_date": date(2017, 2, 1),
            "end_date": date(2017, 4, 1),
        }
    ],
    "attendance_months": [
        {"person_id": "works", "spell_id": "s01", "month": "2017-02", "hours_given": 40.25}
    ],
    "income_months": [
        {"person_id": "works", "month": "2017-05", "income_source": "wage", "amount_sek": 21000.5}
    ],
    "handovers": [{"person_id": "works", "authority": "af", "sent_date": date(2018, 6, 1)}],
    "costs": [
        {
            "programme": "ama",
            "item": "salary",
            "payer": "municipality",
            "year": 2017,
            "amount_sek": 550000,
        }
    ],
    "applications": [
        {"person_id": "works", "applied_on": date(2017, 1, 2), "decision": "denied"},
        {"person_id": "works", "applied_on": date(2017, 3, 2), "decision": "granted"},
    ],
    "queue": [{"person_id": "silent", "activity": "osa", "queued_on": date(2018, 6, 1), "rank": 3}],
    "programme_versions": [
        {"programme": "ama", "site": "fabriken", "from": date(2018, 6, 17), "rule": "full_days"}
    ],
    "screenings": [{"person_id": "works", "asked_on": date(2017, 1, 21), "instrument": "freda"}],
    "caseworkers": [{"caseworker_id": "h1", "month": "2017-02", "cases": 70}],
}


FIRE = {
    "event_id": "ama_fire_2016",
    "kind": "capacity",
    "programme": "ama",
    "starts_on": date(2016, 12, 10),
    "ends_on": date(2018, 3, 31),
    "capacity_share": 0.5,
    "label_sv": "Brand",
    "label_en": "Fire",
    "source": "example",
    "evidence_grade": "reported",
}


def world_at(root: Path) -> World:
    """Return the world of these tests, not yet built."""
    ama, kolada = ama_rows(), kolada_rows()
    months = [f"2016-{month:02}" for month in range(1, 13)]
    return World(
        root,
        {
            "vallentuna": {
                **{table: [*ama.get(table, ()), *kolada.get(table, ())] for table in ama},
                **OPTIONAL,
            },
            "bistand": {
                "assistance_months": [
                    {"person_id": "works", "month": month, "amount_sek": 4000}
                    for month in months[:5]
                ],
            },
        },
        [FIRE],
    )


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The small world, with the models' own unit tests run on the way."""
    return world_at(tmp_path_factory.mktemp("study")).build(with_unit_tests=True)


@pytest.fixture
def unbuilt(tmp_path: Path) -> World:
    """The same world, to be spoilt and built by the test."""
    return world_at(tmp_path)


@pytest.fixture(scope="session")
def outcome(world: World) -> Callable[..., tuple[int | None, str]]:
    """Look up what became of a referral: whether the outcome occurred, and its status."""

    def look_up(referral_id: str, name: str, horizon_days: int) -> tuple[int | None, str]:
        rows = world.marts["outcomes"].filter(
            (pl.col("episode_id") == f"vallentuna:{referral_id}")
            & (pl.col("outcome") == name)
            & (pl.col("horizon_days") == horizon_days)
        )
        return rows.select("occurred", "status").row(0)

    return look_up
