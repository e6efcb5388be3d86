"""Battery methods: each accepted method, put to the declared comparison."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import polars as pl
from scipy import stats

from utfall.analysis.battery import Found, Method, Task, Told, within_margin
from utfall.analysis.battery_sites import clustered, randomised, trends, wild
from utfall.analysis.bootstrap import bootstrap
from utfall.analysis.calibration import calibrated, empirical_null
from utfall.analysis.coverage import interval_name
from utfall.analysis.decomposition import kitagawa, oaxaca_blinder
from utfall.analysis.estimators import aipw, g_computation, ipw
from utfall.analysis.exit_curves import DAYS_PER_MONTH, timed
from utfall.analysis.exit_times import (
    Leavers,
    months_before_any_exit,
    months_reached,
    pace,
    reached_after_landmark,
)
from utfall.analysis.falsification import trials
from utfall.analysis.imputed import pooled_over_tables
from utfall.analysis.inference import Floats
from utfall.analysis.ladder import DECLARED
from utfall.analysis.matching import matched_neighbours
from utfall.analysis.missing import censoring_weighted, lee_bounds
from utfall.analysis.multiplicity import equivalence
from utfall.analysis.propensity import fit_propensity
from utfall.analysis.protocol import Protocol
from utfall.analysis.results import NotEstimable, Reason
from utfall.analysis.series import interrupted_series

#: Draws of people behind a bootstrap interval.
DRAWS = 400
#: Draws behind the error of trimming bounds.
TRIMMING_DRAWS = 200
#: Groups of like chance that a gap is split over.
FIFTHS = 5
#: Exits that an outcome counts, by the beginning of its name.
WAYS_OF_OUTCOME = {"work_or_studies_": ("work", "studies"), "work_": ("work",)}

Kind = Literal["ipw", "aipw"]
Side = Literal["target", "comparator"]
SIDES: tuple[Side, ...] = ("target", "comparator")


def _declared(name: str) -> Callable[[Protocol], str]:
    """Return what names the measured interval of an estimator of the plan's estimand."""
    return lambda plan: interval_name(plan.model_copy(update={"estimator": name}))


def _kind(plan: Protocol) -> Kind:
    return "aipw" if plan.estimator == "aipw" else "ipw"


def _estimated(name: str) -> Callable[[Task], Found]:
    estimator = DECLARED[name]
    return lambda task: estimator(
        *task.complete, task.protocol.estimand,
        family=task.family, conf_level=task.protocol.conf_level,
    )  # fmt: skip


def _ratio(measure: Literal["risk_ratio", "odds_ratio"]) -> Callable[[Task], Found]:
    def run(task: Task) -> Found:
        if task.protocol.scale != "share":
            return NotEstimable("no_share")
        return aipw(
            *task.complete, task.protocol.estimand, family="binomial", measure=measure,
            conf_level=task.protocol.conf_level,
        )  # fmt: skip

    return run


def _bootstrap(task: Task) -> Found:
    return bootstrap(
        *task.complete, task.protocol.estimand, family=task.family, kind=_kind(task.protocol),
        conf_level=task.protocol.conf_level, replicates=DRAWS,
    )  # fmt: skip


def _neighbours(task: Task) -> Found:
    return matched_neighbours(
        *task.complete, family=task.family, conf_level=task.protocol.conf_level
    )


def _equivalent(task: Task) -> Found:
    """Return the interval whose lying within the margin is the two one-sided tests' answer."""
    plan, shown = task.protocol, task.shown
    alpha = 1 - plan.conf_level
    reach = (shown.conf_high - shown.conf_low) / (2 * shown.std_error)
    # The degrees of freedom that the answer's own interval was made with.
    df = _df_of(reach, plan.conf_level)
    found = equivalence(shown.estimate, shown.std_error, plan.margin, df=df, alpha=alpha)
    inside = within_margin(found.conf_low, found.conf_high, plan)
    note = Reason("method_equivalent" if inside else "method_not_equivalent")
    return Told(shown.estimate, found.conf_low, found.conf_high, note)


def _df_of(reach: float, conf_level: float) -> float:
    """Return the degrees of freedom of a t quantile, infinity where it is the normal one.

    >>> round(_df_of(float(stats.t.ppf(0.975, 31)), 0.95))
    31
    """
    from scipy.optimize import brentq

    share = (1 + conf_level) / 2
    if reach <= stats.norm.ppf(share) * (1 + 1e-6):
        return float(np.inf)
    if reach >= stats.t.ppf(share, 1):
        return 1.0
    return float(brentq(lambda df: stats.t.ppf(share, df) - reach, 1.0, 1e7))


