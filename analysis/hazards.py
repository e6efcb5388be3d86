"""Hazards: month by month, who leaves, which way, and what the calendar has to do with it.

Never expanded to one row per person and month: people alike in covariates and month of entry
are counted, and those at risk in a month are the sums of those who left later.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from utfall.analysis.determinism import countable, single_thread
from utfall.analysis.inference import Floats, t_interval
from utfall.analysis.regression import Fit, fit
from utfall.analysis.results import Estimate, NotEstimable
from utfall.analysis.sample import counted


@dataclass(frozen=True, slots=True)
class Hazards:
    """Chance of leaving each month, and of each way out among those who leave.

    Attributes
    ----------
    exit : Fit
        Logit of leaving in a month, among those still there.
    ways : tuple of Fit
        Logit of way 1 among leavers, of way 2 among those who left otherwise, and so on; one
        fewer than there are ways. The parts have no parameter in common, so their errors
        are independent.
    calendar : (months, c) ndarray
    powers : int
    n_people, n_person_months, n_cells : int
    """

    exit: Fit
    ways: tuple[Fit, ...]
    calendar: Floats
    powers: int
    n_people: int
    n_person_months: int
    n_cells: int

    def design(self, x: Floats, entry: NDArray[np.int64], month: int) -> Floats:
        """Return the model's columns for people in their given month."""
        at = np.full(len(x), float(month))
        return _design(x, at, self.calendar[entry + month - 1], self.powers)


def _design(x: Floats, month: Floats, calendar: Floats, powers: int) -> Floats:
    since = np.log(month)
    return np.column_stack(
        [np.ones(len(x)), *(since**power for power in range(1, powers + 1)), x, calendar]
    )


def fit_hazards(
    months: NDArray[Any],
    way: NDArray[Any],
    x: NDArray[Any],
    entry: NDArray[Any],
    calendar: NDArray[Any],
    *,
    n_ways: int,
    powers: int = 2,
) -> Hazards | NotEstimable:
    """Fit monthly hazards with covariates of the person and of the calendar.

    Parameters
    ----------
    months : (n,) ndarray of int
        Months followed, from 1; the exit came in the last of them, if at all.
    way : (n,) ndarray of int
        0 still there, 1 to ``n_ways`` the way out.
    x : (n, k) ndarray
        Columns of similar size, without intercept.
    entry : (n,) ndarray of int
        Row of ``calendar`` that is each person's first month.
    calendar : (m, c) ndarray
        What every calendar month was like: disruption, unemployment. Columns of similar
        size; c may be 0.
    powers : int
        Of the logarithm of the month since entry.

    Returns
    -------
    Hazards or NotEstimable
        ``no_rows``, ``not_finite``, ``no_events``, ``calendar_too_short``, and the refusals
        of ``fit`` with ``separation`` and ``not_converged``. At most one exit a person makes
        months of one person uncorrelated given the model, so that no clustering is needed.
    """
    t, w = np.asarray(months, dtype=np.int64), np.asarray(way, dtype=np.int64)
    values, first = np.asarray(x, dtype=float), np.asarray(entry, dtype=np.int64)
    series = np.asarray(calendar, dtype=float)
    if len(t) == 0:
        return NotEstimable("no_rows")
    if not countable(values, series):
        return NotEstimable("not_finite")
    if (t < 1).any() or (w < 0).any() or (w > n_ways).any():
        raise ValueError("months start at 1 and ways lie between 0 and n_ways")
    if (w == 0).all():
        return NotEstimable("no_events")
    if first.min() < 0 or (first + t).max() > len(series):
        return NotEstimable("calendar_too_short")
    cells = _cells(t, w, values, first)
    with single_thread():
        return _fitted(cells, values.shape[1], series, n_ways, powers, int(t.sum()))


def _cells(
    months: NDArray[np.int64], way: NDArray[np.int64], x: Floats, entry: NDArray[np.int64]
) -> pl.DataFrame:
    """Return one row per kind of person, entry and month at risk: people, and exits by way."""
    kinds = [f"x{place}" for place in range(x.shape[1])]
    people = pl.DataFrame(
        {**{name: x[:, place] for place, name in enumerate(kinds)}, "entry": entry,
         "month": months, "way": way}
    )  # fmt: skip
    cells = counted(people)
    by_kind = [*kinds, "entry"]
    longest = cells.group_by(by_kind).agg(pl.col("month").max().alias("last"))
    every = longest.with_columns(
        month=pl.int_ranges(pl.lit(1, pl.Int64), pl.col("last") + 1)
    ).explode("month")
    left = cells.group_by([*by_kind, "month"]).agg(
        pl.col("people").sum().alias("gone"),
        *(
            pl.col("people").filter(pl.col("way") == one).sum().alias(f"way{one}")
            for one in range(1, int(way.max()) + 1)
        ),
    )
    joined = every.join(left, on=[*by_kind, "month"], how="left", nulls_equal=True)
    return (
        joined.fill_null(0)
        .sort([*by_kind, "month"])
        .with_columns(
            at_risk=pl.col("gone").reverse().cum_sum().reverse().over(by_kind).cast(pl.Float64)
        )
    )


