"""Few people, or three tables alone: published all the same, with what is missing said."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from utfall.pipelines.audit.bundle import audit_bundle

from .small_studies import write_bare, write_few, write_nobody
from .whole_runs import utfall

pytestmark = [pytest.mark.trust, pytest.mark.timeout(1800)]


@pytest.mark.parametrize("write", [write_few, write_bare, write_nobody])
def test_a_small_study_is_published_without_an_answer(
    write: Callable[[Path], Path], tmp_path: Path
) -> None:
    study = write(tmp_path / "study")
    assert utfall("run", "--no-prefect", "--quiet", "--study", study).wait() == 0
    built = study / "reports/built"
    found = json.loads((built / "results.json").read_text("utf-8"))
    assert found["comparisons"]
    assert all(one["estimate"] is None for one in found["comparisons"])
    assert audit_bundle(built).recovered == ()
    for one in found["comparisons"]:
        page = (built / one["id"] / "index.html").read_text("utf-8")
        assert "Det här kan man säga" in page
        assert "None" not in page
        assert "nan" not in page.split()
