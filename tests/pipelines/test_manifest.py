import json
import os

import pytest

from utfall.pipelines import manifest
from utfall.pipelines.manifest import (
    damaged_files,
    installed_packages,
    make_manifest,
    package_hashes,
    read_manifest,
    run_id,
    write_manifest,
)


@pytest.fixture
def bundle(study):
    (study.built / "data").mkdir(parents=True)
    (study.built / "index.html").write_text("<h1>Prov</h1>", encoding="utf-8")
    (study.built / "results.json").write_text('{"protection": "protected"}', encoding="utf-8")
    (study.built / "data/years.csv").write_text("year,n\n2017,10\n", encoding="utf-8")
    write_manifest(study, study.built)
    return study.built


def test_a_run_is_named_by_its_inputs_wherever_they_lie(make_study):
    assert run_id(make_study("here")) == run_id(make_study("there"))


@pytest.mark.parametrize(
    "changed", ["study.yml", "protocols/demo_all.yml", "data/raw/verksamhet/2018-06-30/spells.csv"]
)
def test_a_changed_input_gives_the_run_another_name(study, changed):
    before = run_id(study)
    with (study.root / changed).open("a", encoding="utf-8") as file:
        file.write("# \n")
    assert run_id(study) != before


def test_changed_code_gives_the_run_another_name(study, monkeypatch):
    before = run_id(study)
    monkeypatch.setattr(manifest, "package_hashes", lambda: {"analysis/gates.py": "0"})
    assert run_id(study) != before


def test_neither_time_nor_derived_work_nor_readmes_name_a_run(study):
    before = run_id(study)
    (study.root / "data/raw/README.md").write_text("words", encoding="utf-8")
    study.work.mkdir()
    (study.work / "results.json").write_text("{}", encoding="utf-8")
    os.utime(study.root / "study.yml", (0, 0))
    assert run_id(study) == before


def test_a_manifest_is_the_same_twice_and_names_no_place_or_person(study, bundle):
    text = (bundle / "manifest.json").read_text(encoding="utf-8")
    write_manifest(study, bundle)
    assert (bundle / "manifest.json").read_text(encoding="utf-8") == text
    assert str(study.root) not in text
    assert os.uname().nodename not in text


def test_a_manifest_tells_data_from_what_is_rendered(study, bundle):
    kinds = {entry["path"]: entry["kind"] for entry in make_manifest(study, bundle)["files"]}
    assert kinds == {
        "data/years.csv": "data",
        "index.html": "rendered",
        "results.json": "data",
    }


def test_every_changed_missing_or_added_file_of_a_bundle_is_seen(bundle):
    promised = read_manifest(bundle)
    assert damaged_files(bundle, promised) == []
    (bundle / "index.html").write_text("<h1>Annat</h1>", encoding="utf-8")
    (bundle / "results.json").unlink()
    (bundle / "note.txt").write_text("new", encoding="utf-8")
    assert damaged_files(bundle, promised) == ["index.html", "note.txt", "results.json"]


@pytest.mark.parametrize("content", ["", "[]", '{"schema": "other/1"}', "\0"])
def test_something_that_is_no_manifest_of_ours_is_none(tmp_path, content):
    (tmp_path / "manifest.json").write_text(content, encoding="utf-8")
    assert read_manifest(tmp_path) is None


def test_a_bundle_is_current_until_an_input_or_a_file_of_it_changes(study, bundle):
    assert manifest.is_current(study)
    (bundle / "data/years.csv").write_text("year,n\n2017,15\n", encoding="utf-8")
    assert not manifest.is_current(study)


@pytest.mark.usefixtures("bundle")
def test_another_browser_makes_a_bundle_stale(study, monkeypatch):
    monkeypatch.setattr(manifest, "browser", lambda: "Chromium 0")
    assert not manifest.is_current(study)


@pytest.mark.usefixtures("bundle")
def test_another_layout_of_paper_makes_a_bundle_stale(study, monkeypatch):
    monkeypatch.setattr(manifest, "pango", lambda: "0.0.0")
    assert not manifest.is_current(study)


def test_what_holds_the_hashes_of_pictures_is_no_data():
    assert manifest.kind_of("ro-crate-metadata.json") == "rendered"
    assert manifest.kind_of("dcat.jsonld") == "data"


def test_the_versions_of_what_the_numbers_rest_on_are_recorded():
    versions = installed_packages()
    assert {"utfall", "polars", "duckdb", "numpy", "statsmodels"} <= versions.keys()
    assert "pytest" not in versions


def test_the_package_is_its_code_and_not_what_a_study_declares():
    names = package_hashes()
    assert "pipelines/manifest.py" in names
    assert "analysis/errors.py" in names
    assert not [name for name in names if "/protocols/" in name or "__pycache__" in name]


@pytest.mark.parametrize(
    "output", ["built/index.html", ".built.new/data/years.csv", ".built.old/results.json"]
)
def test_a_bundle_inside_the_package_is_none_of_its_code(tmp_path, output):
    """The reference study's bundle lies in `reports`, and while it is made, beside itself."""
    for name in ("site.py", output):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x", encoding="utf-8")
    assert [path.name for path in manifest._package_files(tmp_path)] == ["site.py"]


def test_a_manifest_is_plain_json(bundle):
    assert json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))["study"] == "demo"
