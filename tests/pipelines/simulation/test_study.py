"""Study: is a written delivery the world it came from, with its faults where we were told?"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
import yaml

from utfall.pipelines.simulation import draw, read_truth, simulate
from utfall.pipelines.simulation.reference import SOURCES, write_reference
from utfall.pipelines.simulation.truth import Truth

ROOT = Path(__file__).parents[3]
SEEDS = dict(SOURCES)
Rows = list[dict[str, str]]


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def delivery_of(study: Path) -> tuple[Path, dict, dict]:
    (declared,) = study.glob("data/raw/*/*/delivery.yml")
    mapping = declared.parent.parent / "mapping.yml"
    return (
        declared.parent,
        yaml.safe_load(declared.read_text()),
        yaml.safe_load(mapping.read_text(encoding="utf-8")),
    )


def read(path: Path, declared: dict) -> Rows:
    text = path.read_bytes().decode(declared["encoding"]).removeprefix("\ufeff")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=declared["delimiter"]))


@pytest.fixture(scope="module", params=list(SEEDS))
def study(request, tmp_path_factory) -> tuple[Path, Truth]:
    out = tmp_path_factory.mktemp(request.param)
    return out, simulate(request.param, out, seed=SEEDS[request.param])


def test_the_same_seed_writes_the_same_bytes(study, tmp_path):
    out, truth = study
    again = simulate(truth.scenario, tmp_path, seed=truth.seed)
    assert again == truth
    assert hashes(tmp_path) == hashes(out)


def test_another_seed_writes_other_people(study, tmp_path):
    out, truth = study
    simulate(truth.scenario, tmp_path, seed=truth.seed + 1, size=0.2)
    assert hashes(tmp_path) != hashes(out)


def test_the_repository_carries_what_the_simulator_writes(tmp_path):
    write_reference(tmp_path)
    written = hashes(tmp_path)
    carried = {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in written}
    assert carried == written


def test_the_files_are_small_enough_to_carry(study):
    out, truth = study
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    assert size < {"vallentuna": 1_500_000, "goteborg": 2_500_000}[truth.scenario]


def test_truth_survives_being_written(study):
    out, truth = study
    assert read_truth(out / "truth.json") == truth


def test_every_column_is_mapped_or_ignored_and_every_code_is_known(study):
    folder, declared, mapping = delivery_of(study[0])
    for name, spec in mapping["tables"].items():
        rows = read(folder / spec["file"], declared)
        expected = set(spec["columns"].values()) | set(spec.get("ignore", []))
        assert set(rows[0]) == expected, name
        for canonical, codes in spec.get("codes", {}).items():
            known = {str(code).strip().casefold() for code in codes}
            met = {row[spec["columns"][canonical]].strip().casefold() for row in rows}
            assert met - {""} <= known, f"{name}.{canonical}"


def test_local_columns_are_written_without_swedish_letters(study):
    folder, declared, mapping = delivery_of(study[0])
    for spec in mapping["tables"].values():
        header = read(folder / spec["file"], declared)[0]
        assert all(re.fullmatch(r"[a-z_0-9]+", name) for name in header)


def test_rows_written_are_rows_drawn(study):
    out, truth = study
    folder, declared, mapping = delivery_of(out)
    world = draw(truth.scenario, truth.seed)
    for name, spec in mapping["tables"].items():
        assert len(read(folder / spec["file"], declared)) == world.tables[name].height, name


def canonical(row: dict[str, str], spec: dict) -> dict[str, str]:
    return {name: row[local] for name, local in spec["columns"].items()}


def as_date(cell: str) -> date | None:
    digits = cell.replace("-", "")
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None


def broken_rules(
    table: str, row: dict[str, str], people: set[str], lost: set[str], extracted: date
) -> set[str]:
    """Return the rules that a row breaks, judged without any of the project's own checks."""
    broken = set()
    if table == "spells" and ends_before_start(row):
        broken.add("end_before_start")
    elif row.get("spell_id") in lost:
        broken.add("parent_quarantined")
    if table == "followups":
        day = as_date(row["followup_date"])
        broken |= {"date_unreadable"} if day is None else set()
        broken |= {"after_extract"} if day is not None and day >= extracted else set()
        broken |= {"number_out_of_range"} if int(row["day"]) < 1 else set()
    if table == "assistance_months" and not re.fullmatch(r"\d+[.,]\d\d", row["amount_sek"]):
        broken.add("number_unreadable")
    if "person_id" in row and row["person_id"] not in people:
        broken.add("orphan_person")
    return broken


