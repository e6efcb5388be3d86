"""Protected story: a disrupted year told from rounded counts."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from utfall.analysis.counts import normal_variation_band
from utfall.analysis.disruption_story import period_row
from utfall.analysis.headline import as_printed
from utfall.analysis.own_years import DisruptionStory, OwnLoss, PeriodRow
from utfall.analysis.protected_mechanism import protected_mechanism, protected_spill_over
from utfall.analysis.protected_numbers import (
    is_too_small,
    printed,
    rounded,
    shown_count,
    tenth,
)
from utfall.analysis.redaction import Rules, protected_count, protected_share
from utfall.analysis.vocabulary import Scale


def protected_story(
    story: DisruptionStory, spread: float, scale: Scale, rules: Rules
) -> DisruptionStory:
    """Return a story whose periods, and the band around them, are made of protected counts.

    A band drawn around redacted counts would tell of them, as for years.
    """
    calm = [row for row in story.periods if row.period != "during"]
    shown = [protected_count(row.events, rules) for row in calm]
    band = None
    if story.normal_low is not None and None not in shown:
        mean = 12 * sum(n or 0 for n in shown) / sum(row.months for row in calm)
        band = normal_variation_band(mean, overdispersion_share=spread)
    return replace(
        story,
        periods=tuple(_period(row, rules) for row in story.periods),
        normal_low=band[0] if band else None,
        normal_high=band[1] if band else None,
        loss=None if story.loss is None else _own_loss(story.loss, scale, rules),
        mechanism=None if story.mechanism is None else protected_mechanism(story.mechanism, rules),
        spill_over=None
        if story.spill_over is None
        else protected_spill_over(story.spill_over, rules),
    )


def _period(row: PeriodRow, rules: Rules) -> PeriodRow:
    events, entrants = protected_count(row.events, rules), protected_count(row.entrants, rules)
    months = None if row.place_months is None else rounded(row.place_months, 10)
    rebuilt = period_row(
        period=row.period,
        months=row.months,
        place_months=months,
        entrants=0 if entrants is None else entrants,
        events=0 if events is None else events,
    )

    def shown(value: float | None) -> float | None:
        return None if events is None else tenth(value)

    return replace(
        rebuilt,
        entrants=cast(int, entrants),
        events=cast(int, events),
        per_year=shown(rebuilt.per_year),
        per_year_low=shown(rebuilt.per_year_low),
        per_year_high=shown(rebuilt.per_year_high),
        rate=shown(rebuilt.rate),
        rate_low=shown(rebuilt.rate_low),
        rate_high=shown(rebuilt.rate_high),
    )


def _own_loss(loss: OwnLoss, scale: Scale, rules: Rules) -> OwnLoss:
    """Return a loss as printed; its two parts add up to the drop that is printed."""
    cell = min(
        loss.events_met,
        loss.n_met - loss.events_met,
        loss.events_calm,
        loss.n_calm - loss.events_calm,
    )
    counts = {"n_met": shown_count(loss.n_met, rules), "n_calm": shown_count(loss.n_calm, rules)}
    # The counts of those who reached it are told by the shares alone, where they may be.
    hidden = OwnLoss(events_met=0, events_calm=0, reason="own_loss_few", **counts)
    if loss.lost is None or is_too_small(loss.n_met, loss.n_calm, cell, rules):
        return hidden
    met = protected_share(loss.events_met, loss.n_met, rules)
    calm = protected_share(loss.events_calm, loss.n_calm, rules)
    if met is None or calm is None:
        return hidden
    lost = as_printed(loss.lost, scale)
    drop = as_printed(calm - met, scale)
    return replace(
        hidden,
        reason=None,
        share_met=met,
        share_calm=calm,
        drop=drop,
        composition=as_printed(drop - lost, scale),
        lost=lost,
        lost_low=printed(loss.lost_low, scale),
        lost_high=printed(loss.lost_high, scale),
    )
