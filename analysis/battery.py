"""Battery: what would every other accepted method have given, and why does some give nothing?

One row per method that the plan declares (all of them unless it says otherwise). The rows
judge nothing: gate G11 reads the specifications. They are for a reader who would have chosen
another method, and they say on what they rest and how their error was made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from utfall.analysis.cohort import DisruptionWindow, outcome_known
from utfall.analysis.covariates import design_matrix
from utfall.analysis.coverage import fewest_people
from utfall.analysis.design import is_target
from utfall.analysis.determinism import single_thread
from utfall.analysis.exposure import lost_share
from utfall.analysis.gates import SMALLEST_ARM, number
from utfall.analysis.headline import as_printed
from utfall.analysis.inference import Floats
from utfall.analysis.ladder import Stages, smallest_cell
from utfall.analysis.propensity import fit_propensity
from utfall.analysis.protocol import Protocol
from utfall.analysis.regression import Family
from utfall.analysis.results import Bounds, Estimate, MethodRow, NotEstimable, Reason
from utfall.analysis.weights import weights
from utfall.analysis.wording import catalogue, label


@dataclass(frozen=True, slots=True)
class Told:
    """What a method gave; ``low`` or ``high`` is None where the data set no bound."""

    estimate: float | None
    low: float | None
    high: float | None
    note: Reason | None = None


Found = Estimate | Bounds | Told | NotEstimable


@dataclass(frozen=True, slots=True)
class Task:
    """One comparison as the methods take it.

    Attributes
    ----------
    y : (n,) ndarray
        Outcome; not a number where unknown.
    treated : (n,) ndarray of bool
    x : (n, k) ndarray
        Declared covariates without intercept.
    rows : DataFrame
        The n rows themselves.
    shown : Estimate
        The answer that the comparison gave.
    whole : DataFrame
        The population before disrupted follow-up is set aside.
    months : DataFrame or None
        The mart of programmes by month.
    windows : sequence of DisruptionWindow
    """

    y: Floats
    treated: NDArray[np.bool_]
    x: Floats
    rows: pl.DataFrame
    protocol: Protocol
    shown: Estimate
    whole: pl.DataFrame
    months: pl.DataFrame | None
    windows: Sequence[DisruptionWindow]

    @property
    def family(self) -> Family:
        """Return the family of the outcome."""
        return "binomial" if self.protocol.scale == "share" else "gaussian"

    @property
    def known(self) -> NDArray[np.bool_]:
        """Return whose outcome is known."""
        return np.asarray(~np.isnan(self.y))

    @property
    def complete(self) -> tuple[Floats, NDArray[np.bool_], Floats]:
        """Return outcome, arm and covariates of those whose outcome is known."""
        return self.y[self.known], self.treated[self.known], self.x[self.known]

    def weight(self) -> Floats | NotEstimable:
        """Return everybody's weight for the population that the answer is about."""
        found = fit_propensity(self.treated, self.x)
        if isinstance(found, NotEstimable):
            return found
        if found.is_separated:
            return NotEstimable("separation")
        return weights(found.scores, self.treated, self.protocol.estimand)

    def undisturbed_or_not(self) -> Task:
        """Return the task about everybody, disrupted follow-up too."""
        return replace(self, **_arrays(self.whole, self.protocol), rows=self.whole)


@dataclass(frozen=True, slots=True)
class Method:
    """One accepted method.

    Attributes
    ----------
    run : callable
    error : str
        Key of the convention of its error in the catalogue.
    measured : str or callable
        Interval of the coverage table that it uses.
    measure : {"difference", "part", "ratio", "months", "monthly"}
    other_question : str or None
        Key of the reason why it does not answer the declared question, None where it does.
    size : callable or None
        What its coverage was measured at, where that is not people an arm.
    """

    run: Callable[[Task], Found]
    error: str
    measured: str | Callable[[Protocol], str]
    measure: str = "difference"
    other_question: str | None = None
    size: Callable[[Task], int | None] | None = None