def ends_before_start(row: dict[str, str]) -> bool:
    end = as_date(row["end_date"])
    return end is not None and end < as_date(row["start_date"])


def test_every_planted_fault_is_where_the_truth_says_and_there_is_no_other(study):
    out, truth = study
    folder, declared, mapping = delivery_of(out)
    tables = {
        name: [canonical(row, spec) for row in read(folder / spec["file"], declared)]
        for name, spec in mapping["tables"].items()
    }
    people = {row["person_id"] for row in tables["persons"]}
    lost = {row["spell_id"] for row in tables["spells"] if ends_before_start(row)}
    found = Counter(
        ((folder / mapping["tables"][name]["file"]).relative_to(out).as_posix(), line, rule)
        for name, rows in tables.items()
        for line, row in enumerate(rows, start=2)
        for rule in broken_rules(name, row, people, lost, declared["extracted_on"])
    )
    assert found == Counter((fault.file, fault.row, fault.rule) for fault in truth.faults)
    assert len({fault.rule for fault in truth.faults}) >= 6
    for fault in truth.faults:
        assert fault.column in read(out / fault.file, declared)[0]


def test_a_delivery_without_faults_can_be_asked_for(tmp_path):
    truth = simulate("vallentuna", tmp_path, seed=1, size=0.3, faults=False)
    assert truth.faults == ()


def test_no_cell_looks_like_a_person_number_or_free_text(study):
    folder, declared, mapping = delivery_of(study[0])
    number = re.compile(r"(?<!\d)(?:19|20)?\d{6}[-+]?(?:\d{4}|[A-ZÅÄÖa-zåäö]{1,2}\d{2,3})(?!\d)")
    for spec in mapping["tables"].values():
        for row in read(folder / spec["file"], declared):
            for cell in row.values():
                assert len(cell) <= 40
                assert "@" not in cell
                assert not number.search(cell)


def test_the_delivery_says_what_it_is(study):
    _, declared, mapping = delivery_of(study[0])
    assert declared["synthetic"] is True
    assert declared["source"] == mapping["source"]
    assert declared["covers_from"] < declared["covers_to"] < declared["extracted_on"]
    assert declared["purpose"] == "follow_up"


def test_events_carry_a_source_and_a_grade_in_both_languages(study):
    events = yaml.safe_load((study[0] / "events.yml").read_text(encoding="utf-8"))
    assert events["schema"] == "utfall/events/1"
    assert events["events"]
    for event in events["events"]:
        assert set(event) == {
            "id",
            "kind",
            "programme",
            "site",
            "from",
            "to",
            "capacity_share",
            "label",
            "source",
            "evidence_grade",
        }
        assert event["label"]["sv"]
        assert event["label"]["en"]
        assert event["source"]
        assert event["from"] <= event["to"]


def test_the_fire_and_the_code_list_are_two_events_within_weeks(tmp_path):
    simulate("vallentuna", tmp_path, seed=1, size=0.2)
    events = yaml.safe_load((tmp_path / "events.yml").read_text(encoding="utf-8"))["events"]
    by_id = {event["id"]: event for event in events}
    assert by_id["ama_fire_2016"]["capacity_share"] == 0.5
    assert by_id["code_list_2017"]["kind"] == "measurement"
    gap = by_id["code_list_2017"]["from"] - by_id["ama_fire_2016"]["from"]
    assert 0 < gap.days < 31


def test_open_ends_are_written_in_more_than_one_way_and_the_old_list_ends_with_2016(tmp_path):
    simulate("vallentuna", tmp_path, seed=1)
    folder, declared, _ = delivery_of(tmp_path)
    rows = read(folder / "inskrivningar.csv", declared)
    assert {"9999-12-31", ""} <= {row["slutdatum"] for row in rows}
    for row in rows:
        if row["avslutsorsak_text"].strip().casefold() == "arbete utan stöd":
            assert row["slutdatum"] >= "2017-01-01"
        if row["avslutsorsak_text"].strip().casefold() == "arbete med stöd":
            assert row["slutdatum"] < "2017-01-01" or row["slutdatum"] < row["startdatum"]
