"""Balance: do the two programmes' people look alike, before and after weighting?"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from utfall.analysis.bias import ALPHA, checked_terms, differences, measure_bias
from utfall.analysis.covariates import DesignMatrix
from utfall.analysis.description_rows import BalanceRow
from utfall.analysis.determinism import single_thread
from utfall.analysis.gates import not_evaluated, words
from utfall.analysis.protocol import Protocol
from utfall.analysis.regression import standardise, with_intercept
from utfall.analysis.results import Gate, Quantity, Reason
from utfall.analysis.vocabulary import Text
from utfall.analysis.wording import label

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: Columns of the marts that plans leave out of their covariates, so that they can try them.
HELD_OUT = ("benefit_months_second_year_before",)


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Columns, (n, k), that the weights were not made for, with their names."""

    values: Floats
    labels: tuple[Text, ...]


def smd(mean_target: float, mean_comparator: float, sd_pooled: float) -> float:
    """Return the standardised mean difference.

    A constant covariate has no spread to standardise by; it is balanced only if equal.

    >>> smd(34.0, 30.0, 8.0)
    0.5
    >>> smd(1.0, 1.0, 0.0)
    0.0
    """
    if sd_pooled == 0:
        return 0.0 if mean_target == mean_comparator else math.inf
    return (mean_target - mean_comparator) / sd_pooled


def smd_of(column: Floats, treated: Flags, weights: Floats) -> float:
    """Return the weighted standardised mean difference of one column.

    The spread is that of the unweighted arms, so that weighting cannot make a difference
    look small by widening the spread (Austin & Stuart 2015).
    """
    if column[treated].size < 2 or column[~treated].size < 2:
        return math.nan
    pooled = math.sqrt((column[treated].var(ddof=1) + column[~treated].var(ddof=1)) / 2)
    return smd(
        float(np.average(column[treated], weights=weights[treated])),
        float(np.average(column[~treated], weights=weights[~treated])),
        pooled,
    )


def balance_rows(
    values: Floats,
    terms: Sequence[str],
    labels: Sequence[Text],
    treated: Flags,
    weights: Floats | None,
) -> tuple[BalanceRow, ...]:
    """Return every modelled term's difference before and after weighting."""
    unweighted = np.ones(treated.size)
    return tuple(
        BalanceRow(
            term=term,
            label=labels[i],
            before=smd_of(values[:, i], treated, unweighted),
            after=None if weights is None else smd_of(values[:, i], treated, weights),
        )
        for i, term in enumerate(terms)
    )


def held_out_pairs(values: Floats) -> tuple[Floats, tuple[tuple[int, int], ...]]:
    """Return squares and pairwise products that the propensity model did not hold.

    Weights make modelled terms balanced by construction, so only terms outside the model
    can tell whether the groups are alike.

    Returns
    -------
    values : ndarray of shape (n, m)
    pairs : tuple of (int, int)
        The two columns that each product is made of; twice the same for a square.
    """
    spread = values.std(axis=0)
    scaled = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    columns, pairs = [], []
    for i, j in itertools.combinations_with_replacement(range(values.shape[1]), 2):
        product = scaled[:, i] * scaled[:, j]
        is_flag = np.unique(values[:, i]).size <= 2
        if (i == j and is_flag) or product.std() < 1e-9:
            continue
        columns.append(product)
        pairs.append((i, j))
    if not columns:
        return np.empty((values.shape[0], 0)), ()
    return np.column_stack(columns), tuple(pairs)


def pair_name(terms: Sequence[str], i: int, j: int) -> str:
    """Return what a square or a product of two terms is called.

    >>> pair_name(("age", "woman"), 0, 1)
    'age × woman'
    """
    return terms[i] if i == j else f"{terms[i]} × {terms[j]}"


def balance_gate(
    matrix: DesignMatrix,
    held_out: HeldOut,
    treated: Flags,
    weights: Floats,
    scores: Floats | None,
    protocol: Protocol,
) -> Gate:
    """G4: could what still sets the groups apart move the answer by a difference that matters?

    A plain limit of 0.1 on every difference refuses nearly all randomised comparisons of
    municipal size, and is met by construction for what the weights were made from. So the
    differences, of terms in the model and of those held out of it, are turned into points of
    bias by what each is declared to do to the outcome, and judged over all of them at once.
    Where a bias as large as the margin would more often than not go unseen, nothing is said.

    Parameters
    ----------
    scores : (n,) ndarray or None
        Propensity that the weights were made from; None where they were not estimated.
    """
    outside = held_out_of(matrix, held_out)
    if matrix.values.shape[1] + len(outside.labels) == 0 or min_arm(treated) < 2:
        return not_evaluated("G4", "g4_not_evaluated", "g4_needed")
    checked = checked_terms(matrix.values, matrix.terms, outside.values, treated, protocol)
    score = None
    if scores is not None:
        score = (treated - scores)[:, None] * with_intercept(standardise(matrix.values)[0])
    with single_thread():
        found = measure_bias(
            *differences(checked.values, treated, weights, score), checked, protocol.margin
        )
    limits = protocol.thresholds
    is_seen = found.p_value < ALPHA
    if is_seen and found.size >= protocol.margin:
        status, code = "FAIL", "g4_fail"
    elif is_seen and found.size >= limits.bias_share * protocol.margin:
        status, code = "RESERVE", "g4_reserve"
    elif found.power < limits.bias_power:
        return not_evaluated("G4", "g4_not_evaluated", "g4_needed")
    else:
        status, code = "PASS", "g4_pass"
    worst = int(np.argmax(np.abs(found.contributions)))
    unit = "points" if protocol.scale == "share" else "currency"
    return Gate(
        id="G4",
        status=status,  # type: ignore[arg-type]
        statistic=found.size,
        threshold=protocol.margin,
        reason=Reason(
            code,
            (
                ("term", words((*matrix.labels, *outside.labels)[worst])),
                ("bias", Quantity(unit, found.size)),
                ("margin", Quantity(unit, protocol.margin)),
            ),
        ),
        needed=None if status == "PASS" else Reason("g4_needed"),
        is_structural=status == "FAIL",
    )


def min_arm(treated: Flags) -> int:
    """Return the number of people in the smaller arm."""
    return int(min(treated.sum(), (~treated).sum()))


def held_out_of(matrix: DesignMatrix, held_out: HeldOut) -> HeldOut:
    """Return every term outside the model: squares, products, and what was kept for the test."""
    products, pairs = held_out_pairs(matrix.values)
    return HeldOut(
        values=np.column_stack([products, held_out.values]),
        labels=(*(_pair_label(matrix.labels, i, j) for i, j in pairs), *held_out.labels),
    )


def held_out_columns(rows: pl.DataFrame, protocol: Protocol) -> HeldOut:
    """Return what was known before time zero, is no covariate, and so can try the weights.

    A missing value becomes the mean: nobody is left out of a test for what it does not know.
    """
    declared = {covariate.name for covariate in protocol.covariates}
    names = [
        name
        for name in HELD_OUT
        if name in rows.columns and name not in declared and rows[name].n_unique() > 1
    ]
    columns = [rows[name].cast(pl.Float64).fill_null(strategy="mean").to_numpy() for name in names]
    return HeldOut(
        values=np.column_stack([np.empty((rows.height, 0)), *columns]),
        labels=tuple(label(f"held_out_{name}") for name in names),
    )


def _pair_label(labels: Sequence[Text], i: int, j: int) -> Text:
    return Text(
        pair_name([label.sv for label in labels], i, j),
        pair_name([label.en for label in labels], i, j),
    )
