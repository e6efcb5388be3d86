"""Foreseen: what a comparison could show, as it stood before any outcome was opened."""

from __future__ import annotations

from dataclasses import dataclass

from utfall.analysis.vocabulary import Headline


@dataclass(frozen=True, slots=True, kw_only=True)
class Foresight:
    """What the people that the answer would be made from can show, whatever the outcome.

    Attributes
    ----------
    n_target, n_comparator : int
        People of each arm, known outcome or not.
    months : int
        Calendar months in which any of them was referred.
    smallest : float or None
        Smallest difference seen in four studies of five; None with too few people.
    half_width : float or None
        Of the widest interval that a plain difference could have.
    reachable : tuple of str
        Headlines that such an interval leaves possible, were all checks passed.
    """

    n_target: int
    n_comparator: int
    months: int
    smallest: float | None
    half_width: float | None
    reachable: tuple[Headline, ...]
