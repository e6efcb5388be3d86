"""The order in which rows arrive leaves no trace."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from threadpoolctl import threadpool_info

from utfall.analysis.bootstrap import bootstrap
from utfall.analysis.determinism import canonical_order, single_thread
from utfall.analysis.estimators import aipw


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2), st.integers(0, 2)), min_size=1),
       st.randoms(use_true_random=False))  # fmt: skip
def test_any_order_of_the_same_rows_sorts_to_the_same_table(rows, random):
    mixed = list(rows)
    random.shuffle(mixed)
    tables = []
    for listed in (rows, mixed):
        table = np.array(listed, dtype=float)
        tables.append(table[canonical_order(table[:, 0], table[:, 1:])])
    assert tables[0].tobytes() == tables[1].tobytes()
    assert tables[0].tolist() == sorted(map(list, tables[0].tolist()))


def test_linear_algebra_runs_on_one_thread_inside_and_is_set_back_outside():
    def threads():
        return {pool["filepath"]: pool["num_threads"] for pool in threadpool_info()}

    before = threads()
    with single_thread():
        inside = threads()
    assert before.keys() == inside.keys()
    assert inside
    assert set(inside.values()) == {1}
    assert threads() == before


@pytest.mark.parametrize("solver", ["regression._statsmodels_logit", "kernel._step"])
def test_models_are_fitted_on_one_thread(solver, monkeypatch):
    module, name = solver.split(".")
    home = importlib.import_module(f"utfall.analysis.{module}")
    inner, seen = getattr(home, name), []

    def watched(*args):
        seen.extend(one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas")
        return inner(*args)

    monkeypatch.setattr(home, name, watched)
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(80, 2)), (rng.random(80) < 0.5) * 1.0
    if module == "kernel":
        bootstrap(y, np.arange(80) % 2 == 0, x, "ato", family="binomial", replicates=5)
    else:
        aipw(y, np.arange(80) % 2 == 0, x, "ato", family="binomial")
    assert seen
    assert set(seen) == {1}
