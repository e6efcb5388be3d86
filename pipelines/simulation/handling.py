"""Handling: what did the office do with each referral, and what did it write down?"""

from __future__ import annotations

import numpy as np

from utfall.pipelines.simulation.assignment import as_day
from utfall.pipelines.simulation.courses import DAYS_PER_MONTH, WORK_OR_STUDIES, Exits
from utfall.pipelines.simulation.parameters import Settings
from utfall.pipelines.simulation.people import Array, Columns
from utfall.pipelines.simulation.towns import Town

#: Stands for a day that never came; later than any delivery.
NEVER = 10**6


def handled(
    rng: np.random.Generator, referrals: Columns, exits: Exits, settings: Settings, town: Town
) -> Columns:
    """Return decision, start and end of each referral.

    Whoever leaves, moves or dies before the start never starts; so do the denied, the
    withdrawn and those who do not show up. Their course goes on all the same.

    Returns
    -------
    Columns
        The referrals with ``decision``, ``decision_day``, ``start`` and ``end`` (days since
        1970, ``NEVER`` where they did not come), ``cause`` (true), ``started`` and ``gone``
        (day of move or death) with ``died``.
    """
    n, in_target = referrals["day"].size, referrals["in_target"]
    moves = rng.exponential(DAYS_PER_MONTH / settings.number("move_hazard"), n)
    deaths = rng.exponential(DAYS_PER_MONTH / settings.number("death_hazard"), n)
    gone = np.ceil(np.minimum(moves, deaths)).astype(int)
    leaves = np.minimum(exits.after, gone)
    cause = np.where(exits.after <= gone, exits.cause, np.where(deaths < moves, "F2", "F1"))
    decided, begins = _lags(rng, in_target, settings)
    refused = _who(rng, in_target, settings.table("denied")) & (leaves > decided)
    gave_up = _who(rng, in_target, settings.table("withdrawn")) | (leaves <= decided)
    absent = rng.random(n) < settings.number("no_show")
    started = (begins < leaves) & ~refused & ~gave_up & ~absent
    agreed = np.where(in_target & town.needs_decision, "none_needed", "granted")
    day = referrals["day"]
    has_decision = ~(in_target & town.needs_decision)
    return referrals | {
        "decision": np.where(refused, "denied", np.where(gave_up, "withdrawn", agreed)),
        "decision_day": np.where(has_decision, day + np.minimum(decided, leaves), NEVER),
        "start": np.where(started, day + begins, NEVER),
        "end": day + leaves,
        "cause": cause,
        "started": started,
        "gone": day + gone,
        "died": deaths < moves,
        "exit_after": exits.after,
        "exit_cause": exits.cause,
    }


def _lags(rng: np.random.Generator, in_target: Array, settings: Settings) -> tuple[Array, Array]:
    n = in_target.size

    def days(name: str) -> Array:
        law = settings.table(name)
        return rng.gamma(law["shape"], law["mean"] / law["shape"], n)

    quick, decision, then = days("target_lag"), days("decision_lag"), days("start_after_decision")
    decided = np.where(in_target, quick / 2, decision)
    begins = np.where(in_target, quick, decision + then)
    return np.ceil(decided).astype(int), np.ceil(begins).astype(int) + 1


def _who(rng: np.random.Generator, in_target: Array, shares: dict[str, float]) -> Array:
    limit = np.where(in_target, shares["target"], shares["comparator"])
    return rng.random(in_target.size) < limit


def written_down(rng: np.random.Generator, course: Columns, settings: Settings) -> Columns:
    """Return the referrals with the exit as the system holds it.

    Some exits are dated the last of the month, some reasons are lost (blank, or *ceased*,
    which is F5), and before the code list changed some reasons shared one code.

    Returns
    -------
    Columns
        With ``end_written`` (``NEVER`` while open at extraction) and ``reason`` (canonical
        code; empty where blank or open).
    """
    n = course["end"].size
    last_seen = as_day(settings.day("extracted_on")) - 1
    monthly = rng.random(n) < settings.number("batch_month_end")
    month = course["end"].astype("datetime64[D]").astype("datetime64[M]")
    month_end = (month + 1).astype("datetime64[D]").astype(int) - 1
    end = np.where(monthly, np.minimum(month_end, last_seen), course["end"])
    closed = course["started"] & (course["end"] <= last_seen)
    succeeded = np.isin(course["cause"], WORK_OR_STUDIES) & course["in_target"]
    lost_share = settings.number("unknown_exit_share") + succeeded * settings.number(
        "unknown_exit_gap"
    )
    lost = (rng.random(n) < lost_share) & ~np.isin(course["cause"], ["F1", "F2"])
    reason = np.where(lost, "F5", course["cause"])
    reason = np.where(lost & (rng.random(n) < settings.number("unknown_left_blank")), "", reason)
    if "code_break" in settings:
        old_list = end < as_day(settings.day("code_break"))
        reason = np.where(old_list & np.isin(reason, settings["code_break_hides"]), "F5", reason)
    return course | {
        "end_written": np.where(closed, end, NEVER),
        "reason": np.where(closed, reason, ""),
        "seen_leaving": closed,
        "verified": rng.random(n) < settings.number("exit_verified"),
    }


def referred_again(
    rng: np.random.Generator, course: Columns, settings: Settings
) -> tuple[Array, Array, Array]:
    """Return who is referred anew, when, and whether to the target programme.

    Those returned to the referrer come back to the same programme; those handed on to
    another measure go to the other one, sometimes before the first enrolment is closed.
    """
    n = course["end"].size
    share = np.zeros(n)
    for cause, probability in settings.table("again").items():
        share[course["cause"] == cause] = probability
    gap = np.ceil(rng.uniform(20, 200, n)).astype(int)
    handed_on = course["cause"] == "R2"
    gap = np.where(handed_on, np.ceil(rng.uniform(-14, 20, n)).astype(int), gap)
    day = course["end"] + gap
    again = (rng.random(n) < share) & course["started"] & (day > course["start"] + 14)
    again &= (day <= as_day(settings.day("last_entry"))) & (day < course["gone"])
    who = np.flatnonzero(again)
    return who, day[who], np.where(handed_on, ~course["in_target"], course["in_target"])[who]
