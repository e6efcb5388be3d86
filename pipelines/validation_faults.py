"""Validation faults: worlds that are there for one gate alone, with the fault it is to find."""

from __future__ import annotations

from utfall.pipelines.validation_case import Case

#: Each with one thing wrong with it, which its ``stops`` name.
FAULTS: tuple[Case, ...] = (
    Case(
        id="G0_blank",
        what="Education blank for 40 %",
        scenario="null",
        noises=(),
        size=200,
        world={"missing_education": 0.40},
        stops=("G0",),
    ),
    Case(
        id="G0_set_aside",
        what="One delivered row in ten set aside",
        scenario="null",
        noises=(),
        size=200,
        loaded_share=0.90,
        stops=("G0",),
    ),
    Case(
        id="G1_unlocked",
        what="The plan was written with the data at hand",
        scenario="null",
        noises=(),
        size=200,
        is_locked=False,
        stops=("G1",),
    ),
    Case(
        id="G3_apart",
        what="What is measured nearly decides the programme",
        scenario="null",
        noises=(),
        size=200,
        world={"assignment_strength": 5.0},
        plan={"estimand": "ate"},
        stops=("G3",),
    ),
    Case(
        id="G4_curve",
        what="The youngest and the oldest go to one programme; the plan holds age as a line",
        scenario="null",
        noises=(),
        size=400,
        world={"assignment_curve": 1.2},
        stops=("G4",),
    ),
    Case(
        id="G6_ignored",
        what="The fire is in the register and the plan says nothing of it",
        scenario="fire_only",
        noises=(),
        size=400,
        plan={"disruptions": []},
        stops=("G6",),
    ),
    Case(
        id="G11_hinges",
        what="A few points' effect where one measured trait sorts people and decides work",
        scenario="null",
        noises=(),
        size=400,
        world={
            "effect": 0.09,
            "risk_intercept": 1.25,
            "assignment_logit": {"month_without_work": -0.06},
            "risk_logit": {"month_without_work": -0.06},
        },
        stops=("G11",),
        is_graded=True,
        worth=6,
    ),
    Case(
        id="G13_few",
        what="Work is so rare that a handful found it",
        scenario="null",
        noises=(),
        size=80,
        world={"risk_intercept": -1.5},
        stops=("G13",),
    ),
)
