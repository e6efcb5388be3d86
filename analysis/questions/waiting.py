"""Waiting: what happens between a referral, a decision and a start, to everybody referred?"""

from __future__ import annotations

import polars as pl

from utfall.analysis.questions.answer import Asked, Found, Frames, Need, Table, sentence
from utfall.analysis.questions.ask import Kind
from utfall.analysis.questions.cells import Cell, Count, Share, Words, words
from utfall.analysis.questions.curves import Waits, waits

_REFERRALS = Need(
    table="referrals",
    columns=("referral_date", "decision"),
    why="q_record_referrals",
    essential=True,
)
_DECIDED = Need(table="referrals", columns=("decision_date",), why="q_record_decided")
_REFERRER = Need(
    table="referrals", columns=("referrer", "decision"), why="q_record_referrer", essential=True
)

_HORIZON = 730
_ENDS = ("started", "refused", "other")


def path_to_start(frames: Frames, asked: Asked) -> Found | None:
    """Follow everybody referred until a start, a refusal or another end.

    Counting from the start would leave out those who never started and give the others a
    time in which nothing could happen to them.

    Settings: ``programme``, ``outcome`` (name in the mart of outcomes), ``names``.
    """
    episodes = frames.of("episodes", programme=asked.settings["programme"])
    if episodes is None:
        return None
    episodes = episodes.filter(pl.col("is_first_referral"))
    decided = _until_decision(episodes)
    started = _until_start(episodes)
    name = Words(asked.name(asked.settings["programme"]))
    never = episodes.filter(~pl.col("has_started")).height
    refused = episodes.filter(pl.col("decision").is_in(["denied", "withdrawn"])).height
    never_share: Cell = Share(never, episodes.height)
    from_referral, from_start = _clocks(frames, episodes, asked.settings["outcome"])
    sentences = [
        sentence("q_path_start", name=name, median=started.quantile(0.5), by90=started.by(90)),
        sentence("q_path_never", share=never_share),
    ]
    if decided is not None:
        sentences.insert(
            0,
            sentence(
                "q_path_decision",
                name=name,
                median=decided.quantile(0.5),
                p90=decided.quantile(0.9),
            ),
        )
    sentences.append(sentence("q_path_clock", referral=from_referral, start=from_start))
    sentences.append(sentence("q_path_why"))
    return Found(
        sentences=tuple(sentences),
        tables=(
            Table(
                id="ends",
                title=sentence("q_path_table", name=name),
                columns=("q_col_days", "q_col_started", "q_col_refused", "q_col_other_end"),
                rows=tuple(
                    (words(str(day)), *(started.by(day, i) for i in range(3)))
                    for day in (30, 90, 180, 365)
                ),
                bars=1,
            ),
        ),
        numbers=(
            ("started_in_90_days", started.by(90)),
            ("never_started", never_share),
            ("refused", Share(refused, episodes.height)),
            ("from_referral", from_referral),
            ("from_start", from_start),
            *((("decision_p90", decided.quantile(0.9)),) if decided else ()),
            *((("decision_median", decided.quantile(0.5)),) if decided else ()),
        ),
    )


def declined(frames: Frames, asked: Asked) -> Found | None:
    """Say how many of those whom each referrer sent were taken in.

    Settings: ``programme``, ``names`` (also of referrers).
    """
    episodes = frames.of("episodes", programme=asked.settings["programme"])
    if episodes is None:
        return None
    sent = (
        episodes.filter(pl.col("referrer") != "other")
        .group_by("referrer")
        .agg(
            n=pl.len(),
            started=pl.col("has_started").sum(),
            refused=pl.col("decision").eq("denied").sum(),
        )
        .sort("referrer")
    )
    if not sent.height:
        return None
    total = tuple(int(sent[name].sum()) for name in ("n", "started", "refused"))
    name = Words(asked.name(asked.settings["programme"]))
    taken: Cell = Share(total[1], total[0])
    rows = [
        (Words(asked.name(row["referrer"])), row["n"], row["started"], row["refused"])
        for row in sent.to_dicts()
    ]
    rows.append((words("alla", "all"), total[0], total[1], total[2]))
    return Found(
        sentences=(
            sentence("q_door_taken", name=name, share=taken),
            sentence("q_door_refused", share=Share(total[2], total[0])),
            sentence("q_door_cannot"),
        ),
        tables=(
            Table(
                id="referrers",
                title=sentence("q_door_table", name=name),
                columns=("q_col_referrer", "q_col_referred", "q_col_began", "q_col_share_began"),
                rows=tuple(
                    (label, Count(n), Count(began), Share(began, n)) for label, n, began, _ in rows
                ),
                has_total=True,
            ),
        ),
        numbers=(("taken_in", taken), ("refused", Share(total[2], total[0]))),
        status="partly",
    )


def _until_decision(episodes: pl.DataFrame) -> Waits | None:
    """Return days from referral to a decision; the undecided are still waiting."""
    needed = episodes.filter(pl.col("decision") != "none_needed")
    if not needed.height or needed["decision_date"].null_count() == needed.height:
        return None
    days = needed.select(
        pl.coalesce("decision_date", "observed_until").sub(pl.col("referral_date")).dt.total_days()
    ).to_series()
    ends = ["decided" if d else None for d in needed["decision_date"].is_not_null()]
    return waits(days.clip(0, _HORIZON).to_list(), ends, ["decided"], _HORIZON)


def _until_start(episodes: pl.DataFrame) -> Waits:
    """Return days from referral to a start, a refusal, or another end before either."""
    rows = episodes.select(
        "has_started",
        "decision",
        day=pl.when("has_started")
        .then("start_date")
        .when(pl.col("decision").is_in(["denied", "withdrawn"]))
        .then(pl.coalesce("decision_date", "observed_until"))
        .otherwise("observed_until")
        .sub(pl.col("referral_date"))
        .dt.total_days()
        .clip(0, _HORIZON),
    )
    ends: list[str | None] = [
        "started" if began else "refused" if decision in ("denied", "withdrawn") else None
        for began, decision in zip(rows["has_started"], rows["decision"], strict=True)
    ]
    days = rows["day"].to_list()
    # Nobody is still on the way to a start two years after the referral.
    ends = [
        "other" if end is None and day >= _HORIZON else end
        for end, day in zip(ends, days, strict=True)
    ]
    return waits(days, ends, _ENDS, _HORIZON)


def _clocks(frames: Frames, episodes: pl.DataFrame, outcome: str) -> tuple[Share, Share]:
    """Return who reached an outcome in a year from referral, and from start among starters."""
    outcomes = frames["outcomes"].filter(
        (pl.col("outcome") == outcome) & (pl.col("horizon_days") == 365)
    )
    known = episodes.join(outcomes, on="episode_id").filter(pl.col("occurred").is_not_null())
    later = frames["outcomes"].filter(
        (pl.col("outcome") == outcome) & (pl.col("horizon_days") == 730)
    )
    starters = (
        episodes.filter(pl.col("has_started"))
        .join(later.select("episode_id", "reached_on"), on="episode_id")
        .with_columns(seen=(pl.col("observed_until") - pl.col("start_date")).dt.total_days())
        .filter(pl.col("seen") >= 365)
    )
    since_start = (pl.col("reached_on") - pl.col("start_date")).dt.total_days()
    reached = starters.filter(since_start <= 365).height
    return Share(int(known["occurred"].sum()), known.height), Share(reached, starters.height)


PATH = Kind((_REFERRALS, _DECIDED), path_to_start)
DECLINED = Kind((_REFERRER,), declined)
