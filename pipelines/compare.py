"""Compare: from marts to results, and from results to what may be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from utfall.analysis import Context, compare
from utfall.analysis.cohort import DisruptionWindow
from utfall.analysis.disclosure import Rules, protect
from utfall.analysis.document import StudyFacts, canonical_json, to_document
from utfall.analysis.errors import Fault, ProtocolError
from utfall.analysis.gap_intervals import DRAWS
from utfall.analysis.protected_quality import protected_counts
from utfall.analysis.protocol import Protocol
from utfall.analysis.quality import Quality
from utfall.analysis.questions.answer import Answer
from utfall.analysis.results import Comparison
from utfall.analysis.sample import counted_by
from utfall.analysis.vocabulary import Text
from utfall.pipelines.cells import sql_cells
from utfall.pipelines.claims import claims_document
from utfall.pipelines.doses import with_doses
from utfall.pipelines.locks import read_lock
from utfall.pipelines.manifest import run_id
from utfall.pipelines.method import gate_rates, methods_document, validation_results
from utfall.pipelines.quality import read_quality, study_quality
from utfall.pipelines.questions import answer_study, questions_document
from utfall.pipelines.stages import QUALITY_FILE
from utfall.pipelines.study import Study, load_protocols
from utfall.pipelines.versions import note_run, note_versions
from utfall.pipelines.warehouse import read_first_extract

#: Stands for "still going on"; a day may be added to it.
OPEN_END = date(9999, 12, 30)


#: Every comparison and every answer of a study, before protection.
_Found = tuple[list[Comparison], tuple[Answer, ...]]

#: What `compare_study` of this process found and `protect_study` has not yet taken over.
_HANDED_ON: dict[tuple[str, str, int, int], _Found] = {}


def compare_study(study: Study) -> Path:
    """Run every declared comparison of a study and write the unprotected results.

    Returns
    -------
    Path
        ``.utfall/results.json``, for the evaluator's own machine.

    Raises
    ------
    ProtocolError
        A protocol names columns that the marts do not hold.
    """
    comparisons, protocols = run_comparisons(study), load_protocols(study)
    answers = answer_study(study)
    note_versions(study, [one for one in protocols if read_lock(study, one.id) is not None])
    note_run(study, run_id(study), protocols)
    document = to_document(
        comparisons,
        study_facts(study),
        run_id=run_id(study),
        answers=questions_document(study, answers, None),
    )
    document |= _methods(study, comparisons)
    document["claims"] = claims_document(study, document)
    _HANDED_ON[_state(study)] = comparisons, answers
    return _written(study.results, document)


def protect_study(study: Study) -> Path:
    """Write the results as they may be published, the only ones that reports can open."""
    rules = _rules(study)
    # Comparing takes half of a run's statistics; another process must do it anew.
    state = _state(study)
    if state in _HANDED_ON:
        found, answers = _HANDED_ON.pop(state)
    else:
        found, answers = run_comparisons(study), answer_study(study)
    comparisons = [protect(comparison, rules) for comparison in found]
    facts = study_facts(study, rules)
    document = to_document(
        comparisons,
        facts,
        run_id=run_id(study),
        protection="protected",
        answers=questions_document(study, answers, rules),
    )
    document |= _methods(study, comparisons)
    document["claims"] = claims_document(study, document)
    return _written(study.protected, document)


def _state(study: Study) -> tuple[str, str, int, int]:
    """Return what comparisons rest on: the study's files, the code, and the marts as built."""
    built = study.warehouse.stat()
    return str(study.root), run_id(study), built.st_mtime_ns, built.st_size


def _methods(study: Study, comparisons: Sequence[Comparison]) -> dict[str, Any]:
    """Return what the method page shows beside the answers."""
    return {
        "methods": methods_document(
            study,
            load_protocols(study),
            comparisons,
            {window.id: window.label for window in study_context(study).disruptions},
        ),
        "gate_rates": gate_rates(),
        "validation": validation_results(),
    }


def _rules(study: Study) -> Rules:
    settings = study.settings.disclosure
    return Rules(
        threshold=settings.threshold,
        round_to=settings.round_to,
        public_data=settings.public_data,
    )


def run_comparisons(study: Study) -> list[Comparison]:
    """Return every declared comparison of a study, in page order."""
    context, cohort = study_context(study), read_cohort(study)
    require_events(load_protocols(study), [window.id for window in context.disruptions])
    with counted_by(sql_cells):
        return [
            compare(
                cohort,
                protocol,
                context=replace(context, locked_before_data=locked_before_data(study, protocol)),
            )
            for protocol in load_protocols(study)
        ]


