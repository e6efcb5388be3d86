"""Comparison: run one declared protocol, from the law to the last caveat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from utfall.analysis.battery import battery
from utfall.analysis.cohort import (
    DisruptionWindow,
    blinded,
    counted,
    first_referrals,
    in_arms,
    outcome_known,
    require_columns,
)
from utfall.analysis.description import described
from utfall.analysis.description_rows import AttritionStep
from utfall.analysis.design import Design, fit_design, is_target
from utfall.analysis.disruption_story import disruption_stories
from utfall.analysis.exit_curves import exit_curves
from utfall.analysis.falsification import falsification_gate
from utfall.analysis.foreseen import Foresight
from utfall.analysis.foresight import foresee, months_needed
from utfall.analysis.gap_intervals import with_intervals
from utfall.analysis.gates import not_evaluated
from utfall.analysis.headline import fairness_of, headline_of
from utfall.analysis.ladder import (
    Stages,
    adjusted,
    adjustments_of,
    decomposition,
    ladder,
    raw_answer,
    raw_label,
    smallest_cell,
    stages_of,
    tally_of,
)
from utfall.analysis.precision import (
    grade_precision,
    judged,
    n_needed,
    precision_gate,
    smallest_difference,
    years_reach,
)
from utfall.analysis.protocol import Protocol
from utfall.analysis.quality import Quality, quality_gate
from utfall.analysis.results import Comparison, Estimate, Gate, Needed
from utfall.analysis.robustness import robustness
from utfall.analysis.secondary import secondary_outcomes
from utfall.analysis.sensitivity import sensitivity, stability_gate
from utfall.analysis.specifications import specifications
from utfall.analysis.treatments import sign_hinges
from utfall.analysis.unknowns import unknown_gate, worst_case_bounds
from utfall.analysis.vocabulary import REFUSED, DisruptionHandling, Label
from utfall.analysis.window_scan import window_scan
from utfall.analysis.years import yearly


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a comparison may know beside its cohort.

    Attributes
    ----------
    disruptions : tuple of DisruptionWindow
        The study's register, all programmes.
    programme_months : DataFrame or None
        The mart of that name.
    doses : DataFrame or None
        The mart of attended months; None where attendance is not recorded.
    quality : Quality or None
        Of the deliveries behind the cohort.
    locked_before_data : bool or None
        Whether the protocol's lock precedes the extract; None where it was never locked.
    partial : frozenset of str
        Sources that declare that they cover only the granted, or only those who started.
    leave_out : bool
        Whether each site and month is left out, and each disruption moved, in turn. No gate
        reads it, and it takes most of the time, so that thousands of simulated worlds do without.
    methods : bool
        Whether every other accepted method is put to the comparison as well. None of them
        judges it, so that simulated worlds do without.
    curve : bool
        Whether every other fair-minded choice is tried, beside the other treatments of a
        disruption. Only the check of stability reads them, which no headline waits for.
    gap_draws : int
        Draws of people behind the intervals of the parts of the debated gap; 0 for none.
    """

    disruptions: tuple[DisruptionWindow, ...] = field(default=())
    programme_months: pl.DataFrame | None = None
    doses: pl.DataFrame | None = None
    quality: Quality | None = None
    locked_before_data: bool | None = None
    partial: frozenset[str] = frozenset()
    leave_out: bool = True
    methods: bool = False
    curve: bool = True
    gap_draws: int = 0


def compare(
    cohort: pl.DataFrame, protocol: Protocol, *, context: Context | None = None
) -> Comparison:
    """Run one declared comparison.

    Parameters
    ----------
    cohort : DataFrame
        One row per person or episode, with the arm, what was known at time zero, and the
        outcome (1, 0 or null for a share; a number else).
    protocol : Protocol
        The declared comparison.
    context : Context, optional
        Disruptions, months and data quality; gates that need them are not evaluated
        without.

    Returns
    -------
    Comparison
        With every number that a refusal covers left out.

    Raises
    ------
    ProtocolError
        The protocol names columns that the cohort does not hold.
    """
    context = context or Context()
    require_columns(cohort, protocol)
    windows = [
        w
        for w in context.disruptions
        if w.programme in (None, protocol.target, protocol.comparator)
    ]
    arms = in_arms(cohort, protocol)
    first = first_referrals(arms, protocol)
    stages = stages_of(
        first,
        _handled(windows, protocol, "exclude"),
        protocol,
        exposed=_handled(windows, protocol, "exposure"),
    )
    design = fit_design(
        blinded(stages.population, protocol),
        blinded(stages.compared, protocol),
        windows,
        protocol,
        locked_before_data=context.locked_before_data,
        months=_open_by_month(context.programme_months),
        partial=context.partial,
    )
    foresight = foresee(blinded(stages.compared, protocol), protocol)
    found = _concluded(arms, first, stages, windows, design, protocol, context)
    return replace(found, foresight=foresight, months_needed=_months_needed(found, foresight))


