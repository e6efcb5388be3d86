"""Bootstrap: would another draw of the same people give the same answer?

Every draw fits the propensity and the outcome model anew, by the batched kernel on cells.
To draw people and keep the weights would leave out the error of the weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from utfall.analysis.covariates import DesignMatrix
from utfall.analysis.determinism import single_thread
from utfall.analysis.estimators import ESTIMAND_NAMES
from utfall.analysis.inference import Floats
from utfall.analysis.kernel import BATCH_NUMBERS, logits
from utfall.analysis.regression import Family
from utfall.analysis.results import Estimate, NotEstimable
from utfall.analysis.sample import Sample, is_sound, prepare, unvarying_arm
from utfall.analysis.vocabulary import Estimand

Kind = Literal["ipw", "g_computation", "aipw"]

#: Share of draws that must be estimable; below it the draws that are would flatter.
LEAST_USABLE = 0.95


@dataclass(frozen=True, slots=True)
class Cells:
    """Distinct rows of a sample, and the estimator that every draw of them is put through.

    Attributes
    ----------
    lost : (c,) ndarray or None
        Share of each row's follow-up that was lost: a term of the outcome model, which is then
        asked with none lost (:func:`utfall.analysis.exposure.normal_operation`).
    """

    sample: Sample
    kind: Kind
    lost: Floats | None = None

    def means(self, count: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        """Return both arms' means of each draw, (b, 2), and whether it could be estimated."""
        sample, design = self.sample, self.sample.design
        arm = sample.treated.astype(float)
        usable = ((count * arm).sum(axis=1) > 0) & ((count * (1 - arm)).sum(axis=1) > 0)
        scores = np.full(count.shape, 0.5)
        if self.kind != "g_computation" or sample.estimand == "ato":
            fits = logits(design, count * arm, count)
            scores = _expit(fits.coefficients @ design.T)
            usable &= fits.is_usable
        share = _share(sample, scores, arm) * count
        means = np.zeros((len(count), 2))
        had = np.zeros((2, *count.shape))
        if self.kind != "ipw":
            predicted, had, fitted = _predicted(sample, count, self.lost)
            usable &= fitted
            means = np.stack([(share * p).sum(axis=1) / share.sum(axis=1) for p in predicted], 1)
        if self.kind != "g_computation":
            for place, inside in enumerate((arm, 1 - arm)):
                own = scores if place == 0 else 1 - scores
                weight = count * inside * _weighed(sample, scores) / own
                residual = sample.y - had[place]
                means[:, place] += (weight * residual).sum(axis=1) / weight.sum(axis=1)
        return means, usable & np.isfinite(means).all(axis=1)


def _expit(linear: Floats) -> Floats:
    found: Floats = 1 / (1 + np.exp(-linear))
    return found


def _weighed(sample: Sample, scores: Floats) -> Floats:
    return {
        "ate": np.ones_like(scores),
        "att": scores,
        "atc": 1 - scores,
        "ato": scores * (1 - scores),
    }[sample.estimand]


def _share(sample: Sample, scores: Floats, arm: Floats) -> Floats:
    if sample.estimand in ("att", "atc"):
        return np.broadcast_to(arm if sample.estimand == "att" else 1 - arm, scores.shape)
    return _weighed(sample, scores)


