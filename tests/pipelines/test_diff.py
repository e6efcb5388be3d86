"""Two bundles differ in what a reader would notice, and in what explains it."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from utfall.analysis.errors import UsageError
from utfall.pipelines.diff import changes_between, diff_bundles
from utfall.pipelines.manifest import SCHEMA

GATES = [{"id": "G2", "status": "PASS"}, {"id": "G7", "status": "RESERVE"}]
ANSWER: dict[str, Any] = {
    "id": "ama_vac",
    "fairness": "with_reservations",
    "headline": "cannot_tell",
    "precision": "weak",
    "n_target": 40,
    "n_comparator": 30,
    "estimate": 0.02,
    "conf_low": -0.14,
    "conf_high": 0.18,
    "second_low": None,
    "second_high": None,
    "gates": GATES,
}


def bundle(folder: Path, answers: list[dict[str, Any]], **manifest: Any) -> Path:
    folder.mkdir()
    whole = {
        "schema": SCHEMA,
        "run_id": "r",
        "inputs": {"study.yml": "a"},
        "package": {"version": "1", "sha256": "b"},
        "environment": {"packages": {"polars": "2.1"}, "browser": None},
        "files": [],
    }
    (folder / "manifest.json").write_text(json.dumps(whole | manifest), encoding="utf-8")
    (folder / "results.json").write_text(json.dumps({"comparisons": answers}), encoding="utf-8")
    return folder


def test_what_a_reader_would_notice_is_named_with_what_it_was_and_is() -> None:
    other = copy.deepcopy(ANSWER) | {"headline": "not_comparable", "estimate": None}
    other["gates"][0]["status"] = "FAIL"
    changes = list(changes_between({"comparisons": [ANSWER]}, {"comparisons": [other]}))
    assert [(one.what, one.before, one.after) for one in changes] == [
        ("headline", "cannot_tell", "not_comparable"),
        ("estimate", 0.02, None),
        ("G2", "PASS", "FAIL"),
    ]
    assert changes[1].sentence == "ama_vac  estimate  0.02  →  not shown"


def test_a_comparison_that_came_or_went_is_told() -> None:
    (change,) = changes_between({"comparisons": []}, {"comparisons": [ANSWER]})
    assert change.sentence == "ama_vac  comparison  not in the bundle  →  in the bundle"


def test_the_cause_stands_before_the_change(tmp_path: Path) -> None:
    one = bundle(tmp_path / "one", [ANSWER])
    other = bundle(
        tmp_path / "other", [ANSWER | {"n_target": 45}], inputs={"study.yml": "a", "new.csv": "c"}
    )
    found = diff_bundles(one, other)
    assert found.causes.inputs == ("new.csv",)
    assert found.causes.code_is_same
    assert [change.what for change in found.changes] == ["n_target"]
    assert found.sentences.index("new.csv") < found.sentences.index("n_target  40  →  45")


def test_equal_bundles_say_so(tmp_path: Path) -> None:
    one, other = (bundle(tmp_path / name, [ANSWER]) for name in ("one", "other"))
    assert "no result changed" in diff_bundles(one, other).sentences


def test_a_folder_without_a_bundle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        diff_bundles(tmp_path, tmp_path)
