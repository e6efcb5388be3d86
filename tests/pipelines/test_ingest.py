import json
import shutil

import duckdb
import polars as pl
import pytest

from utfall.analysis.errors import DeliveryRefused
from utfall.pipelines.examples import write_example, write_world
from utfall.pipelines.ingest import check_study, counted, ingest_deliveries, read_deliveries
from utfall.pipelines.study import load_study

DELIVERY = "data/raw/vallentuna/2020-02-01"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Return a synthetic study as a municipality would deliver it, planted faults included."""
    folder = tmp_path_factory.mktemp("world") / "study"
    write_world(folder, "vallentuna", seed=7, size=40)
    return folder


@pytest.fixture
def copy(world, tmp_path):
    return load_study(shutil.copytree(world, tmp_path / "study"))


def test_every_row_is_loaded_or_set_aside_and_every_planted_fault_is_found(copy):
    ingest_deliveries(copy)
    quality = json.loads((copy.work / "quality.json").read_text(encoding="utf-8"))
    assert quality["rows_in"] == quality["rows_loaded"] + quality["rows_quarantined"]
    delivered = sum(
        len(path.read_bytes().splitlines()) - 1 for path in (copy.root / DELIVERY).glob("*.csv")
    )
    assert quality["rows_in"] == delivered
    set_aside = pl.read_csv(copy.work / "quarantine.csv")
    planted = json.loads((copy.root / "truth.json").read_text(encoding="utf-8"))["faults"]
    known = set(set_aside.select("file", "row").iter_rows())
    expected = {(fault["file"], fault["row"]) for fault in planted}
    assert expected
    assert expected <= known


def test_the_database_holds_the_rows_that_were_loaded_and_the_events(copy):
    ingest_deliveries(copy)
    quality = json.loads((copy.work / "quality.json").read_text(encoding="utf-8"))
    with duckdb.connect(str(copy.warehouse), read_only=True) as connection:
        stored = sum(
            connection.execute(
                f'select count(*) from raw."{table}" where source_row > 0'
            ).fetchall()[0][0]
            for (table,) in connection.execute(
                "select table_name from information_schema.columns "
                "where table_schema = 'raw' and column_name = 'source_row'"
            ).fetchall()
        )
        events = connection.execute("select count(*) from raw.events").fetchall()[0][0]
    assert stored == quality["rows_loaded"]
    assert events > 0


def test_what_is_kept_of_quarantined_rows_is_where_they_stood_and_nothing_they_held(copy):
    ingest_deliveries(copy)
    set_aside = pl.read_csv(copy.work / "quarantine.csv")
    assert set_aside.columns == ["file", "row", "column", "rule", "table"]


def test_the_faults_of_two_deliveries_come_together_and_nothing_is_stored(copy):
    other = copy.root / "data/raw/vallentuna/2020-03-01"
    shutil.copytree(copy.root / DELIVERY, other)
    for folder in (copy.root / DELIVERY, other):
        next(folder.glob("remisser*")).unlink()
    with pytest.raises(DeliveryRefused) as refusal:
        ingest_deliveries(copy)
    places = {fault.file.rpartition("/")[0] for fault in refusal.value.faults}
    assert places == {DELIVERY, "data/raw/vallentuna/2020-03-01"}
    assert not copy.warehouse.exists()


def test_a_study_without_deliveries_is_told_where_to_put_one(copy):
    shutil.rmtree(copy.deliveries)
    with pytest.raises(DeliveryRefused) as refusal:
        read_deliveries(copy)
    assert "data/raw/<source>/<delivery>" in refusal.value.faults[0].way_out


def test_a_row_that_breaks_two_rules_is_one_row_set_aside(copy):
    deliveries = read_deliveries(copy)
    counts = counted(deliveries)
    twice = pl.concat([delivery.quarantine for delivery in deliveries])
    assert counts["rows_quarantined"] == twice.select("file", "row").n_unique()
    assert sum(rule["rows"] for rule in counts["by_rule"]) >= counts["rows_quarantined"]


def test_a_check_of_a_study_stores_nothing(copy):
    (report,) = check_study(copy)
    assert report.is_accepted
    assert report.set_aside
    assert not copy.work.exists()


def test_a_single_sheet_is_checked_like_any_delivery(tmp_path):
    write_example(tmp_path / "nsw", "nsw")
    study = load_study(tmp_path / "nsw")
    (report,) = check_study(study)
    assert [count.rows_loaded for count in report.counts] == [16_437]
    sheet = study.deliveries / "nsw/1986/nsw.csv"
    lines = sheet.read_text(encoding="utf-8").splitlines(keepends=True)
    lines[4] = lines[4].replace("participant,", "somebody else,")
    sheet.write_text("".join(lines), encoding="utf-8")
    (report,) = check_study(study)
    assert [(fault.row, fault.column) for fault in report.faults] == [(5, "group")]
    assert "somebody" not in "".join(map(str, report.faults))
