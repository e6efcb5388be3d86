"""A small labour market with a known answer, and the plan that asks for it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from utfall.analysis.cohort import DisruptionWindow
from utfall.analysis.protocol import Protocol
from utfall.analysis.protocol_file import parse_protocol
from utfall.analysis.vocabulary import Text

FIRE = DisruptionWindow(
    id="ama_fire_2016",
    programme="ama",
    kind="capacity",
    starts_on=date(2016, 12, 10),
    ends_on=date(2018, 3, 31),
    capacity_share=0.5,
    label=Text("branden", "the fire"),
)


#: Outcomes from before referral, which no programme can have changed.
CONTROLS = tuple(f"before_{i:02d}" for i in range(12))


def controls(kind: str = "pre_period", names: tuple[str, ...] = CONTROLS) -> list[dict[str, Any]]:
    """Return declared negative controls."""
    return [
        {"name": name, "kind": kind, "label": both(name), "reason": "lies before referral"}
        for name in names
    ]


def both(words: str) -> dict[str, str]:
    return {"sv": words, "en": words}


def declared(**changes: Any) -> dict[str, Any]:
    """Return a plan as YAML would give it."""
    return {
        "id": "ama_vac_test",
        "question": both("Reach more people work?"),
        "target": "ama",
        "comparator": "vac",
        "target_name": both("AMA"),
        "comparator_name": both("VAC"),
        "informs": both("this"),
        "does_not_inform": both("that"),
        "population": {"label": both("everyone")},
        "outcome": {
            "name": "work_365",
            "horizon_days": 365,
            "label": both("work within a year"),
            "rule": both("exit to work within 365 days"),
        },
        "estimand": "ato",
        "estimator": "ipw",
        "entry": {"from": "2014-01-01", "to": "2018-12-31"},
        "covariates": [
            {
                "name": name,
                "kind": "number",
                "core": core,
                "label": both(name),
                "reason": "decides who finds work",
            }
            for name, core in (
                ("education_years", "education"),
                ("months_since_work", "months_since_work"),
                ("benefit_months", "benefit_months_before"),
                ("health", "health_or_obstacle"),
                ("years_in_sweden", "language_or_years_in_sweden"),
                ("from_social", "referrer"),
            )
        ],
        **changes,
    }


def plan(**changes: Any) -> Protocol:
    return parse_protocol(declared(**changes))


def people(
    rng: np.random.Generator,
    n: int = 800,
    *,
    effect: float = 0.0,
    confounding: float = 0.0,
    border: float = 1.0,
    fire_penalty: float = 0.0,
    unknown: float = 0.0,
    hidden: float = 0.0,
) -> pl.DataFrame:
    """Return referrals to two programmes; ``effect`` is the risk difference for everybody.

    ``hidden`` sorts people by what no column holds, but a dozen controls were moved by too.
    """
    readiness = rng.normal(size=n)
    drive = rng.normal(size=n) if hidden else np.zeros(n)
    in_ama = rng.random(n) < 1 / (1 + np.exp(-confounding * readiness - hidden * drive))
    days = rng.integers(0, 5 * 365 - 5, size=n)
    zero = [date(2014, 1, 1) + timedelta(days=int(d)) for d in days]
    burnt = np.array(
        [
            a and z <= FIRE.ends_on and z + timedelta(days=365) >= FIRE.starts_on
            for a, z in zip(in_ama, zero, strict=True)
        ]
    )
    risk = np.clip(
        0.35 + 0.08 * readiness + 0.15 * drive + effect * in_ama - fire_penalty * burnt, 0.02, 0.98
    )
    outcome = (rng.random(n) < risk).astype(float)
    lost = rng.random(n) < unknown
    judged = rng.random(n) < border
    before = np.clip(0.4 + 0.08 * readiness + 0.15 * drive, 0.02, 0.98)
    controls = {
        name: (rng.random(n) < before).astype(float) if hidden else np.zeros(n) for name in CONTROLS
    }
    if not hidden:
        other = np.random.default_rng(int(days.sum()))
        controls = {name: (other.random(n) < before).astype(float) for name in CONTROLS}
    return pl.DataFrame(
        {
            "episode_id": [f"e{i:05d}" for i in range(n)],
            "programme": np.where(in_ama, "ama", "vac").tolist(),
            "site": np.where(in_ama, "fabriksvagen", "torget").tolist(),
            "referral_date": zero,
            "start_date": [
                None if i % 10 == 0 else z + timedelta(days=1 + i % 20) for i, z in enumerate(zero)
            ],
            "wait_days": [None if i % 10 == 0 else 1 + i % 20 for i in range(n)],
            "is_first_referral": [True] * n,
            "could_enter_other": judged.astype(int).tolist(),
            "could_enter_other_is_dated": [True] * n,
            "education_years": 11 + readiness + rng.normal(size=n),
            "months_since_work": 24 - 6 * readiness + 6 * rng.normal(size=n),
            "benefit_months": 6 - 2 * readiness + 2 * rng.normal(size=n),
            "health": readiness,
            "years_in_sweden": 10 + readiness + rng.normal(size=n),
            "from_social": (rng.random(n) < 0.5).astype(float),
            **controls,
            "work_365": [
                None if gone else value for gone, value in zip(lost, outcome, strict=True)
            ],
        }
    )


@pytest.fixture
def fire() -> DisruptionWindow:
    return FIRE
