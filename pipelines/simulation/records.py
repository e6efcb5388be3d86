"""Records: what people, referrals, enrolments and follow-ups look like as canonical tables."""

from __future__ import annotations

import numpy as np
import polars as pl

from utfall.pipelines.simulation.assignment import as_day
from utfall.pipelines.simulation.handling import NEVER
from utfall.pipelines.simulation.parameters import Settings
from utfall.pipelines.simulation.people import Array, Columns
from utfall.pipelines.simulation.towns import Town

#: No vowels, so that no pseudonym spells a word, and no digits, so that none looks like a date.
_LETTERS = np.array(list("bcdfghjkmnpqrstvwxz"))


def pseudonyms(rng: np.random.Generator, n: int, prefix: str) -> Array:
    """Return distinct ids that carry neither order nor meaning.

    >>> pseudonyms(np.random.default_rng(1), 2, "vt").size
    2
    """
    base, length = _LETTERS.size, 6
    space = base**length
    code = (np.arange(n, dtype=np.int64) * 15_485_863 + int(rng.integers(space))) % space
    ids = np.full(n, prefix)
    for _ in range(length):
        ids = np.char.add(ids, _LETTERS[code % base])
        code //= base
    return np.asarray(ids)


def numbered(letter: str, count: int) -> list[str]:
    """Return running numbers as ids.

    >>> numbered("r", 2)
    ['r00001', 'r00002']
    """
    return [f"{letter}{number:05d}" for number in range(1, count + 1)]


def dates(days: Array, known: Array | None = None) -> pl.Series:
    """Return days since 1970 as dates, null where unknown or never."""
    series = pl.Series(days.astype(np.int32)).cast(pl.Date)
    held = days < NEVER if known is None else known & (days < NEVER)
    return pl.select(pl.when(pl.Series(held)).then(series)).to_series()


def months(index: Array) -> pl.Series:
    """Return months since January 1970 as ``YYYY-MM``.

    >>> months(np.array([0, 13])).to_list()
    ['1970-01', '1971-02']
    """
    return pl.Series(index.astype("datetime64[M]").astype(str), dtype=pl.String)


def moments(days: Array, hours: Array, known: bool | Array) -> pl.Series:
    """Return days since 1970 with hours since their midnight as times, null where not known.

    >>> str(moments(np.array([1]), np.array([9.5]), True)[0])
    '1970-01-02 09:30:00'
    """
    micros = days.astype(np.int64) * 86_400_000_000 + (hours * 3_600_000_000).astype(np.int64)
    held = np.broadcast_to(np.asarray(known), days.shape)
    return blanked(micros, held).cast(pl.Datetime("us"))


def month_index(days: Array) -> Array:
    """Return days since 1970 as months since January 1970."""
    return np.asarray(days.astype("datetime64[D]").astype("datetime64[M]").astype(int))


def blanked(values: Array, known: Array) -> pl.Series:
    """Return values as a column, null where not known."""
    return pl.select(pl.when(pl.Series(known)).then(pl.Series(values))).to_series()


def unless_missing(rng: np.random.Generator, values: Array, share: float) -> Array:
    """Return words with a share of them replaced by ``unknown``."""
    return np.where(rng.random(values.size) < share, "unknown", values)


def person_rows(rng: np.random.Generator, people: Columns, settings: Settings) -> pl.DataFrame:
    """Return table ``persons``: one row a person."""
    n = people["day"].size
    last_seen = as_day(settings.day("extracted_on")) - 1
    worked = month_index(people["day"]) - people["months_without_work"]
    worked_known = ~people["never_worked"] & (
        rng.random(n) >= settings.number("missing_last_worked")
    )
    left = people["gone"] <= last_seen
    education = unless_missing(rng, people["education"], settings.number("missing_education"))
    return pl.DataFrame(
        {
            "person_id": people["person_id"],
            "birth_year": people["birth_year"],
            "sex": np.where(people["woman"], "woman", "man"),
            "birth_region": people["birth_region"],
            "arrival_year": blanked(people["arrival_year"], people["foreign"]),
            "education": education,
            "household_type": unless_missing(
                rng, people["household"], settings.number("missing_household")
            ),
            "children": people["children"],
            "disability_code": people["disability"],
            "last_worked_month": pl.select(
                pl.when(pl.Series(worked_known)).then(months(worked))
            ).to_series(),
            "sfi_level": unless_missing(rng, people["sfi"], settings.number("missing_sfi")),
            "municipality": people["municipality"],
            "district": blanked(people["district"], people["district"] != ""),
            "observed_until": dates(np.full(n, NEVER)),
            "left_municipality_on": dates(people["gone"], left & ~people["died"]),
            "died_on": dates(people["gone"], left & people["died"]),
        }
    )


