"""Pictures, tables and files are made from the same rows, and claim no more than they show."""

from __future__ import annotations

import re
from typing import Any

import pytest

from utfall.reports.description_figures import exits_figure, flow_figure
from utfall.reports.design_figures import love_figure, overlap_figure
from utfall.reports.difference_figures import choices_figure, gap_figure, ladder_figure
from utfall.reports.figure import Figure
from utfall.reports.pages import figures_of
from utfall.reports.secondary_figures import secondary_figure
from utfall.reports.words import Words
from utfall.reports.year_figures import year_position, years_figure

from .conftest import HEADLINES, comparison, document

SV, EN = Words("sv"), Words("en")
WIDTHS = (800, 380)


def marks(figure: Figure, width: int = 800) -> list[float]:
    """Return where single markers stand, in the unit of the axis."""
    return [
        trace.x[0]
        for trace in figure.draw(width).data
        if trace.type == "scatter" and trace.mode == "markers"
    ]


def bars(figure: Figure, width: int = 800) -> list[Any]:
    return [trace for trace in figure.draw(width).data if trace.type == "bar"]


def texts(figure: Figure, width: int = 800) -> str:
    plot = figure.draw(width)
    return " ".join(note.text for note in plot.layout.annotations)


def fire(comparison_: dict[str, Any]) -> list[dict[str, Any]]:
    return list(document(comparison_)["disruptions"])


@pytest.mark.parametrize("width", WIDTHS)
def test_the_ladder_draws_every_number_of_its_table(width: int) -> None:
    figure = ladder_figure(comparison("better_clear"), EN)
    assert marks(figure, width) == pytest.approx([-31, 12, 12])
    assert [row[1] for row in figure.rows] == ["−31", "+12", "+12"]
    for row in figure.rows:
        assert row[1] in figure.alt
        assert row[1] in texts(figure, width)


def test_the_last_row_of_the_ladder_holds_the_variation_between_years() -> None:
    one = comparison("better_clear")
    *_, last = ladder_figure(one, SV).rows
    assert last[0] == "Svaret, med hur åren varierar"
    assert last[2:4] == ("+1", SV.signed(one["second_high"], "share"))
    without = comparison("better_clear", second_low=None, second_high=None)
    assert len(ladder_figure(without, SV).rows) == len(one["ladder"])


@pytest.mark.parametrize("width", WIDTHS)
def test_a_withheld_rung_is_a_named_gap(width: int) -> None:
    figure = ladder_figure(comparison("not_comparable"), SV)
    assert marks(figure, width) == pytest.approx([-31])
    assert "visas inte" in texts(figure, width)
    dotted = [trace for trace in figure.draw(width).data if trace.line.dash == "dot"]
    assert len(dotted) == 1


@pytest.mark.parametrize("headline", HEADLINES)
def test_a_title_claims_a_difference_only_where_the_verdict_does(headline: str) -> None:
    for words in (SV, EN):
        title = ladder_figure(comparison(headline), words).title
        claims = bool(re.search("tydlig|osäker skillnad|clear|uncertain difference", title))
        assert claims == headline.startswith("better")


def test_the_waterfall_ends_at_the_number_in_the_debate() -> None:
    figure = gap_figure(comparison("better_clear"), EN)
    assert figure is not None
    fair, part, debate = bars(figure)
    assert fair.x[0] == pytest.approx(12)
    assert part.base[0] == pytest.approx(12)
    assert part.base[0] + part.x[0] == pytest.approx(debate.x[0]) == pytest.approx(-31)
    assert len(figure.rows) == len(bars(figure))


def test_a_part_that_cannot_be_computed_is_named_and_not_drawn() -> None:
    one = comparison("better_clear")
    one["decomposition"].insert(
        0, {**one["decomposition"][0], "source": "labour_market", "estimate": None}
    )
    figure = gap_figure(one, SV)
    assert figure is not None
    assert "kan inte beräknas" in texts(figure)
    assert len(bars(figure)) == len(figure.rows) - 1


def test_a_refused_comparison_has_no_waterfall_and_no_other_choices() -> None:
    assert gap_figure(comparison("not_comparable"), SV) is None
    assert choices_figure(comparison("not_comparable"), SV) is None


def test_choices_that_do_not_count_have_a_mark_of_their_own() -> None:
    one = comparison("better_clear")
    crude = {**one["sensitivity"][0], "id": "crude", "admissible": False, "estimate": -0.05}
    one["sensitivity"].append(crude)
    figure = choices_figure(one, EN)
    assert figure is not None
    assert marks(figure) == pytest.approx([12, -5])
    symbols = [trace.marker.symbol for trace in figure.draw(800).data if trace.mode == "markers"]
    assert len(set(symbols)) == 2


def test_a_protected_year_shows_that_it_is_few_and_breaks_the_line() -> None:
    one = comparison("better_clear")
    figure = years_figure(one, "ama", fire(one), SV)
    assert figure is not None
    (line,) = figure.draw(800).data
    assert list(line.y) == [20, None]
    assert not line.connectgaps
    assert figure.rows[1][1] == ".."
    assert figure.machine_rows[1][1] is None


def test_the_disrupted_time_is_shaded_where_it_was_and_the_picture_says_so() -> None:
    one = comparison("better_clear")
    figure = years_figure(one, "ama", fire(one), SV)
    assert figure is not None
    shades = [
        shape for shape in figure.draw(800).layout.shapes if shape.x0 == year_position("2016-12-10")
    ]
    assert [shape.x1 for shape in shades] == [2018.0]  # cut where the picture ends
    for width in WIDTHS:
        assert "The fire" in texts(figure, width)
        assert "år som stördes" in texts(figure, width)
    assert "The fire" in figure.alt
    fills = figure.draw(800).data[0].marker.color
    assert fills[0] != fills[1]


