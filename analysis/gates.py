"""Gates before outcomes: may these two programmes be compared at all, and for whom?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from utfall.analysis.cohort import DesignRows, DisruptionWindow, was_there
from utfall.analysis.eligibility import cross_eligibility
from utfall.analysis.exposure import calm_in_each_arm
from utfall.analysis.protocol import CORE_CONFOUNDERS, Protocol, Window
from utfall.analysis.results import Gate, Quantity, Reason
from utfall.analysis.vocabulary import Text
from utfall.analysis.wording import label

if TYPE_CHECKING:
    from utfall.analysis.overlap import Overlap

#: Fewer people than this in an arm and no interval is trusted enough to be shown.
SMALLEST_ARM = 20


def count(value: int) -> Quantity:
    """Return a count of people, as protection must see it."""
    return Quantity("count", float(value))


def share(part: int, whole: int) -> Quantity:
    """Return a share with the counts behind it."""
    return Quantity("share", part / whole if whole else 0.0, part, whole)


def number(value: float) -> Quantity:
    """Return a threshold, a date part or a design statistic: never a count of people."""
    return Quantity("number", float(value))


def words(text: Text) -> Quantity:
    """Return wording that fills a sentence."""
    return Quantity("text", text=text)


def not_evaluated(gate: str, code: str, needed: str | None = None) -> Gate:
    """Return a gate that could not be judged; it never counts as a pass."""
    return Gate(
        id=gate,
        status="NOT_EVALUATED",
        statistic=None,
        threshold=None,
        reason=Reason(code),
        needed=Reason(needed) if needed else None,
    )


def exempt(gate: str) -> Gate:
    """Return a gate that a declared method check is exempt from."""
    return Gate(
        id=gate,
        status="NOT_APPLICABLE",
        statistic=None,
        threshold=None,
        reason=Reason("method_check_exempt"),
    )


def names(protocol: Protocol) -> tuple[tuple[str, Quantity], ...]:
    """Return the two programmes' names, for sentences."""
    return (
        ("target", words(protocol.target_name.text)),
        ("comparator", words(protocol.comparator_name.text)),
    )


def lock_gate(locked_before_data: bool | None) -> Gate:
    """G1: was the comparison declared before the data were at hand?"""
    return Gate(
        id="G1",
        status="PASS" if locked_before_data else "RESERVE",
        statistic=None,
        threshold=None,
        reason=Reason("g1_pass" if locked_before_data else "g1_reserve"),
        needed=None if locked_before_data else Reason("g1_needed"),
        is_structural=False,
    )


def legal_overlap_gate(design: DesignRows, protocol: Protocol) -> Gate:
    """G2: could the people that the answer speaks of have entered the other programme?

    Judged by rules and dated judgements from before assignment. An answer about everyone,
    or about one arm, speaks of those too whom the law keeps out of the other programme, so
    nearly all of them must have had the choice; an answer about the declared border group
    speaks only of people who had it. Either way there must be enough of them in both arms.
    """
    if protocol.method_check:
        return exempt("G2")
    rows = design.rows
    if "could_enter_other" not in rows.columns and not protocol.eligibility:
        return not_evaluated("G2", "g2_not_evaluated", "g2_needed")
    found = cross_eligibility(rows, protocol)
    lowest = found.lowest_share_among(protocol.estimand)
    limits = protocol.thresholds
    values = (
        *names(protocol),
        ("share_target", share(found.could_target, found.n_target)),
        ("share_comparator", share(found.could_comparator, found.n_comparator)),
        ("limit", Quantity("share", limits.other_arm_share)),
        ("least", number(limits.border_per_arm)),
        ("n_target", count(found.could_target)),
        ("n_comparator", count(found.could_comparator)),
        ("statute", words(_statute(protocol))),
    )
    if min(found.n_target, found.n_comparator) == 0:
        code = "g2_fail_nobody"
    elif lowest < limits.other_arm_share:
        code = "g2_fail_law"
    elif min(found.could_target, found.could_comparator) < limits.border_per_arm:
        code = "g2_fail_small"
    else:
        code = "g2_pass_border" if protocol.population.only_border else "g2_pass"
    failed = code.startswith("g2_fail")
    return Gate(
        id="G2",
        status="FAIL" if failed else "PASS",
        statistic=lowest,
        threshold=limits.other_arm_share,
        reason=Reason(code, values),
        needed=Reason("g2_needed_people" if code == "g2_fail_nobody" else "g2_needed", values)
        if failed
        else None,
    )


