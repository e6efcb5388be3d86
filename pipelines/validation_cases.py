"""Validation cases: which worlds are tried, what is true in them, and what must hold there?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from utfall.pipelines.validation_bars import COVERED, at_least, at_most
from utfall.pipelines.validation_case import CONTROLS, FULL, Case
from utfall.pipelines.validation_faults import FAULTS


def _handled(how: str) -> dict[str, Any]:
    reason = "the share of each follow-up that was lost is modelled"
    return {"disruptions": [{"id": "ama_fire_2016", "handling": how, "reason": reason}]}


_LOTTERY = {"assignment_strength": 0.0, "risk_intercept": 1.25}


def _randomised(n: int) -> Case:
    return Case(
        id=f"S14_{n}",
        what=f"Randomised, {n} an arm, effect 15 points",
        scenario="null",
        size=n,
        world={**_LOTTERY, "effect": 0.15},
        bars=(
            at_least("coverage_or_withheld", 0.90 if n <= 80 else 0.93),
            at_most("type_one", 0.07),
        ),
        stops=("G10",) if n == 40 else (),
        worth=200,
    )


CASES: tuple[Case, ...] = (
    Case(
        id="S1",
        what="Equal programmes and people, only the fire; 400 an arm in five years",
        scenario="fire_only",
        size=400,
        bars=(at_least("raw_misleads_fair_covers", 0.85), at_least("coverage", 0.93)),
        noise_worth=30,
        worth=60,
    ),
    Case(
        id="S1_year",
        what="The same with 400 an arm in the debated year alone",
        scenario="fire_only",
        size=1333,
        bars=(at_least("raw_misleads_fair_covers", 0.85), at_least("coverage", 0.93)),
        worth=16,
    ),
    Case(
        id="S1_gap",
        what="The debated gap is that of all five years, 1 333 an arm: how much was the fire?",
        scenario="fire_only",
        size=1333,
        plan={"raw": None},
        gap_draws=100,
        bars=(at_least("gap_part_covers", 0.90), at_most("gap_part_half_width", 0.50)),
        worth=15,
    ),
    Case(
        id="S1_34",
        what="The same with 34 an arm (tiny_n)",
        scenario="tiny_n",
        bars=(at_least("raw_within_chance", 0.90),),
        stops=("G10",),
        worth=20,
    ),
    Case(
        id="S2_intake",
        what="Fire halved the intake; set aside",
        scenario="fire_only",
        size=400,
        world={"fire_mechanism": "intake_halved"},
        bars=(
            at_least("coverage", 0.93),
            at_least("named_intake", 0.80),
            at_most("named_service", 0.05),
            at_most("spill_over_warned", 0.05),
        ),
        worth=60,
    ),
    Case(
        id="S2_service",
        what="Fire halved the service; recalculated to normal operation",
        scenario="fire_only",
        size=400,
        world={"fire_mechanism": "service_halved"},
        plan=_handled("exposure"),
        bars=(
            at_least("coverage", 0.93),
            at_least("named_service", 0.80),
            at_most("named_intake", 0.05),
            at_most("spill_over_warned", 0.05),
        ),
        worth=60,
    ),
    Case(
        id="S2_no_dose",
        what="Half capacity, and no hours delivered to tell intake from service",
        scenario="fire_only",
        size=400,
        world={"fire_mechanism": "service_halved", "with_dose": False},
        bars=(
            at_least("both_treatments_shown", 0.99),
            at_least("coverage", 0.93),
            at_least("exposure_covers", 0.93),
            at_least("named_neither", 1.0),
        ),
        worth=60,
    ),
    Case(
        id="S3",
        what="Measured confounding, effect 15 points, 400 an arm",
        scenario="null",
        size=400,
        world={"effect": 0.15, "risk_intercept": 1.25},
        bars=(COVERED, at_least("better_clear", 0.80)),
        noise_worth=30,
        worth=200,
    ),
    Case(
        id="S4",
        what="Disjoint by law",
        scenario="vallentuna",
        protocol="ama_vac_all",
        bars=(at_least("refused", 0.99),),
        stops=("G2", "G3"),
        worth=40,
    ),
    Case(
        id="S4b",
        what="Legal basis differs, dated eligibility overlaps",
        scenario="null",
        size=200,
        bars=(at_most("refused", 0.10),),
        worth=20,
    ),
    Case(
        id="S5",
        what="Border group of 40 an arm",
        scenario="boundary_overlap",
        bars=(at_least("coverage_or_withheld", 0.90), at_least("label_overlap_only", 1.0)),
        worth=60,
    ),
    Case(
        id="S5b",
        what="Border flag filled in knowing how it went",
        scenario="boundary_overlap",
        world={"flags_follow_outcome": 1.0},
        bars=(at_least("late_flags_left_out", 0.80), at_least("coverage_or_withheld", 0.90)),
        worth=60,
    ),
    Case(
        id="S6",
        what="Hidden confounder; two sites, ten negative controls",
        scenario="null",
        size=400,
        world={**FULL, "hidden_confounding": 1.0},
        plan=CONTROLS,
        bars=(at_most("top_fairness", 0.20),),
        stops=("G8",),
        is_graded=True,
        is_biased=True,
        worth=6,
    ),
    Case(
        id="S6_0",
        what="Nothing hidden; two sites, ten negative controls, 400 an arm",
        scenario="null",
        size=400,
        world=FULL,
        plan=CONTROLS,
        bars=(at_least("top_fairness", 0.80), at_most("refused", 0.10)),
        is_sound=True,
        is_graded=True,
        noise_worth=12,
        worth=12,
    ),
    Case(
        id="S7",
        what="30 % unknown exits, more of the target's successes",
        scenario="null",
        size=200,
        world={"unknown_exit_share": 0.30, "unknown_exit_gap": 0.15},
        bars=(at_least("bounds_cover", 0.95), at_most("bounds_width_ratio", 1.10)),
        stops=("G7",),
        worth=30,
    ),
    Case(
        id="S8",
        what="One site an arm, site-years shift by 8 points",
        scenario="null",
        size=200,
        world={"site_year_sd": 0.08, "negative_controls": 10},
        plan=CONTROLS,
        bars=(at_least("label_programme_at_this_site", 1.0), at_most("top_fairness", 0.0)),
        stops=("G9",),
        is_graded=True,
        worth=6,
    ),
    Case(
        id="S9",
        what="Only granted cases delivered",
        scenario="null",
        size=200,
        world={"covers": "granted_only"},
        bars=(at_least("refused", 1.0),),
        stops=("G5",),
        worth=30,
    ),
    Case(
        id="S9_started",
        what="Only those who started delivered",
        scenario="null",
        size=200,
        world={"covers": "started_only"},
        bars=(at_least("refused", 1.0),),
        stops=("G5",),
        worth=30,
    ),
    Case(
        id="S9_start",
        what="One programme writes the day of start as the day of referral",
        scenario="null",
        size=200,
        world={"counts_from_start": True},
        bars=(at_least("flagged_by_G5", 1.0),),
        stops=("G5",),
        worth=30,
    ),
    Case(
        id="S10",
        what="Door filter: denials up, work equal",
        scenario="goteborg",
        protocol="angered_kompetenscenter",
        size=400,
        world={
            "effect": 0.0,
            "site_year_sd": 0.0,
            "denied": {"target": 0.35, "comparator": 0.08},
        },
        bars=(at_least("coverage", 0.93), at_most("type_one", 0.07)),
        worth=60,
    ),
    Case(
        id="S12",
        what="Three weeks' dose in the target programme",
        scenario="null",
        size=200,
        world={"dose_weeks": 3},
        bars=(at_least("not_tried", 1.0),),
        stops=("G12",),
        worth=30,
    ),
    Case(
        id="S13",
        what="Truly comparable, 80 an arm, no effect",
        scenario="null",
        size=80,
        world=FULL,
        plan=CONTROLS,
        bars=(at_most("refused", 0.10), at_most("type_one", 0.07)),
        is_sound=True,
        is_graded=True,
        noise_worth=25,
        worth=25,
    ),
    *(_randomised(n) for n in (20, 40, 80, 200, 400)),
    Case(
        id="S17",
        what="Plan with age and sex only; two sites, ten negative controls",
        scenario="selection_only",
        size=400,
        world=FULL,
        plan=CONTROLS,
        keep=("age_at_referral", "sex"),
        bars=(at_most("top_fairness", 0.0),),
        stops=("G14",),
        is_graded=True,
        is_biased=True,
        worth=30,
    ),
    Case(
        id="S18",
        what="2 000 an arm, no effect",
        scenario="null",
        size=2000,
        bars=(at_least("no_meaningful_difference", 0.80),),
        worth=6,
    ),
    Case(
        id="null",
        what="Milton's null at ordinary size",
        scenario="null",
        bars=(at_least("coverage", 0.93),),
        worth=60,
    ),
    Case(
        id="creaming",
        what="The target takes the readiest by a score that is written down",
        scenario="null",
        size=400,
        world={**FULL, "hidden_confounding": 0.5},
        plan=CONTROLS,
        adds=(
            {
                "name": "readiness",
                "kind": "category",
                "label": {"sv": "skattad beredskap", "en": "rated readiness"},
                "reason": "The target programme picks by it.",
            },
        ),
        bars=(at_most("wrong_at_the_top", 0.07), at_most("type_one", 0.20)),
        is_graded=True,
        is_biased=True,
        worth=6,
    ),
    Case(
        id="deterrence",
        what="Strict demands make a third of the target's people withdraw; work equal",
        scenario="goteborg",
        protocol="angered_kompetenscenter",
        size=400,
        world={
            "effect": 0.0,
            "site_year_sd": 0.0,
            "withdrawn": {"target": 0.33, "comparator": 0.04},
        },
        bars=(at_least("coverage", 0.93), at_most("type_one", 0.07)),
        worth=60,
    ),
    Case(
        id="caseload",
        what="Twice the cases a post in the target programme, which costs 10 points",
        scenario="null",
        size=200,
        world={
            "staffing": {"target": 3.75, "comparator": 4.0},
            "effect": -0.10,
            "risk_intercept": 1.25,
        },
        bars=(at_least("coverage", 0.93), at_most("type_one", 0.07)),
        worth=60,
    ),
    Case(
        id="code_break_2017",
        what="Before 2017 four exit reasons shared the code of an unknown one",
        scenario="null",
        size=200,
        world={"code_break_hides": ["F3", "F4", "S2", "R2"]},
        bars=(at_least("coverage_or_withheld", 0.90), at_most("type_one", 0.07)),
        worth=60,
    ),
    Case(
        id="movers",
        what="Five times as many move away",
        scenario="null",
        size=200,
        world={"move_hazard": 0.011},
        bars=(at_least("coverage", 0.93),),
        worth=60,
    ),
    Case(
        id="goteborg",
        what="Angered model, effect 5 points, site-years vary by 3 points",
        scenario="goteborg",
        protocol="angered_kompetenscenter",
        bars=(at_least("second_coverage", 0.93), at_most("second_half_width", 0.10)),
    ),
    *FAULTS,
)

#: Why a requirement is known to fall short, and what would come next: by case and measure.
REASONS: Mapping[tuple[str, str], str] = {
    ("S1", "raw_misleads_fair_covers"): "the debated year holds some 60 and 120 people: a raw gap "
    "of the fire's size seldom excludes 0 among so few, and the page then says so; the next step "
    "is debates over more years",
    ("S1_year", "raw_misleads_fair_covers"): "the fire takes some 9 points, and the raw interval "
    "reaches as far either way; the next step is a world with a longer fire",
    ("S1_gap", "gap_part_half_width"): "the fire takes some 4 points of a gap over five years, "
    "measured with as much error among 1 333; over the debated year alone the fixed order gives "
    "it to the period; the next step is to measure the disruption over the debated period",
    ("S3", "better_clear"): "with 400 an arm the interval that holds the years too reaches 9 or 10 "
    "points either way, and the effect lies 5 points beyond the margin; about one world in eight "
    "is clear; the declared years alone leave 6 points open, however many people there are; the "
    "next step is a world of more sites or years",
}
