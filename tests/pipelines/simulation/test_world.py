"""World: are the truths that a synthetic municipality declares true of it?"""

from __future__ import annotations

import ast
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from utfall.pipelines import simulation
from utfall.pipelines.simulation import SCENARIOS, World, draw
from utfall.pipelines.simulation.parameters import Settings, load_parameters

FIRE_YEAR = pl.col("referral_date").is_between(date(2017, 1, 1), date(2017, 12, 31))
IN_WINDOW = pl.col("referral_date").is_between(date(2016, 12, 10), date(2018, 3, 31))


def crude(rows: pl.DataFrame, target: str = "ama", outcome: str = "y_fact") -> tuple[float, float]:
    """Return the raw risk difference and its standard error."""
    arms = [rows.filter((pl.col("programme") == target) == side)[outcome] for side in (True, False)]
    risks = [float(arm.mean()) for arm in arms]
    variance = sum(p * (1 - p) / arm.len() for p, arm in zip(risks, arms, strict=True))
    return risks[0] - risks[1], variance**0.5


def overlap_weighted(rows: pl.DataFrame, target: str = "ama") -> float:
    """Return the difference weighted by the true chance of the other programme."""
    chance = rows["propensity"].to_numpy()
    in_target = (rows["programme"] == target).to_numpy()
    won = rows["y_fact"].to_numpy()
    weight = np.where(in_target, 1 - chance, chance)
    return float(
        np.average(won[in_target], weights=weight[in_target])
        - np.average(won[~in_target], weights=weight[~in_target])
    )


@pytest.fixture(scope="module")
def vallentuna() -> World:
    return draw("vallentuna", 20161210)


@pytest.fixture(scope="module")
def large() -> World:
    return draw("vallentuna", 3, 15.0)


def test_the_same_seed_draws_the_same_world_and_another_seed_does_not():
    first, second, other = draw("vallentuna", 7), draw("vallentuna", 7), draw("vallentuna", 8)
    for name, table in first.tables.items():
        assert table.equals(second.tables[name]), name
    assert first.potential.equals(second.potential)
    assert not first.tables["persons"].equals(other.tables["persons"])


def test_without_an_effect_nobody_would_fare_differently_in_the_other_programme(large):
    assert large.truth.effect_of("ama_vac_border").effect == 0
    assert large.truth.effect_of("ama_vac_all").effect == 0
    assert large.potential["y_target"].equals(large.potential["y_comparator"].rename("y_target"))


@pytest.mark.parametrize("effect", [-0.03, 0.05, 0.15])
def test_potential_outcomes_average_to_the_declared_effect(effect):
    world = draw("null", 11, 6000, effect=effect)
    declared = world.truth.effect_of("ama_vac_border").effect
    assert declared == pytest.approx(effect, abs=0.004)
    rows = world.potential.filter(pl.col("border"))
    weight = rows["propensity"] * (1 - rows["propensity"])
    realised = float(((rows["y_target"] - rows["y_comparator"]) * weight).sum() / weight.sum())
    assert realised == pytest.approx(declared, abs=0.015)


def test_an_effect_that_varies_differs_between_everybody_and_the_border():
    tilted = {"effect": 0.05, "effect_per_readiness": 0.05, "readiness_mean": {"open": 1.0}}
    world = draw("vallentuna", 5, 10.0, **tilted)
    everybody = world.truth.effect_of("ama_vac_all").effect
    border = world.truth.effect_of("ama_vac_border").effect
    assert everybody > border + 0.01


def test_overlap_weights_on_the_true_propensity_find_the_effect_and_the_raw_does_not():
    world = draw("selection_only", 2, 8000)
    raw, error = crude(world.potential)
    assert raw > 4 * error
    assert overlap_weighted(world.potential) == pytest.approx(0, abs=0.02)


def test_hidden_confounding_survives_adjustment_and_is_declared():
    world = draw("null", 2, 8000, hidden_confounding=1.0)
    measured_only = draw("null", 2, 8000)
    assert not world.truth.effect_of("ama_vac_border").identified
    assert measured_only.truth.effect_of("ama_vac_border").identified
    assert crude(world.potential)[0] > crude(measured_only.potential)[0] + 0.03


