"""One pass of SQL makes the cells of a specification, and the answers of rows come out."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import polars as pl
import pytest
from scipy.special import expit

from utfall.analysis import sample
from utfall.analysis.balancing import entropy_balancing
from utfall.analysis.estimators import aipw, g_computation, ipw
from utfall.analysis.hazards import Hazards, fit_hazards
from utfall.analysis.sample import counted_by
from utfall.pipelines.cells import FEWEST_ROWS, sql_cells

ESTIMATORS = {
    "g_computation": g_computation, "ipw": ipw, "aipw": aipw,
    "entropy_balancing": entropy_balancing,
}  # fmt: skip


def town(n: int = 24_000, seed: int = 1):
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.integers(20, 45, n), rng.random(n) < 0.4, rng.integers(0, 3, n)])
    treated = rng.random(n) < expit(0.02 * (x[:, 0] - 30) + 0.3 * x[:, 1])
    y = (rng.random(n) < expit(-1 + 0.5 * x[:, 1] + 0.3 * treated - 0.2 * x[:, 2])) * 1.0
    return y, treated, x.astype(float)


def passes():
    """Record the columns of every pass."""
    seen: list[tuple[str, ...]] = []

    def watched(rows: pl.DataFrame) -> pl.DataFrame:
        seen.append(tuple(rows.columns))
        return sql_cells(rows)

    return seen, watched


def test_the_cells_are_those_of_counting_one_by_one():
    rng = np.random.default_rng(2)
    rows = pl.DataFrame({"a": rng.integers(0, 5, 20_000), "b": rng.integers(0, 7, 20_000) / 4})
    assert rows.height > FEWEST_ROWS
    cells = sql_cells(rows).sort("a", "b")
    by_hand = rows.group_by("a", "b").len("people").sort("a", "b")
    assert cells["people"].to_list() == by_hand["people"].to_list()
    assert cells.select("a", "b").equals(by_hand.select("a", "b"))


@pytest.mark.parametrize("estimand", ["ate", "att", "ato"])
@pytest.mark.parametrize("name", sorted(ESTIMATORS))
def test_on_cells_of_one_pass_every_number_is_that_of_rows(name, estimand, monkeypatch):
    seen, watched = passes()
    with counted_by(watched):
        on_cells = ESTIMATORS[name](*town(), estimand, family="binomial")
    assert len(seen) == 1  # one pass, of this specification's columns
    assert len(seen[0]) == 5
    assert on_cells.method.endswith(" cells")
    monkeypatch.setattr(sample, "WORTH_COUNTING", 10**9)
    on_rows = ESTIMATORS[name](*town(), estimand, family="binomial")
    assert not on_rows.method.endswith(" cells")
    assert astuple(on_cells)[:-1] == pytest.approx(astuple(on_rows)[:-1], rel=1e-9, abs=1e-12)


def test_the_same_rows_in_another_order_give_the_same_bytes():
    y, treated, x = town()
    order = np.random.default_rng(3).permutation(len(y))
    with counted_by(sql_cells):
        one = aipw(y, treated, x, "ato", family="binomial")
        other = aipw(y[order], treated[order], x[order], "ato", family="binomial")
    assert one == other


def test_what_was_lent_is_given_back_even_after_a_fault():
    with pytest.raises(RuntimeError), counted_by(sql_cells):
        raise RuntimeError
    assert sample._counter.get() is sample._grouped


def test_monthly_hazards_come_from_one_pass_as_well():
    rng = np.random.default_rng(4)
    n = 24_000
    months = rng.integers(1, 9, n)
    way = np.where(rng.random(n) < 0.4, rng.integers(1, 3, n), 0)
    x = rng.integers(0, 3, (n, 2)).astype(float)
    arguments = (months, way, x, rng.integers(0, 4, n), rng.random((20, 1)))
    seen, watched = passes()
    here = fit_hazards(*arguments, n_ways=2)
    with counted_by(watched):
        lent = fit_hazards(*arguments, n_ways=2)
    assert seen == [("x0", "x1", "entry", "month", "way")]
    assert isinstance(here, Hazards)
    assert isinstance(lent, Hazards)
    assert lent.n_cells == here.n_cells
    for one, other in zip((here.exit, *here.ways), (lent.exit, *lent.ways), strict=True):
        np.testing.assert_array_equal(one.coefficients, other.coefficients)
