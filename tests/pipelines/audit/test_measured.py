"""The page about the program itself says what the committed validation says, and nothing else."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.trust.made_up_bundles import made_up, protected
from utfall.pipelines.audit.measured import MEASURED
from utfall.pipelines.audit.outside import leaks_of
from utfall.pipelines.method import validation_results
from utfall.reports.site import build_site


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return {**protected(made_up(3, 180)[1:]), "validation": validation_results()}


@pytest.fixture(scope="module")
def bundle(document: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle") / "built"
    folder.mkdir()
    build_site(document, folder, charts=False, papers=False)
    return folder


def places(folder: Path) -> set[tuple[str, bool]]:
    document = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    return {(leak.file, leak.is_read) for leak in leaks_of(folder, document)}


def test_a_study_s_bundle_carries_the_page_and_nothing_is_found(bundle: Path) -> None:
    assert all((bundle / name).is_file() for name in MEASURED)
    assert places(bundle) == set()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("</h1>", "</h1><p>Bara 3 personer fick arbete.</p>"),
        ("<td>", "<td>3 av "),
        ("<strong>", "37,3 % <strong>"),
        ("</dl>", "<dd>91,4 % av dem i AMA</dd></dl>"),
        ("<main ", '<main data-people="1237" '),
    ],
)
@pytest.mark.parametrize("name", MEASURED)
def test_a_number_of_the_study_cannot_hide_among_the_measures(
    bundle: Path, tmp_path: Path, name: str, old: str, new: str
) -> None:
    folder = Path(shutil.copytree(bundle, tmp_path / "built"))
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    assert (name, True) in places(folder)


def another_measure(found: dict[str, Any]) -> None:
    found["lines"][0]["value"] = 0.377


def another_world(found: dict[str, Any]) -> None:
    found["lines"].append({**found["lines"][0], "n": 1237})


@pytest.mark.parametrize("change", [another_measure, another_world])
def test_a_validation_that_is_not_the_committed_one_is_found(
    document: dict[str, Any],
    change: Callable[[dict[str, Any]], None],
    tmp_path: Path,
) -> None:
    changed = copy.deepcopy(document)
    change(changed["validation"])
    build_site(changed, tmp_path, charts=False, papers=False)
    assert ("results.json", True) in places(tmp_path)
