"""What a plan says, when it was locked and what has changed since stand in both languages."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from utfall.analysis.errors import ProtocolError
from utfall.analysis.protocol_file import parse_protocol
from utfall.pipelines.compare import require_events
from utfall.pipelines.locks import lock_protocol, read_lock
from utfall.pipelines.manifest import run_id
from utfall.pipelines.method import changes_since, described, gate_rates, lock_sentence
from utfall.pipelines.study import load_protocols
from utfall.pipelines.versions import (
    count_runs,
    note_run,
    note_versions,
    read_versions,
    versions_told,
)


def changed(study, text):
    with (study.protocol_folder / "demo_all.yml").open("a", encoding="utf-8") as file:
        file.write(text)
    (protocol,) = load_protocols(study)
    return protocol


def test_a_plan_reads_as_sentences_in_both_languages_with_its_lock(study):
    (protocol,) = load_protocols(study)
    told = described(study, protocol)
    assert told["planen"].startswith("Vi jämför AMA med VAC för alla.")
    assert "avslut till arbete" in told["planen"]
    assert told["planen"].endswith("Planen är inte låst.")
    assert "We compare AMA with VAC for everyone." in told["plan"]
    lock_protocol(study, "demo_all")
    assert re.search(
        r"was locked \d{4}-\d\d-\d\d.* and is unchanged", described(study, protocol)["plan"]
    )


def test_a_plan_names_the_event_that_it_sets_aside(study):
    (study.root / "events.yml").write_text(
        "schema: utfall/events/1\nevents:\n- id: fire\n  kind: capacity\n  programme: ama\n"
        "  site: null\n  from: 2016-12-10\n  to: 2018-03-31\n  capacity_share: 0.5\n"
        "  label: {sv: Branden på orten, en: The fire there}\n  source: en tidning\n"
        "  evidence_grade: press\n",
        encoding="utf-8",
    )
    handled = "disruptions:\n- {id: fire, handling: exclude, reason: half capacity for long}\n"
    told = described(study, changed(study, handled))
    assert "Branden på orten" in told["planen"]
    assert "The fire there" in told["plan"]


def test_every_key_that_changed_after_the_lock_is_listed(study):
    lock_protocol(study, "demo_all")
    protocol = changed(study, "matters: 5\n")
    lock = read_lock(study, "demo_all")
    (change,) = changes_since(lock, protocol, study)
    assert change.en == "matters: (absent) → 5"
    assert "är ändrad" in lock_sentence(lock, protocol).sv
    assert described(study, protocol)["changes"] == "matters: (absent) → 5"


def test_a_lock_without_the_plan_s_text_says_that_it_cannot_show_the_change(study):
    lock_protocol(study, "demo_all")
    path = study.protocol_folder / "demo_all.lock"
    kept = json.loads(path.read_text())
    del kept["declared"]
    path.write_text(json.dumps(kept))
    protocol = changed(study, "matters: 5\n")
    (change,) = changes_since(read_lock(study, "demo_all"), protocol, study)
    assert "för" not in change.en
    assert "cannot be shown" in change.en


def test_an_unchanged_plan_has_no_changes(study):
    (protocol,) = load_protocols(study)
    lock_protocol(study, "demo_all")
    assert changes_since(read_lock(study, "demo_all"), protocol, study) == []
    assert changes_since(None, protocol, study) == []


def test_versions_are_kept_in_order_and_once_each(study):
    (first,) = load_protocols(study)
    second = first.model_copy(update={"sha256": "b" * 64})
    for protocol in (first, second, first, second):
        note_versions(study, [protocol])
    assert read_versions(study, "demo_all") == [first.sha256, "b" * 64]
    assert read_versions(study, "another") == []


def test_going_back_to_an_old_version_is_another_run(study):
    """The method page tells of both versions then, so the same name would cover other bytes."""
    (first,) = load_protocols(study)
    path = study.protocol_folder / "demo_all.yml"
    plan = path.read_text("utf-8")
    lock_protocol(study, "demo_all")
    before = run_id(study)
    note_versions(study, [first])
    assert run_id(study) == before
    path.write_text(f"{plan}\n# a remark\n", "utf-8")
    (second,) = load_protocols(study)
    between = run_id(study)
    note_versions(study, [second])
    assert run_id(study) == between
    path.write_text(plan, "utf-8")
    assert versions_told(study)["demo_all"] == [first.sha256, second.sha256]
    assert len({before, between, run_id(study)}) == 3


def test_a_draft_is_told_of_by_no_run(study):
    assert versions_told(study) == {"demo_all": []}


def test_every_run_is_counted_on_this_machine(study):
    (protocol,) = load_protocols(study)
    assert count_runs(study, "demo_all") == 0
    note_run(study, "run-1", [protocol])
    note_run(study, "run-2", [protocol])
    assert count_runs(study, "demo_all") == 2
    assert described(study, protocol)["runs"] == "2"


def test_an_event_that_nobody_registered_is_named_with_those_that_are(study):
    (protocol,) = load_protocols(study)
    plan = {"id": "ama_fier_2016", "handling": "exclude", "reason": "half capacity all year"}
    values = protocol.model_dump(by_alias=True, mode="json")
    declared = parse_protocol({**values, "disruptions": [plan]})
    with pytest.raises(ProtocolError) as error:
        require_events([declared], ["ama_fire_2016"])
    (fault,) = error.value.faults
    assert fault.column == "disruptions.ama_fier_2016"
    assert "ama_fire_2016" in fault.way_out
    require_events([declared], ["ama_fier_2016"])


def test_measured_error_rates_are_whole_or_absent():
    for rates in gate_rates().values():
        assert 0 <= rates["sensitivity"] <= 1
        assert 0 <= rates["false_alarm"] <= 1
        assert rates["worlds"] > 0


def test_a_lock_sentence_tells_a_late_lock(study):
    (protocol,) = load_protocols(study)
    lock = replace(lock_protocol(study, "demo_all"), results_existed=True)
    assert "när resultat redan fanns" in lock_sentence(lock, protocol).sv
