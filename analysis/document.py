"""Document: results.json, the one file that pages, tables and other programs read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from utfall.analysis.cohort import DisruptionWindow
from utfall.analysis.moved_windows import WindowRow
from utfall.analysis.own_years import DisruptionStory
from utfall.analysis.results import Comparison, Estimate, Reason, Robustness, SecondaryOutcome
from utfall.analysis.vocabulary import Text
from utfall.analysis.wording import label, say

SCHEMA = "utfall/results/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFacts:
    """What the document says about the study itself.

    Attributes
    ----------
    study : mapping
        id, title, synthetic, status, dnr, municipality and data_note, as study.yml has them.
    deliveries : sequence of mapping
        source, delivery and sha256 of each.
    disruptions : sequence of DisruptionWindow
        The study's register.
    disruption_sources : mapping of id to (source, evidence_grade)
    quality : mapping
        rows_in, rows_loaded, rows_quarantined and by_rule.
    """

    study: Mapping[str, Any]
    deliveries: Sequence[Mapping[str, str]] = ()
    disruptions: Sequence[DisruptionWindow] = ()
    disruption_sources: Mapping[str, tuple[str, str]] | None = None
    quality: Mapping[str, Any] | None = None


def to_document(
    comparisons: Sequence[Comparison],
    facts: StudyFacts,
    *,
    run_id: str,
    protection: str = "none",
    answers: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the results of a study as plain values, ready for JSON.

    Parameters
    ----------
    comparisons : sequence of Comparison
        In the order of study.yml.
    protection : {"none", "protected"}
        ``protected`` only from :func:`utfall.analysis.disclosure.protect`.
    answers : mapping, optional
        ``documents``, ``questions`` and ``claims``, protected as the comparisons are.
    """
    return {
        "schema": SCHEMA,
        "protection": protection,
        "run_id": run_id,
        "study": dict(facts.study),
        "deliveries": [dict(delivery) for delivery in facts.deliveries],
        "protocol": [comparison.id for comparison in comparisons],
        "protocol_sha256": {c.id: c.protocol_sha256 for c in comparisons},
        "programmes": _programmes(comparisons),
        "disruptions": [_disruption(window, facts) for window in facts.disruptions],
        "data_quality": dict(facts.quality or {}),
        "comparisons": [comparison_document(comparison) for comparison in comparisons],
        "documents": [],
        "questions": [],
        "claims": [],
        **(answers or {}),
    }


def canonical_json(document: Mapping[str, Any]) -> str:
    r"""Return the one text that a document has: sorted keys, no NaN, ends with a newline.

    >>> canonical_json({"b": 1, "a": None})
    '{\n "a": null,\n "b": 1\n}\n'
    """
    return (
        json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False) + "\n"
    )


def comparison_document(comparison: Comparison) -> dict[str, Any]:
    """Return one comparison as plain values."""
    found = comparison.estimate
    return {
        **_head(comparison),
        **_numbers(found),
        "second_low": comparison.second_low,
        "second_high": comparison.second_high,
        "overdispersion": comparison.overdispersion,
        "smallest_detectable": comparison.smallest_detectable,
        "n_needed_per_arm": comparison.n_needed_per_arm,
        "labels": list(comparison.labels),
        "raw": _raw(comparison),
        "gates": [_gate(gate) for gate in comparison.gates],
        "ladder": [
            {
                **_plain(
                    rung,
                    "step",
                    "estimate",
                    "conf_low",
                    "conf_high",
                    "n_target",
                    "n_comparator",
                    "is_raw",
                ),
                "label": _text(rung.label),
            }
            for rung in comparison.ladder
        ],
        "decomposition": [
            {
                **_plain(part, "source", "estimate", "conf_low", "conf_high"),
                "label": _text(
                    label(f"gap_{part.source}{'_disrupted' if part.holds_disruption else ''}")
                ),
                "reason": _reason(part.reason),
            }
            for part in comparison.decomposition
        ],
        "sensitivity": [
            {
                **_plain(row, "id", "estimate", "conf_low", "conf_high", "admissible"),
                "label": _text(row.label),
                "reason": _reason(row.reason),
            }
            for row in comparison.sensitivity
        ],
        "specifications": [
            {
                **_plain(one, "id", "estimate", "conf_low", "conf_high", "admissible", "favours"),
                "choices": {name: _text(text) for name, text in one.choices},
                "reason": _reason(one.reason),
            }
            for one in comparison.specifications
        ],
        "methods_compared": [
            {
                **_plain(one, "id", "measure", "basis", "answers"),
                **_plain(one, "estimate", "conf_low", "conf_high"),
                "label": _text(one.label),
                "error": _text(one.error),
                "note": _reason(one.note),
            }
            for one in comparison.methods
        ],
        "robustness": robustness_document(comparison.robustness),
        "bounds": _plain(comparison.bounds, "low", "high", "conf_low", "conf_high", "method")
        if comparison.bounds
        else None,
        "needed": [{"column": n.column, "why": _reason(n.why)} for n in comparison.needed],
        "alone": [
            _plain(arm, "programme", "n", "n_known", "events", "value", "conf_low", "conf_high")
            for arm in comparison.alone
        ],
        "secondary_outcomes": [_secondary(one) for one in comparison.secondary_outcomes],
        "attrition": [
            {**_plain(step, "step", "n_target", "n_comparator"), "label": _text(step.label)}
            for step in comparison.attrition
        ],
        "balance": [
            {**_plain(row, "term", "before", "after"), "label": _text(row.label)}
            for row in comparison.balance
        ],
        "overlap": [
            _plain(band, "low", "high", "n_target", "n_comparator") for band in comparison.overlap
        ],
        "years": [
            _plain(
                year,
                "programme",
                "year",
                "events",
                "entrants",
                "place_months",
                "conf_low",
                "conf_high",
                "rate",
                "rate_low",
                "rate_high",
                "normal_low",
                "normal_high",
                "is_disrupted",
            )
            for year in comparison.years
        ],
        "exits": [
            {
                **_plain(curve, "programme", "exit"),
                "label": _text(label(f"exit_{curve.exit}")),
                **{
                    name: list(getattr(curve, name))
                    for name in ("months", "share", "conf_low", "conf_high", "n_followed")
                },
            }
            for curve in comparison.exits
        ],
        "disruptions": list(comparison.disruptions),
        "disruption_stories": [_story(story) for story in comparison.disruption_stories],
        "foresight": None if comparison.foresight is None else asdict(comparison.foresight),
        "months_needed": comparison.months_needed,
        "window_scan": [_moved(row) for row in comparison.window_scan],
        "benchmark": comparison.benchmark,
        "protocol_sha256": comparison.protocol_sha256,
    }


