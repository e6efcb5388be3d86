"""Places: do sites differ by more than chance, and what can so few of them show?"""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy import stats

from utfall.analysis.questions.answer import Asked, Found, Frames, Need, Table, sentence
from utfall.analysis.questions.ask import Kind
from utfall.analysis.questions.cells import Cell, Count, Modelled, Number, Share, Words
from utfall.analysis.results import NotEstimable
from utfall.analysis.sites import funnel, partial_pooling

_SITES = Need(
    table="spells",
    columns=("site", "end_date", "exit_reason"),
    why="q_record_exits",
    essential=True,
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
    """Return each site with the limits that chance gives it, never ranked.

    The share of each is drawn towards all of them, and the chance that it truly lies more
    than a margin away is stated; an order would be mostly chance.

    Settings: ``programme``, ``outcome``, ``horizon``, ``margin`` (share; 0.1), ``names``.
    """
    known = known_outcomes(frames, asked)
    if known is None:
        return None
    sums = known.group_by("site").agg(reached=pl.col("occurred").sum(), n=pl.len()).to_dicts()
    sums.sort(key=lambda row: alphabetical(asked.name(row["site"]).sv))
    reached, n = (np.array([int(row[key]) for row in sums]) for key in ("reached", "n"))
    margin = float(asked.settings.get("margin", 0.1))
    total = int(reached.sum()) / int(n.sum())
    errors = np.sqrt(total * (1 - total) / n)
    drawn = partial_pooling(reached / n, errors, margin=margin)
    # Limits follow the coarse sizes: they are printed beside counts that are rounded.
    sizes = np.maximum(5 * np.round(n / 5), 5)
    limits = funnel(np.minimum(5 * np.round(reached / 5), sizes), sizes)
    if isinstance(drawn, NotEstimable) or isinstance(limits, NotEstimable):
        return None
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            Words(asked.name(row["site"])),
            Count(size),
            Share(x, size),
            Number(100 * low),
            Number(100 * high),
            Modelled(near, bottom, top, size, x),
            Modelled(apart, None, None, size, x),
        )
        for row, x, size, low, high, near, bottom, top, apart in zip(
            sums, reached.tolist(), n.tolist(), limits.low.tolist(), limits.high.tolist(),
            drawn.shrunk.tolist(), drawn.conf_low.tolist(), drawn.conf_high.tolist(),
            (drawn.beyond + drawn.below).tolist(), strict=True,
        )
    )  # fmt: skip
    chance = chance_if_alike(reached.tolist(), n.tolist())
    spread: Cell = Number(round(100 * drawn.spread))
    return Found(
        sentences=(
            sentence(
                "q_site_all",
                share=Share(int(reached.sum()), int(n.sum())),
                sites=Number(len(n)),
            ),
            sentence("q_site_chance" if chance > 0.05 else "q_site_beyond", spread=spread),
            sentence("q_site_apart", margin=Number(100 * margin)),
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
                    "q_col_funnel_low",
                    "q_col_funnel_high",
                    "q_col_pulled",
                    "q_col_apart",
                ),
                rows=rows,
                funnel=(1, 2, 3, 4),
            ),
        ),
        numbers=(("spread", spread), ("chance", Number(chance, decimals=2))),
        status="partly",
    )


def alphabetical(name: str) -> str:
    """Return what sorts Swedish names: å, ä and ö come after z.

    >>> sorted(["Östermalm", "Skärholmen", "Skarpnäck"], key=alphabetical)
    ['Skarpnäck', 'Skärholmen', 'Östermalm']
    """
    return name.lower().translate(str.maketrans("åäö", "{|}"))


def goal_of(asked: Asked) -> Words:
    """Return the declared name of the outcome that a question counts."""
    return Words(asked.name(asked.settings["outcome"]))


def known_outcomes(frames: Frames, asked: Asked) -> pl.DataFrame | None:
    """Return first referrals whose outcome at the horizon is known, with ``occurred``."""
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


SITES = Kind((_SITES,), sites)
