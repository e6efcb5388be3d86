"""Links: which numbers of a bundle speak of the same people, or of some of them?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from utfall.pipelines.audit.clues import Clues
from utfall.pipelines.audit.formulas import garwood
from utfall.pipelines.audit.rates import Gap, Share, known_numbers, rounding, take_in_rates

ARMS = ("target", "comparator")

#: Rungs that are plain differences of counted shares, whatever the plan adjusts for later.
PLAIN_RUNGS = ("period", "population", "disruption")


def read_document(clues: Clues, document: Mapping[str, Any]) -> tuple[str, ...]:
    """Take in everything that a results document says of counts of people.

    Returns
    -------
    tuple of str
        Counts whose rate was made of exact counts where the publisher rounds.

    Raises
    ------
    Contradiction
        What the attacker takes the numbers to mean cannot be.
    """
    shares: list[Share] = []
    gaps: list[Gap] = []
    for place, comparison in enumerate(document["comparisons"]):
        at = f"results.json:comparisons[{place}]"
        _steps(clues, comparison, at)
        _ladder(clues, comparison, at)
        _overlap(clues, comparison, at)
        _years(clues, comparison, at)
        shares.extend(_described(clues, comparison["alone"], comparison, "alone", at))
        for i, other in enumerate(comparison.get("secondary_outcomes", ())):
            shares.extend(
                _described(
                    clues,
                    other["arms"],
                    comparison,
                    f"other:{other['outcome']}",
                    f"{at}.secondary_outcomes[{i}]",
                )
            )
        gaps.extend(_gaps(clues, comparison))
        shares.extend(_means(comparison))
        _exits(clues, comparison, at)
    _quality(clues, document.get("data_quality") or {})
    level = document["comparisons"][0]["conf_level"] if document["comparisons"] else 0.95
    return take_in_rates(clues, shares, gaps, level)


def name_of(comparison: Mapping[str, Any], arm: str, what: str) -> str:
    """Return the name of a count of one arm; the same programme counted twice is one count.

    What every comparison of a programme counts alike is named by programme and horizon,
    what depends on its own plan by its id.
    """
    programme = comparison[arm]
    if what == "in_arms":
        return f"{programme}: {what}"
    if what == "first_referral":
        return f"{programme}: {what} {comparison['horizon_days']}"
    return f"{comparison['id']} {programme}: {what}"


def _steps(clues: Clues, comparison: Mapping[str, Any], at: str) -> None:
    """Take in the steps: each keeps some of the people of the one before."""
    for arm in ARMS:
        before: str | None = None
        for i, step in enumerate(comparison["attrition"]):
            place = f"{at}.attrition[{i}].n_{arm}"
            name = clues.count(name_of(comparison, arm, step["step"]), step[f"n_{arm}"], place)
            if before is not None:
                clues.left_out(before, name, place)
            before = name


def _ladder(clues: Clues, comparison: Mapping[str, Any], at: str) -> None:
    """Take in the rungs: each counts those of its step whose outcome is known."""
    steps = {step["step"] for step in comparison["attrition"]}
    last = "disruption" if "disruption" in steps else "population"
    whole = {"period": "entry", "population": "population"}
    for i, rung in enumerate(comparison["ladder"]):
        for arm in ARMS:
            place = f"{at}.ladder[{i}].n_{arm}"
            name = _known(comparison, arm, rung["step"], last)
            clues.count(name, rung[f"n_{arm}"], place)
            step = whole.get(rung["step"], "")
            if step in steps:
                clues.left_out(name_of(comparison, arm, step), name, place)
    for arm in ARMS:
        chain = [r["step"] for r in comparison["ladder"] if r["step"] in ("period", "population")]
        names = [_known(comparison, arm, step, last) for step in chain]
        names.append(name_of(comparison, arm, "outcome_known"))
        for whole_name, part in pairwise(names):
            if whole_name != part:
                clues.left_out(whole_name, part, f"{at}.ladder")


def _known(comparison: Mapping[str, Any], arm: str, step: str, last: str) -> str:
    """Return the name of the people of a rung whose outcome is known."""
    if step in ("raw", "period") or (step == "population" and last != "population"):
        return name_of(comparison, arm, f"known {step}")
    return name_of(comparison, arm, "outcome_known")


def _overlap(clues: Clues, comparison: Mapping[str, Any], at: str) -> None:
    """Take in the overlap figure: its bands hold everybody who is compared, each once.

    Bands that were made to add up to a published total may each have been moved a step.
    """
    steps = {step["step"]: step for step in comparison["attrition"]}
    whole = "disruption" if "disruption" in steps else "population"
    if not comparison["overlap"] or whole not in steps:
        return
    for arm in ARMS:
        shown = [band[f"n_{arm}"] for band in comparison["overlap"]]
        names = [name_of(comparison, arm, band_of(band)) for band in comparison["overlap"]]
        places = [f"{at}.overlap[{i}].n_{arm}" for i in range(len(names))]
        total = name_of(comparison, arm, whole)
        is_made = clues.house.is_rounded and None not in shown
        if is_made and len(shown) > 1 and sum(shown) == steps[whole][f"n_{arm}"]:
            for name, count, place in zip(names, shown, places, strict=True):
                clues.moved_count(name, count, place)
            continue
        bands = [clues.count(*one) for one in zip(names, shown, places, strict=True)]
        clues.puzzle.link({**dict.fromkeys(bands, 1.0), total: -1.0}, 0, 0)


def band_of(band: Mapping[str, Any]) -> str:
    """Return what a band of the overlap figure is called, by its edges."""
    return f"band {float(band['low']):.2f}–{float(band['high']):.2f}"


def _described(
    clues: Clues,
    arms: Sequence[Mapping[str, Any]],
    comparison: Mapping[str, Any],
    what: str,
    at: str,
) -> Iterator[Share]:
    """Yield shares: of everyone those with a known outcome, of these those who reached it."""
    for i, arm in enumerate(arms):
        side = ARMS[i]
        place = f"{at}.{'alone' if what == 'alone' else 'arms'}[{i}]"
        if what == "alone":
            steps = {step["step"] for step in comparison["attrition"]}
            n = name_of(comparison, side, "entry" if "entry" in steps else "alone n")
            known = name_of(comparison, side, "known period")
        else:
            n, known = (name_of(comparison, side, f"{what} {one}") for one in ("n", "known"))
        clues.count(n, arm["n"], f"{place}.n")
        clues.count(known, arm["n_known"], f"{place}.n_known")
        clues.left_out(n, known, f"{place}.n_known")
        events = name_of(comparison, side, f"{what} events")
        if comparison["scale"] != "share" or arm["n_known"] == 0:
            continue
        if arm["events"] is None:
            # Few reached it, or few did not: either side may be the small one.
            clues.watch(events, f"{place}.events")
        else:
            clues.count(events, arm["events"], f"{place}.events")
        clues.left_out(known, events, f"{place}.events")
        if arm["value"] is not None:
            yield Share(
                events=events,
                n=known,
                value=arm["value"],
                low=arm["conf_low"],
                high=arm["conf_high"],
            )


def _gaps(clues: Clues, comparison: Mapping[str, Any]) -> Iterator[Gap]:
    """Yield the differences that are made of counts alone: the debate's, the first rungs'."""
    if comparison["scale"] != "share":
        return
    steps = {step["step"] for step in comparison["attrition"]}
    last = "disruption" if "disruption" in steps else "population"
    for rung in comparison["ladder"]:
        is_plain = rung["is_raw"] or rung["step"] in PLAIN_RUNGS[: 3 if last == "disruption" else 2]
        if not is_plain or not known_numbers(rung, "estimate", "conf_low", "conf_high"):
            continue
        known = [_known(comparison, arm, rung["step"], last) for arm in ARMS]
        what = "alone events" if rung["step"] == "period" else f"events {rung['step']}"
        events = [name_of(comparison, arm, what) for arm in ARMS]
        for whole, part in zip(known, events, strict=True):
            clues.left_out(whole, part, f"{comparison['id']}.{rung['step']}")
            clues.puzzle.ranges[part] = (
                clues.puzzle.ranges[part][0],
                min(clues.puzzle.ranges[part][1], clues.puzzle.ranges[whole][1]),
            )
        yield Gap(
            events=(events[0], events[1]),
            n=(known[0], known[1]),
            value=rung["estimate"],
            low=rung["conf_low"],
            high=rung["conf_high"],
        )


def _means(comparison: Mapping[str, Any]) -> Iterator[Share]:
    """Yield the share of the comparator's people in the debate; it is printed beside the gap."""
    raw = comparison["raw"]
    if comparison["scale"] == "share" and raw and known_numbers(raw, "mean_comparator"):
        names = (name_of(comparison, "comparator", what) for what in ("events raw", "known raw"))
        events, known = names
        yield Share(events=events, n=known, value=raw["mean_comparator"])


