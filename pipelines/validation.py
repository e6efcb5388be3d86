"""Validation: what would be published of worlds whose truth is known?

The worlds are the simulator's, which shares no code with the analysis; the marts are made by
the very SQL of a study, in memory; scored is what would be published, after protection.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Any

import polars as pl
import yaml

from utfall.analysis import Comparison, Context, compare
from utfall.analysis.disclosure import Rules, protect
from utfall.analysis.protocol import Protocol
from utfall.analysis.protocol_file import parse_protocol
from utfall.analysis.quality import Quality
from utfall.pipelines.compare import cohort_from, disruption_windows
from utfall.pipelines.doses import with_doses
from utfall.pipelines.rehearsal import Drawn, Rehearsal
from utfall.pipelines.simulation import World, draw
from utfall.pipelines.simulation.events import events_of
from utfall.pipelines.study import event_columns
from utfall.pipelines.validation_case import Case

#: Seeds of validation start here; no threshold was ever set on these worlds.
FIRST_SEED = 800_000

#: Seeds on which thresholds are tuned; none of these worlds is ever reported.
TUNING_SEED = 600_000

#: Worlds whose marts are made in one pass.
TOGETHER = 20

#: What a comparison reads.
MARTS = (
    "episodes",
    "outcomes",
    "labour_market",
    "programme_months",
    "disruptions",
    "referrals",
    "attendance_months",
)

#: Of the outcomes only the plans' own: the others would be carried along unread.
WHERE = {"outcomes": "outcome = 'work_or_studies' and horizon_days = 365"}

Ends = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replicate:
    """What would have been published of one world, and what is true in it.

    Attributes
    ----------
    number : int
        Counted from the first seed.
    truth : float
        Effect in normal operation, in the population of the plan's estimand.
    raw, bounds, interval, second : (float, float) or None
        Intervals as published.
    disrupted : (float, float) or None
        Interval of the part of the debated gap that the disruption made.
    disruption_truth, raw_truth : float or None
        That part and the debated gap itself, by what happened and by what would have in
        normal operation; None in a world without a disruption.
    sampling : float
        Width that chance alone would give an interval among so many people, by true risks.
    unknown_reach : float or None
        Largest difference in unknown outcomes between the arms that the data allow.
    n_compared, n_border : int
        People compared, as published, and people who truly could have been in either.
    treatments : mapping of id to (float, float)
        Intervals under the other ways of handling the disruption.
    gates, statistics : mapping of id to status, and to the number that was judged
    mechanism : str or None
        What is said to have fallen in the disruption: intake, service, both; None where the
        target programme has no disruption.
    is_spill_over_warned : bool or None
        The comparator is said to have been sent more people during it.
    """

    case: str
    noise: float
    number: int
    truth: float
    is_identified: bool
    headline: str
    fairness: str
    estimate: float | None
    interval: Ends | None
    second: Ends | None
    raw: Ends | None
    bounds: Ends | None
    identified_width: float | None
    disrupted: Ends | None
    labels: tuple[str, ...]
    treatments: Mapping[str, Ends]
    gates: Mapping[str, str]
    codes: Mapping[str, str]
    statistics: Mapping[str, float | None]
    margin: float
    n_compared: int
    n_border: int
    sampling: float
    unknown_reach: float | None = None
    disruption_truth: float | None = None
    raw_truth: float | None = None
    mechanism: str | None = None
    is_spill_over_warned: bool | None = None


def replicates(
    rehearsal: Rehearsal,
    case: Case,
    numbers: Sequence[int],
    noise: float = 0.0,
    *,
    first_seed: int = FIRST_SEED,
) -> Iterator[Replicate]:
    """Draw worlds of a case and yield what would be published of each, in order."""
    for first in range(0, len(numbers), TOGETHER):
        part = numbers[first : first + TOGETHER]
        worlds = [world_of(case, first_seed + number, noise) for number in part]
        marts = rehearsal.many([delivered(world) for world in worlds], MARTS, where=WHERE)
        for number, world, made in zip(part, worlds, marts, strict=True):
            yield scored_world(case, number, noise, world, made)


def replicate(rehearsal: Rehearsal, case: Case, number: int, noise: float = 0.0) -> Replicate:
    """Draw one world of a case and return what would be published of it."""
    return next(replicates(rehearsal, case, [number], noise))


def world_of(case: Case, seed: int, noise: float = 0.0) -> World:
    """Return one world of a case."""
    parameters = {**case.world, **({"site_year_sd": noise} if noise else {})}
    return draw(case.scenario, seed, case.size, **parameters)


def scored_world(
    case: Case, number: int, noise: float, world: World, marts: Mapping[str, pl.DataFrame]
) -> Replicate:
    """Return what would be published of a world whose marts are made."""
    protocol = plan_of(case)
    answer = answered(case, world, marts, protocol, curve=case.is_graded and noise == 0)
    found = protect(answer, Rules())
    truth = world.truth.effect_of(protocol.id)
    return Replicate(
        case=case.id,
        noise=noise,
        number=number,
        truth=truth.effect,
        is_identified=truth.identified,
        n_border=int(world.potential["border"].sum()),
        sampling=sampling_width(world.potential, world.town.target),
        unknown_reach=unknown_reach(answer),
        **gap_truth(world, protocol),
        **published(found),
    )


def unknown_reach(found: Comparison) -> float | None:
    """Return how far a difference in unknown outcomes between the arms may reach, in shares."""
    if found.bounds is None or found.bounds.arms is None:
        return None
    shares = [(1 - known / people, people) for people, known, _ in found.bounds.arms]
    error = math.sqrt(sum(share * (1 - share) / people for share, people in shares))
    return float(abs(shares[0][0] - shares[1][0]) + 1.96 * error)


def sampling_width(potential: pl.DataFrame, target_name: str) -> float:
    """Return the width of a 95 % interval of two independent shares of the true risks."""
    border = potential.filter("border")
    target = border["programme"] == target_name
    variance = 0.0
    for arm, name in ((border.filter(target), "target"), (border.filter(~target), "comparator")):
        risks = arm[f"risk_{name}"].to_numpy()
        risk = float(risks.mean()) if risks.size else 0.5
        variance += risk * (1 - risk) / max(risks.size, 1)
    return 2 * 1.96 * math.sqrt(variance)


def gap_truth(world: World, protocol: Protocol) -> dict[str, Any]:
    """Return what the disruption did to the debated gap, by both potential outcomes."""
    entry = protocol.raw.entry if protocol.raw else protocol.entry
    if world.fire is None or entry.starts is None or entry.ends is None:
        return {}
    seen = world.potential.filter(
        pl.col("referral_date").is_between(entry.starts, entry.ends) & pl.col("border")
    )
    in_target = pl.col("programme") == protocol.target
    target, other = seen.filter(in_target), seen.filter(~in_target)
    if target.is_empty() or other.is_empty():
        return {}
    lost = float((target["y_fact"] - target["y_target"]).to_numpy().mean())
    gap = float(target["y_fact"].to_numpy().mean() - other["y_fact"].to_numpy().mean())
    return {"disruption_truth": lost, "raw_truth": gap}


def published(found: Comparison) -> dict[str, Any]:
    """Return what is scored of a protected comparison."""
    widths = found.bounds
    parts = {part.source: part for part in found.decomposition}
    story = next(iter(found.disruption_stories), None)
    return {
        "mechanism": story.mechanism.named if story and story.mechanism else None,
        "is_spill_over_warned": story.spill_over.is_warned if story and story.spill_over else None,
        "headline": found.headline,
        "fairness": found.fairness,
        "estimate": found.estimate.estimate if found.estimate else None,
        "interval": _pair(found.estimate, "conf_low", "conf_high"),
        "second": _pair(found, "second_low", "second_high"),
        "raw": _pair(found.raw, "conf_low", "conf_high"),
        "bounds": _pair(found.bounds, "conf_low", "conf_high")
        or _pair(found.bounds, "low", "high"),
        "identified_width": None
        if widths is None or widths.high is None or widths.low is None
        else widths.high - widths.low,
        "disrupted": _pair(parts.get("disruption"), "conf_low", "conf_high"),
        "labels": tuple(found.labels),
        "treatments": {
            row.id: (row.conf_low, row.conf_high)
            for row in found.sensitivity
            if row.id in ("exclude", "exposure")
            and row.conf_low is not None
            and row.conf_high is not None
        },
        "gates": {gate.id: gate.status for gate in found.gates},
        "codes": {gate.id: gate.reason.code for gate in found.gates},
        "statistics": {gate.id: gate.statistic for gate in found.gates},
        "margin": found.matters / 100,
        "n_compared": (found.n_target or 0) + (found.n_comparator or 0),
    }


def _pair(found: object, low: str, high: str) -> Ends | None:
    ends = getattr(found, low, None), getattr(found, high, None)
    return None if ends[0] is None or ends[1] is None else (ends[0], ends[1])


#: Plans of this process, by the hash of their case: a plan takes longer to parse than to use.
_PLANS: dict[str, Protocol] = {}


def plan_of(case: Case) -> Protocol:
    """Return the package's protocol with what the case replaces.

    No score reads the secondary outcomes, so that their estimates are not made.
    """
    key = case.sha256
    if key not in _PLANS:
        _PLANS[key] = _planned(case)
    return _PLANS[key]


def _planned(case: Case) -> Protocol:
    declared = {**_declared(case.protocol), "secondary_outcomes": [], **case.plan}
    if case.keep:
        kept = [one for one in declared["covariates"] if one["name"] in case.keep]
        declared["covariates"] = kept
    declared["covariates"] = [*declared["covariates"], *map(dict, case.adds)]
    return parse_protocol(declared, name=case.protocol)


@cache
def _declared(protocol: str) -> dict[str, Any]:
    path = resources.files("utfall.analysis").joinpath(f"protocols/{protocol}.yml")
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def answered(
    case: Case,
    world: World,
    marts: Mapping[str, pl.DataFrame],
    protocol: Protocol,
    *,
    curve: bool = True,
) -> Comparison:
    """Return the comparison of one world, from its marts.

    The plans are fixed before any world is drawn, so that they count as locked.
    """
    windows, _ = disruption_windows(marts["disruptions"])
    rows = sum(table.height for table in world.tables.values())
    return compare(
        cohort_of(world, marts),
        protocol,
        context=Context(
            disruptions=windows,
            programme_months=marts["programme_months"],
            doses=marts["attendance_months"] if marts["attendance_months"].height else None,
            quality=Quality(rows_in=rows, rows_loaded=round(rows * case.loaded_share)),
            locked_before_data=case.is_locked,
            leave_out=False,
            partial=frozenset()
            if world.settings["covers"] == "all_referrals"
            else frozenset([world.town.name]),
            gap_draws=case.gap_draws,
            curve=curve,
        ),
    )


def cohort_of(world: World, marts: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the rows that are compared, as a study reads them, with what no delivery holds."""
    cohort = with_doses(
        cohort_from(marts["episodes"], marts["outcomes"], marts["labour_market"]),
        marts["referrals"],
        marts["attendance_months"],
    )
    if world.controls is None:
        return cohort
    return cohort.join(world.controls, on="person_id", how="left").sort("episode_id")


def delivered(world: World) -> Drawn:
    """Return a world as one delivery."""
    extracted: date = world.settings.day("extracted_on")
    return Drawn(
        tables=world.tables,
        delivery={
            "source": world.town.name,
            "delivery": extracted.isoformat(),
            "system": world.town.system,
            "extracted_on": extracted,
            "covers_from": world.settings.day("history_from"),
            "covers_to": extracted - timedelta(days=1),
            "covers": world.settings["covers"],
            "covers_population": "everyone drawn",
            "code_list_version": "2017",
            "tables": ",".join(sorted(world.tables)),
        },
        events=_register(world),
    )


def _register(world: World) -> pl.DataFrame:
    """Return the world's events in the columns of ``raw.events``."""
    return pl.DataFrame(
        [
            {
                "event_id": event["id"],
                "kind": event["kind"],
                "programme": event["programme"],
                "site": event["site"],
                "starts_on": event["from"],
                "ends_on": event["to"],
                "capacity_share": event["capacity_share"],
                "label_sv": event["label"]["sv"],
                "label_en": event["label"]["en"],
                "source": event["source"],
                "evidence_grade": event["evidence_grade"],
            }
            for event in events_of(world)
        ],
        schema=event_columns(),
    )
