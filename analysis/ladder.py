"""Ladder: from the number in the debate, one fair step at a time, to the fair one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np
import polars as pl

from utfall.analysis.balancing import entropy_balancing
from utfall.analysis.cohort import (
    DisruptionWindow,
    entered_within,
    followed_long_enough,
    in_population,
    outcome_known,
    outside_windows,
)
from utfall.analysis.covariates import design_matrix
from utfall.analysis.crude import tally_behind
from utfall.analysis.design import is_target
from utfall.analysis.estimators import aipw, crude, g_computation, ipw
from utfall.analysis.exposure import lost_share, normal_operation
from utfall.analysis.matching import coarsened_matching, matched_rows
from utfall.analysis.protocol import Covariate, Protocol
from utfall.analysis.regression import Family
from utfall.analysis.results import Estimate, GapPart, NotEstimable, Reason, Rung, Tally
from utfall.analysis.vocabulary import GapSource, Text
from utfall.analysis.wording import label

Answer = Estimate | NotEstimable
_Arranged = tuple[pl.DataFrame, Sequence[Covariate], tuple[DisruptionWindow, ...]]

ESTIMATORS: dict[str, Callable[..., Answer]] = {
    "ipw": ipw,
    "aipw": aipw,
    "g_computation": g_computation,
    "entropy_balancing": entropy_balancing,
}

#: What a plan may declare: matching answers for those who found a match, so that it is no
#: other choice for the same question.
DECLARED: dict[str, Callable[..., Answer]] = {
    **ESTIMATORS,
    "coarsened_matching": coarsened_matching,
}

LABOUR_MARKET_COLUMN = "unemployed_pct"

#: Adjustments made inside one fixed population and period; Shapley averages over their order.
DISRUPTION, LABOUR_MARKET, TARGET_GROUP = "disruption", "labour_market", "target_group"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """The frames that the ladder's steps compare; each is contained in the one before.

    Attributes
    ----------
    first : DataFrame
        Both arms, first referrals, any date.
    period : DataFrame
        Entered within the plan's period.
    population : DataFrame
        Who the answer is about.
    compared : DataFrame
        With disrupted follow-up set aside, where the plan says so.
    excluded, exposed : tuple of DisruptionWindow
        Disruptions that the plan sets aside, and those whose share of each follow-up is a
        term of the outcome model.
    """

    first: pl.DataFrame
    period: pl.DataFrame
    population: pl.DataFrame
    compared: pl.DataFrame
    excluded: tuple[DisruptionWindow, ...] = ()
    exposed: tuple[DisruptionWindow, ...] = ()


def stages_of(
    first: pl.DataFrame,
    excluded: Sequence[DisruptionWindow],
    protocol: Protocol,
    *,
    exposed: Sequence[DisruptionWindow] = (),
) -> Stages:
    """Return the frames of each step."""
    first = followed_long_enough(first, protocol)
    period = entered_within(first, protocol.entry, protocol.time_zero)
    population = in_population(period, protocol)
    return Stages(
        first=first,
        period=period,
        population=population,
        compared=outside_windows(population, excluded, protocol),
        excluded=tuple(excluded),
        exposed=tuple(exposed),
    )


def adjustments_of(handled: Sequence[DisruptionWindow], protocol: Protocol) -> tuple[str, ...]:
    """Return the adjustments that the plan makes inside its population, in ladder order."""
    has_series = any(covariate.name == LABOUR_MARKET_COLUMN for covariate in protocol.covariates)
    found = [
        (DISRUPTION, bool(handled)),
        (LABOUR_MARKET, has_series),
        (TARGET_GROUP, any(c.name != LABOUR_MARKET_COLUMN for c in protocol.covariates)),
    ]
    return tuple(name for name, is_made in found if is_made)


def answer(
    rows: pl.DataFrame,
    covariates: Sequence[Covariate],
    protocol: Protocol,
    exposed: Sequence[DisruptionWindow] = (),
) -> Answer:
    """Return the contrast on the rows with known outcome, adjusted for what is given.

    With disruptions handled as exposure an outcome model is needed, so that weighting
    alone gives way to the doubly robust estimator.
    """
    known = outcome_known(rows, protocol)
    treated = is_target(known, protocol)
    y = known[protocol.outcome.name].cast(pl.Float64).to_numpy()
    family: Family = "binomial" if protocol.scale == "share" else "gaussian"
    lost = lost_share(known, exposed, protocol)
    if lost.any():
        return normal_operation(
            y,
            treated,
            design_matrix(known, covariates),
            lost,
            protocol.estimand,
            family=family,
            conf_level=protocol.conf_level,
            doubly_robust=protocol.estimator != "g_computation",
        )
    if not covariates:
        return crude(y, treated, family=family, conf_level=protocol.conf_level)
    matrix = design_matrix(known, covariates)
    return DECLARED[protocol.estimator](
        y,
        treated,
        matrix.values,
        protocol.estimand,
        family=family,
        conf_level=protocol.conf_level,
        clusters=None,
    )


def adjusted(stages: Stages, made: frozenset[str], protocol: Protocol) -> Answer:
    """Return the contrast in the population with a subset of the adjustments made."""
    rows, used, exposed = _arranged(stages, made, protocol)
    return answer(rows, used, protocol, exposed)


def raw_rows(stages: Stages, protocol: Protocol) -> pl.DataFrame:
    """Return the rows that the number in the debate was made of."""
    window = protocol.raw.entry if protocol.raw else protocol.entry
    return entered_within(stages.first, window, protocol.time_zero)


def raw_answer(stages: Stages, protocol: Protocol) -> Answer:
    """Return the number as it was debated: its own period, no adjustment."""
    return answer(raw_rows(stages, protocol), (), protocol)


def raw_label(protocol: Protocol) -> Text:
    """Return what the debate's number was, in words."""
    return protocol.raw.label.text if protocol.raw else label("ladder_raw")


