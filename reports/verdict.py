"""Verdict: the sentence that a committee reads first, and what may and may not be said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from utfall.analysis.vocabulary import REFUSED
from utfall.reports.words import Words, is_money

#: A mark beside the tag, so that no verdict is told by colour alone.
ICONS = {
    "not_comparable": "■",
    "bounds": "↔",
    "cannot_tell": "?",
    "no_meaningful_difference": "≈",
    "better_clear": "●",
    "better_uncertain": "○",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The words of one result.

    Attributes
    ----------
    icon, tag : str
        The mark and the few words above the sentence.
    sentence : str
        The verdict in one sentence, generated from the headline code.
    numbers : tuple of str
        Natural frequencies, interval in words, what would settle it.
    labels : tuple of str
        What narrows the verdict: whom it is about, which place, a method check.
    can, cannot : tuple of str
        What may and may not be said.
    reasons : tuple of str
        Why it was stopped; empty unless refused.
    """

    icon: str
    tag: str
    sentence: str
    numbers: tuple[str, ...]
    labels: tuple[str, ...]
    can: tuple[str, ...]
    cannot: tuple[str, ...]
    reasons: tuple[str, ...]


def is_refused(comparison: Mapping[str, Any]) -> bool:
    """Return whether the checks withhold the answer."""
    return comparison["fairness"] in REFUSED


def verdict(comparison: Mapping[str, Any], words: Words) -> Verdict:
    """Return what a page says of a comparison.

    Parameters
    ----------
    comparison : mapping
        One of ``comparisons`` of a protected results document.
    """
    code, refused = comparison["headline"], is_refused(comparison)
    fairness = "" if refused else words(f"fairness_{comparison['fairness']}")
    return Verdict(
        icon=ICONS[code],
        tag=words(f"tag_{code}", fairness=fairness),
        sentence=_sentence(comparison, words),
        numbers=tuple(_numbers(comparison, words)),
        labels=tuple(_labels(comparison, words)),
        can=(_can(comparison, words),),
        cannot=tuple(_cannot(comparison, words)),
        reasons=tuple(
            words.text(gate["reason"])
            for gate in comparison["gates"]
            if gate["status"] == "FAIL" and refused
        ),
    )


def set_aside(
    document: Mapping[str, Any], comparison: Mapping[str, Any], words: Words
) -> list[str]:
    """Return which disrupted periods were left out, and what including them would give."""
    steps = {step["step"] for step in comparison["attrition"]}
    tried = {row["id"]: row["estimate"] for row in comparison["sensitivity"]}
    if is_refused(comparison) or not ("disruption" in steps or "with_disruption" in tried):
        return []
    told = [
        words(
            "set_aside" if "disruption" in steps else "set_to_normal",
            event=words.text(event["label"]),
        )
        for event in document["disruptions"]
        if event["kind"] == "capacity" and event["id"] in comparison["disruptions"]
    ]
    included = tried.get("with_disruption")
    if told and included is not None and comparison["estimate"] is not None:
        told.append(
            words(
                "with_it_included",
                estimate=words.signed(included, comparison["scale"]),
                unit=comparison["unit"] if is_money(comparison) else words("unit_points"),
            )
        )
    return told


def _named(comparison: Mapping[str, Any], words: Words) -> dict[str, str]:
    return {
        "target": words.text(comparison["target_name"]),
        "comparator": words.text(comparison["comparator_name"]),
        "outcome": words.text(comparison["outcome_label"]),
    }


def _sentence(comparison: Mapping[str, Any], words: Words) -> str:
    code, named = comparison["headline"], _named(comparison, words)
    is_up = (comparison["estimate"] or 0.0) > 0
    is_partial = "overlap_only" in comparison["labels"]
    money = is_money(comparison) and not is_refused(comparison)
    sentence = words(
        f"verdict_money_{code}" if money else f"verdict_{code}",
        **named,
        people=words("among_overlap" if is_partial else "among_similar"),
        more=words("more" if is_up else "fewer"),
        higher=words("higher" if is_up else "lower"),
        outcome_capital=named["outcome"][:1].upper() + named["outcome"][1:],
    )
    return sentence[:1].upper() + sentence[1:]


def _labels(comparison: Mapping[str, Any], words: Words) -> list[str]:
    refused = is_refused(comparison)
    told = [
        words(f"label_{label}")
        for label in comparison["labels"]
        if label == "method_check" or not refused
    ]
    partly = None if refused else _partly(comparison, words)
    return [*told, partly] if partly else told


def _partly(comparison: Mapping[str, Any], words: Words) -> str | None:
    """Return how many of all could be compared, where the steps of the plan tell it."""
    if "overlap_only" not in comparison["labels"]:
        return None
    steps = [(s["step"], s["n_target"], s["n_comparator"]) for s in comparison["attrition"]]
    for (_, *before), (name, *kept) in pairwise(steps):
        if name == "population" and None not in (*before, *kept) and sum(kept) < sum(before):
            return words("partly", k=words.count(sum(kept)), n=words.count(sum(before)))
    return None


def _numbers(comparison: Mapping[str, Any], words: Words) -> list[str]:
    if comparison["headline"] == "not_comparable":
        return [words("withheld_numbers")]
    if comparison["headline"] == "bounds":
        return _bounds(comparison, words)
    if comparison["estimate"] is None:
        return [words("withheld_by_size"), *_what_would_settle(comparison, words)]
    told = _money(comparison, words) if is_money(comparison) else _shares(comparison, words)
    if comparison["headline"] == "cannot_tell":
        told.extend(_what_would_settle(comparison, words))
    return told


