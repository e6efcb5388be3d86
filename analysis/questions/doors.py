"""Doors: what became of all who applied, when closing a case is not the same as self-support?"""

from __future__ import annotations

import math

import polars as pl

from utfall.analysis.counts import wilson_interval
from utfall.analysis.questions.answer import Asked, Found, Frames, Need, Table, sentence
from utfall.analysis.questions.ask import Kind
from utfall.analysis.questions.cells import (
    Cell,
    Count,
    Number,
    Points,
    Quantile,
    Share,
    Words,
    words,
)

_APPLIED = Need(
    table="referrals",
    columns=("application_at", "decision", "decision_date"),
    why="q_record_applied",
    essential=True,
)
_AGAIN = Need(table="applications", columns=("applied_on", "decision"), why="q_record_again")
_MEETING = Need(
    table="spells", columns=("first_meeting_at",), why="q_record_meeting", essential=True
)
_HELPED = Need(
    table="assistance_months", columns=("month",), why="q_record_assistance", essential=True
)
_OBSTACLE = Need(
    table="referrals", columns=("obstacle_code",), why="q_record_obstacle", essential=True
)
_HEALTH = Need(table="followups", columns=("health",), why="q_record_health", held=False)
_STARTS = Need(
    table="spells", columns=("programme", "start_date"), why="q_record_starts", essential=True
)

GOOD = ("W1", "W2", "S1")


def doors(frames: Frames, asked: Asked) -> Found | None:
    """Say where all applicants were a year later; denials and withdrawals are ends of their own.

    Settings: ``programme``, ``names``.
    """
    everyone = _first(frames, asked)
    if everyone is None:
        return None
    days = (pl.col("end_date") - pl.col("referral_date")).dt.total_days()
    fate = everyone.with_columns(
        fate=pl.when(pl.col("decision") == "denied")
        .then(pl.lit("denied"))
        .when(pl.col("decision") == "withdrawn")
        .then(pl.lit("withdrawn"))
        .when(~pl.col("has_started"))
        .then(pl.lit("never"))
        .when(days.is_null() | (days > 365))
        .then(pl.lit("there"))
        .when(pl.col("exit_code").is_in(GOOD))
        .then(pl.lit("good"))
        .when(pl.col("exit_code").is_null() | (pl.col("exit_code") == "F5"))
        .then(pl.lit("unknown"))
        .otherwise(pl.lit("other"))
    )["fate"]
    n = {name: int((fate == name).sum()) for name in _FATES}
    total = everyone.height
    closed = total - n["there"]
    refused = n["denied"] + n["withdrawn"]
    good: Cell = Share(n["good"], total)
    again = _again(frames, everyone)
    name = Words(asked.name(asked.settings["programme"]))
    sentences = [
        sentence("q_doors_good", name=name, share=good),
        sentence("q_doors_refused", share=Share(refused, total)),
        sentence("q_doors_closed", share=Share(closed, total)),
    ]
    if again is not None:
        sentences.append(sentence("q_doors_again", share=again))
    sentences.append(sentence("q_doors_cannot"))
    rows: list[tuple[Cell, ...]] = [
        (label, Count(n[key]), Share(n[key], total)) for key, label in _FATES.items()
    ]
    rows.append((words("alla som sökte", "all who applied"), Count(total), Share(total, total)))
    return Found(
        sentences=tuple(sentences),
        tables=(
            Table(
                id="fates",
                title=sentence("q_doors_table", name=name),
                columns=("q_col_what", "q_col_people", "q_col_share"),
                rows=tuple(rows),
                has_total=True,
            ),
        ),
        numbers=(
            ("work_or_studies", good),
            ("refused", Share(refused, total)),
            ("closed", Share(closed, total)),
            *((("again", again),) if again is not None else ()),
        ),
    )


_FATES = {
    "good": words("arbete eller studier", "work or studies"),
    "denied": words("fick avslag", "denied"),
    "withdrawn": words("tog tillbaka sin ansökan", "withdrew"),
    "never": words("började aldrig", "never began"),
    "other": words("annat avslut", "another exit"),
    "unknown": words("okänt avslut", "unknown exit"),
    "there": words("är kvar", "still there"),
}


def _again(frames: Frames, everyone: pl.DataFrame) -> Share | None:
    """Return how many of the denied applied again within a year; those seen for a year only."""
    applications = frames.get("applications")
    denied = everyone.filter(
        (pl.col("decision") == "denied")
        & ((pl.col("observed_until") - pl.col("decision_date")).dt.total_days() >= 365)
    ).select("person_id", "decision_date")
    if applications is None or not denied.height:
        return None
    later = applications.select("person_id", "applied_on").join(denied, on="person_id")
    wait = (pl.col("applied_on") - pl.col("decision_date")).dt.total_days()
    back = later.filter(wait.is_between(1, 365))["person_id"].n_unique()
    return Share(back, denied.height)


