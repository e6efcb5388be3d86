"""Protected scan: moved windows as they may be published, so that no two differ by a few people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import cast

from utfall.analysis.headline import as_printed
from utfall.analysis.moved_windows import WindowRow
from utfall.analysis.redaction import Rules, protected_count
from utfall.analysis.vocabulary import Scale


def protected_scan(
    rows: Sequence[WindowRow],
    own: tuple[int, int],
    scale: Scale,
    rules: Rules,
    *,
    is_hidden: bool,
) -> tuple[WindowRow, ...]:
    """Return the rows as printed; empty where few people stand behind one, or between two.

    An answer about nearly the same people as another, published beside it, tells of those few
    who are in one alone. From the plan's own window outwards, a row is shown only where each
    arm has as many people as the last one that is shown, or more than a few others.

    Parameters
    ----------
    own : (int, int)
        People of target and comparator behind the plan's own answer.
    is_hidden : bool
        The answer itself is not shown; then nothing of its scan is.
    """
    if is_hidden:
        return ()
    shown: list[WindowRow] = []
    for _, group in groupby(rows, key=lambda row: (row.disruption, row.moved)):
        chain = list(group)
        earlier = [row for row in chain if row.months < 0]
        later = [row for row in chain if row.months > 0]
        kept = [*_kept(earlier[::-1], own, rules)[::-1], *_kept(later, own, rules)]
        shown += [
            _printed(row, scale, rules, is_shown=is_kept)
            for row, is_kept in zip((*earlier, *later), kept, strict=True)
        ]
    return tuple(shown)


def _kept(outwards: Sequence[WindowRow], own: tuple[int, int], rules: Rules) -> list[bool]:
    last, kept = own, []
    for row in outwards:
        counts = (row.n_target, row.n_comparator)
        is_few = row.smallest_cell is not None and row.smallest_cell <= rules.threshold
        is_near = any(
            0 < abs(one - other) <= rules.threshold for one, other in zip(counts, last, strict=True)
        )
        kept.append(rules.public_data or not (is_few or is_near))
        last = counts if kept[-1] and row.estimate is not None else last
    return kept


def _printed(row: WindowRow, scale: Scale, rules: Rules, *, is_shown: bool) -> WindowRow:
    def number(value: float | None) -> float | None:
        return None if value is None or not is_shown else as_printed(value, scale)

    def people(value: int) -> int:
        return cast(int, protected_count(value, rules) if is_shown else None)

    return replace(
        row,
        n_target=people(row.n_target),
        n_comparator=people(row.n_comparator),
        estimate=number(row.estimate),
        conf_low=number(row.conf_low),
        conf_high=number(row.conf_high),
        smallest_cell=None,
    )
