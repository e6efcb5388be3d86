"""Ledger: is a delivery that was changed, exchanged or taken away noticed?"""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from tests.pipelines.test_register import SETTINGS, put
from tests.trust.good_delivery import PERSONS, SOURCE
from utfall.analysis.errors import DeliveryRefused
from utfall.pipelines import admission
from utfall.pipelines.ingest import ingest_deliveries
from utfall.pipelines.ledger import LEDGER_FILE, read_ledger
from utfall.pipelines.manifest import input_hashes, run_id
from utfall.pipelines.study import Study

DAY = "2018-09-30"


@pytest.fixture(autouse=True)
def _without_the_gate(monkeypatch):
    monkeypatch.setattr(admission, "judge", lambda _: ())


@pytest.fixture
def registered(tmp_path) -> Study:
    """Return a study with one delivery that was let in, of people who are not made up."""
    put(tmp_path, DAY, synthetic=False)
    (tmp_path / "study.yml").write_text("id: demo\n", encoding="utf-8")
    study = Study(tmp_path, SETTINGS)
    ingest_deliveries(study)
    return study


def refused(study: Study) -> list[tuple[str, str | None]]:
    with pytest.raises(DeliveryRefused) as refusal:
        ingest_deliveries(study)
    return [(fault.rule, fault.file) for fault in refusal.value.faults]


def test_what_was_let_in_is_written_down_once_with_the_hash_of_every_file(registered):
    (line,) = read_ledger(registered.root)
    assert (line["source"], line["delivery"], line["received_on"]) == (SOURCE, DAY, DAY)
    assert set(line["files"]) > {"delivery.yml", PERSONS}
    before = (registered.root / LEDGER_FILE).read_bytes()
    ingest_deliveries(registered)
    assert (registered.root / LEDGER_FILE).read_bytes() == before


def test_a_second_delivery_adds_a_line_and_leaves_the_first_as_it_is(registered):
    before = (registered.root / LEDGER_FILE).read_text(encoding="utf-8")
    put(registered.root, "2018-12-31", extracted_on="2018-12-31", covers_to="2018-12-01")
    ingest_deliveries(registered)
    after = (registered.root / LEDGER_FILE).read_text(encoding="utf-8")
    assert after.startswith(before)
    assert [line["delivery"] for line in read_ledger(registered.root)] == [DAY, "2018-12-31"]


def test_a_registered_delivery_that_was_changed_is_refused_by_the_file(registered):
    path = registered.root / "data/raw" / SOURCE / DAY / PERSONS
    path.write_bytes(path.read_bytes().replace(b"1960", b"1961"))
    before = registered.warehouse.read_bytes()
    assert refused(registered) == [("delivery_changed", f"data/raw/{SOURCE}/{DAY}/{PERSONS}")]
    assert registered.warehouse.read_bytes() == before


def test_a_synthetic_delivery_may_be_made_anew_and_leaves_both_lines(tmp_path):
    folder = put(tmp_path, DAY)
    study = Study(tmp_path, SETTINGS)
    ingest_deliveries(study)
    path = folder / PERSONS
    path.write_bytes(path.read_bytes().replace(b"1960", b"1961"))
    ingest_deliveries(study)
    assert [line["delivery"] for line in read_ledger(tmp_path)] == [DAY, DAY]


def test_a_mended_mapping_is_no_changed_delivery(registered):
    mapping = registered.root / "data/raw" / SOURCE / "mapping.yml"
    mapping.write_text(mapping.read_text(encoding="utf-8") + "# mended\n", encoding="utf-8")
    ingest_deliveries(registered)
    assert len(read_ledger(registered.root)) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: lines[1:],
        lambda lines: [lines[1], lines[0]],
        lambda lines: [lines[0].replace('"synthetic": false', '"synthetic": true'), lines[1]],
        lambda lines: [lines[0], lines[1][:40]],
    ],
)
def test_a_register_that_was_changed_by_hand_is_not_relied_on(registered, change):
    put(registered.root, "2018-12-31", extracted_on="2018-12-31", covers_to="2018-12-01")
    ingest_deliveries(registered)
    path = registered.root / LEDGER_FILE
    lines = change(path.read_text(encoding="utf-8").splitlines())
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    assert [rule for rule, _ in refused(registered)] == ["register_broken"]


def test_a_delivery_that_is_gone_matters_only_to_the_days_that_rest_on_it(registered):
    put(registered.root, "2018-12-31", extracted_on="2018-12-31", synthetic=False)
    ingest_deliveries(registered)
    shutil.rmtree(registered.root / "data/raw" / SOURCE / "2018-12-31")
    ingest_deliveries(registered)
    ingest_deliveries(Study(registered.root, SETTINGS, date(2018, 10, 1)))
    assert refused(Study(registered.root, SETTINGS, date(2019, 1, 1))) == [
        ("delivery_gone", f"data/raw/{SOURCE}/2018-12-31")
    ]


def test_a_run_on_an_earlier_day_is_the_run_of_that_day_and_leaves_todays_alone(registered):
    then = run_id(registered)
    inputs = input_hashes(registered)
    rows = _persons(registered)
    put(registered.root, "2018-12-31", extracted_on="2018-12-31", covers_to="2018-12-01")
    put(registered.root, "2019-01-31", extracted_on="2019-01-31", source="annan")
    folder = registered.root / "data/raw"
    (folder / "annan").mkdir()
    shutil.move(folder / SOURCE / "2019-01-31", folder / "annan")
    mapping = (folder / SOURCE / "mapping.yml").read_text(encoding="utf-8")
    (folder / "annan/mapping.yml").write_text(
        mapping.replace(f"source: {SOURCE}", "source: annan"), encoding="utf-8"
    )
    ingest_deliveries(registered)
    assert run_id(registered) != then
    today = registered.warehouse.read_bytes()
    earlier = Study(registered.root, SETTINGS, date(2018, 10, 1))
    ingest_deliveries(earlier)
    assert run_id(earlier) == then
    assert input_hashes(earlier) == inputs
    assert _persons(earlier) == rows
    assert registered.warehouse.read_bytes() == today
    assert not _is_within(earlier.built, registered.built)
    assert len(read_ledger(registered.root)) == 3


def _persons(study: Study) -> list[tuple[object, ...]]:
    import duckdb

    with duckdb.connect(str(study.warehouse), read_only=True) as connection:
        return connection.execute("select * from raw.persons order by source_row").fetchall()


def _is_within(one: Path, other: Path) -> bool:
    return one == other or one.is_relative_to(other)
