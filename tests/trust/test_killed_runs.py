"""R2: is what is published whole wherever a run is killed, and does the next run mend the rest?"""

from __future__ import annotations

import random
from collections import Counter

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
    """Leaked: a kill that leaves neither bundle, or after which the new one is not reached."""
    draw = random.Random(way)
    killed: Counter[str] = Counter()
    wanted, rounds = times(round(200 * share)), 0
    while killed.total() < wanted:
        rounds += 1
        for kill in killed_at_every_stage(study, draw, way):
            killed[kill.point] += 1
            ledger.count("R2", "runs killed", attacked=1, leaked=not kill.is_whole)
            assert kill.is_whole, kill.point
        assert killed.total() >= rounds * len(POINTS) / 2, "runs end before they are killed"
    print(dict(killed))
    assert killed.keys() == set(POINTS) or wanted < len(POINTS)
