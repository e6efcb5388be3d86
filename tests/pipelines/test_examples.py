import csv
import io
import json

import pytest

from utfall.analysis.errors import UsageError
from utfall.pipelines.examples import NSW_TABLE, nsw_table, write_example, write_world
from utfall.pipelines.stages import run_plainly
from utfall.pipelines.study import load_events, load_protocols, load_study


@pytest.fixture(scope="module")
def sheet():
    return list(csv.DictReader(io.StringIO(nsw_table())))


def test_the_lottery_has_its_published_sizes(sheet):
    """Dehejia and Wahba (1999), table 1: 185 treated, 260 controls; CPS-1: 15,992."""
    counts = {group: 0 for group in ("participant", "randomised control", "survey")}
    for row in sheet:
        counts[row["group"]] += 1
    assert counts == {"participant": 185, "randomised control": 260, "survey": 15_992}


def test_the_lottery_has_its_published_difference(sheet):
    """The experimental estimate of Dehejia and Wahba (1999) is 1,794 dollars."""

    def mean(group):
        values = [float(row["re78"]) for row in sheet if row["group"] == group]
        return sum(values) / len(values)

    assert mean("participant") - mean("randomised control") == pytest.approx(1794.34, abs=0.01)


def test_units_are_one_a_row_and_no_value_is_lost_in_writing(sheet):
    assert len({row["unit"] for row in sheet}) == len(sheet)
    assert {float(row["re74"]) == 0 for row in sheet if row["u74"] == "1"} == {True}
    assert {float(row["re75"]) > 0 for row in sheet if row["u75"] == "0"} == {True}


def test_the_public_study_declares_the_table_that_is_written(tmp_path):
    write_example(tmp_path / "nsw", "nsw")
    study = load_study(tmp_path / "nsw")
    flat = study.settings.flat
    assert f"data/raw/{flat['source']}/{flat['delivery']}/{flat['file']}" == NSW_TABLE
    header = (study.root / NSW_TABLE).read_text(encoding="utf-8").splitlines()[0].split(",")
    assert {flat["unit"], *(column["column"] for column in flat["columns"].values())} <= {*header}
    assert len(load_protocols(study)) == len(study.settings.protocols)


def test_a_new_study_can_be_read_and_its_disruptions_are_known(tmp_path):
    write_example(tmp_path / "mine")
    study = load_study(tmp_path / "mine")
    known = set(load_events(study)["event_id"])
    planned = {plan.id for protocol in load_protocols(study) for plan in protocol.disruptions}
    assert study.settings.synthetic
    assert planned
    assert planned <= known
    assert "data/raw/*/*/" in (study.root / ".gitignore").read_text(encoding="utf-8")


def test_a_world_without_a_fire_is_not_asked_about_it(tmp_path):
    write_world(tmp_path / "calm", "null", seed=3, size=40)
    study = load_study(tmp_path / "calm")
    assert [plan for protocol in load_protocols(study) for plan in protocol.disruptions] == []
    assert json.loads((study.root / "truth.json").read_text(encoding="utf-8"))["seed"] == 3


def test_the_same_seed_writes_the_same_study(tmp_path):
    for name in ("one", "other"):
        write_world(tmp_path / name, "tiny_n", seed=5, size=20)
    files = sorted(path for path in (tmp_path / "one").rglob("*") if path.is_file())
    assert len(files) > 5
    for path in files:
        twin = tmp_path / "other" / path.relative_to(tmp_path / "one")
        assert path.read_bytes() == twin.read_bytes()


@pytest.mark.parametrize("name", ["study.yml", "notes.txt"])
def test_nothing_that_exists_is_overwritten(tmp_path, name):
    (tmp_path / name).write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="not empty"):
        write_example(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    "write", [write_example, lambda at, name: write_world(at, name, seed=1, size=9)]
)
def test_an_unknown_example_lists_those_that_exist(tmp_path, write):
    with pytest.raises(UsageError) as refusal:
        write(tmp_path / "new", "nowhere")
    assert "vallentuna" in refusal.value.faults[0].way_out


def test_the_example_on_real_data_is_published(tmp_path):
    write_example(tmp_path / "nsw", "nsw")
    study = load_study(tmp_path / "nsw")
    run_plainly(study, lambda _: None)
    shown = json.loads((study.built / "results.json").read_text(encoding="utf-8"))
    found = {one["id"]: one["estimate"] for one in shown["comparisons"]}
    assert found["nsw_experiment"] == 1794.0
    assert study.index.is_file()
