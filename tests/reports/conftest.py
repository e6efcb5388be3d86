"""Protected documents of every kind of verdict, as the analysis would write them."""

from __future__ import annotations

from typing import Any

import pytest


def both(words: str) -> dict[str, str]:
    return {"sv": f"{words} (sv)", "en": f"{words} (en)"}


def comparison(headline: str, **changes: Any) -> dict[str, Any]:
    """Return one comparison; refused ones hold no number after the raw one."""
    refused = headline in ("not_comparable", "bounds")
    numbers = {
        "estimate": 0.12,
        "std_error": 0.04,
        "conf_low": 0.03,
        "conf_high": 0.21,
        "mean_target": 0.40,
        "mean_comparator": 0.28,
        "second_low": 0.01,
        "second_high": 0.23,
        "smallest_detectable": 0.11,
    }
    if headline == "cannot_tell":
        numbers |= {
            "estimate": 0.02,
            "conf_low": -0.14,
            "conf_high": 0.18,
            "mean_target": 0.30,
            "second_low": -0.17,
            "second_high": 0.21,
        }
    if refused:
        numbers = dict.fromkeys(numbers)
    shown = {name: numbers[name] for name in ("estimate", "conf_low", "conf_high")}
    return {
        "id": f"one_{headline}",
        "question": both("Which question?"),
        "outcome": "work_365",
        "outcome_label": both("work"),
        "horizon_days": 365,
        "population": both("everyone referred"),
        "estimand": "ato",
        "scale": "share",
        "unit": "",
        "matters": 10,
        "conf_level": 0.95,
        "target": "ama",
        "comparator": "vac",
        "target_name": {"sv": "AMA", "en": "AMA"},
        "comparator_name": {"sv": "VAC", "en": "VAC"},
        "informs": both("this decision"),
        "does_not_inform": both("that decision"),
        "n_target": 120,
        "n_comparator": None,
        "fairness": {"not_comparable": "not_comparable", "bounds": "bounds_only"}.get(
            headline, "with_reservations"
        ),
        "precision": "weak",
        "headline": headline,
        **numbers,
        "overdispersion": 0.05,
        "n_needed_per_arm": 270,
        "method": "weights",
        "labels": ["overlap_only", "programme_at_this_site"],
        "raw": {
            "estimate": -0.31,
            "std_error": 0.05,
            "conf_low": -0.41,
            "conf_high": -0.21,
            "mean_target": 0.1,
            "mean_comparator": 0.41,
            "n_target": 60,
            "n_comparator": 50,
            "label": both("as in the debate"),
        },
        "gates": [
            {
                "id": "G2",
                "name": both("Same people?"),
                "status": "FAIL" if refused else "PASS",
                "statistic": 0.3,
                "threshold": 0.9,
                "reason": both("because of the law"),
                "needed": both("record the judgement") if refused else None,
            },
            {
                "id": "G8",
                "name": both("Falsified?"),
                "status": "NOT_EVALUATED",
                "statistic": None,
                "threshold": None,
                "reason": both("no known zero"),
                "needed": None,
            },
        ],
        "ladder": [
            {
                "step": "raw",
                "label": both("as in the debate"),
                "estimate": -0.31,
                "conf_low": -0.41,
                "conf_high": -0.21,
                "n_target": 60,
                "n_comparator": 50,
                "is_raw": True,
            },
            {
                "step": "target_group",
                "label": both("similar people"),
                **shown,
                "n_target": 120,
                "n_comparator": None,
                "is_raw": False,
            },
        ],
        "decomposition": [
            {
                "source": "target_group",
                "label": both("who came"),
                "estimate": None if refused else -0.43,
                "conf_low": None,
                "conf_high": None,
                "reason": both("not shown") if refused else None,
            },
            {
                "source": "adjusted",
                "label": both("what is left"),
                **shown,
                "reason": both("not shown") if refused else None,
            },
        ],
        "sensitivity": [
            {"id": "ipw", "label": both("weights"), **shown, "admissible": True, "reason": None}
        ],
        "bounds": {
            "low": -0.22,
            "high": 0.37,
            "conf_low": -0.3,
            "conf_high": 0.44,
            "method": "Manski",
        }
        if headline == "bounds"
        else None,
        "needed": [{"column": "lock", "why": both("lock the plan")}],
        "alone": [
            {
                "programme": "ama",
                "n": 120,
                "n_known": 110,
                "events": 45,
                "value": 0.41,
                "conf_low": 0.33,
                "conf_high": 0.5,
            },
            {
                "programme": "vac",
                "n": None,
                "n_known": None,
                "events": None,
                "value": None,
                "conf_low": None,
                "conf_high": None,
            },
        ],
        "secondary_outcomes": [
            {
                "outcome": "no_assistance_3_months_365",
                "label": both("3 months off assistance"),
                "rule": both("calendar months in a row"),
                "horizon_days": 365,
                "counted_from": "referral",
                "arms": [
                    {
                        "programme": "ama",
                        "n": 90,
                        "n_known": 80,
                        "events": 20,
                        "value": 0.25,
                        "conf_low": 0.17,
                        "conf_high": 0.35,
                    },
                    {
                        "programme": "vac",
                        "n": None,
                        "n_known": None,
                        "events": None,
                        "value": None,
                        "conf_low": None,
                        "conf_high": None,
                    },
                ],
                **{name: shown[name] for name in ("estimate", "conf_low", "conf_high")},
                "n_target": None if refused else 80,
                "n_comparator": None if refused else 40,
                "p_adjusted": None,
                "differs": None if refused else False,
                "method": None if refused else "weights",
                "reason": both("not compared") if refused else None,
            }
        ],
        "attrition": [
            {"step": "in_arms", "label": both("referred"), "n_target": 150, "n_comparator": 90}
        ],
        "balance": [{"term": "age", "label": both("age"), "before": 0.4, "after": 0.0}],
        "overlap": [
            {"low": 0.0, "high": 0.5, "n_target": 40, "n_comparator": None},
            {"low": 0.5, "high": 1.0, "n_target": 80, "n_comparator": 30},
        ],
        "years": [
            {
                "programme": "ama",
                "year": 2016,
                "events": 20,
                "entrants": 65,
                "place_months": 480.0,
                "conf_low": 12.2,
                "conf_high": 30.9,
                "rate": 4.2,
                "rate_low": 2.5,
                "rate_high": 6.4,
                "normal_low": 9,
                "normal_high": 29,
                "is_disrupted": False,
            },
            {
                "programme": "ama",
                "year": 2017,
                "events": None,
                "entrants": 35,
                "place_months": 240.0,
                "conf_low": None,
                "conf_high": None,
                "rate": None,
                "rate_low": None,
                "rate_high": None,
                "normal_low": 9,
                "normal_high": 29,
                "is_disrupted": True,
            },
        ],
        "exits": [
            {
                "programme": "ama",
                "exit": "work",
                "label": both("work"),
                "months": [0, 12],
                "share": [0.0, 0.26],
                "conf_low": [0.0, 0.2],
                "conf_high": [0.0, 0.33],
                "n_followed": [120, 60],
            }
        ],
        "disruptions": ["fire"],
        "disruption_stories": [],
        "benchmark": None,
        "protocol_sha256": "ab" * 32,
        **changes,
    }


