"""Quality: what is not recorded, heaped on a day, recoded or late in the rows that are compared?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from scipy.stats import chi2_contingency

from utfall.analysis.cohort import DesignRows, first_referrals, in_arms
from utfall.analysis.gates import count, not_evaluated, share, words
from utfall.analysis.protocol import Covariate, Protocol
from utfall.analysis.redaction import FLOOR_THRESHOLD
from utfall.analysis.results import Gate, Quantity, Reason
from utfall.analysis.vocabulary import Text

#: Codes that say that nobody wrote anything down.
NOT_RECORDED = ("unknown",)
#: Fewer rows than this say nothing about a habit of recording.
FEW_ROWS = 50
#: A list of codes changed where this much of the rows moved between codes in a year, more
#: than chance would once in a thousand years.
MOVED, CHANCE = 0.10, 0.001
#: Months before the extract whose exits may still lack their reason.
LATE_MONTHS = 4

Role = Literal["covariate", "outcome"]
Heap = Literal["new_years_eve", "month_end", "month_start"]

#: Share of days of each kind, were every day alike.
EXPECTED: dict[Heap, float] = {
    "new_years_eve": 1 / 365.25,
    "month_end": 12 / 365.25,
    "month_start": 12 / 365.25,
}
_DATES = ("referral_date", "start_date", "end_date")
_CODED = ("legal_basis", "referrer", "obstacle_code", "readiness", "exit_code")


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingRow:
    """How much of one column is not recorded, in one programme, by year of time zero and in all.

    Attributes
    ----------
    year : int or None
        None for all years together.
    n, n_missing : int
        Rows, and those that hold nothing or *unknown*.
    n_waiting : int
        Of the missing, those whose follow-up was not over at the extract; outcomes only.
    """

    column: str
    label: Text
    role: Role
    programme: str
    year: int | None
    n: int
    n_missing: int
    n_waiting: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HeapRow:
    """How many of a programme's dates fall on one kind of day, beside what chance gives."""

    programme: str
    column: str
    kind: Heap
    n: int
    n_on: int
    expected: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeBreak:
    """A year in which one source's use of a code list changed.

    Attributes
    ----------
    moved : float
        Share in [0, 1] that would have to change code for the years to be alike: half the
        sum of absolute differences of shares.
    n_new, n_gone : int
        Codes used in this year and not in the one before, and the other way round.
    """

    source: str
    column: str
    year: int
    n_before: int
    n_after: int
    moved: float
    n_new: int
    n_gone: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LateRow:
    """Ended enrolments without a reason: near the extract, and in the year before that."""

    programme: str
    period: Literal["last_months", "year_before"]
    n: int
    n_missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DataQuality:
    """Everything the quality page tells of the rows themselves."""

    missing: tuple[MissingRow, ...]
    heaping: tuple[HeapRow, ...]
    code_breaks: tuple[CodeBreak, ...]
    late: tuple[LateRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What the delivery check found: rows received, loaded and set aside."""

    rows_in: int
    rows_loaded: int


def data_quality(cohort: pl.DataFrame, protocols: Sequence[Protocol]) -> DataQuality:
    """Return what is not recorded, heaped, recoded or late among the people compared.

    Parameters
    ----------
    cohort : DataFrame
        One row per referral or unit, as ``compare`` takes it.
    protocols : sequence of Protocol
        In page order. A column that two protocols read is told once per programme.
    """
    programmes = list(dict.fromkeys(p for one in protocols for p in (one.target, one.comparator)))
    known = cohort
    if "programme" in cohort.columns:
        known = cohort.filter(pl.col("programme").is_in(programmes))
    return DataQuality(
        missing=tuple(missing_rows(cohort, protocols)),
        heaping=tuple(heaps(known)),
        code_breaks=tuple(code_breaks(known)),
        late=tuple(late_rows(known)),
    )


def missing_rows(cohort: pl.DataFrame, protocols: Sequence[Protocol]) -> Iterator[MissingRow]:
    """Yield what is not recorded of every covariate and outcome, by programme and year."""
    told: set[tuple[str, str]] = set()
    for protocol in protocols:
        rows = first_referrals(in_arms(cohort, protocol), protocol)
        # Counted from the exit, an outcome is blank for all who have not left: nothing is missing.
        counted = (one for one in protocol.secondary_outcomes if one.counted_from == "referral")
        outcomes = (protocol.outcome, *counted)
        columns: list[tuple[str, Text, Role]] = [
            *((one.name, one.label.text, "covariate") for one in protocol.covariates),
            *((one.name, one.label.text, "outcome") for one in outcomes),
        ]
        for programme in (protocol.target, protocol.comparator):
            arm = _with_year(rows.filter(pl.col(protocol.arm_column) == programme), protocol)
            for name, label, role in columns:
                if name in arm.columns and (programme, name) not in told:
                    told.add((programme, name))
                    yield from _missing_by_year(arm, name, label, role, programme)


def _with_year(rows: pl.DataFrame, protocol: Protocol) -> pl.DataFrame:
    if protocol.time_zero in rows.columns:
        return rows.with_columns(_year=pl.col(protocol.time_zero).cast(pl.Date).dt.year())
    return rows.with_columns(_year=pl.lit(None, dtype=pl.Int32))


def _missing_by_year(
    arm: pl.DataFrame, name: str, label: Text, role: Role, programme: str
) -> Iterator[MissingRow]:
    is_missing = is_not_recorded(name, arm.schema[name])
    status = f"{name}_status"
    waiting = pl.lit(False)
    if role == "outcome" and status in arm.columns:
        waiting = is_missing & (pl.col(status) == "censored").fill_null(value=False)
    counts = {"n": pl.len(), "missing": is_missing.sum(), "waiting": waiting.sum()}
    by_year = arm.filter(pl.col("_year").is_not_null()).group_by("_year").agg(**counts)
    in_all = arm.select(_year=pl.lit(None, dtype=pl.Int32), **counts)
    for year, n, missing, waits in (*in_all.iter_rows(), *by_year.sort("_year").iter_rows()):
        yield MissingRow(
            column=name,
            label=label,
            role=role,
            programme=programme,
            year=year,
            n=n,
            n_missing=missing,
            n_waiting=waits,
        )


def is_not_recorded(name: str, kind: pl.DataType) -> pl.Expr:
    """Return the expression that is true where a column holds nothing, or *unknown*."""
    blank = pl.col(name).is_null()
    if kind == pl.String:
        return blank | pl.col(name).is_in(list(NOT_RECORDED)).fill_null(value=False)
    return blank | pl.col(name).is_nan() if kind.is_float() else blank


def heaps(rows: pl.DataFrame) -> Iterator[HeapRow]:
    """Yield how many dates of each programme fall on 31 December, month ends and month starts."""
    if "programme" not in rows.columns:
        return
    for name in (name for name in _DATES if name in rows.columns):
        day = pl.col(name).cast(pl.Date)
        kinds: dict[Heap, pl.Expr] = {
            "new_years_eve": (day.dt.month() == 12) & (day.dt.day() == 31),
            "month_end": day == day.dt.month_end(),
            "month_start": day.dt.day() == 1,
        }
        found = (
            rows.filter(pl.col(name).is_not_null())
            .group_by("programme")
            .agg(pl.len().alias("n"), *(expr.sum().alias(kind) for kind, expr in kinds.items()))
            .sort("programme")
        )
        for row in found.iter_rows(named=True):
            for kind in kinds:
                yield HeapRow(
                    programme=row["programme"],
                    column=name,
                    kind=kind,
                    n=row["n"],
                    n_on=row[kind],
                    expected=EXPECTED[kind],
                )


def code_breaks(rows: pl.DataFrame) -> Iterator[CodeBreak]:
    """Yield the years in which a source began to use a code list in another way.

    Exits are placed by the year of the exit, all else by the year of the referral. Two
    neighbouring years are alike unless both the share that moved and a chi-squared test of
    the two years say otherwise.
    """
    if "source" not in rows.columns or "referral_date" not in rows.columns:
        return
    for column in (name for name in _CODED if name in rows.columns):
        day = "end_date" if column == "exit_code" else "referral_date"
        used = rows.filter(pl.col(column).is_not_null() & pl.col(day).is_not_null())
        counts = (
            used.group_by("source", pl.col(day).cast(pl.Date).dt.year().alias("year"), column)
            .len()
            .sort("source", "year", column)
        )
        for source in counts["source"].unique().sort().to_list():
            yield from _breaks(counts.filter(pl.col("source") == source), source, column)


def _breaks(counts: pl.DataFrame, source: str, column: str) -> Iterator[CodeBreak]:
    codes = counts[column].unique().sort().to_list()
    by_year = {
        year: dict(counts.filter(pl.col("year") == year).select(column, "len").iter_rows())
        for year in counts["year"].unique().sort().to_list()
    }
    for year, after in by_year.items():
        before = by_year.get(year - 1)
        if before is None or min(sum(before.values()), sum(after.values())) < FEW_ROWS:
            continue
        table = np.array([[part.get(code, 0) for code in codes] for part in (before, after)])
        table = table[:, table.sum(axis=0) > 0]
        shares = table / table.sum(axis=1, keepdims=True)
        moved = float(np.abs(shares[0] - shares[1]).sum() / 2)
        if table.shape[1] < 2 or moved < MOVED or chi2_contingency(table).pvalue > CHANCE:
            continue
        yield CodeBreak(
            source=source,
            column=column,
            year=year,
            n_before=int(table[0].sum()),
            n_after=int(table[1].sum()),
            moved=moved,
            n_new=int(((table[0] == 0) & (table[1] > 0)).sum()),
            n_gone=int(((table[0] > 0) & (table[1] == 0)).sum()),
        )


def late_rows(rows: pl.DataFrame) -> Iterator[LateRow]:
    """Yield how many ended enrolments lack a reason, near the extract and in the year before.

    Reasons for exits come in up to four months late, so the last months are provisional.
    """
    needed = {"programme", "source", "end_date", "exit_code", "observed_until"}
    if not needed <= set(rows.columns):
        return
    last = pl.col("observed_until").max().over("source")
    ended = rows.with_columns(_last=last).filter(pl.col("end_date").is_not_null())
    days = (pl.col("_last").cast(pl.Date) - pl.col("end_date").cast(pl.Date)).dt.total_days()
    near = 30.4375 * LATE_MONTHS
    periods: dict[Literal["last_months", "year_before"], pl.Expr] = {
        "last_months": days < near,
        "year_before": (days >= near) & (days < near + 365.25),
    }
    for programme in ended["programme"].unique().sort().to_list():
        arm = ended.filter(pl.col("programme") == programme)
        for period, within in periods.items():
            some = arm.filter(within)
            yield LateRow(
                programme=programme,
                period=period,
                n=some.height,
                n_missing=int(some["exit_code"].is_null().sum()),
            )


def quality_gate(quality: Quality | None, design: DesignRows, protocol: Protocol) -> Gate:
    """G0: is too much set aside, or not recorded in a column that the comparison relies on?

    The worst declared column in either arm is judged, not the average: one column that is
    blank in one programme can carry the whole difference.
    """
    if quality is None:
        return not_evaluated("G0", "g0_not_evaluated")
    if quality.rows_in == 0:
        return not_evaluated("G0", "g0_not_evaluated_empty")
    limits = protocol.thresholds
    bad = quality.rows_in - quality.rows_loaded
    set_aside = bad / quality.rows_in
    worst = _worst_recorded(design.rows, protocol)
    values: tuple[tuple[str, Quantity], ...] = (
        ("rows_in", count(quality.rows_in)),
        ("rows_loaded", count(quality.rows_loaded)),
        ("share_bad", share(bad, quality.rows_in)),
    )
    is_poor = set_aside > limits.set_aside_share
    code, statistic, limit = "g0_pass", set_aside, limits.set_aside_share
    if worst is not None:
        n, missing, covariate, programme = worst
        values += (
            ("column", words(covariate.label.text)),
            ("programme", words(programme)),
            ("share_missing", share(missing, n)),
            ("limit", Quantity("share", limits.missing_share)),
        )
        if not is_poor and not 0 < missing <= FLOOR_THRESHOLD:
            statistic, limit, code = missing / n, limits.missing_share, "g0_pass_columns"
    if is_poor:
        code = "g0_reserve"
    elif statistic > limit:
        code = "g0_reserve_column"
    failed = code.startswith("g0_reserve")
    return Gate(
        id="G0",
        status="RESERVE" if failed else "PASS",
        statistic=statistic,
        threshold=limit,
        reason=Reason(code, values),
        needed=Reason("g0_needed", values) if code == "g0_reserve_column" else None,
    )


def _worst_recorded(
    rows: pl.DataFrame, protocol: Protocol
) -> tuple[int, int, Covariate, Text] | None:
    """Return rows, missing, column and programme of what is recorded least; None without any."""
    found: list[tuple[int, int, Covariate, Text]] = []
    for programme, name in (
        (protocol.target, protocol.target_name),
        (protocol.comparator, protocol.comparator_name),
    ):
        arm = rows.filter(pl.col(protocol.arm_column) == programme)
        for one in protocol.covariates if arm.height else ():
            if one.name in arm.columns:
                blank = is_not_recorded(one.name, arm.schema[one.name])
                found.append((arm.height, int(arm.select(blank.sum()).item()), one, name.text))
    return max(found, key=lambda one: one[1] / one[0], default=None)
