"""Foresight: before any outcome is opened, what could this many people show at all?"""

from __future__ import annotations

import math

import polars as pl
from scipy.stats import norm

from utfall.analysis.cohort import DesignRows
from utfall.analysis.counts import smallest_detectable_difference
from utfall.analysis.design import is_target
from utfall.analysis.foreseen import Foresight
from utfall.analysis.gates import SMALLEST_ARM
from utfall.analysis.protocol import Protocol
from utfall.analysis.vocabulary import Headline

#: Share at which a difference is hardest to see: whatever the outcome, it is no harder.
HARDEST = 0.5


def foresee(seen: DesignRows, protocol: Protocol) -> Foresight | None:
    """Return what can be foreseen of a comparison of shares, from its design alone.

    None off the share scale: nothing of a sum's spread is known without outcomes.
    """
    if protocol.scale != "share":
        return None
    treated = is_target(seen.rows, protocol)
    months = 0
    if protocol.time_zero in seen.rows.columns:
        referred = seen.rows[protocol.time_zero].drop_nulls().cast(pl.Date)
        months = referred.dt.strftime("%Y-%m").n_unique()
    return of_counts(
        int(treated.sum()), int((~treated).sum()), months, protocol.margin, protocol.conf_level
    )


def of_counts(
    n_target: int, n_comparator: int, months: int, margin: float, conf_level: float
) -> Foresight:
    """Return what can be foreseen from counts of people alone.

    >>> one = of_counts(100, 100, 24, margin=0.10, conf_level=0.95)
    >>> round(one.smallest, 2), round(one.half_width, 2), one.reachable
    (0.2, 0.14, ('better_clear', 'better_uncertain', 'cannot_tell'))
    >>> of_counts(19, 100, 24, margin=0.10, conf_level=0.95).reachable
    ('cannot_tell',)
    """
    if min(n_target, n_comparator) < SMALLEST_ARM:
        return Foresight(
            n_target=n_target, n_comparator=n_comparator, months=months, smallest=None,
            half_width=None, reachable=("cannot_tell",),
        )  # fmt: skip
    error = math.sqrt(HARDEST * (1 - HARDEST) * (1 / n_target + 1 / n_comparator))
    half = float(norm.ppf(0.5 + conf_level / 2)) * error
    found: list[Headline] = ["better_clear"] if margin + 2 * half < 1 else []
    found += ["better_uncertain"]
    found += ["no_meaningful_difference"] if half < margin else []
    return Foresight(
        n_target=n_target,
        n_comparator=n_comparator,
        months=months,
        smallest=smallest_detectable_difference(n_target, n_comparator, HARDEST),
        half_width=half,
        reachable=(*found, "cannot_tell"),
    )


def months_needed(
    n_needed: int | None, n_target: int, n_comparator: int, months: int
) -> int | None:
    """Return how many more months of the same intake it takes until both arms are large enough.

    0 where they are already; None where nobody came, or no number of people is known.

    >>> months_needed(100, 50, 80, 20)
    20
    >>> months_needed(100, 100, 120, 20), months_needed(100, 0, 80, 20)
    (0, None)
    """
    if n_needed is None or months < 1 or min(n_target, n_comparator) < 1:
        return None
    return max(math.ceil(max(n_needed - n, 0) * months / n) for n in (n_target, n_comparator))
