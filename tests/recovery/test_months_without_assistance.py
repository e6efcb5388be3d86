"""Months without assistance, scored against what each person's course would have been."""

from __future__ import annotations

import statistics

import pytest

from utfall.pipelines.simulation.assistance import effect_on_months

from .conftest import Run

ANGERED = "angered_kompetenscenter"

#: No noise between years of a site, which the interval of one estimate does not speak of.
STEADY = {"site_year_sd": 0.0}


def scored(run: Run, seeds: range) -> dict[int, tuple[float, float, int]]:
    """Return, for 3 and 6 months in a row, coverage, mean error and how many were answered."""
    errors: dict[int, list[float]] = {3: [], 6: []}
    covered = dict.fromkeys(errors, 0)
    for seed in seeds:
        world, found = run("goteborg", ANGERED, seed, **STEADY)
        answers = {one.outcome: one.estimate for one in found.secondary_outcomes}
        for months in errors:
            estimate = answers[f"no_assistance_{months}_months_365"]
            if estimate is None:
                continue
            truth = effect_on_months(world.potential, months, found.estimand)
            covered[months] += estimate.conf_low <= truth <= estimate.conf_high
            errors[months].append(estimate.estimate - truth)
    return {
        months: (covered[months] / max(len(found), 1), statistics.fmean(found), len(found))
        for months, found in errors.items()
    }


def test_the_marts_find_who_goes_without_in_a_few_worlds(run: Run) -> None:
    for coverage, error, answered in scored(run, range(5)).values():
        assert answered >= 4
        assert coverage >= 0.75
        assert abs(error) < 0.03


def test_the_marts_and_the_simulator_agree_on_every_person(run: Run) -> None:
    """The share in each programme is the potential share of its own people, in fact steady."""
    world, found = run("goteborg", ANGERED, 1, **STEADY)
    one = next(o for o in found.secondary_outcomes if o.outcome == "no_assistance_3_months_365")
    for arm, programme in (("target", found.target), ("comparator", found.comparator)):
        own = world.potential.filter(
            (world.potential["programme"] == programme) & world.potential["had_assistance"]
        )
        drawn = float(own[f"no_assistance_3_months_{arm}"].cast(int).mean())  # type: ignore[arg-type]
        seen = next(a for a in one.arms if a.programme == programme)
        assert seen.n_known > 300
        assert seen.value == pytest.approx(drawn, abs=0.03)


@pytest.mark.slow
def test_the_true_difference_is_held_in_93_of_100_worlds(run: Run) -> None:
    for months, (coverage, error, answered) in scored(run, range(100)).items():
        print(f"{months} months: coverage {coverage:.3f}, error {error:+.4f}, of {answered}")
        assert answered >= 95
        assert coverage >= 0.93
        assert abs(error) < 0.01
