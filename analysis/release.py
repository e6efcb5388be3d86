"""Release: can the answer be shown without giving anybody away?"""

from __future__ import annotations

from utfall.analysis.gates import number
from utfall.analysis.results import Gate, Reason
from utfall.analysis.vocabulary import REFUSED, Fairness


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
