"""A withheld answer leaves no trace: other outcomes behind it, the same bytes in front."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from utfall.analysis import Context, compare
from utfall.analysis.cohort import DisruptionWindow
from utfall.analysis.disclosure import Rules, protect
from utfall.analysis.document import canonical_json, comparison_document
from utfall.analysis.results import Comparison
from utfall.analysis.vocabulary import Text
from utfall.reports.charts import chart_engine
from utfall.reports.paper import can_print
from utfall.reports.site import build_site

from .goals import Ledger
from .made_up_bundles import both, people, plan, protected

#: What decides, in the made-up people, who is given the outcomes that there are.
DECIDES = "education"


def rearranged(cohort: pl.DataFrame, *, favours_target: bool) -> pl.DataFrame:
    """Return the same people with the same outcomes, given to others of the same group.

    Inside programme, year and border group every count stays, so that all that may be
    published stays; who has them by education turns, and with it every adjusted difference.
    """
    group = [
        pl.col("programme"),
        pl.col("referral_date").dt.year(),
        pl.col("could_enter_other"),
        pl.col("is_first_referral"),
        pl.col("work_365").is_null(),
    ]
    up = (pl.col("programme") == "ama") != favours_target
    key = pl.when(up).then(pl.col(DECIDES)).otherwise(-pl.col(DECIDES))
    place = key.rank("ordinal").over(group)
    outcome = pl.col("work_365").sort(descending=True).over(group, mapping_strategy="explode")
    ordered = cohort.with_columns(place=place).sort(
        "programme",
        pl.col("referral_date").dt.year(),
        "could_enter_other",
        "is_first_referral",
        pl.col("work_365").is_null(),
        "place",
    )
    return (
        ordered.with_columns(work_365=ordered.select(outcome).to_series())
        .drop("place")
        .sort("episode_id")
    )


def shifted(cohort: pl.DataFrame) -> pl.DataFrame:
    """Return people of whom those in AMA have more schooling, so that adjusting matters.

    Every other one reaches the outcome, so that there is much to rearrange.
    """
    half = pl.Series(np.random.default_rng(6).random(cohort.height) < 0.5).cast(pl.Float64)
    return cohort.with_columns(
        work_365=pl.when(pl.col("work_365").is_null()).then(None).otherwise(half),
        education=pl.col("education")
        + pl.when(pl.col("programme") == "ama").then(0.7).otherwise(-0.7),
    )


def unknown_for_many(cohort: pl.DataFrame) -> pl.DataFrame:
    """Return people of whom the outcome of every third is not known."""
    return cohort.with_columns(
        work_365=pl.when(pl.int_range(pl.len()) % 3 == 0).then(None).otherwise(pl.col("work_365"))
    )


BORDER = {"label": both("who had the choice"), "only_border": True}

#: Why an answer is withheld: people, whether many outcomes are unknown, what the plan says.
REASONS: dict[str, tuple[int, bool, dict[str, Any]]] = {
    "not_comparable": (700, False, {}),
    "bounds_only": (900, True, {"population": BORDER}),
    "too few people": (60, False, {"population": BORDER}),
}


def bytes_of(found: Comparison) -> str:
    """Return what would be published of a comparison, as it stands in results.json."""
    return canonical_json(comparison_document(protect(found, Rules())))


@pytest.mark.parametrize("reason", REASONS)
def test_outcomes_behind_a_withheld_answer_change_no_byte(reason: str) -> None:
    n, is_unknown, withheld = REASONS[reason]
    cohort = shifted(people(np.random.default_rng(5), n))
    cohort = unknown_for_many(cohort) if is_unknown else cohort
    worlds = [rearranged(cohort, favours_target=side) for side in (True, False)]
    assert not worlds[0].equals(worlds[1])
    found = [compare(world, plan("withheld", **withheld)) for world in worlds]
    if reason == "too few people":
        assert all(protect(one, Rules()).estimate is None for one in found)
    else:
        assert {one.fairness for one in found} == {reason}
    assert bytes_of(found[0]) == bytes_of(found[1])


#: A fire in one programme, of which something is said under every withheld answer.
FIRE = DisruptionWindow(
    id="fire",
    programme="ama",
    kind="capacity",
    starts_on=date(2016, 12, 10),
    ends_on=date(2018, 3, 31),
    capacity_share=0.5,
    label=Text("branden", "the fire"),
)


@pytest.mark.parametrize(
    ("reason", "handling"),
    [*((reason, "exposure") for reason in REASONS), ("too few people", "exclude")],
)
def test_no_treatment_and_no_moved_window_of_a_withheld_answer_tells_of_it(
    reason: str, handling: str
) -> None:
    n, is_unknown, withheld = REASONS[reason]
    cohort = shifted(people(np.random.default_rng(5), n))
    cohort = unknown_for_many(cohort) if is_unknown else cohort
    handled = {"id": "fire", "handling": handling, "reason": "half capacity for long"}
    worlds = [rearranged(cohort, favours_target=side) for side in (True, False)]
    found = [
        compare(
            world,
            plan("withheld", disruptions=[handled], **withheld),
            context=Context(disruptions=(FIRE,)),
        )
        for world in worlds
    ]
    assert all(protect(one, Rules()).estimate is None for one in found)
    if handling == "exposure":
        # Nobody is set aside, so that the rearranging keeps every count that may be shown.
        assert bytes_of(found[0]) == bytes_of(found[1])
    for one in found:
        shown = protect(one, Rules())
        assert shown.window_scan == ()
        rows = (*shown.sensitivity, *shown.specifications)
        assert all(row.estimate is None for row in rows)
        assert all(row.reason is None for row in rows if row.admissible)


def test_the_answer_behind_the_refusal_did_move() -> None:
    """Else the same bytes would prove nothing: where it is shown it moves by ten points."""
    cohort = shifted(people(np.random.default_rng(5), 700))
    shown = [
        compare(rearranged(cohort, favours_target=side), plan("shown", population=BORDER))
        for side in (True, False)
    ]
    estimates = [one.estimate.estimate for one in shown if one.estimate]
    assert len(estimates) == 2
    assert abs(estimates[0] - estimates[1]) >= 0.10
    assert bytes_of(shown[0]) != bytes_of(shown[1])


def worlds_behind(reason: str) -> list[dict[str, Any]]:
    """Return two protected results of the same people, between whom other outcomes are dealt."""
    n, is_unknown, withheld = REASONS[reason]
    cohort = shifted(people(np.random.default_rng(5), n))
    cohort = unknown_for_many(cohort) if is_unknown else cohort
    worlds = [rearranged(cohort, favours_target=side) for side in (True, False)]
    assert not worlds[0].equals(worlds[1])
    return [protected([compare(world, plan("withheld", **withheld))]) for world in worlds]


def files_of(document: dict[str, Any], folder: Path, **forms: bool) -> dict[str, bytes]:
    """Return every byte of the bundle that is made of some results, by file."""
    folder.mkdir()
    build_site(document, folder, **forms)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_outcomes_behind_a_withheld_answer_change_no_page_or_table(tmp_path: Path) -> None:
    bundles = [
        files_of(document, tmp_path / str(i), charts=False, papers=False)
        for i, document in enumerate(worlds_behind("not_comparable"))
    ]
    assert {"index.html", "withheld/robust.html", "data/withheld_ladder.csv"} <= set(bundles[0])
    assert bundles[0] == bundles[1]


def test_an_answer_that_is_shown_does_change_pages_and_tables(tmp_path: Path) -> None:
    """Else the same bytes would prove nothing of the pages either."""
    cohort = shifted(people(np.random.default_rng(5), 700))
    bundles = []
    for side in (True, False):
        found = compare(rearranged(cohort, favours_target=side), plan("shown", population=BORDER))
        bundles.append(
            files_of(protected([found]), tmp_path / str(side), charts=False, papers=False)
        )
    differing = {name for name in bundles[0] if bundles[0][name] != bundles[1].get(name)}
    assert {"index.html", "shown/index.html", "data/shown_ladder.csv"} <= differing


@pytest.mark.trust
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("reason", REASONS)
def test_outcomes_behind_a_withheld_answer_change_no_byte_of_the_bundle(
    reason: str, tmp_path: Path, ledger: Ledger
) -> None:
    """Pictures, interactive charts, workbooks, memo and sheets too."""
    bundles = [
        files_of(document, tmp_path / str(i)) for i, document in enumerate(worlds_behind(reason))
    ]
    kinds = {Path(name).suffix for name in bundles[0]}
    assert kinds >= {".html", ".csv", ".xlsx", ".docx", ".json"}
    assert (".svg" in kinds) == (chart_engine() is not None)
    assert (".pdf" in kinds) == can_print()
    with ledger.attack("R4", "withheld answers with other outcomes behind them"):
        assert [name for name in bundles[0] if bundles[0][name] != bundles[1].get(name)] == []
        assert bundles[0].keys() == bundles[1].keys()