def _imputed(task: Task) -> Found:
    plan = task.protocol
    if task.known.all():
        return NotEstimable("nothing_missing")
    return pooled_over_tables(
        task.y, task.treated, task.x, plan.estimand, {"aipw": aipw, "g_computation": g_computation}
        .get(plan.estimator, ipw), family=task.family, conf_level=plan.conf_level,
    )  # fmt: skip


def _known_weighted(task: Task) -> Found:
    if task.known.all():
        return NotEstimable("nothing_missing")
    plan = task.protocol
    return censoring_weighted(
        task.y, task.treated, task.x, plan.estimand,
        family=task.family, conf_level=plan.conf_level,
    )  # fmt: skip


def _trimming(task: Task) -> Found:
    if task.known.all():
        return NotEstimable("nothing_missing")
    weight = task.weight()
    if isinstance(weight, NotEstimable):
        return weight
    return lee_bounds(
        task.y, task.treated, weight=weight, conf_level=task.protocol.conf_level,
        replicates=TRIMMING_DRAWS,
    )  # fmt: skip


def _calibrated(task: Task) -> Found:
    made = trials(task.rows, task.protocol)
    if len(made) < task.protocol.thresholds.negative_controls:
        return NotEstimable("few_controls")
    null = empirical_null(
        np.array([one.estimate for one in made]), np.array([one.std_error for one in made])
    )
    if isinstance(null, NotEstimable):
        return null
    found = calibrated(
        task.shown.estimate, task.shown.std_error, null, conf_level=task.protocol.conf_level
    )
    return Told(found.estimate, found.conf_low, found.conf_high)


def _leavers(task: Task) -> Leavers | NotEstimable:
    """Return when and where everybody left, with the weights that make the arms alike."""
    plan = task.protocol
    ways = next(
        (ways for name, ways in WAYS_OF_OUTCOME.items() if plan.outcome.name.startswith(name)), ()
    )
    needed = {"end_date", "exit_code", "observed_until", plan.time_zero}
    if not ways or not needed <= set(task.rows.columns):
        return NotEstimable("no_exits")
    weight = task.weight()
    if isinstance(weight, NotEstimable):
        return weight
    arms = task.rows.with_columns(weight=pl.Series(weight), treated=pl.Series(task.treated))
    found = timed(arms, plan.time_zero, keep=("weight", "treated"))
    way = ["reached" if one in ways else one for one in found["exit"].to_list()]
    return Leavers(
        found["days"].to_numpy() / DAYS_PER_MONTH, way, found["treated"].to_numpy(),
        found["weight"].to_numpy(),
    )  # fmt: skip


def _timed(run: Callable[[Leavers, float, float], Found]) -> Callable[[Task], Found]:
    def call(task: Task) -> Found:
        days = task.protocol.outcome.horizon_days
        people = _leavers(task)
        if isinstance(people, NotEstimable) or days is None:
            return people if isinstance(people, NotEstimable) else NotEstimable("no_exits")
        return run(people, days / DAYS_PER_MONTH, task.protocol.conf_level)

    return call


def _other_people(task: Task) -> Found:
    found = oaxaca_blinder(*task.complete, conf_level=task.protocol.conf_level)
    if isinstance(found, NotEstimable):
        return found
    return Told(found.endowments, found.conf_low[0], found.conf_high[0],
                Reason("method_other_people_note"))  # fmt: skip


def _other_mix(task: Task) -> Found:
    """Split the plain gap over fifths of like chance; no interval, since fifths were drawn."""
    y, arm, x = task.complete
    if task.protocol.scale != "share":
        return NotEstimable("no_share")
    fitted = fit_propensity(arm, x)
    if isinstance(fitted, NotEstimable) or fitted.is_separated:
        return NotEstimable("separation")
    cuts = np.quantile(fitted.scores, np.arange(1, FIFTHS) / FIFTHS)
    fifth = np.searchsorted(cuts, fitted.scores, side="right")
    sides = [
        {str(one): (float((side & (fifth == one)).sum()), float(y[side & (fifth == one)].sum()))
         for one in range(FIFTHS)}
        for side in (arm, ~arm)
    ]  # fmt: skip
    found = kitagawa(sides[0], sides[1])
    if isinstance(found, NotEstimable):
        return found
    return Told(found.composition, None, None, Reason("method_other_people_note"))


