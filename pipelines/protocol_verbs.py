"""Protocols: the verbs that list, show and freeze the declared comparisons."""

from __future__ import annotations

from typing import Annotated

import typer

from utfall.pipelines.cli_options import HERE, AsJson, StudyFolder
from utfall.pipelines.console import Voice
from utfall.pipelines.tongue import language_of, spoken


def protocols(study: StudyFolder = HERE, as_json: AsJson = False) -> None:
    """List the declared comparisons."""
    from utfall.pipelines.method import described
    from utfall.pipelines.study import load_protocols, load_study

    opened = load_study(study)
    rows = [described(opened, protocol) for protocol in load_protocols(opened)]
    voice = Voice(as_json=as_json)
    if as_json:
        voice.result("", rows)
        return
    language = language_of()
    outcome = {"sv": "utfall", "en": "outcome"}[language]
    voice.table(
        ("comparison", "target", "comparator", "outcome", "lock"),
        (
            [
                row["id"],
                row["target"],
                row["comparator"],
                row[outcome],
                spoken(row["lock"], language),
            ]
            for row in rows
        ),
    )


def protocol(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    study: StudyFolder = HERE,
    as_json: AsJson = False,
) -> None:
    """Show one comparison as sentences, with its hash and its lock."""
    from utfall.pipelines.method import described
    from utfall.pipelines.study import load_protocols, load_study

    opened = load_study(study)
    (declared,) = load_protocols(opened, [name])
    row = described(opened, declared)
    Voice(as_json=as_json).result("\n".join(f"{key:>12}  {row[key]}" for key in row), row)


def lock(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    study: StudyFolder = HERE,
    as_json: AsJson = False,
) -> None:
    """Freeze a comparison, with hash and time, before anyone reads outcomes."""
    from dataclasses import asdict

    from utfall.pipelines.locks import lock_protocol
    from utfall.pipelines.study import load_study

    frozen = lock_protocol(load_study(study), name)
    said = f"{name} locked {frozen.locked_at}, {frozen.sha256}"
    if frozen.results_existed:
        said += "\nafter results had been made on this machine"
    Voice(as_json=as_json).findings(said, asdict(frozen))
