"""Small: sources of a few hundred people each, drawn straight into canonical tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import yaml

from utfall.pipelines.simulation.people import Array
from utfall.pipelines.simulation.records import pseudonyms


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallSource:
    """One source that delivers in canonical words, with the truth that it was drawn from.

    Attributes
    ----------
    name, system, population : str
        As ``delivery.yml`` declares them.
    extracted_on, covers_from : date
    tables : mapping
        Canonical tables.
    truth : mapping
        What the answers should find, and where a naive reading goes wrong.
    """

    name: str
    system: str
    population: str
    extracted_on: date
    covers_from: date
    tables: Mapping[str, pl.DataFrame]
    truth: Mapping[str, Any]
    events: Sequence[Mapping[str, Any]] = field(default=())

    def write(self, study: Path) -> None:
        """Write the delivery, its mapping and its truth under ``data/raw``."""
        source = study / "data" / "raw" / self.name
        folder = source / self.extracted_on.isoformat()
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in self.tables.items():
            booleans = pl.col(pl.Boolean).cast(pl.Int8)
            table.with_columns(booleans).write_csv(folder / f"{name}.csv", separator=";")
        mapping = {
            "schema": "utfall/mapping/1",
            "source": self.name,
            "tables": {
                name: {"file": f"{name}.csv", "columns": {c: c for c in table.columns}}
                for name, table in self.tables.items()
            },
        }
        declared = {
            "source": self.name,
            "system": self.system,
            "extracted_on": self.extracted_on,
            "version": 1,
            "corrects": None,
            "code_list_version": "2017-01",
            "encoding": "utf-8",
            "delimiter": ";",
            "decimal": ".",
            "purpose": "follow_up",
            "covers_from": self.covers_from,
            "covers_to": self.extracted_on - timedelta(days=1),
            "covers_population": self.population,
            "covers": "all_referrals",
            "synthetic": True,
        }
        _dump(source / "mapping.yml", mapping, "# The source delivers in canonical words.\n")
        _dump(folder / "delivery.yml", declared, "# Synthetic data: no row describes anybody.\n")
        _dump(source / "truth.yml", dict(self.truth), "# What the rows were drawn from.\n")


def _dump(path: Path, content: Any, first: str) -> None:
    text = first + yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
    path.write_text(text, encoding="utf-8", newline="\n")


def people(
    rng: np.random.Generator, n: int, prefix: str, municipality: Array | str, born: tuple[int, int]
) -> pl.DataFrame:
    """Return table ``persons`` with what every contract requires."""
    return pl.DataFrame(
        {
            "person_id": pseudonyms(rng, n, prefix),
            "birth_year": rng.integers(*born, n),
            "sex": np.where(rng.random(n) < 0.45, "woman", "man"),
            "birth_region": rng.choice(["sweden", "eu", "outside_eu"], n, p=[0.5, 0.1, 0.4]),
            "education": rng.choice(
                ["compulsory_incomplete", "compulsory", "upper_secondary"], n, p=[0.25, 0.35, 0.4]
            ),
            "municipality": np.broadcast_to(np.asarray(municipality), (n,)),
        }
    )


def referred(
    person_id: pl.Series,
    programme: str,
    site: Array | str,
    day: Array,
    prefix: str,
    **columns: Any,
) -> pl.DataFrame:
    """Return table ``referrals``: one row a person, referred on ``day`` (days since 1970)."""
    n = day.size
    plain: dict[str, Any] = {
        "referral_id": [f"{prefix}r{i:04d}" for i in range(n)],
        "person_id": person_id,
        "programme": [programme] * n,
        "site": np.broadcast_to(np.asarray(site), (n,)),
        "referrer": ["social_assistance"] * n,
        "referral_date": as_dates(day),
        "legal_basis": ["none"] * n,
        "decision": ["none_needed"] * n,
        "obstacle_code": ["unemployed"] * n,
    }
    return pl.DataFrame(plain | columns)


def enrolled(
    referrals: pl.DataFrame, start: Array, end: Array, reason: Array, last: int, prefix: str
) -> pl.DataFrame:
    """Return table ``spells``; ends after ``last`` have not happened yet."""
    over = end <= last
    return pl.DataFrame(
        {
            "spell_id": [f"{prefix}s{i:04d}" for i in range(start.size)],
            "person_id": referrals["person_id"],
            "referral_id": referrals["referral_id"],
            "programme": referrals["programme"],
            "site": referrals["site"],
            "start_date": as_dates(start),
            "end_date": as_dates(end, over),
            "exit_reason": pl.Series(np.where(over, reason, "")).replace("", None),
        }
    )


def as_dates(days: Array, known: Array | None = None) -> pl.Series:
    """Return days since 1970 as dates, null where not known."""
    series = pl.Series(np.asarray(days).astype(np.int32)).cast(pl.Date)
    if known is None:
        return series
    return pl.select(pl.when(pl.Series(known)).then(series)).to_series()


def day_number(day: date) -> int:
    """Return a date as days since 1970.

    >>> day_number(date(1970, 1, 11))
    10
    """
    return (day - date(1970, 1, 1)).days


def month_of(days: Array) -> list[str]:
    """Return the months of days since 1970, as ``YYYY-MM``."""
    return [
        str(month) for month in np.asarray(days).astype("datetime64[D]").astype("datetime64[M]")
    ]
