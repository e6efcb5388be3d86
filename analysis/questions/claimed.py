"""Claimed: what do a text's own numbers say, before any data are looked at?"""

from __future__ import annotations

import numpy as np
from scipy import stats

from utfall.analysis.counts import normal_variation_band, poisson_interval, wilson_interval
from utfall.analysis.questions.answer import Asked, Found, Frames, Table, sentence
from utfall.analysis.questions.ask import Kind
from utfall.analysis.questions.cells import Cell, Number, Words, words
from utfall.analysis.vocabulary import LANGUAGES
from utfall.analysis.wording import number_text


def claimed_shares(_frames: Frames, asked: Asked) -> Found | None:
    """Return the shares that counts in a text add up to, and what those left out leave open.

    The numbers are the text's, declared as the study's; nothing of the frames is used.

    Settings: ``total``, ``parts`` (name and ``n`` of each), ``good`` (the part that reached
    the outcome), ``elsewhere`` (the part known to be somewhere else; absent where every part
    may have reached it), ``names``.
    """
    settings = asked.settings
    total = int(settings["total"])
    parts = {part["name"]: int(part["n"]) for part in settings["parts"]}
    rest = total - sum(parts.values())
    good, elsewhere = parts[settings["good"]], parts.get(settings.get("elsewhere", ""), 0)
    rows: list[tuple[Cell, ...]] = [
        (Words(asked.name(name)), Number(n), *_percent(n, total)) for name, n in parts.items()
    ]
    if rest:
        rows.append((words("nämns inte", "not mentioned"), Number(rest), *_percent(rest, total)))
    rows.append((words("alla", "all"), Number(total), Number(100.0, decimals=1), words("–")))
    share = _percent(good, total)[0]
    numbers: list[tuple[str, Cell]] = [("good", share)]
    sentences = [sentence("q_said_share", share=share, n=Number(good), total=Number(total))]
    if rest:
        left, most = _percent(rest, total)[0], Number(100 * (total - elsewhere) / total, decimals=1)
        sentences += [
            sentence("q_said_rest", share=left, n=Number(rest)),
            sentence("q_said_bounds", least=share, most=most),
            *((sentence("q_said_unknown", n=Number(elsewhere)),) if elsewhere else ()),
        ]
        numbers += [("unaccounted", left), ("at_most", most)]
    return Found(
        sentences=(*sentences, sentence("q_said_cannot")),
        tables=(
            Table(
                id="said",
                title=sentence("q_said_table"),
                columns=("q_col_what", "q_col_said", "q_col_percent", "q_col_chance_percent"),
                rows=tuple(rows),
            ),
        ),
        numbers=tuple(numbers),
    )


def _percent(n: int, total: int) -> tuple[Number, Words]:
    """Return a share in per cent with its Wilson bounds, and the bounds in words."""
    low, high = (100 * bound for bound in wilson_interval(n, total))
    return Number(100 * n / total, decimals=1, low=low, high=high), _between(low, high)


def _between(low: float, high: float) -> Words:
    return words(
        *("–".join(number_text(x, language, "0.0") for x in (low, high)) for language in LANGUAGES)
    )


def claimed_counts(_frames: Frames, asked: Asked) -> Found | None:
    """Return how far chance alone moves a yearly count in a text, and what two could show.

    Settings: ``counts`` (the yearly counts that are named), ``times`` (how many times as many
    another programme might reach), ``years`` (that might be put together).
    """
    counts, times = [int(n) for n in asked.settings["counts"]], float(asked.settings["times"])
    usual = sum(counts) / len(counts)
    band = normal_variation_band(usual)
    years = [int(year) for year in asked.settings["years"]]
    seen = [power_of_counts(usual * year, times * usual * year) for year in years]
    chance_rows: tuple[tuple[Cell, ...], ...] = tuple(
        (words(str(n)), _between(*poisson_interval(n))) for n in counts
    )
    power_rows: tuple[tuple[Cell, ...], ...] = tuple(
        (words(str(year)), Number(100 * power)) for year, power in zip(years, seen, strict=True)
    )
    first = Number(100 * seen[0])
    return Found(
        sentences=(
            sentence("q_count_band", low=Number(band[0]), high=Number(band[1])),
            sentence("q_count_power", chance=first, times=Number(times, decimals=1)),
            sentence("q_count_cannot"),
        ),
        tables=(
            Table(
                id="chance",
                title=sentence("q_count_table"),
                columns=("q_col_said_a_year", "q_col_true_a_year"),
                rows=chance_rows,
            ),
            Table(
                id="power",
                title=sentence("q_power_table", times=Number(times, decimals=1)),
                columns=("q_col_years_together", "q_col_seen_of_100"),
                rows=power_rows,
            ),
        ),
        numbers=(
            ("band_low", Number(band[0])),
            ("band_high", Number(band[1])),
            *((f"seen_in_{year}", Number(100 * p)) for year, p in zip(years, seen, strict=True)),
        ),
    )


def power_of_counts(one: float, other: float, alpha: float = 0.05) -> float:
    """Return how often two Poisson counts with these means would differ by the score test.

    All pairs of counts are listed, so nothing is drawn or approximated but the test's limit.

    >>> [round(power_of_counts(19 * y, 28.5 * y), 2) for y in (1, 3, 5)]
    [0.28, 0.67, 0.87]
    """
    listed = [np.arange(int(m + 8 * np.sqrt(m)) + 10) for m in (one, other)]
    a, b = np.meshgrid(*listed, indexing="ij")
    z = np.abs(a - b) / np.sqrt(np.maximum(a + b, 1))
    chance = np.outer(*(stats.poisson.pmf(k, m) for k, m in zip(listed, (one, other), strict=True)))
    return float(chance[z > stats.norm.isf(alpha / 2)].sum())


CLAIMED_SHARES = Kind((), claimed_shares)
CLAIMED_COUNTS = Kind((), claimed_counts)
