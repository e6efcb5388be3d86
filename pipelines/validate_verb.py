"""Validate: the verb that tries the whole method on worlds whose truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from utfall.analysis.errors import Fault, UsageError
from utfall.pipelines.console import Voice


def validate(
    replicates: Annotated[int, typer.Option(min=1, help="Worlds a case and level of noise.")] = 20,
    case: Annotated[
        list[str] | None, typer.Option("--case", metavar="ID", help="Only these cases.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Also write the result there.")
    ] = None,
    readme: Annotated[
        Path | None,
        typer.Option("--readme", metavar="FILE", help="Renew the table in this README."),
    ] = None,
    journal: Annotated[
        Path | None,
        typer.Option(
            "--journal", metavar="FILE", help="Keep every world there, and go on from it."
        ),
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(min=0.0, help="Draw no more worlds after so long.")
    ] = None,
    state: Annotated[
        list[str] | None,
        typer.Option(
            "--state",
            metavar="HASH",
            help="Score the journal's worlds of that state of the code too, and name it.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", metavar="", help="Results as JSON.")] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", metavar="", help="No progress, only results.")
    ] = False,
) -> None:
    """Try the method on worlds whose truth is known, and print what holds and what does not."""
    from utfall.analysis.document import canonical_json
    from utfall.pipelines.validation_cases import CASES
    from utfall.pipelines.validation_checks import CHECKS
    from utfall.pipelines.validation_run import validate as run
    from utfall.pipelines.validation_text import as_text, with_table

    wanted = set(case or [])
    names = [*(one.id for one in CASES), *(one.id for one in CHECKS)]
    if unknown := sorted(wanted - set(names)):
        raise UsageError(
            f"there is no case {', '.join(unknown)}",
            [
                Fault(
                    rule="case_unknown",
                    message="no such case",
                    way_out=f"cases: {', '.join(names)}",
                )
            ],
        )
    chosen = [one for one in CASES if not wanted or one.id in wanted]
    voice = Voice(as_json=as_json, quiet=quiet)
    document = run(
        replicates,
        chosen,
        checks=[one for one in CHECKS if not wanted or one.id in wanted],
        told=voice.note,
        journal=journal,
        seconds=None if minutes is None else 60 * minutes,
        states=state or (),
    )
    if out is not None:
        out.write_text(canonical_json(document), encoding="utf-8")
    if readme is not None:
        text = readme.read_text(encoding="utf-8")
        readme.write_text(with_table(text, document), encoding="utf-8")
    voice.result(as_text(document), document)
