"""Sixty data sets without an answer, every estimator: a typed refusal or a finite number."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from utfall.analysis.balancing import entropy_balancing
from utfall.analysis.bootstrap import bootstrap
from utfall.analysis.calibration import calibrated, empirical_null
from utfall.analysis.clusters import clustered_regression, randomisation_test, wild_cluster_test
from utfall.analysis.cox import cox
from utfall.analysis.decomposition import kitagawa, oaxaca_blinder
from utfall.analysis.estimators import aipw, crude, g_computation, ipw
from utfall.analysis.exit_times import (
    Leavers,
    months_before_any_exit,
    months_reached,
    pace,
    reached_after_landmark,
)
from utfall.analysis.hazards import fit_hazards
from utfall.analysis.imputed import pooled_over_tables
from utfall.analysis.matching import coarsened_matching, matched_neighbours, nearest_neighbours
from utfall.analysis.missing import censoring_weighted, impute, lee_bounds, pool
from utfall.analysis.mixed import mixed_logit
from utfall.analysis.multistate import exits_as_stays, landmark_occupancy, occupancy
from utfall.analysis.panels import NEVER, group_time_effects, trend_bounds
from utfall.analysis.results import Estimate, NotEstimable
from utfall.analysis.series import interrupted_series
from utfall.analysis.sites import funnel, partial_pooling
from utfall.analysis.survival import (
    kaplan_meier,
    log_rank,
    restricted_mean_difference,
    waiting_time,
)
from utfall.analysis.transitions import markov_tests, transition_intensities

from .test_degenerate import CASES, N, put


class Data(NamedTuple):
    y: np.ndarray
    arm: np.ndarray
    x: np.ndarray
    family: str
    clusters: np.ndarray | None


RNG = np.random.default_rng(11)
ARM = np.arange(N) % 2 == 0
X = RNG.normal(size=(N, 2))
SHARE = (RNG.random(N) < 0.4) * 1.0
AMOUNT = RNG.exponential(1000, N)
DUMMIES = np.eye(8)[np.arange(N) % 8]
NO_X = np.empty((N, 0))


def small(n: int, family: str = "binomial") -> Data:
    y = SHARE[:n] if family == "binomial" else AMOUNT[:n]
    return Data(y, ARM[:n], X[:n, :1], family, None)


MORE: dict[str, tuple] = {
    "five people": small(5),
    "five people, amounts": small(5, "gaussian"),
    "six people": small(6),
    "four people, no covariates": (SHARE[:4], ARM[:4], NO_X[:4], "binomial", None),
    "three people": small(3, "gaussian"),
    "two an arm, all alike": (put(SHARE[:4] * 0, [0, 3], 1.0), ARM[:4], NO_X[:4], "binomial", None),
    "one event": (put(np.zeros(N), 0, 1.0), ARM, X, "binomial", None),
    "one event in each arm": (put(np.zeros(N), [0, 1], 1.0), ARM, X, "binomial", None),
    "all but one": (put(np.ones(N), 3, 0.0), ARM, X, "binomial", None),
    "nearly the same column": (
        SHARE, ARM, np.column_stack([X, X[:, 0] + 1e-12 * X[:, 1]]), "binomial", None,
    ),
    "every level as a dummy": (SHARE, ARM, DUMMIES, "binomial", None),
    "dummies that nearly add to one": (
        AMOUNT, ARM, DUMMIES + 1e-10 * RNG.normal(size=DUMMIES.shape), "gaussian", None,
    ),
    "a level held by one person": (SHARE, ARM, np.eye(N)[:, :1], "binomial", None),
    "levels held by one person each": (AMOUNT, ARM, np.eye(N)[:, :10], "gaussian", None),
    "as many levels as people": (SHARE, ARM, np.eye(N), "binomial", None),
    "covariate is the outcome": (SHARE, ARM, SHARE[:, None], "binomial", None),
    "covariate is the amount": (AMOUNT, ARM, AMOUNT[:, None], "gaussian", None),
    "covariate nearly decides the arm": (
        SHARE, ARM, (ARM + 1e-3 * X[:, 0])[:, None], "binomial", None,
    ),
    "covariate decides all but one": (
        SHARE, ARM, put(ARM, 0, 0.0)[:, None], "binomial", None,
    ),
    "covariate tiny": (AMOUNT, ARM, X * 1e-300, "gaussian", None),
    "covariate huge": (AMOUNT, ARM, X * 1e150, "gaussian", None),
    "scales worlds apart": (AMOUNT, ARM, X * [1e-9, 1e9], "gaussian", None),
    "one outlier of a covariate": (SHARE, ARM, put(X, (0, 0), 1e8), "binomial", None),
    "one outlier of the outcome": (put(AMOUNT, 0, 1e12), ARM, X, "gaussian", None),
    "outcome tiny": (AMOUNT * 1e-200, ARM, X, "gaussian", None),
    "outcome huge": (AMOUNT * 1e150, ARM, X, "gaussian", None),
    "outcome a line": (X @ [1.0, 2.0], ARM, X, "gaussian", None),
    "outcome a line and the arm": (X @ [1.0, 2.0] + ARM, ARM, X, "gaussian", None),
    "outcome negative": (-AMOUNT, ARM, X, "gaussian", None),
    "outcome mostly nothing": (AMOUNT * (np.arange(N) > N - 4), ARM, X, "gaussian", None),
    "two against many": (SHARE, np.arange(N) < 2, X, "binomial", None),
    "many against two": (AMOUNT, np.arange(N) >= 2, X, "gaussian", None),
    "three against many, three terms": (
        SHARE, np.arange(N) < 3, RNG.normal(size=(N, 3)), "binomial", None,
    ),
    "two people behind an arm": (SHARE, ARM, X, "binomial", np.arange(N) % 4),
    "person unknown": (SHARE, ARM, X, "binomial", np.full(N, np.nan)),
    "each person once": (AMOUNT, ARM, X, "gaussian", np.arange(N)),
    "everybody unknown": (np.full(N, np.nan), ARM, X, "binomial", None),
    "one arm unknown": (np.where(ARM, np.nan, SHARE), ARM, X, "binomial", None),
    "no terms": (SHARE, ARM, NO_X, "binomial", None),
    "all covariates constant": (SHARE, ARM, np.ones((N, 3)), "binomial", None),
}  # fmt: skip
ALL = {name: Data(*case[:5]) for name, case in (CASES | MORE).items()}


def causal(estimator: Callable[..., Any], **options: Any) -> Callable[[Data], Any]:
    def call(d: Data):
        return [
            estimator(d.y, d.arm, d.x, e, family=d.family, clusters=d.clusters, **options)
            for e in ("att", "ato")
        ]

    return call


def numbers(values: np.ndarray) -> np.ndarray:
    return np.nan_to_num(np.asarray(values, dtype=float), nan=0.0, posinf=1e6, neginf=0.0)


def two(d: Data) -> np.ndarray:
    return numbers(d.arm) == 1


def sites_of(d: Data) -> np.ndarray:
    return np.arange(len(d.y)) % 7 if d.clusters is None else numbers(d.clusters)


def waits(d: Data) -> np.ndarray:
    return np.abs(np.asarray(d.y, dtype=float)) + 1


def design_of(d: Data) -> np.ndarray:
    return np.column_stack([np.ones(len(d.x)), two(d), d.x])


def restricted(d: Data):
    hit = np.asarray(d.y) > 0
    curves = [kaplan_meier(waits(d)[a], hit[a]) for a in (two(d), ~two(d))]
    refused = [one for one in curves if isinstance(one, NotEstimable)]
    return refused[0] if refused else restricted_mean_difference(*curves, 2.0)


def states(d: Data):
    months = np.floor(np.minimum(waits(d), 30)) if np.isfinite(waits(d)).all() else waits(d)
    rows = exits_as_stays(months, ["a" if one else None for one in two(d)], ["a"])
    found = rows if isinstance(rows, NotEstimable) else occupancy(rows, 12, origin=-0.5)
    if isinstance(found, NotEstimable):
        return found
    known = ~np.isnan(found.share[:, 0])  # nobody followed further: said so by not a number
    return found.share[known], found.std_error[known], found.conf_low[known]


def hazards(d: Data):
    months = np.clip(np.floor(numbers(waits(d))), 1, 12).astype(int)
    calendar = np.arange(20.0)[:, None] % 3
    entry = np.zeros(len(d.y), dtype=int)
    return fit_hazards(months, two(d).astype(int), d.x, entry, calendar, n_ways=1)


def panel(d: Data):
    outcome = np.column_stack([d.y, np.asarray(d.y) + np.arange(len(d.y)), np.cbrt(d.y)])
    return group_time_effects(outcome, np.where(two(d), 2, NEVER), [1, 2, 3], x=d.x)


def site_means(d: Data):
    site = sites_of(d)
    names = np.unique(site)
    means = np.array([numbers(d.y)[site == one].max() for one in names])
    hits = np.array([numbers(d.y)[site == one].clip(0, 1).sum() for one in names])
    return [
        partial_pooling(means, np.abs(means) / 10, 0.1),
        empirical_null(means, np.abs(means) / 10),
        funnel(hits, np.array([(site == one).sum() for one in names])),
        randomisation_test(means, np.arange(len(means)) % 2 == 0),
    ]


def imputed(d: Data):
    table = np.column_stack([d.y, two(d), d.x])
    return impute(table, [d.family == "binomial", True, *[False] * d.x.shape[1]], tables=2)


def nearest(d: Data):
    score = d.x[:, 0] if d.x.shape[1] else np.zeros(len(d.x))
    return nearest_neighbours(d.y, two(d), score)


def holed(d: Data) -> np.ndarray:
    return np.where(np.arange(len(d.y)) % 5 == 1, np.nan, np.asarray(d.y, dtype=float))


def splits(d: Data):
    group = np.arange(len(d.y)) % 3
    hit = numbers(d.y).clip(0, 1)
    sides = [
        {str(g): (float((s & (group == g)).sum()), float(hit[s & (group == g)].sum()))
         for g in range(3)}
        for s in (two(d), ~two(d))
    ]  # fmt: skip
    return kitagawa(sides[0], sides[1])


def bounded_trend(d: Data):
    found = panel(d)
    return found if isinstance(found, NotEstimable) else trend_bounds(found, 1.0)


def stays_of(d: Data):
    months = np.floor(np.minimum(waits(d), 30)) if np.isfinite(waits(d)).all() else waits(d)
    return exits_as_stays(months, ["a" if one else None for one in two(d)], ["a"])


def intensities(d: Data):
    rows = stays_of(d)
    if isinstance(rows, NotEstimable):
        return rows
    return [*transition_intensities(rows), *markov_tests(rows, 1.0)]


def landmarks(d: Data):
    rows = stays_of(d)
    found = rows
    if not isinstance(rows, NotEstimable):
        found = landmark_occupancy(rows, 1.0, "still_there", 6.0)
    if isinstance(found, NotEstimable):
        return found
    known = ~np.isnan(found.share[:, 0])
    return found.share[known], found.std_error[known]


def moved(d: Data):
    values = numbers(d.y)[:12]
    null = empirical_null(values, np.abs(values) + 0.1)
    return null if isinstance(null, NotEstimable) else calibrated(0.1, 0.05, null)


def waited(d: Data):
    curve = kaplan_meier(waits(d), two(d))
    if isinstance(curve, NotEstimable):
        return curve
    found = waiting_time(curve, 0.5)
    return [one for one in (found.time, found.conf_low, found.conf_high) if one is not None]


ESTIMATORS: dict[str, Callable[[Data], Any]] = {
    "crude": causal(crude),
    "g_computation": causal(g_computation),
    "ipw": causal(ipw),
    "aipw": causal(aipw),
    "risk ratio": causal(aipw, measure="risk_ratio"),
    "entropy_balancing": causal(entropy_balancing),
    "coarsened_matching": causal(coarsened_matching),
    "bootstrap": causal(bootstrap, replicates=20),
    "nearest_neighbours": nearest,
    "kaplan_meier": lambda d: kaplan_meier(waits(d), two(d)),
    "log_rank": lambda d: log_rank(waits(d), np.asarray(d.y) > 0, two(d)),
    "restricted_mean_difference": restricted,
    "occupancy": states,
    "cox": lambda d: cox(waits(d), two(d), d.x),
    "hazards": hazards,
    "clustered_regression": lambda d: clustered_regression(d.y, design_of(d), sites_of(d), 1),
    "wild_cluster_test": lambda d: wild_cluster_test(d.y, design_of(d), sites_of(d), 1),
    "group_time_effects": panel,
    "interrupted_series": lambda d: interrupted_series(d.y, len(d.y) // 2),
    "sites": site_means,
    "mixed_logit": lambda d: mixed_logit(
        d.y, np.ones(len(d.y)), design_of(d), sites_of(d), nodes=5
    ),
    "censoring_weighted": lambda d: censoring_weighted(d.y, two(d), d.x, family=d.family),
    "lee_bounds": lambda d: lee_bounds(d.y, two(d), replicates=20),
    "impute": imputed,
    "pool": lambda d: pool(d.y, np.abs(d.y)),
    "oaxaca_blinder": lambda d: oaxaca_blinder(d.y, two(d), d.x),
}


def leaving(d: Data) -> Leavers:
    months = np.floor(np.minimum(waits(d), 30))
    hit = np.asarray(d.y) > 0
    return Leavers(months, ["a" if one else None for one in hit], two(d), np.ones(len(months)))


ESTIMATORS |= {
    "known weighted, overlap": lambda d: censoring_weighted(
        d.y, two(d), d.x, "ato", family=d.family
    ),
    "trimming with weights": lambda d: lee_bounds(
        d.y, two(d), weight=1.0 + two(d), replicates=20
    ),
    "pooled_over_tables": lambda d: [
        pooled_over_tables(y, two(d), d.x, "ato", ipw, family=d.family, tables=2)
        for y in (d.y, holed(d))
    ],
    "matched_neighbours": lambda d: matched_neighbours(d.y, d.arm, d.x, family=d.family),
    "months_reached": lambda d: months_reached(leaving(d), "a", 12.0),
    "months_before_any_exit": lambda d: months_before_any_exit(leaving(d), 12.0),
    "pace": lambda d: pace(leaving(d), "a", 12.0, draws=20),
    "reached_after_landmark": lambda d: reached_after_landmark(leaving(d), "a", 1.0, 12.0),
    "odds ratio": causal(aipw, measure="odds_ratio"),
    "bootstrap aipw": causal(bootstrap, replicates=20, kind="aipw"),
    "kitagawa": splits,
    "trend_bounds": bounded_trend,
    "markov_tests": intensities,
    "landmark_occupancy": landmarks,
    "calibrated": moved,
    "waiting_time": waited,
}  # fmt: skip


def leaves(found: Any) -> list[Any]:
    """Return every number of a result, however it is nested."""
    if dataclasses.is_dataclass(found):
        return [
            leaf
            for field in dataclasses.fields(found)
            if field.name != "df"  # infinitely many where no draw differed from another
            for leaf in leaves(getattr(found, field.name))
        ]
    if isinstance(found, (list, tuple)):
        return [leaf for one in found for leaf in leaves(one)]
    return [found]


def fault(found: Any) -> str | None:
    """Return what is wrong with an answer to a question without one."""
    if isinstance(found, NotEstimable):
        return None if found.code else "a refusal without a reason"
    for leaf in leaves(found):
        if isinstance(leaf, (float, int, np.ndarray)) and not np.isfinite(leaf).all():
            return f"not a finite number: {found}"
    if isinstance(found, Estimate) and not (
        found.std_error > 0 and found.conf_low <= found.estimate <= found.conf_high
    ):
        return f"an error of nothing, or an interval without its estimate: {found}"
    return None


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_estimator_refuses_by_type_or_gives_finite_numbers(name):
    faults = {}
    for case, data in ALL.items():
        answers = ESTIMATORS[name](data)
        for found in answers if isinstance(answers, list) else [answers]:
            if problem := fault(found):
                faults[case] = problem
    assert not faults


def test_the_matrix_is_as_large_as_promised():
    assert len(ALL) >= 60
    assert len(ESTIMATORS) >= 40
