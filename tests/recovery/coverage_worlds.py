"""Worlds with known answers for intervals from draws, clusters, panels, series, times and gaps."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import numpy as np
from scipy.special import expit

from utfall.analysis.bootstrap import bootstrap
from utfall.analysis.calibration import EmpiricalNull, calibrated, empirical_null
from utfall.analysis.clusters import clustered_regression, randomisation_test, wild_cluster_test
from utfall.analysis.cox import cox
from utfall.analysis.decomposition import oaxaca_blinder
from utfall.analysis.estimators import aipw
from utfall.analysis.exit_times import (
    ORIGIN,
    Leavers,
    months_before_any_exit,
    months_reached,
    pace,
    reached_after_landmark,
)
from utfall.analysis.hazards import fit_hazards, incidence_difference
from utfall.analysis.imputed import pooled_over_tables
from utfall.analysis.matching import matched_neighbours
from utfall.analysis.missing import censoring_weighted, lee_bounds
from utfall.analysis.panels import NEVER, group_time_effects, trend_bounds
from utfall.analysis.propensity import fit_propensity
from utfall.analysis.results import Bounds, NotEstimable
from utfall.analysis.series import interrupted_series
from utfall.analysis.unknowns import bounds_of
from utfall.analysis.weights import weights

Interval = tuple[float, float | None, float | None] | None


def drawn_people(rng: np.random.Generator, n: int):
    """Return outcome, arm, covariates and chance of the target; the difference is the same
    0.15 for everybody, so that every estimand has the same answer."""
    x = np.column_stack([rng.normal(size=n).clip(-2, 2), rng.random(n) < 0.4])
    chance = expit(0.6 * x[:, 0] + 0.4 * (x[:, 1] - 0.4))
    arm = rng.random(n) < chance
    y = (rng.random(n) < 0.35 + 0.08 * x[:, 0] + 0.1 * x[:, 1] + 0.15 * arm) * 1.0
    return y, arm, x, chance


def told(found, real: float) -> Interval:
    if isinstance(found, NotEstimable) or found is None:
        return None
    return real, found.conf_low, found.conf_high


def redrawn(kind: str, rng, n: int) -> Interval:
    y, arm, x, _ = drawn_people(rng, 2 * n)
    found = bootstrap(y, arm, x, "ato", family="binomial", kind=kind, replicates=400)
    return told(found, 0.15)


def from_sites(test: str, rng, n: int) -> Interval:
    """Six sites in each arm, whose level varies by six points."""
    site = np.arange(2 * n) % 12
    arm = site < 6
    x = rng.normal(size=2 * n).clip(-2, 2)
    y = 0.35 + 0.15 * arm + 0.06 * rng.normal(size=12)[site] + 0.08 * x
    y = (rng.random(2 * n) < y) * 1.0
    design = np.column_stack([np.ones(2 * n), x, arm])
    if test == "cr2":
        return told(clustered_regression(y, design, site, 2), 0.15)
    if test == "wild":
        return told(wild_cluster_test(y, design, site, 2), 0.15)
    slope = np.linalg.lstsq(np.column_stack([np.eye(12)[site], x]), y, rcond=None)[0]
    return told(randomisation_test(slope[:12], np.arange(12) < 6), 0.15)


def panel_of_units(rng, n: int) -> Interval:
    """Units in five periods; half of them change in the third, more so with a larger x."""
    x = rng.normal(size=2 * n)
    changed = rng.random(2 * n) < expit(0.7 * x)
    time = np.arange(5)
    y = rng.normal(size=(2 * n, 1)) + 0.3 * x[:, None] * time + rng.normal(size=(2 * n, 5))
    y += 1.0 * changed[:, None] * (time >= 2)
    found = group_time_effects(y, np.where(changed, 2, NEVER), time, x=x[:, None])
    return None if isinstance(found, NotEstimable) else told(found.overall, 1.0)


def broken_series(rng, n: int) -> Interval:
    """As many periods on either side; each period's error carries a third of the last one's."""
    noise = rng.normal(size=2 * n)
    for t in range(1, 2 * n):
        noise[t] += 0.33 * noise[t - 1]
    time = np.arange(2 * n) - n
    found = interrupted_series(10 + 0.01 * time + 2.0 * (time >= 0) + noise, n)
    return None if isinstance(found, NotEstimable) else told(found.level, 2.0)


MONTHS = 12
#: Share unemployed by calendar month.
MARKET = np.sin(np.arange(60) / 9)[:, None]


def monthly(rng: np.random.Generator, n: int):
    x = np.column_stack([rng.random(n) < 0.5, rng.integers(0, 3, n)]).astype(float)
    entry = rng.integers(0, 60 - MONTHS - 1, n)
    seen = rng.integers(9, MONTHS + 1, n)
    gone, way, months = np.zeros(n, dtype=bool), np.zeros(n, dtype=int), seen.copy()
    for month in range(1, MONTHS + 1):
        pace = expit(-2.6 + 0.5 * x[:, 0] + 0.3 * x[:, 1] + 0.3 * MARKET[entry + month - 1, 0])
        goes = ~gone & (month <= seen) & (rng.random(n) < pace)
        months[goes], way[goes] = month, np.where(rng.random(n) < 0.6, 1, 2)[goes]
        gone |= goes
    return months, way, x, entry


@cache
def monthly_truth() -> float:
    _, _, x, entry = monthly(np.random.default_rng(5), 200_000)
    gone = []
    for arm in (1.0, 0.0):
        left = np.ones(len(entry))
        for month in range(1, MONTHS + 1):
            pace = -2.6 + 0.5 * arm + 0.3 * x[:, 1] + 0.3 * MARKET[entry + month - 1, 0]
            left *= 1 - expit(pace)
        gone.append(0.6 * (1 - left.mean()))
    return gone[0] - gone[1]


def leaving_by_month(rng, n: int) -> Interval:
    months, way, x, entry = monthly(rng, 2 * n)
    model = fit_hazards(months, way, x, entry, MARKET, n_ways=2, powers=1)
    if isinstance(model, NotEstimable):
        return None
    return told(incidence_difference(model, x, entry, 0, MONTHS), monthly_truth())


def paces(rng, n: int) -> Interval:
    arm, x = np.arange(2 * n) < n, rng.normal(size=2 * n)
    wait = rng.exponential(np.exp(-(0.5 * arm + 0.4 * x)) * 8)
    looked = rng.uniform(6, 18, 2 * n)
    found = cox(np.ceil(np.minimum(wait, looked)), wait <= looked, np.column_stack([arm, x]))
    if isinstance(found, NotEstimable):
        return None
    return 0.5, found.conf_low[0], found.conf_high[0]


def leavers(rng: np.random.Generator, n: int) -> tuple[Leavers, np.ndarray] | None:
    """Return people who leave for work or elsewhere, sooner from the target and with larger x."""
    x = rng.normal(size=n)
    arm = rng.random(n) < expit(0.6 * x)
    wait = rng.geometric(np.clip(0.06 + 0.03 * arm + 0.015 * x, 0.01, 0.4)) - 1
    seen = rng.integers(12, 24, n)
    way = np.where(wait <= seen, np.where(rng.random(n) < 0.6, "work", "other"), "")
    scores = fit_propensity(arm, x[:, None])
    if isinstance(scores, NotEstimable) or scores.is_separated:
        return None
    weight = weights(scores.scores, arm, "ate")
    ways = [one or None for one in way.tolist()]
    return Leavers(np.minimum(wait, seen).astype(float), ways, arm, weight), x


@cache
def leaving_truth(what: str) -> float:
    x = np.random.default_rng(6).normal(size=400_000)
    found = []
    for arm in (1, 0):
        pace = np.clip(0.06 + 0.03 * arm + 0.015 * x, 0.01, 0.4)
        gone = [1 - (1 - pace) ** (m + 1) for m in range(13)]
        if what == "reached":
            found.append(0.6 * sum(one.mean() for one in gone[:12]))
        elif what == "stayed":
            # Half a month until the first exits, then what is left after each.
            found.append(0.5 + sum((1 - one).mean() for one in gone[:12]))
        else:
            there = (1 - gone[3]).mean()
            found.append(0.6 * (gone[12] - gone[3]).mean() / there)
    return float(found[0] - found[1])


def times(what: str, rng, n: int) -> Interval:
    made = leavers(rng, 2 * n)
    if made is None:
        return None
    people, _ = made
    found = {
        "reached": lambda: months_reached(people, "work", 12),
        "stayed": lambda: months_before_any_exit(people, 12),
        "landmark": lambda: reached_after_landmark(people, "work", 3, 12),
    }[what]()
    return told(found, leaving_truth(what))


def paces_of_leaving(rng, n: int) -> Interval:
    """People leave for work at constant paces that differ by a half, and elsewhere alike."""
    arm = np.arange(2 * n) < n
    work, other = rng.exponential(np.where(arm, 10, 15)), rng.exponential(20, 2 * n)
    wait, seen = np.minimum(work, other), rng.uniform(8, 20, 2 * n)
    ways = [
        None if w > s else "work" if a else "other"
        for w, s, a in zip(wait, seen, work <= other, strict=True)
    ]
    people = Leavers(np.minimum(wait, seen) + ORIGIN, ways, arm, np.ones(2 * n))
    return told(pace(people, "work", 12), 1.5)


def courses(rng, n: int) -> Interval:
    """Units of two kinds drift apart as they did before, and then some are changed by one."""
    changed = np.arange(2 * n) < n
    time = np.arange(6)
    y = rng.normal(size=(2 * n, 1)) + rng.normal(size=(2 * n, 6)) + 0.2 * changed[:, None] * time
    y += 1.0 * changed[:, None] * (time >= 3)
    study = group_time_effects(y, np.where(changed, 3, NEVER), time)
    return None if isinstance(study, NotEstimable) else told(trend_bounds(study, 1.0), 1.0)


def with_gaps(rng, n: int):
    """Return people of whom one in five is unknown, more often those unlikely to reach it."""
    y, arm, x, _ = drawn_people(rng, 2 * n)
    known = rng.random(2 * n) < expit(1.5 + 0.6 * x[:, 0] - 0.3 * arm)
    return np.where(known, y, np.nan), arm, x


def filled_in(rng, n: int) -> Interval:
    y, arm, x = with_gaps(rng, n)
    found = pooled_over_tables(y, arm, x, "ato", aipw, family="binomial", tables=5)
    return told(found, 0.15)


def weighed_for_gaps(rng, n: int) -> Interval:
    return told(censoring_weighted(*with_gaps(rng, n), "ato", family="binomial"), 0.15)


def worst_case(rng, n: int) -> Interval:
    """The truth is at the end of the bounds, where an interval for them is hardest kept."""
    known = rng.binomial(n, 0.85, size=2)
    reached = [rng.binomial(int(k), p) for k, p in zip(known, (0.5, 0.4), strict=True)]
    # Nobody unknown of the target reached it, and all unknown of the comparator did.
    real = 0.85 * 0.5 - (0.85 * 0.4 + 0.15)
    arms = [(n, int(k), int(e)) for k, e in zip(known, reached, strict=True)]
    return told(bounds_of((arms[0], arms[1]), 0.95), real)


def trimmed(rng, n: int) -> Interval:
    """The programme makes the least able known, so that the truth is the upper bound."""
    able = rng.normal(size=2 * n)
    arm = np.arange(2 * n) % 2 == 0
    y = np.where(able > np.where(arm, -0.8, -0.4), able + 0.5 * arm, np.nan)
    found = lee_bounds(y, arm, replicates=200)
    return told(found if isinstance(found, Bounds) else None, 0.5)


def neighbours(rng, n: int) -> Interval:
    y, arm, x, _ = drawn_people(rng, 2 * n)
    return told(matched_neighbours(y, arm, x, family="binomial"), 0.15)


def less_systematic_error(rng, n: int) -> Interval:
    """Ten outcomes that nothing can move are off by what the answer is off by."""
    error = np.sqrt(2 / n)
    off = 0.3 * rng.normal(size=11) + 0.2
    seen = off + error * rng.normal(size=11)
    null = empirical_null(seen[:10], np.full(10, error))
    if not isinstance(null, EmpiricalNull):
        return None
    return told(calibrated(1.0 + seen[10], float(error), null), 1.0)


def other_people(rng, n: int) -> Interval:
    """What other people make of the gap, at the comparator's slopes."""
    arm = np.arange(2 * n) < n
    x = rng.normal(size=2 * n) + 0.5 * arm
    y = 1 + (0.8 + 0.4 * arm) * x + rng.normal(size=2 * n)
    found = oaxaca_blinder(y, arm, x[:, None])
    if isinstance(found, NotEstimable):
        return None
    return 0.5 * 0.8, found.conf_low[0], found.conf_high[0]


INTERVALS: dict[str, Callable[[np.random.Generator, int], Interval]] = {
    "clusters.cr2": partial(from_sites, "cr2"),
    "clusters.randomisation": partial(from_sites, "randomisation"),
    "panel": panel_of_units,
    "series": broken_series,
    "cox": paces,
    "known_weighted": weighed_for_gaps,
    "worst_case_bounds": worst_case,
    "months_reached": partial(times, "reached"),
    "months_stayed": partial(times, "stayed"),
    "landmark": partial(times, "landmark"),
    "pace": paces_of_leaving,
    "trend_bounds": courses,
    "calibrated": less_systematic_error,
    "oaxaca_blinder": other_people,
    "hazards": leaving_by_month,
    "nearest_neighbours": neighbours,
    "lee_bounds": trimmed,
    "imputed": filled_in,
    "clusters.wild": partial(from_sites, "wild"),
    "bootstrap.ipw": partial(redrawn, "ipw"),
    "bootstrap.aipw": partial(redrawn, "aipw"),
}
