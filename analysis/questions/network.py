"""Network: did the pace to work change at sites when they joined, and not only with the years?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from utfall.analysis.clusters import randomisation_test
from utfall.analysis.cox import cox
from utfall.analysis.inference import Floats
from utfall.analysis.questions.answer import Asked, Found, Frames, Need, Table, sentence
from utfall.analysis.questions.ask import Kind
from utfall.analysis.questions.cells import Cell, Count, Number, Rate, Times, words
from utfall.analysis.questions.curves import DAYS_PER_MONTH
from utfall.analysis.questions.doors import GOOD
from utfall.analysis.questions.places import known_outcomes
from utfall.analysis.results import NotEstimable

_EXITS = Need(
    table="spells",
    columns=("site", "end_date", "exit_reason"),
    why="q_record_exits",
    essential=True,
)
_JOINED = Need(
    table="programme_versions", columns=("site", "from"), why="q_record_versions", essential=True
)

#: Ways to hand out the joining days that are listed; beyond it that many are drawn.
MOST_ORDERS = 2_000


@dataclass(frozen=True, slots=True)
class Joined:
    """People's months before and after their site joined, by site and calendar quarter.

    Attributes
    ----------
    months, events : (sites, quarters) ndarray
    first : (sites,) ndarray
        Quarter in which each site joined; beyond the last for never.
    """

    months: Floats
    events: Floats
    first: NDArray[np.int64]


def network(frames: Frames, asked: Asked) -> Found | None:
    """Hold each site's pace after it joined against its own before, year by year alike.

    Membership switches on at each site's own day (a Cox model with sites and calendar years
    beside it); what chance does is judged by handing the joining days out among the sites in
    every other way. Early sites against late ones would mix the sites and the years in.

    Settings: ``programme``, ``outcome``, ``horizon``, ``early`` (joined by), ``names``.
    """
    rows = frames.of("episodes", programme=asked.settings["programme"])
    versions = frames.of("programme_versions", programme=asked.settings["programme"])
    if rows is None or versions is None:
        return None
    joined = dict(versions.group_by("site").agg(pl.col("from").min()).sort("site").iter_rows())
    people = rows.filter(pl.col("is_first_referral") & pl.col("site").is_in(list(joined)))
    stretches = _stretches(people, joined)
    if stretches is None or len(joined) < 4 or stretches["in_network"].n_unique() < 2:
        return None
    pace = _pace(stretches)
    chance, orders = chance_of_pace(_panel(stretches, joined))
    early = _early_sites(frames, asked, joined)
    totals = {
        bool(row["in_network"]): (int(row["event"]), float(row["months"]))
        for row in stretches.group_by("in_network")
        .agg(pl.col("event").sum(), months=(pl.col("stop") - pl.col("start")).sum())
        .to_dicts()
    }
    cell: Cell = Number(chance, decimals=2)
    told: Cell = Number(round(100 * chance))
    return Found(
        sentences=(
            sentence("q_net_pace", times=pace),
            sentence("q_net_chance", chance=told, swaps=Number(orders)),
            *((sentence("q_net_early", chance=Number(round(100 * early))),) if early else ()),
            sentence("q_net_few", sites=Number(len(joined))),
            sentence("q_net_cannot"),
        ),
        tables=(
            Table(
                id="membership",
                title=sentence("q_net_table"),
                columns=("q_col_when", "q_col_left_good", "q_col_per_100_months"),
                rows=tuple(
                    (label, Count(totals[key][0]), Rate(totals[key][0], totals[key][1], per=100))
                    for key, label in (
                        (False, words("innan stället gick med", "before the site joined")),
                        (True, words("efter", "after")),
                    )
                ),
            ),
        ),
        numbers=(("chance", cell), ("pace", pace)),
        status="partly",
    )


def _stretches(people: pl.DataFrame, joined: dict[str, date]) -> pl.DataFrame | None:
    """Return stretches of people's time in which site, membership and year stood still.

    ``who``, ``site``, ``year``, ``in_network``, ``since`` (day it began), ``start`` and
    ``stop`` in months after the referral, and ``event``: left for work or studies then.
    """
    kept: list[tuple[int, str, int, bool, date, float, float, int]] = []
    columns = ["site", "referral_date", "end_date", "observed_until", "exit_code"]
    for who, (site, zero, end, seen, code) in enumerate(people.select(columns).iter_rows()):
        last = seen if end is None else min(end, seen)
        if last <= zero:
            continue
        is_good = end is not None and end <= seen and code in GOOD
        for first, until in _cut(zero, last, joined[site]):
            kept.append(
                (
                    who,
                    site,
                    first.year,
                    first >= joined[site],
                    first,
                    (first - zero).days / DAYS_PER_MONTH,
                    (until - zero).days / DAYS_PER_MONTH,
                    int(is_good and until == last),
                )
            )
    names = ["who", "site", "year", "in_network", "since", "start", "stop", "event"]
    return pl.DataFrame(kept, schema=names, orient="row") if kept else None


def _cut(first: date, last: date, joined: date) -> Iterator[tuple[date, date]]:
    """Yield the parts of a time between two days, cut at new quarters and at the joining."""
    quarters = (
        date(year, month, 1) for year in range(first.year, last.year + 1) for month in (1, 4, 7, 10)
    )
    at = [first, *(day for day in sorted({joined, *quarters}) if first < day < last), last]
    yield from pairwise(at)


def _pace(stretches: pl.DataFrame) -> Times:
    """Return how many times as fast people leave for work while their site is in the network."""
    merged = (
        stretches.group_by("who", "site", "year", "in_network")
        .agg(pl.col("start").min(), pl.col("stop").max(), pl.col("event").max())
        .sort("who", "start")
    )
    sites, years = (merged[name].unique().sort().to_list() for name in ("site", "year"))
    columns = [merged["in_network"].cast(pl.Float64)]
    columns += [(merged["site"] == site).cast(pl.Float64) for site in sites[1:]]
    columns += [(merged["year"] == year).cast(pl.Float64) for year in _told(merged, years)]
    x = np.column_stack([column.to_numpy() for column in columns])
    found = cox(
        merged["stop"].to_numpy(),
        merged["event"].to_numpy().astype(bool),
        x,
        start=merged["start"].to_numpy(),
    )
    outside = merged.filter(~pl.col("in_network"))
    n, events = outside["who"].n_unique(), int(outside["event"].sum())
    if isinstance(found, NotEstimable):
        return Times(None, None, None, n, events)
    value, low, high = (
        math.exp(float(part[0])) for part in (found.coefficients, found.conf_low, found.conf_high)
    )
    return Times(value, low, high, n, events)


def _told(stretches: pl.DataFrame, years: Sequence[int]) -> list[int]:
    """Return years with an exit but the first of them; the others join their neighbours."""
    left = stretches.filter(pl.col("event") == 1)["year"].unique().to_list()
    return [year for year in years if year in left][1:]


def _panel(stretches: pl.DataFrame, joined: dict[str, date]) -> Joined:
    """Return months and exits by site and calendar quarter."""
    first = stretches["since"].min()
    zero = first.year * 4 if isinstance(first, date) else 0
    cells = stretches.with_columns(
        quarter=pl.col("since").dt.year().cast(pl.Int64) * 4
        + pl.col("since").dt.quarter()
        - 1
        - zero,
        months=pl.col("stop") - pl.col("start"),
    )
    sites = sorted(joined)
    shape = (len(sites), int(cells["quarter"].max()) + 1)  # type: ignore[arg-type]
    months, events = np.zeros(shape), np.zeros(shape)
    place = np.array([sites.index(site) for site in cells["site"]])
    quarter = cells["quarter"].to_numpy()
    np.add.at(months, (place, quarter), cells["months"].to_numpy())
    np.add.at(events, (place, quarter), cells["event"].to_numpy())
    begins = np.array(
        [joined[s].year * 4 + (joined[s].month - 1) // 3 - zero for s in sites], dtype=np.int64
    )
    return Joined(months, events, begins)


def chance_of_pace(panel: Joined, seed: int = 1) -> tuple[float, int]:
    """Return how often other orders of joining would look as strong, and the orders tried.

    The change at joining in exits per month, sites and quarters taken out by weighted least
    squares, over its own spread. Every distinct order is tried, or that many drawn.

    Returns
    -------
    (float, int)
        Share of orders, the real one among them, and their number.
    """
    weight = panel.months.ravel()
    kept = weight > 0
    n_sites, n_quarters = panel.months.shape
    site, quarter = np.divmod(np.arange(weight.size)[kept], n_quarters)
    root = np.sqrt(weight[kept])
    dummies = np.column_stack([np.eye(n_sites)[site], np.eye(n_quarters)[quarter]])
    basis, sizes, _ = np.linalg.svd(dummies * root[:, None], full_matrices=False)
    basis = basis[:, sizes > 1e-9 * sizes[0]]
    rate = panel.events.ravel()[kept] / weight[kept]
    y = rate * root
    y = y - basis @ (basis.T @ y)
    orders = _orders(panel.first, seed)
    exposed = (quarter >= orders[:, site]) * root
    exposed = exposed - (exposed @ basis) @ basis.T
    spread = (exposed**2).sum(axis=1)
    strength = np.abs(exposed @ y) / np.sqrt(np.maximum(spread, 1e-12))
    strength[spread < 1e-9] = 0.0
    return float(np.mean(strength >= strength[0] * (1 - 1e-9))), len(orders)


def _orders(first: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Return the distinct ways to hand joining quarters out among sites, the real one first."""
    counts = np.unique(first, return_counts=True)[1]
    number = math.factorial(len(first)) // math.prod(math.factorial(int(c)) for c in counts)
    if number <= MOST_ORDERS:
        listed = {tuple(first.tolist()), *_arrangements(sorted(first.tolist()))}
        rest = sorted(listed - {tuple(first.tolist())})
        return np.array([tuple(first.tolist()), *rest], dtype=np.int64)
    rng = np.random.default_rng(seed)
    drawn = [rng.permutation(first) for _ in range(MOST_ORDERS - 1)]
    return np.vstack([first, *drawn])


def _arrangements(values: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Yield the distinct orders of some values.

    >>> list(_arrangements([1, 1, 2]))
    [(1, 1, 2), (1, 2, 1), (2, 1, 1)]
    """
    if not values:
        yield ()
    for value in sorted(set(values)):
        rest = list(values)
        rest.remove(value)
        for others in _arrangements(rest):
            yield (value, *others)


def _early_sites(frames: Frames, asked: Asked, joined: dict[str, date]) -> float | None:
    """Return the chance of the plain gap between sites that joined early and the others."""
    known = known_outcomes(frames, asked)
    if known is None:
        return None
    shares = dict(known.group_by("site").agg(pl.col("occurred").mean()).sort("site").iter_rows())
    names = [name for name in sorted(shares) if name in joined]
    early = np.array([joined[name] <= asked.settings["early"] for name in names])
    found = randomisation_test(np.array([shares[name] for name in names]), early)
    return None if isinstance(found, NotEstimable) else found.p_value


NETWORK = Kind((_EXITS, _JOINED), network)