def meeting(frames: Frames, asked: Asked) -> Found | None:
    """Return who met a coach within the hours promised, of all who applied.

    Settings: ``programme``, ``hours``, ``names``.
    """
    joined = _hours_to_meeting(frames, asked)
    if joined is None:
        return None
    promised = float(asked.settings["hours"])
    met = joined.filter(pl.col("hours").is_not_null())
    in_time = met.filter(pl.col("hours") <= promised).height
    of_all: Cell = Share(in_time, joined.height)
    of_met: Cell = Share(in_time, met.height)
    median = met["hours"].median()
    hours = Quantile(float(median) if isinstance(median, float) else None, met.height)
    name, limit = Words(asked.name(asked.settings["programme"])), Number(promised)
    return Found(
        sentences=(
            sentence("q_meet_all", name=name, share=of_all, hours=limit),
            sentence("q_meet_met", share=of_met, median=hours),
            sentence("q_meet_cannot"),
        ),
        tables=(
            Table(
                id="meetings",
                title=sentence("q_meet_table", name=name),
                columns=("q_col_who", "q_col_people", "q_col_in_time"),
                rows=(
                    (words("alla som sökte", "all who applied"), Count(joined.height), of_all),
                    (words("de som fick ett möte", "those who met"), Count(met.height), of_met),
                ),
                bars=2,
            ),
        ),
        numbers=(("within", of_all), ("within_of_met", of_met), ("median_hours", hours)),
    )


def _hours_to_meeting(frames: Frames, asked: Asked) -> pl.DataFrame | None:
    """Return applications with the hours to the first meeting, null where there was none."""
    referrals = frames.of("referrals", programme=asked.settings["programme"])
    spells = frames.of("spells", programme=asked.settings["programme"])
    if referrals is None or spells is None:
        return None
    applied = referrals.filter(pl.col("application_at").is_not_null())
    first = spells.group_by("referral_id", "source").agg(pl.col("first_meeting_at").min())
    joined = applied.join(first, on=["referral_id", "source"], how="left").with_columns(
        hours=(pl.col("first_meeting_at") - pl.col("application_at")).dt.total_minutes() / 60
    )
    return joined if joined.height else None


def meeting_apart(frames: Frames, asked: Asked) -> Found | None:
    """Hold those with one obstacle against all others: are they met within the hours alike?

    Where nobody is sorted out the two are met alike; that says nothing of what it does to
    them.

    Settings: ``programme``, ``hours``, ``obstacle``, ``names``.
    """
    joined = _hours_to_meeting(frames, asked)
    if joined is None:
        return None
    known = joined.filter(pl.col("obstacle_code").is_not_null())
    is_theirs = pl.col("obstacle_code") == asked.settings["obstacle"]
    promised = float(asked.settings["hours"])
    in_time = (pl.col("hours") <= promised).fill_null(value=False)
    parts = [known.filter(part).select(in_time).to_series() for part in (is_theirs, ~is_theirs)]
    if not all(part.len() for part in parts):
        return None
    shares = [Share(int(part.sum()), part.len()) for part in parts]
    gap = _gap(*shares)
    name = Words(asked.name(asked.settings["programme"]))
    obstacle = Words(asked.name(asked.settings["obstacle"]))
    labels = (obstacle, words("alla andra", "all others"))
    return Found(
        sentences=(
            sentence(
                "q_apart_share",
                name=name,
                obstacle=obstacle,
                share=shares[0],
                hours=Number(promised),
            ),
            sentence("q_apart_gap", points=gap),
            sentence("q_apart_cannot"),
        ),
        tables=(
            Table(
                id="apart",
                title=sentence("q_meet_table", name=name),
                columns=("q_col_who", "q_col_people", "q_col_in_time"),
                rows=tuple(
                    (label, Count(share.denominator), share)
                    for label, share in zip(labels, shares, strict=True)
                ),
            ),
        ),
        numbers=(("within", shares[0]), ("gap", gap)),
        status="partly",
    )


def _gap(one: Share, other: Share) -> Points:
    """Return the difference of two shares with its Newcombe interval."""
    (p, low, high), (q, low_q, high_q) = (
        (s.numerator / s.denominator, *wilson_interval(s.numerator, s.denominator))
        for s in (one, other)
    )
    n, events = min(one.denominator, other.denominator), min(one.numerator, other.numerator)
    below, above = math.hypot(p - low, high_q - q), math.hypot(high - p, q - low_q)
    return Points(p - q, p - q - below, p - q + above, n, events)


