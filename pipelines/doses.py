"""Doses: how soon was each person met, and how many of the planned hours were given?"""

from __future__ import annotations

import polars as pl

MINUTES_IN_HOUR = 60


def with_doses(
    cohort: pl.DataFrame, referrals: pl.DataFrame, attendance_months: pl.DataFrame
) -> pl.DataFrame:
    """Return a cohort with what was offered to each person, for the check of delivery (G12).

    ``first_meeting_hours`` runs from application to first meeting. ``hours_given`` and
    ``hours_planned`` are summed over the months of the enrolment for which hours were
    delivered and planned alike, so that somebody who left early is not short of hours. All
    are known only after assignment: no plan may adjust for them.

    Parameters
    ----------
    cohort, referrals, attendance_months : DataFrame
        Rows of the comparison, and the marts of those names.
    """
    met = referrals.select(
        "episode_id",
        first_meeting_hours=pl.col("minutes_application_to_meeting") / MINUTES_IN_HOUR,
    ).filter(pl.col("first_meeting_hours") >= 0)
    hours = (
        attendance_months.filter(
            pl.col("hours_given").is_not_null() & pl.col("planned_hours").is_not_null()
        )
        .group_by("episode_id")
        .agg(
            hours_given=pl.col("hours_given").cast(pl.Float64).sum(),
            hours_planned=pl.col("planned_hours").cast(pl.Float64).sum(),
        )
        .sort("episode_id")
    )
    return (
        cohort.join(met, on="episode_id", how="left")
        .join(hours, on="episode_id", how="left")
        .sort("episode_id")
    )
