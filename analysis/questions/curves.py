"""Curves: how long do things take, when some of them are still going on?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from utfall.analysis.exits import ExitTable, aalen_johansen
from utfall.analysis.questions.cells import Modelled, Quantile

DAYS_PER_MONTH = 365.25 / 12


def _first_reaching(
    times: Sequence[int], values: Sequence[float | None], share: float
) -> float | None:
    """Return the first time at which values reach a share; None where they never do."""
    for time, value in zip(times, values, strict=True):
        if value is not None and value >= share - 1e-12:
            return float(time)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Times to an end, in whole units; those still waiting are counted, never dropped.

    Attributes
    ----------
    table : ExitTable
        One exit a cause.
    n, n_open : int
        All, and those that had not ended when last seen.
    """

    table: ExitTable
    n: int
    n_open: int

    def quantile(self, share: float, cause: int = 0) -> Quantile:
        """Return the time by which that share had ended this way; None where never reached.

        Its bounds are the times at which the curve's own bounds reach the share (inverted
        pointwise intervals; Brookmeyer and Crowley 1982); an end never reached has none.
        """
        curve = self.table.exits[cause]
        ends = [
            _first_reaching(self.table.months, values, share)
            for values in (curve.share, curve.conf_high, curve.conf_low)
        ]
        value, low, high = ends
        return Quantile(value, self.n, low, high)

    def by(self, time: int, cause: int = 0) -> Modelled:
        """Return the share that had ended this way by a time."""
        curve, time = self.table.exits[cause], self._known(time)
        return self._at(curve.share[time], curve.conf_low[time], curve.conf_high[time])

    def still(self, time: int) -> Modelled:
        """Return the share that had not ended in any way by a time; one cause only."""
        curve, time = self.table.exits[0], self._known(time)
        value, low, high = curve.share[time], curve.conf_low[time], curve.conf_high[time]
        if value is None or low is None or high is None:
            return self._at(None, None, None)
        if value > 1 - 1e-9:  # everybody was seen to the end: none of n, exactly
            return self._at(0.0, 0.0, 1 - 0.025 ** (1 / self.n))
        return self._at(1 - value, 1 - high, 1 - low)

    def _known(self, time: int) -> int:
        """Return the time itself, or the month in which the last of everybody had ended."""
        left = self.table.still_there
        known = [month for month in self.table.months[: time + 1] if left[month] is not None]
        return known[-1] if known and (left[known[-1]] or 0.0) < 1e-9 else time

    def _at(self, value: float | None, low: float | None, high: float | None) -> Modelled:
        events = 0 if value is None else round(value * self.n)
        return Modelled(value, low, high, self.n, events)


def waits(
    time: Sequence[int], cause: Sequence[str | None], causes: Sequence[str], horizon: int
) -> Waits:
    """Return how times to an end accumulate, open ones as censored.

    >>> found = waits([1, 2, 3, 3], ["answered", "answered", "answered", None], ["answered"], 4)
    >>> found.quantile(0.5).value, found.n_open
    (2.0, 1)
    """
    table = aalen_johansen(np.array(time, dtype=np.int64), cause, causes, horizon)
    return Waits(table=table, n=len(time), n_open=sum(one is None for one in cause))


def stays(rows: pl.DataFrame, last_seen: str = "last_seen", *, per: float = 1.0) -> Waits:
    """Return how long stays last, from ``start_date`` to ``end_date`` or ``last_seen``.

    Parameters
    ----------
    rows : DataFrame
        One row a stay, with the three dates.
    per : float
        Days in a unit: 1 for days, ``DAYS_PER_MONTH`` for months.
    """
    # An end counts in the unit it falls in; a stay that goes on counts the units it has filled.
    exact = (pl.coalesce("end_date", last_seen) - pl.col("start_date")).dt.total_days() / per
    timed = rows.select(
        units=pl.when(pl.col("end_date").is_not_null())
        .then(exact.ceil())
        .otherwise(exact.floor())
        .clip(lower_bound=0)
        .cast(pl.Int64),
        has_ended=pl.col("end_date").is_not_null(),
    )
    times = timed["units"].to_list()
    ends = ["ended" if ended else None for ended in timed["has_ended"].to_list()]
    return waits(times, ends, ["ended"], max([*times, 36]))
