"""Whole runs, as a researcher would repeat them: same bytes, whatever surrounds or stops them."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from utfall.pipelines.examples import write_world

pytestmark = [pytest.mark.trust, pytest.mark.timeout(1800)]


def utfall(*arguments, **surroundings):
    """Return a started command; its output is not read, so that it cannot block a killed one."""
    return subprocess.Popen(
        [sys.executable, "-m", "utfall.pipelines.cli", *map(str, arguments)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **surroundings},
    )


def published(study):
    built = study / "reports/built"
    return {
        path.relative_to(built).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in built.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Return a study that was run once, plainly."""
    folder = tmp_path_factory.mktemp("trust") / "study"
    write_world(folder, "vallentuna", seed=11, size=150)
    assert utfall("run", "--no-prefect", "--study", folder).wait() == 0
    return folder


@pytest.fixture(scope="module")
def bundle(study):
    found = published(study)
    assert len(found) > 20
    return found


def copy_of(study, folder):
    """Return a study of the same inputs, in another place and never run."""
    inputs = ("study.yml", "events.yml", "data", "protocols")
    folder.mkdir()
    for name in inputs:
        copy = shutil.copytree if (study / name).is_dir() else shutil.copyfile
        copy(study / name, folder / name)
    return folder


@pytest.mark.parametrize(
    ("arguments", "surroundings"),
    [
        (["--prefect"], {}),
        (["--no-prefect"], {"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7", "POLARS_MAX_THREADS": "1"}),
        (["--no-prefect"], {"LC_ALL": "C", "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"}),
    ],
    ids=["as a flow", "another time zone, one thread", "another locale"],
)
def test_surroundings_change_no_byte(study, bundle, tmp_path, arguments, surroundings):
    copy = copy_of(study, tmp_path / "elsewhere")
    assert utfall("run", *arguments, "--study", copy, **surroundings).wait() == 0
    assert published(copy) == bundle


def test_files_written_in_another_order_change_no_byte(study, bundle, tmp_path):
    copy = copy_of(study, tmp_path / "reversed")
    for path in sorted((copy / "data").rglob("*"), reverse=True):
        if path.is_file():
            content = path.read_bytes()
            path.unlink()
            path.write_bytes(content)
    assert utfall("run", "--no-prefect", "--study", copy).wait() == 0
    assert published(copy) == bundle


def test_a_rerun_verifies(study):
    assert utfall("verify", "--study", study).wait() == 0


#: Where a run of this study is, after so many seconds, differs from machine to machine; the
#: points are spread over a run's length as measured here.
POINTS = (0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95)


@pytest.mark.parametrize("way", ["--no-prefect", "--prefect"])
def test_a_run_killed_anywhere_leaves_the_published_bundle_and_the_next_run_mends_the_rest(
    study, bundle, way
):
    started = time.monotonic()
    assert utfall("run", "--force", way, "--study", study).wait() == 0
    length = time.monotonic() - started
    for point in POINTS:
        run = utfall("run", "--force", way, "--study", study)
        time.sleep(point * length)
        run.send_signal(signal.SIGKILL)
        run.wait()
        assert published(study) == bundle, f"killed at {point:.0%}"
    assert utfall("run", "--no-prefect", "--study", study).wait() == 0
    assert published(study) == bundle
    assert [path.name for path in (study / "reports").iterdir()] == ["built"]


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.99])
def test_a_database_cut_short_is_made_again(study, bundle, share):
    warehouse = study / ".utfall/utfall.duckdb"
    content = warehouse.read_bytes()
    warehouse.write_bytes(content[: int(share * len(content))])
    (study / ".utfall/protected/results.json").unlink()
    assert utfall("run", "--no-prefect", "--study", study).wait() == 0
    assert published(study) == bundle
