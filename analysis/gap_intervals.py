"""Gap intervals: how sure is each part of the debated gap, were other people drawn?

Every draw takes the same people through every step and fits every model anew, so that the
parts of a draw add up to its gap as those of the study do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from utfall.analysis.bootstrap import LEAST_USABLE, Cells, Kind
from utfall.analysis.cohort import (
    DisruptionWindow,
    entered_within,
    in_population,
    outcome_known,
    outside_windows,
)
from utfall.analysis.covariates import design_matrix
from utfall.analysis.design import is_target
from utfall.analysis.determinism import single_thread
from utfall.analysis.exposure import lost_share
from utfall.analysis.inference import Floats
from utfall.analysis.ladder import (
    DISRUPTION,
    LABOUR_MARKET,
    LABOUR_MARKET_COLUMN,
    TARGET_GROUP,
    Stages,
    shapley,
)
from utfall.analysis.protocol import Protocol
from utfall.analysis.regression import standardise, with_intercept
from utfall.analysis.results import GapPart
from utfall.analysis.sample import Sample

#: Draws of a study's comparisons; a test or a simulation makes none unless it asks.
DRAWS = 200

#: A part computed here may differ from the published one by no more than this.
SAME = 1e-6

#: Estimators that the batched kernel fits anew for every draw.
KINDS: dict[str, Kind] = {"ipw": "ipw", "aipw": "aipw", "g_computation": "g_computation"}

Gap = tuple[Floats, NDArray[np.bool_]]


def with_intervals(
    parts: Sequence[GapPart],
    stages: Stages,
    adjustments: Sequence[str],
    protocol: Protocol,
    draws: int,
) -> tuple[GapPart, ...]:
    """Return the parts with percentile intervals over draws of people.

    Parts stay without an interval where too many draws cannot be estimated, off the share
    scale, and under estimators whose draws would need more than two logits.

    Parameters
    ----------
    draws : int
        0 leaves the parts as they are. The seed is the protocol's hash.
    """
    shown = [part for part in parts if part.estimate is not None and part.source != "adjusted"]
    if draws < 1 or not shown or protocol.scale != "share":
        return tuple(parts)
    if protocol.estimator not in KINDS:
        return tuple(parts)
    own = _parts(stages, adjustments, protocol, draws=0)
    known = {part.source: part.estimate for part in shown}
    if own is None or any(
        source not in own or abs(float(own[source][0]) - (value or 0.0)) > SAME
        for source, value in known.items()
    ):
        return tuple(parts)
    drawn = _parts(stages, adjustments, protocol, draws=draws)
    if drawn is None:
        return tuple(parts)
    tail = (1 - protocol.conf_level) / 2
    ends = {
        source: [float(end) for end in np.quantile(values, [tail, 1 - tail])]
        for source, values in drawn.items()
    }
    return tuple(
        replace(part, conf_low=ends[part.source][0], conf_high=ends[part.source][1])
        if part.source in known
        else part
        for part in parts
    )


def _parts(
    stages: Stages, adjustments: Sequence[str], protocol: Protocol, *, draws: int
) -> dict[str, Floats] | None:
    """Return every part in every draw; without draws, in the study itself."""
    first = outcome_known(stages.first, protocol).with_row_index("place")
    window = protocol.raw.entry if protocol.raw else protocol.entry
    period = entered_within(first, protocol.entry, protocol.time_zero)
    population = in_population(period, protocol)
    compared = outside_windows(population, stages.excluded, protocol)
    times = _times(first, protocol, draws)
    with single_thread(), np.errstate(all="ignore"):
        raw = _gap(entered_within(first, window, protocol.time_zero), frozenset(), times, protocol)
        whole = _gap(period, frozenset(), times, protocol)
        at = {
            made: _gap(
                compared if DISRUPTION in made else population,
                made,
                times,
                protocol,
                stages.exposed if DISRUPTION in made else (),
            )
            for size in range(len(adjustments) + 1)
            for made in map(frozenset, combinations(adjustments, size))
        }
    usable = np.logical_and.reduce([gap[1] for gap in (raw, whole, *at.values())])
    if usable.mean() < LEAST_USABLE:
        return None
    parts: dict[str, Floats] = dict(
        shapley(adjustments, {made: -gap[0] for made, gap in at.items()})  # type: ignore[arg-type, misc]
    )
    parts["period"] = raw[0] - whole[0]
    parts["population"] = whole[0] - at[frozenset()][0]
    return {source: values[usable] for source, values in parts.items()}


def _times(first: pl.DataFrame, protocol: Protocol, draws: int) -> Floats:
    """Return how often each row is drawn, (draws, n); people are drawn with all their rows."""
    if draws == 0:
        return np.ones((1, first.height))
    named = "person_id" if "person_id" in first.columns else "place"
    people, owner = np.unique(first[named].to_numpy(), return_inverse=True)
    rng = np.random.default_rng(int(protocol.sha256[:15] or "0", 16))
    n = len(people)
    drawn = rng.multinomial(n, np.full(n, 1 / n), size=draws).astype(float)
    return np.asarray(drawn[:, owner], dtype=np.float64)


def _gap(
    rows: pl.DataFrame,
    made: frozenset[str],
    times: Floats,
    protocol: Protocol,
    exposed: Sequence[DisruptionWindow] = (),
) -> Gap:
    """Return the contrast of each draw, and whether it could be estimated."""
    count = times[:, rows["place"].to_numpy()]
    y = rows[protocol.outcome.name].cast(pl.Float64).to_numpy()
    treated = is_target(rows, protocol)
    used = [
        covariate
        for covariate in protocol.covariates
        if (LABOUR_MARKET if covariate.name == LABOUR_MARKET_COLUMN else TARGET_GROUP) in made
    ]
    lost = lost_share(rows, exposed, protocol)
    if not used and not lost.any():
        sides = [count * treated, count * ~treated]
        sizes = [side.sum(axis=1) for side in sides]
        means = [side @ y / size for side, size in zip(sides, sizes, strict=True)]
        return means[0] - means[1], np.minimum(*sizes) > 0
    values = np.empty((rows.height, 0))
    if used:
        values = standardise(design_matrix(rows, used).values)[0]
    sample = Sample(
        y,
        treated,
        with_intercept(values),
        None,
        "binomial",
        protocol.estimand,
        protocol.conf_level,
        np.ones(rows.height),
    )
    cells = Cells(sample, KINDS[protocol.estimator])
    if lost.any():
        # With losses weights alone give way to both, as in the answer itself.
        both: Kind = "g_computation" if protocol.estimator == "g_computation" else "aipw"
        cells = Cells(sample, both, lost)
    found, usable = cells.means(count)
    return found[:, 0] - found[:, 1], usable
