"""Clocks: from which day does the office count, whatever the form asks for?"""

from __future__ import annotations

import polars as pl

from utfall.pipelines.simulation.parameters import Settings
from utfall.pipelines.simulation.towns import Town


def counted_from_start(
    tables: dict[str, pl.DataFrame], settings: Settings, town: Town
) -> dict[str, pl.DataFrame]:
    """Return the tables where the comparator writes the day of start as that of referral.

    Those who never started keep the day on which they were sent.

    Parameters
    ----------
    tables : dict of str to DataFrame
        Canonical tables of a world.
    """
    if not settings["counts_from_start"]:
        return tables
    started = tables["spells"].group_by("referral_id").agg(_began=pl.col("start_date").min())
    moved = (pl.col("programme") == town.comparator) & pl.col("_began").is_not_null()
    referrals = (
        tables["referrals"]
        .join(started, on="referral_id", how="left", maintain_order="left")
        .with_columns(
            referral_date=pl.when(moved).then(pl.col("_began")).otherwise(pl.col("referral_date"))
        )
        .drop("_began")
    )
    return tables | {"referrals": referrals}
