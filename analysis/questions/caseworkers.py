"""Caseworkers: do people keep theirs from stage to stage, and do they take different cases?"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from utfall.analysis.questions.answer import Asked, Found, Frames, Need, Table, sentence
from utfall.analysis.questions.ask import Kind
from utfall.analysis.questions.cells import Cell, Count, Number, Share, Words, words

_WHOSE = Need(table="spells", columns=("caseworker_id",), why="q_record_whose", essential=True)
_SAME = Need(table="caseworkers", columns=("person_id",), why="q_record_same_worker", held=False)
_FIELD = Need(table="caseworkers", columns=("speciality",), why="q_record_speciality", held=False)
_OBSTACLE = Need(
    table="referrals", columns=("obstacle_code",), why="q_record_obstacle", essential=True
)

#: Fewest cases of a caseworker whose mix is looked at.
FEWEST_CASES = 8

#: Ways to deal the cases out that are drawn.
DEALS = 2_000


def continuity(frames: Frames, asked: Asked) -> Found | None:
    """Return how many of those with several enrolments had the same caseworker in all.

    Beside it stands what chance alone would give, were each later enrolment's caseworker any
    of those who took the site's enrolments.

    Settings: ``programme``, ``names``.
    """
    spells = frames.of("spells", programme=asked.settings["programme"])
    if spells is None or spells["caseworker_id"].null_count() == spells.height:
        return None
    told = spells.filter(pl.col("caseworker_id").is_not_null()).sort("person_id", "start_date")
    again = told.group_by("person_id", maintain_order=True).agg(
        pl.col("caseworker_id").n_unique().alias("workers"),
        pl.col("caseworker_id").first(),
        pl.col("site").first(),
        pl.len(),
    )
    several = again.filter(pl.col("len") > 1)
    if not several.height:
        return Found(sentences=(sentence("q_same_cannot"),), status="cannot")
    same: Cell = Share(several.filter(pl.col("workers") == 1).height, several.height)
    chance = Number(round(100 * _same_by_chance(told, several)))
    return Found(
        sentences=(
            sentence("q_same_share", share=same),
            sentence("q_same_chance", chance=chance),
            sentence("q_same_within"),
        ),
        numbers=(("same", same), ("by_chance", chance)),
        status="partly",
    )


def _same_by_chance(told: pl.DataFrame, several: pl.DataFrame) -> float:
    """Return the mean chance that enrolments drawn at a site have the first's caseworker."""
    shares = (
        told.group_by("site", "caseworker_id")
        .len()
        .with_columns(chance=pl.col("len") / pl.col("len").sum().over("site"))
        .select("site", "caseworker_id", "chance")
    )
    joined = several.select("site", "caseworker_id", later=pl.col("len") - 1).join(
        shares, on=["site", "caseworker_id"]
    )
    mean = joined.select(pl.col("chance").pow(pl.col("later")).mean()).item()
    return float(mean)


def specialities(frames: Frames, asked: Asked) -> Found | None:
    """Return whether caseworkers of a site take different cases, beyond what chance deals them.

    Cases are dealt out anew among the caseworkers of each site, every one keeping as many as
    they had; the spread of the mixes is chi-squared. Whether specialists succeed more takes
    their speciality, which is not on file.

    Settings: ``programme``, ``by`` (what sets cases apart), ``seed``, ``names``.
    """
    spells = frames.of("spells", programme=asked.settings["programme"])
    referrals = frames.of("referrals", programme=asked.settings["programme"])
    if spells is None or referrals is None or not spells["caseworker_id"].count():
        return None
    kind = asked.settings["by"]
    cases = (
        spells.select("referral_id", "source", "site", "caseworker_id")
        .join(referrals.select("referral_id", "source", kind), on=["referral_id", "source"])
        .drop_nulls()
        .filter(pl.len().over("caseworker_id") >= FEWEST_CASES)
        .sort("referral_id")
    )
    workers = cases["caseworker_id"].n_unique()
    if workers < 2 or cases[kind].n_unique() < 2:
        return None
    worker, kinds, site = (_codes(cases[c]) for c in ("caseworker_id", kind, "site"))
    chance = chance_of_mixes(worker, kinds, site)
    told: Cell = Number(round(100 * chance))
    told_few = "q_field_alike" if chance > 0.05 else "q_field_differ"
    counts = cases.group_by(kind).len().sort(kind)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (Words(asked.name(name)), Count(n), *_spread(cases, kind, name))
        for name, n in counts.iter_rows()
    )
    return Found(
        sentences=(
            sentence("q_field_chance", n=Number(workers), chance=told),
            sentence(told_few),
            sentence("q_field_cannot"),
        ),
        tables=(
            Table(
                id="mixes",
                title=sentence("q_field_table"),
                columns=("q_col_group", "q_col_cases", "q_col_workers_half"),
                rows=rows,
            ),
        ),
        numbers=(("chance", told),),
        status="partly",
    )


def _spread(cases: pl.DataFrame, kind: str, name: str) -> tuple[Cell]:
    """Return for how many caseworkers one kind is more than half of their cases."""
    own = cases.group_by("caseworker_id").agg(part=(pl.col(kind) == name).mean())
    return (words(str(own.filter(pl.col("part") > 0.5).height)),)


def _codes(column: pl.Series) -> NDArray[np.intp]:
    return np.unique(column.to_numpy(), return_inverse=True)[1].astype(np.intp)


def chance_of_mixes(
    worker: NDArray[np.intp], kind: NDArray[np.intp], site: NDArray[np.intp], seed: int = 1
) -> float:
    """Return how often cases dealt at random within sites set caseworkers as far apart.

    Parameters
    ----------
    worker, kind, site : (n,) ndarray
        Codes of each case.

    >>> worker, site = np.repeat([0, 1], 40), np.zeros(80, dtype=int)
    >>> chance_of_mixes(worker, worker, site) < 0.01
    True
    >>> chance_of_mixes(worker, np.tile([0, 1], 40), site)
    1.0
    """
    rng = np.random.default_rng(seed)
    order = np.argsort(site, kind="stable")
    worker, kind, site = worker[order], kind[order], site[order]
    blocks = np.split(np.arange(site.size), np.flatnonzero(np.diff(site)) + 1)
    shape = (int(worker.max()) + 1, int(kind.max()) + 1)
    expected = np.outer(np.bincount(worker), np.bincount(kind)) / worker.size
    used = expected > 0

    def spread(dealt: NDArray[np.intp]) -> float:
        seen = np.zeros(shape)
        np.add.at(seen, (worker, dealt), 1.0)
        return float((((seen - expected) ** 2)[used] / expected[used]).sum())

    own, as_far = spread(kind), 1
    for _ in range(DEALS - 1):
        dealt = kind.copy()
        for block in blocks:
            dealt[block] = rng.permutation(dealt[block])
        as_far += spread(dealt) >= own * (1 - 1e-9)
    return as_far / DEALS


CONTINUITY = Kind((_WHOSE, _SAME), continuity)
SPECIALITIES = Kind((_WHOSE, _OBSTACLE, _FIELD), specialities)
