"""A text's own numbers: what they add up to, and what chance alone does to them."""

from __future__ import annotations

import numpy as np
import pytest

from utfall.analysis.questions.answer import Asked, Frames
from utfall.analysis.questions.cells import Number
from utfall.analysis.questions.claimed import claimed_counts, claimed_shares, power_of_counts
from utfall.analysis.vocabulary import Text

MIA = {
    "total": 3000,
    "parts": [{"name": "good", "n": 450}, {"name": "ordinary", "n": 800}],
    "good": "good",
}


def numbers(family: object, **settings: object) -> dict[str, Number]:
    asked = Asked(id="q", document="d", family="x", text=Text("f", "q"), settings=settings)
    found = family(Frames({}), asked)  # type: ignore[operator]
    return dict(found.numbers)


def test_the_text_leaves_most_people_unmentioned_and_so_the_result_open() -> None:
    found = numbers(claimed_shares, **MIA, elsewhere="ordinary")
    share, rest, most = (found[name] for name in ("good", "unaccounted", "at_most"))
    assert share.value == pytest.approx(15.0)
    assert (round(share.low or 0, 1), round(share.high or 0, 1)) == (13.8, 16.3)
    assert rest.value == pytest.approx(58.333, abs=1e-3)
    assert most.value == pytest.approx(73.333, abs=1e-3)


def test_if_those_passed_on_are_unknown_too_nothing_bounds_the_share_from_above() -> None:
    assert numbers(claimed_shares, **MIA)["at_most"].value == 100.0


def test_parts_that_make_up_everybody_leave_nothing_open() -> None:
    parts = [{"name": "asked", "n": 500}, {"name": "others", "n": 500}]
    found = numbers(claimed_shares, total=1000, parts=parts, good="asked")
    assert found["good"].value == 50.0
    assert "unaccounted" not in found


def test_one_year_seldom_shows_half_as_many_again() -> None:
    found = numbers(claimed_counts, counts=[18, 20], times=1.5, years=[1, 3, 5])
    assert (found["band_low"].value, found["band_high"].value) == (11, 28)
    powers = [found[f"seen_in_{year}"].value for year in (1, 3, 5)]
    assert powers == pytest.approx([29, 67, 87], abs=1.5)
    double = numbers(claimed_counts, counts=[19], times=2.0, years=[1, 3, 5])
    assert [double[f"seen_in_{year}"].value for year in (1, 3, 5)] == pytest.approx(
        [73, 99, 100], abs=1.5
    )


def test_equal_counts_differ_about_as_often_as_the_test_allows(rng: np.random.Generator) -> None:
    assert power_of_counts(60.0, 60.0) == pytest.approx(0.05, abs=0.01)
    drawn = rng.poisson([[19.0], [28.5]], size=(2, 20_000))
    z = np.abs(drawn[0] - drawn[1]) / np.sqrt(drawn.sum(axis=0))
    assert power_of_counts(19, 28.5) == pytest.approx(float((z > 1.96).mean()), abs=0.012)
