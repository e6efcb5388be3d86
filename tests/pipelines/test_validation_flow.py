"""Validation flow: what is put into a delivery is caught, and files give what memory gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from utfall.pipelines.delivery import check_delivery
from utfall.pipelines.simulation import simulate
from utfall.pipelines.validation_flow import (
    INJECTIONS,
    flow_equals_memory,
    injected_faults,
)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sound")
    simulate("null", root, seed=5, size=30, faults=False)
    return root / "data" / "raw" / "vallentuna"


def test_a_sound_delivery_is_let_in_whole(sound: Path) -> None:
    (folder,) = [path for path in sound.iterdir() if path.is_dir()]
    report = check_delivery(folder, study_root=sound.parents[2])
    assert report.is_accepted
    assert report.quarantine.is_empty()


def test_every_kind_of_fault_is_caught() -> None:
    found = injected_faults(5)
    good, tried = found["caught"]
    assert good == tried == 6 + len(INJECTIONS)
    assert found["sound_is_let_in"] == (1, 1)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_files_through_every_stage_give_what_memory_gives() -> None:
    good, tried = flow_equals_memory(4)["equal"]
    assert good == tried >= 1
