"""Years: what did each programme produce per calendar year, and what would chance alone give?"""

from __future__ import annotations

import polars as pl

from utfall.analysis.counts import normal_variation_band, poisson_interval
from utfall.analysis.description_rows import YearRow
from utfall.analysis.protocol import Protocol


def count_and_rate(events: int, place_months: float | None) -> dict[str, float | None]:
    """Return the exact Poisson interval of a count, and its rate per 100 place-months.

    >>> found = count_and_rate(19, 400.0)
    >>> round(found["conf_low"], 1), round(found["conf_high"], 1), found["rate"]
    (11.4, 29.7, 4.75)
    """
    low, high = poisson_interval(events)
    per = None if not place_months else 100 / place_months
    return {
        "conf_low": low,
        "conf_high": high,
        "rate": None if per is None else events * per,
        "rate_low": None if per is None else low * per,
        "rate_high": None if per is None else high * per,
    }


def yearly(programme_months: pl.DataFrame, protocol: Protocol) -> tuple[YearRow, ...]:
    """Return one row per programme and calendar year.

    Parameters
    ----------
    programme_months : DataFrame
        The mart of that name: one row per programme, site and month.

    Notes
    -----
    Years before the plan's period, and years that no delivery covers whole, are left out.
    The band is drawn around the mean of the years without a capacity disruption, and
    includes the declared variation between years; fewer than two such years give no band.
    """
    first = protocol.entry.starts.year if protocol.entry.starts else 0
    rows: list[YearRow] = []
    for programme in (protocol.target, protocol.comparator):
        years = (
            programme_months.filter(pl.col("programme") == programme)
            .with_columns(year=pl.col("month").str.slice(0, 4).cast(pl.Int32))
            .group_by("year")
            .agg(
                events=pl.col("n_exits_work_or_studies").sum(),
                entrants=pl.col("n_referred").sum(),
                places=pl.col("places").sum(),
                has_places=pl.col("places").is_not_null().any(),
                is_disrupted=pl.col("is_disrupted").any(),
                n_months=pl.col("month").n_unique(),
                is_covered=pl.col("n_referred").is_not_null().all(),
            )
            .filter((pl.col("n_months") == 12) & pl.col("is_covered") & (pl.col("year") >= first))
            .sort("year")
        )
        calm = years.filter(~pl.col("is_disrupted") & (pl.col("entrants") > 0))["events"]
        band = (
            normal_variation_band(
                float(calm.mean() or 0.0),  # type: ignore[arg-type]
                overdispersion_share=protocol.overdispersion or 0.0,
            )
            if calm.len() >= 2
            else None
        )
        rows.extend(
            YearRow(
                programme=programme,
                year=int(year["year"]),
                events=int(year["events"]),
                entrants=int(year["entrants"]),
                place_months=float(year["places"]) if year["has_places"] else None,
                **count_and_rate(
                    int(year["events"]), float(year["places"]) if year["has_places"] else None
                ),
                normal_low=band[0] if band else None,
                normal_high=band[1] if band else None,
                is_disrupted=bool(year["is_disrupted"]),
                spread=protocol.overdispersion or 0.0,
            )
            for year in years.iter_rows(named=True)
        )
    return tuple(rows)