def referral_rows(
    rng: np.random.Generator, course: Columns, settings: Settings, town: Town
) -> pl.DataFrame:
    """Return table ``referrals``: one row a referral, first or later."""
    n = course["day"].size
    last_seen = as_day(settings.day("extracted_on")) - 1
    flag, flagged_on = _judgements(rng, course, settings)
    score = np.clip(
        np.round(3 + course["readiness"] + rng.normal(0, settings.number("readiness_noise"), n)),
        1,
        5,
    ).astype(int)
    scored = rng.random(n) >= settings.number("missing_readiness")
    decided = course["decision_day"] <= last_seen
    applied = moments(course["day"], course["application_hours"], town.counts_from_application)
    return pl.DataFrame(
        {
            "referral_id": course["referral_id"],
            "person_id": course["person_id"],
            "programme": np.where(course["in_target"], town.target, town.comparator),
            "site": np.where(course["in_target"], town.site_target, town.site_comparator),
            "referrer": course["referrer"],
            "application_at": applied,
            "referral_date": dates(course["day"]),
            "legal_basis": _legal_basis(rng, course, settings, town),
            "decision": np.where(
                decided | ~(course["decision_day"] < NEVER), course["decision"], "pending"
            ),
            "decision_date": dates(course["decision_day"], decided),
            "could_enter_other": blanked(flag.astype(np.int64), flag >= 0),
            "assessed_on": dates(flagged_on, flag >= 0),
            "assessed_by_unit": blanked(np.full(n, "myndighet"), flag >= 0),
            "obstacle_code": unless_missing(
                rng, course["obstacle"], settings.number("missing_obstacle")
            ),
            "readiness": blanked(score, scored),
            "readiness_on": dates(course["day"] - rng.integers(0, 30, n), scored),
        }
    )


def _judgements(
    rng: np.random.Generator, course: Columns, settings: Settings
) -> tuple[Array, Array]:
    """Return could-enter-other as 1, 0 or -1 (blank), and the day of the judgement."""
    n, border = course["day"].size, course["border"]
    asked = rng.random(n) < settings.number("judged_share")
    flag = np.where(border, 1, np.where(asked, 0, -1))
    day = course["day"] - rng.integers(0, 41, n)
    late = ~border & (rng.random(n) < settings.number("late_judgements"))
    won = np.isin(course["exit_cause"], ["W1", "W2", "S1"]) & (course["exit_after"] <= 365)
    late |= ~border & won & (rng.random(n) < settings.number("flags_follow_outcome"))
    extracted = as_day(settings.day("extracted_on"))
    later = np.minimum(course["day"] + rng.integers(60, 400, n), extracted - 1)
    return np.where(late, 1, flag), np.where(late, later, day)


def _legal_basis(
    rng: np.random.Generator, course: Columns, settings: Settings, town: Town
) -> Array:
    n = course["day"].size
    required = course["referrer"] == "social_assistance"
    if not town.needs_decision:
        return np.where(required, "sol_assistance_requirement", "none")
    without = np.where(
        required & (rng.random(n) < settings.number("assistance_requirement")),
        "sol_assistance_requirement",
        "none",
    )
    lss = (course["disability"] == "intellectual") | (
        rng.random(n) < settings.number("lss_besides")
    )
    return np.where(course["in_target"], without, np.where(lss, "lss", "sol_occupation"))


_SPELL_COLUMNS = (
    "spell_id",
    "person_id",
    "referral_id",
    "programme",
    "site",
    "caseworker_id",
    "first_meeting_at",
    "start_date",
    "end_date",
    "exit_reason",
    "exit_reason_text",
    "exit_verified",
    "planned_hours",
)


