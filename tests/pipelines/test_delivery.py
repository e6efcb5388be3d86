"""Delivery: does what may enter do so whole, and what may not stay out whole?"""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest

from tests.trust.good_delivery import (
    ASSISTANCE,
    PERSONS,
    SOURCE,
    SPELLS,
    GoodDelivery,
)
from utfall.analysis.errors import DeliveryRefused
from utfall.expectations.contract import load_contracts, raw_schema
from utfall.expectations.row_rules import BROKEN
from utfall.pipelines.delivery import (
    check_delivery,
    delivery_sha256,
    find_deliveries,
    read_delivery,
)
from utfall.pipelines.simulation import read_truth
from utfall.pipelines.study import StudySettings

ROOT = Path(__file__).parents[2]
SETTINGS = StudySettings.model_validate(
    {"schema": "utfall/study/1", "id": "demo", "title": {"sv": "P", "en": "T"}, "synthetic": True}
)


@pytest.fixture(scope="module")
def delivery(tmp_path_factory):
    """Return the good delivery, read."""
    return read_delivery(GoodDelivery().write(tmp_path_factory.mktemp("good")))


@pytest.mark.parametrize("source", ["vallentuna", "goteborg"])
def test_the_simulators_deliveries_lose_exactly_the_rows_that_were_spoilt(source):
    (folder,) = [path for path in find_deliveries(ROOT) if path.parent.name == source]
    truth = read_truth(folder.parent / "truth.json")
    report = check_delivery(folder, study_root=ROOT)
    assert report.faults == ()
    found = set(report.quarantine.select("file", "row", "column", "rule").rows())
    assert found == {(fault.file, fault.row, fault.column, fault.rule) for fault in truth.faults}


def test_tables_come_out_in_the_types_of_their_contracts(delivery):
    for name, rows in delivery.tables.items():
        assert rows.schema == raw_schema(load_contracts()[name])
    persons = delivery.tables["persons"]
    assert persons.height == 40
    assert persons.get_column("source_file").unique().to_list() == [
        f"data/raw/{SOURCE}/2018-09-30/{PERSONS}"
    ]
    assert persons.get_column("source_row").to_list() == list(range(2, 42))
    spells = delivery.tables["spells"]
    assert set(spells.get_column("exit_reason").drop_nulls()) == {"W1", "S1", "F5"}
    assert spells.filter(pl.col("end_date").is_null()).height > 0


def test_no_row_is_lost_and_every_rule_was_judged(delivery):
    for count in delivery.counts:
        assert count.rows_in == count.rows_loaded + count.rows_quarantined
    assert delivery.quarantine.is_empty()
    judged = {(verdict.table, verdict.rule) for verdict in delivery.verdicts}
    assert ("deliveries", "records_lost") in judged
    assert ("spells", "orphan_referral") in judged
    assert all(verdict.is_kept and verdict.is_judged for verdict in delivery.verdicts)


def test_all_faults_of_all_files_are_told_at_once(tmp_path):
    good = GoodDelivery()
    good.put(PERSONS, 4, "kon", "Hen")
    good.put(SPELLS, 5, "orsak", "Vet ej")
    good.spoil(ASSISTANCE, lambda raw: raw + b"cut")
    report = check_delivery(good.write(tmp_path))
    assert {(Path(fault.file or "").name, fault.rule) for fault in report.faults} == {
        (PERSONS, "code_unmapped"),
        (SPELLS, "code_unmapped"),
        (ASSISTANCE, "row_short"),
    }


def test_a_refused_delivery_raises_with_its_faults_when_it_is_read(tmp_path):
    good = GoodDelivery()
    good.put(PERSONS, 4, "kon", "Hen")
    with pytest.raises(DeliveryRefused) as refused:
        read_delivery(good.write(tmp_path))
    assert refused.value.exit_code == 11
    assert refused.value.faults[0].where.endswith(f"{PERSONS}:4:kon")


def test_rows_set_aside_are_summed_up_as_faults_with_a_way_out(tmp_path):
    good = GoodDelivery()
    for row in (5, 9, 12):
        good.put(ASSISTANCE, row, "belopp", "saknas")
    (fault,) = check_delivery(good.write(tmp_path)).set_aside
    assert (fault.rule, fault.row, fault.rows) == ("number_unreadable", 5, 3)
    assert fault.way_out


