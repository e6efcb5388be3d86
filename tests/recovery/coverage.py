"""Coverage: how often does each published interval hold the truth, at each number of people?

``python -m tests.recovery.coverage`` measures the whole table and writes
``analysis/coverage.json``, which the analysis reads: an interval is withheld below the number
of people from which it holds the truth at least nine times in ten.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit

from utfall.analysis import regression
from utfall.analysis.balancing import entropy_balancing
from utfall.analysis.estimators import aipw, crude, g_computation, ipw
from utfall.analysis.kernel import logits
from utfall.analysis.matching import coarsened_matching
from utfall.analysis.multistate import exits_as_stays, occupancy
from utfall.analysis.results import Estimate
from utfall.analysis.survival import (
    Survival,
    kaplan_meier,
    restricted_mean_difference,
    waiting_time,
)

from . import coverage_worlds

TABLE = Path(__file__).parents[2] / "analysis" / "coverage.json"
SIZES = (20, 40, 80, 200, 400, 1000)
REPLICATES = 2000
Interval = tuple[float, float | None, float | None] | None


@contextmanager
def lean_kernel() -> Iterator[None]:
    """Fit logits by the batched kernel, which equals statsmodels to 1e-9 and is quicker."""

    def fitted(outcome, design, count):
        found = logits(design, (count * outcome)[None, :], count[None, :])
        return found.coefficients[0], bool(found.is_usable[0]), not found.is_usable[0]

    kept = regression._statsmodels_logit
    regression._statsmodels_logit = fitted
    try:
        yield
    finally:
        regression._statsmodels_logit = kept


def world(rng: np.random.Generator, n: int, family: str):
    """Return outcome, arm, covariates, each person's own effect and chance of the target."""
    x = np.column_stack([rng.normal(size=n), rng.random(n) < 0.4, rng.normal(size=n)])
    chance = expit(0.6 * x[:, 0] + 0.5 * (x[:, 1] - 0.4))
    treated = rng.random(n) < chance
    without = -0.6 + 0.7 * x[:, 0] + 0.5 * x[:, 1]
    if family == "amount":
        return 2 * without + treated + rng.exponential(2, n), treated, x, np.ones(n), chance
    share = [expit(without + extra) for extra in (0.0, 0.8)]
    y = (rng.random(n) < np.where(treated, share[1], share[0])) * 1.0
    return y, treated, x, share[1] - share[0], chance


@cache
def truth(family: str, estimand: str, measure: str = "difference") -> float:
    """Return the contrast in a million people."""
    *_, x, effect, chance = world(np.random.default_rng(99), 1_000_000, family)
    share = {"ate": chance**0, "att": chance, "atc": 1 - chance, "ato": chance * (1 - chance)}
    weight = share[estimand]
    if measure == "difference":
        return float(np.average(effect, weights=weight))
    without = np.average(expit(-0.6 + 0.7 * x[:, 0] + 0.5 * x[:, 1]), weights=weight)
    with_ = without + np.average(effect, weights=weight)
    if measure == "risk_ratio":
        return float(with_ / without)
    return float(with_ / (1 - with_) / (without / (1 - without)))


def of_estimate(found, real: float) -> Interval:
    if not isinstance(found, Estimate):
        return None
    return real, found.conf_low, found.conf_high


def adjusted(estimator, family: str, estimand: str, measure: str, rng, n: int) -> Interval:
    y, treated, x, *_ = world(rng, 2 * n, family)
    options = {} if measure == "difference" else {"measure": measure}
    kind = "binomial" if family == "share" else "gaussian"
    found = estimator(y, treated, x, estimand, family=kind, **options)
    return of_estimate(found, truth(family, estimand, measure))


def unadjusted(family: str, rng, n: int) -> Interval:
    arm = np.arange(2 * n) < n
    if family == "share":
        y = (rng.random(2 * n) < np.where(arm, 0.35, 0.2)) * 1.0
        return of_estimate(crude(y, arm, family="binomial"), 0.15)
    return of_estimate(crude(arm + rng.exponential(2, 2 * n), arm, family="gaussian"), 1.0)


def matched(rng, n: int) -> Interval:
    x = np.column_stack([rng.integers(0, 3, 2 * n), rng.random(2 * n) < 0.5]).astype(float)
    arm = rng.random(2 * n) < 0.35 + 0.15 * x[:, 0]
    y = (rng.random(2 * n) < 0.2 + 0.1 * x[:, 1] + 0.1 * x[:, 0] + 0.15 * arm) * 1.0
    return of_estimate(coarsened_matching(y, arm, x, "ato", family="binomial"), 0.15)