def lasting(frames: Frames, asked: Asked) -> Found | None:
    """Return who had months in a row without assistance, and who came back.

    Settings: ``programme``, ``names``.
    """
    everyone = _first(frames, asked)
    if everyone is None:
        return None
    outcomes = frames["outcomes"].join(everyone.select("episode_id"), on="episode_id")
    rows: list[tuple[Cell, ...]] = []
    shares: dict[str, Share] = {}
    for outcome, (horizon, label) in _LASTING.items():
        known = outcomes.filter(
            (pl.col("outcome") == outcome)
            & (pl.col("horizon_days") == horizon)
            & pl.col("occurred").is_not_null()
        )
        if known.height:
            shares[outcome] = Share(int(known["occurred"].sum()), known.height)
            rows.append((label, Number(horizon), Count(known.height), shares[outcome]))
    if "no_assistance_12_months" not in shares:
        return None
    name = Words(asked.name(asked.settings["programme"]))
    year = shares["no_assistance_12_months"]
    return Found(
        sentences=(
            sentence("q_last_year", name=name, share=year),
            *(
                (sentence("q_last_back", share=shares["assistance_again"]),)
                if "assistance_again" in shares
                else ()
            ),
            sentence("q_last_cannot"),
        ),
        tables=(
            Table(
                id="lasting",
                title=sentence("q_last_table", name=name),
                columns=("q_col_what", "q_col_within_days", "q_col_known", "q_col_share"),
                rows=tuple(rows),
            ),
        ),
        numbers=(("year", year),),
        status="partly",
    )


_LASTING = {
    "no_assistance_3_months": (180, words("tre månader i rad", "three months in a row")),
    "no_assistance_6_months": (365, words("sex månader i rad", "six months in a row")),
    "no_assistance_12_months": (730, words("tolv månader i rad", "twelve months in a row")),
    "assistance_again": (365, words("tillbaka på bistånd", "back on assistance")),
}


def obstacles(frames: Frames, asked: Asked) -> Found | None:
    """Return what hinders those who apply.

    Settings: ``programme``, ``plain`` (the code that needs no special support), ``names``.
    """
    everyone = _first(frames, asked)
    if everyone is None:
        return None
    known = everyone.filter(
        pl.col("obstacle_code").is_not_null() & (pl.col("obstacle_code") != "unknown")
    )
    counts = {
        row["obstacle_code"]: int(row["len"])
        for row in known.group_by("obstacle_code").len().sort("obstacle_code").to_dicts()
    }
    if not counts:
        return None
    other = Share(known.height - counts.get(asked.settings["plain"], 0), known.height)
    name = Words(asked.name(asked.settings["programme"]))
    rows: list[tuple[Cell, ...]] = [
        (Words(asked.name(code)), Count(n), Share(n, known.height)) for code, n in counts.items()
    ]
    rows.append((words("alla", "all"), Count(known.height), Share(known.height, known.height)))
    return Found(
        sentences=(sentence("q_obst_other", name=name, share=other), sentence("q_obst_cannot")),
        tables=(
            Table(
                id="obstacles",
                title=sentence("q_obst_table", name=name),
                columns=("q_col_group", "q_col_people", "q_col_share"),
                rows=tuple(rows),
                has_total=True,
            ),
        ),
        numbers=(("other", other),),
        status="partly",
    )


def both_programmes(frames: Frames, asked: Asked) -> Found | None:
    """Return how many of one programme's applicants also were in another within a year.

    Settings: ``programme``, ``other``, ``names``.
    """
    first = _first(frames, asked)
    other = frames.of("episodes", programme=asked.settings["other"])
    if first is None or other is None:
        return None
    entered = other.filter(pl.col("has_started")).select("person_id", began="start_date")
    gap = (pl.col("began") - pl.col("referral_date")).dt.total_days()
    shared = first.join(entered, on="person_id").filter(gap.is_between(-365, 365))
    both: Cell = Share(shared["person_id"].n_unique(), first.height)
    reverse: Cell = Share(shared["person_id"].n_unique(), entered["person_id"].n_unique())
    name = Words(asked.name(asked.settings["programme"]))
    second = Words(asked.name(asked.settings["other"]))
    return Found(
        sentences=(
            sentence("q_both_share", name=name, other=second, share=both),
            sentence("q_both_other_way", name=name, other=second, share=reverse),
            sentence("q_both_why"),
        ),
        numbers=(("both", both), ("of_the_other", reverse)),
    )


def _first(frames: Frames, asked: Asked) -> pl.DataFrame | None:
    rows = frames.of("episodes", programme=asked.settings["programme"])
    first = None if rows is None else rows.filter(pl.col("is_first_referral"))
    return first if first is not None and first.height else None


DOORS = Kind((_APPLIED, _AGAIN), doors)
MEETING = Kind((_APPLIED, _MEETING), meeting)
MEETING_APART = Kind((_APPLIED, _MEETING, _OBSTACLE, _HEALTH), meeting_apart)
LASTING = Kind((_HELPED,), lasting)
OBSTACLES = Kind((_OBSTACLE,), obstacles)
BOTH = Kind((_STARTS,), both_programmes)
