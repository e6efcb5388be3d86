"""Balance: do the two programmes' people look alike, before and after weighting?"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from utfall.analysis.gates import not_evaluated, number, words
from utfall.analysis.protocol import Protocol
from utfall.analysis.results import BalanceRow, Gate, Reason
from utfall.analysis.vocabulary import Text
from utfall.analysis.weights import effective_sample_size

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: Above this point estimate a reader is warned even where the test cannot reject.
WARN_AT = 0.25


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
    values: Floats,
    labels: Sequence[Text],
    treated: Flags,
    weights: Floats,
    protocol: Protocol,
) -> Gate:
    """G4: after weighting, are the groups alike in what the weights were not made for?

    A plain limit of 0.1 on every difference refuses nearly all randomised comparisons of
    municipal size, so a difference fails only where it exceeds the limit beyond chance,
    over all terms at once (Bonferroni). Where chance alone reaches a quarter of a standard
    deviation in a single term twice over, nothing can be said.
    """
    ess = [effective_sample_size(weights[treated]), effective_sample_size(weights[~treated])]
    std_error = math.sqrt(1 / ess[0] + 1 / ess[1])
    held_out, pairs = held_out_pairs(values)
    checked = np.column_stack([values, held_out])
    names = (*labels, *(_pair_label(labels, i, j) for i, j in pairs))
    if checked.shape[1] == 0 or 1.96 * std_error > 2 * WARN_AT:
        return not_evaluated("G4", "g4_not_evaluated", "g4_needed")
    found = [smd_of(checked[:, i], treated, weights) for i in range(checked.shape[1])]
    worst = int(np.argmax(np.abs(found)))
    critical = float(norm.ppf(1 - 0.05 / (2 * len(found))))
    largest = abs(found[worst])
    status, code = "PASS", "g4_pass"
    if largest - critical * std_error > protocol.thresholds.smd_limit:
        status, code = "FAIL", "g4_fail"
    elif max(abs(value) for value in found[: values.shape[1]]) > WARN_AT:
        status, code = "RESERVE", "g4_reserve"
    return Gate(
        id="G4",
        status=status,  # type: ignore[arg-type]
        statistic=largest,
        threshold=protocol.thresholds.smd_limit,
        reason=Reason(
            code,
            (
                ("term", words(names[worst])),
                ("largest", number(round(largest, 2))),
            ),
        ),
        needed=None if status == "PASS" else Reason("g4_needed"),
    )


def _pair_label(labels: Sequence[Text], i: int, j: int) -> Text:
    return Text(
        pair_name([label.sv for label in labels], i, j),
        pair_name([label.en for label in labels], i, j),
    )