def robustness_document(robust: Robustness | None) -> dict[str, Any] | None:
    """Return how strong something unseen must be, as plain values."""
    if robust is None:
        return None
    return {
        **_plain(
            robust,
            "e_value",
            "e_value_interval",
            "robustness_value",
            "robustness_value_interval",
            "strongest_with_arm",
            "strongest_with_outcome",
            "if_as_strong",
            "if_as_strong_low",
            "if_as_strong_high",
            "times_as_strong",
            "unknown_tipping",
        ),
        "strongest": _text(robust.strongest) if robust.strongest else None,
        "left_out": [
            _plain(one, "what", "n_units", "n_answered", "lowest", "highest", "same_headline")
            for one in robust.left_out
        ],
    }


def _head(comparison: Comparison) -> dict[str, Any]:
    texts = (
        "question",
        "outcome_label",
        "population",
        "target_name",
        "comparator_name",
        "informs",
        "does_not_inform",
    )
    return {
        **{name: _text(getattr(comparison, name)) for name in texts},
        **_plain(
            comparison,
            "id",
            "outcome",
            "horizon_days",
            "estimand",
            "scale",
            "unit",
            "matters",
            "conf_level",
            "target",
            "comparator",
            "n_target",
            "n_comparator",
            "fairness",
            "precision",
            "headline",
        ),
    }


def _numbers(found: Estimate | None) -> dict[str, Any]:
    names = (
        "estimate",
        "std_error",
        "conf_low",
        "conf_high",
        "mean_target",
        "mean_comparator",
        "method",
    )
    return {name: getattr(found, name) if found else None for name in names}


def _secondary(one: SecondaryOutcome) -> dict[str, Any]:
    arm = ("programme", "n", "n_known", "events", "value", "conf_low", "conf_high")
    numbers = ("estimate", "conf_low", "conf_high", "n_target", "n_comparator", "method")
    return {
        **_plain(one, "outcome", "horizon_days", "counted_from", "p_adjusted", "differs"),
        "label": _text(one.label),
        "rule": _text(one.rule),
        "arms": [_plain(described, *arm) for described in one.arms],
        **{name: getattr(one.estimate, name) if one.estimate else None for name in numbers},
        "reason": _reason(one.reason),
    }


def _raw(comparison: Comparison) -> dict[str, Any] | None:
    if comparison.raw is None:
        return None
    return {
        **_plain(
            comparison.raw,
            "estimate",
            "std_error",
            "conf_low",
            "conf_high",
            "mean_target",
            "mean_comparator",
            "n_target",
            "n_comparator",
        ),
        "label": _text(comparison.raw_label),
    }


def _gate(gate: Any) -> dict[str, Any]:
    return {
        **_plain(gate, "id", "status", "statistic", "threshold"),
        "name": _text(label(f"gate_{gate.id}")),
        "reason": _reason(gate.reason),
        "needed": _reason(gate.needed),
    }


def _programmes(comparisons: Sequence[Comparison]) -> dict[str, Any]:
    return {
        programme: {"name": _text(name)}
        for comparison in comparisons
        for programme, name in (
            (comparison.target, comparison.target_name),
            (comparison.comparator, comparison.comparator_name),
        )
    }


def _disruption(window: DisruptionWindow, facts: StudyFacts) -> dict[str, Any]:
    source, grade = (facts.disruption_sources or {}).get(window.id, ("", ""))
    return {
        "id": window.id,
        "kind": window.kind,
        "programme": window.programme,
        "label": _text(window.label),
        "starts_on": window.starts_on.isoformat(),
        "ends_on": window.ends_on.isoformat(),
        "capacity_share": window.capacity_share,
        "source": source,
        "evidence_grade": grade,
    }


def _plain(value: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(value, name) for name in names}


def _moved(row: WindowRow) -> dict[str, Any]:
    names = ("estimate", "conf_low", "conf_high", "n_target", "n_comparator")
    return {
        **_plain(row, "disruption", "moved", "months", *names),
        "starts_on": row.starts_on.isoformat(),
        "ends_on": row.ends_on.isoformat(),
    }


def _story(story: DisruptionStory) -> dict[str, Any]:
    """Return a story as plain values; how many reached it stands in the shares alone."""
    told = asdict(story)
    if told["loss"] is not None:
        del told["loss"]["events_met"], told["loss"]["events_calm"]
        reason = told["loss"]["reason"]
        told["loss"]["reason"] = _text(label(reason)) if reason else None
    return told


def _text(text: Text) -> dict[str, str]:
    return {"sv": text.sv, "en": text.en}


def _reason(reason: Reason | None) -> dict[str, str] | None:
    return None if reason is None else _text(say(reason))
