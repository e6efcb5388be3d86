"""Results: what a comparison found, as frozen values that pages and files are made from."""

from __future__ import annotations

from dataclasses import dataclass

from utfall.analysis.description_rows import (
    ArmDescription,
    AttritionStep,
    BalanceRow,
    ExitCurve,
    OverlapBin,
    YearRow,
)
from utfall.analysis.foreseen import Foresight
from utfall.analysis.moved_windows import WindowRow
from utfall.analysis.own_years import DisruptionStory
from utfall.analysis.vocabulary import (
    Estimand,
    Fairness,
    GapSource,
    GateStatus,
    Headline,
    Label,
    Precision,
    Scale,
    Text,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One contrast between target and comparator, in the protocol's scale.

    Attributes
    ----------
    estimate : float
        Target minus comparator: a risk difference in [-1, 1] when the scale is share.
    std_error : float
        Standard error; ``method`` states the convention.
    conf_low, conf_high : float
        Bounds of the interval at the protocol's ``conf_level``.
    p_value : float or None
        Two-sided; None where the estimator has no test.
    mean_target, mean_comparator : float
        The two (weighted or standardised) means that the contrast is made of.
    n_target, n_comparator : int
        Rows that carry weight.
    method : str
        Estimator and standard-error convention, as the method page prints it.
    """

    estimate: float
    std_error: float
    conf_low: float
    conf_high: float
    p_value: float | None
    mean_target: float
    mean_comparator: float
    n_target: int
    n_comparator: int
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """People of each arm, and those of them who reached the outcome.

    Protection rebuilds a plain difference of shares from it; the document never holds it.
    """

    n_target: int
    events_target: int
    n_comparator: int
    events_comparator: int


@dataclass(frozen=True, slots=True)
class NotEstimable:
    """Typed refusal of an estimator: there is no number, and this is why.

    Attributes
    ----------
    code : str
        Key of the reason in the wording catalogue, such as ``separation`` or ``one_arm``.
    """

    code: str


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number inside a sentence, typed so that protection knows how to coarsen it.

    Attributes
    ----------
    kind : {"count", "share", "points", "currency", "number", "text"}
        Counts are redacted and rounded; shares are rebuilt from protected counts;
        ``number`` is a declared threshold, a design statistic or a date, never a count
        of people; ``text`` carries its wording in ``text``.
    value : float or None
        The number; for a share in [0, 1]; None when protected away or text.
    numerator, denominator : int or None
        Behind a share.
    text : Text or None
        Wording, for ``kind="text"``.
    """

    kind: str
    value: float | None = None
    numerator: int | None = None
    denominator: int | None = None
    text: Text | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """A sentence of the wording catalogue with the quantities that fill it."""

    code: str
    values: tuple[tuple[str, Quantity], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What one fairness check found.

    Attributes
    ----------
    id : str
        ``G0`` to ``G14``.
    statistic, threshold : float or None
        Number compared and its declared limit, in the unit that the reason states.
    reason, needed : Reason or None
        Plain words for the status, and what would be needed where it is not a pass.
    is_structural : bool
        A failure here refuses the comparison.
    """

    id: str
    status: GateStatus
    statistic: float | None
    threshold: float | None
    reason: Reason
    needed: Reason | None = None
    is_structural: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One step of the ladder from the number in the debate to the fair one.

    ``smallest_cell`` is the fewest people of an arm on either side of a yes-or-no outcome;
    ``tally`` what a plain difference of shares is made of, None for any other. Protection
    reads them, the document never holds them.
    """

    step: str
    label: Text
    estimate: float | None
    conf_low: float | None
    conf_high: float | None
    n_target: int
    n_comparator: int
    is_raw: bool = False
    smallest_cell: int | None = None
    tally: Tally | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GapPart:
    """How much of the raw gap comes from one source; null with the reason where unknown.

    ``holds_disruption`` marks other years than those compared that a disruption fell on, so
    that they hold most of what it did; the part named after it holds the rest.
    """

    source: GapSource
    estimate: float | None
    conf_low: float | None
    conf_high: float | None
    reason: Reason | None = None
    holds_disruption: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SensitivityRow:
    """The estimate under another declared choice.

    ``smallest_cell`` as for :class:`Rung`, where the choice changes who is compared, and
    ``tally`` as there.
    """

    id: str
    label: Text
    estimate: float | None
    conf_low: float | None
    conf_high: float | None
    admissible: bool
    reason: Reason | None = None
    smallest_cell: int | None = None
    tally: Tally | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Specification:
    """One point of the specification curve: the answer under one set of choices.

    Attributes
    ----------
    choices : tuple of (dimension, level label)
        What was chosen, in the order of the dimensions.
    favours : {"target", "comparator"} or None
        Whose best case it is among the admissible ones.
    smallest_cell : int or None
        As for a rung; protection reads it, the document never holds it.
    """

    id: str
    choices: tuple[tuple[str, Text], ...]
    estimate: float | None
    conf_low: float | None
    conf_high: float | None
    admissible: bool
    reason: Reason | None = None
    favours: str | None = None
    smallest_cell: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodRow:
    """What one accepted method gives for the comparison.

    Attributes
    ----------
    measure : {"difference", "part", "ratio", "months", "monthly"}
        Difference in the protocol's scale; part of the unadjusted one; ratio of shares or
        odds; difference in months; step in people a month.
    error : Text
        Convention of the interval.
    basis : {"rows", "cells"} or None
        What it was computed on; None where there is no number.
    answers : bool
        It answers the declared question, about the declared people.
    note : Reason or None
        Why there is no number, or what the number is about.
    smallest_cell : int or None
        As for a rung; protection reads it, the document never holds it.
    """

    id: str
    label: Text
    measure: str
    error: Text
    estimate: float | None
    conf_low: float | None
    conf_high: float | None
    basis: str | None
    answers: bool
    note: Reason | None = None
    smallest_cell: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """How far the answer moves when each site, or each month, is left out in turn."""

    what: str
    n_units: int
    n_answered: int
    lowest: float | None
    highest: float | None
    same_headline: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Robustness:
    """How strong something unseen must be before it takes the answer away.

    Attributes
    ----------
    e_value, e_value_interval : float or None
        On the scale of risk ratios, for the estimate and the nearer end of its interval.
    robustness_value, robustness_value_interval : float or None
        Cinelli & Hazlett's share, for the estimate and for its interval.
    strongest : Text or None
        Strongest measured confounder, by name, with its partial R² with arm and outcome.
    if_as_strong, if_as_strong_low, if_as_strong_high : float or None
        Answer and interval, had something hidden as strong as it been adjusted for.
    times_as_strong : float or None
        How many times as strong the hidden thing must be to leave no difference; None where
        none is strong enough.
    unknown_tipping : float or None
        How differently the unknown must have fared for the difference to vanish.
    """

    e_value: float | None
    e_value_interval: float | None
    robustness_value: float | None
    robustness_value_interval: float | None
    strongest: Text | None
    strongest_with_arm: float | None
    strongest_with_outcome: float | None
    if_as_strong: float | None
    if_as_strong_low: float | None
    if_as_strong_high: float | None
    times_as_strong: float | None
    unknown_tipping: float | None
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondaryOutcome:
    """One of the protocol's other outcomes, side by side for the two programmes.

    Attributes
    ----------
    arms : tuple of ArmDescription
        ``n`` people whom it concerns, ``n_known`` of them followed to the horizon.
    estimate : Estimate or None
        Adjusted difference; None where it may not be compared, for the ``reason``.
    p_adjusted : float or None
        Holm's, over the secondary outcomes that have an estimate.
    differs : bool or None
        Whether the difference holds when several outcomes are looked at together.
    smallest_cell : int or None
        As a rung's; protection reads it, the document never holds it.
    """

    outcome: str
    label: Text
    rule: Text
    horizon_days: int | None
    counted_from: str
    arms: tuple[ArmDescription, ...]
    estimate: Estimate | None
    reason: Reason | None
    p_adjusted: float | None = None
    differs: bool | None = None
    smallest_cell: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What remains possible whatever the unknown outcomes were.

    ``arms`` is (people, known, reached) of each arm; protection reads it, the document
    never holds it.
    """

    low: float | None
    high: float | None
    conf_low: float | None
    conf_high: float | None
    method: str
    arms: tuple[tuple[int, int, int], tuple[int, int, int]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """One column to start recording, and why."""

    column: str
    why: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Everything one declared protocol gave: verdict, numbers, checks and what is missing.

    ``estimate`` is None exactly when the fairness grade refuses one; then every number
    that would let a reader rebuild it is None as well. ``months_needed`` is how many more
    months of the same intake would give ``n_needed_per_arm``.
    """

    id: str
    question: Text
    outcome: str
    outcome_label: Text
    horizon_days: int | None
    population: Text
    estimand: Estimand
    scale: Scale
    unit: str
    matters: float
    conf_level: float
    target: str
    comparator: str
    target_name: Text
    comparator_name: Text
    informs: Text
    does_not_inform: Text
    n_target: int
    n_comparator: int
    fairness: Fairness
    precision: Precision
    headline: Headline
    estimate: Estimate | None
    second_low: float | None
    second_high: float | None
    overdispersion: float | None
    smallest_detectable: float | None
    n_needed_per_arm: int | None
    labels: tuple[Label, ...]
    raw: Estimate | None
    raw_label: Text
    gates: tuple[Gate, ...]
    ladder: tuple[Rung, ...]
    decomposition: tuple[GapPart, ...] = ()
    sensitivity: tuple[SensitivityRow, ...] = ()
    specifications: tuple[Specification, ...] = ()
    methods: tuple[MethodRow, ...] = ()
    robustness: Robustness | None = None
    bounds: Bounds | None = None
    needed: tuple[Needed, ...] = ()
    alone: tuple[ArmDescription, ...] = ()
    secondary_outcomes: tuple[SecondaryOutcome, ...] = ()
    attrition: tuple[AttritionStep, ...] = ()
    balance: tuple[BalanceRow, ...] = ()
    overlap: tuple[OverlapBin, ...] = ()
    years: tuple[YearRow, ...] = ()
    exits: tuple[ExitCurve, ...] = ()
    disruptions: tuple[str, ...] = ()
    disruption_stories: tuple[DisruptionStory, ...] = ()
    window_scan: tuple[WindowRow, ...] = ()
    foresight: Foresight | None = None
    months_needed: int | None = None
    benchmark: str | None = None
    protocol_sha256: str = ""
    smallest_cell: int | None = None
    tally: Tally | None = None