def test_intake_halved_means_half_as_many_people_with_the_same_service():
    calm = draw("fire_only", 4, 4000, fire_capacity=1.0)
    fire = draw("fire_only", 4, 4000, fire_mechanism="intake_halved")
    count = [
        world.potential.filter(IN_WINDOW & (pl.col("programme") == "ama")).height
        for world in (calm, fire)
    ]
    assert count[1] / count[0] == pytest.approx(0.5, abs=0.05)
    raw, error = crude(fire.potential.filter(FIRE_YEAR))
    assert abs(raw) < 3 * error
    burnt = fire.tables["capacity"].filter(
        pl.col("programme") == "ama", pl.col("month") == "2017-05"
    )
    usual = fire.tables["capacity"].filter(
        pl.col("programme") == "ama", pl.col("month") == "2015-05"
    )
    assert burnt["places"].item() * 2 == usual["places"].item()
    assert burnt["fte"].item() == usual["fte"].item()


def test_service_halved_means_as_many_people_with_half_the_hours():
    calm = draw("fire_only", 4, 4000, fire_capacity=1.0)
    fire = draw("fire_only", 4, 4000, fire_mechanism="service_halved")
    assert calm.potential.height == fire.potential.height
    hours = (
        fire.tables["attendance_months"]
        .join(fire.tables["spells"].select("spell_id", "programme"), on="spell_id")
        .filter(pl.col("programme") == "ama", pl.col("hours_given") > 0)
    )
    by_year = {
        year: float(hours.filter(pl.col("month").str.starts_with(year))["hours_given"].mean())
        for year in ("2015", "2017")
    }
    assert by_year["2017"] / by_year["2015"] == pytest.approx(0.5, abs=0.06)
    burnt = fire.tables["capacity"].filter(
        pl.col("programme") == "ama", pl.col("month") == "2017-05"
    )
    usual = fire.tables["capacity"].filter(
        pl.col("programme") == "ama", pl.col("month") == "2015-05"
    )
    assert burnt["places"].item() == usual["places"].item()
    assert burnt["fte"].item() < 0.6 * usual["fte"].item()


def test_the_fire_alone_makes_a_programme_without_any_fault_look_worse():
    world = draw("fire_only", 9, 15_000)
    raw, error = crude(world.potential.filter(FIRE_YEAR))
    assert raw + 1.96 * error < -0.03
    would_have, _ = crude(world.potential.filter(FIRE_YEAR), outcome="y_target")
    assert abs(would_have) < 0.03
    assert world.truth.effect_of("ama_vac_border").effect == 0
    before = world.potential.filter(pl.col("referral_date") < date(2015, 12, 1))
    assert abs(crude(before)[0]) < 2.6 * crude(before)[1]


def test_the_fire_hides_how_much_easier_the_targets_people_are(large):
    raw_2017, _ = crude(large.potential.filter(FIRE_YEAR))
    raw_before, _ = crude(large.potential.filter(pl.col("referral_date") < date(2015, 12, 1)))
    assert raw_before > 0.05
    assert raw_2017 < raw_before - 0.05


def test_an_unknown_mechanism_scenario_or_parameter_is_refused():
    with pytest.raises(ValueError, match="fire_mechanism"):
        draw("fire_only", 1, fire_mechanism="half")
    with pytest.raises(ValueError, match="there are vallentuna"):
        draw("no_such_place", 1)
    with pytest.raises(ValueError, match="no such parameter: colour"):
        draw("null", 1, colour=3)


def test_never_starters_exist_in_both_arms_and_waiting_makes_more_of_them(large):
    started = large.tables["spells"].select("referral_id").unique()
    never = large.tables["referrals"].join(started, on="referral_id", how="anti")
    share = {
        name: never.filter(pl.col("programme") == name).height
        / large.tables["referrals"].filter(pl.col("programme") == name).height
        for name in ("ama", "vac")
    }
    assert 0.05 < share["ama"] < 0.2 < share["vac"] < 0.5


def test_law_sets_the_groups_apart_except_at_the_border(large):
    first = large.potential.join(
        large.tables["persons"].select("person_id", "disability_code", "municipality"),
        on="person_id",
    )
    inside = first.filter(~pl.col("border"))
    codes = {
        name: set(inside.filter(pl.col("programme") == name)["disability_code"])
        for name in ("ama", "vac")
    }
    assert not codes["ama"] & codes["vac"]
    border = first.filter(pl.col("border"))
    assert set(border["municipality"]) == {"vallentuna"}
    assert border["propensity"].is_between(0.05, 0.97).all()
    bases = large.tables["referrals"].group_by("programme").agg(pl.col("legal_basis").unique())
    by_programme = {row["programme"]: set(row["legal_basis"]) for row in bases.to_dicts()}
    assert by_programme["vac"] == {"sol_occupation", "lss"}
    assert not by_programme["ama"] & by_programme["vac"]


