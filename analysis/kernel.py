"""Kernel: the same logit fitted many times over, for draws, subgroups and specifications.

Published models are fitted by statsmodels; this Newton iteration gives the same numbers
(tested to 1e-9) without its overhead, on one thread, for a whole batch at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from utfall.analysis.determinism import single_thread
from utfall.analysis.inference import Floats
from utfall.analysis.regression import CERTAINTY

#: Numbers held at once by a batch, about 200 megabytes.
BATCH_NUMBERS = 25_000_000
#: Newton steps; a fit that needs more is running away.
MOST_STEPS = 40
#: A step this small relative to the coefficients ends the iteration.
SETTLED = 1e-12


@dataclass(frozen=True, slots=True)
class Fits:
    """Logits of one batch.

    Attributes
    ----------
    coefficients : (b, p) ndarray
        Not a number where the information could not be inverted.
    is_usable : (b,) ndarray of bool
        The iteration settled and no fitted probability ran to 0 or 1.
    """

    coefficients: Floats
    is_usable: NDArray[np.bool_]


def logits(design: Floats, events: Floats, trials: Floats, start: Floats | None = None) -> Fits:
    """Fit one design to many outcomes.

    Parameters
    ----------
    design : (c, p) ndarray
        One row per cell, with intercept, columns of similar size.
    events, trials : (b, c) ndarray
        People with the outcome and people in all, by replicate and cell; either may be
        weights. A cell without people in a replicate plays no part in it.
    start : (p,) ndarray, optional
        Coefficients to start from, such as those of the whole sample.

    Returns
    -------
    Fits
    """
    rows, terms = design.shape
    size = max(1, BATCH_NUMBERS // max(rows * 4, 1))
    parts = [
        _batch(design, events[one : one + size], trials[one : one + size], start)
        for one in range(0, len(events), size)
    ]
    if not parts:
        return Fits(np.empty((0, terms)), np.empty(0, dtype=bool))
    return Fits(
        np.concatenate([part.coefficients for part in parts]),
        np.concatenate([part.is_usable for part in parts]),
    )


def _batch(design: Floats, events: Floats, trials: Floats, start: Floats | None) -> Fits:
    batch, terms = len(events), design.shape[1]
    coefficients = np.tile(np.zeros(terms) if start is None else start, (batch, 1))
    if start is None:
        share = (events.sum(axis=1) + 0.5) / (trials.sum(axis=1) + 1)
        coefficients[:, 0] = np.log(share / (1 - share)) / design[0, 0]
    upper = np.triu_indices(terms)
    products = design[:, upper[0]] * design[:, upper[1]]
    open_, settled = np.arange(batch), np.zeros(batch, dtype=bool)
    with single_thread(), np.errstate(all="ignore"):
        for _ in range(MOST_STEPS):
            step = _step(design, products, upper, events[open_], trials[open_],
                         coefficients[open_])  # fmt: skip
            coefficients[open_] += step
            size = np.abs(step).max(axis=1)
            limit = SETTLED * (1 + np.abs(coefficients[open_]).max(axis=1))
            settled[open_[size <= limit]] = True
            open_ = open_[(size > limit) & np.isfinite(size)]
            if len(open_) == 0:
                break
        mean = expit(coefficients @ design.T)
        uncertain = np.where(trials > 0, np.minimum(mean, 1 - mean), 0.5).min(axis=1)
    return Fits(coefficients, settled & (uncertain >= CERTAINTY))


def _step(
    design: Floats,
    products: Floats,
    upper: tuple[NDArray[np.intp], NDArray[np.intp]],
    events: Floats,
    trials: Floats,
    coefficients: Floats,
) -> Floats:
    """Return the Newton step of each replicate, (b, p); half of it is taken if too long."""
    terms = design.shape[1]
    mean = expit(coefficients @ design.T)
    score = (events - trials * mean) @ design
    flat = (trials * mean * (1 - mean)) @ products
    information = np.empty((len(events), terms, terms))
    information[:, upper[0], upper[1]] = flat
    information[:, upper[1], upper[0]] = flat
    try:
        step: Floats = np.linalg.solve(information, score[:, :, None])[:, :, 0]
    except np.linalg.LinAlgError:
        step = np.array([_one_step(i, s) for i, s in zip(information, score, strict=True)])
    # Logits beyond 15 are certainty: a step that long is shortened, and never settles.
    longest = np.abs(step).max(axis=1, keepdims=True)
    shortened: Floats = step * np.minimum(1.0, 5.0 / np.maximum(longest, 1e-300))
    return shortened


def _one_step(information: Floats, score: Floats) -> Floats:
    try:
        return np.asarray(np.linalg.solve(information, score), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.full(len(score), np.nan)


def draws(count: Floats, replicates: int, seed: int, *, size: int) -> Iterator[Floats]:
    """Yield bootstrap counts of cells in batches of (at most size, c), people kept in number.

    Drawing people with replacement is a multinomial over the cells they stand in.
    """
    rng = np.random.default_rng(seed)
    people = int(count.sum())
    chance = count / count.sum()
    for done in range(0, replicates, size):
        yield rng.multinomial(people, chance, size=min(size, replicates - done)).astype(float)