def document(*comparisons: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "schema": "utfall/results/1",
        "protection": "protected",
        "run_id": "0123456789abcdef",
        "study": {
            "id": "test",
            "title": both("A study"),
            "synthetic": True,
            "status": "utkast",
            "dnr": "AN 2026/1",
            "disclosure": {"threshold": 7, "round_to": 5, "public_data": False},
            "municipality": both("The town"),
            "data_note": both("Note"),
        },
        "deliveries": [{"source": "town", "delivery": "2020-02-01", "sha256": "cd" * 32}],
        "protocol": [one["id"] for one in comparisons],
        "protocol_sha256": {one["id"]: one["protocol_sha256"] for one in comparisons},
        "programmes": {},
        "disruptions": [
            {
                "id": "fire",
                "kind": "capacity",
                "programme": "ama",
                "label": both("The fire"),
                "starts_on": "2016-12-10",
                "ends_on": "2018-03-31",
                "capacity_share": 0.5,
                "source": "a newspaper",
                "evidence_grade": "party",
            }
        ],
        "data_quality": {
            "rows_in": 4000,
            "rows_loaded": 3990,
            "rows_quarantined": 10,
            "by_rule": [],
        },
        "comparisons": list(comparisons),
        **changes,
    }


HEADLINES = (
    "not_comparable",
    "bounds",
    "better_clear",
    "better_uncertain",
    "no_meaningful_difference",
    "cannot_tell",
)


@pytest.fixture
def every_verdict() -> dict[str, Any]:
    return document(*(comparison(headline) for headline in HEADLINES))


@pytest.fixture
def without_pdf(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave PDF files out, which take longer than all the rest."""
    monkeypatch.setattr("utfall.reports.site.can_print", lambda: False)