def ladder(
    stages: Stages, adjustments: Sequence[str], protocol: Protocol, *, is_refused: bool
) -> tuple[Rung, ...]:
    """Return the rungs from raw to fair; after a refusal only the raw one holds numbers."""
    debated = raw_rows(stages, protocol)
    rungs = [
        _rung(
            "raw",
            raw_label(protocol),
            answer(debated, (), protocol),
            debated,
            protocol,
            is_raw=True,
        )
    ]
    steps: list[tuple[str, Text, _Arranged]] = []
    if _has_period(protocol):
        steps.append(("period", label("ladder_period"), (stages.period, (), ())))
    if _has_population(protocol):
        steps.append(("population", _population_label(protocol), (stages.population, (), ())))
    for i, name in enumerate(adjustments):
        made = _arranged(stages, frozenset(adjustments[: i + 1]), protocol)
        steps.append((name, label(f"ladder_{name}"), made))
    for name, words, (rows, used, exposed) in steps:
        found = NotEstimable("withheld") if is_refused else answer(rows, used, protocol, exposed)
        rungs.append(_rung(name, words, found, rows, protocol))
    return tuple(rungs)


def decomposition(
    stages: Stages, adjustments: Sequence[str], protocol: Protocol, *, is_refused: bool
) -> tuple[GapPart, ...]:
    """Return how much of the raw gap comes from what; the parts add up to the raw gap.

    Period and population are taken in fixed order; the adjustments inside the population
    are averaged over every order in which they could be made (Shapley), since the plan
    gives none of them precedence.
    """
    sources: tuple[GapSource, ...] = (
        "period",
        "population",
        "disruption",
        "labour_market",
        "target_group",
        "adjusted",
    )
    if is_refused:
        return tuple(_null(source, "gap_refused") for source in sources)
    values = {
        made: adjusted(stages, made, protocol)
        for size in range(len(adjustments) + 1)
        for made in map(frozenset, combinations(adjustments, size))
    }
    raw, period = raw_answer(stages, protocol), answer(stages.period, (), protocol)
    at = {made: value.estimate for made, value in values.items() if isinstance(value, Estimate)}
    fair = values[frozenset(adjustments)]
    if (
        len(at) < len(values)
        or isinstance(raw, NotEstimable)
        or isinstance(period, NotEstimable)
        or isinstance(fair, NotEstimable)
    ):
        return tuple(_null(source, "gap_not_estimable") for source in sources)
    parts = shapley(adjustments, {made: -value for made, value in at.items()})
    if _has_period(protocol):
        parts["period"] = raw.estimate - period.estimate
    if _has_population(protocol):
        parts["population"] = period.estimate - at[frozenset()]
    absent = {
        "period": "gap_no_dates",
        "population": "gap_same_population",
        "disruption": "gap_none_declared",
        "labour_market": "gap_no_series",
        "target_group": "gap_no_covariates",
    }
    return tuple(
        GapPart(
            source="adjusted",
            estimate=fair.estimate,
            conf_low=fair.conf_low,
            conf_high=fair.conf_high,
        )
        if source == "adjusted"
        else GapPart(
            source=source,
            estimate=parts[source],
            conf_low=None,
            conf_high=None,
            holds_disruption=source == "period" and _is_disrupted_debate(stages, protocol),
        )
        if source in parts
        else _null(source, absent[source])
        for source in sources
    )


