"""Verdict: the sentence that a committee reads first, and what may and may not be said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from utfall.analysis.vocabulary import Refused
from utfall.reports.words import Words, is_money


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The words of one result.

    Attributes
    ----------
    sentence : str
        The verdict in one sentence, generated from the headline code.
    numbers : tuple of str
        Natural frequencies, interval in words, what would settle it.
    reasons : tuple of str
        Why it was stopped; empty unless refused.
    """

    tag: str
    sentence: str
    numbers: tuple[str, ...]
    labels: tuple[str, ...]
    can: tuple[str, ...]
    cannot: tuple[str, ...]
    reasons: tuple[str, ...]


def is_refused(comparison: Mapping[str, Any]) -> bool:
    """Return whether the checks withhold the answer."""
    return comparison["fairness"] in Refused.FAIRNESS


def verdict(comparison: Mapping[str, Any], words: Words) -> Verdict:
    """Return what a page says of a comparison.

    Parameters
    ----------
    comparison : mapping
        One of ``comparisons`` of a protected results document.
    """
    code = comparison["headline"]
    return Verdict(
        tag=words(f"tag_{code}"),
        sentence=_sentence(comparison, words),
        numbers=tuple(_numbers(comparison, words)),
        labels=tuple(
            words(f"label_{label}")
            for label in comparison["labels"]
            if label == "method_check" or not is_refused(comparison)
        ),
        can=(_can(comparison, words),),
        cannot=tuple(_cannot(comparison, words)),
        reasons=tuple(
            words.text(gate["reason"])
            for gate in comparison["gates"]
            if gate["status"] == "FAIL" and is_refused(comparison)
        ),
    )


def _named(comparison: Mapping[str, Any], words: Words) -> dict[str, str]:
    return {
        "target": words.text(comparison["target_name"]),
        "comparator": words.text(comparison["comparator_name"]),
        "outcome": words.text(comparison["outcome_label"]),
    }


def _sentence(comparison: Mapping[str, Any], words: Words) -> str:
    code, named = comparison["headline"], _named(comparison, words)
    estimate = comparison["estimate"] or 0.0
    if is_money(comparison) and code not in ("not_comparable", "bounds"):
        outcome = named["outcome"]
        sentence = words(
            f"verdict_money_{code}",
            **named,
            outcome_capital=outcome[:1].upper() + outcome[1:],
            higher=words("higher" if estimate > 0 else "lower"),
        )
    else:
        sentence = words(
            f"verdict_{code}", **named, more=words("more" if estimate > 0 else "fewer")
        )
    return sentence[:1].upper() + sentence[1:]


def _numbers(comparison: Mapping[str, Any], words: Words) -> list[str]:
    if comparison["headline"] == "not_comparable":
        return []
    bounds = comparison["bounds"]
    if comparison["headline"] == "bounds":
        if bounds is None or bounds["low"] is None:
            return []
        return [
            words("bounds_share", low=words.side(bounds["low"]), high=words.side(bounds["high"]))
        ]
    if comparison["estimate"] is None:
        return [words("withheld_by_size"), *_what_would_settle(comparison, words)]
    return _money(comparison, words) if is_money(comparison) else _shares(comparison, words)


def _money(comparison: Mapping[str, Any], words: Words) -> list[str]:
    named = {"unit": comparison["unit"], **_named(comparison, words)}

    def shown(name: str) -> str:
        return words.amount(comparison[name], "currency")

    return [
        words(
            "money_means",
            mean_target=shown("mean_target"),
            mean_comparator=shown("mean_comparator"),
            **named,
        ),
        words(
            "interval_money",
            estimate=shown("estimate"),
            low=shown("conf_low"),
            high=shown("conf_high"),
            **named,
        ),
        words("probably_means"),
    ]


def _shares(comparison: Mapping[str, Any], words: Words) -> list[str]:
    told = [
        words(
            "out_of_hundred",
            mean_target=words.amount(comparison["mean_target"], "share"),
            mean_comparator=words.amount(comparison["mean_comparator"], "share"),
            **_named(comparison, words),
        ),
        words(
            "interval_share",
            low=words.side(comparison["conf_low"]),
            high=words.side(comparison["conf_high"]),
        )
        + " "
        + words("probably_means"),
    ]
    if comparison["second_low"] is not None:
        told.append(
            words(
                "second_interval",
                low=words.side(comparison["second_low"]),
                high=words.side(comparison["second_high"]),
            )
        )
    if comparison["headline"] == "cannot_tell":
        told.extend(_what_would_settle(comparison, words))
    return told


def _what_would_settle(comparison: Mapping[str, Any], words: Words) -> list[str]:
    """Return what this many people could have shown, and how many more it would take."""
    if comparison["smallest_detectable"] is None or comparison["n_needed_per_arm"] is None:
        return []
    return [
        words("could_have_seen", n=words.amount(comparison["smallest_detectable"], "share")),
        words(
            "would_settle",
            n=words.count(comparison["n_needed_per_arm"]),
            margin=words.decimal(comparison["matters"]),
        ),
    ]


def _can(comparison: Mapping[str, Any], words: Words) -> str:
    code = comparison["headline"]
    if code == "cannot_tell" and comparison["conf_low"] is None:
        return words("can_not_comparable")

    def side(name: str) -> str:
        value = comparison[name]
        if value is None:
            return ""
        if is_money(comparison):
            return f"{words.amount(value, 'currency')} {comparison['unit']}"
        return words.side(value)

    matters = words.decimal(comparison["matters"])
    unit = comparison["unit"] if is_money(comparison) else words("unit_percent_of_hundred")
    return words(
        f"can_{code}", margin=f"{matters} {unit}", low=side("conf_low"), high=side("conf_high")
    )


def _cannot(comparison: Mapping[str, Any], words: Words) -> list[str]:
    code = comparison["headline"]
    if code in ("not_comparable", "bounds"):
        return [words(f"cannot_{code}")]
    told = [words("cannot_equal")] if code == "cannot_tell" else [words("cannot_cause")]
    return [*told, words("cannot_others")]