def _months_needed(found: Comparison, foresight: Foresight | None) -> int | None:
    if foresight is None or found.fairness in REFUSED:
        return None
    return months_needed(
        found.n_needed_per_arm, found.n_target, found.n_comparator, foresight.months
    )


def _handled(
    windows: Sequence[DisruptionWindow], protocol: Protocol, handling: DisruptionHandling
) -> list[DisruptionWindow]:
    handled = {plan.id for plan in protocol.disruptions if plan.handling == handling}
    return [window for window in windows if window.id in handled]


def _open_by_month(months: pl.DataFrame | None) -> pl.DataFrame | None:
    """Return what ran when; exits of the same months stay hidden until the gates have spoken."""
    return None if months is None else months.select("programme", "month", "places", "open_days")


def _concluded(
    arms: pl.DataFrame,
    first: pl.DataFrame,
    stages: Stages,
    windows: Sequence[DisruptionWindow],
    design: Design,
    protocol: Protocol,
    context: Context,
) -> Comparison:
    """Open the outcomes, as far as the design gates allow, and put the answer together."""
    adjustments = adjustments_of((*stages.excluded, *stages.exposed), protocol)
    seen = blinded(stages.compared, protocol)
    before = (quality_gate(context.quality, seen, protocol), *design.gates)
    unknown = unknown_gate(stages.compared, protocol)
    may_answer = fairness_of((*before, unknown)) not in REFUSED
    found = adjusted(stages, frozenset(adjustments), protocol) if may_answer else None
    precise = precision_gate(found, stages, protocol, is_refused=not may_answer)
    tried_out = (
        falsification_gate(stages.compared, protocol)
        if may_answer
        else not_evaluated("G8", "g8_refused")
    )
    gates = _in_order((*before, unknown, precise, tried_out))
    fairness = fairness_of(gates)
    is_refused = fairness in REFUSED
    shown = found if isinstance(found, Estimate) and not is_refused else None
    tried = sensitivity(
        stages,
        adjustments,
        protocol,
        is_refused=shown is None,
        only_treatments=not context.curve,
    )
    years = years_reach(stages, design, protocol) if shown else None
    curve = (
        specifications(stages, adjustments, protocol, is_refused=shown is None)
        if context.curve
        else ()
    )
    robust = robustness(
        shown, stages, adjustments, protocol, leave_out=context.leave_out, years=years
    )
    gates = _in_order((*gates, stability_gate(shown, tried, curve, robust, protocol, years=years)))
    # What the last check finds can take the top grade away, but cannot refuse.
    fairness = fairness if is_refused or shown is None else fairness_of(gates)
    ruling = judged(shown, years) if shown else None
    wider = ruling if years is not None else None
    raw = raw_answer(stages, protocol)
    known = outcome_known(stages.compared, protocol)
    treated = is_target(known, protocol)
    n = (int(treated.sum()), int((~treated).sum()))
    return Comparison(
        id=protocol.id,
        question=protocol.question.text,
        outcome=protocol.outcome.name,
        outcome_label=protocol.outcome.label.text,
        horizon_days=protocol.outcome.horizon_days,
        population=protocol.population.label.text,
        estimand=protocol.estimand,
        scale=protocol.scale,
        unit=protocol.unit,
        matters=protocol.matters,
        conf_level=protocol.conf_level,
        target=protocol.target,
        comparator=protocol.comparator,
        target_name=protocol.target_name.text,
        comparator_name=protocol.comparator_name.text,
        informs=protocol.informs.text,
        does_not_inform=protocol.does_not_inform.text,
        n_target=n[0],
        n_comparator=n[1],
        fairness=fairness,
        precision=grade_precision(shown, stages, protocol),
        headline="cannot_tell"
        if sign_hinges(shown, tried, protocol)
        else headline_of(
            fairness,
            ruling.conf_low if ruling else None,
            ruling.conf_high if ruling else None,
            protocol.margin,
            protocol.scale,
        ),
        estimate=shown,
        second_low=wider.conf_low if wider else None,
        second_high=wider.conf_high if wider else None,
        overdispersion=protocol.overdispersion if shown else None,
        smallest_detectable=smallest_difference(known, protocol, is_refused=is_refused),
        n_needed_per_arm=n_needed(stages.compared, protocol),
        labels=_labels(gates, protocol),
        raw=raw if isinstance(raw, Estimate) else None,
        raw_label=raw_label(protocol),
        gates=gates,
        ladder=ladder(stages, adjustments, protocol, is_refused=is_refused),
        decomposition=with_intervals(
            decomposition(stages, adjustments, protocol, is_refused=shown is None),
            stages,
            adjustments,
            protocol,
            context.gap_draws,
        ),
        sensitivity=tried,
        specifications=curve,
        robustness=robust,
        methods=battery(shown, stages, protocol, months=context.programme_months, windows=windows)
        if context.methods
        else (),
        bounds=worst_case_bounds(stages.compared, protocol)
        if fairness != "not_comparable"
        else None,
        needed=_needed(gates),
        alone=described(stages.period, protocol),
        secondary_outcomes=secondary_outcomes(
            first, stages, protocol, is_answered=shown is not None
        ),
        attrition=_attrition(arms, stages, protocol),
        balance=design.balance,
        overlap=design.overlap,
        years=yearly(context.programme_months, protocol)
        if context.programme_months is not None
        else (),
        exits=exit_curves(stages.period, protocol),
        disruptions=tuple(window.id for window in windows),
        disruption_stories=disruption_stories(
            stages.period, windows, context.programme_months, protocol, context.doses
        ),
        window_scan=window_scan(
            stages, adjustments, protocol, is_refused=shown is None or not context.leave_out
        ),
        benchmark=protocol.benchmark,
        protocol_sha256=protocol.sha256,
        smallest_cell=smallest_cell(stages.compared, protocol),
        tally=tally_of(known, protocol),
    )