def _years(clues: Clues, comparison: Mapping[str, Any], at: str) -> None:
    """Take in the years: the interval of a count is a function of it."""
    for i, year in enumerate(comparison["years"]):
        key = f"{year['programme']} {year['year']}"
        place = f"{at}.years[{i}]"
        clues.count(f"{key}: entrants", year["entrants"], f"{place}.entrants")
        events = clues.count(f"{key}: events", year["events"], f"{place}.events")
        if not known_numbers(year, "conf_low", "conf_high"):
            continue
        half = rounding([year["conf_low"], year["conf_high"]])
        low, high = clues.puzzle.ranges[events]
        if year["events"] is not None:
            made_of = [year["events"]]
            fits = _poisson_fits(made_of, year, half)
            if fits:
                continue
        told = _poisson_fits(list(range(low, min(high, low + 2000) + 1)), year, half)
        if told:
            clues.puzzle.unknown(events, min(told), max(told))


def _poisson_fits(counts: list[int], year: Mapping[str, Any], half: float) -> list[int]:
    """Return the counts whose exact interval prints as the year's does."""
    low, high = garwood(counts)
    return [
        count
        for count, one, other in zip(counts, low, high, strict=True)
        if abs(one - year["conf_low"]) <= half and abs(other - year["conf_high"]) <= half
    ]


