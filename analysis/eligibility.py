"""Eligibility: who could have entered either programme, judged by what was known at referral?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import and_

import polars as pl

from utfall.analysis.protocol import Condition, EligibilityRule, Protocol, Window
from utfall.analysis.vocabulary import Estimand


def condition_expr(condition: Condition) -> pl.Expr:
    """Return a condition as an expression; an unknown value never meets a condition."""
    column = pl.col(condition.column)
    parts = [pl.lit(value=True)]
    if condition.equals is not None:
        parts.append(column == condition.equals)
    if condition.is_in:
        parts.append(column.is_in(list(condition.is_in)))
    if condition.at_least is not None:
        parts.append(column >= condition.at_least)
    if condition.at_most is not None:
        parts.append(column <= condition.at_most)
    return reduce(and_, parts).fill_null(value=False)


def window_expr(window: Window, column: str) -> pl.Expr:
    """Return whether a date lies within a window, both ends included."""
    expr = pl.lit(value=True)
    if window.starts is not None:
        expr = expr & (pl.col(column) >= window.starts)
    if window.ends is not None:
        expr = expr & (pl.col(column) <= window.ends)
    return expr.fill_null(value=False)


def dated_border() -> pl.Expr:
    """Return whether a caseworker, on or before referral, judged either programme possible.

    A judgement dated later may have been made knowing how it went, so it does not count.
    """
    judged = (pl.col("could_enter_other") == 1) & pl.col("could_enter_other_is_dated")
    return judged.fill_null(value=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossEligibility:
    """How many of each arm could have entered the other.

    Attributes
    ----------
    n_target, n_comparator : int
        People in each arm.
    could_target, could_comparator : int
        Of them, those who could have entered the other arm's programme.
    late_judgements : int
        Judgements that said yes but were dated after referral, and so were not used.
    """

    n_target: int
    n_comparator: int
    could_target: int
    could_comparator: int
    late_judgements: int

    def lowest_share_among(self, estimand: Estimand) -> float:
        """Return the smallest share that had the choice, of the arms an estimand speaks of.

        An empty arm had none.
        """
        if min(self.n_target, self.n_comparator) == 0:
            return 0.0
        target = self.could_target / self.n_target
        comparator = self.could_comparator / self.n_comparator
        spoken_of = {"att": (target,), "atc": (comparator,)}
        return min(spoken_of.get(estimand, (target, comparator)))


def could_enter(rows: pl.DataFrame, rules: tuple[EligibilityRule, ...], programme: str) -> pl.Expr:
    """Return whether the rules in force at referral would let a person into a programme.

    A programme without any rule is open to everybody; a rule without conditions admits
    nobody by itself, since it leaves the matter to a dated judgement, unless it says that it
    admits everyone.
    """
    if not any(rule.programme == programme for rule in rules):
        return pl.lit(value=True)
    own = [
        rule
        for rule in rules
        if rule.programme == programme
        and rule.admits != "judgement"
        and (rule.requires or rule.admits == "everyone")
    ]
    has_dates = "referral_date" in rows.columns
    admitted = pl.lit(value=False)
    for rule in own:
        met = reduce(and_, [condition_expr(c) for c in rule.requires], pl.lit(value=True))
        in_force = window_expr(rule.period, "referral_date") if has_dates else pl.lit(value=True)
        admitted = admitted | (met & in_force)
    return admitted


def cross_eligibility(rows: pl.DataFrame, protocol: Protocol) -> CrossEligibility:
    """Count, in each arm, those who could have entered the other arm's programme.

    The decision that was made is never used: it is the result of assignment. A dated
    judgement of the caseworker decides for a person; without one, the declared rules do.

    Parameters
    ----------
    rows : DataFrame
        One row per person or episode, with the arm column and what was known at referral.
    """
    in_target = pl.col(protocol.arm_column) == protocol.target
    by_rule = (
        pl.when(in_target)
        .then(could_enter(rows, protocol.eligibility, protocol.comparator))
        .otherwise(could_enter(rows, protocol.eligibility, protocol.target))
    )
    has_rules = bool(protocol.eligibility)
    if "could_enter_other" in rows.columns:
        dated_no = (
            (pl.col("could_enter_other") == 0) & pl.col("could_enter_other_is_dated")
        ).fill_null(value=False)
        could = dated_border() | (by_rule & ~dated_no) if has_rules else dated_border()
        late = (pl.col("could_enter_other") == 1) & ~dated_border()
    else:
        could = by_rule
        late = pl.lit(value=False)
    counted = rows.select(
        arm=in_target,
        could=could,
        late=late.fill_null(value=False),
    )
    target, comparator = counted.filter(pl.col("arm")), counted.filter(~pl.col("arm"))
    return CrossEligibility(
        n_target=target.height,
        n_comparator=comparator.height,
        could_target=int(target["could"].sum()),
        could_comparator=int(comparator["could"].sum()),
        late_judgements=int(counted["late"].sum()),
    )
