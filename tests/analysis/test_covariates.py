"""Declared covariates become the columns that a reader would expect."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from utfall.analysis.covariates import design_matrix
from utfall.analysis.errors import ProtocolError
from utfall.analysis.protocol import Covariate


def covariate(name: str, kind: str, powers: int = 1) -> Covariate:
    label = {"sv": f"{name} på svenska", "en": f"{name} in English"}
    return Covariate(name=name, kind=kind, label=label, reason="declared in a test", powers=powers)


PEOPLE = pl.DataFrame(
    {
        "age": [25, 30, 35, None, 60, 41],
        "education": ["basic", "upper", "basic", None, "tertiary", "basic"],
        "obstacle": [True, False, None, False, True, False],
        "score": [1.0, 2.0, 4.0, 8.0, 16.0, float("nan")],
    }
)


def test_the_most_frequent_level_is_what_others_are_compared_with():
    made = design_matrix(PEOPLE, [covariate("education", "category")])
    assert made.terms == ("education:missing", "education:tertiary", "education:upper")
    assert made.values.sum(axis=0).tolist() == [1, 1, 1]


def test_equal_levels_are_settled_by_name():
    made = design_matrix(
        pl.DataFrame({"sex": ["m", "f", "m", "f"]}), [covariate("sex", "category")]
    )
    assert made.terms == ("sex:m",)


def test_a_missing_number_is_the_mean_and_says_that_it_was_missing():
    made = design_matrix(PEOPLE, [covariate("age", "number"), covariate("score", "number")])
    assert made.terms == ("age", "age:missing", "score", "score:missing")
    assert made.values[3, 0] == pytest.approx(0, abs=1e-15)
    assert np.argmax(made.values[:, 1]) == 3
    assert np.argmax(made.values[:, 3]) == 5
    assert np.isfinite(made.values).all()


def test_a_missing_flag_is_no_and_says_that_it_was_missing():
    made = design_matrix(PEOPLE, [covariate("obstacle", "flag")])
    assert made.terms == ("obstacle", "obstacle:missing")
    assert made.values[:, 0].tolist() == [1, 0, 0, 0, 1, 0]


def test_numbers_and_powers_are_standardised():
    made = design_matrix(PEOPLE, [covariate("score", "number", powers=3)])
    assert made.terms == ("score", "score^2", "score^3", "score:missing")
    assert made.values.mean(axis=0) == pytest.approx(0, abs=1e-12)
    assert made.values.std(axis=0) == pytest.approx(1)


def test_every_term_has_a_label_in_both_languages():
    made = design_matrix(PEOPLE, [covariate("education", "category"), covariate("age", "number")])
    assert [label.sv for label in made.labels] == [
        "education på svenska: uppgift saknas",
        "education på svenska: tertiary",
        "education på svenska: upper",
        "age på svenska",
    ]
    assert all(label.en for label in made.labels)


def test_repeats_and_constants_are_dropped_and_named():
    rows = PEOPLE.with_columns(
        months=pl.col("age") * 12, town=pl.lit("here"), copy=pl.col("education")
    )
    made = design_matrix(
        rows,
        [
            covariate("age", "number"),
            covariate("education", "category"),
            covariate("months", "number"),
            covariate("town", "category"),
            covariate("copy", "category"),
        ],
    )
    assert made.terms == ("age", "age:missing", "education:tertiary", "education:upper")
    assert set(made.dropped) == {
        "education:missing",  # the same person's age is missing too
        "months",
        "months:missing",
        "copy:missing",
        "copy:tertiary",
        "copy:upper",
    }


def test_no_combination_of_kept_columns_and_a_constant_is_zero():
    rng = np.random.default_rng(1)
    rows = pl.DataFrame({"a": rng.integers(0, 3, 50), "b": rng.integers(0, 2, 50)}).with_columns(
        c=pl.col("a") + pl.col("b")
    )
    made = design_matrix(rows, [covariate(name, "number") for name in "abc"])
    assert made.dropped == ("c",)
    assert np.linalg.matrix_rank(np.column_stack([np.ones(50), made.values])) == 3


def test_row_order_moves_rows_and_nothing_else():
    order = np.random.default_rng(2).permutation(len(PEOPLE)).tolist()
    declared = [covariate("age", "number", 2), covariate("education", "category")]
    made, moved = design_matrix(PEOPLE, declared), design_matrix(PEOPLE[order], declared)
    assert moved.terms == made.terms
    assert moved.values.tobytes() == np.ascontiguousarray(made.values[order]).tobytes()


def test_nothing_declared_and_nobody_there_are_empty_matrices():
    assert design_matrix(PEOPLE, []).values.shape == (6, 0)
    empty = design_matrix(
        PEOPLE[:0], [covariate("age", "number"), covariate("education", "category")]
    )
    assert empty.values.shape == (0, 0)


def test_all_that_does_not_fit_is_reported_at_once_without_a_value():
    rows = PEOPLE.with_columns(huge=pl.lit(float("inf")))
    with pytest.raises(ProtocolError) as refused:
        design_matrix(
            rows,
            [
                covariate("income", "number"),
                covariate("education", "number"),
                covariate("huge", "number"),
                covariate("age", "flag"),
            ],
        )
    assert [(fault.column, fault.rule) for fault in refused.value.faults] == [
        ("income", "covariate_missing"),
        ("education", "covariate_kind"),
        ("huge", "covariate_infinite"),
        ("age", "covariate_flag"),
    ]
    assert "tertiary" not in " ".join(str(fault) for fault in refused.value.faults)


def test_a_column_that_nobody_filled_in_tells_nothing():
    rows = pl.DataFrame({"age": [None, None, None]}, schema={"age": pl.Int64})
    made = design_matrix(rows, [covariate("age", "number")])
    assert made.values.shape == (3, 0)
    assert set(made.dropped) == {"age", "age:missing"}
