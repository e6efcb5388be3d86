"""Disclosure: coarsen every number once, so that no page can show what it never had."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeVar, cast

from utfall.analysis.counts import wilson_interval
from utfall.analysis.disruption_story import period_row
from utfall.analysis.gates import SMALLEST_ARM, not_evaluated
from utfall.analysis.headline import as_printed
from utfall.analysis.own_years import DisruptionStory, OwnLoss, PeriodRow
from utfall.analysis.release import (
    disclosure_gate,
    printed_robustness,
    protected_specification,
)
from utfall.analysis.results import (
    ArmDescription,
    AttritionStep,
    BalanceRow,
    Bounds,
    Comparison,
    Estimate,
    ExitCurve,
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
from utfall.analysis.vocabulary import REFUSED, Scale
from utfall.analysis.years import count_and_rate

#: OpenSAFELY's rule: counts up to seven are redacted, the rest rounded to five.
FLOOR_THRESHOLD, ROUND_TO = 7, 5

Row = TypeVar("Row", Rung, AttritionStep, OverlapBin)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How counts are coarsened; the threshold can be raised, never lowered.

    Attributes
    ----------
    threshold : int
        Counts from 1 up to this are redacted.
    round_to : int
        What the others are rounded to.
    public_data : bool
        The rows are already public; counts are rounded, not redacted.
    """

    threshold: int = FLOOR_THRESHOLD
    round_to: int = ROUND_TO
    public_data: bool = False

    def __post_init__(self) -> None:
        if self.threshold < FLOOR_THRESHOLD or self.round_to < ROUND_TO:
            raise ValueError(
                f"threshold below {FLOOR_THRESHOLD} or rounding below {ROUND_TO} is not allowed"
            )