def test_the_share_that_may_be_set_aside_can_be_declared(tmp_path):
    good = GoodDelivery()
    good.put(SPELLS, 3, "start", "")
    good.mapping["quarantine_limit"] = 0.01
    rules = {fault.rule for fault in check_delivery(good.write(tmp_path)).faults}
    assert rules == {"quarantine_limit", "missing_required"}


def test_the_gate_refuses_what_our_own_rules_let_through(tmp_path, monkeypatch):
    import utfall.expectations.screening as screening

    good = GoodDelivery()
    good.put(SPELLS, 3, "slut", "2015-12-31")
    monkeypatch.setattr(screening, "broken_rows", lambda *_: pl.DataFrame(schema=BROKEN))
    (fault,) = check_delivery(good.write(tmp_path)).faults
    assert (fault.rule, fault.column) == ("gate_failed", "slut")
    assert "end_before_start" in fault.message


def test_the_hash_follows_content_and_mapping_and_not_the_place(tmp_path):
    one = GoodDelivery().write(tmp_path / "one")
    two = GoodDelivery().write(tmp_path / "two")
    assert delivery_sha256(one) == delivery_sha256(two)
    mapping = two.parent / "mapping.yml"
    mapping.write_text(mapping.read_text("utf-8") + "quarantine_limit: 0.1\n", encoding="utf-8")
    assert delivery_sha256(one) != delivery_sha256(two)
    three = GoodDelivery()
    three.put(ASSISTANCE, 5, "belopp", "6500,51")
    assert delivery_sha256(one) != delivery_sha256(three.write(tmp_path / "three"))


def test_a_folder_without_a_declaration_is_found_and_refused(tmp_path):
    GoodDelivery().write(tmp_path)
    stray = tmp_path / "data" / "raw" / SOURCE / "2019-01-01"
    stray.mkdir()
    (stray / PERSONS).write_text("person\nx\n", encoding="utf-8")
    (tmp_path / "data" / "raw" / "README.md").write_text("words", encoding="utf-8")
    assert [path.name for path in find_deliveries(tmp_path)] == ["2018-09-30", "2019-01-01"]
    rules = [fault.rule for fault in check_delivery(stray).faults]
    assert rules == ["declaration_missing"]


def test_a_delivery_that_is_not_there_is_refused(tmp_path):
    report = check_delivery(tmp_path / "data" / "raw" / "town" / "never")
    assert [fault.rule for fault in report.faults] == ["delivery_missing"]


def test_a_folder_named_after_a_person_is_refused_without_its_name(tmp_path):
    folder = GoodDelivery().write(tmp_path)
    named = folder.rename(folder.with_name("uttag 121212-1212"))
    report = check_delivery(named)
    assert "identifier_in_file_name" in {fault.rule for fault in report.faults}
    assert "1212" not in repr(report)


def test_a_link_to_a_file_outside_is_not_followed(tmp_path):
    folder = GoodDelivery().write(tmp_path)
    outside = tmp_path / "elsewhere.csv"
    shutil.move(folder / SPELLS, outside)
    (folder / SPELLS).symlink_to(outside)
    rules = {fault.rule for fault in check_delivery(folder).faults}
    assert "file_outside" in rules


def test_a_mapping_in_the_deliverys_own_folder_goes_before_the_sources(tmp_path):
    good = GoodDelivery()
    good.fill(PERSONS, "kon", lambda code: {"K": "1", "M": "2"}[code])
    folder = good.write(tmp_path)
    assert not check_delivery(folder).is_accepted
    text = (folder.parent / "mapping.yml").read_text("utf-8")
    own = text.replace("K: woman", "'1': woman").replace("M: man", "'2': man")
    (folder / "mapping.yml").write_text(own, encoding="utf-8")
    assert check_delivery(folder).is_accepted


def test_an_optional_table_may_be_absent_and_is_named(tmp_path):
    good = GoodDelivery()
    del good.files[ASSISTANCE]
    report = check_delivery(good.write(tmp_path))
    assert report.is_accepted
    assert report.not_delivered == ("assistance_months",)
