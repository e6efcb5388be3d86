"""R2: is a database that was cut short or scratched made again, with the same bytes published?"""

from __future__ import annotations

import random

import pytest

from tests.trust.whole_runs import published, times, utfall
from utfall.pipelines.examples import write_world

pytestmark = [pytest.mark.trust, pytest.mark.timeout(2 * 3600)]


def test_a_database_cut_short_or_scratched_is_made_again(tmp_path, ledger):
    study = tmp_path / "study"
    write_world(study, "vallentuna", seed=11, size=60)
    assert utfall("run", "--no-prefect", "--quiet", "--study", study).wait() == 0
    bundle = published(study)
    assert len(bundle) > 20
    warehouse, results = study / ".utfall/utfall.duckdb", study / ".utfall/protected/results.json"
    protected = results.read_bytes()
    draw = random.Random(7)
    for number in range(times(60)):
        content = bytearray(warehouse.read_bytes())
        if number % 2:
            del content[int(draw.random() * len(content)) :]
        else:
            for _ in range(8):
                content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
        warehouse.write_bytes(content)
        results.unlink()
        ended = utfall("run", "--no-prefect", "--study", study).wait()
        is_same = ended == 0 and results.read_bytes() == protected and published(study) == bundle
        ledger.count("R2", "damaged databases", attacked=1, leaked=not is_same)
        assert is_same
