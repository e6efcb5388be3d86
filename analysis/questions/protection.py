"""Protection: coarsen the cells of an answer, once and all alike, and write them out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from utfall.analysis.counts import (
    normal_variation_band,
    poisson_interval,
    rate_ratio,
    wilson_interval,
)
from utfall.analysis.disclosure import Rules, protected_count, protected_share
from utfall.analysis.gates import SMALLEST_ARM
from utfall.analysis.questions.cells import (
    Amount,
    Band,
    Cell,
    Chance,
    Count,
    Modelled,
    Number,
    Points,
    Quantile,
    Rate,
    Ratio,
    Share,
    Times,
    Words,
)
from utfall.analysis.vocabulary import LANGUAGES, Text
from utfall.analysis.wording import PROTECTED, number_text

#: Text of a cell before it is written out.
NOTHING = Text("", "")

#: A sum is not shown where one contributor holds this share of it (dominance rule).
DOMINANT = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One cell as it is written down: nothing else of it is ever published.

    Attributes
    ----------
    kind : str
        Name of the cell's type in lower case.
    value, low, high : float or None
        As shown; None where withheld, not estimable, or where there are no bounds.
    withheld : bool
        Too few people stand behind the number.
    text : Text
        The value as readers of each language write it.
    """

    kind: str
    value: float | None
    low: float | None = None
    high: float | None = None
    withheld: bool = False
    text: Text = NOTHING


def shown(cell: Cell, rules: Rules | None) -> Shown:
    """Return a cell as it may be shown; exactly as found where there are no rules."""
    kind = type(cell).__name__.lower()
    if isinstance(cell, Words):
        return Shown(kind=kind, value=None, text=cell.text)
    if isinstance(cell, Number):
        value = None if cell.value is None else round(cell.value, cell.decimals) + 0.0
        bounds = [None if b is None else round(b, cell.decimals) for b in (cell.low, cell.high)]
        return _written(
            Shown(kind=kind, value=value, low=bounds[0], high=bounds[1]),
            "#,##0" + ("." + "#" * cell.decimals if cell.decimals else ""),
        )
    if isinstance(cell, Count):
        found = cell.n if rules is None else protected_count(cell.n, rules)
        return _written(Shown(kind=kind, value=found, withheld=found is None), "#,##0")
    if isinstance(cell, Chance):
        return _chance(cell, rules)
    if isinstance(cell, Rate):
        return _rate(cell, rules)
    if isinstance(cell, Share):
        return _share(cell, rules)
    if isinstance(cell, Modelled | Points | Times):
        return _modelled(cell, rules)
    if isinstance(cell, Ratio):
        return _ratio(cell, rules)
    if isinstance(cell, Band):
        return _band(cell, rules)
    return _from_people(cell, rules)


def _chance(cell: Chance, rules: Rules | None) -> Shown:
    events = cell.events if rules is None else protected_count(cell.events, rules)
    if events is None:
        return _written(Shown(kind="chance", value=None, withheld=True), "0")
    low, high = (round(bound, 1) for bound in poisson_interval(events))
    return _ranged(Shown(kind="chance", value=float(events), low=low, high=high))


def _band(cell: Band, rules: Rules | None) -> Shown:
    few = rules is not None and not rules.public_data and cell.n < SMALLEST_ARM
    if few:
        return _written(Shown(kind="band", value=None, withheld=True), "0")
    mean = cell.mean if rules is None else float(f"{cell.mean:.2g}")
    low, high = normal_variation_band(mean)
    return _ranged(Shown(kind="band", value=mean, low=low, high=high))


def _ranged(cell: Shown) -> Shown:
    """Return a cell that is written as its bounds."""
    ends = [[number_text(b or 0.0, lang, "0") for b in (cell.low, cell.high)] for lang in LANGUAGES]
    return replace(cell, text=Text(*(f"{low}–{high}" for low, high in ends)))


def _ratio(cell: Ratio, rules: Rules | None) -> Shown:
    events = [
        n if rules is None else protected_count(n, rules) for n in (cell.events, cell.events_before)
    ]
    later, before = events
    if later is None or not before or min(cell.exposure, cell.exposure_before) <= 0:
        hidden = None in events
        return _written(Shown(kind="ratio", value=None, withheld=hidden), "0")
    found = rate_ratio(later, cell.exposure, before, cell.exposure_before)
    numbers = [float(f"{x or 0.0:.2g}") for x in (found.ratio, found.conf_low, found.conf_high)]
    told = Shown(kind="ratio", value=numbers[0], low=numbers[1], high=numbers[2])
    return _written(told, "#,##0.##")


def _rate(cell: Rate, rules: Rules | None) -> Shown:
    events = cell.events if rules is None else protected_count(cell.events, rules)
    exposure = cell.exposure
    if rules is not None and cell.coarse:
        exposure = 10.0 * round(exposure / 10)
    if events is None or exposure <= 0:
        return _written(Shown(kind="rate", value=None, withheld=events is None), "0")
    scale = cell.per / exposure
    low, high = poisson_interval(events)
    decimals = 0 if scale * events >= 10 else 1 if scale * events >= 2 else 2
    numbers = [round(scale * number, decimals) + 0.0 for number in (events, low, high)]
    told = Shown(kind="rate", value=numbers[0], low=numbers[1], high=numbers[2])
    return _written(told, "#,##0.##")


