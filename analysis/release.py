"""Release: can the answer be shown without giving anybody away, and in how many digits?"""

from __future__ import annotations

from dataclasses import replace

from utfall.analysis.gates import number
from utfall.analysis.headline import as_printed
from utfall.analysis.results import Gate, LeftOut, MethodRow, Reason, Robustness, Specification
from utfall.analysis.vocabulary import REFUSED, Fairness, Scale


def disclosure_gate(
    fairness: Fairness, threshold: int, *, is_public: bool, is_hidden: bool
) -> Gate:
    """G13: can the answer be shown without giving anybody away?

    It judges what protection took away, so that it speaks last; and it says nothing of
    fairness, since an answer that is hidden was no less fair.

    Parameters
    ----------
    threshold : int
        Counts from 1 up to this are redacted.
    is_public : bool
        The rows are public already.
    is_hidden : bool
        There was an answer, and too few people stand behind it.

    >>> disclosure_gate("comparable", 7, is_public=False, is_hidden=True).status
    'RESERVE'
    """
    code = "g13_reserve" if is_hidden else "g13_pass"
    if is_public and not is_hidden:
        code = "g13_public"
    elif fairness in REFUSED:
        code = "g13_refused"
    return Gate(
        id="G13",
        status="RESERVE" if code == "g13_reserve" else "PASS",
        statistic=None,
        threshold=float(threshold),
        reason=Reason(code, (("least", number(threshold)),)),
        is_structural=False,
    )


def protected_specification(
    one: Specification, scale: Scale, threshold: int, *, is_hidden: bool
) -> Specification:
    """Return a point of the curve as printed; null where few people stand behind it."""
    if is_hidden or (one.smallest_cell is not None and one.smallest_cell <= threshold):
        # Why a choice that counts gives no number would tell of the answer that is hidden.
        reason = None if one.admissible else one.reason
        return replace(
            one, estimate=None, conf_low=None, conf_high=None, favours=None, reason=reason
        )
    return replace(
        one,
        estimate=_as_printed(one.estimate, scale),
        conf_low=_as_printed(one.conf_low, scale),
        conf_high=_as_printed(one.conf_high, scale),
    )


def protected_method(one: MethodRow, scale: Scale, threshold: int, *, is_hidden: bool) -> MethodRow:
    """Return what a method gave as printed; nothing where few people stand behind it.

    Ratios, months and people a month are given to a tenth. A note is kept: it tells what the
    method lacks, never what it found, but for the test of a small difference.
    """
    if is_hidden or (one.smallest_cell is not None and one.smallest_cell <= threshold):
        note = None if one.id == "equivalence" else one.note
        return replace(one, estimate=None, conf_low=None, conf_high=None, basis=None, note=note)
    numbers = (one.estimate, one.conf_low, one.conf_high)
    shown = [
        _as_printed(value, scale) if one.measure in ("difference", "part") else _rounded(value, 1)
        for value in numbers
    ]
    return replace(one, estimate=shown[0], conf_low=shown[1], conf_high=shown[2])


def printed_robustness(robust: Robustness | None, scale: Scale) -> Robustness | None:
    """Return robustness at the precision that pages print: a tenth, a hundredth or a point."""
    if robust is None:
        return None
    return replace(
        robust,
        e_value=_rounded(robust.e_value, 1),
        e_value_interval=_rounded(robust.e_value_interval, 1),
        robustness_value=_rounded(robust.robustness_value, 2),
        robustness_value_interval=_rounded(robust.robustness_value_interval, 2),
        strongest_with_arm=_rounded(robust.strongest_with_arm, 2),
        strongest_with_outcome=_rounded(robust.strongest_with_outcome, 2),
        if_as_strong=_as_printed(robust.if_as_strong, scale),
        if_as_strong_low=_as_printed(robust.if_as_strong_low, scale),
        if_as_strong_high=_as_printed(robust.if_as_strong_high, scale),
        times_as_strong=_rounded(robust.times_as_strong, 1),
        unknown_tipping=_rounded(robust.unknown_tipping, 2),
        left_out=tuple(_left_out(one, scale) for one in robust.left_out),
    )


def _left_out(one: LeftOut, scale: Scale) -> LeftOut:
    return replace(
        one,
        lowest=_as_printed(one.lowest, scale),
        highest=_as_printed(one.highest, scale),
        same_headline=_rounded(one.same_headline, 2),
    )


def _as_printed(value: float | None, scale: Scale) -> float | None:
    return None if value is None else as_printed(value, scale)


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits) + 0.0
