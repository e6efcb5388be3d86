"""The balance gate lets randomised groups through and stops groups that differ."""

from __future__ import annotations

import numpy as np
import pytest

from utfall.analysis.balance import balance_gate, held_out_pairs, pair_name, smd_of
from utfall.analysis.vocabulary import Text
from utfall.analysis.wording import say

from .conftest import plan

TERMS = tuple(f"x{i}" for i in range(6))
LABELS = tuple(Text(term, term) for term in TERMS)


def gate(values: np.ndarray, treated: np.ndarray) -> str:
    return balance_gate(values, LABELS, treated, np.ones(treated.size), plan()).status


def test_a_lottery_of_municipal_size_is_rarely_called_unbalanced() -> None:
    failed = 0
    for seed in range(60):
        draw = np.random.default_rng(seed)
        treated = draw.permutation(np.arange(160) < 80)
        failed += gate(draw.normal(size=(160, 6)), treated) == "FAIL"
    assert failed <= 4


def test_groups_that_differ_in_a_modelled_term_are_stopped(rng: np.random.Generator) -> None:
    treated = np.arange(400) < 200
    values = rng.normal(size=(400, 6))
    values[treated, 2] += 0.8
    assert gate(values, treated) == "FAIL"


def test_a_difference_in_spread_is_seen_though_the_means_agree(rng: np.random.Generator) -> None:
    treated = np.arange(800) < 400
    values = rng.normal(size=(800, 6))
    values[treated, 0] *= 2.5
    assert gate(values, treated) == "FAIL"


def test_twenty_people_an_arm_cannot_show_balance(rng: np.random.Generator) -> None:
    treated = np.arange(24) < 12
    assert gate(rng.normal(size=(24, 6)), treated) == "NOT_EVALUATED"


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
    treated = np.arange(120) < 60
    values = rng.normal(size=(120, 2))
    values[:, 0] -= np.where(treated, values[treated, 0].mean(), values[~treated, 0].mean())
    values[treated, 0] += 0.3
    labels = (Text("ålder", "age"), Text("kön", "sex"))
    found = balance_gate(values, labels, treated, np.ones(120), plan())
    assert found.status == "RESERVE"
    said = say(found.reason)
    assert "ålder" in said.sv
    assert "age" in said.en
    assert "ålder" not in said.en
