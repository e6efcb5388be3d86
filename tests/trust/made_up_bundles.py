"""Made-up bundles: studies from tiny to large, as they are, protected, and naively hidden."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from utfall.analysis import Context, compare
from utfall.analysis.disclosure import Rules, protect
from utfall.analysis.document import StudyFacts, to_document
from utfall.analysis.protocol import Protocol
from utfall.analysis.protocol_file import parse_protocol
from utfall.analysis.results import Comparison

EXITS = ("W1", "S1", "R1", "H1", "F5", "W3")
COUNTS = ("n", "n_known", "events", "entrants", "n_target", "n_comparator")
CORES = (
    "education",
    "months_since_work",
    "benefit_months_before",
    "health_or_obstacle",
    "referrer",
)
FIRST, LAST = date(2014, 1, 1), date(2018, 12, 31)


def both(words: str) -> dict[str, str]:
    return {"sv": words, "en": words}


def plan(name: str, **changes: Any) -> Protocol:
    """Return a plan that compares AMA with VAC, adjusted for what most decides who finds work."""
    return parse_protocol(
        {
            "id": name,
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
            "entry": {"from": FIRST.isoformat(), "to": LAST.isoformat()},
            "raw": {
                "label": both("as debated"),
                "entry": {"from": "2015-01-01", "to": "2015-12-31"},
            },
            "covariates": [
                {
                    "name": core,
                    "kind": "number",
                    "core": core,
                    "label": both(core),
                    "reason": "decides who finds work",
                }
                for core in CORES
            ],
            **changes,
        }
    )


def people(rng: np.random.Generator, n: int) -> pl.DataFrame:
    """Return referrals of people who leave in some way, most of them within the year."""
    in_ama = rng.random(n) < rng.uniform(0.3, 0.7)
    zero = [FIRST + timedelta(days=int(d)) for d in rng.integers(0, 5 * 365, size=n)]
    stay = rng.integers(5, 700, size=n)
    exit_code = rng.choice(EXITS, size=n, p=(0.3, 0.08, 0.3, 0.15, 0.1, 0.07))
    lost = rng.random(n) < 0.06
    worked = (exit_code == "W1") & (stay <= 365)
    return pl.DataFrame(
        {
            "episode_id": [f"e{i:05d}" for i in range(n)],
            "programme": np.where(in_ama, "ama", "vac").tolist(),
            "site": np.where(in_ama, "north", "south").tolist(),
            "referral_date": zero,
            "start_date": [
                None if i % 9 == 0 else z + timedelta(days=1 + i % 20) for i, z in enumerate(zero)
            ],
            "end_date": [z + timedelta(days=int(d)) for z, d in zip(zero, stay, strict=True)],
            "exit_code": exit_code.tolist(),
            "observed_until": [date(2021, 12, 31)] * n,
            "wait_days": [None if i % 9 == 0 else 1 + i % 20 for i in range(n)],
            "is_first_referral": (rng.random(n) < 0.95).tolist(),
            "could_enter_other": (rng.random(n) < 0.6).astype(int).tolist(),
            "could_enter_other_is_dated": [True] * n,
            **{core: rng.normal(size=n) for core in CORES},
            "work_365": [
                None if gone else float(found) for gone, found in zip(lost, worked, strict=True)
            ],
        }
    )


def months(rng: np.random.Generator, cohort: pl.DataFrame) -> pl.DataFrame:
    """Return what each programme did by month, counted from the same people."""
    rows = []
    for programme in ("ama", "vac"):
        own = cohort.filter(pl.col("programme") == programme)
        referred = own["referral_date"].dt.strftime("%Y-%m").to_list()
        worked = own.filter(pl.col("exit_code").is_in(["W1", "S1"]))
        left = worked["end_date"].dt.strftime("%Y-%m").to_list()
        burnt = int(rng.integers(2014, 2019))
        for year in range(2014, 2019):
            for month in range(1, 13):
                key = f"{year}-{month:02d}"
                rows.append(
                    {
                        "programme": programme,
                        "month": key,
                        "places": 30,
                        "open_days": 20,
                        "is_disrupted": year == burnt,
                        "n_referred": referred.count(key),
                        "n_exits_work_or_studies": left.count(key),
                    }
                )
    return pl.DataFrame(rows)


def made_up(seed: int, n: int | None = None) -> list[Comparison]:
    """Return two comparisons of one made-up study: everybody, and those who had the choice."""
    rng = np.random.default_rng(seed)
    size = n or int(np.exp(rng.uniform(np.log(40), np.log(1500))))
    cohort = people(rng, size)
    context = Context(programme_months=months(rng, cohort))
    border = {"label": both("who had the choice"), "only_border": True}
    return [
        compare(cohort, plan("everybody"), context=context),
        compare(cohort, plan("border", population=border, raw=None), context=context),
    ]


def document(comparisons: list[Comparison], rules: Rules) -> dict[str, Any]:
    """Return a results document that says which rules it follows."""
    facts = StudyFacts(
        study={
            "id": "made_up",
            "title": both("Two programmes"),
            "synthetic": True,
            "status": "utkast",
            "dnr": "",
            "municipality": both("a town"),
            "data_note": both("made up"),
            "disclosure": {
                "threshold": rules.threshold,
                "round_to": rules.round_to,
                "public_data": rules.public_data,
            },
        }
    )
    return to_document(comparisons, facts, run_id="0123456789abcdef", protection="protected")


def protected(comparisons: list[Comparison], rules: Rules | None = None) -> dict[str, Any]:
    """Return what the project would publish of them."""
    rules = rules or Rules()
    return document([protect(one, rules) for one in comparisons], rules)


def naive(comparisons: list[Comparison]) -> dict[str, Any]:
    """Return them with counts of 1 to 7 hidden and everything else as it is."""
    found = document(comparisons, Rules())

    def hidden(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: hidden(one, name) for name, one in value.items()}
        if isinstance(value, list):
            return [hidden(one, key) for one in value]
        is_small = key in COUNTS and isinstance(value, int) and 0 < value <= Rules().threshold
        return None if is_small else value

    found["comparisons"] = hidden(found["comparisons"])
    return found
