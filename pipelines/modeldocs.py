"""Model docs: what is every column of the marts, and which model does it come from?"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from utfall.analysis.errors import TransformFailed
from utfall.pipelines.transform import StudyPaths, invoke_dbt
from utfall.pipelines.warehouse import raw_run_id

#: The one page that the documentation is; it holds names and descriptions, never a row.
PAGE = "static_index.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How old the newest delivery is.

    Attributes
    ----------
    status : str
        ``pass``, ``warn``, or ``no_deliveries``.
    newest : str
        Day of the newest extract, ISO; empty without one.
    """

    status: str
    newest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    work: Path
    warehouse: Path


def write_docs(study: StudyPaths) -> Path:
    """Write the documentation of a study's models, for the researcher at the same machine.

    It names tables, columns and the folder that it was made in, so it stays beside the
    database and is never part of what is published.

    Returns
    -------
    Path
        ``.utfall/docs/static_index.html``, which opens without a server.

    Raises
    ------
    TransformFailed
        The database is missing, or dbt could not read its own project.
    """
    raw_run_id(study.warehouse)
    docs = study.work / "docs"
    with tempfile.TemporaryDirectory() as folder:
        place = _Place(work=Path(folder), warehouse=study.warehouse)
        outcome = invoke_dbt(place, ["docs", "generate", "--static"], writes_json=True)
        page = place.work / "dbt" / PAGE
        if not outcome.success or not page.is_file():
            raise TransformFailed("the documentation of the models could not be written")
        docs.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(page, docs / PAGE)
    return docs / PAGE


def freshness(study: StudyPaths) -> Freshness:
    """Return whether the newest delivery is older than the models call fresh."""
    with tempfile.TemporaryDirectory() as folder:
        place = _Place(work=Path(folder), warehouse=study.warehouse)
        outcome = invoke_dbt(place, ["source", "freshness"])
    results = [] if outcome.result is None else list(outcome.result.results)
    if outcome.exception is not None or not results:
        raise TransformFailed("the age of the deliveries could not be read")
    found = results[0]
    if getattr(found, "max_loaded_at", None) is None:
        return Freshness(status="no_deliveries")
    return Freshness(status=str(found.status), newest=found.max_loaded_at.date().isoformat())


def main(arguments: Sequence[str]) -> int:
    """Write the documentation of the study in the folder given, and say where it lies."""
    from utfall.pipelines.study import load_study

    study = load_study(Path(arguments[0] if arguments else "."))
    print(write_docs(study))
    age = freshness(study)
    print(f"newest delivery: {age.newest or 'none'} ({age.status})", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
