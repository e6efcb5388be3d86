"""Story: what the debated number was made of, and what none of its parts can say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from utfall.reports.verdict import is_refused
from utfall.reports.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One disruption as a page tells it: what happened, then one line per part.

    Attributes
    ----------
    event : str
        The disruption in words.
    lines : tuple of (str, str)
        What the line is about, and what can be said of it.
    figure : str
        Name of the figure that belongs to it.
    """

    event: str
    lines: tuple[tuple[str, str], ...]
    figure: str


def stories(
    document: Mapping[str, Any], comparison: Mapping[str, Any], words: Words
) -> tuple[Story, ...]:
    """Return what a comparison's page tells of each disruption that hit one programme.

    Parameters
    ----------
    comparison : mapping
        One of ``comparisons`` of a protected results document.
    """
    events = {event["id"]: event for event in document["disruptions"]}
    return tuple(
        Story(
            event=words.event(events[story["disruption"]]),
            lines=tuple(_lines(comparison, story, words)),
            figure=f"periods_{words.side_of(comparison, story['programme'])}_{place}",
        )
        for place, story in enumerate(comparison["disruption_stories"], start=1)
        if story["disruption"] in events
    )


def _lines(
    comparison: Mapping[str, Any], story: Mapping[str, Any], words: Words
) -> list[tuple[str, str]]:
    parts = (
        ("debated", _debated(comparison, words)),
        ("counted", _counted(comparison, story, words)),
        ("mechanism", _mechanism(comparison, story, words)),
        ("lost", _lost(comparison, story, words)),
        ("came", _came(comparison, story, words)),
        ("spill", _spill(comparison, story, words)),
        ("left", _left(comparison, words)),
        ("cannot", words("story_cannot", **_named(comparison, story, words))),
    )
    return [(words(f"story_about_{name}"), told) for name, told in parts if told]


def _named(comparison: Mapping[str, Any], story: Mapping[str, Any], words: Words) -> dict[str, str]:
    side = words.side_of(comparison, story["programme"])
    other = "comparator" if side == "target" else "target"
    return {
        "programme": words.text(comparison[f"{side}_name"]),
        "other": words.text(comparison[f"{other}_name"]),
    }


def _debated(comparison: Mapping[str, Any], words: Words) -> str:
    raw = comparison["raw"]
    if raw is None:
        return ""
    is_chance = round(raw["conf_low"], 2) <= 0 <= round(raw["conf_high"], 2)
    told = words(
        "story_debated",
        label=words.text(raw["label"]),
        outcome=words.text(comparison["outcome_label"]),
        target=words.text(comparison["target_name"]),
        comparator=words.text(comparison["comparator_name"]),
        mean_target=words.amount(raw["mean_target"], "share"),
        mean_comparator=words.amount(raw["mean_comparator"], "share"),
    )
    return f"{told} {words('story_chance' if is_chance else 'story_not_chance')}"


def _counted(comparison: Mapping[str, Any], story: Mapping[str, Any], words: Words) -> str:
    """Return how many a year it was during the disruption, and what chance gives alone."""
    found = {row["period"]: row for row in story["periods"]}
    during, before = found.get("during"), found.get("before")
    if during is None or before is None or None in (during["per_year"], before["per_year"]):
        return ""
    told = [
        words(
            "story_counted",
            during=words.decimal(during["per_year"]),
            before=words.decimal(before["per_year"]),
            **_named(comparison, story, words),
        )
    ]
    if story["normal_low"] is not None:
        is_low = during["per_year"] < story["normal_low"]
        told.append(
            words(
                "story_below_band" if is_low else "story_in_band",
                low=words.count(story["normal_low"]),
                high=words.count(story["normal_high"]),
            )
        )
    if _had_fewer_places(during, before):
        told.append(
            words(
                "story_per_place",
                during=words.decimal(during["rate"]),
                before=words.decimal(before["rate"]),
            )
        )
    return " ".join(told)