def battery(
    shown: Estimate | None,
    stages: Stages,
    protocol: Protocol,
    *,
    months: pl.DataFrame | None = None,
    windows: Sequence[DisruptionWindow] = (),
) -> tuple[MethodRow, ...]:
    """Return what every declared method gives; without numbers where the answer is withheld.

    Parameters
    ----------
    shown : Estimate or None
        The answer, where there is one.
    """
    from utfall.analysis.battery_methods import METHODS

    names = [name for name in METHODS if name in protocol.methods]
    if shown is None:
        return tuple(_row(name, METHODS[name], Told(None, None, None)) for name in names)
    rows = stages.compared
    task = Task(
        **_arrays(rows, protocol),
        rows=rows,
        whole=stages.population,
        protocol=protocol,
        shown=shown,
        months=months,
        windows=windows,
    )
    refused = _refused(stages, protocol)
    cell = smallest_cell(rows, protocol)
    with single_thread():
        return tuple(
            _row(name, METHODS[name], refused or _tried(METHODS[name], task), cell=cell)
            for name in names
        )


def _arrays(rows: pl.DataFrame, protocol: Protocol) -> dict[str, Any]:
    return {
        "y": rows[protocol.outcome.name].cast(pl.Float64).fill_null(float("nan")).to_numpy(),
        "treated": is_target(rows, protocol),
        "x": design_matrix(rows, protocol.covariates).values,
    }


def _refused(stages: Stages, protocol: Protocol) -> NotEstimable | None:
    """Return why no method of the battery can answer this comparison, or None."""
    if not protocol.covariates:
        return NotEstimable("no_covariates")
    known = outcome_known(stages.compared, protocol)
    if lost_share(known, stages.exposed, protocol).any():
        return NotEstimable("exposure")
    return None


def _tried(method: Method, task: Task) -> Found:
    """Return what a method gives, or that its interval is not trusted at so few people."""
    _, arm, _ = task.complete
    smallest: int | None = min(int(arm.sum()), int((~arm).sum()))
    if method.size is not None:
        smallest = method.size(task)
    if smallest is None:
        return method.run(task)  # it says itself why there is nothing
    name = method.measured if isinstance(method.measured, str) else method.measured(task.protocol)
    fewest = fewest_people(name)
    if fewest is None:
        return NotEstimable("not_measured")
    if smallest < max(fewest, SMALLEST_ARM):
        least = (("least", number(max(fewest, SMALLEST_ARM))),)
        return Told(None, None, None, Reason("method_few", least))
    return method.run(task)


def _row(name: str, method: Method, found: Found, *, cell: int | None = None) -> MethodRow:
    note = Reason(method.other_question) if method.other_question else None
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    basis: str | None = None
    if isinstance(found, NotEstimable):
        code = f"method_not_{found.code}"
        note = Reason(code if code in catalogue() else "not_estimable_other")
    elif isinstance(found, Bounds):
        low, high, basis = found.conf_low, found.conf_high, "rows"
    elif isinstance(found, Estimate):
        estimate, low, high = found.estimate, found.conf_low, found.conf_high
        basis = "cells" if re.search(r"\d cells$", found.method) else "rows"
    else:
        estimate, low, high, note = found.estimate, found.low, found.high, found.note or note
        basis = None if estimate is None else "rows"
    return MethodRow(
        id=name,
        label=label(f"method_{name}"),
        measure=method.measure,
        error=label(f"method_error_{method.error}"),
        estimate=estimate,
        conf_low=low,
        conf_high=high,
        basis=basis,
        answers=method.other_question is None,
        note=note,
        smallest_cell=cell,
    )


def within_margin(low: float, high: float, protocol: Protocol) -> bool:
    """Return whether an interval, as printed, lies wholly within the declared margin."""
    ends = [as_printed(end, protocol.scale) for end in (low, high)]
    return -protocol.margin < ends[0] and ends[1] < protocol.margin
