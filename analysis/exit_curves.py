"""Exit curves: where people had gone, month by month, with every exit its own cause."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from utfall.analysis.description_rows import ExitCurve
from utfall.analysis.exits import aalen_johansen
from utfall.analysis.protocol import Protocol

#: Canonical exit codes by the group that pages show. Unknown is an exit of its own: to
#: count it as still enrolled would call it censoring, and it is not.
EXIT_GROUPS: dict[str, tuple[str, ...]] = {
    "work": ("W1", "W2"),
    "studies": ("S1",),
    "municipal_job": ("W3",),
    "returned": ("R1", "R2"),
    "other_benefit": ("H1", "H2", "H3"),
    "moved_or_died": ("F1", "F2"),
    "other_known": ("S2", "F3", "F4"),
    "unknown": ("F5",),
}

DAYS_PER_MONTH = 365.25 / 12


def exit_curves(rows: pl.DataFrame, protocol: Protocol) -> tuple[ExitCurve, ...]:
    """Return the cumulative incidence of every exit, by programme, from referral.

    People who never started stay among those followed until somebody stopped looking:
    leaving them out would show only those who were let in.

    Parameters
    ----------
    rows : DataFrame
        Episodes with ``end_date``, ``exit_code``, ``observed_until`` and time zero; other
        studies give no curves.
    """
    needed = {"end_date", "exit_code", "observed_until", protocol.time_zero}
    if not needed <= set(rows.columns) or protocol.outcome.horizon_days is None:
        return ()
    horizon = round(protocol.outcome.horizon_days / DAYS_PER_MONTH)
    curves: list[ExitCurve] = []
    for programme in (protocol.target, protocol.comparator):
        people = rows.filter(pl.col(protocol.arm_column) == programme)
        arm = timed(people, protocol.time_zero)
        if arm.is_empty():
            continue
        table = aalen_johansen(
            arm["months"].to_numpy(),
            arm["exit"].to_list(),
            list(EXIT_GROUPS),
            horizon,
            protocol.conf_level,
        )
        curves.extend(
            ExitCurve(
                programme=programme,
                exit=exit_.cause,
                months=table.months,
                share=exit_.share,
                conf_low=exit_.conf_low,
                conf_high=exit_.conf_high,
                n_followed=table.n_followed,
            )
            for exit_ in table.exits
            if any(share for share in exit_.share)
        )
    return tuple(curves)


def timed(arm: pl.DataFrame, time_zero: str, keep: Sequence[str] = ()) -> pl.DataFrame:
    """Return days and months from time zero to exit or end of view, and the exit's group.

    Rows that were never in view are left out; ``keep`` names columns to carry along.
    A month is numbered by its end, so that an exit on day 40 came by month 2, and one
    on day 380 is not among those of 12 months.
    """
    group = {code: name for name, codes in EXIT_GROUPS.items() for code in codes}
    left = pl.col("end_date").is_not_null() & (pl.col("end_date") <= pl.col("observed_until"))
    last = pl.when(left).then(pl.col("end_date")).otherwise(pl.col("observed_until"))
    days = (last - pl.col(time_zero).cast(pl.Date)).dt.total_days()
    return arm.filter(days >= 0).select(
        *keep,
        days=days,
        months=(days / DAYS_PER_MONTH).ceil().cast(pl.Int64),
        exit=pl.when(left)
        .then(pl.col("exit_code").replace_strict(group, default="unknown").fill_null("unknown"))
        .otherwise(None),
    )
