"""Covariates: what was known about each person at time zero, as columns a model can use."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from utfall.analysis.determinism import single_thread
from utfall.analysis.errors import Fault, ProtocolError
from utfall.analysis.protocol import Covariate
from utfall.analysis.regression import independent_columns
from utfall.analysis.vocabulary import Text

Floats = NDArray[np.float64]

#: Level that stands for "not recorded" in a category.
MISSING = "missing"


@dataclass(frozen=True, slots=True)
class DesignMatrix:
    """Declared covariates as independent numeric columns.

    Attributes
    ----------
    values : (n, k) ndarray of float
        No intercept; rows as in the frame.
    terms : tuple of str
        ``age``, ``age^2``, ``education:tertiary``, ``age:missing``.
    labels : tuple of Text
        One per term, for the page.
    dropped : tuple of str
        Terms left out because they do not vary, or repeat terms declared before them.
    """

    values: Floats
    terms: tuple[str, ...]
    labels: tuple[Text, ...]
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Column:
    term: str
    label: Text
    values: Floats


def design_matrix(rows: pl.DataFrame, covariates: Sequence[Covariate]) -> DesignMatrix:
    """Turn declared covariates into columns.

    Numbers and their powers are standardised (mean 0, standard deviation 1); a missing
    number becomes the mean, a missing flag 0, each with an indicator of its own; a missing
    category is a level of its own. The most frequent level is the reference, the first in
    order among equals.

    Parameters
    ----------
    rows : DataFrame
        One row per person or episode.
    covariates : sequence of Covariate
        In declared order, which decides what is dropped among repeats: the later one.

    Returns
    -------
    DesignMatrix

    Raises
    ------
    ProtocolError
        Declared columns that are absent, or hold something else than declared; all at once.

    >>> from utfall.analysis.protocol import Wording
    >>> age = Covariate(name="age", kind="number", label=Wording(sv="Ålder", en="Age"), reason="-")
    >>> made = design_matrix(pl.DataFrame({"age": [20, 40, None]}), [age])
    >>> made.terms, made.values.round(2).tolist()
    (('age', 'age:missing'), [[-1.22, -0.71], [1.22, -0.71], [0.0, 1.41]])
    """
    if faults := [fault for one in covariates if (fault := _fault(rows, one))]:
        raise ProtocolError("covariates do not fit the table", faults)
    columns = [column for one in covariates for column in _columns(rows, one)]
    varying = [column for column in columns if np.ptp(column.values) > 0] if len(rows) else []
    with single_thread():
        centred = np.column_stack([np.ones(len(rows)), *(_standard(c.values) for c in varying)])
        kept = [varying[index - 1] for index in independent_columns(centred) if index > 0]
    names = {column.term for column in kept}
    return DesignMatrix(
        values=np.column_stack([np.empty((len(rows), 0)), *(c.values for c in kept)]),
        terms=tuple(column.term for column in kept),
        labels=tuple(column.label for column in kept),
        dropped=tuple(column.term for column in columns if column.term not in names),
    )


def _fault(rows: pl.DataFrame, covariate: Covariate) -> Fault | None:
    name = covariate.name
    if name not in rows.columns:
        return Fault(
            rule="covariate_missing",
            column=name,
            message="declared as a covariate, but the table has no such column",
            way_out="correct the name, or declare the confounder under `missing_confounders`",
        )
    dtype = rows[name].dtype
    is_numeric = dtype.is_numeric() or dtype in (pl.Boolean, pl.Null)
    if covariate.kind != "category" and not is_numeric:
        return Fault(
            rule="covariate_kind",
            column=name,
            message=f"declared as a {covariate.kind}, but the column holds text or dates",
            way_out="declare it as a category, or convert it in the mapping",
        )
    if covariate.kind != "category" and np.isinf(_numbers(rows, name)).any():
        return Fault(
            rule="covariate_infinite",
            column=name,
            message="holds an infinite number",
            way_out="correct the value in the delivery, or leave it empty if unknown",
        )
    if covariate.kind == "flag" and not np.isin(_known(_numbers(rows, name)), (0.0, 1.0)).all():
        return Fault(
            rule="covariate_flag",
            column=name,
            message="declared as a flag, but holds more than 0 and 1",
            way_out="declare it as a number or a category",
        )
    return None


def _numbers(rows: pl.DataFrame, name: str) -> Floats:
    return rows[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _known(values: Floats) -> Floats:
    return values[~np.isnan(values)]


def _columns(rows: pl.DataFrame, covariate: Covariate) -> list[_Column]:
    if covariate.kind == "category":
        return _levels(rows, covariate)
    values = _numbers(rows, covariate.name)
    return [*_powers(values, covariate), *_missing_indicator(values, covariate)]


def _powers(values: Floats, covariate: Covariate) -> list[_Column]:
    label = covariate.label.text
    if covariate.kind == "flag":
        return [_Column(covariate.name, label, np.nan_to_num(values, nan=0.0))]
    known = _known(values)
    mean = math.fsum(known) / len(known) if len(known) else 0.0
    standard = _standard(np.nan_to_num(values, nan=mean))
    exponents = range(2, covariate.powers + 1)
    return [
        _Column(covariate.name, label, standard),
        *(
            _Column(
                f"{covariate.name}^{exponent}",
                Text(
                    f"{label.sv}, upphöjt till {exponent}", f"{label.en}, to the power {exponent}"
                ),
                _standard(standard**exponent),
            )
            for exponent in exponents
        ),
    ]


def _missing_indicator(values: Floats, covariate: Covariate) -> list[_Column]:
    label = covariate.label.text
    is_missing = np.isnan(values)
    if not is_missing.any():
        return []
    text = Text(f"{label.sv}: uppgift saknas", f"{label.en}: not recorded")
    return [_Column(f"{covariate.name}:{MISSING}", text, _standard(is_missing.astype(float)))]


def _levels(rows: pl.DataFrame, covariate: Covariate) -> list[_Column]:
    code_levels = {code: name for name, level in covariate.levels.items() for code in level.codes}
    codes = rows[covariate.name].cast(pl.String).to_list()
    named = map(code_levels.get, codes) if code_levels else iter(codes)
    held = [MISSING if level is None else level for level in named]
    counts = Counter(held)
    levels = sorted(counts)
    place = {level: number for number, level in enumerate(levels)}
    placed = np.fromiter((place[level] for level in held), dtype=np.int64, count=len(held))
    reference = min(levels, key=lambda level: (-counts[level], level), default=None)
    return [
        _Column(
            f"{covariate.name}:{level}",
            _level_label(covariate, level),
            (placed == place[level]) * 1.0,
        )
        for level in levels
        if level != reference
    ]


def _level_label(covariate: Covariate, level: str) -> Text:
    label = covariate.label.text
    if level in covariate.levels:
        named = covariate.levels[level].text
        return Text(f"{label.sv}: {named.sv}", f"{label.en}: {named.en}")
    if level == MISSING:
        return Text(f"{label.sv}: uppgift saknas", f"{label.en}: not recorded")
    return Text(f"{label.sv}: {level}", f"{label.en}: {level}")


def _standard(values: Floats) -> Floats:
    # Exact sums: the order in which rows arrive must not decide the last digit.
    if len(values) == 0:
        return values
    centred = values - math.fsum(values) / len(values)
    spread = math.sqrt(math.fsum(centred**2) / len(values))
    return centred / spread if spread > 0 else centred * 0.0