def spell_rows(
    rng: np.random.Generator, course: Columns, settings: Settings, town: Town
) -> pl.DataFrame:
    """Return table ``spells``: one row an enrolment, some of them closed and re-opened."""
    here = {name: values[course["started"]] for name, values in course.items()}
    last_seen = as_day(settings.day("extracted_on")) - 1
    here = {name: values[here["start"] <= last_seen] for name, values in here.items()}
    n = here["day"].size
    length = np.minimum(here["end_written"], last_seen) - here["start"]
    shortest, longest = settings["reopened_after"]
    split = (rng.random(n) < settings.number("reopened")) & (length > 90)
    pause_from = here["start"] + (length * rng.uniform(0.3, 0.7, n)).astype(int)
    resumed = pause_from + rng.integers(shortest, longest + 1, n)
    first = _spells(
        here,
        here["start"],
        np.where(split, pause_from, here["end_written"]),
        np.where(split, np.where(rng.random(n) < 0.5, "R1", ""), here["reason"]),
        town,
    )
    again = _spells(
        {k: v[split] for k, v in here.items()},
        resumed[split],
        here["end_written"][split],
        here["reason"][split],
        town,
    )
    first = first.with_columns(first_meeting_at=_first_meetings(here))
    spells = pl.concat([first, again], how="diagonal").sort("start_date", "referral_id")
    return spells.with_columns(spell_id=pl.Series(numbered("s", spells.height))).select(
        _SPELL_COLUMNS
    )


def _first_meetings(here: Columns) -> pl.Series:
    """Return when each was first met: as drawn, and never after the start."""
    to_start = 24.0 * (here["start"] - here["day"]) + 9.5
    drawn = here["meeting_hours"]
    return moments(here["day"], np.where(drawn >= 0, np.minimum(drawn, to_start), to_start), True)


def _spells(here: Columns, start: Array, end: Array, reason: Array, town: Town) -> pl.DataFrame:
    worked = np.isin(reason, ["W1", "W2", "W3", "S1"])
    return pl.DataFrame(
        {
            "person_id": here["person_id"],
            "referral_id": here["referral_id"],
            "programme": np.where(here["in_target"], town.target, town.comparator),
            "site": np.where(here["in_target"], town.site_target, town.site_comparator),
            "caseworker_id": here["caseworker"],
            "start_date": dates(start),
            "end_date": dates(end),
            "exit_reason": blanked(reason, reason != ""),
            "exit_reason_text": pl.Series([None] * start.size, dtype=pl.String),
            "exit_verified": blanked(here["verified"], worked),
            "planned_hours": here["hours"],
        }
    )


def followup_rows(rng: np.random.Generator, course: Columns, settings: Settings) -> pl.DataFrame:
    """Return table ``followups``: contacts 90, 180 and 365 days after each first referral.

    The first contact after work or studies began always finds them; later ones may find
    the person back on assistance.
    """
    parts = [
        _contacts(rng, course, settings, before, day)
        for before, day in ((0, 90), (90, 180), (180, 365))
    ]
    return pl.concat(parts).sort("person_id", "day")


def _contacts(
    rng: np.random.Generator, course: Columns, settings: Settings, before: int, day: int
) -> pl.DataFrame:
    n = course["day"].size
    asked_on = course["day"] + day - rng.integers(0, 8, n)
    since = asked_on - course["day"]
    answered = rng.random(n) < np.where(
        course["started"],
        settings.number("followup_response"),
        settings.number("followup_response_never_started"),
    )
    last_seen = as_day(settings.day("extracted_on")) - 1
    answered &= (asked_on <= last_seen) & (asked_on < course["gone"])
    left = course["exit_after"] <= since
    fresh = course["exit_after"] > before - 7
    returned = rng.random(n) < settings.number("back_on_assistance")
    working = left & np.isin(course["exit_cause"], ["W1", "W2"]) & (fresh | ~returned)
    studying = left & (course["exit_cause"] == "S1") & (fresh | ~returned)
    enrolled = course["started"] & (course["start"] <= asked_on) & ~left
    otherwise = np.where(course["benefit_months"] > 0, "assistance", "other")
    status = np.where(
        working, "work", np.where(studying, "studies", np.where(enrolled, "enrolled", otherwise))
    )
    source = np.where(rng.random(n) < settings.number("followup_from_register"), "register", "call")
    return pl.DataFrame(
        {
            "person_id": course["person_id"],
            "followup_date": dates(asked_on),
            "counted_from": np.full(n, "referral"),
            "day": np.full(n, day),
            "status": status,
            "followup_source": source,
        }
    ).filter(pl.Series(answered))
