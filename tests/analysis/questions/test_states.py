"""The ladder as states over time: right where a plain look at where people stand is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from utfall.analysis.multistate import occupancy
from utfall.analysis.questions.answer import Asked, Found, Frames
from utfall.analysis.questions.cells import Modelled, Share
from utfall.analysis.questions.curves import DAYS_PER_MONTH
from utfall.analysis.questions.states import _coded, ladder, people_s_paths

MakeAsked = Callable[..., Asked]
STEPS = ["training_place", "practice", "regular"]
LAST = date(2006, 1, 1)
#: Months in, step and months out of each stay of one person, and the months followed.
Path = tuple[Sequence[tuple[str, float, float | None]], float]


def frames(paths: Sequence[Path]) -> Frames:
    def day(begin: date, months: float | None) -> date | None:
        return None if months is None else begin + timedelta(days=round(months * DAYS_PER_MONTH))

    people, rows = [], []
    for i, (stays, followed) in enumerate(paths):
        begin = LAST - timedelta(days=round(followed * DAYS_PER_MONTH))
        people.append((f"p{i}", "a", begin, LAST, True))
        rows += [(f"p{i}", "s", step, day(begin, a), day(begin, b)) for step, a, b in stays]
    return Frames(
        {
            "episodes": pl.DataFrame(
                people,
                schema=[
                    "person_id", "programme", "referral_date", "observed_until",
                    "is_first_referral",
                ],
                orient="row",
            ),
            "activities": pl.DataFrame(
                rows,
                schema={
                    "person_id": pl.String, "source": pl.String, "activity": pl.String,
                    "start_date": pl.Date, "end_date": pl.Date,
                },
                orient="row",
            ),
        }
    )  # fmt: skip


def asked(ask_of: MakeAsked) -> Asked:
    return ask_of(
        programme="a", source="s", steps=STEPS, sheltered=["training_place"], months=[12, 24, 36]
    )


def answered(found: Found | None) -> dict[str, Any]:
    assert found is not None
    return dict(found.numbers)


def climb(rng: np.random.Generator, pace: float, followed: float, begins: float = 0.0) -> Path:
    """Return a path that leaves training for work at a monthly pace."""
    out = begins + float(np.ceil(rng.exponential(1 / -np.log(1 - pace))))
    if out >= followed:
        return [("training_place", begins, None)], followed
    return [("training_place", begins, out), ("regular", out, None)], followed


def test_where_all_stood_last_mixes_long_and_short_times_and_the_curve_does_not(
    rng: np.random.Generator, ask_of: MakeAsked
) -> None:
    paths = [climb(rng, 0.05, float(followed)) for followed in rng.uniform(2, 44, 1500)]
    found = answered(ladder(frames(paths), asked(ask_of)))
    truth = 1 - 0.95**36
    assert isinstance(found["work"], Modelled)
    assert found["work"].value == pytest.approx(truth, abs=0.04)
    assert (found["work"].low or 0) < truth < (found["work"].high or 0)
    naive = found["last_seen"]
    assert isinstance(naive, Share)
    assert naive.numerator / naive.denominator < truth - 0.15


def test_where_the_way_matters_it_is_said_and_those_on_the_step_are_followed_themselves(
    rng: np.random.Generator, ask_of: MakeAsked
) -> None:
    quick = [climb(rng, 0.08, 40.0) for _ in range(400)]
    slow: list[Path] = []
    for _ in range(400):
        stays, followed = climb(rng, 0.005, 40.0, begins=18.0)
        slow.append(([("practice", 0.0, 18.0), *stays], followed))
    world = frames([*quick, *slow])
    found = ladder(world, asked(ask_of))
    assert found is not None
    assert any(one.code == "q_path_matters" for one in found.sentences)
    onward = {row[0].text.sv: row[1] for row in found.tables[1].rows}  # type: ignore[union-attr]
    truth = 1 - 0.92**24
    cell = onward["training_place"]
    assert isinstance(cell, Modelled)
    assert cell.value == pytest.approx(truth, abs=0.06)
    paths = people_s_paths(world, asked(ask_of))
    assert paths is not None
    product = occupancy(
        _coded(paths, [*STEPS, "out"]),
        36.0,
        origin=12.0,
        start_in="training_place",  # type: ignore[arg-type]
    )
    assert product.share[-1, 2] < truth - 0.1  # type: ignore[union-attr]


def test_where_the_way_does_not_matter_nothing_is_made_of_it(
    rng: np.random.Generator, ask_of: MakeAsked
) -> None:
    paths: list[Path] = []
    for i in range(400):
        step, since, stays = ("training_place", "practice")[i % 2], 0.0, []
        while since < 60.0 and step != "regular":
            until = since + float(np.ceil(rng.exponential(10.0)))
            stays.append((step, since, until))
            other = "practice" if step == "training_place" else "training_place"
            step, since = ("regular" if rng.random() < 0.4 else other), until
        paths.append(([*stays, (step, since, None)], 60.0))
    found = ladder(frames(paths), asked(ask_of))
    assert found is not None
    assert any(one.code == "q_path_forgotten" for one in found.sentences)


def test_a_person_between_two_steps_is_outside_and_comes_back(ask_of: MakeAsked) -> None:
    path: Path = ([("training_place", 0.0, 5.0), ("practice", 14.0, 30.0)], 40.0)
    found = ladder(frames([path] * 40), asked(ask_of))
    assert found is not None
    cells = {
        row[0].text.sv: [cell.value for cell in row[1:4] if isinstance(cell, Modelled)]
        for row in found.tables[0].rows
        if hasattr(row[0], "text")
    }
    assert cells["out"] == pytest.approx([1.0, 0.0, 1.0])
    assert cells["practice"] == pytest.approx([0.0, 1.0, 0.0])
