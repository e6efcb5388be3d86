"""Plans are read strictly, and every fault of one is told at once."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from utfall.analysis import load_protocol
from utfall.analysis.errors import ProtocolError
from utfall.analysis.protocol_file import parse_protocol

from .conftest import declared

PROTOCOLS = sorted(Path(__file__).parents[2].glob("analysis/protocols/*.yml"))


@pytest.mark.parametrize("path", PROTOCOLS, ids=lambda path: path.stem)
def test_every_shipped_plan_can_be_read_and_is_named_as_its_file(path: Path) -> None:
    protocol = load_protocol(path)
    assert protocol.id == path.stem
    assert len(protocol.sha256) == 64


def test_all_faults_are_told_at_once() -> None:
    wrong = declared(id="A B", estimand="effect", matters=-1, spelling="x")
    with pytest.raises(ProtocolError) as caught:
        parse_protocol(wrong)
    assert {fault.column for fault in caught.value.faults} == {
        "id",
        "estimand",
        "matters",
        "spelling",
    }


@pytest.mark.parametrize("column", ["decision", "legal_basis", "could_enter_other", "programme"])
def test_the_decision_that_was_made_cannot_decide_eligibility(column: str) -> None:
    rule = {
        "programme": "vac",
        "requires": [{"column": column, "equals": "sol"}],
        "statute": {"sv": "SoL", "en": "SoL"},
    }
    with pytest.raises(ProtocolError, match="cannot be used") as caught:
        parse_protocol(declared(eligibility=[rule]))
    assert column in str(caught.value.faults[0])


def test_a_confounder_is_adjusted_for_or_missing_not_both() -> None:
    with pytest.raises(ProtocolError) as caught:
        parse_protocol(declared(missing_confounders={"education": "not held"}))
    assert "both adjusted for and declared missing" in caught.value.faults[0].message


def test_a_disruption_needs_a_written_reason() -> None:
    with pytest.raises(ProtocolError):
        parse_protocol(declared(disruptions=[{"id": "fire", "handling": "exclude", "reason": "x"}]))


@pytest.mark.parametrize("handling", ["did", "counterfactual"])
def test_a_treatment_that_no_plan_can_take_is_refused_and_not_passed_over(handling: str) -> None:
    disruption = {"id": "fire", "handling": handling, "reason": "half capacity in 2017"}
    with pytest.raises(ProtocolError) as caught:
        parse_protocol(declared(disruptions=[disruption]))
    assert "cannot be the plan's own" in caught.value.faults[0].message


def test_a_file_that_is_not_yaml_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "bad.yml"
    path.write_text("id: a\n  question: [unclosed\n")
    with pytest.raises(ProtocolError) as caught:
        load_protocol(path)
    assert caught.value.faults[0].row is not None


def test_a_missing_file_says_how_to_find_one(tmp_path: Path) -> None:
    with pytest.raises(ProtocolError) as caught:
        load_protocol(tmp_path / "none.yml")
    assert "utfall protocols" in caught.value.faults[0].way_out


def test_the_hash_is_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "ama_vac_test.yml"
    path.write_text(yaml.safe_dump(declared()))
    first = load_protocol(path).sha256
    path.write_text(yaml.safe_dump(declared(matters=5)))
    assert load_protocol(path).sha256 != first


def test_a_share_is_declared_in_points_and_estimated_in_shares() -> None:
    assert parse_protocol(declared(matters=10)).margin == pytest.approx(0.10)
    assert parse_protocol(declared(matters=500, scale="currency", unit="USD")).margin == 500
