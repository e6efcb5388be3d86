"""Register: is the state the same whatever came when, and does each delivery tell what it did?"""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tests.refusals import refusal
from tests.trust.good_delivery import ASSISTANCE, PERSONS, REFERRALS, SOURCE, GoodDelivery
from utfall.analysis.errors import DeliveryRefused
from utfall.pipelines import admission
from utfall.pipelines.delivery import find_deliveries, read_delivery
from utfall.pipelines.ingest import check_study, ingest_deliveries
from utfall.pipelines.register import State, register_document, settled, state_sha256
from utfall.pipelines.study import Study, StudySettings

SETTINGS = StudySettings.model_validate(
    {"schema": "utfall/study/1", "id": "demo", "title": {"sv": "P", "en": "T"}, "synthetic": True}
)
FIRST, SECOND = "2018-09-30", "2018-12-31"


@pytest.fixture(autouse=True)
def _without_the_gate(monkeypatch):
    """Great Expectations judges single deliveries; here it would only take its time."""
    monkeypatch.setattr(admission, "judge", lambda _: ())


def put(root: Path, name: str, good: GoodDelivery | None = None, **header: object) -> Path:
    """Write a delivery into a study under a name of its own."""
    good = good or GoodDelivery()
    good.header |= header
    written = good.write(root / f"aside-{name}")
    folder = root / "data" / "raw" / SOURCE / name
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(written.parent / "mapping.yml", folder.parent)
    shutil.move(written, folder)
    shutil.rmtree(root / f"aside-{name}")
    return folder


def state_of(root: Path, as_of: date | None = None) -> State:
    folders = find_deliveries(root, as_of)
    return settled([read_delivery(folder, study_root=root) for folder in folders], as_of)


def roles(state: State) -> dict[str, tuple[str, str | None]]:
    return {entry.delivery: (entry.role, entry.by) for entry in state.entries}


def refused(root: Path) -> list[tuple[str, str | None, int | None, int]]:
    faults = refusal(DeliveryRefused, lambda: state_of(root)).faults
    return [(fault.rule, fault.file, fault.row, fault.rows) for fault in faults]


def changed(file: str, row: int, column: str, value: str) -> GoodDelivery:
    good = GoodDelivery()
    good.put(file, row, column, value)
    return good


def kept(good: GoodDelivery, places: slice) -> GoodDelivery:
    """Keep some people and all that is said of them."""
    people = {line[0] for line in good.files[PERSONS][1:][places]}
    for lines in good.files.values():
        if "person" in lines[0]:
            place = lines[0].index("person")
            lines[1:] = [line for line in lines[1:] if line[place] in people]
    return good


def test_the_same_content_again_changes_nothing_under_any_name_or_row_order(tmp_path):
    put(tmp_path, FIRST)
    alone = state_of(tmp_path)
    good = GoodDelivery()
    for lines in good.files.values():
        lines[1:] = lines[:0:-1]
    good.mapping["tables"]["persons"]["file"] = "folk.csv"
    good.files["folk.csv"] = good.files.pop(PERSONS)
    folder = put(tmp_path, "igen", good)
    (folder.parent / "mapping.yml").rename(folder / "mapping.yml")
    shutil.copy(put(tmp_path / "other", FIRST).parent / "mapping.yml", folder.parent)
    again = state_of(tmp_path)
    assert roles(again) == {FIRST: ("stands", None), "igen": ("repeats", FIRST)}
    assert state_sha256(again) == state_sha256(alone)
    assert [one.delivery for one in again.deliveries] == [FIRST]


def test_the_same_rows_with_a_longer_coverage_are_news(tmp_path):
    put(tmp_path, FIRST)
    put(tmp_path, SECOND, extracted_on=SECOND, covers_to="2018-12-01")
    assert roles(state_of(tmp_path)) == {FIRST: ("stands", None), SECOND: ("stands", None)}


def test_a_correction_takes_the_place_of_what_it_corrects_and_counts_what_it_changed(tmp_path):
    put(tmp_path, FIRST)
    good = kept(changed(PERSONS, 3, "fodelsear", "1959"), slice(0, 38))
    put(tmp_path, SECOND, good, corrects=FIRST, version=2)
    state = state_of(tmp_path)
    assert roles(state) == {FIRST: ("corrected", SECOND), SECOND: ("stands", None)}
    (persons,) = (one for one in state.entries[1].changes if one.table == "persons")
    assert (persons.added, persons.changed, persons.repeated, persons.removed) == (0, 1, 37, 2)
    assert persons.first_row == 3
    assert state.deliveries[0].tables["persons"].height == 38


def test_a_correction_of_a_correction_may_bring_back_what_was_first_said(tmp_path):
    put(tmp_path, "a")
    alone = state_sha256(state_of(tmp_path))
    put(tmp_path, "b", changed(PERSONS, 3, "fodelsear", "1959"), corrects="a")
    assert state_sha256(state_of(tmp_path)) != alone
    put(tmp_path, "c", corrects="b")
    state = state_of(tmp_path)
    assert [one.delivery for one in state.deliveries] == ["c"]
    assert state_sha256(state) == alone


