"""Differences: would the sites that a disruption hit have moved as the untouched ones did?

Difference-in-differences by site, for the same quantity as the other treatments: what the
disruption took is the change at the sites that it hit less the change at the others, and the
people of that time are given it back before the two programmes are compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from utfall.analysis.cohort import DisruptionWindow, outcome_known, was_there
from utfall.analysis.counts import rate_ratio
from utfall.analysis.covariates import design_matrix
from utfall.analysis.design import is_target
from utfall.analysis.determinism import single_thread
from utfall.analysis.inference import Floats, t_interval
from utfall.analysis.panels import group_time_effects
from utfall.analysis.protocol import Covariate, Protocol
from utfall.analysis.results import Estimate, NotEstimable
from utfall.analysis.vocabulary import Estimand

#: Sites of each kind, in each programme, below which there is neither interval nor p-value.
FEWEST_SITES = 3

BEFORE, DURING, AFTER = 0, 1, 2

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _People:
    y: Floats
    x: Floats
    treated: NDArray[np.bool_]
    unit: Ints
    period: Ints
    day: Ints
    hit: NDArray[np.bool_]
    estimand: Estimand

    def at(self, rows: NDArray[np.bool_]) -> _People:
        return replace(
            self, y=self.y[rows], x=self.x[rows], treated=self.treated[rows],
            unit=self.unit[rows], period=self.period[rows], day=self.day[rows],
            hit=self.hit[rows],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Found:
    difference: float
    means: tuple[float, float]
    taken: float


def difference_in_differences(
    rows: pl.DataFrame,
    covariates: Sequence[Covariate],
    windows: Sequence[DisruptionWindow],
    protocol: Protocol,
) -> Estimate | NotEstimable:
    """Return the difference between the programmes in normal operation, by changes of sites.

    Outcomes are freed of case mix by a linear model with every site and period for itself. The
    change from before the disruption to during it is :func:`group_time_effects`'s, sites being
    the units; people of the sites that were hit get back what it found. Periods are weighed as
    the estimand weighs the people in them.

    Returns
    -------
    Estimate or NotEstimable
        ``did_no_sites``, ``did_both_hit``, ``did_few_sites`` (under three of either programme,
        or hit or untouched, seen before and during, or under two seen early and late before),
        ``did_spill_over`` (more were referred to the untouched sites during the disruption than
        before, which chance does not give),
        ``did_trends`` (the hit sites went another way already before). Standard error:
        jackknife over the sites of each programme (CR3), t with Welch's degrees of freedom.
    """
    known = outcome_known(rows, protocol)
    hit = {window.programme for window in windows}
    if "site" not in known.columns or known["site"].null_count() or known.is_empty():
        return NotEstimable("did_no_sites")
    if len(hit) != 1 or None in hit or protocol.outcome.horizon_days is None:
        return NotEstimable("did_both_hit")
    if _took_the_diverted(rows, windows, protocol):
        return NotEstimable("did_spill_over")
    people = _seen_twice(_people(known, covariates, windows, protocol))
    if _few(people):
        return NotEstimable("did_few_sites")
    with single_thread(), np.errstate(all="ignore"):
        differ = _trends_differ(people, protocol.conf_level)
        if differ is None:
            return NotEstimable("did_few_sites")
        if differ:
            return NotEstimable("did_trends")
        return _jackknifed(people, protocol.conf_level)


def _took_the_diverted(
    rows: pl.DataFrame, windows: Sequence[DisruptionWindow], protocol: Protocol
) -> bool:
    """Return whether untouched sites were sent more people a day during the disruption.

    Then they are no longer untouched: their people changed because the others' place closed.
    Referrals alone are counted, whatever came of them.
    """
    untouched = ~np.logical_or.reduce([was_there(rows, one, protocol) for one in windows])
    day = rows[protocol.time_zero].cast(pl.Date).to_numpy().astype("datetime64[D]")
    starts = min(np.datetime64(one.starts_on) for one in windows)
    ends = min(max(np.datetime64(one.ends_on) for one in windows), day.max())
    before, during = (starts - day.min()).astype(int), (ends - starts).astype(int) + 1
    if min(before, during) < 1:
        return False
    counts = [
        int((untouched & side).sum()) for side in ((day >= starts) & (day <= ends), day < starts)
    ]
    return bool(rate_ratio(counts[0], float(during), counts[1], float(before)).conf_low > 1)


def _people(
    known: pl.DataFrame,
    covariates: Sequence[Covariate],
    windows: Sequence[DisruptionWindow],
    protocol: Protocol,
) -> _People:
    zero = known[protocol.time_zero].cast(pl.Date).to_numpy().astype("datetime64[D]")
    ends = zero + np.timedelta64(protocol.outcome.horizon_days or 0, "D")
    met = np.zeros(known.height, bool)
    for window in windows:
        is_before = ends < np.datetime64(window.starts_on)
        met |= ~is_before & (zero < np.datetime64(window.ends_on + timedelta(days=1)))
    first = min(np.datetime64(window.starts_on) for window in windows)
    arm, site = known[protocol.arm_column].to_numpy(), known["site"].to_numpy()
    units = np.unique(np.char.add(np.char.add(arm.astype(str), "|"), site.astype(str)),
                      return_inverse=True)[1]  # fmt: skip
    hit = np.zeros(known.height, bool)
    for window in windows:
        hit |= was_there(known, window, protocol)
    return _People(
        y=known[protocol.outcome.name].cast(pl.Float64).to_numpy(),
        x=design_matrix(known, covariates).values if covariates else np.empty((known.height, 0)),
        treated=is_target(known, protocol),
        unit=units.astype(np.int64),
        period=np.where(met, DURING, np.where(ends < first, BEFORE, AFTER)).astype(np.int64),
        day=zero.astype(np.int64),
        hit=hit,
        estimand=protocol.estimand,
    )


def _seen_twice(people: _People) -> _People:
    """Return those at sites that somebody came to both before and during the disruption."""
    seen = [set(people.unit[people.period == one]) for one in (BEFORE, DURING)]
    return people.at(np.isin(people.unit, sorted(seen[0] & seen[1])))


def _few(people: _People) -> bool:
    kinds = (people.treated, ~people.treated, people.hit, ~people.hit)
    return min(len(np.unique(people.unit[kind])) for kind in kinds) < FEWEST_SITES


def _freed(people: _People) -> Floats:
    """Return outcomes at the mean case mix, by a linear model within each site and period."""
    if people.x.shape[1] == 0:
        return people.y
    cell = np.unique(people.unit * 3 + people.period, return_inverse=True)[1]
    size = np.bincount(cell)

    def within(values: Floats) -> Floats:
        return np.asarray(values - (np.bincount(cell, weights=values) / size)[cell])

    inside = np.column_stack([within(column) for column in people.x.T])
    slopes = np.linalg.lstsq(inside, within(people.y), rcond=None)[0]
    return np.asarray(people.y - (people.x - people.x.mean(axis=0)) @ slopes)


def _taken(people: _People, y: Floats) -> float | NotEstimable:
    """Return what the disruption did to the outcome at the sites that it hit."""
    units = np.unique(people.unit)
    panel = np.array(
        [
            [y[(people.unit == one) & (people.period == period)].mean() for period in (0, 1)]
            for one in units
        ]
    )
    is_hit = np.array([people.hit[people.unit == one].any() for one in units])
    study = group_time_effects(panel, np.where(is_hit, 1.0, np.inf), np.array([0.0, 1.0]))
    return study if isinstance(study, NotEstimable) else study.overall.estimate


def _found(people: _People) -> _Found | NotEstimable:
    y = _freed(people)
    taken = _taken(people, y)
    if isinstance(taken, NotEstimable):
        return taken
    whole = y - taken * (people.hit & (people.period == DURING))
    arms = (people.treated, ~people.treated)
    counts = np.array([np.bincount(people.period[arm], minlength=3) for arm in arms], dtype=float)
    usable = (counts > 0).all(axis=0)
    weight = np.where(usable, _period_weight(counts, people.estimand), 0.0)
    sums = np.array(
        [np.bincount(people.period[arm], weights=whole[arm], minlength=3) for arm in arms]
    )
    means = (weight * sums / np.maximum(counts, 1.0)).sum(axis=1) / weight.sum()
    return _Found(float(means[0] - means[1]), (float(means[0]), float(means[1])), taken)


def _period_weight(counts: Floats, estimand: Estimand) -> Floats:
    """Return how much each period counts, (periods,), from people by programme and period."""
    whole = counts.sum(axis=0)
    if estimand == "att":
        return np.asarray(counts[0])
    if estimand == "atc":
        return np.asarray(counts[1])
    return np.asarray(
        whole if estimand == "ate" else counts[0] * counts[1] / np.maximum(whole, 1.0)
    )


def _jackknifed(people: _People, conf_level: float) -> Estimate | NotEstimable:
    own = _found(people)
    if isinstance(own, NotEstimable):
        return own
    parts = []
    for arm in (people.treated, ~people.treated):
        units = np.unique(people.unit[arm])
        without = [_found(people.at(people.unit != one)) for one in units]
        left = np.array([one.difference for one in without if isinstance(one, _Found)])
        if len(left) < len(units):
            return NotEstimable("did_few_sites")
        n = len(left)
        parts.append(((n - 1) / n * float(((left - left.mean()) ** 2).sum()), n - 1))
    spread = sum(part for part, _ in parts)
    if not spread > 0:
        return NotEstimable("no_spread")
    df = spread**2 / sum(part**2 / below for part, below in parts)
    low, high, p_value = t_interval(own.difference, float(np.sqrt(spread)), df, conf_level)
    return Estimate(
        estimate=own.difference,
        std_error=float(np.sqrt(spread)),
        conf_low=low,
        conf_high=high,
        p_value=p_value,
        mean_target=own.means[0],
        mean_comparator=own.means[1],
        n_target=int(people.treated.sum()),
        n_comparator=int((~people.treated).sum()),
        method="difference-in-differences by site, never-hit comparison, linear for case mix; "
        "jackknife over sites (CR3), t",
    )


def _trends_differ(people: _People, conf_level: float) -> bool | None:
    """Return whether the hit sites had already moved another way before the disruption.

    The time before is cut at its median day; None where fewer than two sites of a kind were
    seen on both sides of it. That nothing is seen proves nothing with few sites; what is seen
    refuses.
    """
    before = people.period == BEFORE
    late = _later_half(people.day, before)
    y = _freed(people)
    changes: dict[bool, list[float]] = {True: [], False: []}
    for unit in np.unique(people.unit):
        own = before & (people.unit == unit)
        halves = [y[own & side] for side in (~late, late)]
        if min(len(half) for half in halves) == 0:
            continue  # a site that says nothing of the course does not silence the others
        is_hit = bool(people.hit[people.unit == unit].any())
        changes[is_hit].append(float(halves[1].mean() - halves[0].mean()))
    if min(len(one) for one in changes.values()) < 2:
        return None
    if max(map(np.ptp, changes.values())) < 1e-12:
        return bool(abs(changes[True][0] - changes[False][0]) > 1e-12)
    found = stats.ttest_ind(changes[True], changes[False], equal_var=False)
    return bool(found.pvalue < 1 - conf_level)


def _later_half(day: Ints, before: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return who came late, a median day that many share put where it halves most evenly."""
    middle = np.median(day[before])
    return min((day > middle, day >= middle), key=lambda late: abs(late[before].mean() - 0.5))
