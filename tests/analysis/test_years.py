"""Years: counts beside what chance alone gives."""

from __future__ import annotations

import polars as pl

from utfall.analysis.years import yearly

from .conftest import plan


def months(events_per_year: dict[int, int], disrupted: set[int] = frozenset()) -> pl.DataFrame:  # type: ignore[assignment]
    return pl.DataFrame(
        [
            {
                "programme": "ama",
                "month": f"{year}-{month:02d}",
                "n_exits_work_or_studies": events if month == 1 else 0,
                "n_referred": 5,
                "places": 40,
                "is_disrupted": year in disrupted,
            }
            for year, events in events_per_year.items()
            for month in range(1, 13)
        ]
    )


def test_the_band_is_drawn_around_the_calm_years_only() -> None:
    rows = yearly(
        months({2014: 19, 2015: 18, 2016: 20, 2017: 9}, {2017}), plan(overdispersion_points=0)
    )
    bands = {(row.normal_low, row.normal_high) for row in rows}
    assert bands == {(11, 28)}
    assert [row.is_disrupted for row in rows] == [False, False, False, True]
    assert rows[-1].events == 9
    assert rows[0].place_months == 480


def test_declared_variation_between_years_widens_the_band() -> None:
    told = months({2014: 19, 2015: 18, 2016: 20})
    narrow = yearly(told, plan(overdispersion_points=0))[0]
    wide = yearly(told, plan(overdispersion_points=8))[0]
    assert narrow.normal_low is not None
    assert wide.normal_low is not None
    assert wide.normal_low <= narrow.normal_low
    assert (wide.normal_high or 0) >= (narrow.normal_high or 0)


def test_one_calm_year_gives_no_band_and_half_a_year_is_not_a_year() -> None:
    assert yearly(months({2016: 19, 2017: 9}, {2017}), plan())[0].normal_low is None
    half = months({2016: 19}).head(6)
    assert yearly(half, plan()) == ()
