"""Estimators: how much more did the target give than the comparator, if that can be known?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from utfall.analysis.covariates import DesignMatrix
from utfall.analysis.crude import crude
from utfall.analysis.determinism import single_thread
from utfall.analysis.inference import (
    ArmModel,
    Floats,
    Mean,
    Scores,
    coefficient_influence,
    degrees_of_freedom,
    standardised_mean,
    t_interval,
    variance,
    weighted_residual_mean,
)
from utfall.analysis.regression import Family, Fit, fit
from utfall.analysis.results import Estimate, NotEstimable
from utfall.analysis.sample import Sample, checked, is_sound, prepare, unvarying_arm
from utfall.analysis.vocabulary import Estimand
from utfall.analysis.weights import weights

__all__ = ["Estimator", "aipw", "crude", "g_computation", "ipw"]

#: What two means are compared by; ratios are tested and bounded on the log scale.
Measure = Literal["difference", "risk_ratio", "odds_ratio"]

ESTIMAND_NAMES = {
    "ate": "everyone",
    "att": "the target's people",
    "atc": "the comparator's people",
    "ato": "overlap population",
}


class Estimator(Protocol):
    """What every estimator takes and gives, so that one can stand in for another."""

    def __call__(
        self,
        y: NDArray[Any],
        treated: NDArray[np.bool_],
        x: Floats | DesignMatrix,
        estimand: Estimand,
        *,
        family: Family,
        conf_level: float = 0.95,
        clusters: NDArray[Any] | None = None,
    ) -> Estimate | NotEstimable:
        """Return the contrast target minus comparator."""
        ...


def g_computation(
    y: NDArray[Any],
    treated: NDArray[np.bool_],
    x: Floats | DesignMatrix,
    estimand: Estimand,
    *,
    family: Family,
    conf_level: float = 0.95,
    clusters: NDArray[Any] | None = None,
    interacted: bool = False,
    small_sample: bool = True,
    measure: Measure = "difference",
) -> Estimate | NotEstimable:
    """Return the difference that an outcome model predicts for one and the same population.

    Parameters
    ----------
    interacted : bool
        Fit one model per arm; otherwise one model with the arm as a term.
    small_sample : bool
        Swell residuals by their leverage (HC3) and use t quantiles; otherwise the plain
        sandwich with normal quantiles, as R gives it.
    """
    sample = prepare(
        y, treated, x, estimand, family, conf_level, clusters, small_sample=small_sample,
        count_equal=True,
    )  # fmt: skip
    if isinstance(sample, NotEstimable):
        return sample
    with single_thread(), np.errstate(all="ignore"):
        layer = score_layer(sample) if estimand == "ato" else None
        if isinstance(layer, NotEstimable):
            return layer
        models = _outcome_layer(sample, interacted)
        if isinstance(models, NotEstimable):
            return models
        means = [
            standardised_mean(model, sample.treated, layer, estimand, sample.count)
            for model in models
        ]
        weight = np.ones(len(sample.y))
        return contrast(
            sample,
            means,
            weight,
            f"g-computation ({model_name(sample.family, interacted)})",
            measure,
        )


def ipw(
    y: NDArray[Any],
    treated: NDArray[np.bool_],
    x: Floats | DesignMatrix,
    estimand: Estimand,
    *,
    family: Family,
    conf_level: float = 0.95,
    clusters: NDArray[Any] | None = None,
    small_sample: bool = True,
    measure: Measure = "difference",
) -> Estimate | NotEstimable:
    """Return the difference between arms weighted to one and the same population.

    Normalised (Hájek) weights from a logit of assignment; the standard error accounts for
    the logit. ``small_sample`` as for ``g_computation``.
    """
    sample = prepare(
        y, treated, x, estimand, family, conf_level, clusters, small_sample=small_sample,
        count_equal=True,
    )  # fmt: skip
    if isinstance(sample, NotEstimable):
        return sample
    with single_thread(), np.errstate(all="ignore"):
        layer = score_layer(sample)
        if isinstance(layer, NotEstimable):
            return layer
        means = [
            weighted_residual_mean(
                sample.y,
                sample.treated,
                arm,
                layer,
                estimand,
                small_sample=small_sample,
                count=sample.count,
            )
            for arm in (True, False)
        ]
        weight = weights(layer.scores, sample.treated, estimand)
        name = "weighting by propensity (logit, normalised)"
        return contrast(sample, means, weight, name, measure)


def aipw(
    y: NDArray[Any],
    treated: NDArray[np.bool_],
    x: Floats | DesignMatrix,
    estimand: Estimand,
    *,
    family: Family,
    conf_level: float = 0.95,
    clusters: NDArray[Any] | None = None,
    interacted: bool = False,
    normalise: bool = True,
    small_sample: bool = True,
    measure: Measure = "difference",
) -> Estimate | NotEstimable:
    """Return the doubly robust difference: outcome model plus weighted residuals.

    Right if either model is right; for ato in the sense of Mao, Li & Greene (2019). Where a
    logit of the outcome runs to certainty, a linear outcome model takes its place and
    ``method`` says so: it predicts worse, but the weights keep the estimate right. The
    propensity model has no such stand-in, and its separation refuses the estimate.

    ``interacted`` and ``small_sample`` as for ``g_computation``; ``normalise=False`` divides
    by the population's size instead of the weights' sum.
    """
    sample = prepare(
        y, treated, x, estimand, family, conf_level, clusters, small_sample=small_sample,
        count_equal=True,
    )  # fmt: skip
    if isinstance(sample, NotEstimable):
        return sample
    with single_thread(), np.errstate(all="ignore"):
        layer = score_layer(sample)
        if isinstance(layer, NotEstimable):
            return layer
        modelled, models = _outcome_layer_or_linear(sample, interacted)
        if isinstance(models, NotEstimable):
            return models
        means = [
            standardised_mean(model, sample.treated, layer, estimand, sample.count)
            + weighted_residual_mean(
                sample.y, sample.treated, arm, layer, estimand, model,
                small_sample=small_sample, normalise=normalise, count=sample.count,
            )
            for arm, model in zip((True, False), models, strict=True)
        ]  # fmt: skip
        weight = weights(layer.scores, sample.treated, estimand)
        name = f"doubly robust (logit propensity, {model_name(modelled.family, interacted)})"
        return contrast(sample, means, weight, name, measure)


def model_name(family: Family, interacted: bool) -> str:
    """Return what the method page calls an outcome model.

    >>> model_name("gaussian", interacted=False)
    'linear outcome model, arm as a term'
    """
    kind = "logit" if family == "binomial" else "linear"
    return f"{kind} outcome model, {'one per arm' if interacted else 'arm as a term'}"


def score_layer(sample: Sample) -> Scores | NotEstimable:
    """Fit the logit of assignment; separation refuses it."""
    if problem := unvarying_arm(sample):
        return problem
    found = fit(sample.treated.astype(float), sample.design, "binomial", sample.count)
    if problem := _unusable(found):
        return problem
    assert isinstance(found, Fit)
    scores = found.mean(sample.design)
    residual = sample.treated - scores
    return Scores(
        scores,
        sample.design,
        coefficient_influence(found, sample.design, residual, sample.small_sample),
    )


def _outcome_layer(sample: Sample, interacted: bool) -> list[ArmModel] | NotEstimable:
    if problem := unvarying_arm(sample):
        return problem
    if interacted:
        models = [arm_model(sample, arm, sample.design) for arm in sample.arms]
    else:
        everyone = np.ones(len(sample.y), dtype=bool)
        shared = arm_model(sample, everyone, np.column_stack([sample.design, sample.treated]))
        models = [_placed(shared, sample.design, arm) for arm in (1.0, 0.0)]
    for model in models:
        if isinstance(model, NotEstimable):
            return model
    return [model for model in models if isinstance(model, ArmModel)]


def _outcome_layer_or_linear(
    sample: Sample, interacted: bool
) -> tuple[Sample, list[ArmModel] | NotEstimable]:
    """Return the sample as it was modelled, with its family, and the models."""
    models = _outcome_layer(sample, interacted)
    if isinstance(models, NotEstimable) and models.code in {"separation", "not_converged"}:
        sample = replace(sample, family="gaussian")
        models = _outcome_layer(sample, interacted)
    return sample, models


def arm_model(sample: Sample, inside: NDArray[np.bool_], design: Floats) -> ArmModel | NotEstimable:
    """Fit the outcome on the rows inside, and predict it for every row of the design."""
    found = fit(sample.y[inside], design[inside], sample.family, sample.count[inside])
    if problem := _unusable(found):
        return problem
    assert isinstance(found, Fit)
    residual = sample.y[inside] - found.mean(design[inside])
    influence, leverage = np.zeros_like(design), np.zeros(len(sample.y))
    influence[inside] = coefficient_influence(found, design[inside], residual, sample.small_sample)
    leverage[inside] = found.leverage
    return ArmModel(found, design, influence, leverage)


def _placed(model: ArmModel | NotEstimable, design: Floats, arm: float) -> ArmModel | NotEstimable:
    """Return the shared model with everybody placed in one arm."""
    if isinstance(model, NotEstimable):
        return model
    return replace(model, design=np.column_stack([design, np.full(len(design), arm)]))


def _unusable(found: Fit | NotEstimable) -> NotEstimable | None:
    if isinstance(found, NotEstimable):
        return found
    if found.is_separated:
        return NotEstimable("separation")
    return None if found.is_converged else NotEstimable("not_converged")


def contrast(
    sample: Sample,
    means: list[Mean],
    weight: Floats,
    name: str,
    measure: Measure = "difference",
) -> Estimate | NotEstimable:
    """Return the difference or ratio of two means, with the error that their influences give.

    ``std_error`` of a ratio is that of its logarithm; its bounds are multiplied out, and a
    ratio is refused (``ratio_undefined``) where a mean is not positive or, for odds, not
    below 1.
    """
    target, comparator = means
    if measure != "difference":
        logs = [_logged(mean, measure) for mean in means]
        if any(log is None for log in logs):
            return NotEstimable("ratio_undefined")
        target, comparator = (log for log in logs if log is not None)
    estimate = target.value - comparator.value
    influence = target.influence - comparator.influence
    std_error = float(
        np.sqrt(variance(influence, sample.clusters, sample.small_sample, sample.count))
    )
    if not is_sound(estimate, std_error, sample.y if measure == "difference" else np.arange(2.0)):
        return NotEstimable("no_spread")
    df = np.inf
    if sample.small_sample:
        df = degrees_of_freedom(influence, sample.treated, weight, sample.clusters, sample.count)
    low, high, p_value = t_interval(estimate, std_error, df, sample.conf_level)
    if measure != "difference":
        estimate, low, high = (float(np.exp(number)) for number in (estimate, low, high))
    elif sample.family == "binomial":
        low, high = max(low, -1.0), min(high, 1.0)
    n_target, n_comparator = sample.n_people
    return checked(
        Estimate(
            estimate=estimate,
            std_error=std_error,
            conf_low=low,
            conf_high=high,
            p_value=p_value,
            mean_target=means[0].value,
            mean_comparator=means[1].value,
            n_target=n_target,
            n_comparator=n_comparator,
            method=_method(sample, name, measure),
        )
    )


def _logged(mean: Mean, measure: Measure) -> Mean | None:
    """Return the log of a mean or of its odds, with its influence by the delta method."""
    value = mean.value
    if value <= 0 or (measure == "odds_ratio" and value >= 1):
        return None
    if measure == "risk_ratio":
        return Mean(float(np.log(value)), mean.influence / value)
    return Mean(float(np.log(value / (1 - value))), mean.influence / (value * (1 - value)))


def _method(sample: Sample, name: str, measure: Measure) -> str:
    error = "HC3 stacked sandwich, t" if sample.small_sample else "stacked sandwich, normal"
    parts = [name, ESTIMAND_NAMES[sample.estimand]]
    if measure != "difference":
        parts.append(f"{measure.replace('_', ' ')}, error of its logarithm")
    parts.append(error + (", clustered" if sample.clusters is not None else ""))
    if (sample.count > 1).any():
        parts.append(f"{len(sample.y)} cells")
    return "; ".join(parts)
