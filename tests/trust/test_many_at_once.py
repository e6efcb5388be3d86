"""R8: do eight processes on one study take turns, and does a reader ever see half a bundle?"""

from __future__ import annotations

import threading

import pytest

from tests.trust.whole_runs import published, times, utfall
from utfall.pipelines.examples import write_world
from utfall.pipelines.manifest import damaged_files, read_manifest

pytestmark = [pytest.mark.trust, pytest.mark.timeout(3600)]

BUSY = 75


def started(study, told):
    """Return a run whose words lie in a file."""
    with told.open("w") as words:
        return utfall("run", "--force", "--no-prefect", "--quiet", "--study", study, stderr=words)


def test_one_works_and_seven_are_told_who(tmp_path, ledger):
    study = tmp_path / "study"
    write_world(study, "vallentuna", seed=11, size=60)
    assert utfall("run", "--no-prefect", "--quiet", "--study", study).wait() == 0
    bundle, halves = published(study), []
    done = threading.Event()

    def read() -> None:
        built = study / "reports/built"
        while not done.is_set():
            manifest = read_manifest(built)
            if manifest is None or damaged_files(built, manifest):
                halves.append(1)
            # Leave the processors to the eight: a look takes milliseconds, a run seconds.
            done.wait(0.1)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for number in range(times(20)):
            told = [tmp_path / f"told_{number}_{one}" for one in range(8)]
            runs = [started(study, path) for path in told]
            codes = [run.wait() for run in runs]
            with ledger.attack("R8", "rounds of eight processes"):
                assert set(codes) <= {0, BUSY}
                assert 0 in codes
                for code, path in zip(codes, told, strict=True):
                    assert code == 0 or "process" in path.read_text()
                assert halves == []
                assert published(study) == bundle
    finally:
        done.set()
        reader.join()
    assert halves == []
