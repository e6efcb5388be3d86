"""Small sources as the marts would hold them, and a question to put to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from utfall.analysis.questions.answer import Asked, Found, Frames
from utfall.analysis.questions.cells import Share
from utfall.analysis.vocabulary import Text
from utfall.pipelines.simulation.small import SmallSource


def numbers(found: Found | None) -> dict[str, Any]:
    """Return what an answer has claims held against, by name."""
    assert found is not None
    return dict(found.numbers)


def value(cell: object) -> float:
    """Return a share as it was counted."""
    assert isinstance(cell, Share)
    return cell.numerator / cell.denominator


@pytest.fixture
def ask_of() -> Callable[..., Asked]:
    """Return a function that makes a question of settings alone."""

    def make(**settings: Any) -> Asked:
        return Asked(id="q", document="d", family="x", text=Text("f", "q"), settings=settings)

    return make


@pytest.fixture
def frames_of() -> Callable[[SmallSource], Frames]:
    """Return a function that turns a source's tables into what questions are answered from."""

    def make(source: SmallSource) -> Frames:
        last = source.extracted_on
        tables = {
            name: table.with_columns(source=pl.lit(source.name))
            for name, table in source.tables.items()
        }
        spells = source.tables["spells"].select(
            "referral_id", "start_date", "end_date", exit_code="exit_reason"
        )
        episodes = (
            source.tables["referrals"]
            .join(spells, on="referral_id", how="left")
            .with_columns(
                episode_id=pl.col("referral_id"),
                observed_until=pl.lit(last),
                has_started=pl.col("start_date").is_not_null(),
                is_first_referral=pl.lit(value=True),
            )
        )
        days = (pl.col("end_date") - pl.col("referral_date")).dt.total_days()
        good = pl.col("exit_code").is_in(["W1", "W2", "S1"]).fill_null(value=False)
        seen = (pl.col("observed_until") - pl.col("referral_date")).dt.total_days()
        outcomes = pl.concat(
            [
                episodes.filter(seen >= horizon).select(
                    "episode_id",
                    outcome=pl.lit("work_or_studies"),
                    horizon_days=pl.lit(horizon),
                    occurred=(good & (days <= horizon)).fill_null(value=False).cast(pl.Int64),
                )
                for horizon in (365, 730)
            ]
        )
        events = [
            {
                "disruption_id": event["id"],
                "kind": event["kind"],
                "programme": event["programme"],
                "starts_on": event["from"],
                "ends_on": event["to"],
                "label_sv": event["label"]["sv"],
                "label_en": event["label"]["en"],
            }
            for event in source.events
        ]
        return Frames(
            {
                **tables,
                "episodes": episodes,
                "outcomes": outcomes,
                "disruptions": pl.DataFrame(events),
            }
        )

    return make
