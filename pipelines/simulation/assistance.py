"""Assistance: who would have gone without it under each programme, and for how long?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from utfall.pipelines.simulation.courses import Exits
from utfall.pipelines.simulation.handling import NEVER
from utfall.pipelines.simulation.months import assisted_months
from utfall.pipelines.simulation.parameters import Settings
from utfall.pipelines.simulation.people import Array, Columns
from utfall.pipelines.simulation.records import month_index
from utfall.pipelines.simulation.truth import weighted_effect

#: Months in a row that the marts look for.
IN_A_ROW = (3, 6, 12)


def goes_without(
    owner: Array, month: Array, day: Array, *, months_in_a_row: int, days: int
) -> Array:
    """Return who has so many calendar months in a row without assistance within some days.

    Counted from the month after the one of ``day``; the last month must end in time.

    Parameters
    ----------
    owner, month : array of int
        Months with assistance: whose, and months since January 1970.
    day : array of int
        Days since 1970 from which each person is followed.

    >>> day = np.array([0, 0])
    >>> paid = np.array([0, 0, 1]), np.array([0, 2, 5])
    >>> goes_without(*paid, day, months_in_a_row=3, days=180).tolist()
    [True, True]
    >>> goes_without(*paid, day, months_in_a_row=4, days=180).tolist()
    [False, True]
    """
    zero = month_index(day)
    last = int((month_index(day + days) - zero).max())
    assisted = np.zeros((day.size, last + 1), dtype=bool)
    inside = (month > zero[owner]) & (month <= zero[owner] + last)
    assisted[owner[inside], month[inside] - zero[owner[inside]]] = True
    row, found = np.zeros(day.size, dtype=int), np.zeros(day.size, dtype=bool)
    for step in range(1, last + 1):
        ends = (zero + step + 1).astype("datetime64[M]").astype("datetime64[D]").astype(int) - 1
        row = np.where(assisted[:, step], 0, row + 1)
        found |= (row >= months_in_a_row) & (ends <= day + days)
    return found


def potential_months(
    seed: int, people: Columns, exits: Mapping[str, Exits], settings: Settings, days: int
) -> dict[str, Array]:
    """Return, for each programme, who would have gone without, nobody moving or dying.

    Returns
    -------
    dict of array
        ``no_assistance_K_months_ARM`` and ``had_assistance``, the people whom it concerns.
    """
    zero = month_index(people["day"])
    found: dict[str, Array] = {"had_assistance": people["benefit_months"] > 0}
    for arm, leaving in exits.items():
        course = people | {
            "exit_after": leaving.after,
            "exit_cause": leaving.cause,
            "gone": np.full(people["day"].size, NEVER),
        }
        # The same draws for both: only the exit may set the two apart.
        owner, month = assisted_months(
            np.random.default_rng([seed, 97]),
            course,
            settings,
            earliest=int(zero.min()) - 600,
            latest=int(zero.max()) + 600,
        )
        for k in IN_A_ROW:
            found[f"no_assistance_{k}_months_{arm}"] = goes_without(
                owner, month, people["day"], months_in_a_row=k, days=days
            )
    return found


def effect_on_months(potential: pl.DataFrame, months_in_a_row: int, estimand: str) -> float:
    """Return the true difference among those who had assistance before."""
    name = f"no_assistance_{months_in_a_row}_months"
    concerned = potential.filter(pl.col("had_assistance")).select(
        "propensity",
        risk_target=pl.col(f"{name}_target").cast(pl.Float64),
        risk_comparator=pl.col(f"{name}_comparator").cast(pl.Float64),
    )
    return weighted_effect(concerned, estimand)
