"""Specifications: what would every other fair-minded choice have given, and each side's best?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import polars as pl

from utfall.analysis.cohort import outcome_known
from utfall.analysis.covariates import design_matrix
from utfall.analysis.design import is_target
from utfall.analysis.eligibility import condition_expr
from utfall.analysis.gates import SMALLEST_ARM
from utfall.analysis.ladder import (
    DISRUPTION,
    ESTIMATORS,
    LABOUR_MARKET_COLUMN,
    Answer,
    Stages,
    adjusted,
    smallest_cell,
    stages_of,
)
from utfall.analysis.propensity import fit_propensity
from utfall.analysis.protocol import Outcome, Protocol
from utfall.analysis.results import Estimate, NotEstimable, Reason, Specification
from utfall.analysis.treatments import (
    TREATMENTS,
    WHOLE,
    answer_under,
    other_treatments,
    treated_by,
    why_not,
)
from utfall.analysis.vocabulary import Text
from utfall.analysis.wording import label

#: What a specification chooses, in the order of the curve's rows.
DIMENSIONS = (
    "estimator",
    "covariates",
    "trimming",
    "disruption",
    "outcome",
    "population",
)

#: Levels that stand for what the plan itself chose.
PLANNED = {
    "covariates": "all",
    "trimming": "none",
    "disruption": "planned",
    "outcome": "planned",
    "population": "planned",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One set of choices, by dimension, and why it does not count, where it does not."""

    levels: dict[str, str]
    reason: str | None = None

    @property
    def id(self) -> str:
        """Return the choices that are not the plan's, after the estimator."""
        named = [
            f"{dimension}.{level}"
            for dimension, level in self.levels.items()
            if dimension != "estimator" and level != PLANNED[dimension]
        ]
        return "+".join([self.levels["estimator"], *named])


def specifications(
    stages: Stages, adjustments: Sequence[str], protocol: Protocol, *, is_refused: bool
) -> tuple[Specification, ...]:
    """Return the specification curve, in the order of the choices; null where withheld.

    Every estimator with every admissible set of covariates and every trim is run; how a
    disruption is handled, what is counted and about whom vary one at a time. What does not
    count stands there too, with the reason, so that nobody has to guess what it gives.
    """
    found = [
        _specified(option, stages, adjustments, protocol, is_refused=is_refused)
        for option in options(stages, protocol)
    ]
    return _with_best_cases(found)


def options(stages: Stages, protocol: Protocol) -> tuple[Option, ...]:
    """Return every set of choices that is looked at."""
    if not protocol.covariates:
        return ()
    base = {"estimator": protocol.estimator, **PLANNED}
    left_out = [
        f"without_{one.name}"
        for one in protocol.covariates
        if one.core is None and one.name != LABOUR_MARKET_COLUMN and len(protocol.covariates) > 1
    ]
    grid = product(ESTIMATORS, ["all", *left_out], ["none", *map(_trim_id, protocol.choices.trims)])
    found = [
        Option(levels={**base, "estimator": estimator, "covariates": kept, "trimming": trim})
        for estimator, kept, trim in grid
    ]
    found += [
        Option(levels={**base, dimension: level}) for dimension, level in _singly(stages, protocol)
    ]
    return (*found, *_inadmissible(base, stages, protocol))


def _singly(stages: Stages, protocol: Protocol) -> Iterator[tuple[str, str]]:
    yield from (("disruption", handling) for handling in other_treatments(stages))
    yield from (("outcome", outcome.name) for outcome in protocol.choices.outcomes)
    yield from (("population", other.id) for other in protocol.choices.populations)


def _inadmissible(base: dict[str, str], stages: Stages, protocol: Protocol) -> Iterator[Option]:
    yield Option(levels={**base, "covariates": "nothing"}, reason="inadmissible_unadjusted")
    for one in protocol.covariates:
        if one.core is not None:
            yield Option(
                levels={**base, "covariates": f"without_{one.name}"}, reason="inadmissible_core"
            )
    if stages.excluded or stages.exposed:
        yield Option(levels={**base, "disruption": "ignored"}, reason="inadmissible_disrupted")
    if protocol.population.only_border:
        yield Option(levels={**base, "population": "everyone"}, reason="inadmissible_population")


def _specified(
    option: Option,
    stages: Stages,
    adjustments: Sequence[str],
    protocol: Protocol,
    *,
    is_refused: bool,
) -> Specification:
    empty = Specification(
        id=option.id,
        choices=tuple(
            (dimension, level_label(dimension, option.levels[dimension], protocol))
            for dimension in DIMENSIONS
        ),
        estimate=None,
        conf_low=None,
        conf_high=None,
        admissible=option.reason is None,
        reason=Reason(option.reason) if option.reason else None,
    )
    # The answer about everyone may be one that another comparison of the study withholds.
    if is_refused or option.levels["population"] == "everyone":
        return empty
    found, cell = answer_of(option, stages, adjustments, protocol)
    if not isinstance(found, Estimate):
        why = why_not(found) if option.levels["disruption"] in TREATMENTS else None
        return replace(empty, smallest_cell=cell, reason=Reason(why) if why else empty.reason)
    return replace(
        empty,
        estimate=found.estimate,
        conf_low=found.conf_low,
        conf_high=found.conf_high,
        smallest_cell=cell,
    )


