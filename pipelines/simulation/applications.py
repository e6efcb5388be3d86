"""Applications: who asked for assistance, what was decided, and who had to ask again?"""

from __future__ import annotations

import numpy as np
import polars as pl

from utfall.pipelines.simulation.assignment import as_day
from utfall.pipelines.simulation.parameters import Settings


def application_rows(
    rng: np.random.Generator, referrals: pl.DataFrame, settings: Settings
) -> pl.DataFrame:
    """Return table ``applications``: one row an application, later ones of the denied too.

    Parameters
    ----------
    referrals : DataFrame
        Canonical referrals of a town where the clock starts at an application.
    """
    first = referrals.select(
        "person_id",
        applied_on="referral_date",
        decision="decision",
        decided_on="decision_date",
        site="site",
    )
    denied = first.filter(pl.col("decision") == "denied")
    n = denied.height
    asks = rng.random(n) < settings.number("apply_again")
    decided = denied["decided_on"].cast(pl.Int32).to_numpy().astype(int)
    applied = decided + rng.integers(20, 300, n)
    answered = applied + rng.integers(7, 40, n)
    known = asks & (answered < as_day(settings.day("extracted_on")))
    again = denied.with_columns(
        applied_on=pl.Series(applied.astype(np.int32)).cast(pl.Date),
        decided_on=pl.Series(answered.astype(np.int32)).cast(pl.Date),
        decision=pl.Series(
            np.where(rng.random(n) < settings.number("granted_second_time"), "granted", "denied")
        ),
    ).filter(pl.Series(known))
    return pl.concat([first, again]).sort("person_id", "applied_on")
