"""Unknowns: what if everybody whose outcome is missing had gone one way, or the other?"""

from __future__ import annotations

import math

import numpy as np
import polars as pl
from scipy.optimize import brentq
from scipy.stats import norm

from utfall.analysis.gates import not_evaluated, share
from utfall.analysis.protocol import Protocol
from utfall.analysis.results import Bounds, Gate, Quantity, Reason


def imbens_manski_factor(width: float, largest_error: float, conf_level: float) -> float:
    """Return the critical value for a confidence interval of a partly identified number.

    Imbens & Manski (2004), equation 7: between the one-sided and the two-sided value as
    the identified set shrinks.

    >>> round(imbens_manski_factor(0.0, 0.05, 0.95), 3)
    1.96
    >>> round(imbens_manski_factor(0.5, 0.01, 0.95), 3)
    1.645
    """
    if largest_error <= 0:
        return float(norm.ppf(0.5 + conf_level / 2))
    scaled = min(width / largest_error, 50.0)
    return float(
        brentq(
            lambda c: norm.cdf(c + scaled) - norm.cdf(-c) - conf_level,
            norm.ppf(conf_level) - 0.01,
            norm.ppf(0.5 + conf_level / 2) + 0.01,
        )
    )


def worst_case_bounds(rows: pl.DataFrame, protocol: Protocol) -> Bounds | None:
    """Return Manski bounds on the crude difference over the unknown outcomes.

    Parameters
    ----------
    rows : DataFrame
        The population, unknown outcomes included as null.

    Returns
    -------
    Bounds or None
        None off the share scale, or where an arm is empty.
    """
    if protocol.scale != "share":
        return None
    arms = []
    for programme in (protocol.target, protocol.comparator):
        arm = rows.filter(pl.col(protocol.arm_column) == programme)[protocol.outcome.name]
        known = arm.drop_nulls().cast(pl.Float64).to_numpy()
        arms.append((arm.len(), known.size, int(known.sum())))
    return bounds_of((arms[0], arms[1]), protocol.conf_level)


def bounds_of(
    arms: tuple[tuple[int, int, int], tuple[int, int, int]], conf_level: float
) -> Bounds | None:
    """Return Manski bounds on a difference of shares from counts alone.

    Parameters
    ----------
    arms : pair of (people, known, reached)
        Target first: everyone, those whose outcome is known, those of them who reached it.

    Returns
    -------
    Bounds or None
        None where an arm has fewer than two people.

    >>> found = bounds_of(((100, 90, 40), (100, 100, 30)), 0.95)
    >>> round(found.low, 2), round(found.high, 2)
    (0.1, 0.2)
    """
    if min(people for people, *_ in arms) < 2:
        return None
    lows = [reached / people for people, _, reached in arms]
    highs = [(people - known + reached) / people for people, known, reached in arms]
    errors = [
        (_error_of(low, people), _error_of(high, people))
        for low, high, (people, *_) in zip(lows, highs, arms, strict=True)
    ]
    low, high = lows[0] - highs[1], highs[0] - lows[1]
    error_low = math.hypot(errors[0][0], errors[1][1])
    error_high = math.hypot(errors[0][1], errors[1][0])
    factor = imbens_manski_factor(high - low, max(error_low, error_high), conf_level)
    return Bounds(
        low=low,
        high=high,
        conf_low=max(low - factor * error_low, -1.0),
        conf_high=min(high + factor * error_high, 1.0),
        method="Manski bounds over unknown outcomes; Imbens-Manski interval",
        arms=arms,
    )


def _error_of(share: float, people: int) -> float:
    """Return the standard error of a share; none or all of some people is no certainty.

    At 0 and 1, where the usual error is nought, two more people of each kind are counted
    (Agresti & Coull 1998).
    """
    if share in (0.0, 1.0):
        share, people = (share * people + 2) / (people + 4), people + 4
    return math.sqrt(share * (1 - share) / people)


def unknown_gate(rows: pl.DataFrame, protocol: Protocol) -> Gate:
    """G7: is the outcome known for enough people, and as often in both arms?

    The difference in unknown outcomes fails only where its whole interval lies beyond one
    limit, and reserves where the interval reaches another: at municipal size the point alone
    would be noise. The second is set on simulated pairs that are alike, so that it stops few
    of them (`utfall validate`).
    """
    known, sizes = [], []
    for programme in (protocol.target, protocol.comparator):
        arm = rows.filter(pl.col(protocol.arm_column) == programme)[protocol.outcome.name]
        known.append(int(arm.is_not_null().sum()))
        sizes.append(arm.len())
    total = sum(sizes)
    if total == 0:
        return not_evaluated("G7", "g7_not_evaluated")
    unknown = 1 - sum(known) / total
    limits = protocol.thresholds
    shares = [1 - k / max(n, 1) for k, n in zip(known, sizes, strict=True)]
    gap = abs(shares[0] - shares[1])
    error = math.sqrt(sum(p * (1 - p) / max(n, 1) for p, n in zip(shares, sizes, strict=True)))
    half_width = float(norm.ppf(0.5 + protocol.conf_level / 2)) * error
    if unknown > limits.unknown_share or gap - half_width > limits.unknown_gap:
        status, code = "FAIL", "g7_fail"
    elif unknown > 0 and gap + half_width > limits.unknown_reach:
        status, code = "RESERVE", "g7_reserve"
    else:
        status, code = "PASS", "g7_pass"
    return Gate(
        id="G7",
        status=status,  # type: ignore[arg-type]
        statistic=unknown,
        threshold=limits.unknown_share,
        reason=Reason(
            code, (("known", share(sum(known), total)), ("gap", Quantity("points", gap)))
        ),
        needed=None if status == "PASS" else Reason("g7_needed"),
    )


def site_year_shares(rows: pl.DataFrame, protocol: Protocol, weights: np.ndarray) -> float:
    """Return the sum of squared weight shares of site-years, over both arms.

    Multiplied by the variance between site-years it is the variance that such noise adds
    to the contrast; one site observed one year in each arm gives 2.
    """
    if protocol.time_zero not in rows.columns:
        return 2.0
    site = pl.col("site") if "site" in rows.columns else pl.lit("")
    year = pl.col(protocol.time_zero).cast(pl.Date).dt.year()
    shares = (
        rows.select(arm=pl.col(protocol.arm_column), site=site, year=year)
        .with_columns(weight=pl.Series(weights))
        .group_by("arm", "site", "year")
        .agg(pl.col("weight").sum())
        .with_columns(share=pl.col("weight") / pl.col("weight").sum().over("arm"))
        .sort("arm", "site", "year")
    )
    return float((shares["share"] ** 2).sum())