def test_what_was_corrected_does_not_come_back_when_it_is_sent_again(tmp_path):
    put(tmp_path, "a")
    put(tmp_path, "b", changed(PERSONS, 3, "fodelsear", "1959"), corrects="a")
    corrected = state_sha256(state_of(tmp_path))
    put(tmp_path, "z")
    assert roles(state_of(tmp_path))["z"] == ("corrected", "b")
    assert state_sha256(state_of(tmp_path)) == corrected


@pytest.mark.parametrize("corrects", ["2017-01-01", SECOND])
def test_a_correction_of_nothing_or_of_itself_is_refused(tmp_path, corrects):
    put(tmp_path, FIRST)
    put(tmp_path, SECOND, corrects=corrects)
    assert [fault[0] for fault in refused(tmp_path)] == ["corrects_unknown"]


def test_two_corrections_of_one_delivery_are_refused_unless_they_say_the_same(tmp_path):
    put(tmp_path, "a")
    put(tmp_path, "b", changed(PERSONS, 3, "fodelsear", "1959"), corrects="a")
    put(tmp_path, "c", changed(PERSONS, 3, "fodelsear", "1959"), corrects="a")
    assert roles(state_of(tmp_path))["c"] == ("repeats", "b")
    put(tmp_path, "d", changed(PERSONS, 3, "fodelsear", "1958"), corrects="a")
    assert [fault[:2] for fault in refused(tmp_path)] == [
        ("corrects_twice", f"data/raw/{SOURCE}/d/delivery.yml")
    ]


def test_deliveries_of_one_day_that_disagree_are_refused_at_the_row(tmp_path):
    put(tmp_path, "a")
    put(tmp_path, "b", changed(PERSONS, 3, "fodelsear", "1959"))
    assert refused(tmp_path) == [("deliveries_conflict", f"data/raw/{SOURCE}/b/{PERSONS}", 3, 1)]


def test_a_later_extract_has_the_last_word_and_its_differences_are_told(tmp_path):
    put(tmp_path, FIRST)
    good = changed(PERSONS, 3, "fodelsear", "1959")
    good.put(PERSONS, 7, "fodelsear", "1961")
    put(tmp_path, SECOND, good, extracted_on=SECOND)
    state = state_of(tmp_path)
    (told,) = state.told
    assert (told.rule, told.row, told.rows) == ("delivery_differs", 3, 2)
    assert told.file == f"data/raw/{SOURCE}/{SECOND}/{PERSONS}"
    years = pl.concat([one.tables["persons"] for one in state.deliveries])
    assert years.height == 40
    assert 1959 in years["birth_year"].to_list()
    changes = {one.table: one for one in state.entries[1].changes}
    assert (changes["persons"].changed, changes["persons"].repeated) == (2, 38)


def test_a_delivery_in_parts_is_the_whole(tmp_path):
    whole = state_sha256(state_of(put(tmp_path / "whole", FIRST).parents[3]))
    for name, places in (("a", slice(0, 17)), ("b", slice(17, 40))):
        put(tmp_path / "parts", name, kept(GoodDelivery(), places))
    assert state_sha256(state_of(tmp_path / "parts")) == whole


def test_a_delivery_may_hold_some_tables_alone_where_it_says_so(tmp_path):
    whole = state_sha256(state_of(put(tmp_path / "whole", FIRST).parents[3]))
    parts = tmp_path / "parts"
    first = GoodDelivery()
    months = first.files.pop(ASSISTANCE)
    put(parts, "a", first)
    rest = GoodDelivery()
    rest.files = {ASSISTANCE: months}
    put(parts, "b", rest, holds=["assistance_months"])
    assert state_sha256(state_of(parts)) == whole


def test_the_state_of_an_earlier_day_is_as_it_was(tmp_path):
    put(tmp_path, FIRST)
    then = state_sha256(state_of(tmp_path))
    put(tmp_path, "rättad", changed(PERSONS, 3, "fodelsear", "1959"), corrects=FIRST,
        received_on="2019-02-01")  # fmt: skip
    put(tmp_path, SECOND, kept(GoodDelivery(), slice(9, 12)), extracted_on=SECOND)
    assert state_sha256(state_of(tmp_path)) != then
    assert state_sha256(state_of(tmp_path, date(2018, 10, 1))) == then
    assert roles(state_of(tmp_path, date(2019, 1, 31))) == {
        FIRST: ("stands", None),
        SECOND: ("stands", None),
    }


def rekeyed(good: GoodDelivery, pairs: int = 40) -> GoodDelivery:
    """Give the people of a delivery new pseudonyms, and the bridge to them."""
    new = {line[0]: f"ny{number}" for number, line in enumerate(good.files[PERSONS][1:])}
    for lines in good.files.values():
        if "person" in lines[0]:
            place = lines[0].index("person")
            for line in lines[1:]:
                line[place] = new[line[place]]
    lines = [f"{old};{key}\n" for old, key in list(new.items())[:pairs]]
    good.texts["nyckel.csv"] = "".join(["gammal;ny\n", *lines])
    bridge = {"file": "nyckel.csv", "old": "gammal", "new": "ny"}
    good.header |= {"extracted_on": SECOND, "rekeyed": {"person_id": bridge}}
    return good


