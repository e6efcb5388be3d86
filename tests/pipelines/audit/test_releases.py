"""Two releases that differ by few people tell of them, and are refused; by many, they may stand."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from tests.trust.made_up_bundles import document, months, people, plan
from utfall.analysis import Context, compare
from utfall.analysis.disclosure import Rules, protect
from utfall.pipelines.audit.attack import Recovered, attack
from utfall.pipelines.audit.bundle import audit_bundle
from utfall.pipelines.audit.releases import surely_moved, told_between
from utfall.pipelines.cli import app
from utfall.reports.site import build_site

#: Everybody in the extract that was delivered on a day.
COHORT = people(np.random.default_rng(5), 460)
RULES = Rules()


def crossing(counted: pl.Expr, start: int = 300) -> int:
    """Return how many rows are before one more of those counted crosses to the next five."""
    counts = COHORT.select(counted.cast(pl.Int64).cum_sum()).to_series().to_list()
    return next(
        n for n in range(start, len(counts)) if counts[n] > counts[n - 1] and counts[n] % 5 == 3
    )


def release(cohort: pl.DataFrame, delivered: date) -> dict[str, Any]:
    """Return what is published of an extract; all that came before is in it too."""
    context = Context(programme_months=months(np.random.default_rng(1), cohort))
    found = document([protect(compare(cohort, plan("everybody"), context=context), RULES)], RULES)
    one = {"source": "town", "delivery": delivered.isoformat(), "sha256": f"{delivered:%Y%m%d}"}
    return {**found, "deliveries": [one]}


def told(before: pl.DataFrame, after: pl.DataFrame) -> tuple[Recovered, ...]:
    older, newer = release(before, date(2021, 1, 1)), release(after, date(2022, 1, 1))
    assert attack(older).recovered == attack(newer).recovered == ()
    return told_between(attack(newer), attack(older), RULES.threshold)


N = crossing(pl.col("programme") == "ama")


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return an earlier release, and one with one person more who makes a count cross."""
    root = tmp_path_factory.mktemp("releases")
    for name, rows, day in (("before", N, date(2021, 1, 1)), ("after", N + 1, date(2022, 1, 1))):
        (root / name).mkdir()
        build_site(release(COHORT.head(rows), day), root / name, charts=False, papers=False)
    return root / "before", root / "after"


def test_each_release_is_sound_and_the_two_together_are_not(bundles: tuple[Path, Path]) -> None:
    before, after = bundles
    assert audit_bundle(before).recovered == audit_bundle(after).recovered == ()
    recovered = audit_bundle(after, [before]).recovered
    assert {one.how for one in recovered} == {"difference"}
    assert "ama: in_arms" in {one.name for one in recovered}


def test_the_counts_that_are_named_are_those_that_the_person_is_in(
    bundles: tuple[Path, Path],
) -> None:
    """He came to one programme, so nothing of the other is named."""
    before, after = bundles
    assert COHORT["programme"][N] == "ama"
    named = {one.name for one in audit_bundle(after, [before]).recovered}
    assert not {name for name in named if "vac" in name}


def test_it_makes_no_difference_which_release_is_held_against_which(
    bundles: tuple[Path, Path],
) -> None:
    before, after = bundles
    assert {one.name for one in audit_bundle(before, [after]).recovered} == {
        one.name for one in audit_bundle(after, [before]).recovered
    }


def test_the_command_refuses_and_never_says_the_number(bundles: tuple[Path, Path]) -> None:
    before, after = bundles
    done = CliRunner().invoke(app, ["audit", str(after), "--earlier", str(before), "--json"])
    assert done.exit_code == 14
    found = json.loads(done.stdout)["recovered"]
    assert found
    assert all(set(one) == {"name", "place", "kind", "how"} for one in found)
    assert CliRunner().invoke(app, ["audit", str(after)]).exit_code == 0


def test_one_corrected_outcome_is_found_though_nobody_came_or_left() -> None:
    at_work = (
        (pl.col("programme") == "ama") & pl.col("is_first_referral") & (pl.col("work_365") == 1)
    )
    n = crossing(at_work.fill_null(False))
    before = COHORT.head(n + 1)
    corrected = pl.when(pl.int_range(pl.len()) == n).then(0.0).otherwise("work_365")
    found = told(before, before.with_columns(work_365=corrected))
    assert found
    assert not any("in_arms" in one.name for one in found)


def test_a_release_with_many_more_people_may_stand() -> None:
    assert told(COHORT.head(300), COHORT.head(420)) == ()


def test_a_person_who_crosses_no_step_of_the_rounding_leaves_no_trace() -> None:
    assert surely_moved((8, 12), (8, 12)) == 0
    same = release(COHORT.head(N), date(2021, 1, 1))
    assert told_between(attack(same), attack(same), RULES.threshold) == ()


@pytest.mark.parametrize(
    ("before", "after", "step"),
    [((8, 12), (13, 17), 1), ((13, 17), (8, 12), 1), ((8, 12), (18, 22), 6), ((1, 7), (8, 12), 1)],
)
def test_a_count_moved_by_what_neither_release_leaves_open(
    before: tuple[int, int], after: tuple[int, int], step: int
) -> None:
    assert surely_moved(before, after) == step
