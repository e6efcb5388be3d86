"""Whole numbers that fit what was said of them: ranges, links, contradictions."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utfall.pipelines.audit.puzzle import Contradiction, Puzzle


def test_one_hidden_cell_of_a_column_with_its_total_is_known() -> None:
    puzzle = Puzzle()
    cells = [puzzle.unknown("a", 12, 12), puzzle.unknown("b", 30, 30), puzzle.unknown("c", 1, 7)]
    puzzle.link(dict.fromkeys(cells, 1.0), 45, 45)
    assert puzzle.solve(["c"]) == {"c": (3, 3)}


def test_rounded_totals_leave_a_hidden_cell_open() -> None:
    puzzle = Puzzle()
    for name, low, high in (("a", 8, 12), ("b", 28, 32), ("c", 1, 7), ("all", 43, 47)):
        puzzle.unknown(name, low, high)
    puzzle.link({"a": 1, "b": 1, "c": 1, "all": -1}, 0, 0)
    assert puzzle.solve(["c"]) == {"c": (1, 7)}


def test_what_no_single_link_tells_two_together_do() -> None:
    """x + y = 10 and x - y = 2: each alone leaves a range, the programme finds 6 and 4."""
    puzzle = Puzzle()
    puzzle.unknown("x", 0, 10)
    puzzle.unknown("y", 0, 10)
    puzzle.link({"x": 1, "y": 1}, 10, 10)
    puzzle.link({"x": 1, "y": -1}, 2, 2)
    assert puzzle.solve(["x", "y"]) == {"x": (6, 6), "y": (4, 4)}


def test_halves_of_people_are_not_looked_for() -> None:
    puzzle = Puzzle()
    puzzle.unknown("x", 0, 9)
    puzzle.unknown("y", 0, 9)
    puzzle.link({"x": 2, "y": -2}, 1, 3)
    puzzle.link({"x": 1, "y": 1}, 7, 7)
    assert puzzle.solve(["x"]) == {"x": (4, 4)}


def test_numbers_that_cannot_be_are_told_apart_from_numbers_that_are_open() -> None:
    puzzle = Puzzle()
    puzzle.unknown("x", 0, 3)
    puzzle.link({"x": 1.0}, 5, 9)
    with pytest.raises(Contradiction):
        puzzle.solve(["x"])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=2, max_size=4), st.integers(0, 2))
def test_the_range_is_that_of_trying_every_combination(counts: list[int], hidden: int) -> None:
    """Brute force over all tables whose rounded cells and total are those published."""
    hidden %= len(counts)
    total = sum(counts)
    spans = [(0, 9) if i == hidden else (max(c - 2, 0), c + 2) for i, c in enumerate(counts)]
    spans[hidden] = (min(counts[hidden], 0), 9)
    grid = np.meshgrid(*[np.arange(low, high + 1) for low, high in spans], indexing="ij")
    sums = sum(grid)
    fits = grid[hidden][(sums >= total - 1) & (sums <= total + 1)]
    puzzle = Puzzle()
    for i, span in enumerate(spans):
        puzzle.unknown(str(i), *span)
    puzzle.link({str(i): 1.0 for i in range(len(counts))}, total - 1, total + 1)
    if fits.size:
        assert puzzle.solve([str(hidden)]) == {str(hidden): (int(fits.min()), int(fits.max()))}


def test_a_thousand_linked_cells_take_less_than_five_seconds() -> None:
    rng = np.random.default_rng(1)
    puzzle = Puzzle()
    counts = rng.poisson(6, size=(40, 25))
    for i, j in np.ndindex(counts.shape):
        value = int(counts[i, j])
        span = (1, 7) if 0 < value <= 7 else (value, value)
        puzzle.unknown(f"{i},{j}", *span)
    for i in range(40):
        total = int(counts[i].sum())
        puzzle.link({f"{i},{j}": 1.0 for j in range(25)}, total - 2, total + 2)
    for j in range(25):
        total = int(counts[:, j].sum())
        puzzle.link({f"{i},{j}": 1.0 for i in range(40)}, total - 2, total + 2)
    started = time.process_time()
    found = puzzle.solve(puzzle.ranges)
    assert time.process_time() - started < 5
    assert len(found) == 1000
    assert all(
        found[f"{i},{j}"][0] <= counts[i, j] <= found[f"{i},{j}"][1]
        for i, j in np.ndindex(counts.shape)
    )


def test_small_cells_hidden_in_a_table_with_exact_margins_come_back() -> None:
    """Model by age by outcome with all two-way totals: what naive hiding is worth."""
    rng = np.random.default_rng(4)
    back = hidden = 0
    for _ in range(5):
        counts = rng.poisson(rng.choice((4, 25, 60), size=(5, 4, 2)))
        puzzle, small = Puzzle(), []
        for cell in np.ndindex(counts.shape):
            value, name = int(counts[cell]), str(cell)
            is_small = 0 < value <= 7
            puzzle.unknown(name, *((1, 7) if is_small else (value, value)))
            small += [name] if is_small else []
        for axis in range(3):
            totals = counts.sum(axis=axis)
            for place in np.ndindex(totals.shape):
                line = [str((*place[:axis], i, *place[axis:])) for i in range(counts.shape[axis])]
                puzzle.link(dict.fromkeys(line, 1.0), totals[place], totals[place])
        found = puzzle.solve(small)
        back += sum(low == high for low, high in found.values())
        hidden += len(small)
    assert hidden > 40
    assert back >= 0.86 * hidden