def _series(task: Task, side: Side) -> tuple[Floats, int] | NotEstimable:
    """Return a programme's people a month to work or studies, and where its event came."""
    programme = getattr(task.protocol, side)
    starts = [
        window.starts_on.strftime("%Y-%m")
        for window in task.windows
        if window.programme == programme and window.kind == "capacity"
    ]
    if task.months is None or not starts:
        return NotEstimable("no_break")
    monthly = (
        task.months.filter((pl.col("programme") == programme) & pl.col("n_referred").is_not_null())
        .group_by("month")
        .agg(pl.col("n_exits_work_or_studies").sum())
        .sort("month")
    )
    values = monthly["n_exits_work_or_studies"].cast(pl.Float64).to_numpy()
    return values, int((monthly["month"] < min(starts)).sum())


def _shorter_side(side: Side) -> Callable[[Task], int | None]:
    """Return how many months stand on the shorter side; None where there is no series."""

    def size(task: Task) -> int | None:
        made = _series(task, side)
        return None if isinstance(made, NotEstimable) else min(made[1], len(made[0]) - made[1])

    return size


def _own_series(side: Side) -> Callable[[Task], Found]:
    def run(task: Task) -> Found:
        made = _series(task, side)
        if isinstance(made, NotEstimable):
            return made
        values, change = made
        found = interrupted_series(values, change, conf_level=task.protocol.conf_level)
        if isinstance(found, NotEstimable):
            return found
        return Told(found.level.estimate, found.level.conf_low, found.level.conf_high)

    return run


METHODS: dict[str, Method] = {
    **{
        name: Method(_estimated(name), error, _declared(name))
        for name, error in (
            ("g_computation", "sandwich"),
            ("ipw", "sandwich"),
            ("aipw", "sandwich"),
            ("entropy_balancing", "sandwich"),
        )
    },
    "bootstrap": Method(_bootstrap, "bootstrap", lambda plan: f"bootstrap.{_kind(plan)}"),
    "coarsened_matching": Method(
        _estimated("coarsened_matching"), "groups", "coarsened_matching.share.ato",
        other_question="inadmissible_matched",
    ),
    "nearest_neighbours": Method(
        _neighbours, "neighbours", "nearest_neighbours", other_question="method_about_target"
    ),
    "equivalence": Method(
        _equivalent, "tost", lambda plan: interval_name(plan),
    ),
    "imputed": Method(_imputed, "rubin", "imputed"),
    "known_weighted": Method(_known_weighted, "sandwich", "known_weighted"),
    "lee_bounds": Method(_trimming, "imbens_manski", "lee_bounds",
                         other_question="method_about_always_known"),
    "calibrated": Method(_calibrated, "calibrated", "calibrated"),
    "clustered": Method(clustered, "cr2", "clusters.cr2"),
    "wild": Method(wild, "wild", "clusters.wild"),
    "randomised": Method(randomised, "randomisation", "clusters.randomisation"),
    "trends": Method(trends, "trend", "trend_bounds", other_question="method_about_event"),
    "pace": Method(_timed(lambda people, end, level: pace(people, "reached", end, level)),
                   "persons", "pace", "ratio", other_question="method_about_pace"),
    "risk_ratio": Method(_ratio("risk_ratio"), "log_sandwich", "aipw.risk_ratio.ato", "ratio"),
    "odds_ratio": Method(_ratio("odds_ratio"), "log_sandwich", "aipw.odds_ratio.ato", "ratio"),
    "months_reached": Method(
        _timed(lambda people, end, level: months_reached(people, "reached", end, level)),
        "jackknife", "months_reached", "months",
    ),
    "months_stayed": Method(
        _timed(months_before_any_exit), "jackknife", "months_stayed", "months",
        other_question="method_about_any_exit",
    ),
    "landmark": Method(
        _timed(lambda people, end, level: reached_after_landmark(
            people, "reached", end / 4, end, level)),
        "jackknife", "landmark", other_question="method_about_those_left",
    ),
    "other_people": Method(
        _other_people, "delta", "oaxaca_blinder", "part",
        other_question="method_other_people_note",
    ),
    "other_mix": Method(
        _other_mix, "none", "crude.share", "part", other_question="method_other_people_note"
    ),
    **{
        f"series_{side}": Method(
            _own_series(side), "newey_west", "series", "monthly",
            other_question="method_about_own_series", size=_shorter_side(side),
        )
        for side in SIDES
    },
}  # fmt: skip