def test_every_border_case_was_judged_on_or_before_referral_and_the_rest_were_not(large):
    judged = large.tables["referrals"].join(
        large.potential.select("referral_id", "border"), on="referral_id"
    )
    dated = (pl.col("could_enter_other") == 1) & (pl.col("assessed_on") <= pl.col("referral_date"))
    assert judged.filter(dated.fill_null(value=False)).equals(judged.filter(pl.col("border")))
    share = judged.group_by("programme").agg(pl.col("border").mean())["border"]
    assert share.is_between(0.24, 0.36).all()


def test_flags_filled_in_afterwards_follow_the_outcome():
    world = draw("vallentuna", 1, 5.0, flags_follow_outcome=0.8)
    late = (
        world.tables["referrals"]
        .join(world.potential, on="referral_id")
        .filter(pl.col("assessed_on") > pl.col("referral_date_right"))
    )
    assert late["y_fact"].mean() > 0.8


def test_the_delivered_records_tell_the_outcome_that_happened(large):
    """Rebuild work-or-studies within a year from enrolments and follow-ups alone."""
    spells = (
        large.tables["spells"]
        .sort("start_date")
        .group_by("referral_id", maintain_order=True)
        .agg(pl.col("end_date", "exit_reason").last())
    )
    followups = (
        large.tables["followups"]
        .group_by("person_id")
        .agg(seen=pl.col("status").is_in(["work", "studies"]).any(), last=pl.col("day").max())
    )
    rows = (
        large.potential.join(spells, on="referral_id", how="left")
        .join(followups, on="person_id", how="left")
        .with_columns(started=pl.col("referral_id").is_in(spells["referral_id"].implode()))
    )
    within = (pl.col("end_date") - pl.col("referral_date")).dt.total_days() <= 365
    told = (
        pl.when(pl.col("started"))
        .then((within & pl.col("exit_reason").is_in(["W1", "W2", "S1"])).fill_null(value=False))
        .otherwise(pl.col("seen"))
    )
    lost = (
        pl.col("started")
        & pl.col("end_date").is_not_null()
        & (pl.col("exit_reason").is_null() | pl.col("exit_reason").is_in(["F1", "F2", "F5"]))
    )
    known = rows.filter(~lost).with_columns(told=told.cast(pl.Int64)).drop_nulls("told")
    assert known.height > 0.85 * rows.height
    assert (known["told"] == known["y_fact"]).mean() > 0.97


def test_months_of_assistance_before_referral_are_those_the_covariate_was_drawn_from(vallentuna):
    first = vallentuna.tables["referrals"].filter(
        pl.col("referral_id").is_in(vallentuna.potential["referral_id"].implode())
    )
    zero = pl.col("referral_date").dt.strftime("%Y-%m")
    year_before = pl.col("referral_date").dt.offset_by("-1y").dt.strftime("%Y-%m")
    paid = first.join(vallentuna.tables["assistance_months"], on="person_id").filter(
        (pl.col("month") < zero) & (pl.col("month") >= year_before)
    )
    count = paid.group_by("person_id").len()["len"]
    assert count.max() == 12
    assert count.min() >= 1
    assert not paid.select("person_id", "month").is_duplicated().any()


def test_key_staff_stand_in_the_list_for_years_and_are_no_trainees(vallentuna):
    staff = vallentuna.tables["spells"].filter(pl.col("referral_id").str.starts_with("k"))
    assert staff.height == 11
    assert (staff["start_date"] < date(2014, 1, 1)).all()
    stay = (staff["end_date"].fill_null(date(2020, 2, 1)) - staff["start_date"]).dt.total_days()
    assert 4 < float(stay.mean()) / 365.25 < 8
    doing = vallentuna.tables["activities"].join(staff.select("spell_id"), on="spell_id")
    assert set(doing["activity"]) == {"subsidised"}


def test_nothing_is_dated_after_the_extract_and_ends_follow_starts(vallentuna):
    extracted = date(2020, 2, 1)
    for name, table in vallentuna.tables.items():
        for column, kind in table.schema.items():
            if kind == pl.Date and table[column].drop_nulls().len():
                assert table[column].max() < extracted, f"{name}.{column}"
    spells = vallentuna.tables["spells"].drop_nulls("end_date")
    assert (spells["end_date"] >= spells["start_date"]).all()
    waits = spells.join(vallentuna.tables["referrals"], on="referral_id")
    assert (waits["start_date"] >= waits["referral_date"]).all()