def overlap_gate(overlap: Overlap, protocol: Protocol) -> Gate:
    """G3: are there people in both arms with the same chance of ending up in either?

    The limits are those of the declared estimand: for the overlap population and for the
    target's own people it does not matter that others have no counterpart.
    """
    values = (
        *names(protocol),
        ("equipoise", Quantity("share", overlap.equipoise)),
        ("largest", Quantity("share", ceil(100 * overlap.largest_weight) / 100)),
        ("largest_limit", Quantity("share", overlap.largest_limit)),
        ("ess_target", count(round(overlap.ess_target))),
        ("ess_comparator", count(round(overlap.ess_comparator))),
        ("estimand", words(label(f"estimand_{protocol.estimand}"))),
    )
    code = _overlap_code(overlap, protocol)
    failed = code.startswith("g3_fail")
    return Gate(
        id="G3",
        status="FAIL" if failed else "PASS",
        statistic=overlap.largest_weight,
        threshold=overlap.largest_limit,
        reason=Reason(code, values),
        needed=Reason("g3_needed", values) if failed else None,
    )


def time_zero_gate(
    design: DesignRows, protocol: Protocol, partial: frozenset[str] = frozenset()
) -> Gate:
    """G5: does the clock start the same way in both arms, before anything was decided?

    ``partial`` names the sources whose deliveries declare that the refused, or those who
    never started, are left out.
    """
    rows = design.rows
    if partial and "source" in rows.columns and rows["source"].is_in(sorted(partial)).any():
        return Gate(
            id="G5",
            status="FAIL",
            statistic=None,
            threshold=None,
            reason=Reason("g5_fail_covers"),
            needed=Reason("g5_needed"),
        )
    if protocol.time_zero == "not_recorded" or "start_date" not in rows.columns:
        return not_evaluated("G5", "g5_not_evaluated", "g5_needed")
    arms = by_arm(rows, protocol)
    waits = [arm["wait_days"].drop_nulls().median() for arm in arms]
    never = [int(arm["start_date"].is_null().sum()) for arm in arms]
    same_day = [
        float((arm["wait_days"] == 0).fill_null(value=False).mean() or 0.0) if arm.height else 1.0  # type: ignore[arg-type]
        for arm in arms
    ]
    if any(wait is None for wait in waits):
        return not_evaluated("G5", "g5_not_evaluated", "g5_needed")
    gap = abs(float(waits[0]) - float(waits[1]))  # type: ignore[arg-type]
    values = (*names(protocol), ("gap", number(round(gap))))
    if max(same_day) > 0.5 or min(never) == 0:
        status, code = "FAIL", "g5_fail"
    elif gap > protocol.thresholds.wait_gap_days:
        status, code = "PASS", "g5_pass_wait"
    else:
        status, code = "PASS", "g5_pass"
    return Gate(
        id="G5",
        status=status,  # type: ignore[arg-type]
        statistic=gap,
        threshold=float(protocol.thresholds.wait_gap_days),
        reason=Reason(code, values),
        needed=Reason("g5_needed") if status == "FAIL" else None,
    )


def disruption_gate(
    design: DesignRows, windows: Sequence[DisruptionWindow], protocol: Protocol
) -> Gate:
    """G6: did something happen to one arm's follow-up and not to the other's?

    Measured on the rows that remain after the declared handling, over the follow-up that
    was planned at referral, so that nobody's own exit decides whether they were exposed.
    """
    rows = design.rows
    if protocol.time_zero not in rows.columns or protocol.outcome.horizon_days is None:
        return not_evaluated("G6", "g6_not_evaluated", "g6_needed")
    arms = by_arm(rows, protocol)
    if any(arm.is_empty() for arm in arms):
        return not_evaluated("G6", "g6_nobody")
    modelled = {plan.id for plan in protocol.disruptions if plan.handling == "exposure"}
    shares = [
        _disrupted_share(arm, programme, [w for w in windows if w.id not in modelled], protocol)
        for arm, programme in zip(arms, (protocol.target, protocol.comparator), strict=True)
    ]
    gap = abs(shares[0] - shares[1])
    limit = protocol.thresholds.disrupted_share_gap
    values = (
        *names(protocol),
        ("gap", Quantity("points", gap)),
        ("limit", Quantity("points", limit)),
    )
    exposed = [w for w in windows if w.id in modelled]
    code = _disruption_code(
        protocol, is_wide=gap > limit, is_seen=calm_in_each_arm(design, exposed, protocol)
    )
    failed = code.startswith("g6_fail")
    return Gate(
        id="G6",
        status="FAIL" if failed else "PASS",
        statistic=gap,
        threshold=limit,
        reason=Reason(code, values),
        needed=Reason("g6_needed") if failed else None,
    )


