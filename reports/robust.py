"""Robust: what it would take to overturn an answer, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from utfall.reports.words import Words, is_money


def robust_lines(comparison: Mapping[str, Any], words: Words) -> list[str]:
    """Return what would overturn the answer; empty where none is shown.

    Parameters
    ----------
    comparison : mapping
        One of ``comparisons`` of a protected results document.
    """
    found = comparison.get("robustness")
    if found is None:
        return []
    return [
        *_share_agreeing(comparison, words),
        *_hidden(found, comparison, words),
        *_measures(found, words),
        *_unknown(found, words),
        *_left_out(found, comparison, words),
    ]


def _share_agreeing(comparison: Mapping[str, Any], words: Words) -> list[str]:
    counted = [
        one
        for one in comparison.get("specifications", ())
        if one["admissible"] and one["estimate"] is not None
    ]
    if len(counted) < 2:
        return []
    values = [one["estimate"] for one in counted]
    low, high = (words.signed(end, comparison["scale"]) for end in (min(values), max(values)))
    return [
        words(
            "robust_range_same" if low == high else "robust_range",
            choices=len(counted),
            low=low,
            high=high,
            unit=comparison["unit"] if is_money(comparison) else words("unit_points"),
        )
    ]


def _hidden(found: Mapping[str, Any], comparison: Mapping[str, Any], words: Words) -> list[str]:
    if found["strongest"] is None:
        return []
    term = words.text(found["strongest"])
    told = []
    if found["if_as_strong"] is not None:
        told.append(
            words(
                "robust_if_as_strong",
                term=term,
                low=words.signed(found["if_as_strong_low"], comparison["scale"]),
                high=words.signed(found["if_as_strong_high"], comparison["scale"]),
            )
        )
    times = found["times_as_strong"]
    if times is None:
        told.append(words("robust_never", term=term))
    else:
        told.append(words("robust_times", term=term, times=words.decimal(times)))
    return told


def _measures(found: Mapping[str, Any], words: Words) -> list[str]:
    told = []
    if found["robustness_value"] is not None:
        told.append(
            words(
                "robust_value",
                value=words.percent(found["robustness_value"]),
                interval=words.percent(found["robustness_value_interval"]),
            )
        )
    if found["e_value"] is not None:
        told.append(
            words(
                "robust_e_value",
                value=words.decimal(found["e_value"]),
                interval=words.decimal(found["e_value_interval"]),
            )
        )
    return told


def _unknown(found: Mapping[str, Any], words: Words) -> list[str]:
    if found["unknown_tipping"] is None:
        return [words("robust_unknown_never")]
    return [words("robust_unknown", share=words.amount(found["unknown_tipping"], "share"))]


def _left_out(found: Mapping[str, Any], comparison: Mapping[str, Any], words: Words) -> list[str]:
    return [
        words(
            f"robust_without_{one['what']}",
            low=words.signed(one["lowest"], comparison["scale"]),
            high=words.signed(one["highest"], comparison["scale"]),
            share=words.percent(one["same_headline"]),
        )
        for one in found["left_out"]
        if one["lowest"] is not None
    ]
