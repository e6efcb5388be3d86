"""Plan: what does a declared comparison say, in sentences that anybody can hold it to?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from utfall.analysis.protocol import CORE_CONFOUNDERS, Protocol
from utfall.analysis.vocabulary import Language, Text
from utfall.analysis.wording import label, number_text


def sentence(protocol: Protocol, events: Mapping[str, Text] | None = None) -> Text:
    """Return a protocol as running text: who, what, when, how, and what a difference is.

    The lock is told by the caller, who knows the files.

    Parameters
    ----------
    events : mapping of id to Text, optional
        What the registered events are called; an event without a name stands by its id.
    """
    return _joined(
        [
            _told(
                "plan_who",
                target=protocol.target_name.text,
                comparator=protocol.comparator_name.text,
                population=protocol.population.label.text,
            ),
            *_entry(protocol),
            _outcome(protocol),
            _told("plan_estimand", estimand=label(f"estimand_{protocol.estimand}")),
            _method(protocol),
            *_disruptions(protocol, events or {}),
            _told(
                "plan_matters",
                matters=_number(protocol.matters),
                unit=_unit(protocol),
                level=_number(100 * protocol.conf_level),
            ),
        ]
    )


def definitions(protocol: Protocol) -> list[tuple[Text, Text]]:
    """Return each term of the plan with what it means: numerator, denominator, window, people."""
    return [
        (label("plan_term_numerator"), protocol.outcome.rule.text),
        (label("plan_term_denominator"), _denominator(protocol)),
        (label("plan_term_window"), _window(protocol)),
        (label("plan_term_population"), protocol.population.label.text),
        *([(label("plan_term_confounders"), _terms(protocol))] if protocol.covariates else []),
    ]


def assumptions(protocol: Protocol, statuses: Mapping[str, str]) -> list[tuple[Text, Text]]:
    """Return what must hold for the answer to be right, and what the checks found of each.

    Parameters
    ----------
    statuses : mapping of gate to status
        Of the run; a gate that is not there was not evaluated.
    """
    missing = [core for core in CORE_CONFOUNDERS if core not in _answered(protocol)]
    told = [
        (label("plan_assume_exchangeable"), _found(("G4", "G8", "G14"), statuses)),
        (label("plan_assume_positivity"), _found(("G2", "G3"), statuses)),
        (label("plan_assume_consistency"), _found(("G6", "G12"), statuses)),
        (label("plan_assume_time_zero"), _found(("G5",), statuses)),
        (label("plan_assume_no_interference"), label("plan_not_testable")),
        (label("plan_assume_missing"), _found(("G7",), statuses)),
        (label("plan_assume_site"), _found(("G9",), statuses)),
    ]
    if missing:
        absent = Text(
            ", ".join(label(f"core_{core}").sv for core in missing),
            ", ".join(label(f"core_{core}").en for core in missing),
        )
        told.append((_told("plan_assume_absent", absent=absent), _found(("G14",), statuses)))
    return told


def limits(protocol: Protocol) -> list[tuple[str, float]]:
    """Return every limit of the gates by its name in the plan, in the plan's order."""
    return [(name, float(value)) for name, value in protocol.thresholds.model_dump().items()]


