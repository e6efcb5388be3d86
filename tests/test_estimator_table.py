"""Which test holds each estimator: the right answer, a known truth, and no answer."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
R, A = "tests/reference/test_", "tests/analysis/test_"
MATRIX = f"{A}degenerate_matrix.py::test_every_estimator_refuses_by_type_or_gives_finite_numbers"
IN_R, SITES = f"{R}causal_in_r.py::test_", f"{A}clusters.py::test_"
TIME, FIRES = (
    f"{R}time_and_states_in_r.py::test_",
    "tests/recovery/test_fires_recover_truth.py::test_",
)
#: Every kind of contrast, at several sizes, against worlds whose effect is known.
TRUTH = "tests/recovery/test_estimators_recover_truth.py::test_"
RECOVERED = f"{TRUTH}the_effect_is_found_and_the_error_is_the_real_one"
#: estimator: (reference, recovery of a known truth, behaviour without an answer)
TABLE: dict[str, tuple[str, str, str]] = {
    "crude.crude": (
        f"{IN_R}crude_difference_equals_r",
        f"{TRUTH}crude_shares_cover_at_any_size",
        MATRIX,
    ),
    "estimators.g_computation": (
        f"{IN_R}g_computation_equals_r",
        RECOVERED,
        MATRIX,
    ),
    "estimators.ipw": (
        f"{IN_R}weighting_equals_r_and_its_error_knows_the_propensity_model",
        RECOVERED,
        MATRIX,
    ),
    "estimators.aipw": (
        f"{IN_R}doubly_robust_points_equal_r",
        f"{TRUTH}doubly_robust_survives_a_wrong_propensity_model",
        MATRIX,
    ),
    "propensity.fit_propensity": (
        f"{IN_R}propensity_coefficients_and_errors_equal_glm",
        RECOVERED,
        f"{A}propensity.py::test_models_that_cannot_be_fitted_are_refused_with_their_reason",
    ),
    "regression.fit": (
        f"{A}regression.py::test_a_linear_fit_is_that_of_statsmodels",
        RECOVERED,
        f"{A}regression.py::test_more_terms_than_people_and_repeated_terms_are_refused",
    ),
    "bootstrap.bootstrap": (
        f"{A}bootstrap.py::test_the_point_is_the_estimator_s_and_the_spread_its_error",
        "tests/recovery/test_coverage.py::test_from_two_hundred_an_arm_every_interval_is_within_two_points_of_its_promise",
        f"{A}bootstrap.py::test_where_many_draws_have_no_answer_none_is_given",
    ),
    "survival.kaplan_meier": (
        f"{TIME}kaplan_meier_greenwood_and_log_log_bounds_equal_survfit",
        f"{A}survival.py::test_errors_are_the_spread_over_repeated_samples",
        f"{A}survival.py::test_no_waits_no_curve",
    ),
    "survival.restricted_mean_difference": (
        f"{TIME}restricted_means_and_their_difference_equal_survrm2",
        f"{A}survival.py::test_a_difference_in_waits_is_found_and_tested",
        f"{A}survival.py::test_no_waits_no_curve",
    ),
    "cox.cox": (
        f"{R}cox_and_pooling_in_r.py::test_return_to_prison_equals_coxph",
        f"{A}cox.py::test_the_truth_is_found_and_the_error_is_the_real_one",
        f"{A}cox.py::test_what_cannot_be_fitted_is_refused",
    ),
    "multistate.occupancy": (
        f"{TIME}states_before_death_equal_survfit",
        f"{A}multistate.py::test_occupancy_and_time_in_states_are_found_with_their_errors",
        f"{A}multistate.py::test_what_cannot_be_answered_is_refused",
    ),
    "exit_times.months_reached": (
        f"{A}exit_times.py::test_months_reached_are_the_area_under_the_published_curve",
        f"{A}exit_times.py::test_the_error_is_the_real_one",
        f"{A}exit_times.py::test_what_cannot_be_told_is_refused_by_type",
    ),
    "mixed.mixed_logit": (
        f"{R}mixed_in_r.py::test_contagious_disease_in_cattle_herds_equals_glmer",
        f"{A}mixed.py::test_the_spread_and_the_slope_are_found",
        f"{A}mixed.py::test_what_cannot_be_fitted_is_refused",
    ),
    "series.interrupted_series": (
        f"{A}series.py::test_step_and_course_equal_statsmodels_where_errors_depend_so_much",
        f"{A}series.py::test_the_step_is_found_and_mostly_inside_its_interval",
        f"{A}series.py::test_short_flat_or_broken_series_are_refused",
    ),
    "imputed.pooled_over_tables": (
        f"{R}cox_and_pooling_in_r.py::test_pooled_tables_equal_mice",
        f"{A}imputed.py::test_gaps_that_go_another_way_in_each_arm_are_filled_without_bias",
        f"{A}imputed.py::test_without_gaps_or_without_answers_there_is_nothing_to_fill",
    ),
    "decomposition.kitagawa": (
        f"{A}decomposition.py::test_composition_and_rates_add_to_the_gap",
        f"{A}decomposition.py::test_composition_and_rates_add_to_the_gap",
        f"{A}decomposition.py::test_a_group_in_one_programme_only_has_no_rate_in_the_other",
    ),
    "decomposition.oaxaca_blinder": (
        f"{A}decomposition.py::test_three_ways_equal_statsmodels",
        f"{A}decomposition.py::test_errors_are_the_spread_over_repeated_samples",
        f"{A}decomposition.py::test_what_cannot_be_split_is_refused",
    ),
    "differences.difference_in_differences": (
        f"{A}differences.py::test_the_error_is_the_jackknife_over_sites_by_hand",
        "tests/recovery/test_sites_recover_truth.py::test_changes_of_sites_give_the_difference_in_normal_operation",
        f"{A}differences.py::test_too_few_sites_give_no_number",
    ),
    "exposure.normal_operation": (
        f"{A}exposure.py::test_g_computation_is_the_logit_of_statsmodels_with_nothing_lost",
        f"{FIRES}recalculating_to_normal_operation_finds_the_truth",
        f"{A}exposure.py::test_one_outcome_in_an_arm_gives_no_number",
    ),
    "counterfactual.counterfactual": (
        f"{A}counterfactual.py::test_it_is_statsmodels_logits_led_through_undisturbed_months",
        f"{FIRES}undisturbed_months_find_the_truth",
        f"{A}counterfactual.py::test_what_cannot_be_computed_says_why",
    ),
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
    "transitions.transition_intensities": (
        f"{A}transitions.py::test_moves_over_time_at_risk_have_exact_bounds",
        f"{A}transitions.py::test_intensities_are_found_and_their_bounds_hold_as_often_as_they_say",
        f"{A}transitions.py::test_without_moves_there_is_no_pace",
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


#: What readies rows for an estimator and refuses before it.
HELPERS = frozenset({"sample"})


def refuses(path: Path) -> bool:
    """Return whether a public function of the module may answer ``NotEstimable``."""
    return any(
        isinstance(node, ast.FunctionDef)
        and not node.name.startswith("_")
        and node.returns is not None
        and "NotEstimable" in ast.unparse(node.returns)
        for node in ast.parse(path.read_text(encoding="utf-8")).body
    )


def test_every_module_that_can_refuse_is_in_the_table() -> None:
    found = {path.stem for path in (ROOT / "analysis").glob("*.py") if refuses(path)}
    held = {estimator.split(".")[0] for estimator in TABLE}
    assert not held & HELPERS
    assert held | HELPERS == found
