"""Catalogues and archives learn what the bundle is, and every file of it by its hash."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from utfall.reports.metadata import CATALOGUE_FILE, CRATE_FILE, MEDIA_TYPES, SCHEMA_FILE
from utfall.reports.site import build_site

from .conftest import comparison, document


@pytest.fixture
def site(tmp_path: Path) -> Path:
    build_site(document(comparison("cannot_tell")), tmp_path, charts=False, papers=False)
    return tmp_path


def test_the_crate_names_every_other_file_with_its_hash(site: Path) -> None:
    graph = json.loads((site / CRATE_FILE).read_text(encoding="utf-8"))["@graph"]
    named = {one["@id"]: one for one in graph if one["@type"] == "File"}
    there = {
        path.relative_to(site).as_posix(): path
        for path in site.rglob("*")
        if path.is_file() and path.name != CRATE_FILE
    }
    assert named.keys() == there.keys()
    for name, path in there.items():
        assert named[name]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    root = next(one for one in graph if one["@id"] == "./")
    assert {part["@id"] for part in root["hasPart"]} == named.keys()


def test_the_catalogue_entry_leads_to_files_that_are_there(site: Path) -> None:
    entry = json.loads((site / CATALOGUE_FILE).read_text(encoding="utf-8"))
    assert {one["@language"] for one in entry["dcterms:title"]} == {"sv", "en"}
    for one in entry["dcat:distribution"]:
        path = site / one["dcat:downloadURL"]["@id"]
        assert path.is_file()
        assert one["dcat:mediaType"] == MEDIA_TYPES[path.suffix]


def test_the_schema_of_the_results_goes_with_them(site: Path) -> None:
    schema = json.loads((site / SCHEMA_FILE).read_text(encoding="utf-8"))
    published = json.loads((site / "results.json").read_text(encoding="utf-8"))
    assert published.keys() <= schema["properties"].keys()
    assert schema["properties"]["schema"]["const"] == published["schema"]
