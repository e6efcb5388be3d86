"""R2: does a run without room on the disk say so in words, and change nothing published?"""

from __future__ import annotations

import resource
import signal

import pytest

from tests.trust.whole_runs import published, times, utfall
from utfall.pipelines.examples import write_world

pytestmark = [pytest.mark.trust, pytest.mark.timeout(3600)]


def test_a_full_disk_is_told_in_words_and_changes_nothing_published(tmp_path, ledger):
    """A limit on the size of files stands for a disk that is full at that byte."""
    study, told = tmp_path / "study", tmp_path / "told"
    write_world(study, "vallentuna", seed=11, size=60)
    assert utfall("run", "--no-prefect", "--quiet", "--study", study).wait() == 0
    bundle = published(study)
    assert len(bundle) > 20
    points = times(30)
    # From nothing to what the database needs, whatever the share that is tried.
    sizes = [int(300 * 100_000 ** (point / points)) for point in range(points)]
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