def require_events(protocols: Sequence[Protocol], registered: Sequence[str]) -> None:
    """Refuse plans that handle a disruption which the register lacks: it would be left in.

    Raises
    ------
    ProtocolError
        With one fault per name that is not in the register.
    """
    faults = [
        Fault(
            rule="disruption_unknown",
            file=f"{protocol.id}.yml",
            column=f"disruptions.{plan.id}",
            message="the plan handles an event that the register of events does not hold",
            way_out="register it in events.yml, or correct the name; registered are "
            + (", ".join(sorted(registered)) or "none"),
        )
        for protocol in protocols
        for plan in protocol.disruptions
        if plan.id not in registered
    ]
    if faults:
        raise ProtocolError("a plan handles an event that nobody registered", faults)


def locked_before_data(study: Study, protocol: Protocol) -> bool | None:
    """Return whether a protocol was frozen, unchanged since, before the first extract.

    None where it was never locked. A lock of the same day does not count: nobody can tell
    which came first.
    """
    lock = read_lock(study, protocol.id)
    if lock is None:
        return None
    first = read_first_extract(study.warehouse)
    return (
        lock.state_of(protocol) == "locked"
        and first is not None
        and lock.locked_at[:10] < first.isoformat()
    )


def read_cohort(study: Study) -> pl.DataFrame:
    """Return the rows that the study's protocols compare, from the marts.

    Returns
    -------
    DataFrame
        Standard studies: one row per referral, with each outcome and horizon as its own
        column (``work_365``, null where unknown). Flat studies: one row per unit.
    """
    from utfall.pipelines.warehouse import read_mart

    if study.settings.shape == "flat":
        return _flat_rows(read_mart(study.warehouse, "flat_values"))
    marts = {
        name: read_mart(study.warehouse, name)
        for name in ("episodes", "outcomes", "labour_market", "referrals", "attendance_months")
    }
    cohort = cohort_from(marts["episodes"], marts["outcomes"], marts["labour_market"])
    if cohort.is_empty():
        cohort = with_declared_outcomes(cohort, load_protocols(study))
    return with_doses(cohort, marts["referrals"], marts["attendance_months"])


def with_declared_outcomes(cohort: pl.DataFrame, protocols: Sequence[Protocol]) -> pl.DataFrame:
    """Return a cohort of nobody with the columns of every outcome that a plan names.

    Outcomes become columns by being there; where nobody was referred, the plans say which
    there would be, so that each comparison can say that it has nobody to compare.

    >>> with_declared_outcomes(pl.DataFrame(schema={"episode_id": pl.String}), []).columns
    ['episode_id']
    """
    names = {
        outcome.name
        for protocol in protocols
        for outcome in (protocol.outcome, *protocol.secondary_outcomes, *protocol.choices.outcomes)
    }
    kinds = {"": pl.Float64, "_status": pl.String, "_on": pl.Date}
    return cohort.with_columns(
        pl.lit(None, dtype=kind).alias(f"{name}{ending}")
        for name in sorted(names)
        for ending, kind in kinds.items()
        if f"{name}{ending}" not in cohort.columns
    )


def cohort_from(
    episodes: pl.DataFrame, outcomes: pl.DataFrame, labour_market: pl.DataFrame
) -> pl.DataFrame:
    """Return episodes with each outcome as a column, and the labour market that they met.

    ``unemployed_pct`` is that of the person's municipality in the month of referral: later
    months lie after time zero.

    Parameters
    ----------
    episodes, outcomes, labour_market : DataFrame
        The marts of those names.
    """
    named = outcomes.with_columns(
        column=pl.col("outcome") + "_" + pl.col("horizon_days").cast(pl.String)
    ).sort("column", "episode_id")
    occurred = named.pivot(on="column", index="episode_id", values="occurred")
    status = named.pivot(on="column", index="episode_id", values="status")
    status = status.rename({name: f"{name}_status" for name in status.columns[1:]})
    dated = named.pivot(on="column", index="episode_id", values="reached_on")
    dated = dated.rename({name: f"{name}_on" for name in dated.columns[1:]})
    met = labour_market.select(
        "municipality",
        pl.col("month").alias("referral_month"),
        pl.col("unemployed_pct").cast(pl.Float64),
    )
    return (
        episodes.with_columns(referral_month=pl.col("referral_date").dt.strftime("%Y-%m"))
        .join(met, on=["municipality", "referral_month"], how="left")
        .drop("referral_month")
        .join(occurred, on="episode_id", how="left")
        .join(status, on="episode_id", how="left")
        .join(dated, on="episode_id", how="left")
        .sort("episode_id")
    )


