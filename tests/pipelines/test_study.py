from datetime import date

import pytest

from utfall.analysis.errors import ProtocolError, UsageError
from utfall.pipelines.study import load_events, load_protocols, load_study


def test_all_faults_of_a_study_file_are_told_at_once_each_at_its_line(tmp_path):
    (tmp_path / "study.yml").write_text(
        "schema: utfall/study/1\n"
        "id: Not An Id\n"
        "title: {sv: Prov}\n"
        "synthetic: true\n"
        "disclosure:\n"
        "  threshold: 1\n"
        "colour: blue\n",
        encoding="utf-8",
    )
    with pytest.raises(ProtocolError) as refusal:
        load_study(tmp_path)
    places = {(fault.column, fault.row) for fault in refusal.value.faults}
    assert places == {("id", 2), ("title.en", 3), ("disclosure.threshold", 6), ("colour", 7)}
    assert all(fault.file == "study.yml" and fault.way_out for fault in refusal.value.faults)


def test_a_fault_never_repeats_what_was_written(tmp_path):
    (tmp_path / "study.yml").write_text(
        "schema: utfall/study/1\nid: 'Secret 47110815'\nsynthetic: true\n", encoding="utf-8"
    )
    with pytest.raises(ProtocolError) as refusal:
        load_study(tmp_path)
    told = str(refusal.value) + "".join(map(str, refusal.value.faults))
    assert "Secret" not in told


def test_broken_yaml_is_told_with_its_line(tmp_path):
    (tmp_path / "study.yml").write_text("schema: utfall/study/1\nid: [demo\n", encoding="utf-8")
    with pytest.raises(ProtocolError) as refusal:
        load_study(tmp_path)
    assert refusal.value.faults[0].row == 3


def test_a_folder_without_a_study_points_to_init(tmp_path):
    with pytest.raises(UsageError) as refusal:
        load_study(tmp_path)
    assert "utfall init" in refusal.value.faults[0].way_out


def test_protocols_keep_the_order_of_the_page(study, make_study):
    text = (study.protocol_folder / "demo_all.yml").read_text(encoding="utf-8")
    ordered = make_study("ordered", protocols=["zebra", "apple"])
    for name in ("apple", "zebra"):
        path = ordered.protocol_folder / f"{name}.yml"
        path.write_text(text.replace("demo_all", name), encoding="utf-8")
    assert [protocol.id for protocol in load_protocols(ordered)] == ["zebra", "apple"]


def test_the_reference_study_keeps_its_protocols_inside_the_package(study):
    (study.root / "analysis").mkdir()
    (study.root / "protocols").rename(study.root / "analysis/protocols")
    assert [protocol.id for protocol in load_protocols(study)] == ["demo_all"]


def test_faults_of_several_protocols_come_together(make_study):
    study = make_study(protocols=["gone", "broken"])
    (study.protocol_folder / "broken.yml").write_text("id: x\n", encoding="utf-8")
    with pytest.raises(ProtocolError) as refusal:
        load_protocols(study)
    assert {fault.file for fault in refusal.value.faults} == {"gone.yml", "broken.yml"}


def test_an_unknown_comparison_is_a_question_of_usage(study):
    with pytest.raises(UsageError, match="nobody"):
        load_protocols(study, ["nobody"])


def test_events_become_rows_by_their_id(study):
    (study.root / "events.yml").write_text(
        "schema: utfall/events/1\n"
        "events:\n"
        "  - id: reform\n"
        "    kind: policy\n"
        "    starts_on: 2017-07-01\n"
        "    label: {sv: reform, en: reform}\n"
        "    source: a law\n"
        "    evidence_grade: law\n"
        "  - id: fire\n"
        "    kind: capacity\n"
        "    programme: ama\n"
        "    starts_on: 2016-12-10\n"
        "    ends_on: 2018-04-01\n"
        "    capacity_share: 0.5\n"
        "    label: {sv: brand, en: fire}\n"
        "    source: a debate article\n"
        "    evidence_grade: claim by a party\n",
        encoding="utf-8",
    )
    events = load_events(study)
    assert events["event_id"].to_list() == ["fire", "reform"]
    assert events.row(0, named=True)["ends_on"] == date(2018, 4, 1)
    assert events.row(1, named=True)["capacity_share"] is None


def test_a_study_without_events_has_none_but_the_columns_stand(study):
    events = load_events(study)
    assert events.height == 0
    assert "evidence_grade" in events.columns


def test_an_event_that_ends_before_it_starts_is_told(study):
    (study.root / "events.yml").write_text(
        "events:\n"
        "  - {id: fire, kind: capacity, starts_on: 2018-01-01, ends_on: 2017-01-01,\n"
        "     label: {sv: brand, en: fire}, source: s, evidence_grade: e}\n",
        encoding="utf-8",
    )
    with pytest.raises(ProtocolError) as refusal:
        load_events(study)
    assert "before" in refusal.value.faults[0].message
