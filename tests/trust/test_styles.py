"""R3: does a study that three systems deliver, each in its own style, end in the same marts?"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipelines.test_three_styles import STYLES, rewritten
from utfall.pipelines import admission
from utfall.pipelines.ingest import ingest_deliveries
from utfall.pipelines.simulation import simulate
from utfall.pipelines.study import Study, StudySettings
from utfall.pipelines.transform import build_marts
from utfall.pipelines.warehouse import MART_KEYS, read_mart

pytestmark = [pytest.mark.trust, pytest.mark.timeout(1200)]

SETTINGS = StudySettings.model_validate(
    {
        "schema": "utfall/study/1",
        "id": "styles",
        "title": {"sv": "x", "en": "x"},
        "synthetic": True,
    }
)


@pytest.fixture(autouse=True)
def _without_the_gate(monkeypatch):
    """Great Expectations judges canonical rows, which are the same by then."""
    monkeypatch.setattr(admission, "judge", lambda _: ())


@pytest.fixture(scope="module")
def first(tmp_path_factory) -> Path:
    """Return a study as the first system delivers it: CSV, commas, codes as words."""
    folder = tmp_path_factory.mktemp("styles") / "first"
    simulate("vallentuna", folder, seed=5, size=40, faults=False)
    return folder


def marts_of(root: Path):
    study = Study(root, SETTINGS)
    ingest_deliveries(study)
    build_marts(study)
    return {name: read_mart(study.warehouse, name) for name in MART_KEYS}


@pytest.fixture(scope="module")
def marts(first):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(admission, "judge", lambda _: ())
        found = marts_of(first)
    assert found["episodes"].height > 50
    assert found["outcomes"].height > 50
    return found


@pytest.mark.parametrize("style", STYLES)
def test_a_study_in_another_style_gives_the_same_marts(first, marts, style, tmp_path, ledger):
    with ledger.attack("R3", "studies in the style of another system"):
        other = marts_of(rewritten(first, tmp_path / "other", STYLES[style]))
        assert other.keys() == marts.keys()
        for name, rows in marts.items():
            assert other[name].equals(rows), name
