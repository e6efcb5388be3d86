"""Disclosure: coarsen every number once, so that no page can show what it never had."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeVar, cast

from utfall.analysis.counts import normal_variation_band, wilson_interval
from utfall.analysis.disruption_story import period_row
from utfall.analysis.gates import SMALLEST_ARM, not_evaluated
from utfall.analysis.headline import as_printed, headline_of
from utfall.analysis.own_years import DisruptionStory, OwnLoss, PeriodRow
from utfall.analysis.protected_foresight import protected_foresight, protected_months
from utfall.analysis.protected_mechanism import protected_mechanism, protected_spill_over
from utfall.analysis.protected_rates import (
    coarse_bounds,
    coarse_curve,
    coarse_estimate,
    moved_with,
    plain_difference,
    power_of,
    redrawn_bands,
)
from utfall.analysis.protected_scan import protected_scan
from utfall.analysis.redaction import Rules, protected_count, protected_share
from utfall.analysis.release import (
    disclosure_gate,
    printed_robustness,
    protected_method,
    protected_specification,
)
from utfall.analysis.results import (
    ArmDescription,
    AttritionStep,
    BalanceRow,
    Bounds,
    Comparison,
    Estimate,
    GapPart,
    Gate,
    Needed,
    OverlapBin,
    Quantity,
    Reason,
    Rung,
    SecondaryOutcome,
    SensitivityRow,
    YearRow,
)
from utfall.analysis.vocabulary import REFUSED, Headline, Scale
from utfall.analysis.years import count_and_rate

__all__ = ["Rules", "protect", "protected_count", "protected_share"]

#: Gates that judge the answer, and what they say where it is hidden.
ANSWER_GATES = {"G10": "g10_not_evaluated", "G11": "g11_not_evaluated"}

Row = TypeVar("Row", Rung, AttritionStep, OverlapBin)
Contrast = TypeVar("Contrast", Rung, SensitivityRow)


def protect(comparison: Comparison, rules: Rules) -> Comparison:
    """Return the comparison as it may be published.

    Counts are redacted and rounded, shares rebuilt from protected counts, estimates given
    at the precision that pages print and only where both arms hold at least twenty people.

    Parameters
    ----------
    comparison : Comparison
        As the analysis found it.
    rules : Rules
        The study's disclosure settings.
    """
    scale, level = comparison.scale, comparison.conf_level
    is_hidden = comparison.estimate is not None and _hides_estimate(comparison, rules)
    detectable, n_needed = power_of(comparison, rules)
    comparison = replace(
        _from_protected_counts(comparison, rules), n_needed_per_arm=n_needed, tally=None
    )
    if _hides_estimate(comparison, rules):
        comparison = _without_answer(comparison)
    ladder = tuple(_rung(rung, scale, rules) for rung in comparison.ladder)
    spread = comparison.years[0].spread if comparison.years else 0.0
    return replace(
        comparison,
        n_target=_count(comparison.n_target, rules),
        n_comparator=_count(comparison.n_comparator, rules),
        estimate=_estimate(comparison.estimate, scale, rules, comparison.smallest_cell),
        raw=_estimate(comparison.raw, scale, rules, _raw_cell(comparison)),
        second_low=_printed(comparison.second_low, scale),
        second_high=_printed(comparison.second_high, scale),
        smallest_detectable=_printed(detectable, scale),
        gates=_gates(comparison, rules, is_hidden=is_hidden),
        ladder=ladder,
        decomposition=_parts_that_add_up(comparison, ladder, rules),
        sensitivity=tuple(
            _sensitivity(row, scale, rules, is_hidden=_hides_estimate(comparison, rules))
            for row in comparison.sensitivity
        ),
        specifications=tuple(
            protected_specification(
                one,
                scale,
                0 if rules.public_data else rules.threshold,
                is_hidden=_hides_estimate(comparison, rules),
            )
            for one in comparison.specifications
        ),
        methods=tuple(
            protected_method(
                one,
                scale,
                0 if rules.public_data else rules.threshold,
                is_hidden=_hides_estimate(comparison, rules),
            )
            for one in comparison.methods
        ),
        robustness=None
        if _hides_estimate(comparison, rules)
        else printed_robustness(comparison.robustness, scale),
        bounds=_bounds(coarse_bounds(comparison.bounds, rules, level), scale),
        needed=tuple(
            Needed(column=n.column, why=_reason(_told_needed(n.why, n_needed), rules))
            for n in comparison.needed
        ),
        alone=tuple(_alone(arm, scale, rules, level) for arm in comparison.alone),
        secondary_outcomes=tuple(
            _secondary(one, scale, rules, level) for one in comparison.secondary_outcomes
        ),
        attrition=tuple(_counts(step, rules) for step in comparison.attrition),
        balance=tuple(_balance(row) for row in comparison.balance),
        overlap=_merged_bins(comparison.overlap, rules),
        years=tuple(_year(year, rules) for year in redrawn_bands(comparison.years, rules)),
        exits=tuple(coarse_curve(curve, rules, level) for curve in comparison.exits),
        disruption_stories=tuple(
            _story(story, spread, scale, rules) for story in comparison.disruption_stories
        ),
        foresight=protected_foresight(comparison, rules),
        months_needed=protected_months(comparison, n_needed, rules),
        window_scan=protected_scan(
            comparison.window_scan,
            (comparison.n_target, comparison.n_comparator),
            scale,
            rules,
            is_hidden=_hides_estimate(comparison, rules),
        ),
    )


def _from_protected_counts(comparison: Comparison, rules: Rules) -> Comparison:
    """Return the comparison with every plain difference of shares made of protected counts.

    Where the answer itself is one, its headline is read off what is published.
    """
    level, exact = comparison.conf_level, comparison.estimate
    coarse = coarse_estimate(exact, rules, level)
    return replace(
        comparison,
        raw=coarse_estimate(comparison.raw, rules, level),
        estimate=coarse,
        second_low=moved_with(comparison.second_low, exact, coarse),
        second_high=moved_with(comparison.second_high, exact, coarse),
        headline=_headline(comparison, coarse),
        ladder=tuple(_from_counts(rung, rules, level) for rung in comparison.ladder),
        sensitivity=tuple(_from_counts(row, rules, level) for row in comparison.sensitivity),
    )


def _from_counts(row: Contrast, rules: Rules, conf_level: float) -> Contrast:
    found = plain_difference(row.tally, rules, conf_level) if row.estimate is not None else None
    bare = replace(row, tally=None)
    if found is None:
        return bare
    return replace(
        bare, estimate=found.estimate, conf_low=found.conf_low, conf_high=found.conf_high
    )


def _headline(comparison: Comparison, coarse: Estimate | None) -> Headline:
    """Return the headline of what is published; one that a check held back stays so."""
    exact = comparison.estimate
    if exact is None or coarse is None or coarse is exact:
        return comparison.headline
    margin = comparison.matters / 100 if comparison.scale == "share" else comparison.matters
    said = [
        headline_of(comparison.fairness, one.conf_low, one.conf_high, margin, comparison.scale)
        for one in (exact, coarse)
    ]
    return said[1] if said[0] == comparison.headline else comparison.headline


def _count(value: int, rules: Rules) -> int:
    # Only the published copy holds None here; typing it so would burden the whole analysis.
    return cast(int, protected_count(value, rules))


def _printed(value: float | None, scale: Scale) -> float | None:
    return None if value is None else as_printed(value, scale)


def _is_too_small(n_target: int, n_comparator: int, cell: int | None, rules: Rules) -> bool:
    """Return whether an arm, or one side of its outcome, is too small for any estimate."""
    return _is_few(cell, rules) or min(n_target, n_comparator) < SMALLEST_ARM


def _is_few(cell: int | None, rules: Rules) -> bool:
    return cell is not None and cell <= rules.threshold and not rules.public_data


def _estimate(
    found: Estimate | None, scale: Scale, rules: Rules, cell: int | None
) -> Estimate | None:
    """Return an estimate as printed; the two means differ by just what is printed."""
    if found is None or _is_too_small(found.n_target, found.n_comparator, cell, rules):
        return None
    estimate = as_printed(found.estimate, scale)
    mean_comparator = as_printed(found.mean_comparator, scale)
    return replace(
        found,
        estimate=estimate,
        std_error=as_printed(found.std_error, scale),
        conf_low=as_printed(found.conf_low, scale),
        conf_high=as_printed(found.conf_high, scale),
        p_value=None,
        mean_target=as_printed(mean_comparator + estimate, scale),
        mean_comparator=mean_comparator,
        n_target=_count(found.n_target, rules),
        n_comparator=_count(found.n_comparator, rules),
    )


def _rung(rung: Rung, scale: Scale, rules: Rules) -> Rung:
    too_small = _is_too_small(rung.n_target, rung.n_comparator, rung.smallest_cell, rules)
    shown = None if too_small else rung
    return replace(
        _counts(rung, rules),
        estimate=_printed(shown.estimate if shown else None, scale),
        conf_low=_printed(shown.conf_low if shown else None, scale),
        conf_high=_printed(shown.conf_high if shown else None, scale),
    )


def _parts_that_add_up(
    comparison: Comparison, ladder: Sequence[Rung], rules: Rules
) -> tuple[GapPart, ...]:
    """Return the parts as the published rungs give them; they sum to what is published.

    Period and population are steps between two rungs, and so is a lone adjustment. Of
    several, each keeps its own part, and what rounding leaves goes to the largest.
    """
    raw = _estimate(comparison.raw, comparison.scale, rules, _raw_cell(comparison))
    fair = _estimate(comparison.estimate, comparison.scale, rules, comparison.smallest_cell)
    parts = [
        replace(
            part,
            estimate=_printed(part.estimate, comparison.scale),
            conf_low=_printed(part.conf_low, comparison.scale),
            conf_high=_printed(part.conf_high, comparison.scale),
            reason=_reason(part.reason, rules) if part.reason else None,
        )
        for part in comparison.decomposition
    ]
    shown = [
        i for i, part in enumerate(parts) if part.estimate is not None and part.source != "adjusted"
    ]
    if raw is None or fair is None or not shown:
        return tuple(replace(part, estimate=None, conf_low=None, conf_high=None) for part in parts)
    steps = _steps_between(ladder)
    for i, part in enumerate(parts):
        if part.estimate is not None and part.source in steps:
            parts[i] = replace(part, estimate=as_printed(steps[part.source], comparison.scale))
        elif part.source == "adjusted" and part.estimate is not None:
            parts[i] = replace(
                part, estimate=fair.estimate, conf_low=fair.conf_low, conf_high=fair.conf_high
            )
    free = [i for i in shown if parts[i].source not in steps] or shown
    rest = raw.estimate - fair.estimate - sum(parts[i].estimate or 0.0 for i in shown)
    largest = max(free, key=lambda i: abs(parts[i].estimate or 0.0))
    mended = as_printed((parts[largest].estimate or 0.0) + rest, comparison.scale)
    parts[largest] = replace(parts[largest], estimate=mended)
    return tuple(parts)


def _steps_between(ladder: Sequence[Rung]) -> dict[str, float]:
    """Return what period and population, in their fixed order, take off the published number."""
    steps: dict[str, float] = {}
    for before, after in pairwise(ladder):
        if after.step not in ("period", "population"):
            break
        if before.estimate is None or after.estimate is None:
            break
        steps[after.step] = before.estimate - after.estimate
    return steps


def _raw_cell(comparison: Comparison) -> int | None:
    return next((rung.smallest_cell for rung in comparison.ladder if rung.is_raw), None)


def _hides_estimate(comparison: Comparison, rules: Rules) -> bool:
    return _is_too_small(
        comparison.n_target, comparison.n_comparator, comparison.smallest_cell, rules
    )


def _without_answer(comparison: Comparison) -> Comparison:
    """Return the comparison with nothing left that tells of an estimate that is hidden.

    The middle of either interval would give the number back, and a headline of more or
    fewer its sign; what a reader can know is that there are too few people to tell.
    """
    is_answered = comparison.fairness not in REFUSED
    return replace(
        comparison,
        secondary_outcomes=tuple(map(_only_described, comparison.secondary_outcomes)),
        headline="cannot_tell" if is_answered else comparison.headline,
        precision="too_few",
        second_low=None,
        second_high=None,
        bounds=None,
    )


def _only_described(one: SecondaryOutcome) -> SecondaryOutcome:
    """Return another outcome with nothing compared: one that was keeps no trace of it."""
    hidden = Reason("secondary_hidden") if one.estimate else one.reason
    return replace(one, estimate=None, p_adjusted=None, differs=None, reason=hidden)


def _secondary(
    one: SecondaryOutcome, scale: Scale, rules: Rules, conf_level: float
) -> SecondaryOutcome:
    """Return another outcome as published: no p-value, no difference between too few."""
    shown = _estimate(
        coarse_estimate(one.estimate, rules, conf_level), scale, rules, one.smallest_cell
    )
    return replace(
        one if shown else _only_described(one),
        arms=tuple(_alone(arm, scale, rules, conf_level) for arm in one.arms),
        estimate=shown,
        p_adjusted=None,
    )


def _sensitivity(
    row: SensitivityRow, scale: Scale, rules: Rules, *, is_hidden: bool
) -> SensitivityRow:
    if is_hidden or _is_few(row.smallest_cell, rules):
        # Why a choice that counts gives no number would tell of the answer that is hidden.
        reason = None if row.admissible else row.reason
        return replace(row, estimate=None, conf_low=None, conf_high=None, reason=reason)
    return replace(
        row,
        estimate=_printed(row.estimate, scale),
        conf_low=_printed(row.conf_low, scale),
        conf_high=_printed(row.conf_high, scale),
    )


def _bounds(bounds: Bounds | None, scale: Scale) -> Bounds | None:
    if bounds is None:
        return None
    return replace(
        bounds,
        low=_printed(bounds.low, scale),
        high=_printed(bounds.high, scale),
        conf_low=_printed(bounds.conf_low, scale),
        conf_high=_printed(bounds.conf_high, scale),
        arms=None,
    )


def _alone(arm: ArmDescription, scale: Scale, rules: Rules, conf_level: float) -> ArmDescription:
    low, high = arm.conf_low, arm.conf_high
    if scale == "share":
        value = protected_share(arm.events or 0, arm.n_known, rules)
        events = protected_count(arm.events or 0, rules)
        if value is not None:
            # An interval of the exact counts would give them back, whatever is rounded beside.
            known = _count(arm.n_known, rules)
            low, high = wilson_interval(min(events or 0, known), known, conf_level)
    else:
        value = _printed(arm.value, scale) if arm.n_known >= SMALLEST_ARM else None
        events = None
    return replace(
        arm,
        n=_count(arm.n, rules),
        n_known=_count(arm.n_known, rules),
        events=events if value is not None else None,
        value=value,
        conf_low=None if value is None else _printed(low, scale),
        conf_high=None if value is None else _printed(high, scale),
    )


def _counts(row: Row, rules: Rules) -> Row:
    return replace(
        row,
        n_target=_count(row.n_target, rules),
        n_comparator=_count(row.n_comparator, rules),
    )


def _balance(row: BalanceRow) -> BalanceRow:
    return replace(
        row,
        before=round(row.before, 1) + 0.0,
        after=None if row.after is None else round(row.after, 1) + 0.0,
    )


def _merged_bins(bins: Iterable[OverlapBin], rules: Rules) -> tuple[OverlapBin, ...]:
    """Return neighbouring bands merged until no band hides a small count beside a large one."""
    merged: list[OverlapBin] = []
    for band in bins:
        if merged and _is_small(merged[-1], rules):
            last = merged.pop()
            band = OverlapBin(
                low=last.low,
                high=band.high,
                n_target=last.n_target + band.n_target,
                n_comparator=last.n_comparator + band.n_comparator,
            )
        merged.append(band)
    while len(merged) > 1 and _is_small(merged[-1], rules):
        last, before = merged.pop(), merged.pop()
        merged.append(
            OverlapBin(
                low=before.low,
                high=last.high,
                n_target=before.n_target + last.n_target,
                n_comparator=before.n_comparator + last.n_comparator,
            )
        )
    return _adding_up(merged, rules)


def _adding_up(bands: Sequence[OverlapBin], rules: Rules) -> tuple[OverlapBin, ...]:
    """Return bands rounded so that they add up to the rounded whole.

    Rounded each by itself, what they miss of the whole would tell how each was rounded. The
    difference is spread over the largest bands, one step each.
    """
    shown = [_counts(band, rules) for band in bands]
    for name in ("n_target", "n_comparator"):
        counts = [getattr(band, name) for band in shown]
        whole = protected_count(sum(getattr(band, name) for band in bands), rules)
        if whole is None or None in counts or rules.public_data:
            continue
        step = rules.round_to if sum(counts) < whole else -rules.round_to
        order = sorted(range(len(counts)), key=lambda i: -counts[i])
        for i in order[: abs(whole - sum(counts)) // rules.round_to]:
            shown[i] = replace(shown[i], **{name: counts[i] + step})
    return tuple(shown)


def _is_small(band: OverlapBin, rules: Rules) -> bool:
    return any(0 < n <= rules.threshold for n in (band.n_target, band.n_comparator))


def _year(year: YearRow, rules: Rules) -> YearRow:
    """Return a year whose interval and rate are rebuilt from the protected count."""
    events = protected_count(year.events, rules)
    months = None if year.place_months is None else _rounded(year.place_months, 10)
    rebuilt = {} if events is None else count_and_rate(events, months)
    return replace(
        year,
        events=_count(year.events, rules),
        entrants=_count(year.entrants, rules),
        place_months=months,
        conf_low=_tenth(rebuilt.get("conf_low")),
        conf_high=_tenth(rebuilt.get("conf_high")),
        rate=_tenth(rebuilt.get("rate")),
        rate_low=_tenth(rebuilt.get("rate_low")),
        rate_high=_tenth(rebuilt.get("rate_high")),
    )


def _story(story: DisruptionStory, spread: float, scale: Scale, rules: Rules) -> DisruptionStory:
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
    months = None if row.place_months is None else _rounded(row.place_months, 10)
    rebuilt = period_row(
        period=row.period,
        months=row.months,
        place_months=months,
        entrants=0 if entrants is None else entrants,
        events=0 if events is None else events,
    )

    def shown(value: float | None) -> float | None:
        return None if events is None else _tenth(value)

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
    counts = {"n_met": _count(loss.n_met, rules), "n_calm": _count(loss.n_calm, rules)}
    # The counts of those who reached it are told by the shares alone, where they may be.
    hidden = OwnLoss(events_met=0, events_calm=0, reason="own_loss_few", **counts)
    if loss.lost is None or _is_too_small(loss.n_met, loss.n_calm, cell, rules):
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
        lost_low=_printed(loss.lost_low, scale),
        lost_high=_printed(loss.lost_high, scale),
    )


def _tenth(value: float | None) -> float | None:
    return None if value is None else round(value, 1) + 0.0


def _gates(comparison: Comparison, rules: Rules, *, is_hidden: bool) -> tuple[Gate, ...]:
    """Return the gates as published, with the one that can speak only after protection.

    Gates that judge the answer itself say nothing of one that is hidden: the half-width
    and the agreement of other choices would tell of it.
    """
    spoken = disclosure_gate(
        comparison.fairness, rules.threshold, is_public=rules.public_data, is_hidden=is_hidden
    )
    silent = ANSWER_GATES if is_hidden else {}
    gates = (
        *(
            not_evaluated(gate.id, silent[gate.id]) if gate.id in silent else gate
            for gate in comparison.gates
            if gate.id != spoken.id
        ),
        spoken,
    )
    needed = comparison.n_needed_per_arm
    return tuple(
        _gate(gate, needed, rules) for gate in sorted(gates, key=lambda gate: int(gate.id[1:]))
    )


def _gate(gate: Gate, n_needed: int | None, rules: Rules) -> Gate:
    return replace(
        gate,
        statistic=_statistic(gate, rules),
        reason=_reason(_told_needed(gate.reason, n_needed), rules),
        needed=_reason(_told_needed(gate.needed, n_needed), rules) if gate.needed else None,
    )


def _told_needed(reason: Reason, n_needed: int | None) -> Reason:
    """Return a sentence with the people needed as published; the exact one tells the share."""
    return replace(
        reason,
        values=tuple(
            (name, Quantity("number", None if n_needed is None else float(n_needed)))
            if name == "needed"
            else (name, value)
            for name, value in reason.values
        ),
    )


def _statistic(gate: Gate, rules: Rules) -> float | None:
    """Return a gate's statistic as published; one that is a share of people is made of counts."""
    if gate.statistic is None:
        return None
    for _, value in gate.reason.values:
        if value.denominator is None or value.value is None:
            continue
        share = protected_share(value.numerator or 0, value.denominator, rules)
        if value.value == gate.statistic:
            return share
        if abs(1 - value.value - gate.statistic) < 1e-12:
            return None if share is None else round(1 - share, 2)
    if gate.id == "G10":
        return round(gate.statistic, 2)
    return _two_digits(gate.statistic)


def _reason(reason: Reason, rules: Rules) -> Reason:
    return replace(
        reason,
        values=tuple((name, _quantity(value, rules)) for name, value in reason.values),
    )


def _quantity(quantity: Quantity, rules: Rules) -> Quantity:
    if quantity.kind == "count" and quantity.value is not None:
        found = protected_count(int(quantity.value), rules)
        return Quantity("count", None if found is None else float(found))
    if quantity.kind == "share" and quantity.denominator is not None:
        found_share = protected_share(quantity.numerator or 0, quantity.denominator, rules)
        return Quantity("share", found_share)
    if quantity.kind in ("share", "points") and quantity.value is not None:
        return Quantity(quantity.kind, round(quantity.value, 2))
    return quantity


def _two_digits(value: float) -> float:
    return float(f"{value:.2g}") + 0.0


def _rounded(value: float, to: int) -> float:
    return float(to * round(value / to))
