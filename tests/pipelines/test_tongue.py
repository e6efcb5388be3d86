"""Messages are said in the language of the person at the keyboard."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import pytest
import yaml

from utfall.analysis.errors import Fault, UsageError
from utfall.expectations.rulebook import broken
from utfall.pipelines.console import print_refusal, written_faults
from utfall.pipelines.tongue import VARIABLES, language_of

ROOT = Path(__file__).parents[2]


@pytest.fixture
def swedish(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "sv_SE.UTF-8")


def test_our_own_variable_goes_before_the_machines() -> None:
    assert language_of({"UTFALL_LANGUAGE": "sv", "LC_ALL": "C"}) == "sv"
    assert language_of({}) == "en"


def test_a_fault_of_a_delivery_is_told_in_swedish_with_its_place_and_way_out() -> None:
    fault = broken("end_before_start", file="spells.csv", row=4, rows=23)
    (told,) = written_faults([fault], "sv")
    assert told == (
        "  spells.csv:4  slutet ligger före starten (23 rader)  [end_before_start]\n"
        "    → rätta det vid källan"
    )


def test_a_near_name_is_offered_in_swedish() -> None:
    fault = broken("column_unknown", file="a.csv", column="kn", hint="; did you mean kon?")
    assert "menade du kon?" in fault.message_sv
    assert "did you mean" in fault.message


@pytest.mark.usefixtures("swedish")
def test_a_refusal_is_told_in_swedish(capsys: pytest.CaptureFixture[str]) -> None:
    fault = Fault(
        rule="study_missing",
        file="study.yml",
        message="the folder holds no study.yml",
        way_out="go to a study's folder or name it with --study DIR; `utfall init DIR` makes one",
    )
    print_refusal(UsageError("there is no study here", [fault]))
    said = capsys.readouterr().err
    assert "här finns ingen studie" in said
    assert "mappen innehåller ingen study.yml" in said
    assert "gå till en studies mapp" in said


def test_every_sentence_that_is_translated_is_still_said() -> None:
    catalogue = yaml.safe_load(
        resources.files("utfall.pipelines").joinpath("messages_sv.yml").read_text("utf-8")
    )
    code = "".join(
        path.read_text(encoding="utf-8")
        for part in ("analysis", "expectations", "pipelines", "reports")
        for path in (ROOT / part).rglob("*.py")
    )
    joined = re.sub(r'"\s*\n\s*f?"', "", code)
    assert [sentence for sentence in catalogue if sentence not in joined] == []
