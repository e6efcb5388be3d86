"""Premises: at how many places does each programme run, and who is seen at which?"""

from __future__ import annotations

import numpy as np
import polars as pl

from utfall.pipelines.simulation.parameters import Settings
from utfall.pipelines.simulation.people import Array


def with_more_sites(
    tables: dict[str, pl.DataFrame], seed: int, settings: Settings
) -> dict[str, pl.DataFrame]:
    """Return the tables with each programme spread over as many places as the settings say.

    A person keeps to one place of a programme. Places, posts and open days are those of one
    place each; the first place keeps the programme's own.

    Parameters
    ----------
    tables : dict of str to DataFrame
        Canonical tables of a world with one place a programme.
    """
    count = int(settings.number("sites"))
    if count == 1:
        return tables
    rng = np.random.default_rng([seed, 6])
    persons = tables["persons"]["person_id"]
    drawn = pl.DataFrame({"person_id": persons, "_place": rng.integers(0, count, persons.len())})
    moved = {
        name: _placed(tables[name], drawn)
        for name in ("referrals", "spells", "applications")
        if name in tables and "site" in tables[name].columns
    }
    return tables | moved | {name: _repeated(tables[name], count) for name in ("sites", "capacity")}


def place_name(site: str, number: int) -> str:
    """Return the name of one place; the first keeps the programme's own.

    >>> place_name("centrum", 0), place_name("centrum", 1)
    ('centrum', 'centrum_2')
    """
    return site if number == 0 else f"{site}_{number + 1}"


def _placed(rows: pl.DataFrame, drawn: pl.DataFrame) -> pl.DataFrame:
    place = rows.join(drawn, on="person_id", how="left", maintain_order="left")["_place"]
    names: Array = np.array(
        [
            place_name(site, int(number or 0))
            for site, number in zip(rows["site"].to_list(), place.to_list(), strict=True)
        ]
    )
    return rows.with_columns(site=pl.Series(names, dtype=pl.String))


def _repeated(rows: pl.DataFrame, count: int) -> pl.DataFrame:
    """Return the rows once for each place."""
    sites = rows["site"].to_list()
    return pl.concat(
        rows.with_columns(site=pl.Series([place_name(site, number) for site in sites]))
        for number in range(count)
    )