def _fitted(
    cells: pl.DataFrame, n_terms: int, series: Floats, n_ways: int, powers: int, n_months: int
) -> Hazards | NotEstimable:
    x = cells.select([f"x{place}" for place in range(n_terms)]).to_numpy()
    x = x.reshape(cells.height, n_terms).astype(float)
    month, entry = cells["month"].to_numpy(), cells["entry"].to_numpy()
    design = _design(x, month.astype(float), series[entry + month - 1], powers)
    at_risk = cells["at_risk"].to_numpy().astype(float)
    by_way = np.array([
        cells[f"way{one}"].to_numpy() if f"way{one}" in cells.columns else np.zeros(len(month))
        for one in range(1, n_ways + 1)
    ], dtype=float)  # fmt: skip
    left = by_way.sum(axis=0)
    fits = [
        _binomial(left, at_risk, design),
        *(
            _binomial(by_way[place], by_way[place:].sum(axis=0), design)
            for place in range(n_ways - 1)
        ),
    ]
    for one in fits:
        if isinstance(one, NotEstimable):
            return one
    first, *others = (one for one in fits if isinstance(one, Fit))
    people = float(at_risk[month == 1].sum())
    return Hazards(first, tuple(others), series, powers, int(people), n_months, cells.height)


def _binomial(events: Floats, trials: Floats, design: Floats) -> Fit | NotEstimable:
    outcome = np.repeat([1.0, 0.0], len(events))
    count = np.concatenate([events, trials - events])
    kept = count > 0
    found = fit(outcome[kept], np.concatenate([design, design])[kept], "binomial", count[kept])
    if isinstance(found, NotEstimable):
        return found
    if found.is_separated:
        return NotEstimable("separation")
    return found if found.is_converged else NotEstimable("not_converged")


def incidence(
    model: Hazards, x: Floats, entry: NDArray[np.int64], horizon: int
) -> Floats | NotEstimable:
    """Return each person's chance of having left each way by the horizon, (n, ways).

    ``calendar_too_short`` where somebody's months reach beyond the calendar.
    """
    if len(entry) and int(entry.max()) + horizon > len(model.calendar):
        return NotEstimable("calendar_too_short")
    there, gone = np.ones(len(x)), np.zeros((len(x), len(model.ways) + 1))
    for month in range(1, horizon + 1):
        design = model.design(x, entry, month)
        leaving = there * model.exit.mean(design)
        rest = leaving
        for place, way in enumerate(model.ways):
            part = rest * way.mean(design)
            gone[:, place] += part
            rest = rest - part
        gone[:, -1] += rest
        there = there - leaving
    return gone


def incidence_difference(
    model: Hazards,
    x: Floats,
    entry: NDArray[np.int64],
    arm: int,
    horizon: int,
    *,
    way: int = 1,
    conf_level: float = 0.95,
    weight: Floats | None = None,
) -> Estimate | NotEstimable:
    """Return how many more would have left one way had all been in the target.

    Standardised over the people given (g-computation with competing exits). The error is
    the delta method over the coefficients plus that of whom the people happened to be.

    Parameters
    ----------
    arm : int
        Column of ``x`` that is 1 in the target and 0 in the comparator.
    weight : (n,) ndarray, optional
        How much each person counts in the population that the answer is about; taken as known.
    """
    counts = np.ones(len(x)) if weight is None else weight / weight.mean()
    placed = [np.array(x, dtype=float) for _ in range(2)]
    placed[0][:, arm], placed[1][:, arm] = 1.0, 0.0

    def gap(parts: list[Fit]) -> tuple[Floats, list[float]]:
        moved = Hazards(
            parts[0], tuple(parts[1:]), model.calendar, model.powers, model.n_people,
            model.n_person_months, model.n_cells,
        )  # fmt: skip
        found = [incidence(moved, one, entry, horizon) for one in placed]
        one, zero = (part[:, way - 1] for part in found if not isinstance(part, NotEstimable))
        return one - zero, [float((counts * part).mean()) for part in (one, zero)]

    if isinstance(problem := incidence(model, x, entry, horizon), NotEstimable):
        return problem
    parts = [model.exit, *model.ways]
    own, means = gap(parts)
    value, n = float((counts * own).mean()), len(own)
    spread = float(((counts * (own - value)) ** 2).sum() / n / (n - 1)) if n > 1 else 0.0
    for place, part in enumerate(parts):
        slope = _slopes(parts, place, lambda moved: float((counts * gap(moved)[0]).mean()))
        spread += float(slope @ part.inverse_information @ slope)
    error = float(np.sqrt(spread))
    if not np.isfinite(error) or error <= 0:
        return NotEstimable("no_spread")
    low, high, p_value = t_interval(value, error, np.inf, conf_level)
    treated = np.asarray(x)[:, arm] == 1
    return Estimate(
        estimate=value,
        std_error=error,
        conf_low=max(low, -1.0),
        conf_high=min(high, 1.0),
        p_value=p_value,
        mean_target=means[0],
        mean_comparator=means[1],
        n_target=int(treated.sum()),
        n_comparator=int((~treated).sum()),
        method=f"cause-wise monthly hazards to {horizon} months, standardised; delta method, "
        f"normal; {model.n_cells} cells for {model.n_person_months} person-months",
    )


def _slopes(parts: list[Fit], place: int, value: Any) -> Floats:
    """Return the derivative of a number along one part's coefficients, by central steps."""
    from dataclasses import replace

    own = parts[place]
    errors = np.sqrt(np.maximum(np.diag(own.inverse_information), 1e-16))
    found = np.zeros(len(own.coefficients))
    for term in range(len(found)):
        ends = []
        for sign in (1.0, -1.0):
            moved = own.coefficients.copy()
            moved[term] += sign * 1e-4 * errors[term]
            shifted = [*parts]
            shifted[place] = replace(own, coefficients=moved)
            ends.append(value(shifted))
        found[term] = (ends[0] - ends[1]) / (2e-4 * errors[term])
    return found
