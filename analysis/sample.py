"""Sample: can anything be estimated from these rows at all?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from utfall.analysis.covariates import DesignMatrix
from utfall.analysis.determinism import canonical_order, countable, single_thread
from utfall.analysis.regression import Family, standardise, with_intercept
from utfall.analysis.results import Estimate, NotEstimable
from utfall.analysis.vocabulary import Estimand

Floats = NDArray[np.float64]

#: Takes a specification's columns and returns the distinct rows with their ``people``.
Counter = Callable[[pl.DataFrame], pl.DataFrame]


def _grouped(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.group_by(pl.all()).len("people")


_counter: ContextVar[Counter] = ContextVar("counter", default=_grouped)

#: Rows per distinct row from which equal rows are counted instead of kept.
WORTH_COUNTING = 10


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows in canonical order, with everything that every estimator checks first done.

    ``design`` is standardised and has an intercept; ``clusters`` is None where every row
    is its own. Equal rows may stand as one cell; ``count`` says how many people it is.
    """

    y: Floats
    treated: NDArray[np.bool_]
    design: Floats
    clusters: NDArray[np.intp] | None
    family: Family
    estimand: Estimand
    conf_level: float
    count: Floats
    small_sample: bool = True

    @property
    def n_people(self) -> tuple[int, int]:
        """Return the people behind the target's rows and the comparator's."""
        return int(self.count[self.treated].sum()), int(self.count[~self.treated].sum())

    @property
    def arms(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return which rows are the target's and which the comparator's."""
        return self.treated, ~self.treated


@contextmanager
def counted_by(counter: Counter) -> Iterator[None]:
    """Have equal rows counted by something else within, such as one pass of SQL.

    The statistics touch no database; who calls them may lend them one.
    """
    kept = _counter.set(counter)
    try:
        yield
    finally:
        _counter.reset(kept)


def counted(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the distinct rows with the ``people`` behind each, by whoever counts here.

    >>> counted(pl.DataFrame({"month": [1, 1, 2]})).sort("month")["people"].to_list()
    [2, 1]
    """
    return _counter.get()(rows)


def prepare(
    y: NDArray[Any],
    treated: NDArray[Any],
    x: Floats | DesignMatrix,
    estimand: Estimand,
    family: Family,
    conf_level: float,
    clusters: NDArray[Any] | None,
    *,
    small_sample: bool = True,
    count_equal: bool = False,
) -> Sample | NotEstimable:
    """Check, sort and standardise the rows that an estimator is given.

    Parameters
    ----------
    y : (n,) ndarray
        0 or 1 for the binomial family.
    treated : (n,) ndarray of bool
        True for the target.
    x : (n, k) ndarray or DesignMatrix
        Covariates without intercept; k may be 0.
    clusters : (n,) ndarray or None
        Person of each row; persons with several rows make them count together.
    count_equal : bool
        Count equal rows as one cell where that makes ten times fewer of them; every sum
        over people stays what it was.

    Returns
    -------
    Sample or NotEstimable
        ``no_rows``, ``not_finite``, ``not_two_arms``, ``not_binary``, ``one_arm``,
        ``too_few``, ``constant_outcome`` or ``too_few_clusters``.

    Raises
    ------
    ValueError
        The arrays do not have the same number of rows.
    """
    outcome = np.asarray(y, dtype=float)
    arm = np.asarray(treated).astype(float)
    values = np.asarray(x.values if isinstance(x, DesignMatrix) else x, dtype=float)
    if not len(outcome) == len(arm) == len(values):
        raise ValueError("y, treated and x must have one row per person each")
    if problem := _degenerate(outcome, arm, values, family):
        return NotEstimable(problem)
    codes = np.arange(len(arm)) if clusters is None else _codes(clusters)
    is_plain = clusters is None or len(np.unique(codes)) == len(codes)
    count = np.ones(len(arm))
    if is_plain and count_equal:
        outcome, arm, values, count = _cells(outcome, arm, values)
        codes = np.arange(len(arm))
    order = canonical_order(arm, outcome, values, arm if is_plain else codes)
    is_treated = arm[order] == 1
    groups = None if is_plain else codes[order]
    if groups is not None and min(len(np.unique(groups[a])) for a in (is_treated, ~is_treated)) < 2:
        return NotEstimable("too_few_clusters")
    with single_thread(), np.errstate(all="ignore"):
        design = with_intercept(standardise(values[order], count[order])[0])
    if not np.isfinite(design).all():
        return NotEstimable("not_finite")
    return Sample(
        outcome[order], is_treated, design, groups, family, estimand, conf_level, count[order],
        small_sample,
    )  # fmt: skip


def _cells(outcome: Floats, arm: Floats, values: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the distinct rows and how many people each is; the rows as given if not worth it."""
    columns = [arm, outcome, *(np.ascontiguousarray(column) for column in values.T)]
    rows = pl.DataFrame({str(place): column for place, column in enumerate(columns)})
    # A sample tells most tables of exact numbers apart without a pass over all of them.
    if rows.height > 10_000 and rows.head(2_000).is_unique().all():
        return outcome, arm, values, np.ones(len(arm))
    cells = counted(rows)
    if cells.height * WORTH_COUNTING > rows.height:
        return outcome, arm, values, np.ones(len(arm))
    found = cells.select([*rows.columns, "people"]).to_numpy().astype(float)
    return found[:, 1], found[:, 0], found[:, 2:-1], found[:, -1]


def _degenerate(outcome: Floats, arm: Floats, values: Floats, family: Family) -> str | None:
    """Return why no estimator can work on these data, or None."""
    if len(outcome) == 0:
        return "no_rows"
    if not (countable(outcome, arm) and np.isfinite(values).all()):
        return "not_finite"
    if not np.isin(arm, (0.0, 1.0)).all():
        return "not_two_arms"
    if family == "binomial" and not np.isin(outcome, (0.0, 1.0)).all():
        return "not_binary"
    n_target = int(arm.sum())
    if n_target in (0, len(arm)):
        return "one_arm"
    if min(n_target, len(arm) - n_target) < 2:
        return "too_few"
    if (outcome == outcome[0]).all():
        return "constant_outcome"
    return None


def _codes(clusters: NDArray[Any]) -> NDArray[np.intp]:
    return np.unique(np.asarray(clusters).astype(str), return_inverse=True)[1]


def unvarying_arm(sample: Sample) -> NotEstimable | None:
    """Return the refusal of a sample in which all of one arm had the same outcome.

    Such an arm has no residual, so that the other arm's error alone would pass for the
    error of the difference.
    """
    if any(np.ptp(sample.y[arm]) == 0 for arm in sample.arms):
        return NotEstimable("no_variation_in_arm")
    return None


def is_sound(estimate: float, std_error: float, y: Floats) -> bool:
    """Return whether an estimate is finite and its error more than rounding."""
    smallest = 1e-10 * float(np.abs(y - y.mean()).max())
    return bool(np.isfinite(estimate) and np.isfinite(std_error) and std_error > smallest)


def checked(estimate: Estimate | NotEstimable) -> Estimate | NotEstimable:
    """Return the estimate, or its refusal where any of its numbers overflowed."""
    if isinstance(estimate, NotEstimable):
        return estimate
    numbers = (estimate.estimate, estimate.std_error, estimate.conf_low, estimate.conf_high)
    return estimate if np.isfinite(numbers).all() else NotEstimable("not_finite")