def _disruption_code(protocol: Protocol, *, is_wide: bool, is_seen: bool) -> str:
    handled = {plan.handling for plan in protocol.disruptions}
    if is_wide:
        return "g6_fail"
    if not is_seen:
        return "g6_fail_never_calm"
    if "exposure" in handled:
        return "g6_pass_exposure"
    return "g6_pass_handled" if "exclude" in handled else "g6_pass"


def confounder_gate(design: DesignRows, protocol: Protocol) -> Gate:
    """G14: are the things that most decide who finds work known about both arms?"""
    if protocol.method_check:
        return exempt("G14")
    covered = {
        covariate.core
        for covariate in protocol.covariates
        if covariate.core and _has_values(design.rows, covariate.name)
    }
    absent = [core for core in CORE_CONFOUNDERS if core not in covered]
    listed = Text(
        ", ".join(label(f"core_{core}").sv for core in absent),
        ", ".join(label(f"core_{core}").en for core in absent),
    )
    status, code = {0: ("PASS", "g14_pass"), 1: ("RESERVE", "g14_reserve")}.get(
        len(absent), ("FAIL", "g14_fail")
    )
    values = (("absent", words(listed)), ("n_absent", number(len(absent))))
    return Gate(
        id="G14",
        status=status,  # type: ignore[arg-type]
        statistic=float(len(absent)),
        threshold=1.0,
        reason=Reason(code, values),
        needed=Reason("g14_needed", values) if absent else None,
    )


def _statute(protocol: Protocol) -> Text:
    """Return the rules that were in force while people entered, by paragraph or district."""
    in_force = [rule for rule in protocol.eligibility if _meets(rule.period, protocol.entry)]
    if not in_force:
        return label("statute_unnamed")
    return Text(
        "; ".join(dict.fromkeys(rule.statute.sv for rule in in_force)),
        "; ".join(dict.fromkeys(rule.statute.en for rule in in_force)),
    )


def _meets(one: Window, other: Window) -> bool:
    """Return whether two windows have a day in common; a missing end is open."""
    starts = [window.starts for window in (one, other) if window.starts]
    ends = [window.ends for window in (one, other) if window.ends]
    return not starts or not ends or max(starts) <= min(ends)


def _overlap_code(overlap: Overlap, protocol: Protocol) -> str:
    limits = protocol.thresholds
    if overlap.is_separated:
        return "g3_fail_separated"
    if overlap.largest_weight > overlap.largest_limit:
        return "g3_fail_weights"
    if min(overlap.ess_target, overlap.ess_comparator) < limits.ess_share * overlap.smaller_arm:
        return "g3_fail_ess"
    if protocol.estimand == "ate" and overlap.equipoise < limits.equipoise_share:
        return "g3_fail_equipoise"
    return "g3_pass" if overlap.equipoise >= limits.equipoise_share else "g3_pass_narrow"


def by_arm(rows: pl.DataFrame, protocol: Protocol) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows of the target and of the comparator."""
    in_target = pl.col(protocol.arm_column) == protocol.target
    return rows.filter(in_target), rows.filter(~in_target)


def _has_values(rows: pl.DataFrame, column: str) -> bool:
    return column in rows.columns and bool(rows[column].is_not_null().any())


def _disrupted_share(
    arm: pl.DataFrame,
    programme: str,
    windows: Sequence[DisruptionWindow],
    protocol: Protocol,
) -> float:
    """Return the share of an arm's planned follow-up days that a disruption covers."""
    horizon = protocol.outcome.horizon_days or 0
    touching = [w for w in windows if w.kind == "capacity" and w.programme in (programme, None)]
    if not touching or horizon == 0:
        return 0.0
    zero = arm[protocol.time_zero].cast(pl.Date).to_numpy().astype("datetime64[D]")
    ends = zero + np.timedelta64(horizon, "D")
    covered = np.zeros(arm.height)
    for window in touching:
        first = np.maximum(zero, np.datetime64(window.starts_on))
        last = np.minimum(ends, np.datetime64(window.ends_on + timedelta(days=1)))
        at_place = was_there(arm, window, protocol)
        covered += at_place * np.maximum((last - first).astype(float), 0.0)
    return float(np.minimum(covered / horizon, 1.0).mean())
