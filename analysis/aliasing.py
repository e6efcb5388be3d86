"""Aliasing: can the programme be told apart from its place, its staff and its years?"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from utfall.analysis.cohort import DesignRows
from utfall.analysis.gates import by_arm, exempt, names, not_evaluated, number
from utfall.analysis.protocol import Protocol
from utfall.analysis.results import Gate, Reason

Floats = NDArray[np.float64]

#: Sites an arm must have run before an answer is more than about one place.
SITES = 2


def aliasing_gate(design: DesignRows, protocol: Protocol) -> Gate:
    """G9: can the programme be told apart from its place, its staff and its years?

    It cannot where knowing the factor is knowing the programme: then the column of the
    programme adds nothing to the rank of the factor's own columns. Programmes that never ran
    in the same quarter, or share no place of residence, are refused; a single site an arm, or
    a manager for each, makes the answer one about the programme at that place.
    """
    if protocol.method_check:
        return exempt("G9")
    rows = design.rows
    for factor, code in (("period", "g9_fail_period"), ("residence", "g9_fail_residence")):
        levels = _levels(rows, factor, protocol)
        if levels is not None and is_aliased(levels, _treated(rows, protocol)):
            return _judged("FAIL", code, 0.0, protocol)
    if "site" not in rows.columns:
        return not_evaluated("G9", "g9_not_evaluated", "g9_needed")
    sites = min(arm["site"].n_unique() for arm in by_arm(rows, protocol))
    if sites < SITES:
        return _judged("RESERVE", "g9_reserve", float(sites), protocol)
    if "manager" in rows.columns and is_aliased(rows["manager"], _treated(rows, protocol)):
        return _judged("RESERVE", "g9_reserve_manager", float(sites), protocol)
    return _judged("PASS", "g9_pass", float(sites), protocol)


def is_aliased(levels: pl.Series, treated: NDArray[np.bool_]) -> bool:
    """Return whether a factor tells which programme everybody was in.

    Rows where the factor is unknown tell nothing, and are left out; a factor with one level,
    or known for one arm alone, cannot tell.

    >>> is_aliased(pl.Series(["a", "a", "b", "b"]), np.array([True, True, False, False]))
    True
    >>> is_aliased(pl.Series(["a", "b", "b", "b"]), np.array([True, True, False, False]))
    False
    """
    known = levels.is_not_null().to_numpy()
    kept, arm = levels.filter(pl.Series(known)), treated[known]
    if arm.all() or not arm.any() or kept.n_unique() < 2:
        return False
    codes = kept.cast(pl.String).to_numpy()
    columns = np.column_stack([codes == level for level in sorted(set(codes.tolist()))])
    own = np.linalg.matrix_rank(columns.astype(float))
    return bool(np.linalg.matrix_rank(np.column_stack([columns, arm]).astype(float)) == own)


def _treated(rows: pl.DataFrame, protocol: Protocol) -> NDArray[np.bool_]:
    return (rows[protocol.arm_column] == protocol.target).to_numpy().astype(bool)


def _levels(rows: pl.DataFrame, factor: str, protocol: Protocol) -> pl.Series | None:
    if factor == "period":
        if protocol.time_zero not in rows.columns:
            return None
        day = rows[protocol.time_zero].cast(pl.Date)
        return day.dt.year().cast(pl.String) + "Q" + day.dt.quarter().cast(pl.String)
    column = next((name for name in ("district", "municipality") if name in rows.columns), None)
    if column is None:
        return None
    return rows[column]


def _judged(status: str, code: str, statistic: float, protocol: Protocol) -> Gate:
    return Gate(
        id="G9",
        status=status,  # type: ignore[arg-type]
        statistic=statistic,
        threshold=1.0 if status == "FAIL" else float(SITES),
        reason=Reason(code, (*names(protocol), ("sites", number(SITES)))),
        needed=None if status == "PASS" else Reason("g9_needed"),
        is_structural=status == "FAIL",
    )
