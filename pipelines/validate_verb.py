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
    as_json: Annotated[bool, typer.Option("--json", help="Results as JSON.")] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress, only results.")
    ] = False,
) -> None:
    """Try the method on worlds whose truth is known, and print what holds and what does not."""
    from utfall.analysis.document import canonical_json
    from utfall.pipelines.validation import validate as run
    from utfall.pipelines.validation_cases import CASES
    from utfall.pipelines.validation_text import as_text

    wanted = set(case or [])
    if unknown := sorted(wanted - {one.id for one in CASES}):
        raise UsageError(
            f"there is no case {', '.join(unknown)}",
            [
                Fault(
                    rule="case_unknown",
                    message="no such case",
                    way_out=f"cases: {', '.join(one.id for one in CASES)}",
                )
            ],
        )
    chosen = [one for one in CASES if not wanted or one.id in wanted]
    voice = Voice(as_json=as_json, quiet=quiet)
    document = run(replicates, chosen, told=voice.note)
    if out is not None:
        out.write_text(canonical_json(document), encoding="utf-8")
    voice.result(as_text(document), document)
