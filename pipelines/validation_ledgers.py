"""Validation ledgers: who truly paid, and on which step did people truly stand?

The truth is the simulator's own: its rows counted one by one, and its chances multiplied out
month by month. The answers are those of the question pages and of the multi-state model.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import polars as pl

from utfall.analysis.multistate import Stays, occupancy, stays
from utfall.analysis.questions.answer import Asked, Found, Frames
from utfall.analysis.questions.cells import Ratio
from utfall.analysis.questions.payers import payers
from utfall.analysis.questions.steps import closed_step
from utfall.analysis.results import NotEstimable
from utfall.analysis.vocabulary import Text
from utfall.pipelines.simulation.assignment import as_day
from utfall.pipelines.simulation.lund import draw_lund
from utfall.pipelines.simulation.people import Array
from utfall.pipelines.simulation.small import SmallSource
from utfall.pipelines.simulation.stockholm import _MOVES, _OUT, FREEZE, LADDER, draw_stockholm

#: Trials that held, and trials.
Held = tuple[int, int]

#: Kronor a month that a ledger may be off by.
NEAR = 1.0

#: Days of a month of the simulated ladder, and the months at which its steps are asked.
DAYS, MOMENTS = 30, (12, 24, 36)


def payer_shift(seed: int) -> dict[str, Held]:
    """Return whether the ledger shows what moved from the municipality to other payers.

    After two years in OSA people live on wages, on unemployment insurance, on assistance or
    on nothing.
    """
    source = draw_lund(seed, n=600, n_osa=80)
    found = payers(_frames(source), _asked({"source": source.name, "activity": "osa", "names": {}}))
    if found is None:
        return {"ledger_shows_the_shift": (0, 1)}
    told = {name: getattr(cell, "value", None) or 0.0 for name, cell in found.numbers}
    truth = truly_paid(source.tables, 2018 * 12 + 6)
    is_right = all(abs(told[name] - truth[name]) <= NEAR for name in truth)
    is_moved = told["municipality_after"] < told["municipality_before"] and told["funds_after"] > 0
    return {"ledger_shows_the_shift": (int(is_right and is_moved), 1)}


def truly_paid(tables: Mapping[str, pl.DataFrame], last: int) -> dict[str, float]:
    """Return kronor a person and month by payer and phase, counted row by row.

    Parameters
    ----------
    last : int
        Last month delivered, in months since year 0.
    """
    began = {
        row["person_id"]: row["start_date"].year * 12 + row["start_date"].month
        for row in tables["activities"].iter_rows(named=True)
    }
    followed = {person for person, month in began.items() if month + 35 <= last}
    sums = {"municipality_before": 0.0, "municipality_after": 0.0, "funds_after": 0.0}
    for name, payer in (("assistance_months", "municipality"), ("income_months", "funds")):
        for row in tables[name].iter_rows(named=True):
            if row["person_id"] not in followed:
                continue
            if row.get("income_source", "unemployment_insurance") != "unemployment_insurance":
                continue
            year, month = row["month"].split("-")
            k = int(year) * 12 + int(month) - began[row["person_id"]]
            if -6 <= k < 0 and payer == "municipality":
                sums["municipality_before"] += row["amount_sek"]
            elif 24 <= k < 36:
                sums[f"{payer}_after"] += row["amount_sek"]
    months = {name: 6 if name.endswith("before") else 12 for name in sums}
    n = max(len(followed), 1)
    return {name: total / (n * months[name]) for name, total in sums.items()}


def step_closed(seed: int) -> dict[str, Held]:
    """Return how many shares on steps are covered, and whether the standstill is the step's own.

    A closed step looks like people who are stuck: to say that capacity was gone, moves to it
    must have stopped while moves to the other steps went on.
    """
    source = draw_stockholm(seed)
    rows = _stays_of(source)
    covered, tried = 0, 0
    if not isinstance(rows, NotEstimable):
        times = [float(DAYS * months) for months in MOMENTS]
        found = occupancy(rows, times[-1], times=times, start_in=LADDER[0])
        if not isinstance(found, NotEstimable):
            truth = truly_on_steps(source.tables["referrals"])
            # Next to nobody stands there, and a log-log bound of nothing is nothing.
            asked = np.isfinite(found.conf_low) & (truth > 0.02)
            inside = (found.conf_low <= truth) & (truth <= found.conf_high)
            covered, tried = int((asked & inside).sum()), int(asked.sum())
    settings = {
        "programme": "arbetscentrum",
        "source": source.name,
        "steps": list(LADDER),
        "step": "subsidised",
        "disruption": "sthlm_hiring_freeze",
        "names": {},
    }
    answer = closed_step(_frames(source), _asked(settings))
    return {
        "occupancy_covers": (covered, tried),
        "standstill_is_capacity": (int(_is_capacity(answer)), 1),
    }


def truly_on_steps(referrals: pl.DataFrame) -> Array:
    """Return the share on each step, and out, at each moment: months × (steps, out).

    Everybody's own calendar decides which of their months the step was closed.
    """
    names = [*LADDER, "out"]
    begins = referrals["referral_date"].cast(pl.Int32).to_numpy().astype(int)
    share = np.zeros((begins.size, len(names)))
    share[:, 0] = 1.0
    first, last = (as_day(day) for day in FREEZE)
    at, out = begins.copy(), []
    for month in range(1, max(MOMENTS) + 1):
        at = at + DAYS
        shut = (at >= first) & (at <= last)
        after = share.copy()
        for i, step in enumerate(LADDER[:-1]):
            leaving = share[:, i] * _OUT
            after[:, i] -= leaving
            after[:, -1] += leaving
            for target, chance in _MOVES[step].items():
                open_chance = np.where(shut & (target == "subsidised"), 0.0, chance)
                moving = share[:, i] * (1 - _OUT) * open_chance
                after[:, i] -= moving
                after[:, names.index(target)] += moving
        share = after
        if month in MOMENTS:
            out.append(share.mean(axis=0))
    return np.array(out)


def _is_capacity(answer: Found | None) -> bool:
    ratios = {name: cell for name, cell in answer.numbers} if answer else {}
    step, others = ratios.get("during_over_open"), ratios.get("others")
    if not isinstance(step, Ratio) or not isinstance(others, Ratio):
        return False
    went_on = others.events / others.exposure > 0.5 * others.events_before / others.exposure_before
    return step.events == 0 and step.events_before > 0 and went_on


def _stays_of(source: SmallSource) -> Stays | NotEstimable:
    """Return stays on steps in days from each referral, as the multi-state model takes them."""
    last = as_day(source.extracted_on) - 1
    began = dict(source.tables["referrals"].select("person_id", "referral_date").iter_rows())
    rows = source.tables["activities"].sort("person_id", "start_date").to_dicts()
    person, state, start, stop = [], [], [], []
    after: list[str | None] = []
    for row, follower in zip(rows, [*rows[1:], None], strict=True):
        zero = as_day(began[row["person_id"]])
        goes_on = follower is not None and follower["person_id"] == row["person_id"]
        person.append(row["person_id"])
        state.append(row["activity"])
        start.append(_days(row["start_date"]) - zero)
        ended = row["end_date"]
        stop.append((last + 1 if ended is None else _days(ended)) - zero)
        if ended is None:
            after.append(None)
        else:
            after.append(follower["activity"] if follower is not None and goes_on else "out")
    return stays(np.array(person), state, np.array(start), np.array(stop), after, [*LADDER, "out"])


def _days(day: date) -> int:
    return as_day(day)


def _frames(source: SmallSource) -> Frames:
    """Return a source's tables as the question pages read them."""
    last = source.extracted_on
    tables = {
        name: rows.with_columns(source=pl.lit(source.name)) for name, rows in source.tables.items()
    }
    tables["episodes"] = tables["referrals"].with_columns(
        is_first_referral=pl.lit(True), observed_until=pl.lit(last)
    )
    tables["disruptions"] = pl.DataFrame(
        [
            {
                "disruption_id": event["id"],
                "starts_on": event["from"],
                "ends_on": event["to"],
                "label_sv": event["label"]["sv"],
                "label_en": event["label"]["en"],
            }
            for event in source.events
        ],
        schema={
            "disruption_id": pl.String,
            "starts_on": pl.Date,
            "ends_on": pl.Date,
            "label_sv": pl.String,
            "label_en": pl.String,
        },
    )
    return Frames(tables)


def _asked(settings: Mapping[str, object]) -> Asked:
    return Asked(
        id="asked", document="validation", family="-", text=Text("-", "-"), settings=dict(settings)
    )