def test_exit_reasons_are_missing_as_often_as_declared(large):
    ended = large.tables["spells"].filter(
        pl.col("end_date").is_not_null(), pl.col("start_date") >= date(2017, 1, 1)
    )
    unknown = ended["exit_reason"].is_null() | (ended["exit_reason"] == "F5")
    assert unknown.mean() == pytest.approx(0.08, abs=0.03)


def test_an_integer_size_is_that_many_an_arm_and_tiny_is_tiny():
    world = draw("fire_only", 1, 400, fire_mechanism="service_halved")
    counts = world.potential["programme"].value_counts()["count"]
    assert counts.sum() == 800
    assert counts.min() > 340
    assert draw("tiny_n", 1).potential.height <= 68


def test_a_delivery_of_granted_cases_holds_no_denied_ones():
    world = draw("vallentuna", 1, covers="granted_only")
    assert set(world.tables["referrals"]["decision"]) == {"granted", "none_needed"}
    started = draw("vallentuna", 1, covers="started_only")
    assert set(started.tables["referrals"]["referral_id"]) == set(
        started.tables["spells"]["referral_id"]
    )


@pytest.mark.parametrize("municipality", ["vallentuna", "goteborg"])
def test_every_parameter_has_a_source_and_lies_in_its_range(municipality):
    for name, parameter in load_parameters(municipality).items():
        assert parameter.source, name
        if isinstance(parameter.value, (int, float)) and isinstance(parameter.range, list):
            assert parameter.range[0] <= parameter.value <= parameter.range[1], name


def test_a_table_given_in_part_replaces_only_those_keys():
    settings = Settings("vallentuna", {"denied": {"comparator": 0.3}})
    assert settings.table("denied") == {"target": 0.0, "comparator": 0.3}


def test_every_scenario_can_be_drawn_and_says_what_it_is():
    for name, description in SCENARIOS.items():
        assert len(description) > 20
        assert draw(name, 1, 40).potential.height > 40


def test_the_simulator_shares_no_code_with_what_it_checks():
    own = Path(simulation.__file__).parent
    for module in own.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [a.name for a in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                if name.startswith("utfall"):
                    assert name.startswith("utfall.pipelines.simulation"), module.name


def test_the_angered_model_refuses_more_and_meets_sooner_and_works_as_much_better_as_declared():
    world = draw("goteborg", 6, 10.0, site_year_sd=0.0)
    assert world.truth.effect_of("angered_kompetenscenter").effect == pytest.approx(0.05, abs=0.004)
    found = overlap_weighted(world.potential, target="angeredsmodellen")
    assert found == pytest.approx(0.05, abs=0.03)
    denied = {
        programme: float((rows["decision"] == "denied").mean())
        for (programme,), rows in world.tables["referrals"].group_by("programme")
    }
    assert denied["angeredsmodellen"] > denied["kompetenscenter"] + 0.05
    hours = (
        world.tables["spells"]
        .join(world.tables["referrals"].select("referral_id", "application_at"), on="referral_id")
        .with_columns(
            hours=(pl.col("first_meeting_at") - pl.col("application_at")).dt.total_minutes() / 60
        )
        .drop_nulls("hours")
    )
    assert hours["hours"].min() >= 0
    within = {
        programme: float((rows["hours"] <= 48).mean())
        for (programme,), rows in hours.group_by("programme")
    }
    assert within["angeredsmodellen"] > 0.5 > within["kompetenscenter"] + 0.3


def test_kompetenscenter_is_open_to_the_whole_city_and_angered_lives_on_its_own_law():
    world = draw("goteborg", 6)
    homes = (
        world.tables["persons"]
        .select("person_id", "district")
        .join(world.potential, on="person_id")
    )
    from_angered = homes.group_by("programme").agg((pl.col("district") == "angered").mean())
    share = dict(from_angered.iter_rows())
    assert share["angeredsmodellen"] > 0.85
    assert 0.02 < share["kompetenscenter"] < 0.2


def test_the_denied_apply_again_and_are_found_among_the_applications():
    tables = draw("goteborg", 6).tables
    assert tables["applications"].height > tables["referrals"].height
    asked = (
        tables["applications"]
        .group_by("person_id")
        .agg(pl.len(), denied=(pl.col("decision") == "denied").any())
    )
    assert asked.filter(pl.col("denied"))["len"].max() >= 2