def _had_fewer_places(during: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    if None in (during["rate"], before["rate"]):
        return False
    return bool(
        during["place_months"] / during["months"] < 0.95 * before["place_months"] / before["months"]
    )


def _mechanism(comparison: Mapping[str, Any], story: Mapping[str, Any], words: Words) -> str:
    """Return whether fewer were let in or each got less, and both answers where nobody knows."""
    found = story.get("mechanism")
    if found is None:
        return ""
    told = []
    if None not in (found["started_met"], found["started_calm"]):
        told.append(
            words(
                "story_intake",
                during=words.decimal(found["started_met"] / found["months_met"]),
                calm=words.decimal(found["started_calm"] / found["months_calm"]),
                **_named(comparison, story, words),
            )
        )
    if None not in (found["dose_met"], found["dose_calm"]):
        told.append(
            words(
                "story_dose",
                during=words.count(int(found["dose_met"])),
                calm=words.count(int(found["dose_calm"])),
            )
        )
    told.append(words(f"story_mechanism_{found['named']}"))
    included = {row["id"]: row["estimate"] for row in comparison["sensitivity"]}
    both = (included.get("with_disruption"), comparison["estimate"])
    if found["named"] in ("unclear", "no_dose", "few", "intake_at_least") and None not in both:
        told.append(
            words(
                "story_either",
                included=words.signed(both[0], comparison["scale"]),
                answer=words.signed(both[1], comparison["scale"]),
            )
        )
    return " ".join(told)


def _spill(comparison: Mapping[str, Any], story: Mapping[str, Any], words: Words) -> str:
    """Return whether the other programme was sent more people during the disruption."""
    found = story.get("spill_over")
    if found is None or found["ratio"] is None:
        return ""
    named = _named(comparison, story, words)
    counted = words(
        "story_referred",
        during=words.decimal(found["referred_met"] / found["months_met"]),
        calm=words.decimal(found["referred_calm"] / found["months_calm"]),
        **named,
    )
    key = "story_spilled" if found["is_warned"] else "story_not_spilled"
    return f"{counted} {words(key, **named)}"


def _lost(comparison: Mapping[str, Any], story: Mapping[str, Any], words: Words) -> str:
    loss = story["loss"]
    if loss is None:
        return ""
    if loss["lost"] is None:
        return words.text(loss["reason"])
    shares = words(
        "story_shares",
        calm=words.amount(loss["share_calm"], "share"),
        met=words.amount(loss["share_met"], "share"),
        **_named(comparison, story, words),
    )
    low, high = round(loss["lost_low"], 2), round(loss["lost_high"], 2)
    taken = words(
        "story_lost",
        normal=words.amount(loss["share_met"] + loss["lost"], "share"),
        between=words.between(low, high, comparison),
    )
    sure = words("story_lost_sure" if low > 0 or high < 0 else "story_lost_unsure")
    return f"{shares} {taken} {sure}"


def _came(comparison: Mapping[str, Any], story: Mapping[str, Any], words: Words) -> str:
    """Return what other people in the programme explain, and what those of the other one do."""
    told = []
    loss = story["loss"]
    if loss is not None and loss["composition"] is not None:
        part = round(100 * loss["composition"])
        key = "story_came_none" if part == 0 else ("story_came" if part > 0 else "story_came_not")
        told.append(words(key, n=abs(part), **_named(comparison, story, words)))
    groups = {part["source"]: part["estimate"] for part in comparison["decomposition"]}
    share = groups.get("target_group")
    told.append(
        words("story_groups_unknown", **_named(comparison, story, words))
        if share is None
        else words(
            "story_groups",
            n=words.signed(share, "share"),
            **_named(comparison, story, words),
        )
    )
    return " ".join(told)


def _left(comparison: Mapping[str, Any], words: Words) -> str:
    if is_refused(comparison) or comparison["estimate"] is None:
        return words("story_left_unknown")
    between = words.between(comparison["conf_low"], comparison["conf_high"], comparison)
    return words("story_left", between=between)
