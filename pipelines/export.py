"""Export: the marts as Parquet files, for a notebook on the evaluator's own machine."""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path

from utfall.analysis.errors import Fault, UsageError
from utfall.pipelines.study import Study

NOTEBOOK = "marts.ipynb"


def export_marts(study: Study, folder: Path | None = None) -> list[Path]:
    """Write every mart as a Parquet file, rows in the order of its key; beside them a notebook.

    Parameters
    ----------
    study : Study
        Its marts must have been built.
    folder : Path, optional
        ``.utfall/export`` of the study where left out.

    Returns
    -------
    list of Path
        The Parquet files, by name.

    Raises
    ------
    UsageError
        The folder lies where rows about people may not, or the marts are not there.
    """
    from utfall.pipelines.warehouse import MART_KEYS, read_mart

    out = (folder or study.work / "export").resolve()
    _require_private(study, out)
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for name in MART_KEYS:
        path = out / f"{name}.parquet"
        partial = path.with_suffix(".partial")
        read_mart(study.warehouse, name).write_parquet(partial)
        partial.replace(path)
        written.append(path)
    for path in study.protocol_paths:
        (out / "protocols").mkdir(exist_ok=True)
        shutil.copyfile(path, out / "protocols" / path.name)
    notebook = resources.files("utfall.pipelines").joinpath(f"examples/{NOTEBOOK}")
    (out / NOTEBOOK).write_text(notebook.read_text("utf-8"), encoding="utf-8")
    return written


def _require_private(study: Study, out: Path) -> None:
    """Refuse to put rows about people into the study's tracked or published folders."""
    inside = out.is_relative_to(study.root) and not out.is_relative_to(study.work)
    if inside:
        raise UsageError(
            "marts hold rows about people",
            [
                Fault(
                    rule="export_place",
                    message="the folder lies where things are published or under version control",
                    way_out="leave --out away to write to .utfall/export, or name one outside",
                )
            ],
        )