def _predicted(
    sample: Sample, count: Floats, lost: Floats | None
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Return what each row would have in the target and the comparator, (2, b, c).

    First with nothing lost, then with what was; without losses the two are the same.
    """
    arm = sample.treated.astype(float)
    losses = [] if lost is None else [lost]
    design = np.column_stack([sample.design, *losses, arm])
    calm, had = (
        [np.column_stack([sample.design, *some, np.full(len(arm), one)]) for one in (1.0, 0.0)]
        for some in ([np.zeros_like(one) for one in losses], losses)
    )
    if sample.family == "binomial":
        fits = logits(design, count * sample.y, count)
        found, usable = fits.coefficients, fits.is_usable
    else:
        products = design[:, :, None] * design[:, None, :]
        squares = np.einsum("bc,cij->bij", count, products, optimize=True)
        usable = np.linalg.matrix_rank(squares, hermitian=True) == design.shape[1]
        squares[~usable] = np.eye(design.shape[1])
        found = np.linalg.solve(squares, ((count * sample.y) @ design)[:, :, None])[:, :, 0]
    link = _expit if sample.family == "binomial" else np.asarray
    predicted = np.stack([link(found @ one.T) for one in calm])
    if lost is None:
        return predicted, predicted, usable
    return predicted, np.stack([link(found @ one.T) for one in had]), usable


def bootstrap(
    y: NDArray[Any],
    treated: NDArray[np.bool_],
    x: Floats | DesignMatrix,
    estimand: Estimand,
    *,
    family: Family,
    conf_level: float = 0.95,
    clusters: NDArray[Any] | None = None,
    kind: Kind = "ipw",
    replicates: int = 1000,
    seed: int = 1,
) -> Estimate | NotEstimable:
    """Return the contrast with percentile bounds over draws of people (or clusters).

    Every draw fits its own models. The standard error is the spread of the draws; there is
    no p-value.

    Returns
    -------
    Estimate or NotEstimable
        The refusals of every estimator, ``separation`` on the data themselves, and
        ``unstable_bootstrap`` where more than one draw in twenty cannot be estimated.
    """
    sample = prepare(
        y, treated, x, estimand, family, conf_level, clusters, count_equal=True
    )  # fmt: skip
    if isinstance(sample, NotEstimable):
        return sample
    if problem := unvarying_arm(sample):
        return problem
    with single_thread(), np.errstate(all="ignore"):
        cells = Cells(sample, kind)
        own, usable = cells.means(sample.count[None, :])
        if not usable[0]:
            return NotEstimable("separation")
        drawn = _drawn(cells, replicates, seed)
    if len(drawn) < LEAST_USABLE * replicates or len(drawn) < 2:
        return NotEstimable("unstable_bootstrap")
    gaps = drawn[:, 0] - drawn[:, 1]
    spread = float(gaps.std(ddof=1))
    if not is_sound(float(own[0, 0] - own[0, 1]), spread, sample.y):
        return NotEstimable("no_spread")
    tail = (1 - conf_level) / 2
    low, high = (float(one) for one in np.quantile(gaps, [tail, 1 - tail]))
    n_target, n_comparator = sample.n_people
    return Estimate(
        estimate=float(own[0, 0] - own[0, 1]),
        std_error=spread,
        conf_low=low,
        conf_high=high,
        p_value=None,
        mean_target=float(own[0, 0]),
        mean_comparator=float(own[0, 1]),
        n_target=n_target,
        n_comparator=n_comparator,
        method=f"{kind}; {ESTIMAND_NAMES[estimand]}; percentile bootstrap, {replicates} draws of "
        + ("clusters" if sample.clusters is not None else "people")
        + ", all models fitted anew",
    )


def _drawn(cells: Cells, replicates: int, seed: int) -> Floats:
    sample = cells.sample
    rng = np.random.default_rng(seed)
    rows, terms = sample.design.shape
    size = max(1, BATCH_NUMBERS // (rows * (terms + 8)))
    found = []
    for done in range(0, replicates, size):
        count = _draw(rng, sample, min(size, replicates - done))
        means, usable = cells.means(count)
        found.append(means[usable])
    return np.concatenate(found)


def _draw(rng: np.random.Generator, sample: Sample, size: int) -> Floats:
    """Return people by draw and row; clusters are drawn whole."""
    if sample.clusters is None:
        people = int(sample.count.sum())
        return rng.multinomial(people, sample.count / people, size=size).astype(float)
    groups = int(sample.clusters.max()) + 1
    times = rng.multinomial(groups, np.full(groups, 1 / groups), size=size).astype(float)
    return times[:, sample.clusters] * sample.count