def _bounds(comparison: Mapping[str, Any], words: Words) -> list[str]:
    bounds = comparison["bounds"]
    if bounds is None or bounds["low"] is None:
        return [words("withheld_by_size")]
    told = [words("bounds_share", between=words.between(bounds["low"], bounds["high"], comparison))]
    if bounds["conf_low"] is not None:
        told.append(
            words(
                "bounds_chance",
                between=words.between(bounds["conf_low"], bounds["conf_high"], comparison),
            )
        )
    return told


def _money(comparison: Mapping[str, Any], words: Words) -> list[str]:
    named = {"unit": comparison["unit"], **_named(comparison, words)}
    mean = comparison["mean_comparator"]
    return [
        words(
            "money_means",
            mean_target=words.amount(round(mean) + round(comparison["estimate"]), "currency"),
            mean_comparator=words.amount(mean, "currency"),
            **named,
        ),
        words(
            "interval_money",
            estimate=words.amount(comparison["estimate"], "currency"),
            between=_between(comparison, words),
            unit=comparison["unit"],
        )
        + " "
        + _probably(comparison, words),
    ]


def _shares(comparison: Mapping[str, Any], words: Words) -> list[str]:
    # The comparator's share and the printed difference; a third rounding could disagree.
    base = round(100 * comparison["mean_comparator"])
    other = base + round(100 * comparison["estimate"])
    named = _named(comparison, words)
    told = [
        words(
            "out_of_hundred",
            mean_target=words.count(other),
            mean_comparator=words.count(base),
            **named,
        ),
        words("interval_share", between=_between(comparison, words), **named)
        + " "
        + _probably(comparison, words),
    ]
    if comparison["second_low"] is not None:
        second = words.between(comparison["second_low"], comparison["second_high"], comparison)
        told.append(words("second_interval", between=second))
    return told


def _between(comparison: Mapping[str, Any], words: Words) -> str:
    return words.between(comparison["conf_low"], comparison["conf_high"], comparison)


def _widest(comparison: Mapping[str, Any], words: Words) -> str:
    """Return the interval that the headline is read off."""
    return words.between(*_ruling(comparison), comparison)


def _ruling(comparison: Mapping[str, Any]) -> tuple[float, float]:
    kind = "conf" if comparison["second_low"] is None else "second"
    return comparison[f"{kind}_low"], comparison[f"{kind}_high"]


def _is_left_by_years(comparison: Mapping[str, Any]) -> bool:
    """Return whether the answer is open only because years differ, not because people are few."""
    if comparison["headline"] != "cannot_tell":
        return False
    if comparison["conf_low"] is None or comparison["second_low"] is None:
        return False
    margin: float = comparison["matters"] / (1 if is_money(comparison) else 100)

    def tells(low: float, high: float) -> bool:
        return low > 0 or high < 0 or -margin < low <= high < margin

    return tells(comparison["conf_low"], comparison["conf_high"]) and not tells(
        comparison["second_low"], comparison["second_high"]
    )


def _probably(comparison: Mapping[str, Any], words: Words) -> str:
    """Return what *probably* means here: 19 of 20 at the usual level."""
    level = Fraction(comparison["conf_level"]).limit_denominator(100)
    return words("probably_means", n=level.numerator, of=level.denominator)


def _unit(comparison: Mapping[str, Any], words: Words) -> str:
    return str(comparison["unit"]) if is_money(comparison) else words("unit_percent_of_hundred")


def _what_would_settle(comparison: Mapping[str, Any], words: Words) -> list[str]:
    """Return how wide it is, what could have been seen, and how many people it would take."""
    scale, unit = comparison["scale"], _unit(comparison, words)
    told = []
    if comparison["conf_low"] is not None:
        low, high = _ruling(comparison)
        half = (high - low) / 2
        told.append(words("half_width", half=words.amount(half, scale), unit=unit))
    if _is_left_by_years(comparison):
        return [*told, words("years_decide")]
    if comparison["smallest_detectable"] is not None:
        least = words.amount(comparison["smallest_detectable"], scale)
        told.append(words("could_have_seen", n=least, unit=unit))
    if comparison["n_needed_per_arm"] is not None:
        told.append(
            words(
                "would_settle",
                n=words.count(comparison["n_needed_per_arm"]),
                margin=words.decimal(comparison["matters"]),
                unit=unit,
            )
        )
    if comparison.get("months_needed"):
        told.append(words("would_take", months=words.count(comparison["months_needed"])))
    return told


def _can(comparison: Mapping[str, Any], words: Words) -> str:
    code = comparison["headline"]
    has_bounds = comparison["bounds"] is not None and comparison["bounds"]["low"] is not None
    if comparison["conf_low"] is None and (code == "cannot_tell" or not has_bounds):
        return words("can_not_comparable")
    return words(
        f"can_{code}",
        margin=words.decimal(comparison["matters"]),
        unit=_unit(comparison, words),
        between="" if comparison["conf_low"] is None else _widest(comparison, words),
    )


def _cannot(comparison: Mapping[str, Any], words: Words) -> list[str]:
    code = comparison["headline"]
    if code in ("not_comparable", "bounds"):
        return [words(f"cannot_{code}")]
    told = [words("cannot_equal")] if code == "cannot_tell" else [words("cannot_cause")]
    return [*told, words("cannot_others")]
