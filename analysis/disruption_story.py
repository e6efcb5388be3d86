"""Disruption story: how much of a debated number was the disruption, within the programme alone?

The programme is held to its own undisturbed months. That needs no comparator, and so it can be
told where the comparison is refused; it rests on nothing else having changed in the programme.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import norm

from utfall.analysis.cohort import DisruptionWindow, entered_within, outcome_known
from utfall.analysis.counts import normal_variation_band, poisson_interval
from utfall.analysis.covariates import design_matrix
from utfall.analysis.determinism import single_thread
from utfall.analysis.exposure import FEWEST_CALM, lost_share
from utfall.analysis.inference import Floats, coefficient_influence
from utfall.analysis.mechanism import mechanism_of, spill_over_of
from utfall.analysis.own_years import DisruptionStory, OwnLoss, Period, PeriodRow
from utfall.analysis.protocol import Protocol
from utfall.analysis.regression import Fit, fit, standardise, with_intercept
from utfall.analysis.unknowns import site_year_shares
from utfall.analysis.years import count_and_rate

PERIODS: tuple[Period, ...] = ("before", "during", "after")


def disruption_stories(
    in_period: pl.DataFrame,
    windows: Sequence[DisruptionWindow],
    programme_months: pl.DataFrame | None,
    protocol: Protocol,
    doses: pl.DataFrame | None = None,
) -> tuple[DisruptionStory, ...]:
    """Return the story of every disruption of capacity that hit just one of the programmes.

    Parameters
    ----------
    in_period : DataFrame
        Both arms' first referrals within the plan's period.
    windows : sequence of DisruptionWindow
        The register of the two programmes.
    programme_months : DataFrame or None
        The mart of that name.
    doses : DataFrame or None
        The mart of attended months; None where attendance is not recorded.
    """
    if protocol.scale != "share" or protocol.outcome.horizon_days is None:
        return ()
    return tuple(
        _story(in_period, window, window.programme, programme_months, protocol, doses)
        for window in windows
        if window.kind == "capacity" and window.programme is not None
    )


def _story(
    in_period: pl.DataFrame,
    window: DisruptionWindow,
    programme: str,
    months: pl.DataFrame | None,
    protocol: Protocol,
    doses: pl.DataFrame | None,
) -> DisruptionStory:
    own = in_period.filter(pl.col(protocol.arm_column) == programme)
    rows = _months_of(months, window, programme, protocol) if months is not None else []
    calm = [row for row in rows if row["period"] != "during"]
    n_months = sum(row["months"] for row in calm)
    band = None
    if n_months >= 12:
        mean = 12 * sum(row["events"] for row in calm) / n_months
        band = normal_variation_band(mean, overdispersion_share=protocol.overdispersion or 0.0)
    return DisruptionStory(
        disruption=window.id,
        programme=programme,
        periods=tuple(period_row(**row) for row in rows),
        normal_low=band[0] if band else None,
        normal_high=band[1] if band else None,
        loss=own_loss(own, window, protocol),
        mechanism=None
        if months is None
        else mechanism_of(months, doses, window, programme, protocol),
        spill_over=None
        if months is None
        else spill_over_of(months, window, _other(programme, protocol), protocol),
    )


def _other(programme: str, protocol: Protocol) -> str:
    return protocol.comparator if programme == protocol.target else protocol.target


def _months_of(
    months: pl.DataFrame, window: DisruptionWindow, programme: str, protocol: Protocol
) -> list[dict[str, Any]]:
    """Return the counts of each period that any delivered month lies in, in order of time."""
    starts, ends = window.starts_on.strftime("%Y-%m"), window.ends_on.strftime("%Y-%m")
    first = protocol.entry.starts.strftime("%Y-%m") if protocol.entry.starts else ""
    last = protocol.entry.ends.strftime("%Y-%m") if protocol.entry.ends else "9999"
    month = pl.col("month")
    counted = (
        months.filter(
            (pl.col("programme") == programme)
            & pl.col("n_referred").is_not_null()
            & month.is_between(pl.lit(first), pl.lit(last))
        )
        .with_columns(
            period=pl.when(month < starts)
            .then(pl.lit("before"))
            .when(month > ends)
            .then(pl.lit("after"))
            .otherwise(pl.lit("during"))
        )
        .group_by("period")
        .agg(
            months=month.n_unique(),
            place_months=pl.col("places").sum(),
            has_places=pl.col("places").is_not_null().any(),
            entrants=pl.col("n_referred").sum(),
            events=pl.col("n_exits_work_or_studies").sum(),
        )
    )
    found = {row["period"]: row for row in counted.iter_rows(named=True)}
    return [
        {
            "period": period,
            "months": int(found[period]["months"]),
            "place_months": float(found[period]["place_months"])
            if found[period]["has_places"]
            else None,
            "entrants": int(found[period]["entrants"]),
            "events": int(found[period]["events"] or 0),
        }
        for period in PERIODS
        if period in found
    ]


def period_row(
    *, period: Period, months: int, place_months: float | None, entrants: int, events: int
) -> PeriodRow:
    """Return a period with what its counts give per year and per open place.

    >>> row = period_row(period="during", months=16, place_months=480.0, entrants=40, events=8)
    >>> row.per_year, round(row.per_year_low, 1), round(row.per_year_high, 1), round(row.rate, 2)
    (6.0, 2.6, 11.8, 1.67)
    """
    low, high = poisson_interval(events)
    rates = count_and_rate(events, place_months)
    year = 12 / months
    return PeriodRow(
        period=period,
        months=months,
        place_months=place_months,
        entrants=entrants,
        events=events,
        per_year=events * year,
        per_year_low=low * year,
        per_year_high=high * year,
        rate=rates["rate"],
        rate_low=rates["rate_low"],
        rate_high=rates["rate_high"],
    )


def own_loss(own: pl.DataFrame, window: DisruptionWindow, protocol: Protocol) -> OwnLoss | None:
    """Return what the disruption took from the debated people of the programme that it hit.

    A logit of the outcome on the covariates and the share of the follow-up that was lost,
    in this programme alone, predicts the debated people with nothing lost. None where the
    plan states no debated comparison.
    """
    if protocol.raw is None:
        return None
    known = outcome_known(own, protocol)
    lost = lost_share(known, [window], protocol)
    debated = entered_within(known.with_row_index("place"), protocol.raw.entry, protocol.time_zero)
    is_met = np.zeros(known.height, bool)
    is_met[debated["place"].to_numpy()] = True
    is_met &= lost > 0
    y = known[protocol.outcome.name].cast(pl.Float64).to_numpy()
    calm = lost == 0
    counted = OwnLoss(
        n_met=int(is_met.sum()),
        events_met=int(y[is_met].sum()),
        n_calm=int(calm.sum()),
        events_calm=int(y[calm].sum()),
        reason="own_loss_few",
    )
    if min(counted.n_met, counted.n_calm) < FEWEST_CALM:
        return counted
    values = np.column_stack([design_matrix(known, protocol.covariates).values, lost])
    found = _without_loss(y, values, is_met)
    if found is None:
        return counted
    taken, variance = found
    between_years = sum(
        site_year_shares(known.filter(pl.Series(rows)), protocol, np.ones(int(rows.sum())))
        for rows in (is_met, calm)
    )
    variance += (protocol.overdispersion or 0.0) ** 2 * between_years
    half = float(norm.ppf(0.5 + protocol.conf_level / 2)) * math.sqrt(variance)
    share_met, share_calm = float(y[is_met].mean()), float(y[calm].mean())
    return replace(
        counted,
        reason=None,
        share_met=share_met,
        share_calm=share_calm,
        drop=share_calm - share_met,
        composition=share_calm - share_met - taken,
        lost=taken,
        lost_low=taken - half,
        lost_high=taken + half,
    )


def _without_loss(y: Floats, values: Floats, is_met: Any) -> tuple[float, float] | None:
    """Return how much higher the share would be with nothing lost, and its variance.

    ``values`` holds the lost share as its last column. Standard error: the sandwich of the
    logit (HC3) and of the mean, stacked.
    """
    with single_thread(), np.errstate(all="ignore"):
        standard, centre, spread = standardise(values)
        design = with_intercept(standard)
        fitted = fit(y, design, "binomial")
        if not isinstance(fitted, Fit) or fitted.is_separated or not fitted.is_converged:
            return None
        calm = design.copy()
        calm[:, -1] = -centre[-1] / spread[-1]
        n = int(is_met.sum())
        gain = fitted.mean(calm) - y
        value = float(gain[is_met].mean())
        through = coefficient_influence(fitted, design, y - fitted.mean(design), True)
        influence = np.where(is_met, gain - value, 0.0) / n
        influence = influence + through @ ((is_met * fitted.slope(calm)) @ calm / n)
        return value, float(influence @ influence)
