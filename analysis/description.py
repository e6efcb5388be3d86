"""Description: how did one programme's own people fare, set against nobody?"""

from __future__ import annotations

import math

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import norm

from utfall.analysis.counts import wilson_interval
from utfall.analysis.description_rows import ArmDescription
from utfall.analysis.protocol import Protocol


def described(rows: pl.DataFrame, protocol: Protocol) -> tuple[ArmDescription, ...]:
    """Describe each programme by itself: its own people, its own period.

    Parameters
    ----------
    rows : DataFrame
        One row per person, both programmes, with the protocol's outcome.

    Returns
    -------
    tuple of ArmDescription
        Target first. A share with Wilson's interval, or a mean with a normal one.
    """
    return tuple(
        _one(rows.filter(pl.col(protocol.arm_column) == programme), programme, protocol)
        for programme in (protocol.target, protocol.comparator)
    )


def _one(arm: pl.DataFrame, programme: str, protocol: Protocol) -> ArmDescription:
    y = arm[protocol.outcome.name].drop_nulls().cast(pl.Float64).to_numpy()
    low, high = _interval(y, protocol)
    return ArmDescription(
        programme=programme,
        n=arm.height,
        n_known=int(y.size),
        events=int(y.sum()) if protocol.scale == "share" else None,
        value=float(y.mean()) if y.size else None,
        conf_low=low,
        conf_high=high,
    )


def _interval(y: NDArray[np.float64], protocol: Protocol) -> tuple[float | None, float | None]:
    """Return one arm's interval: Wilson for a share, normal for an amount; None for too few."""
    if protocol.scale == "share":
        return (
            wilson_interval(int(y.sum()), y.size, protocol.conf_level) if y.size else (None, None)
        )
    if y.size < 2:
        return None, None
    half = float(norm.ppf(0.5 + protocol.conf_level / 2) * y.std(ddof=1)) / math.sqrt(y.size)
    return float(y.mean()) - half, float(y.mean()) + half
