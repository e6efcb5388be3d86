"""Controls: what do registers hold of each person that no programme can have changed?"""

from __future__ import annotations

import numpy as np
import polars as pl

from utfall.pipelines.simulation.parameters import Settings
from utfall.pipelines.simulation.people import Columns, indicators, linear, sigmoid


def control_rows(seed: int, people: Columns, settings: Settings) -> pl.DataFrame | None:
    """Return yes-or-no facts from years before the referral; None where none are drawn.

    Each leans on the same traits as work does, recorded or not, each a little more or less,
    so that what sorts people into programmes sorts these facts as well. Neither programme
    can have touched them: the true difference is zero.

    Returns
    -------
    DataFrame or None
        One row a person: ``person_id``, ``control_01`` and so on.
    """
    count = int(settings.number("negative_controls"))
    if count == 0:
        return None
    rng = np.random.default_rng([seed, 7])
    n = people["day"].size
    logit = settings.table("risk_logit")
    known = {name: value for name, value in logit.items() if name != "unemployment_point"}
    leaning = linear(indicators(people), known, n)
    facts = {}
    for number in range(1, count + 1):
        log_odds = rng.uniform(-0.5, 1.5) + rng.uniform(0.7, 1.3) * leaning
        facts[f"control_{number:02d}"] = (rng.random(n) < sigmoid(log_odds)).astype(np.int64)
    return pl.DataFrame({"person_id": people["person_id"], **facts})
