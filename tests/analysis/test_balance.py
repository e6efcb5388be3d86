"""The balance gate lets randomised groups through and stops groups that differ."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from utfall.analysis.balance import (
    HeldOut,
    balance_gate,
    held_out_columns,
    held_out_pairs,
    pair_name,
    smd_of,
)
from utfall.analysis.bias import differences
from utfall.analysis.covariates import DesignMatrix
from utfall.analysis.propensity import fit_propensity
from utfall.analysis.results import Gate, NotEstimable
from utfall.analysis.vocabulary import Text
from utfall.analysis.weights import weights
from utfall.analysis.wording import say

from .conftest import declared, plan

TERMS = tuple(f"x{i}" for i in range(12))
LABELS = tuple(Text(term, term) for term in TERMS)


def matrix(values: np.ndarray, labels: tuple[Text, ...] = LABELS) -> DesignMatrix:
    kept = labels[: values.shape[1]]
    return DesignMatrix(values, tuple(label.en for label in kept), kept)


def gate(values: np.ndarray, treated: np.ndarray, **changes: Any) -> Gate:
    """Return G4 of unweighted groups."""
    held_out = HeldOut(values=np.empty((treated.size, 0)), labels=())
    return balance_gate(
        matrix(values), held_out, treated, np.ones(treated.size), None, plan(**changes)
    )


@pytest.mark.parametrize(("size", "terms"), [(68, 6), (160, 6), (160, 12), (400, 6)])
def test_a_lottery_of_municipal_size_is_rarely_called_unbalanced(size: int, terms: int) -> None:
    """A limit of 0.1 on every difference would stop nine lotteries in ten at these sizes."""
    said = []
    for seed in range(60):
        draw = np.random.default_rng(seed)
        treated = draw.permutation(np.arange(size) < size // 2)
        said.append(gate(draw.normal(size=(size, terms)), treated).status)
    assert said.count("FAIL") <= 2
    assert said.count("PASS") >= 52


def test_groups_that_differ_in_strong_predictors_are_stopped(rng: np.random.Generator) -> None:
    treated = np.arange(400) < 200
    values = rng.normal(size=(400, 6))
    values[treated, 2] += 0.8
    assert gate(values, treated).status == "RESERVE"
    values[treated, 3] += 1.2
    found = gate(values, treated)
    assert found.status == "FAIL"
    assert found.statistic == pytest.approx(np.hypot(0.08, 0.12), abs=0.03)


def test_differences_of_declared_direction_may_cancel_each_other(rng: np.random.Generator) -> None:
    treated = np.arange(400) < 200
    values = rng.normal(size=(400, 6))
    values[treated, :2] += 1.2
    terms = declared()["covariates"]
    names = [covariate["name"] for covariate in terms]

    def judged(second: float) -> Gate:
        plan_ = plan(
            covariates=[
                {**one, "effect": effect}
                for one, effect in zip(terms, (9.0, second, 1.0, 1.0, 1.0, 1.0), strict=True)
            ]
        )
        labels = tuple(Text(name, name) for name in names)
        held_out = HeldOut(values=np.empty((400, 0)), labels=())
        return balance_gate(matrix(values, labels), held_out, treated, np.ones(400), None, plan_)

    assert judged(9.0).status == "FAIL"
    assert judged(-9.0).status == "PASS"


def test_a_difference_in_spread_is_seen_though_the_means_agree(rng: np.random.Generator) -> None:
    treated = np.arange(800) < 400
    values = rng.normal(size=(800, 6))
    values[treated, 0] *= 2.5
    assert gate(values, treated).status == "RESERVE"


def test_what_the_weights_were_not_made_for_can_still_tell(rng: np.random.Generator) -> None:
    """Overlap weights balance the model's terms exactly, and so hide what the model forgot."""
    values = rng.normal(size=(600, 4))
    treated = rng.random(600) < 1 / (1 + np.exp(-0.5 * values[:, 0] - (values[:, 1] ** 2 - 1)))
    fitted = fit_propensity(treated, values)
    assert not isinstance(fitted, NotEstimable)
    weight = weights(fitted.scores, treated, "ato")
    design = matrix(values, LABELS[:4])
    nothing = HeldOut(values=np.empty((600, 0)), labels=())
    found = balance_gate(design, nothing, treated, weight, fitted.scores, plan())
    assert max(abs(smd_of(values[:, i], treated, weight)) for i in range(4)) < 1e-6
    assert found.status == "RESERVE"
    assert say(found.reason).en.count("x1") == 1


def test_what_nobody_adjusted_for_tries_the_weights(rng: np.random.Generator) -> None:
    treated = np.arange(400) < 200
    rows = pl.DataFrame(
        {"benefit_months_second_year_before": rng.poisson(np.where(treated, 9.0, 3.0)).tolist()}
    )
    held_out = held_out_columns(rows, plan())
    alike = balance_gate(
        matrix(rng.normal(size=(400, 6))), held_out, treated, np.ones(400), None, plan()
    )
    assert alike.status == "FAIL"
    assert "biståndsmånader" in say(alike.reason).sv


def test_twenty_four_people_cannot_show_balance_of_a_dozen_terms(
    rng: np.random.Generator,
) -> None:
    treated = np.arange(24) < 12
    assert gate(rng.normal(size=(24, 12)), treated).status == "NOT_EVALUATED"


def test_held_out_terms_are_squares_and_products_and_never_flags_squared() -> None:
    values = np.column_stack([np.arange(10.0), np.arange(10) % 2])
    _, pairs = held_out_pairs(values)
    names = tuple(pair_name(("age", "woman"), i, j) for i, j in pairs)
    assert names == ("age", "age × woman")


def test_the_difference_is_in_standard_deviations_of_the_unweighted_arms() -> None:
    column = np.array([1.0, 3.0, 0.0, 2.0])
    treated = np.array([True, True, False, False])
    assert smd_of(column, treated, np.ones(4)) == pytest.approx(1 / np.sqrt(2))


def test_what_still_differs_is_named_in_both_languages(rng: np.random.Generator) -> None:
    treated = np.arange(400) < 200
    values = rng.normal(size=(400, 2))
    values[treated, 0] += 0.6
    held_out = HeldOut(values=np.empty((400, 0)), labels=())
    labels = (Text("ålder", "age"), Text("kön", "sex"))
    found = balance_gate(matrix(values, labels), held_out, treated, np.ones(400), None, plan())
    assert found.status == "RESERVE"
    said = say(found.reason)
    assert "ålder" in said.sv
    assert "age" in said.en
    assert "ålder" not in said.en


def test_the_error_of_a_difference_knows_that_the_weights_were_estimated() -> None:
    """Spread over 300 worlds of a product that the model did not hold, against what is said."""
    found, said = [], []
    for seed in range(300):
        draw = np.random.default_rng(seed)
        values = draw.normal(size=(200, 3))
        treated = draw.random(200) < 1 / (1 + np.exp(-0.7 * values[:, 0]))
        fitted = fit_propensity(treated, values)
        assert not isinstance(fitted, NotEstimable)
        weight = weights(fitted.scores, treated, "ate")
        score = (treated - fitted.scores)[:, None] * np.column_stack([np.ones(200), values])
        product = (values[:, 0] * values[:, 1])[:, None]
        difference, influence = differences(product, treated, weight, score)
        found.append(difference[0])
        said.append(influence[:, 0] @ influence[:, 0])
    assert np.std(found) == pytest.approx(np.sqrt(np.mean(said)), rel=0.15)
