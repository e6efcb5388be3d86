"""Imputed: what would the answer be with every unknown outcome filled in, many times over?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utfall.analysis.determinism import canonical_order
from utfall.analysis.estimators import Estimator
from utfall.analysis.inference import Floats
from utfall.analysis.missing import Pooled, impute, pool
from utfall.analysis.regression import Family
from utfall.analysis.results import Estimate, NotEstimable
from utfall.analysis.sample import checked
from utfall.analysis.vocabulary import Estimand

#: Tables that are filled in; with a fifth unknown, five give 96 % of what infinitely many do.
TABLES = 5


def pooled_over_tables(
    y: NDArray[Any],
    treated: NDArray[np.bool_],
    x: Floats,
    estimand: Estimand,
    estimator: Estimator,
    *,
    family: Family,
    conf_level: float = 0.95,
    tables: int = TABLES,
    seed: int = 1,
) -> Estimate | NotEstimable:
    """Return the estimator's answer over imputed tables, pooled by Rubin's rules.

    Unknown outcomes are drawn from arm and covariates (``missing.impute``). Right if the
    unknown differ from the known by these alone.

    Parameters
    ----------
    y : (n,) ndarray
        Not a number where unknown.

    Returns
    -------
    Estimate or NotEstimable
        ``nothing_missing`` where every outcome is known, and the refusals of imputation and
        of the estimator.
    """
    outcome, arm = np.asarray(y, dtype=float), np.asarray(treated, dtype=float)
    values = np.asarray(x, dtype=float)
    if len(outcome) and not np.isnan(outcome).any():
        return NotEstimable("nothing_missing")
    # Draws follow the rows, whose order must decide nothing.
    order = canonical_order(arm, outcome, values)
    outcome, arm, values = outcome[order], arm[order], values[order]
    flags = [family == "binomial", True, *[False] * values.shape[1]]
    filled = impute(np.column_stack([outcome, arm, values]), flags, tables=tables, seed=seed)
    if isinstance(filled, NotEstimable):
        return filled
    made: list[Estimate] = []
    for table in filled:
        found = estimator(
            table[:, 0], arm == 1, values, estimand, family=family, conf_level=conf_level
        )
        if isinstance(found, NotEstimable):
            return found
        made.append(found)
    return _pooled(made, len(outcome) - values.shape[1] - 2, conf_level)


def _pooled(made: list[Estimate], df: int, conf_level: float) -> Estimate | NotEstimable:
    found = pool(
        [one.estimate for one in made],
        [one.std_error**2 for one in made],
        df_complete=max(df, 1),
        conf_level=conf_level,
    )
    if not isinstance(found, Pooled):
        return found
    return checked(
        replace(
            made[0],
            estimate=found.estimate,
            std_error=found.std_error,
            conf_low=found.conf_low,
            conf_high=found.conf_high,
            p_value=found.p_value,
            mean_target=float(np.mean([one.mean_target for one in made])),
            mean_comparator=float(np.mean([one.mean_comparator for one in made])),
            method=f"{made[0].method}; {len(made)} imputed tables, Rubin's rules, t",
        )
    )
