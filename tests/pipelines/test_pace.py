"""Pace: the seconds left are those of the last run, and only where all of them are known."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from utfall.pipelines.console import Voice
from utfall.pipelines.pace import PACE_FILE, read_pace, timed
from utfall.pipelines.stages import NAMES, Done


def told_of_a_run(work: Path, seconds: dict[str, float], until: str = "publish") -> list[float]:
    """Return the seconds left that are told after each stage; one of 0 s was not done again."""
    told: list[float] = []
    study: Any = SimpleNamespace(work=work)
    listen = timed(study, until, lambda _, left: told.append(left))
    for name in NAMES[: NAMES.index(until) + 1]:
        listen(Done(name, "", seconds[name], is_fresh=seconds[name] > 0))
    return told


SECONDS = dict(zip(NAMES, (1.0, 8.0, 12.0, 7.0, 1.0, 22.0), strict=True))


def test_the_first_run_foretells_nothing_and_the_second_what_the_first_took(tmp_path: Path) -> None:
    assert told_of_a_run(tmp_path, SECONDS) == [0.0] * 6
    assert told_of_a_run(tmp_path, SECONDS) == [50.0, 42.0, 30.0, 23.0, 22.0, 0.0]


def test_a_run_that_ends_earlier_has_less_left(tmp_path: Path) -> None:
    told_of_a_run(tmp_path, SECONDS)
    assert told_of_a_run(tmp_path, SECONDS, until="compare") == [27.0, 19.0, 7.0, 0.0]


def test_a_stage_that_still_stands_foretells_nothing_and_keeps_its_time(tmp_path: Path) -> None:
    told_of_a_run(tmp_path, SECONDS)
    again = {**SECONDS, "check": 0.0, "load": 0.0}
    assert told_of_a_run(tmp_path, again)[:3] == [0.0, 0.0, 30.0]
    assert read_pace(tmp_path / PACE_FILE)["load"] == 8.0


@pytest.mark.parametrize("content", ["", "[]", '{"load": "long"}', '{"load": -1}', "{"])
def test_a_damaged_memory_is_no_memory(tmp_path: Path, content: str) -> None:
    (tmp_path / PACE_FILE).write_text(content, encoding="utf-8")
    assert told_of_a_run(tmp_path, SECONDS) == [0.0] * 6
    assert json.loads((tmp_path / PACE_FILE).read_text(encoding="utf-8")) == SECONDS


@pytest.mark.parametrize(
    ("language", "said"), [("sv", "omkring 23 s kvar"), ("en", "about 23 s left")]
)
def test_the_time_left_is_said_in_the_reader_s_language(
    language: str,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("UTFALL_LANGUAGE", language)
    Voice().stage(Done("compare", "", 7.0, is_fresh=True), 23.0)
    Voice().stage(Done("publish", "", 22.0, is_fresh=True), 0.0)
    first, second = capsys.readouterr().err.splitlines()
    assert first.endswith(said)
    assert second.endswith("22.0 s")