def protected_count(value: int, rules: Rules) -> int | None:
    """Return a count redacted when small and rounded otherwise; zero stays zero.

    >>> [protected_count(n, Rules()) for n in (0, 3, 7, 8, 23)]
    [0, None, None, 10, 25]
    """
    if 0 < value <= rules.threshold and not rules.public_data:
        return None
    return int(rules.round_to * ((value + rules.round_to / 2) // rules.round_to))


def protected_share(numerator: int, denominator: int, rules: Rules) -> float | None:
    """Return a share in whole percent from protected counts; None where one is redacted.

    The complement is protected too: 38 of 40 tells about the two.

    >>> protected_share(17, 40, Rules())
    0.38
    >>> protected_share(38, 40, Rules()) is None
    True
    """
    parts = [protected_count(n, rules) for n in (numerator, denominator, denominator - numerator)]
    if any(part is None for part in parts) or not parts[1]:
        return None
    return round(min(parts[0] / parts[1], 1.0), 2)  # type: ignore[operator]


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
    scale = comparison.scale
    is_hidden = comparison.estimate is not None and _hides_estimate(comparison, rules)
    if _hides_estimate(comparison, rules):
        comparison = _without_answer(comparison)
    return replace(
        comparison,
        n_target=_count(comparison.n_target, rules),
        n_comparator=_count(comparison.n_comparator, rules),
        estimate=_estimate(comparison.estimate, scale, rules, comparison.smallest_cell),
        raw=_estimate(comparison.raw, scale, rules, _raw_cell(comparison)),
        second_low=_printed(comparison.second_low, scale),
        second_high=_printed(comparison.second_high, scale),
        smallest_detectable=_printed(comparison.smallest_detectable, scale),
        gates=_gates(comparison, rules, is_hidden=is_hidden),
        ladder=tuple(_rung(rung, scale, rules) for rung in comparison.ladder),
        decomposition=_parts_that_add_up(comparison, rules),
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
        robustness=None
        if _hides_estimate(comparison, rules)
        else printed_robustness(comparison.robustness, scale),
        bounds=_bounds(comparison.bounds, scale),
        needed=tuple(Needed(column=n.column, why=_reason(n.why, rules)) for n in comparison.needed),
        alone=tuple(_alone(arm, scale, rules, comparison.conf_level) for arm in comparison.alone),
        secondary_outcomes=tuple(
            _secondary(one, scale, rules, comparison.conf_level)
            for one in comparison.secondary_outcomes
        ),
        attrition=tuple(_counts(step, rules) for step in comparison.attrition),
        balance=tuple(_balance(row) for row in comparison.balance),
        overlap=_merged_bins(comparison.overlap, rules),
        years=_years(comparison.years, rules),
        exits=tuple(_curve(curve, rules) for curve in comparison.exits),
        disruption_stories=tuple(
            _story(story, scale, rules) for story in comparison.disruption_stories
        ),
    )


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


def _parts_that_add_up(comparison: Comparison, rules: Rules) -> tuple[GapPart, ...]:
    """Return the parts at printed precision; the rounding error goes to the largest part."""
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
    gap = raw.estimate - fair.estimate
    rest = gap - sum(parts[i].estimate or 0.0 for i in shown)
    largest = max(shown, key=lambda i: abs(parts[i].estimate or 0.0))
    mended = as_printed((parts[largest].estimate or 0.0) + rest, comparison.scale)
    parts[largest] = replace(parts[largest], estimate=mended)
    return tuple(parts)


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
    shown = _estimate(one.estimate, scale, rules, one.smallest_cell)
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
        return replace(row, estimate=None, conf_low=None, conf_high=None)
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
    if len(merged) > 1 and _is_small(merged[-1], rules):
        last, before = merged.pop(), merged.pop()
        merged.append(
            OverlapBin(
                low=before.low,
                high=last.high,
                n_target=before.n_target + last.n_target,
                n_comparator=before.n_comparator + last.n_comparator,
            )
        )
    return tuple(_counts(band, rules) for band in merged)


def _is_small(band: OverlapBin, rules: Rules) -> bool:
    return any(0 < n <= rules.threshold for n in (band.n_target, band.n_comparator))


def _years(years: Iterable[YearRow], rules: Rules) -> tuple[YearRow, ...]:
    """Return years as published; a band drawn around redacted counts would tell of them."""
    rows = tuple(years)
    told = {
        row.programme
        for row in rows
        if not row.is_disrupted and protected_count(row.events, rules) is None
    }
    return tuple(
        _year(
            replace(row, normal_low=None, normal_high=None) if row.programme in told else row,
            rules,
        )
        for row in rows
    )


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


def _story(story: DisruptionStory, scale: Scale, rules: Rules) -> DisruptionStory:
    """Return a story whose periods are rebuilt from protected counts.

    A band drawn around redacted counts would tell of them, as for years.
    """
    told = any(
        row.period != "during" and protected_count(row.events, rules) is None
        for row in story.periods
    )
    return replace(
        story,
        periods=tuple(_period(row, rules) for row in story.periods),
        normal_low=None if told else story.normal_low,
        normal_high=None if told else story.normal_high,
        loss=None if story.loss is None else _own_loss(story.loss, scale, rules),
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
    met, calm = _printed(loss.share_met, scale) or 0.0, _printed(loss.share_calm, scale) or 0.0
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


def _curve(curve: ExitCurve, rules: Rules) -> ExitCurve:
    """Return a curve in whole percent by quarters.

    It ends where few are still followed, and a step that few had taken is not shown.
    """
    everyone = curve.n_followed[0] if curve.n_followed else 0
    keep = [
        i
        for i, (month, n) in enumerate(zip(curve.months, curve.n_followed, strict=True))
        if month % 3 == 0 and n > max(rules.threshold, 10)
    ]
    few = {i for i in keep if 0 < round((curve.share[i] or 0.0) * everyone) <= rules.threshold}

    def shown(values: tuple[float | None, ...]) -> tuple[float | None, ...]:
        return tuple(None if i in few else _printed(values[i], "share") for i in keep)

    return replace(
        curve,
        months=tuple(curve.months[i] for i in keep),
        share=shown(curve.share),
        conf_low=shown(curve.conf_low),
        conf_high=shown(curve.conf_high),
        n_followed=tuple(_count(curve.n_followed[i], rules) for i in keep),
    )


def _gates(comparison: Comparison, rules: Rules, *, is_hidden: bool) -> tuple[Gate, ...]:
    """Return the gates as published, with the one that can speak only after protection."""
    spoken = disclosure_gate(
        comparison.fairness, rules.threshold, is_public=rules.public_data, is_hidden=is_hidden
    )
    kept = [
        not_evaluated("G11", "g11_not_evaluated") if is_hidden and gate.id == "G11" else gate
        for gate in comparison.gates
        if gate.id != spoken.id
    ]
    gates = (*kept, spoken)
    return tuple(_gate(gate, rules) for gate in sorted(gates, key=lambda gate: int(gate.id[1:])))


def _gate(gate: Gate, rules: Rules) -> Gate:
    return replace(
        gate,
        statistic=_statistic(gate, rules),
        reason=_reason(gate.reason, rules),
        needed=_reason(gate.needed, rules) if gate.needed else None,
    )


def _statistic(gate: Gate, rules: Rules) -> float | None:
    """Return a gate's statistic as published; one that is a share of people is made of counts."""
    if gate.statistic is None:
        return None
    for _, value in gate.reason.values:
        if value.denominator is not None and value.value == gate.statistic:
            return protected_share(value.numerator or 0, value.denominator, rules)
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