def checklist(protocol: Protocol, statuses: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the 21 components of TARGET, filled from the plan and the run.

    Each row names the items of STROBE and RECORD that it serves too. A component that the
    plan or the run does not give is said to be missing, never left out.

    Sources: TARGET (Cashin et al. 2025, doi:10.1001/jama.2025.13350), by component in the
    order of its sections; STROBE (von Elm et al. 2007); RECORD (Benchimol et al. 2015).
    """
    filled = _filled(protocol, statuses)
    return [
        {
            "id": name,
            "label": label(f"checklist_{name}"),
            "strobe": strobe,
            "record": record,
            "told": filled[name],
            "where": where,
        }
        for name, strobe, record, where in COMPONENTS
    ]


#: Component, items of STROBE and RECORD that it serves, and the page that holds it.
COMPONENTS: Sequence[tuple[str, str, str, str]] = (
    ("abstract", "1", "1.1–1.3", "index"),
    ("background", "2", "", "study"),
    ("question", "3", "", "index"),
    ("data_sources", "5, 8", "6.1, 7.1, 12.1–12.3", "about"),
    ("eligibility", "6", "6.1", "method"),
    ("strategies", "7", "7.1", "method"),
    ("assignment", "9", "", "method"),
    ("time_zero", "5, 6", "", "method"),
    ("outcome", "7, 8", "7.1", "method"),
    ("contrast", "12", "", "method"),
    ("assumptions", "9, 12", "", "method"),
    ("analysis", "11, 12", "12.1", "method"),
    ("participants", "10, 13", "13.1", "who"),
    ("baseline", "14", "", "who"),
    ("missing", "12, 14", "12.2", "who"),
    ("outcome_data", "15", "", "outcomes"),
    ("estimate", "16", "", "index"),
    ("sensitivity", "17", "", "robust"),
    ("interpretation", "18–21", "19.1", "index"),
    ("registration", "4", "", "method"),
    ("access", "", "22.1", "about"),
)


def _filled(protocol: Protocol, statuses: Mapping[str, str]) -> dict[str, Text | None]:
    """Return what fills each component, or None where nothing does."""
    names = (protocol.target_name.text, protocol.comparator_name.text)
    rules = [rule.statute.text for rule in protocol.eligibility]
    return {
        "abstract": protocol.question.text,
        "background": protocol.informs.text,
        "question": protocol.question.text,
        "data_sources": label("checklist_told_data_sources"),
        "eligibility": _joined(rules) if rules else None,
        "strategies": _told("checklist_told_strategies", target=names[0], comparator=names[1]),
        "assignment": label("checklist_told_assignment"),
        "time_zero": _window(protocol) if protocol.time_zero != "not_recorded" else None,
        "outcome": protocol.outcome.rule.text,
        "contrast": _told("plan_estimand", estimand=label(f"estimand_{protocol.estimand}")),
        "assumptions": label("checklist_told_assumptions"),
        "analysis": _method(protocol),
        "participants": label("checklist_told_participants"),
        "baseline": label("checklist_told_baseline") if protocol.covariates else None,
        "missing": label("checklist_told_missing"),
        "outcome_data": label("checklist_told_outcome_data"),
        "estimate": label("checklist_told_estimate"),
        "sensitivity": label("checklist_told_sensitivity") if protocol.covariates else None,
        "interpretation": protocol.does_not_inform.text,
        "registration": label("checklist_told_registration")
        if statuses.get("G1") == "PASS"
        else None,
        "access": label("checklist_told_access"),
    }


def _answered(protocol: Protocol) -> set[str]:
    return {one.core for one in protocol.covariates if one.core}


def _found(gates: Sequence[str], statuses: Mapping[str, str]) -> Text:
    parts = [
        _told(
            "plan_gate_found",
            gate=Text(gate, gate),
            status=label(f"status_{statuses.get(gate, 'NOT_EVALUATED')}"),
        )
        for gate in gates
    ]
    return Text("; ".join(part.sv for part in parts), "; ".join(part.en for part in parts))


def _entry(protocol: Protocol) -> list[Text]:
    if protocol.time_zero == "not_recorded":
        return [label("plan_entry_unknown")]
    if protocol.entry.starts is None or protocol.entry.ends is None:
        return []
    return [
        _told(
            "plan_entry",
            zero=label(f"plan_zero_{protocol.time_zero}"),
            first=_same(protocol.entry.starts.isoformat()),
            last=_same(protocol.entry.ends.isoformat()),
        )
    ]


def _outcome(protocol: Protocol) -> Text:
    return _told(
        "plan_outcome", outcome=protocol.outcome.label.text, rule=protocol.outcome.rule.text
    )


def _denominator(protocol: Protocol) -> Text:
    code = (
        "plan_denominator_first" if protocol.population.first_referral_only else "plan_denominator"
    )
    return _told(code, population=protocol.population.label.text)


def _window(protocol: Protocol) -> Text:
    horizon = protocol.outcome.horizon_days
    if horizon is None or protocol.time_zero == "not_recorded":
        return label("plan_window_fixed")
    return _told(
        "plan_window", days=_number(horizon), zero=label(f"plan_zero_{protocol.time_zero}")
    )


def _method(protocol: Protocol) -> Text:
    if not protocol.covariates:
        return label("plan_method_none")
    estimator = label(f"plan_by_{protocol.estimator}")
    return _told("plan_method", estimator=estimator, terms=_terms(protocol))


def _terms(protocol: Protocol) -> Text:
    return Text(
        _listed([one.label.sv for one in protocol.covariates], "sv"),
        _listed([one.label.en for one in protocol.covariates], "en"),
    )


def _disruptions(protocol: Protocol, events: Mapping[str, Text]) -> list[Text]:
    return [
        _told(f"plan_disruption_{plan.handling}", event=events.get(plan.id, _same(plan.id)))
        for plan in protocol.disruptions
    ]


def _unit(protocol: Protocol) -> Text:
    return label("plan_points") if protocol.scale == "share" else _same(protocol.unit)


def _told(code: str, **values: Text) -> Text:
    said = label(code)
    return Text(
        said.sv.format(**{name: value.sv for name, value in values.items()}),
        said.en.format(**{name: value.en for name, value in values.items()}),
    )


def _joined(parts: Sequence[Text]) -> Text:
    unique = list(dict.fromkeys(parts))
    return Text(" ".join(part.sv for part in unique), " ".join(part.en for part in unique))


def _listed(items: Sequence[str], language: Language) -> str:
    """Return things in a row, the last one after *and*.

    >>> _listed(["age", "sex", "education"], "en")
    'age, sex and education'
    """
    last = f" {'och' if language == 'sv' else 'and'} "
    return last.join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def _same(text: str) -> Text:
    return Text(text, text)


def _number(value: float) -> Text:
    return Text(number_text(value, "sv", "#,##0.#"), number_text(value, "en", "#,##0.#"))
