"""Bias: how far could what still sets the groups apart move the answer?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, ncx2

from utfall.analysis.protocol import Protocol

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: Chance that a lottery is called unbalanced.
ALPHA = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Columns whose difference between the arms is looked at, and what each may do.

    Attributes
    ----------
    values : (n, k) ndarray
    effects : (k,) ndarray
        Thought movement of the outcome for one standard deviation, in the unit of the margin.
    is_signed : (k,) ndarray of bool
        The direction is declared too, so that such terms may cancel each other.
    """

    values: Floats
    effects: Floats
    is_signed: Flags


@dataclass(frozen=True, slots=True, kw_only=True)
class Bias:
    """What the differences that remain may do to the answer.

    Attributes
    ----------
    size : float
        Bias in the unit of the margin, less what chance alone gives; 0 where chance explains it.
    p_value : float
        Of no bias at all, over all terms at once.
    power : float
        Chance to see a bias as large as the margin.
    contributions : (k,) ndarray
        What each term does by itself, with the sign of its difference.
    """

    size: float
    p_value: float
    power: float
    contributions: Floats


def declared_effects(terms: Sequence[str], protocol: Protocol) -> tuple[Floats, Flags, Flags]:
    """Return each modelled term's effect, whether it is signed, and whether it is per unit.

    The effect of a flag is declared for those who have it, and of a number for a standard
    deviation; a term without a declared effect gets the default, without direction.
    """
    by_name = {covariate.name: covariate for covariate in protocol.covariates}
    default = assumed_effect(protocol.thresholds.term_effect, protocol)
    unit = protocol.margin / protocol.matters
    effects, signed, per_unit = [], [], []
    for term in terms:
        covariate = by_name.get(term)
        effect = covariate.effect if covariate else None
        effects.append(default if effect is None else effect * unit)
        signed.append(effect is not None)
        per_unit.append(effect is not None and covariate is not None and covariate.kind == "flag")
    return np.array(effects), np.array(signed, dtype=bool), np.array(per_unit, dtype=bool)


def assumed_effect(points: float, protocol: Protocol) -> float:
    """Return an assumed effect in the unit of the estimate; ten points stand for the margin."""
    return points / 100 if protocol.scale == "share" else points / 10 * protocol.margin


def checked_terms(
    values: Floats, terms: Sequence[str], held_out: Floats, treated: Flags, protocol: Protocol
) -> Checked:
    """Return modelled and held-out columns with the effects that are declared or assumed."""
    effects, signed, per_unit = declared_effects(terms, protocol)
    spread = pooled_spread(values, treated)
    held_out_effect = assumed_effect(protocol.thresholds.held_out_effect, protocol)
    return Checked(
        values=np.column_stack([values, held_out]),
        effects=np.concatenate(
            [np.where(per_unit, effects * spread, effects), [held_out_effect] * held_out.shape[1]]
        ),
        is_signed=np.concatenate([signed, np.zeros(held_out.shape[1], dtype=bool)]),
    )


def pooled_spread(values: Floats, treated: Flags) -> Floats:
    """Return each column's spread within the unweighted arms, (k,)."""
    inside = (values[treated].var(axis=0, ddof=1) + values[~treated].var(axis=0, ddof=1)) / 2
    return np.asarray(np.sqrt(inside), dtype=np.float64)


def differences(
    values: Floats, treated: Flags, weight: Floats, score_design: Floats | None
) -> tuple[Floats, Floats]:
    """Return standardised weighted differences, and every row's influence on them.

    Weights made from an estimated propensity balance what the model holds, so that a
    difference that is left varies less than fixed weights would say. By the generalised
    information equality its influence is what remains after a projection on the model's score
    (Newey & McFadden 1994, section 6).

    Parameters
    ----------
    score_design : (n, p) ndarray or None
        Rows of the propensity model's score, (treated - score) times its design.

    Returns
    -------
    differences : (k,) ndarray
    influence : (n, k) ndarray
        Sums of its squares are variances; the degrees of freedom that the fit used are paid.
    """
    spread = pooled_spread(values, treated)
    scaled = values / np.where(spread > 0, spread, 1.0)
    sides = []
    for arm, sign in ((treated, 1.0), (~treated, -1.0)):
        share = np.where(arm, weight, 0.0) / weight[arm].sum()
        mean = share @ scaled
        sides.append((mean, sign * share[:, None] * (scaled - mean)))
    difference = sides[0][0] - sides[1][0]
    influence = sides[0][1] + sides[1][1]
    used = 2
    if score_design is not None:
        influence = influence - score_design @ np.linalg.lstsq(score_design, influence)[0]
        used = 1 + score_design.shape[1]
    paid = math.sqrt(treated.size / max(treated.size - used, 1))
    return difference, influence * paid


def measure_bias(difference: Floats, influence: Floats, checked: Checked, margin: float) -> Bias:
    """Return what the differences do to the answer, tested over all terms at once.

    Terms with a declared direction add up to one number; each other term counts by its size.
    The sum of squares is read against a weighted sum of chi squares with its mean and variance
    (Satterthwaite), which needs no inverse and so holds with more terms than people.
    """
    signed, open_ = checked.is_signed, ~checked.is_signed
    steps = [difference[open_] * checked.effects[open_]]
    moves = [influence[:, open_] * checked.effects[open_]]
    if signed.any():
        steps.append(np.array([difference[signed] @ checked.effects[signed]]))
        moves.append((influence[:, signed] @ checked.effects[signed])[:, None])
    total, move = np.concatenate(steps), np.column_stack(moves)
    covariance = move @ move.T if move.shape[1] > move.shape[0] else move.T @ move
    expected = float(np.trace(covariance))
    squares = float(np.sum(covariance**2))
    found = float(total @ total)
    contributions = difference * checked.effects
    if expected <= 1e-18 or squares <= 0:
        return Bias(size=math.sqrt(found), p_value=1.0, power=1.0, contributions=contributions)
    unit, freedom = squares / expected, expected**2 / squares
    critical = float(chi2.ppf(1 - ALPHA, freedom))
    return Bias(
        size=math.sqrt(max(found - expected, 0.0)),
        p_value=float(chi2.sf(found / unit, freedom)),
        power=float(ncx2.sf(critical, freedom, margin**2 / unit)),
        contributions=contributions,
    )