def _share(cell: Share, rules: Rules | None) -> Shown:
    if cell.denominator == 0:
        return _written(Shown(kind="share", value=None), "0")
    if rules is None:
        value: float | None = cell.numerator / cell.denominator
        parts: tuple[int | None, int | None] = (cell.numerator, cell.denominator)
    else:
        value = protected_share(cell.numerator, cell.denominator, rules)
        parts = (
            protected_count(cell.numerator, rules),
            protected_count(cell.denominator, rules),
        )
    if value is None or parts[0] is None or not parts[1]:
        return _written(Shown(kind="share", value=None, withheld=True), "0")
    low, high = wilson_interval(min(parts[0], parts[1]), parts[1])
    return _percent(Shown(kind="share", value=value, low=round(low, 2), high=round(high, 2)))


def _modelled(cell: Modelled | Points | Times, rules: Rules | None) -> Shown:
    kind = type(cell).__name__.lower()
    if cell.value is None:
        return _written(Shown(kind=kind, value=None), "0")
    few = rules is not None and not rules.public_data
    if few and rules is not None:
        least = min(cell.events, cell.n - cell.events)
        few = cell.n < SMALLEST_ARM or 0 < least <= rules.threshold or least < 0
    if few:
        return _written(Shown(kind=kind, value=None, withheld=True), "0")
    bounds = (cell.value, cell.low, cell.high)
    if isinstance(cell, Times):
        coarse = [None if x is None else float(f"{x:.2g}") + 0.0 for x in bounds]
        told = Shown(kind=kind, value=coarse[0], low=coarse[1], high=coarse[2])
        return _written(told, "#,##0.##")
    numbers = [None if x is None else round(x, 2) + 0.0 for x in bounds]
    told = Shown(kind=kind, value=numbers[0], low=numbers[1], high=numbers[2])
    if kind == "modelled":
        return _percent(told)
    texts = (number_text(100 * (told.value or 0.0), language, "0") for language in LANGUAGES)
    return replace(told, text=Text(*texts))


def _from_people(cell: Quantile | Amount, rules: Rules | None) -> Shown:
    """Return a quantile or an amount; a tail needs more people behind it than a count."""
    kind = type(cell).__name__.lower()
    few = rules is not None and not rules.public_data and cell.n < SMALLEST_ARM
    dominated = (
        rules is not None
        and isinstance(cell, Amount)
        and cell.largest_share is not None
        and cell.largest_share >= DOMINANT
    )
    if few or dominated:
        return _written(Shown(kind=kind, value=None, withheld=True), "0")
    if cell.value is None:
        return _written(Shown(kind=kind, value=None), "0")
    if isinstance(cell, Quantile):
        bounds = [None if x is None else float(f"{x:.2g}") + 0.0 for x in (cell.low, cell.high)]
        at = float(f"{cell.value:.2g}") + 0.0
        told = Shown(kind=kind, value=at, low=bounds[0], high=bounds[1])
        return _written(told, "#,##0.#")
    value = float(f"{cell.value:.{cell.digits}g}") + 0.0
    return _written(Shown(kind=kind, value=value), "#,##0.#")


def hidden_with_the_rest(column: Sequence[Shown], cells: Sequence[Cell]) -> list[Shown]:
    """Return a column of counts, its total last, from which no hidden count can be worked out.

    One hidden part is the total less the others; then the smallest of those goes too.

    >>> from utfall.analysis.questions.cells import Count
    >>> cells = [Count(3), Count(12), Count(40), Count(55)]
    >>> column = [shown(cell, Rules()) for cell in cells]
    >>> [cell.value for cell in hidden_with_the_rest(column, cells)]
    [None, None, 40, 55]
    """
    parts = [i for i, cell in enumerate(cells[:-1]) if isinstance(cell, Count)]
    hidden = [i for i in parts if column[i].withheld]
    open_parts = [i for i in parts if not column[i].withheld and column[i].value]
    if len(hidden) != 1 or not open_parts or not isinstance(cells[-1], Count):
        return list(column)
    smallest = min(open_parts, key=lambda i: column[i].value or 0.0)
    also = hidden_like(column[smallest])
    return [also if i == smallest else cell for i, cell in enumerate(column)]


def hidden_with_another(line: Sequence[Shown]) -> list[Shown]:
    """Return shares of one whole, from which no hidden one can be worked out.

    One hidden share is what the others leave; then the smallest that is not 0 goes too.
    """
    shares = [i for i, cell in enumerate(line) if cell.kind in ("share", "modelled")]
    hidden = [i for i in shares if line[i].withheld]
    rest = [i for i in shares if not line[i].withheld and line[i].value]
    if len(hidden) != 1 or not rest:
        return list(line)
    smallest = min(rest, key=lambda i: line[i].value or 0.0)
    return [hidden_like(cell) if i == smallest else cell for i, cell in enumerate(line)]


def hidden_like(cell: Shown) -> Shown:
    """Return a cell with nothing left but its kind."""
    return Shown(kind=cell.kind, value=None, withheld=True, text=Text(PROTECTED, PROTECTED))


def _percent(cell: Shown) -> Shown:
    texts = []
    for language in LANGUAGES:
        number = number_text(100 * (cell.value or 0.0), language, "0")
        texts.append(f"{number}\u00a0%" if language == "sv" else f"{number}%")
    return replace(cell, text=Text(*texts))


def _written(cell: Shown, pattern: str) -> Shown:
    if cell.value is None:
        mark = PROTECTED if cell.withheld else "–"
        return replace(cell, text=Text(mark, mark))
    return replace(
        cell,
        text=Text(*(number_text(cell.value, language, pattern) for language in LANGUAGES)),
    )
