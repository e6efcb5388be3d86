"""Which test holds the estimators that R is seldom asked about: answer, truth and no answer."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
R, A = "tests/reference/test_", "tests/analysis/test_"
MATRIX = f"{A}degenerate_matrix.py::test_every_estimator_refuses_by_type_or_gives_finite_numbers"
IN_R, SITES = f"{R}causal_in_r.py::test_", f"{A}clusters.py::test_"
#: estimator: (reference, recovery of a known truth, behaviour without an answer)
TABLE: dict[str, tuple[str, str, str]] = {
    "balancing.entropy_balancing": (
        f"{IN_R}entropy_balancing_equals_weightit_or_is_refused_where_it_warned",
        f"{A}balancing.py::test_the_effect_is_found_and_the_error_is_the_real_one",
        MATRIX,
    ),
    "matching.coarsened_matching": (
        f"{R}by_hand.py::test_differences_within_groups_are_weighed_by_whom_they_are_about",
        f"{A}matching.py::test_the_effect_is_found_and_the_error_is_the_real_one",
        f"{A}matching.py::test_too_few_alike_is_told_and_so_are_groups_of_one",
    ),
    "clusters.wild_cluster_test": (
        f"{SITES}the_wild_bootstrap_is_what_refitting_every_draw_gives",
        f"{SITES}intervals_with_twelve_sites_hold_the_truth",
        f"{SITES}two_sites_or_one_are_too_few",
    ),
    "panels.group_time_effects": (
        f"{A}panels.py::test_two_periods_are_the_difference_of_mean_changes_with_its_robust_error",
        f"{A}panels.py::test_growing_effects_are_found_where_two_way_fixed_effects_are_not",
        f"{A}panels.py::test_panels_without_an_answer_say_so",
    ),
    "panels.trend_bounds": (
        f"{A}panels.py::test_bounds_widen_with_what_is_allowed_and_start_at_the_interval",
        f"{A}panels.py::test_bounds_hold_the_truth_where_courses_go_on_differing_as_before",
        MATRIX,
    ),
    "missing.lee_bounds": (
        f"{R}by_hand.py::test_a_fifth_too_many_known_is_cut_from_either_end",
        f"{A}missing.py::test_trimming_holds_the_effect_on_those_always_known",
        f"{A}missing.py::test_too_little_to_go_on_is_told",
    ),
    "missing.censoring_weighted": (
        f"{A}missing.py::test_with_everything_known_it_is_weighting_by_programme_alone",
        f"{A}missing.py::test_knowing_more_of_the_able_is_weighted_away",
        f"{A}missing.py::test_too_little_to_go_on_is_told",
    ),
    "hazards.fit_hazards": (
        f"{A}hazards.py::test_counting_gives_the_fit_on_person_months",
        f"{A}hazards.py::test_the_difference_a_year_on_is_found_with_its_error",
        f"{A}hazards.py::test_what_cannot_be_fitted_is_refused",
    ),
    "sites.partial_pooling": (
        f"{A}sites.py::test_the_spread_between_sites_is_the_restricted_likelihood_s_peak",
        f"{A}sites.py::test_intervals_of_sites_hold_their_own_truth_on_average",
        f"{A}sites.py::test_two_sites_certain_sites_and_empty_sites_are_refused",
    ),
    "sites.funnel": (
        f"{A}sites.py::test_chance_alone_puts_one_site_in_twenty_outside_the_funnel",
        f"{A}sites.py::test_chance_alone_puts_one_site_in_twenty_outside_the_funnel",
        f"{A}sites.py::test_two_sites_certain_sites_and_empty_sites_are_refused",
    ),
    "calibration.empirical_null": (
        f"{A}calibration.py::test_controls_of_equal_error_have_a_null_in_closed_form",
        f"{A}calibration.py::test_bias_and_its_spread_are_found",
        f"{A}calibration.py::test_few_or_broken_controls_are_refused",
    ),
}


def functions(path: Path) -> set[str]:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return {node.name for node in body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("estimator", TABLE)
def test_every_cell_names_a_test_that_exists(estimator: str) -> None:
    module, name = estimator.split(".")
    assert name in functions(ROOT / "analysis" / f"{module}.py")
    for cell in TABLE[estimator]:
        file, test = cell.split("::")
        assert test in functions(ROOT / file), cell
