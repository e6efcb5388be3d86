"""Month by month, on counts: the same as one row per person and month."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from utfall.analysis.hazards import fit_hazards, incidence, incidence_difference
from utfall.analysis.regression import fit
from utfall.analysis.results import Estimate, NotEstimable

MONTHS = 60
#: Fire in the calendar's second year, and the share unemployed.
CALENDAR = np.column_stack([
    (np.arange(MONTHS) >= 24) & (np.arange(MONTHS) < 40),
    np.sin(np.arange(MONTHS) / 9),
]).astype(float)  # fmt: skip


def chance(month, x, calendar):
    left = expit(-3.0 + 0.3 * np.log(month) + 0.5 * x[:, 0] + 0.4 * x[:, 1] - 0.9 * calendar[:, 0])
    return left, expit(0.4 + 0.5 * x[:, 0] - 0.6 * calendar[:, 1])


def people(seed, n=1500, horizon=18):
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.random(n) < 0.5, rng.integers(0, 3, n)]).astype(float)
    entry = rng.integers(0, MONTHS - horizon - 1, n)
    seen = rng.integers(6, horizon + 1, n)
    months, way = seen.copy(), np.zeros(n, dtype=int)
    open_ = np.ones(n, dtype=bool)
    for month in range(1, horizon + 1):
        left, first = chance(month, x, CALENDAR[entry + month - 1])
        goes = open_ & (month <= seen) & (rng.random(n) < left)
        months[goes], way[goes] = month, np.where(rng.random(n) < first, 1, 2)[goes]
        open_ &= ~goes
    return months, way, x, entry


def test_counting_gives_the_fit_on_person_months():
    months, way, x, entry = people(1, n=400)
    found = fit_hazards(months, way, x, entry, CALENDAR, n_ways=2)
    person = np.repeat(np.arange(400), months)
    month = np.concatenate([np.arange(1, m + 1) for m in months])
    since = np.log(month)
    design = np.column_stack(
        [np.ones(len(month)), since, since**2, x[person], CALENDAR[entry[person] + month - 1]]
    )
    exit_ = (month == months[person]) & (way[person] > 0)
    rows = fit(exit_ * 1.0, design, "binomial")
    assert found.exit.coefficients == pytest.approx(rows.coefficients, rel=1e-9)
    assert np.diag(found.exit.inverse_information) == pytest.approx(
        np.diag(rows.inverse_information), rel=1e-8
    )
    left = fit((way[person] == 1)[exit_] * 1.0, design[exit_], "binomial")
    assert found.ways[0].coefficients == pytest.approx(left.coefficients, rel=1e-8)
    assert found.n_person_months == len(month)
    assert found.n_people == 400
    assert found.n_cells < len(month)


def test_calendar_and_arm_are_told_apart():
    found = fit_hazards(*people(2, n=6000), CALENDAR, n_ways=2)
    errors = np.sqrt(np.diag(found.exit.inverse_information))
    truth = [-3.0, 0.3, 0.0, 0.5, 0.4, -0.9, 0.0]
    assert (np.abs(found.exit.coefficients - truth) < 3.5 * errors).all()


def test_ways_out_never_add_to_more_than_everyone():
    months, way, x, entry = people(3)
    found = fit_hazards(months, way, x, entry, CALENDAR, n_ways=2)
    gone = incidence(found, x, entry, 12)
    assert (gone >= 0).all()
    assert (gone.sum(axis=1) < 1).all()


def truth(x, entry, horizon):
    gaps = []
    for arm in (1.0, 0.0):
        placed = x.copy()
        placed[:, 0] = arm
        there, work = np.ones(len(x)), np.zeros(len(x))
        for month in range(1, horizon + 1):
            left, first = chance(month, placed, CALENDAR[entry + month - 1])
            work, there = work + there * left * first, there * (1 - left)
        gaps.append(work.mean())
    return gaps[0] - gaps[1]


def test_the_difference_a_year_on_is_found_with_its_error():
    values, errors, held = [], [], []
    for seed in range(25):
        months, way, x, entry = people(seed, n=900)
        model = fit_hazards(months, way, x, entry, CALENDAR, n_ways=2)
        found = incidence_difference(model, x, entry, 0, 12)
        assert isinstance(found, Estimate)
        real = truth(x, entry, 12)
        values.append(found.estimate - real)
        errors.append(found.std_error)
        held.append(found.conf_low <= real <= found.conf_high)
    assert np.mean(values) == pytest.approx(0, abs=3.5 * np.std(values) / 5)
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std(values), rel=0.35)
    assert np.mean(held) >= 0.84


def test_what_cannot_be_fitted_is_refused():
    months, way, x, entry = people(4, n=60)

    def fitted(**changed):
        given = {"months": months, "way": way, "x": x, "entry": entry, "calendar": CALENDAR}
        return fit_hazards(**(given | changed), n_ways=2)

    assert fitted(way=way * 0) == NotEstimable("no_events")
    assert fitted(calendar=CALENDAR[:20]) == NotEstimable("calendar_too_short")
    assert fitted(x=x * np.nan) == NotEstimable("not_finite")
    assert fitted(x=np.column_stack([x, x[:, 1]])) == NotEstimable("rank_deficient")
    assert fitted(way=np.minimum(way, 1)).code in {"separation", "not_converged"}
    told = np.column_stack([x, way > 0])
    assert fitted(x=told * 1.0) == NotEstimable("separation")
    nobody = np.zeros(0, dtype=int)
    assert fitted(months=nobody, way=nobody, x=x[:0], entry=nobody) == NotEstimable("no_rows")
    with pytest.raises(ValueError, match="months start at 1"):
        fitted(months=months - 10)
    model = fit_hazards(*people(5, n=600), CALENDAR, n_ways=2)
    assert incidence(model, x, entry, MONTHS) == NotEstimable("calendar_too_short")
    assert incidence_difference(model, x, entry, 0, MONTHS).code == "calendar_too_short"
