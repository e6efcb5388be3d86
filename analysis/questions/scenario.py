"""Scenario: what would slower decisions and more denials mean, under stated assumptions?"""

from __future__ import annotations

import polars as pl

from utfall.analysis.questions.answer import Asked, Found, Frames, Need, Table, sentence
from utfall.analysis.questions.ask import Kind
from utfall.analysis.questions.cells import Cell, Modelled, Words, words
from utfall.analysis.questions.curves import DAYS_PER_MONTH, Waits, waits

_NEEDS = (
    Need(
        table="spells",
        columns=("start_date", "end_date", "exit_reason"),
        why="q_record_exits",
        essential=True,
    ),
    Need(table="referrals", columns=("decision_date",), why="q_record_decided"),
)


def delayed(share: float, by_then: float, denied: float, keeps: float) -> float:
    """Return the share that succeeds when some start late and some are denied.

    Parameters
    ----------
    share : float
        Who succeeds within the horizon today.
    by_then : float
        Who succeeds within the horizon less the delay.
    denied : float
        Share turned away.
    keeps : float
        Pace of those who wait or are denied, as a share of today's; 0 none of them leaves for
        work or studies, 1 they do as well as now.

    >>> round(delayed(0.40, 0.30, 0.20, 0.0), 2), round(delayed(0.40, 0.30, 0.20, 1.0), 2)
    (0.24, 0.4)
    """
    none_gained = (1 - denied) * by_then
    return keeps * share + (1 - keeps) * none_gained


def merger(frames: Frames, asked: Asked) -> Found | None:
    """Return what one year's participants would reach if each needed a decision first.

    A scenario, not an estimate: today's times to work or studies, moved by a delay and cut by
    a denial share. The two bounds say what happens to those who wait or are denied.

    Settings: ``programme``, ``codes``, ``delays`` (months), ``denials`` (shares), ``names``.
    """
    episodes = frames.of("episodes", programme=asked.settings["programme"])
    if episodes is None:
        return None
    began = episodes.filter(pl.col("has_started") & pl.col("is_first_referral"))
    today = _until_success(began, asked.settings["codes"])
    delays, denials = asked.settings["delays"], asked.settings["denials"]
    usual = today.by(12)
    name = Words(asked.name(asked.settings["programme"]))
    worst = _moved(today, max(delays), max(denials))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            words(str(delay)),
            *(_moved(today, delay, denied) for denied in denials),
        )
        for delay in delays
    )
    return Found(
        sentences=(
            sentence("q_merge_label"),
            sentence("q_merge_today", name=name, share=usual),
            sentence(
                "q_merge_worst",
                share=worst,
                delay=words(str(max(delays))),
                denied=words(f"{100 * max(denials):.0f}"),
            ),
            sentence("q_merge_band"),
            sentence("q_merge_cannot"),
        ),
        tables=(
            Table(
                id="grid",
                title=sentence("q_merge_table", name=name),
                columns=("q_col_delay", *(f"q_col_denied_{round(100 * d)}" for d in denials)),
                rows=rows,
            ),
        ),
        numbers=(("today", usual), ("worst", worst)),
        status="partly",
    )


def _moved(today: Waits, delay: int, denied: float) -> Modelled:
    now, then = today.by(12), today.by(12 - delay)
    if now.value is None or then.value is None:
        return Modelled(None, None, None, today.n, 0)
    value = delayed(now.value, then.value, denied, 0.0)
    return Modelled(value, None, None, today.n, round(value * today.n))


def _until_success(began: pl.DataFrame, codes: list[str]) -> Waits:
    """Return months from start to work or studies, other exits and those not yet out apart."""
    rows = began.select(
        months=(pl.coalesce("end_date", "observed_until") - pl.col("start_date"))
        .dt.total_days()
        .truediv(DAYS_PER_MONTH)
        .floor()
        .clip(0, 36)
        .cast(pl.Int64),
        end=pl.when(pl.col("end_date").is_null())
        .then(None)
        .when(pl.col("exit_code").is_in(codes))
        .then(pl.lit("good"))
        .otherwise(pl.lit("other")),
    )
    return waits(rows["months"].to_list(), rows["end"].to_list(), ["good", "other"], 36)


MERGER = Kind(_NEEDS, merger)
