"""Method page: what was planned, what was checked, how often checks err, what is assumed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from utfall.reports.page import Page
from utfall.reports.words import Words, is_money

#: Gates whose statistic is points of a hundred, days, sites, weeks or a plain share.
UNITS = {
    "G0": "share",
    "G2": "share",
    "G3": "share",
    "G4": "difference",
    "G5": "days",
    "G6": "points",
    "G7": "share",
    "G8": "difference",
    "G9": "sites",
    "G10": "difference",
    "G11": "share",
    "G12": "weeks",
    "G13": "people",
    "G14": "missing",
}


def method_page(document: Mapping[str, Any], words: Words) -> Page | None:
    """Return the page about how each answer was made; None for a document without methods."""
    methods = document.get("methods") or []
    if not methods:
        return None
    answers = {comparison["id"]: comparison for comparison in document["comparisons"]}
    rates = document.get("gate_rates") or {}
    return Page(
        id="method",
        title=words("method_title"),
        template="method.html.j2",
        values={
            "methods": [
                {
                    **method,
                    "question": answers[method["id"]]["question"],
                    "foreseen": foreseen(answers[method["id"]], words),
                    "gates": [
                        _gate(gate, answers[method["id"]], rates, words)
                        for gate in answers[method["id"]]["gates"]
                    ],
                }
                for method in methods
                if method["id"] in answers
            ],
            "is_measured": bool(rates),
        },
    )


def foreseen(comparison: Mapping[str, Any], words: Words) -> list[str]:
    """Return what could be foreseen of a comparison before any outcome; empty off the shares."""
    found = comparison.get("foresight")
    if found is None:
        return []
    if found["smallest"] is None:
        return [words("method_foreseen_few")]
    is_enough = "no_meaningful_difference" in found["reachable"]
    return [
        words(
            "method_foreseen",
            n_target=words.count(found["n_target"]),
            n_comparator=words.count(found["n_comparator"]),
            target=words.text(comparison["target_name"]),
            comparator=words.text(comparison["comparator_name"]),
            smallest=words.amount(found["smallest"], "share"),
        ),
        words(
            "method_foreseen_small" if is_enough else "method_foreseen_not_small",
            margin=words.decimal(comparison["matters"]),
        ),
    ]


def _gate(
    gate: Mapping[str, Any],
    comparison: Mapping[str, Any],
    rates: Mapping[str, Any],
    words: Words,
) -> dict[str, str]:
    """Return one line of the table of checks, with its measured error rates."""
    measured = rates.get(gate["id"])
    return {
        "id": gate["id"],
        "name": words.text(gate["name"]),
        "status": words(f"method_status_{gate['status']}"),
        "statistic": number(gate["statistic"], _kind(gate), comparison, words),
        "threshold": number(gate["threshold"], _kind(gate), comparison, words),
        "rates": words("method_rates_unmeasured")
        if measured is None
        else words(
            "method_rates",
            sensitivity=words.percent(measured["sensitivity"]),
            false_alarm=words.percent(measured["false_alarm"]),
            worlds=words.count(measured["worlds"]),
        ),
    }


def _kind(gate: Mapping[str, Any]) -> str:
    """Return the gate whose unit a line has: delivery is judged in weeks or by a share."""
    is_share = gate["id"] == "G12" and gate["threshold"] is not None and gate["threshold"] <= 1
    return "G7" if is_share else str(gate["id"])


def number(value: float | None, gate: str, comparison: Mapping[str, Any], words: Words) -> str:
    """Return a statistic or a limit in the unit of its gate; a dash where there is none."""
    if value is None:
        return "–"
    unit = UNITS.get(gate)
    if unit == "share":
        return words.percent(value)
    if unit in ("difference", "points"):
        scale = "share" if unit == "points" else comparison["scale"]
        kind = "currency" if unit == "difference" and is_money(comparison) else scale
        return words(
            "method_unit_money" if kind == "currency" else "method_unit_points",
            value=words.amount(value, kind),
            unit=comparison["unit"],
        )
    if unit is None:
        return words.decimal(value)
    return words(f"method_unit_{unit}", value=words.decimal(value))