def answer_of(
    option: Option, stages: Stages, adjustments: Sequence[str], protocol: Protocol
) -> tuple[Answer, int | None]:
    """Return what one set of choices gives, and its smallest cell.

    Fewer than twenty people in an arm and no interval is trusted, whatever was chosen.
    """
    asked = _asked(option, protocol)
    if option.levels["disruption"] in WHOLE:
        return answer_under(stages, option.levels["disruption"], adjustments, asked)
    rows = _staged(option, stages, asked)
    made = frozenset(adjustments)
    if option.levels["disruption"] == "ignored":
        made -= {DISRUPTION}
        rows = narrowed(rows, rows.population)
    rows = _trimmed(option.levels["trimming"], rows, asked)
    known = is_target(outcome_known(rows.compared, asked), asked)
    cell = smallest_cell(rows.compared, asked)
    if min(int(known.sum()), int((~known).sum())) < SMALLEST_ARM:
        return NotEstimable("too_few"), cell
    return adjusted(rows, made, asked), cell


def _asked(option: Option, protocol: Protocol) -> Protocol:
    """Return the plan with the choices made that are not about rows."""
    kept = option.levels["covariates"]
    covariates = protocol.covariates
    if kept == "nothing":
        covariates = ()
    elif kept != "all":
        covariates = tuple(one for one in covariates if f"without_{one.name}" != kept)
    return protocol.model_copy(
        update={
            "estimator": option.levels["estimator"],
            "covariates": covariates,
            "outcome": _outcome(option.levels["outcome"], protocol),
        }
    )


def _outcome(name: str, protocol: Protocol) -> Outcome:
    return next((one for one in protocol.choices.outcomes if one.name == name), protocol.outcome)


def _staged(option: Option, stages: Stages, asked: Protocol) -> Stages:
    """Return the frames of the population, the outcome and the handling that were chosen."""
    population = option.levels["population"]
    if option.levels["outcome"] != PLANNED["outcome"]:
        stages = stages_of(stages.first, stages.excluded, asked, exposed=stages.exposed)
    if population != PLANNED["population"]:
        other = next(one for one in asked.choices.populations if one.id == population)
        for condition in other.keep:
            stages = replace(
                stages,
                population=stages.population.filter(condition_expr(condition)),
                compared=stages.compared.filter(condition_expr(condition)),
            )
    handling = option.levels["disruption"]
    if handling in (PLANNED["disruption"], "ignored"):
        return stages
    return treated_by(stages, handling, asked)


def _trimmed(trim: str, stages: Stages, protocol: Protocol) -> Stages:
    """Return the frames without those who were nearly certain to end up in one programme."""
    if trim == PLANNED["trimming"] or not protocol.covariates:
        return stages
    least = float(trim.removeprefix("p"))
    rows = stages.compared
    treated = is_target(rows, protocol)
    if min(treated.sum(), (~treated).sum()) < 2:
        return stages
    fit = fit_propensity(treated, design_matrix(rows, protocol.covariates).values)
    if isinstance(fit, NotEstimable) or fit.is_separated:
        return stages
    inside = np.asarray((fit.scores >= least) & (fit.scores <= 1 - least))
    return narrowed(stages, rows.filter(pl.Series(inside)))


def narrowed(stages: Stages, rows: pl.DataFrame) -> Stages:
    """Return the stages with these rows compared, whether a disruption is set aside or not."""
    return replace(stages, population=rows, compared=rows)


def _trim_id(least: float) -> str:
    return f"p{least:g}"


def level_label(dimension: str, level: str, protocol: Protocol) -> Text:
    """Return what a choice is called."""
    if dimension == "estimator":
        return label(f"sensitivity_{level}")
    if level.startswith("without_"):
        name = next(one.label.text for one in protocol.covariates if f"without_{one.name}" == level)
        without = label("level_covariates_without")
        return Text(without.sv.format(term=name.sv), without.en.format(term=name.en))
    if dimension == "trimming" and level != "none":
        percent = f"{100 * float(level.removeprefix('p')):g}"
        trimmed = label("level_trimming_at")
        return Text(trimmed.sv.format(least=percent), trimmed.en.format(least=percent))
    if dimension == "outcome" and level != PLANNED["outcome"]:
        return _outcome(level, protocol).label.text
    others = {one.id: one.label.text for one in protocol.choices.populations}
    if dimension == "population" and level in others:
        return others[level]
    return label(f"level_{dimension}_{level}")


def _with_best_cases(found: Sequence[Specification]) -> tuple[Specification, ...]:
    """Return the curve with each side's best admissible case marked."""
    shown = [
        (one.estimate, i)
        for i, one in enumerate(found)
        if one.admissible and one.estimate is not None
    ]
    if len(shown) < 2:
        return tuple(found)
    best = {max(shown)[1]: "target", min(shown)[1]: "comparator"}
    return tuple(replace(one, favours=best[i]) if i in best else one for i, one in enumerate(found))
