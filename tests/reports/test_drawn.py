"""A picture draws the numbers of its table and no others; a grey print keeps series apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from utfall.reports.difference_figures import ladder_figure
from utfall.reports.figure import COMPARATOR, TARGET, Figure, canvas
from utfall.reports.words import Words

from .conftest import HEADLINES, comparison, document
from .drawn import alike_in_grey, figures_in, not_drawn, not_told

EN = Words("en")
FIGURES = [
    pytest.param(figure, id=f"{headline}-{figure.id}")
    for headline in HEADLINES
    for figure in figures_in(document(comparison(headline)), EN)
]


@pytest.mark.parametrize("width", [800, 380])
@pytest.mark.parametrize("figure", FIGURES)
def test_what_the_table_says_is_drawn_and_what_is_drawn_the_table_says(
    figure: Figure, width: int
) -> None:
    assert not_drawn(figure, width) == []
    assert not_told(figure, width) == []


@pytest.mark.parametrize("width", [800, 380])
@pytest.mark.parametrize("figure", FIGURES)
def test_a_grey_print_keeps_series_apart(figure: Figure, width: int) -> None:
    assert alike_in_grey(figure, width) == []


def test_a_number_that_only_the_table_or_only_the_picture_has_is_found() -> None:
    figure = ladder_figure(comparison("better_clear"), EN)
    other = ladder_figure(comparison("better_clear", estimate=0.5), EN)
    mixed = replace(figure, draw=other.draw, machine_rows=((*figure.machine_rows[0][:1], 0.77),))
    mixed = replace(mixed, machine_header=figure.machine_header[:2])
    assert not_drawn(mixed, 800) == [0.77]
    assert not_told(mixed, 800) != []


def test_two_series_that_differ_in_hue_alone_are_found() -> None:
    plot = canvas(800, 100)
    for colour in (TARGET, COMPARATOR):
        plot.add_scatter(x=[1], y=[1], mode="markers", marker={"color": colour})
    figure = replace(ladder_figure(comparison("better_clear"), EN), draw=lambda _: plot)
    assert alike_in_grey(figure, 800) == [tuple(sorted((TARGET, COMPARATOR)))]
