"""Design: everything that can be judged about a comparison before outcomes are opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from utfall.analysis.aliasing import aliasing_gate
from utfall.analysis.balance import balance_gate, balance_rows, held_out_columns
from utfall.analysis.cohort import DesignRows, DisruptionWindow
from utfall.analysis.covariates import DesignMatrix, design_matrix
from utfall.analysis.description_rows import BalanceRow, OverlapBin
from utfall.analysis.fidelity import delivery_gate
from utfall.analysis.gates import (
    confounder_gate,
    disruption_gate,
    legal_overlap_gate,
    lock_gate,
    not_evaluated,
    overlap_gate,
    time_zero_gate,
)
from utfall.analysis.overlap import measure_overlap, overlap_bins, separated
from utfall.analysis.propensity import fit_propensity
from utfall.analysis.protocol import Protocol
from utfall.analysis.results import Gate, NotEstimable
from utfall.analysis.weights import weights

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """The fitted design of a comparison.

    Attributes
    ----------
    gates : tuple of Gate
        Those that speak before outcomes.
    matrix : DesignMatrix or None
        Covariates of the rows; None where the plan adjusts for nothing.
    weight : ndarray of shape (n,) or None
        Weights of the declared estimand; None where no model could be fitted.
    """

    gates: tuple[Gate, ...]
    matrix: DesignMatrix | None
    weight: Floats | None
    balance: tuple[BalanceRow, ...]
    overlap: tuple[OverlapBin, ...]


def is_target(rows: pl.DataFrame, protocol: Protocol) -> NDArray[np.bool_]:
    """Return whether each row was in the target programme."""
    return (rows[protocol.arm_column] == protocol.target).to_numpy().astype(bool)


def fit_design(
    entitled: DesignRows,
    compared: DesignRows,
    windows: Sequence[DisruptionWindow],
    protocol: Protocol,
    *,
    locked_before_data: bool | None,
    months: pl.DataFrame | None = None,
    partial: frozenset[str] = frozenset(),
) -> Design:
    """Judge a comparison before outcomes are opened.

    Parameters
    ----------
    entitled : DesignRows
        The population before disrupted periods are set aside: the law is judged on it.
    compared : DesignRows
        The rows that the estimate would be made from.
    windows : sequence of DisruptionWindow
        Every registered disruption of either programme.
    months : DataFrame or None
        Places and days open by programme and month, without anything that tells how it went.
    partial : frozenset of str
        Sources that declare that they cover only the granted, or only those who started.

    Notes
    -----
    Both frames lack outcome columns by type, so nothing here can depend on how it went.
    """
    modelled = _modelled(compared, protocol)
    gates = (
        lock_gate(locked_before_data),
        legal_overlap_gate(entitled, protocol),
        *modelled.gates,
        time_zero_gate(entitled, protocol, partial),
        disruption_gate(compared, windows, protocol),
        aliasing_gate(compared, protocol),
        delivery_gate(compared, months, protocol),
        confounder_gate(compared, protocol),
    )
    return replace(modelled, gates=gates)


def _modelled(compared: DesignRows, protocol: Protocol) -> Design:
    """Return the propensity model with the two gates that it answers, G3 and G4."""
    no_balance = not_evaluated("G4", "g4_not_evaluated", "g4_needed")
    nothing = Design(gates=(), matrix=None, weight=None, balance=(), overlap=())
    treated = is_target(compared.rows, protocol)
    if not protocol.covariates or min(treated.sum(), (~treated).sum()) < 2:
        return replace(nothing, gates=(not_evaluated("G3", "g3_not_evaluated"), no_balance))
    matrix = design_matrix(compared.rows, protocol.covariates)
    fit = fit_propensity(treated, matrix.values)
    if isinstance(fit, NotEstimable) or fit.is_separated:
        refused = overlap_gate(separated(treated, protocol), protocol)
        return replace(nothing, gates=(refused, no_balance), matrix=matrix)
    weight = weights(fit.scores, treated, protocol.estimand)
    overlap = measure_overlap(fit.scores, treated, protocol)
    return Design(
        gates=(
            overlap_gate(overlap, protocol),
            balance_gate(
                matrix,
                held_out_columns(compared.rows, protocol),
                treated,
                weight,
                fit.scores,
                protocol,
            ),
        ),
        matrix=matrix,
        weight=weight,
        balance=balance_rows(matrix.values, matrix.terms, matrix.labels, treated, weight),
        overlap=overlap_bins(fit.scores, treated),
    )
