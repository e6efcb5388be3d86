"""Method: what each plan says, how it was locked, what changed since, and what it rests on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from typing import Any

import yaml

from utfall.analysis import plan
from utfall.analysis.protocol import Protocol
from utfall.analysis.results import Comparison
from utfall.analysis.vocabulary import Text
from utfall.analysis.wording import label
from utfall.pipelines.locks import ProtocolLock, read_lock
from utfall.pipelines.study import Study, load_events
from utfall.pipelines.versions import count_runs, versions_told

#: What worlds with a known truth showed, where a validation has been committed.
VALIDATION_FILE = "validation.json"


def methods_document(
    study: Study,
    protocols: Sequence[Protocol],
    comparisons: Sequence[Comparison],
    events: Mapping[str, Text] | None = None,
) -> list[dict[str, Any]]:
    """Return what the method page says of each comparison, in their order.

    ``events`` names the registered events by their ids.

    Nothing here comes from an outcome but the status of the gates, which stands beside each
    answer already.
    """
    by_id = {comparison.id: comparison for comparison in comparisons}
    return [
        _method(study, protocol, by_id[protocol.id], events or {})
        for protocol in protocols
        if protocol.id in by_id
    ]


def _method(
    study: Study, protocol: Protocol, comparison: Comparison, events: Mapping[str, Text]
) -> dict[str, Any]:
    statuses = {gate.id: gate.status for gate in comparison.gates}
    lock = read_lock(study, protocol.id)
    told, about_lock = plan.sentence(protocol, events), lock_sentence(lock, protocol)
    return {
        "id": protocol.id,
        "sentence": _plain(Text(f"{told.sv} {about_lock.sv}", f"{told.en} {about_lock.en}")),
        "sha256": protocol.sha256,
        "locked_at": lock.locked_at if lock else None,
        "changes": [_plain(change) for change in changes_since(lock, protocol, study)],
        "versions": versions_told(study).get(protocol.id, []),
        "definitions": _pairs(plan.definitions(protocol)),
        "limits": [{"name": name, "value": value} for name, value in plan.limits(protocol)],
        "assumptions": _pairs(plan.assumptions(protocol, statuses)),
        "checklist": [
            {
                **row,
                "label": _plain(row["label"]),
                "told": None if row["told"] is None else _plain(row["told"]),
            }
            for row in plan.checklist(protocol, statuses)
        ],
    }


def validation_results() -> dict[str, Any]:
    """Return the committed results of ``utfall validate``; empty where none are."""
    place = resources.files("utfall.analysis").joinpath(VALIDATION_FILE)
    return dict(json.loads(place.read_text("utf-8"))) if place.is_file() else {}


def gate_rates() -> dict[str, Any]:
    """Return each gate's measured sensitivity and false alarms, from the committed validation.

    A gate that was tried on one side alone has no rates: half of them would be read as all.
    """
    return {
        row["gate"]: {
            "sensitivity": row["sensitivity"],
            "false_alarm": row["false_alarm"],
            "worlds": row["n_due"] + row["n_sound"],
        }
        for row in validation_results().get("gates", [])
        if row["sensitivity"] is not None and row["false_alarm"] is not None
    }


def lock_sentence(lock: ProtocolLock | None, protocol: Protocol) -> Text:
    """Return whether, and when, a plan was locked."""
    if lock is None:
        return label("plan_lock_none")
    code = "plan_lock_kept"
    if lock.state_of(protocol) != "locked":
        code = "plan_lock_changed"
    elif lock.results_existed:
        code = "plan_lock_late"
    said = label(code)
    return Text(said.sv.format(at=lock.locked_at), said.en.format(at=lock.locked_at))


def changes_since(lock: ProtocolLock | None, protocol: Protocol, study: Study) -> list[Text]:
    """Return every key of a plan that is not as it was when the plan was locked."""
    if lock is None or lock.state_of(protocol) == "locked":
        return []
    if not lock.declared:
        return [label("plan_change_unknown")]
    path = study.protocol_folder / f"{protocol.id}.yml"
    then = dict(_leaves(yaml.safe_load(lock.declared)))
    now = dict(_leaves(yaml.safe_load(path.read_text(encoding="utf-8"))))
    return [
        _change(place, then.get(place), now.get(place))
        for place in sorted(then.keys() | now.keys())
        if then.get(place) != now.get(place)
    ]


def _change(place: str, before: str | None, after: str | None) -> Text:
    said, absent = label("plan_change"), label("plan_change_absent")
    return Text(
        said.sv.format(place=place, before=before or absent.sv, after=after or absent.sv),
        said.en.format(place=place, before=before or absent.en, after=after or absent.en),
    )


def _leaves(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Yield every value of a plan with its place, such as ``covariates.2.kind``."""
    if isinstance(value, Mapping):
        for key in value:
            yield from _leaves(value[key], f"{place}.{key}" if place else str(key))
    elif isinstance(value, list):
        for i, one in enumerate(value):
            yield from _leaves(one, f"{place}.{i}")
    else:
        yield place, str(value)


def _pairs(pairs: Sequence[tuple[Text, Text]]) -> list[dict[str, dict[str, str]]]:
    return [{"label": _plain(name), "told": _plain(told)} for name, told in pairs]


def _plain(text: Text) -> dict[str, str]:
    return {"sv": text.sv, "en": text.en}


def described(study: Study, protocol: Protocol) -> dict[str, Any]:
    """Return a plan in words, with its hash, its lock, and what has changed since."""
    lock = read_lock(study, protocol.id)
    late = ", after results had been made" if lock and lock.results_existed else ""
    state = f"{lock.state_of(protocol)} ({lock.locked_at}{late})" if lock else "not locked"
    events = {
        row["event_id"]: Text(row["label_sv"], row["label_en"])
        for row in load_events(study).iter_rows(named=True)
    }
    told, about_lock = plan.sentence(protocol, events), lock_sentence(lock, protocol)
    return {
        "id": protocol.id,
        "question": protocol.question.en,
        "fråga": protocol.question.sv,
        "target": protocol.target,
        "comparator": protocol.comparator,
        "outcome": protocol.outcome.label.en,
        "utfall": protocol.outcome.label.sv,
        "plan": f"{told.en} {about_lock.en}",
        "planen": f"{told.sv} {about_lock.sv}",
        "sha256": protocol.sha256,
        "lock": state,
        "changes": "; ".join(change.en for change in changes_since(lock, protocol, study)),
        "versions": str(len(versions_told(study).get(protocol.id, []))),
        "runs": str(count_runs(study, protocol.id)),
    }