def shapley(players: Sequence[str], value: dict[frozenset[str], float]) -> dict[str, float]:
    """Return each player's share of the full coalition's value, averaged over all orders.

    >>> both = frozenset({"a", "b"})
    >>> value = {frozenset(): 0.0, frozenset({"a"}): 1.0, frozenset({"b"}): 3.0, both: 6.0}
    >>> shapley(["a", "b"], value)
    {'a': 2.0, 'b': 4.0}
    """
    n = len(players)
    shares = {}
    for player in players:
        others = [other for other in players if other != player]
        shares[player] = sum(
            factorial(size)
            * factorial(n - size - 1)
            / factorial(n)
            * (value[frozenset({*group, player})] - value[frozenset(group)])
            for size in range(n)
            for group in combinations(others, size)
        )
    return shares


def _arranged(stages: Stages, made: frozenset[str], protocol: Protocol) -> _Arranged:
    """Return the rows, covariates and exposures that a subset of the adjustments leaves."""
    used = [
        covariate
        for covariate in protocol.covariates
        if (LABOUR_MARKET if covariate.name == LABOUR_MARKET_COLUMN else TARGET_GROUP) in made
    ]
    if DISRUPTION in made:
        return stages.compared, used, stages.exposed
    return stages.population, used, ()


def smallest_cell(rows: pl.DataFrame, protocol: Protocol) -> int | None:
    """Return the fewest people of an arm on either side of the outcome; None off the shares.

    Where people are matched, only those who found a match count.
    """
    if protocol.scale != "share":
        return None
    known = outcome_known(rows, protocol)
    treated = is_target(known, protocol)
    if protocol.estimator == "coarsened_matching" and protocol.covariates and known.height:
        kept = matched_rows(treated, design_matrix(known, protocol.covariates).values)
        known, treated = known.filter(pl.Series(kept)), treated[kept]
    y = known[protocol.outcome.name].cast(pl.Float64).to_numpy()
    return int(min(min(y[arm].sum(), (1 - y[arm]).sum()) for arm in (treated, ~treated)))


def tally_of(known: pl.DataFrame, protocol: Protocol) -> Tally | None:
    """Return the people of each arm and those who reached the outcome; None off the shares.

    Parameters
    ----------
    known : DataFrame
        Rows whose outcome is known.
    """
    if protocol.scale != "share":
        return None
    treated = is_target(known, protocol)
    y = known[protocol.outcome.name].cast(pl.Float64).to_numpy()
    return Tally(
        n_target=int(treated.sum()),
        events_target=int(y[treated].sum()),
        n_comparator=int((~treated).sum()),
        events_comparator=int(y[~treated].sum()),
    )


def _has_period(protocol: Protocol) -> bool:
    return protocol.time_zero != "not_recorded"


def _is_disrupted_debate(stages: Stages, protocol: Protocol) -> bool:
    """Return whether the debate took other years than the plan, and a disruption fell on them."""
    debated = protocol.raw.entry if protocol.raw else protocol.entry
    if debated == protocol.entry or debated.starts is None or debated.ends is None:
        return False
    windows = (*stages.excluded, *stages.exposed)
    return any(w.starts_on <= debated.ends and w.ends_on >= debated.starts for w in windows)


def _has_population(protocol: Protocol) -> bool:
    return protocol.population.only_border or bool(protocol.population.keep)


def _population_label(protocol: Protocol) -> Text:
    return label(
        "ladder_population" if protocol.population.only_border else "ladder_population_all"
    )


def _null(source: GapSource, code: str) -> GapPart:
    return GapPart(source=source, estimate=None, conf_low=None, conf_high=None, reason=Reason(code))


def _rung(
    step: str,
    words: Text,
    found: Answer,
    rows: pl.DataFrame,
    protocol: Protocol,
    *,
    is_raw: bool = False,
) -> Rung:
    treated = is_target(outcome_known(rows, protocol), protocol)
    shown = found if isinstance(found, Estimate) else None
    return Rung(
        step=step,
        label=words,
        estimate=shown.estimate if shown else None,
        conf_low=shown.conf_low if shown else None,
        conf_high=shown.conf_high if shown else None,
        n_target=int(treated.sum()),
        n_comparator=int(np.sum(~treated)),
        is_raw=is_raw,
        smallest_cell=smallest_cell(rows, protocol),
        tally=tally_behind(shown) if shown else None,
    )
