"""R2: is what is published whole wherever a run is killed, and does the next run mend the rest?"""

from __future__ import annotations

import random

import pytest

from tests.trust.killing import POINTS, killed_at_every_stage, two_ways
from tests.trust.whole_runs import times
from utfall.pipelines.examples import write_world

pytestmark = [pytest.mark.trust, pytest.mark.timeout(2 * 3600)]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("killed")
    write_world(folder / "world", "vallentuna", seed=11, size=60)
    return two_ways(folder / "world", folder / "study")


@pytest.mark.parametrize(("way", "share"), [("--no-prefect", 0.9), ("--prefect", 0.1)])
def test_a_run_killed_anywhere_leaves_a_whole_bundle_and_the_next_run_mends_the_rest(
    study, way, share, ledger
):
    """A kill that leaves neither bundle, or a row of five that does not end in the new one."""
    draw = random.Random(way)
    killed, rounds, wanted = [], 0, times(round(200 * share))
    while len(killed) < wanted:
        assert rounds < wanted, "runs end before they are killed"
        rounds += 1
        for kill in killed_at_every_stage(study, rounds % 2, draw, way):
            killed.append(kill.point)
            ledger.count("R2", "runs killed", attacked=1, leaked=not kill.is_whole)
            assert kill.is_whole, kill.point
    assert wanted < len(POINTS) or set(killed) == set(POINTS)
