"""Places: do sites differ by more than chance, and what can so few of them show?"""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import polars as pl
from scipy import stats

from utfall.analysis.questions.answer import Asked, Found, Frames, Need, Table, sentence
from utfall.analysis.questions.ask import Kind
from utfall.analysis.questions.cells import Cell, Count, Modelled, Number, Share, Words, words
from utfall.analysis.results import NotEstimable
from utfall.analysis.sites import partial_pooling

_SITES = Need(
    table="spells",
    columns=("site", "end_date", "exit_reason"),
    why="q_record_exits",
    essential=True,
)
_JOINED = Need(
    table="programme_versions", columns=("site", "from"), why="q_record_versions", essential=True
)
_SAME = Need(
    table="caseworkers",
    columns=("person_id",),
    why="q_record_same_worker",
    essential=False,
    held=False,
)


def chance_if_alike(reached: list[int], n: list[int]) -> float:
    """Return how often sites that are alike would differ as much (chi-squared of equal shares).

    >>> chance_if_alike([20, 20, 20], [50, 50, 50])
    1.0
    >>> chance_if_alike([5, 25, 45], [50, 50, 50]) < 0.001
    True
    """
    share, size = np.array(reached) / np.array(n), np.array(n, dtype=float)
    pooled = sum(reached) / sum(n)
    if pooled in (0.0, 1.0):
        return 1.0
    q = float((size / (pooled * (1 - pooled)) * (share - pooled) ** 2).sum())
    return float(stats.chi2.sf(q, len(n) - 1))


def sites(frames: Frames, asked: Asked) -> Found | None:
    """Return each site with its funnel limits, in the order of the alphabet and never ranked.

    Settings: ``programme``, ``outcome``, ``horizon``, ``names``.
    """
    known = _known(frames, asked)
    if known is None:
        return None
    sums = known.group_by("site").agg(reached=pl.col("occurred").sum(), n=pl.len()).to_dicts()
    sums.sort(key=lambda row: alphabetical(asked.name(row["site"]).sv))
    if len(sums) < 3:
        return None
    reached, n = [int(row["reached"]) for row in sums], [int(row["n"]) for row in sums]
    chance = chance_if_alike(reached, n)
    pooled = sum(reached) / sum(n)
    errors = np.sqrt(pooled * (1 - pooled) / np.array(n))
    drawn = partial_pooling(np.array(reached) / np.array(n), errors, margin=0.1)
    if isinstance(drawn, NotEstimable):
        return None
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            Words(asked.name(row["site"])),
            Count(size),
            Share(x, size),
            Modelled(near, None, None, size, x),
            words(_funnel(pooled, size)),
        )
        for row, x, size, near in zip(sums, reached, n, drawn.shrunk.tolist(), strict=True)
    )
    cell: Cell = Number(round(100 * drawn.spread))
    return Found(
        sentences=(
            sentence("q_site_all", share=Share(sum(reached), sum(n)), sites=Number(len(n))),
            sentence("q_site_chance" if chance > 0.05 else "q_site_beyond", spread=cell),
            sentence("q_site_same"),
        ),
        tables=(
            Table(
                id="sites",
                title=sentence("q_site_table"),
                columns=(
                    "q_col_site",
                    "q_col_people",
                    "q_col_reached",
                    "q_col_pulled",
                    "q_col_funnel",
                ),
                rows=rows,
                bars=2,
            ),
        ),
        numbers=(("spread", cell), ("chance", Number(chance, decimals=2))),
        status="partly",
    )


def alphabetical(name: str) -> str:
    """Return what sorts Swedish names: å, ä and ö come after z.

    >>> sorted(["Östermalm", "Skärholmen", "Skarpnäck"], key=alphabetical)
    ['Skarpnäck', 'Skärholmen', 'Östermalm']
    """
    return name.lower().translate(str.maketrans("åäö", "{|}"))


def _funnel(pooled: float, n: int) -> str:
    """Return the whole per cents that 19 sites of 20 of this rounded size fall between."""
    size = max(5 * round(n / 5), 5)
    half = 1.96 * math.sqrt(pooled * (1 - pooled) / size)
    low, high = max(pooled - half, 0.0), min(pooled + half, 1.0)
    return f"{100 * low:.0f}–{100 * high:.0f}"


def network(frames: Frames, asked: Asked) -> Found | None:
    """Hold sites that joined early against the others, by swapping which sites were early.

    With few sites there are few ways to swap, and no swap can be rarer than one of them.

    Settings: ``programme``, ``outcome``, ``horizon``, ``early`` (joined by), ``names``.
    """
    known = _known(frames, asked)
    joined = frames.of("programme_versions", programme=asked.settings["programme"])
    if known is None or joined is None:
        return None
    early = set(joined.filter(pl.col("from") <= asked.settings["early"])["site"].to_list())
    shares = dict(known.group_by("site").agg(pl.col("occurred").mean()).sort("site").iter_rows())
    names = sorted(shares)
    chosen = [name for name in names if name in early]
    if not 0 < len(chosen) < len(names):
        return None
    seen = _gap(shares, chosen)
    swaps = [_gap(shares, list(group)) for group in combinations(names, len(chosen))]
    chance = sum(abs(gap) >= abs(seen) - 1e-12 for gap in swaps) / len(swaps)
    cell: Cell = Number(chance, decimals=2)
    return Found(
        sentences=(
            sentence("q_net_chance", chance=Number(round(100 * chance)), swaps=Number(len(swaps))),
            sentence("q_net_few", sites=Number(len(names))),
            sentence("q_net_cannot"),
        ),
        numbers=(("chance", cell),),
        status="partly",
    )


def _gap(shares: dict[str, float], chosen: list[str]) -> float:
    rest = [name for name in shares if name not in chosen]
    return float(np.mean([shares[n] for n in chosen]) - np.mean([shares[n] for n in rest]))


def _known(frames: Frames, asked: Asked) -> pl.DataFrame | None:
    rows = frames.of("episodes", programme=asked.settings["programme"])
    if rows is None:
        return None
    known = rows.filter(pl.col("is_first_referral")).join(
        frames["outcomes"].filter(
            (pl.col("outcome") == asked.settings["outcome"])
            & (pl.col("horizon_days") == asked.settings["horizon"])
            & pl.col("occurred").is_not_null()
        ),
        on="episode_id",
    )
    return known if known.height else None


def continuity(frames: Frames, asked: Asked) -> Found | None:
    """Say that one caseworker an enrolment cannot show who was met over time."""
    spells = frames.of("spells", programme=asked.settings["programme"])
    if spells is None:
        return None
    return Found(sentences=(sentence("q_same_cannot"),), status="cannot")


SITES = Kind((_SITES,), sites)
NETWORK = Kind((_SITES, _JOINED), network)
CONTINUITY = Kind((_SITES, _SAME), continuity)
