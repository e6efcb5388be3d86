"""Window scan: how does the answer move when the disruption is said to begin or end elsewhere?

Nobody can date a disruption to the day: staff were short before, and things took time to
settle after. Either end of the window is moved by itself, everything else as planned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from utfall.analysis.cohort import DisruptionWindow, outcome_known, outside_windows
from utfall.analysis.design import is_target
from utfall.analysis.gates import SMALLEST_ARM
from utfall.analysis.ladder import Stages, adjusted, smallest_cell
from utfall.analysis.moved_windows import ENDS, End, WindowRow
from utfall.analysis.protocol import Protocol
from utfall.analysis.results import Estimate

#: Months by which either end is moved; with the plan's own window they surround it by a year.
SHIFTS = (-6, -3, 3, 6)


def window_scan(
    stages: Stages, adjustments: Sequence[str], protocol: Protocol, *, is_refused: bool
) -> tuple[WindowRow, ...]:
    """Return the answer for every moved window; nothing where it is withheld.

    Each end's rows run from the earliest day to the latest, so that the people of each row
    contain those of the next or are contained in them.
    """
    if is_refused or protocol.time_zero == "not_recorded":
        return ()
    return tuple(
        row
        for window in (*stages.excluded, *stages.exposed)
        if window.kind == "capacity"
        for end in ENDS
        for months in SHIFTS
        if (row := _row(window, end, months, stages, adjustments, protocol)) is not None
    )


def _row(
    window: DisruptionWindow,
    end: End,
    months: int,
    stages: Stages,
    adjustments: Sequence[str],
    protocol: Protocol,
) -> WindowRow | None:
    moved = shifted(window, end, months)
    if moved is None:
        return None
    excluded, exposed = (
        tuple(moved if one.id == window.id else one for one in some)
        for some in (stages.excluded, stages.exposed)
    )
    compared = outside_windows(stages.population, excluded, protocol)
    other = replace(stages, compared=compared, excluded=excluded, exposed=exposed)
    known = is_target(outcome_known(compared, protocol), protocol)
    row = WindowRow(
        disruption=window.id,
        moved=end,
        months=months,
        starts_on=moved.starts_on,
        ends_on=moved.ends_on,
        n_target=int(known.sum()),
        n_comparator=int((~known).sum()),
        smallest_cell=smallest_cell(compared, protocol),
    )
    if min(row.n_target, row.n_comparator) < SMALLEST_ARM:
        return row
    found = adjusted(other, frozenset(adjustments), protocol)
    if not isinstance(found, Estimate):
        return row
    return replace(row, estimate=found.estimate, conf_low=found.conf_low, conf_high=found.conf_high)


def shifted(window: DisruptionWindow, end: End, months: int) -> DisruptionWindow | None:
    """Return a disruption with one end moved by whole months.

    None where it would end before it begins, or has no end to move.
    """
    if end == "ends" and window.ends_on.year == date.max.year:
        return None
    day = window.starts_on if end == "starts" else window.ends_on
    moved = replace(window, **{f"{end}_on": months_later(day, months)})  # type: ignore[arg-type]
    return moved if moved.starts_on <= moved.ends_on else None


def months_later(day: date, months: int) -> date:
    """Return the same day some months later, or the last one of a shorter month.

    >>> months_later(date(2018, 3, 31), -1), months_later(date(2016, 12, 10), 3)
    (datetime.date(2018, 2, 28), datetime.date(2017, 3, 10))
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise ValueError("no month is shorter than 28 days")