def test_people_with_new_pseudonyms_are_the_same_people(tmp_path):
    put(tmp_path, FIRST)
    put(tmp_path, SECOND, rekeyed(GoodDelivery()))
    state = state_of(tmp_path)
    persons = pl.concat([one.tables["persons"] for one in state.deliveries])
    assert persons.height == 40
    assert persons["person_id"].str.starts_with("ny").all()
    (bridge,) = state.entries[1].rekeyed
    assert (bridge.column, bridge.renamed, bridge.unknown) == ("person_id", 40, 0)
    alone = put(tmp_path / "alone", SECOND, rekeyed(GoodDelivery())).parents[3]
    ours = {name for one in state.deliveries for name in one.tables["spells"]["person_id"]}
    theirs = set(state_of(alone).deliveries[0].tables["spells"]["person_id"])
    assert ours == theirs


def test_people_whom_the_bridge_does_not_know_are_counted(tmp_path):
    put(tmp_path, FIRST)
    put(tmp_path, SECOND, rekeyed(GoodDelivery(), pairs=37))
    (bridge,) = state_of(tmp_path).entries[1].rekeyed
    assert (bridge.renamed, bridge.unknown) == (37, 3)


BAD_BRIDGES = {
    "bridge_ambiguous": "gammal;ny\np1;n1\np2;n1\n",
    "bridge_columns": "gammal;ny;mer\np1;n1;x\n",
    "identifier_personal_number": "gammal;ny\n19880209-0501;n1\n",
    "row_short": "gammal;ny\np1\n",
}


@pytest.mark.parametrize("rule", BAD_BRIDGES)
def test_a_bad_bridge_turns_the_delivery_down(tmp_path, rule):
    good = rekeyed(GoodDelivery())
    good.texts["nyckel.csv"] = BAD_BRIDGES[rule]
    folder = put(tmp_path, SECOND, good)
    with pytest.raises(DeliveryRefused) as refusal:
        read_delivery(folder)
    told = {(fault.rule, Path(fault.file or "").name) for fault in refusal.value.faults}
    assert told == {(rule, "nyckel.csv")}
    assert "880209" not in str(refusal.value.faults)


@pytest.mark.parametrize(
    ("header", "rule"),
    [
        ({"holds": ["person"]}, "holds_unknown"),
        ({"rekeyed": {"sex": {"file": "n.csv", "old": "a", "new": "b"}}}, "bridge_unknown"),
        ({"received_on": "2018-01-01"}, "dates_out_of_order"),
    ],
)
def test_a_declaration_of_what_nobody_knows_is_refused(tmp_path, header, rule):
    with pytest.raises(DeliveryRefused) as refusal:
        read_delivery(put(tmp_path, FIRST, **header))
    assert rule in {fault.rule for fault in refusal.value.faults}


def test_the_quality_file_tells_counts_and_nothing_that_rows_held(tmp_path):
    put(tmp_path, FIRST)
    put(tmp_path, SECOND, changed(PERSONS, 3, "fodelsear", "1959"), corrects=FIRST)
    told = json.dumps(register_document(state_of(tmp_path)))
    assert "1959" not in told
    found = json.loads(told)
    assert found["roles"] == {"corrected": 1, "stands": 1}
    (change,) = (one for one in found["deliveries"][1]["changes"] if one["table"] == "persons")
    assert (change["changed"], change["repeated"]) == (1, 39)


def study(root: Path, as_of: date | None = None) -> Study:
    return Study(root, SETTINGS, as_of)


def test_a_study_is_refused_whole_where_its_deliveries_contradict_each_other(tmp_path):
    put(tmp_path, "a")
    put(tmp_path, "b", changed(REFERRALS, 3, "datum", "2017-02-02"))
    with pytest.raises(DeliveryRefused):
        ingest_deliveries(study(tmp_path))
    assert not study(tmp_path).warehouse.exists()
    reports = {report.delivery: report for report in check_study(study(tmp_path))}
    assert reports["a"].is_accepted
    (fault,) = reports["b"].faults
    assert (fault.rule, fault.row) == ("deliveries_conflict", 3)
    assert "corrects" in fault.way_out


def test_a_check_of_a_study_tells_what_a_later_extract_changed_without_refusing_it(tmp_path):
    put(tmp_path, FIRST)
    put(tmp_path, SECOND, changed(PERSONS, 3, "fodelsear", "1959"), extracted_on=SECOND)
    _, later = check_study(study(tmp_path))
    assert later.is_accepted
    assert [(note.rule, note.row) for note in later.notes] == [("delivery_differs", 3)]


def test_a_study_without_a_required_table_is_refused(tmp_path):
    good = GoodDelivery()
    good.files = {ASSISTANCE: good.files[ASSISTANCE]}
    put(tmp_path, FIRST, good, holds=["assistance_months"])
    (report,) = check_study(study(tmp_path))
    assert {fault.rule for fault in report.faults} == {"table_missing"}
