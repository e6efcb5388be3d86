"""R12: is a bundle with anything in it that may not be published refused, file by file?"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.trust.whole_runs import utfall
from utfall.analysis.errors import PublicationRefused
from utfall.pipelines.bundle import ALLOWED, MAX_BYTES, MAX_ROWS, check_bundle
from utfall.pipelines.examples import write_world
from utfall.pipelines.manifest import bundle_files, damaged_files, read_manifest

pytestmark = [pytest.mark.trust, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    study = tmp_path_factory.mktemp("bundle") / "study"
    write_world(study, "vallentuna", seed=11, size=150)
    assert utfall("run", "--no-prefect", "--quiet", "--study", study).wait() == 0
    return study / "reports/built"


def put(name: str, text: str):
    def spoil(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")

    return spoil


def changed(name: str, old: str, new: str):
    def spoil(folder: Path) -> None:
        text = (folder / name).read_text("utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return spoil


POLICY = "default-src 'none'"
SPOILT = {
    "a database": (put("utfall.duckdb", "x"), "bundle_kind"),
    "rows in another format": (put("rows.parquet", "x"), "bundle_kind"),
    "an archive": (put("all.zip", "x"), "bundle_kind"),
    "a log": (put("run.log", "x"), "bundle_kind"),
    "a pickle": (put("model.pkl", "x"), "bundle_kind"),
    "too many rows": (put("data/long.csv", "n\n" * (MAX_ROWS + 2)), "bundle_rows"),
    "too many bytes": (put("big.txt", "x" * (MAX_BYTES + 1)), "bundle_size"),
    "ids": (put("data/people.csv", "person_id,month\n"), "bundle_ids"),
    "unprotected results": (
        lambda folder: (folder / "results.json").write_text(
            json.dumps({**json.loads((folder / "results.json").read_text()), "protection": "none"})
        ),
        "bundle_unprotected",
    ),
    "no results": (lambda folder: (folder / "results.json").unlink(), "bundle_results"),
    "no first page": (lambda folder: (folder / "index.html").unlink(), "bundle_index"),
    "no policy": (changed("index.html", POLICY, "default-src *"), "bundle_policy"),
    "a picture from outside": (
        changed("index.html", "<main", '<img alt="" src="https://example.org/x.png"><main'),
        "bundle_outside",
    ),
    "a script": (changed("index.html", "<main", "<script>1</script><main"), "bundle_inline"),
    "a style that fetches": (
        put("static/report.css", "p { background: url(https://example.org/x) }"),
        "bundle_outside",
    ),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_bundle_is_refused(built, tmp_path, name, ledger):
    folder = tmp_path / "built"
    shutil.copytree(built, folder)
    check_bundle(folder)
    spoil, rule = SPOILT[name]
    spoil(folder)
    with ledger.attack("R12", "spoilt bundles"):
        with pytest.raises(PublicationRefused) as refused:
            check_bundle(folder)
        assert rule in {fault.rule for fault in refused.value.faults}


def test_a_real_bundle_keeps_every_rule_and_every_file_is_in_its_manifest(built, ledger):
    check_bundle(built)
    manifest = read_manifest(built)
    assert manifest is not None
    breaches = damaged_files(built, manifest)
    breaches += [path.name for path in bundle_files(built) if path.suffix not in ALLOWED]
    ledger.count("R12", "real bundles held to the rules", attacked=1, leaked=bool(breaches))
    assert breaches == []
    assert len(manifest["files"]) > 20