def study_context(study: Study) -> Context:
    """Return what comparisons may know beside their cohort."""
    from utfall.pipelines.warehouse import read_mart

    # As published, so that the gate and the page about the data give the same numbers.
    quality = protected_counts(read_quality(study), _rules(study))
    months = read_mart(study.warehouse, "programme_months")
    doses = read_mart(study.warehouse, "attendance_months")
    return Context(
        disruptions=disruption_windows(read_mart(study.warehouse, "disruptions"))[0],
        programme_months=months if months.height else None,
        doses=doses if doses.height else None,
        gap_draws=DRAWS,
        methods=True,
        partial=partial_sources(study),
        quality=Quality(rows_in=quality["rows_in"] or 0, rows_loaded=quality["rows_loaded"] or 0)
        if quality
        else None,
    )


def partial_sources(study: Study) -> frozenset[str]:
    """Return the sources that declare that they leave out the refused or never-starters."""
    from utfall.pipelines.warehouse import read_coverage

    return frozenset(
        row["source"]
        for row in read_coverage(study.warehouse)
        if row["source"] and row["covers"] in ("granted_only", "started_only")
    )


def study_facts(study: Study, rules: Rules | None = None) -> StudyFacts:
    """Return what the results say about the study; counts protected where rules are given."""
    from utfall.pipelines.delivery import delivery_sha256, find_deliveries
    from utfall.pipelines.warehouse import read_mart

    windows, sources = disruption_windows(read_mart(study.warehouse, "disruptions"))
    settings = study.settings
    return StudyFacts(
        study={
            "id": settings.id,
            "title": settings.title.model_dump(),
            "synthetic": settings.synthetic,
            "status": settings.status,
            "dnr": settings.dnr or "",
            "municipality": settings.municipality.model_dump() if settings.municipality else None,
            "data_note": settings.data_note.model_dump() if settings.data_note else None,
            "contact": settings.contact.model_dump() if settings.contact else None,
            "revisions": [one.model_dump(mode="json") for one in settings.revisions],
            "disclosure": settings.disclosure.model_dump(),
        },
        deliveries=[
            {
                "source": folder.parent.name,
                "delivery": folder.name,
                "sha256": delivery_sha256(folder),
            }
            for folder in find_deliveries(study.root, study.as_of)
        ],
        disruptions=windows,
        disruption_sources=sources,
        quality=study_quality(study, rules),
    )


def write_quality(study: Study, counts: Mapping[str, Any]) -> None:
    """Keep what the delivery check counted, for gate G0 and the data-quality page."""
    _written(study.work / QUALITY_FILE, counts)


def _flat_rows(flat_values: pl.DataFrame) -> pl.DataFrame:
    """Return a flat study's long values as one row per unit, one column per name."""
    is_text = (
        flat_values.group_by("column_name")
        .agg(pl.col("text").is_not_null().any().alias("is_text"))
        .sort("column_name")
    )
    wide = flat_values.select("unit_id").unique().sort("unit_id")
    for kind, value in ((True, "text"), (False, "number")):
        names = is_text.filter(pl.col("is_text") == kind)["column_name"].to_list()
        if names:
            values = flat_values.filter(pl.col("column_name").is_in(names))
            wide = wide.join(
                values.pivot(on="column_name", index="unit_id", values=value),
                on="unit_id",
                how="left",
            )
    return wide.sort("unit_id")


def disruption_windows(
    disruptions: pl.DataFrame,
) -> tuple[tuple[DisruptionWindow, ...], dict[str, tuple[str, str]]]:
    """Return the study's disruptions, and by id the source and evidence grade of each.

    Parameters
    ----------
    disruptions : DataFrame
        The mart of that name.
    """
    rows: Sequence[dict[str, Any]] = disruptions.sort("disruption_id").to_dicts()
    windows = tuple(
        DisruptionWindow(
            id=row["disruption_id"],
            programme=row["programme"],
            kind=row["kind"],
            starts_on=row["starts_on"],
            ends_on=row["ends_on"] or OPEN_END,
            capacity_share=None if row["capacity_share"] is None else float(row["capacity_share"]),
            label=Text(row["label_sv"], row["label_en"]),
            site=row["site"],
        )
        for row in rows
    )
    sources = {row["disruption_id"]: (row["source"], row["evidence_grade"]) for row in rows}
    return windows, sources


def _written(path: Path, document: Mapping[str, Any]) -> Path:
    """Write a document whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.write_text(canonical_json(document), encoding="utf-8")
    partial.replace(path)
    return path
