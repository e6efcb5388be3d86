import ast
from pathlib import Path

import pytest

from utfall.analysis import vocabulary
from utfall.analysis.errors import UsageError, UtfallError
from utfall.analysis.protocol import Thresholds
from utfall.expectations.contract import load_contracts
from utfall.expectations.rulebook import rulebook
from utfall.pipelines.audit.attack import How
from utfall.pipelines.explain import explain

VERDICTS = [
    word
    for words in (
        vocabulary.Fairness,
        vocabulary.Precision,
        vocabulary.Headline,
        vocabulary.Label,
    )
    for word in words.__args__
]


def exit_codes(family=UtfallError):
    return {family.exit_code}.union(*(exit_codes(kind) for kind in family.__subclasses__()))


@pytest.mark.parametrize("code", sorted({*VERDICTS, *map(str, exit_codes()), "G0", "G14"}))
def test_every_verdict_gate_and_exit_code_is_explained_in_both_languages(code):
    explained = explain(code)
    assert explained["sv"]
    assert explained["en"] != explained["sv"]


@pytest.mark.parametrize("rule", sorted(rulebook()))
def test_every_rule_that_a_delivery_can_break_is_explained(rule):
    assert all("→" in said and "{" not in said for said in explain(rule).values())
    assert explain(rule).keys() == {"sv", "en"}


def rules_in_brackets():
    """Return every rule that a refusal of ours names, as the code writes it."""
    root = Path(__file__).resolve().parents[2]
    calls = (
        node
        for part in ("analysis", "expectations", "pipelines", "reports")
        for path in (root / part).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    )
    written = {
        word.value.value
        for call in calls
        for word in call.keywords
        if word.arg == "rule" and isinstance(word.value, ast.Constant)
    }
    return sorted({*written, *(f"audit_{how}" for how in How.__args__)})


@pytest.mark.parametrize("rule", rules_in_brackets())
def test_every_rule_in_brackets_is_explained_in_both_languages_with_a_way_out(rule):
    explained = explain(rule)
    assert all("→" in explained[language] for language in ("sv", "en"))
    assert explained["sv"] != explained["en"]


def test_a_table_is_explained_by_its_columns():
    contract = load_contracts()["referrals"]
    assert all(column.name in explain("referrals")["en"] for column in contract.columns)
    assert "referrals*" in explain("tables")["en"]


def test_case_does_not_matter_and_a_near_miss_is_named():
    assert explain("g2") == explain("G2")
    with pytest.raises(UsageError) as refusal:
        explain("end_befor_start")
    assert "end_before_start" in refusal.value.faults[0].way_out


def test_a_gate_is_explained_with_what_stops_what_is_needed_and_how_often_it_errs():
    told = explain("G2")["en"]
    assert "Stops:" in told
    assert "What is needed:" in told
    assert "false alarm" in told
    assert "{" not in told


@pytest.mark.parametrize("gate", [f"G{number}" for number in range(15)])
def test_every_gate_tells_its_statistic_and_the_limit_that_plans_have(gate):
    said = explain(gate)
    assert "Mått och gräns: " in said["sv"]
    assert "Statistic and limit: " in said["en"]
    assert "{" not in said["sv"] + said["en"]
    if gate == "G2":
        limits = Thresholds()
        assert f"{round(100 * limits.other_arm_share)}%" in said["en"]
        assert f"at least {limits.border_per_arm} people" in said["en"]