def test_each_programme_has_its_exits_to_itself() -> None:
    one = comparison("not_comparable")
    figure = exits_figure(one, "ama", EN)
    assert figure is not None
    assert len(bars(figure)) == len(figure.rows) == 2
    assert [row[1] for row in figure.rows] == ["26%", "74%"]
    assert exits_figure(one, "vac", EN) is None


def test_overlap_bars_are_people_by_area_so_that_merged_bands_do_not_loom() -> None:
    one = comparison("better_clear")
    one["overlap"] = [
        {"low": 0.0, "high": 0.8, "n_target": 40, "n_comparator": 40},
        {"low": 0.8, "high": 1.0, "n_target": 40, "n_comparator": None},
    ]
    figure = overlap_figure(one, EN)
    assert figure is not None
    heights = [bar.y[0] for bar in bars(figure)]
    assert heights[2] == pytest.approx(4 * heights[0])
    assert figure.rows[1][2] == ".."
    assert ".." in texts(figure)


def test_the_love_plot_marks_before_and_after_by_shape() -> None:
    figure = love_figure(comparison("better_clear"), SV)
    assert figure is not None
    assert marks(figure) == pytest.approx([0.4, 0.0])
    assert figure.rows == (("age (sv)", "0,4", "0"),)


@pytest.mark.parametrize("width", WIDTHS)
def test_names_are_shown_as_written_and_never_run(width: int) -> None:
    payload = '<a href="https://example.org">x</a>'
    names = {"target_name": {"sv": payload, "en": payload}}
    one = comparison("better_clear", **names)
    one["ladder"][1]["label"] = one["attrition"][0]["label"] = names["target_name"]
    for figure in figures_of(document(one), one, EN):
        assert "<a " not in texts(figure, width).lower()


@pytest.mark.parametrize("headline", HEADLINES)
def test_every_figure_tells_its_numbers_to_those_who_cannot_see_it(headline: str) -> None:
    one = comparison(headline)
    for words in (SV, EN):
        for figure in figures_of(document(one), one, words):
            assert len(figure.alt) > 40
            assert figure.title in figure.alt
            numbers = [cell for row in figure.rows for cell in row[1:2] if re.search(r"\d", cell)]
            assert all(number in figure.alt for number in numbers)
            assert len(figure.machine_rows) == len(figure.rows)
            assert all(len(row) == len(figure.header) for row in figure.rows)


def test_both_languages_draw_the_same_figures_from_the_same_numbers() -> None:
    one = comparison("better_clear")
    pairs = zip(figures_of(document(one), one, SV), figures_of(document(one), one, EN), strict=True)
    for swedish, english in pairs:
        assert swedish.id == english.id
        assert swedish.machine_rows == english.machine_rows


def test_steps_that_leave_people_out_are_bars_on_both_sides() -> None:
    figure = flow_figure(comparison("better_clear"), SV)
    assert [bar.x[0] for bar in bars(figure)] == pytest.approx([-1.0, 0.6])
    assert figure.rows[0][1:] == ("150", "90")


@pytest.mark.parametrize("width", WIDTHS)
def test_other_outcomes_stand_side_by_side_and_a_hidden_share_is_a_gap(width: int) -> None:
    figure = secondary_figure(comparison("better_clear"), EN)
    assert figure is not None
    assert marks(figure, width) == pytest.approx([0.25])
    dotted = [trace for trace in figure.draw(width).data if trace.line.dash == "dot"]
    assert len(dotted) == 1
    name, share, followed, *hidden, difference = figure.rows[0]
    assert (share, followed) == ("25% (17–35%)", "80")
    assert hidden == ["..", ".."]
    assert name in figure.alt
    assert "may be chance" in difference
    written = {note.text for note in figure.draw(width).layout.annotations}
    assert {"25% (17–35%)", ".."} <= written


def test_a_refused_comparison_shows_other_outcomes_without_a_difference() -> None:
    figure = secondary_figure(comparison("not_comparable"), EN)
    assert figure is not None
    assert "not compared" in figure.rows[0][-1]
    assert "chance" not in figure.alt


def test_nothing_to_show_of_other_outcomes_is_no_figure() -> None:
    assert secondary_figure(comparison("cannot_tell", secondary_outcomes=[]), EN) is None
    before = comparison("cannot_tell")
    del before["secondary_outcomes"]
    assert secondary_figure(before, EN) is None


def test_a_ladder_of_hidden_steps_alone_is_no_picture() -> None:
    one = comparison("not_comparable")
    assert any(figure.id == "ladder" for figure in figures_of(document(one), one, SV))
    for rung in one["ladder"]:
        rung.update(dict.fromkeys(("estimate", "conf_low", "conf_high")))
    assert not any(figure.id == "ladder" for figure in figures_of(document(one), one, SV))


def test_an_outcome_that_is_hidden_in_both_is_told_in_the_table_alone() -> None:
    one = comparison("better_clear")
    shown = one["secondary_outcomes"][0]
    empty = dict.fromkeys(("n", "n_known", "value", "conf_low", "conf_high"))
    both_hidden = [{**arm, **empty} for arm in shown["arms"]]
    one["secondary_outcomes"] = [
        shown,
        {**shown, "label": {"sv": "dolt", "en": "hidden"}, "arms": both_hidden},
    ]
    figure = secondary_figure(one, EN)
    assert figure is not None
    assert len(figure.rows) == 2
    drawn = {note.text for note in figure.draw(380).layout.annotations}
    assert not any("Hidden" in text for text in drawn)
    assert any(figure.rows[0][0] in text for text in drawn)