def _exits(clues: Clues, comparison: Mapping[str, Any], at: str) -> None:
    """Take in the curves: who had left by a month had left by every later one."""
    steps = {step["step"] for step in comparison["attrition"]}
    for arm in ARMS:
        curves = [c for c in comparison["exits"] if c["programme"] == comparison[arm]]
        everyone = name_of(comparison, arm, "entry" if "entry" in steps else "alone n")
        if everyone not in clues.puzzle.ranges:
            continue
        for curve in curves:
            where = f"{at}.exits.{curve['programme']}.{curve['exit']}"
            before: str | None = None
            for i, (month, share) in enumerate(zip(curve["months"], curve["share"], strict=True)):
                name = name_of(comparison, arm, f"left by {month} {curve['exit']}")
                place = f"{where}.share[{i}]"
                if share is None:
                    clues.count(name, None, place)
                else:
                    _left_by(clues, name, everyone, share, place)
                if before is not None:
                    clues.left_out(name, before, place)
                before = name


def _left_by(clues: Clues, name: str, everyone: str, share: float, place: str) -> None:
    """Take in how many a share of everyone is, as if nobody had been lost from view."""
    low, high = clues.puzzle.ranges[everyone]
    half = rounding([share, 0.01])
    if share == 0:
        # Where few are hidden and the rest rounded, a plain zero is nobody.
        clues.puzzle.unknown(name, 0, 0 if clues.house.is_rounded else half * high)
        return
    if clues.house.is_rounded:
        # A curve that moves in rounded steps tells which step, no more.
        base = clues.house.round_to
        sizes = [n for n in range(base * (low // base), high + base, base) if n > 0]
        steps = {
            e
            for n in sizes
            if clues.house.behind(n)[0] <= high and clues.house.behind(n)[1] >= low
            for e in range(0, n + 1, base)
            if abs(e / n - share) <= half
        }
        if steps:
            spans = [clues.house.behind(e) for e in steps]
            clues.cells.setdefault(name, ("rounded", place))
            clues.puzzle.unknown(name, min(s[0] for s in spans), max(s[1] for s in spans))
            return
    clues.watch(name, place)
    clues.puzzle.unknown(name, (share - half) * low, (share + half) * high)


def _quality(clues: Clues, quality: Mapping[str, Any]) -> None:
    """Take in the rows: received are those used and those set aside, by table and in all.

    A sum that follows from the published parts tells nothing new of them.
    """
    names = ("rows_in", "rows_loaded", "rows_quarantined")
    tables = [
        (f"table {table['table']}", f"data_quality.tables[{i}]", table)
        for i, table in enumerate(quality.get("tables", ()))
    ]
    rows = [*tables, *([("all", "data_quality", quality)] if "rows_in" in quality else [])]
    for who, at, row in rows:
        took = [row[name] for name in names]
        if took[1] is not None and took[1] == (took[0] or 0) - (took[2] or 0):
            took[1:2] = []
        read = [n for n in names if n != "rows_loaded" or len(took) == len(names)]
        for name, value in zip(read, took, strict=True):
            if who != "all" or not _follows(clues, value, [t[name] for *_, t in tables]):
                clues.count(f"{who}: {name}", value, f"results.json:{at}.{name}")
        if len(read) == len(names):
            clues.puzzle.link(
                {f"{who}: {name}": sign for name, sign in zip(names, (1, -1, -1), strict=True)},
                0,
                0,
            )
    for name in names:
        parts = {f"{who}: {name}": 1.0 for who, *_ in tables}
        if parts and f"all: {name}" in clues.puzzle.ranges:
            clues.puzzle.link({**parts, f"all: {name}": -1.0}, 0, 0)


def _follows(clues: Clues, total: int | None, parts: Sequence[int | None]) -> bool:
    """Return whether a sum is made of published parts, hidden ones as one and the same number."""
    if not parts or not clues.house.is_rounded:
        return False
    hidden, shown = parts.count(None), sum(part or 0 for part in parts)
    base = clues.house.round_to
    return any(
        base * ((shown + hidden * middle + base / 2) // base) == (total or 0)
        for middle in range(clues.house.threshold + 1)
    )