def waits(rng, n: int, mean: float):
    wait, looked = rng.exponential(mean, n), rng.uniform(6, 30, n)
    return np.minimum(wait, looked), wait <= looked


def share_still_waiting(rng, n: int) -> Interval:
    curve = kaplan_meier(*waits(rng, n, 10))
    place = curve.at(6.0) if isinstance(curve, Survival) else None
    if place is None:
        return None
    return np.exp(-0.6), curve.conf_low[place], curve.conf_high[place]


def quantile_of_waits(share: float, rng, n: int) -> Interval:
    found = waiting_time(kaplan_meier(*waits(rng, n, 10)), share)
    return -10 * np.log(1 - share), found.conf_low, found.conf_high


def mean_waits_differ(rng, n: int) -> Interval:
    found = restricted_mean_difference(
        kaplan_meier(*waits(rng, n, 10)), kaplan_meier(*waits(rng, n, 6)), 6.0
    )
    return of_estimate(found, 10 * (1 - np.exp(-0.6)) - 6 * (1 - np.exp(-1.0)))


def one_exit_of_two(rng, n: int) -> Interval:
    leaves, seen = rng.geometric(0.08, n), rng.integers(4, 20, n)
    ways = rng.choice(["work", "studies"], n, p=[0.7, 0.3])
    cause = [w if a <= b else None for w, a, b in zip(ways, leaves, seen, strict=True)]
    weight = rng.choice([0.5, 1.5], n)
    rows = exits_as_stays(np.minimum(leaves, seen), cause, ["work", "studies"], weight=weight)
    found = occupancy(rows, 10, origin=-0.5)
    low, high = found.conf_low[10, 1], found.conf_high[10, 1]
    return None if np.isnan(low) else (0.7 * (1 - 0.92**10), low, high)


INTERVALS: dict[str, Callable[[np.random.Generator, int], Interval]] = {
    "crude.share": partial(unadjusted, "share"),
    "crude.amount": partial(unadjusted, "amount"),
    "coarsened_matching.share.ato": matched,
    "kaplan_meier": share_still_waiting,
    "waiting_time.50": partial(quantile_of_waits, 0.5),
    "waiting_time.90": partial(quantile_of_waits, 0.9),
    "restricted_mean_difference": mean_waits_differ,
    "exits_weighted": one_exit_of_two,
}
for _name, _estimator in (
    ("g_computation", g_computation), ("ipw", ipw), ("aipw", aipw),
    ("entropy_balancing", entropy_balancing),
):  # fmt: skip
    for _family in ("share", "amount"):
        for _estimand in ("ate", "att", "ato"):
            INTERVALS[f"{_name}.{_family}.{_estimand}"] = partial(
                adjusted, _estimator, _family, _estimand, "difference"
            )
for _measure in ("risk_ratio", "odds_ratio"):
    INTERVALS[f"aipw.{_measure}.ato"] = partial(adjusted, aipw, "share", "ato", _measure)

INTERVALS |= coverage_worlds.INTERVALS


def measure(name: str, n: int, replicates: int = REPLICATES) -> tuple[int, int]:
    """Return how many intervals held the truth, and how many could be estimated.

    An open bound holds everything on its side.
    """
    held = usable = 0
    with lean_kernel(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for seed in range(replicates):
            found = INTERVALS[name](np.random.default_rng([seed, n]), n)
            if found is None:
                continue
            real, low, high = found
            usable += 1
            held += (low is None or low <= real) and (high is None or real <= high)
    return int(held), usable


def one_line_each(table: dict[str, Any]) -> str:
    lines = [f" {json.dumps(name)}: {json.dumps(table[name])}" for name in sorted(table)]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main(names: list[str]) -> None:
    """Measure what is named, or everything not yet in the table; stop and go on as you like."""
    table = json.loads(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else {}
    table["_meta"] = {
        "columns": "people per arm: intervals that held the truth, intervals that could be made",
        "made_by": "python -m tests.recovery.coverage",
        "replicates": REPLICATES,
    }
    for name in names:
        table.pop(name, None)
    for name in names or INTERVALS:
        row = table.setdefault(name, {})
        for n in (n for n in SIZES if str(n) not in row):
            row[str(n)] = list(measure(name, n))
            TABLE.write_text(one_line_each(table), encoding="utf-8")
        shares = {n: round(held / max(usable, 1), 3) for n, (held, usable) in row.items()}
        print(name, shares, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
