"""Disclosure: coarsen every number once, so that no page can show what it never had."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeVar

from utfall.analysis.headline import as_printed, headline_of
from utfall.analysis.protected_description import (
    merged_bins,
    protected_arm,
    protected_balance,
    protected_step,
    protected_year,
)
from utfall.analysis.protected_foresight import protected_foresight, protected_months
from utfall.analysis.protected_gates import protected_gates, protected_reason, told_needed
from utfall.analysis.protected_numbers import (
    is_few,
    is_too_small,
    printed,
    shown_count,
)
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
from utfall.analysis.protected_story import protected_story
from utfall.analysis.redaction import Rules, protected_count, protected_share
from utfall.analysis.release import (
    printed_robustness,
    protected_method,
    protected_specification,
)
from utfall.analysis.results import (
    Bounds,
    Comparison,
    Estimate,
    GapPart,
    Needed,
    Reason,
    Rung,
    SecondaryOutcome,
    SensitivityRow,
)
from utfall.analysis.vocabulary import REFUSED, Headline, Scale

__all__ = ["Rules", "protect", "protected_count", "protected_share"]


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
        n_target=shown_count(comparison.n_target, rules),
        n_comparator=shown_count(comparison.n_comparator, rules),
        estimate=_estimate(comparison.estimate, scale, rules, comparison.smallest_cell),
        raw=_estimate(comparison.raw, scale, rules, _raw_cell(comparison)),
        second_low=printed(comparison.second_low, scale),
        second_high=printed(comparison.second_high, scale),
        smallest_detectable=printed(detectable, scale),
        gates=protected_gates(comparison, rules, is_hidden=is_hidden),
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
            Needed(column=n.column, why=protected_reason(told_needed(n.why, n_needed), rules))
            for n in comparison.needed
        ),
        alone=tuple(protected_arm(arm, scale, rules, level) for arm in comparison.alone),
        secondary_outcomes=tuple(
            _secondary(one, scale, rules, level) for one in comparison.secondary_outcomes
        ),
        attrition=tuple(protected_step(step, rules) for step in comparison.attrition),
        balance=tuple(protected_balance(row) for row in comparison.balance),
        overlap=merged_bins(comparison.overlap, rules),
        years=tuple(protected_year(year, rules) for year in redrawn_bands(comparison.years, rules)),
        exits=tuple(coarse_curve(curve, rules, level) for curve in comparison.exits),
        disruption_stories=tuple(
            protected_story(story, spread, scale, rules) for story in comparison.disruption_stories
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
    wider = (comparison.second_low, comparison.second_high)
    said = [
        headline_of(
            comparison.fairness,
            one.conf_low if wider[0] is None else moved_with(wider[0], exact, one),
            one.conf_high if wider[1] is None else moved_with(wider[1], exact, one),
            margin,
            comparison.scale,
        )
        for one in (exact, coarse)
    ]
    return said[1] if said[0] == comparison.headline else comparison.headline


def _estimate(
    found: Estimate | None, scale: Scale, rules: Rules, cell: int | None
) -> Estimate | None:
    """Return an estimate as printed; the two means differ by just what is printed."""
    if found is None or is_too_small(found.n_target, found.n_comparator, cell, rules):
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
        n_target=shown_count(found.n_target, rules),
        n_comparator=shown_count(found.n_comparator, rules),
    )


def _rung(rung: Rung, scale: Scale, rules: Rules) -> Rung:
    too_small = is_too_small(rung.n_target, rung.n_comparator, rung.smallest_cell, rules)
    shown = None if too_small else rung
    return replace(
        protected_step(rung, rules),
        estimate=printed(shown.estimate if shown else None, scale),
        conf_low=printed(shown.conf_low if shown else None, scale),
        conf_high=printed(shown.conf_high if shown else None, scale),
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
            estimate=printed(part.estimate, comparison.scale),
            conf_low=printed(part.conf_low, comparison.scale),
            conf_high=printed(part.conf_high, comparison.scale),
            reason=protected_reason(part.reason, rules) if part.reason else None,
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
    return is_too_small(
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
        arms=tuple(protected_arm(arm, scale, rules, conf_level) for arm in one.arms),
        estimate=shown,
        p_adjusted=None,
    )


def _sensitivity(
    row: SensitivityRow, scale: Scale, rules: Rules, *, is_hidden: bool
) -> SensitivityRow:
    if is_hidden or is_few(row.smallest_cell, rules):
        # Why a choice that counts gives no number would tell of the answer that is hidden.
        reason = None if row.admissible else row.reason
        return replace(row, estimate=None, conf_low=None, conf_high=None, reason=reason)
    return replace(
        row,
        estimate=printed(row.estimate, scale),
        conf_low=printed(row.conf_low, scale),
        conf_high=printed(row.conf_high, scale),
    )


def _bounds(bounds: Bounds | None, scale: Scale) -> Bounds | None:
    if bounds is None:
        return None
    return replace(
        bounds,
        low=printed(bounds.low, scale),
        high=printed(bounds.high, scale),
        conf_low=printed(bounds.conf_low, scale),
        conf_high=printed(bounds.conf_high, scale),
        arms=None,
    )
