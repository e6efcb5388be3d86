"""R2: does a run that is killed, starved of disk or handed a damaged database mend itself?"""

from __future__ import annotations

import random
import resource
import signal
import time

import pytest

from tests.trust.whole_runs import published, times, utfall
from utfall.pipelines.examples import write_world

pytestmark = [pytest.mark.trust, pytest.mark.timeout(7200)]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("killed") / "study"
    write_world(folder, "vallentuna", seed=11, size=150)
    assert utfall("run", "--no-prefect", "--quiet", "--study", folder).wait() == 0
    return folder


@pytest.fixture(scope="module")
def bundle(study):
    found = published(study)
    assert len(found) > 20
    return found


@pytest.mark.parametrize(("way", "share"), [("--no-prefect", 0.9), ("--prefect", 0.1)])
def test_a_run_killed_anywhere_leaves_the_bundle_and_the_next_run_mends_the_rest(
    study, bundle, way, share, ledger
):
    started = time.monotonic()
    assert utfall("run", "--force", way, "--study", study).wait() == 0
    length = time.monotonic() - started
    draw = random.Random(way)
    for _ in range(times(round(200 * share))):
        run = utfall("run", "--force", way, "--study", study)
        time.sleep(draw.random() * length)
        run.send_signal(signal.SIGKILL)
        run.wait()
        is_same = published(study) == bundle
        ledger.count("R2", "runs killed", attacked=1, leaked=not is_same)
        assert is_same
    assert utfall("run", "--no-prefect", "--study", study).wait() == 0
    assert published(study) == bundle
    assert [path.name for path in (study / "reports").iterdir()] == ["built"]


def test_a_full_disk_is_told_in_words_and_changes_nothing_published(
    study, bundle, tmp_path, ledger
):
    """A limit on the size of files stands for a disk that is full at that byte."""
    told = tmp_path / "told"
    points = times(30)
    # From nothing to what the database needs, whatever the share that is tried.
    sizes = [int(300 * 48_000 ** (point / points)) for point in range(points)]
    for size in sizes:

        def starved(size=size):
            # Without this the limit ends the process; a full disk gives an error instead.
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

        with told.open("w") as words:
            run = utfall(
                *("run", "--force", "--no-prefect", "--quiet", "--study", study),
                preexec_fn=starved,
                stderr=words,
            )
            code = run.wait()
        message = told.read_text(errors="replace")
        with ledger.attack("R2", "runs on a full disk"):
            assert published(study) == bundle
            assert code >= 0
            assert "Traceback" not in message, f"at {size} bytes"
    assert utfall("run", "--no-prefect", "--study", study).wait() == 0
    assert published(study) == bundle


def test_a_database_cut_short_or_scratched_is_made_again(study, bundle, ledger):
    warehouse = study / ".utfall/utfall.duckdb"
    draw = random.Random(7)
    for number in range(times(60)):
        content = bytearray(warehouse.read_bytes())
        if number % 2:
            del content[int(draw.random() * len(content)) :]
        else:
            for _ in range(8):
                content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
        warehouse.write_bytes(content)
        (study / ".utfall/protected/results.json").unlink()
        assert utfall("run", "--no-prefect", "--study", study).wait() == 0
        is_same = published(study) == bundle
        ledger.count("R2", "damaged databases", attacked=1, leaked=not is_same)
        assert is_same
