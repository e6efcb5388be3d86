"""Small studies to work on, without any of the slow parts of a run."""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from utfall.pipelines import flows, manifest, stages
from utfall.pipelines.manifest import run_id
from utfall.pipelines.stages import Stage
from utfall.pipelines.study import Study, load_study

SETTINGS = {
    "schema": "utfall/study/1",
    "id": "demo",
    "title": {"sv": "Prov", "en": "Trial"},
    "synthetic": True,
}

CODE = manifest.package_hashes()

PROTOCOL = """\
schema: utfall/protocol/1
id: demo_all
question: {sv: "Vilken?", en: "Which?"}
target: ama
comparator: vac
target_name: {sv: AMA, en: AMA}
comparator_name: {sv: VAC, en: VAC}
informs: {sv: "ett", en: "one"}
does_not_inform: {sv: "två", en: "two"}
population: {label: {sv: alla, en: everyone}}
outcome:
  name: work
  horizon_days: 365
  label: {sv: arbete, en: work}
  rule: {sv: "avslut till arbete", en: "exit to work"}
estimand: ate
"""


@pytest.fixture(autouse=True)
def unchanging_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the package's hash as it was, whoever edits a module while the tests run."""
    monkeypatch.setattr(manifest, "package_hashes", lambda: CODE)


@pytest.fixture
def make_study(tmp_path: Path) -> Callable[..., Study]:
    """Return a function that writes a study folder and opens it."""

    def make(name: str = "study", **settings: object) -> Study:
        root = tmp_path / name
        (root / "protocols").mkdir(parents=True)
        (root / "protocols/demo_all.yml").write_text(PROTOCOL, encoding="utf-8")
        text = yaml.safe_dump({**SETTINGS, **settings}, allow_unicode=True, sort_keys=False)
        (root / "study.yml").write_text(text, encoding="utf-8")
        delivery = root / "data/raw/verksamhet/2018-06-30"
        delivery.mkdir(parents=True)
        (delivery / "spells.csv").write_text("spell_id;person_id\ns1;p1\n", encoding="utf-8")
        return load_study(root)

    return make


@pytest.fixture
def study(make_study: Callable[..., Study]) -> Study:
    """Return a study with one protocol and one delivery."""
    return make_study()


def page_of(heading: str) -> str:
    """Return the least that a page of a bundle may be."""
    policy = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'
    return f"{policy}<h1>{heading}</h1>"


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Return the pages to build; they stand in for the real ones, which have their own tests."""
    pages = {"index.html": page_of("Prov")}

    def build_site(document: dict[str, str], out: Path) -> Path:
        assert document["protection"] == "protected"
        for name, text in pages.items():
            (out / name).write_text(text, encoding="utf-8")
        (out / "results.json").write_text(json.dumps(document), encoding="utf-8")
        return out / "index.html"

    module = types.ModuleType("utfall.reports.site")
    module.build_site = build_site  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "utfall.reports.site", module)
    return pages


@pytest.fixture
def write_protected() -> Callable[..., None]:
    """Return a function that writes a study's protected results as a run would."""

    def write(study: Study, **changes: str) -> None:
        study.protected.parent.mkdir(parents=True, exist_ok=True)
        document = {
            "protection": "protected",
            "run_id": run_id(study),
            "study": {"disclosure": {"threshold": 7, "round_to": 5, "public_data": False}},
            "comparisons": [],
            "data_quality": {},
            **changes,
        }
        study.protected.write_text(json.dumps(document), encoding="utf-8")

    return write


@pytest.fixture
def trail(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the stages that really worked, of a run whose work is a letter each."""
    worked: list[str] = []

    def writing(name: str, path: Callable[[Study], Path]) -> Stage:
        def work(opened: Study) -> None:
            worked.append(name)
            path(opened).parent.mkdir(parents=True, exist_ok=True)
            with path(opened).open("a" if name == "build" else "w", encoding="utf-8") as file:
                file.write(name)

        return Stage(name, name, work, lambda opened: (path(opened),))

    made = (
        Stage("check", "check", lambda _: worked.append("check"), lambda _: ()),
        writing("load", lambda opened: opened.warehouse),
        writing("build", lambda opened: opened.warehouse),
        writing("compare", lambda opened: opened.results),
    )
    for module in (stages, flows):
        monkeypatch.setattr(module, "STAGES", made)
        monkeypatch.setattr(module, "NAMES", tuple(stage.name for stage in made))
    return worked