def _in_order(gates: Sequence[Gate]) -> tuple[Gate, ...]:
    return tuple(sorted(gates, key=lambda gate: int(gate.id.removeprefix("G"))))


def _labels(gates: Sequence[Gate], protocol: Protocol) -> tuple[Label, ...]:
    found: list[Label] = []
    if protocol.estimand == "ato" or protocol.population.only_border:
        found.append("overlap_only")
    if any(gate.id == "G9" and gate.status == "RESERVE" for gate in gates):
        found.append("programme_at_this_site")
    if protocol.method_check:
        found.append("method_check")
    return tuple(found)


def _needed(gates: Sequence[Gate]) -> tuple[Needed, ...]:
    columns = {
        "G0": "covariates",
        "G1": "lock",
        "G2": "could_enter_other",
        "G3": "covariates",
        "G4": "covariates",
        "G5": "referral_date",
        "G6": "capacity",
        "G7": "followups",
        "G8": "negative_controls",
        "G9": "site",
        "G10": "persons",
        "G12": "attendance_months",
        "G14": "persons",
    }
    return tuple(
        Needed(column=columns.get(gate.id, gate.id), why=gate.needed)
        for gate in gates
        if gate.needed is not None
    )


def _attrition(
    arms: pl.DataFrame,
    stages: Stages,
    protocol: Protocol,
) -> tuple[AttritionStep, ...]:
    steps = [("in_arms", arms)]
    if "is_first_referral" in arms.columns:
        steps.append(("first_referral", stages.first))
    if protocol.time_zero in arms.columns:
        steps.append(("entry", stages.period))
    steps.append(("population", stages.population))
    if stages.excluded:
        steps.append(("disruption", stages.compared))
    steps.append(("outcome_known", outcome_known(stages.compared, protocol)))
    return tuple(counted(step, rows, protocol) for step, rows in steps)
