"""Protected numbers: the pieces that everything published is made of."""

from __future__ import annotations

from typing import cast

from utfall.analysis.gates import SMALLEST_ARM
from utfall.analysis.headline import as_printed
from utfall.analysis.redaction import Rules, protected_count
from utfall.analysis.vocabulary import Scale


def shown_count(value: int, rules: Rules) -> int:
    """Return a count redacted when small and rounded otherwise, typed as what it stands for."""
    # Only the published copy holds None here; typing it so would burden the whole analysis.
    return cast(int, protected_count(value, rules))


def printed(value: float | None, scale: Scale) -> float | None:
    """Return a number at the precision of its scale."""
    return None if value is None else as_printed(value, scale)


def is_too_small(n_target: int, n_comparator: int, cell: int | None, rules: Rules) -> bool:
    """Return whether an arm, or one side of its outcome, is too small for any estimate."""
    return is_few(cell, rules) or min(n_target, n_comparator) < SMALLEST_ARM


def is_few(cell: int | None, rules: Rules) -> bool:
    """Return whether a cell is one that must not be shown; None is no cell."""
    return cell is not None and cell <= rules.threshold and not rules.public_data


def tenth(value: float | None) -> float | None:
    """Return a number with one decimal, never minus nought."""
    return None if value is None else round(value, 1) + 0.0


def rounded(value: float, to: int) -> float:
    """Return the multiple of a step that is nearest.

    >>> rounded(487.0, 10)
    490.0
    """
    return float(to * round(value / to))
