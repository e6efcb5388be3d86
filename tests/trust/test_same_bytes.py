"""Whole runs, as a researcher would repeat them: same bytes, whatever surrounds or stops them."""

import os

import pytest

from tests.trust.whole_runs import copy_of, published, utfall
from utfall.pipelines.examples import write_world

pytestmark = [pytest.mark.trust, pytest.mark.timeout(3600)]


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


SURROUNDINGS = {
    "as a flow": {},
    "another time zone": {"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7", "POLARS_MAX_THREADS": "1"},
    "another locale": {"LC_ALL": "C", "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"},
    "Swedish": {"LC_ALL": "sv_SE.UTF-8", "LANGUAGE": "sv", "PYTHONHASHSEED": "1"},
    "far west": {"TZ": "Pacific/Marquesas", "OPENBLAS_NUM_THREADS": "2"},
    "two threads": {"POLARS_MAX_THREADS": "2", "OMP_NUM_THREADS": "2"},
    "another year for clocks that ask": {"SOURCE_DATE_EPOCH": "0", "TZ": "UTC"},
}


@pytest.mark.parametrize("name", SURROUNDINGS)
def test_surroundings_change_no_byte(study, bundle, tmp_path, name, ledger):
    copy = copy_of(study, tmp_path / "elsewhere")
    way = "--prefect" if name == "as a flow" else "--no-prefect"
    assert utfall("run", way, "--study", copy, **SURROUNDINGS[name]).wait() == 0
    _counted(published(copy), bundle, ledger)


def test_another_folder_to_stand_in_changes_no_byte(study, bundle, tmp_path, ledger):
    copy = copy_of(study, tmp_path / "å ä ö" / "a study")
    assert utfall("run", "--no-prefect", "--study", "a study", cwd=copy.parent).wait() == 0
    _counted(published(copy), bundle, ledger)


def test_another_mask_for_new_files_changes_no_byte(study, bundle, tmp_path, ledger):
    copy = copy_of(study, tmp_path / "private")
    masked = utfall("run", "--no-prefect", "--study", copy, preexec_fn=lambda: os.umask(0o077))
    assert masked.wait() == 0
    _counted(published(copy), bundle, ledger)


def _counted(found, bundle, ledger):
    differing = {name for name in found | bundle if found.get(name) != bundle.get(name)}
    ledger.count("R3", "runs in other surroundings", attacked=1, leaked=bool(differing))
    assert differing == set()


def test_files_written_in_another_order_change_no_byte(study, bundle, tmp_path, ledger):
    copy = copy_of(study, tmp_path / "reversed")
    for path in sorted((copy / "data").rglob("*"), reverse=True):
        if path.is_file():
            content = path.read_bytes()
            path.unlink()
            path.write_bytes(content)
    assert utfall("run", "--no-prefect", "--study", copy).wait() == 0
    _counted(published(copy), bundle, ledger)


def test_a_rerun_verifies(study):
    assert utfall("verify", "--study", study).wait() == 0
