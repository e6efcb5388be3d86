"""Differences: changes of hit sites against changes of the others, and when there are none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from utfall.analysis.differences import difference_in_differences
from utfall.analysis.results import Estimate, NotEstimable

from .conftest import FIRE, plan

BEFORE, DURING = date(2015, 6, 1), date(2018, 3, 30)


def cell(programme: str, site: str, day: date, reached: int, n: int = 10) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "programme": [programme] * n,
            "site": [site] * n,
            # Every other came forty days sooner, so that there is a course before the event.
            "referral_date": [day - timedelta(days=40 * (i % 2)) for i in range(n)],
            "work_365": [1.0] * reached + [0.0] * (n - reached),
        }
    )


#: Reached of ten before and during, by site: AMA falls by three on average, VAC by one.
COUNTS = {
    ("ama", "a"): (6, 3), ("ama", "b"): (5, 3), ("ama", "c"): (7, 3),
    ("vac", "d"): (4, 3), ("vac", "e"): (5, 3), ("vac", "f"): (3, 3),
}  # fmt: skip


def six_sites() -> pl.DataFrame:
    return pl.concat(
        cell(*place, day, reached)
        for place, counts in COUNTS.items()
        for day, reached in zip((BEFORE, DURING), counts, strict=True)
    )


def answer(rows: pl.DataFrame, windows=(FIRE,), **changes) -> Estimate | NotEstimable:
    plan_ = plan(**{"estimand": "ate", "covariates": [], **changes})
    return difference_in_differences(rows, plan_.covariates, windows, plan_)


def test_the_people_of_the_fire_get_back_what_it_took() -> None:
    """By hand: AMA 60 % before, 30 % during; VAC 40 % and 30 %. The fire took 20 points."""
    found = answer(six_sites())
    assert found.estimate == pytest.approx(0.20)
    assert found.mean_target == pytest.approx((0.6 + 0.5) / 2)
    assert found.mean_comparator == pytest.approx((0.4 + 0.3) / 2)
    assert found.n_target == found.n_comparator == 60


def test_the_error_is_the_jackknife_over_sites_by_hand() -> None:
    # With one period before, the answer is the difference between the programmes before it.
    before = np.array([[6, 5, 7], [4, 5, 3]]) / 10
    parts = [
        2 / 3 * sum((np.delete(arm, i).mean() - arm.mean()) ** 2 for i in range(3))
        for arm in before
    ]
    found = answer(six_sites())
    assert found.std_error == pytest.approx(np.sqrt(sum(parts)))
    half = (found.conf_high - found.conf_low) / 2
    assert half == pytest.approx(2.776445 * found.std_error, rel=1e-6)  # t with 4 degrees


def test_people_who_differ_are_made_alike_inside_each_site_and_period() -> None:
    rng = np.random.default_rng(1)
    age = rng.normal(size=120)
    rows = six_sites().with_columns(readiness=pl.Series(age))
    moved = rows.with_columns(work_365=pl.col("work_365") + 0.3 * pl.col("readiness"))
    covariate = {
        "name": "readiness", "kind": "number", "label": {"sv": "r", "en": "r"}, "reason": "decides",
    }  # fmt: skip
    adjusted = {"covariates": [covariate], "scale": "months", "unit": "m"}
    plain = answer(rows, **adjusted)
    assert answer(moved, **adjusted).estimate == pytest.approx(plain.estimate, abs=1e-9)


def test_a_site_that_the_register_names_is_the_only_one_hit() -> None:
    rows = pl.concat(
        [six_sites()] + [
            cell("ama", site, day, reached)
            for site in ("g", "h", "i") for day, reached in ((BEFORE, 6), (DURING, 5))
        ]
    )  # fmt: skip
    one = [replace(FIRE, site="a")]
    assert answer(rows, one) == NotEstimable("did_few_sites")
    three = [replace(FIRE, id=site, site=site) for site in "abc"]
    found = answer(rows, three)
    # Untouched sites of both programmes fell by one on average: the fire took two of ten.
    assert found.mean_target == pytest.approx((3 * 5.5 + 3 * 5.5) / 60)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda rows: rows.drop("site"), "did_no_sites"),
        (lambda rows: rows.clear(), "did_no_sites"),
        (lambda rows: rows.with_columns(site=pl.lit(None, pl.String)), "did_no_sites"),
        (lambda rows: rows.filter(pl.col("site") != "a"), "did_few_sites"),
        (lambda rows: rows.filter(pl.col("site") != "f"), "did_few_sites"),
        (lambda rows: rows.filter(pl.col("referral_date") == DURING), "did_few_sites"),
        (lambda rows: rows.with_columns(site=pl.col("programme")), "did_few_sites"),
    ],
)
def test_too_few_sites_give_no_number(spoil, code: str) -> None:
    assert answer(spoil(six_sites())) == NotEstimable(code)


def test_a_disruption_of_both_programmes_has_nothing_to_be_held_to() -> None:
    assert answer(six_sites(), [replace(FIRE, programme=None)]) == NotEstimable("did_both_hit")
    both = [FIRE, replace(FIRE, id="other", programme="vac")]
    assert answer(six_sites(), both) == NotEstimable("did_both_hit")


def test_equal_sites_have_no_spread_to_judge_by() -> None:
    rows = pl.concat(
        cell(programme, site, day, 5) for programme, site in COUNTS for day in (BEFORE, DURING)
    )
    assert answer(rows) == NotEstimable("no_spread")


def test_sites_that_were_already_going_another_way_are_refused() -> None:
    early = pl.concat(
        cell(*place, date(2014, 1, 1), 9 + i % 2 if place[0] == "ama" else 1 + i % 2)
        for i, place in enumerate(COUNTS)
    )
    rows = pl.concat([early, six_sites()])
    assert answer(rows) == NotEstimable("did_trends")


def test_sites_that_took_the_diverted_are_no_comparison() -> None:
    """Four times as many a day come to VAC's places during the fire as before it."""
    more = pl.concat(
        [
            six_sites(),
            *(
                cell("vac", site, date(2017, month, 1), 3, n=30)
                for site in ("d", "e", "f")
                for month in range(1, 12)
            ),
        ]
    )
    assert answer(more) == NotEstimable("did_spill_over")
    assert isinstance(answer(six_sites()), Estimate)


def test_a_site_without_an_early_half_does_not_silence_the_others() -> None:
    early = pl.concat(
        cell(*place, date(2014, 1, 1), 9 + i % 2 if place[0] == "ama" else 1 + i % 2)
        for i, place in enumerate(COUNTS)
    )
    late_comer = pl.concat(cell("vac", "g", day, 3) for day in (BEFORE, DURING))
    rows = pl.concat([early, early, six_sites(), late_comer])
    assert answer(rows) == NotEstimable("did_trends")


def test_a_course_that_cannot_be_seen_is_no_course_alike() -> None:
    at_once = six_sites().with_columns(
        referral_date=pl.when(pl.col("referral_date") <= BEFORE)
        .then(pl.lit(BEFORE))
        .otherwise("referral_date")
    )
    assert answer(at_once) == NotEstimable("did_few_sites")


def test_a_day_that_most_share_does_not_hide_the_course() -> None:
    """Of twelve people a site before, ten came on the last day of all: the median is that day."""
    early = pl.concat(
        cell(*place, date(2015, 4, 1), 2 if place[0] == "ama" else 0, n=2) for place in COUNTS
    )
    last = six_sites().with_columns(
        referral_date=pl.when(pl.col("referral_date") <= BEFORE)
        .then(pl.lit(BEFORE))
        .otherwise("referral_date")
    )
    assert answer(pl.concat([early, last])) == NotEstimable("did_trends")
