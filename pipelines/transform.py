"""Transform: raw tables into marts, by running the dbt project that ships beside this module."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from utfall.analysis.errors import Fault, TransformFailed
from utfall.pipelines.warehouse import cannot_open, stamp_marts, unstamp_marts

PROJECT = Path(__file__).resolve().parents[1] / "models"

#: What a broken check means, where its author wrote no description of its own.
_MEANING = {
    "unique": "two rows share one {column}",
    "is_key": "two rows share one {column}, or it is blank",
    "not_null": "rows without {column}",
    "accepted_values": "{column} holds a value that is not on its list",
    "relationships": "{column} points at rows that do not exist",
    "month_written": "{column} is not written YYYY-MM",
}


class StudyPaths(Protocol):
    """What has to be known of a study: where its database and its other derived work lie."""

    @property
    def work(self) -> Path:
        """Return the folder of derived work."""

    @property
    def warehouse(self) -> Path:
        """Return the DuckDB file."""


def build_marts(
    study: StudyPaths, *, with_unit_tests: bool = False, join_gap_days: int | None = None
) -> None:
    """Build the marts and hold them against their contracts and checks.

    Parameters
    ----------
    study : StudyPaths
        The raw tables are read from ``warehouse`` and the marts written into it.
    with_unit_tests : bool
        Also try the models' rules on the rows written beside them; for the test suite,
        since they do not depend on the study.
    join_gap_days : int or None
        Enrolments of one referral at most this far apart are one episode; None leaves it at
        what the models say.

    Raises
    ------
    Busy
        Another process has the database open.
    TransformFailed
        A model could not be built or a check failed; one fault for each.
    """
    unstamp_marts(study.warehouse)
    excluded = ["exposure"] if with_unit_tests else ["exposure", "unit_test"]
    faults = _run_dbt(
        study, ["build", "--exclude-resource-type", *excluded, *_variables(join_gap_days)]
    )
    if faults:
        raise TransformFailed("the marts could not be built from the raw tables", faults)
    stamp_marts(study.warehouse)


def parse_models(study: StudyPaths, *, join_gap_days: int | None = None) -> None:
    """Have dbt read the models ahead of ``build_marts``, which is then spared the reading.

    It opens no database. What it finds wrong is left for ``build_marts`` to say.
    """
    invoke_dbt(study, ["parse", *_variables(join_gap_days)])


def _variables(join_gap_days: int | None) -> list[str]:
    """Return what models are told of a study; dbt reads them anew where this differs."""
    declared = {} if join_gap_days is None else {"join_gap_days": join_gap_days}
    return ["--vars", json.dumps(declared)]


def _run_dbt(study: StudyPaths, command: list[str]) -> list[Fault]:
    """Run dbt and return what went wrong, in our own words."""
    outcome = invoke_dbt(study, command)
    if outcome.exception is not None:
        _raise_if_held(study.warehouse, str(outcome.exception))
        return [_unstarted()]
    faults = [
        _fault(result)
        for result in outcome.result.results
        if str(result.status) in {"error", "fail", "runtime error"}
    ]
    return faults if outcome.success or faults else [_cut_short()]


def invoke_dbt(study: StudyPaths, command: list[str], *, writes_json: bool = False) -> Any:
    """Run dbt in this process, write nothing about rows anywhere, and return its own result.

    ``writes_json`` lets it write what it knows of models and columns, into the study's work.
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    # A log or a run_results.json would repeat DuckDB's errors, which quote whole records.
    quiet = ["--quiet", "--no-print", "--log-level", "none", "--log-level-file", "none"]
    places = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    settings = {
        "UTFALL_WAREHOUSE": str(study.warehouse.resolve()),
        "DBT_TARGET_PATH": str((study.work / "dbt").resolve()),
        "DBT_LOG_PATH": str((study.work / "dbt").resolve()),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }
    with _environment(settings), _same_folder():
        try:
            json_flag = "--write-json" if writes_json else "--no-write-json"
            return dbtRunner().invoke([*command, *places, *quiet, json_flag])
        finally:
            DuckDBConnectionManager.close_all_connections()


def _fault(result: Any) -> Fault:
    """Say which node failed and what that means; never what dbt or DuckDB said about it."""
    node = result.node
    place = f"models/{node.original_file_path}"
    if str(node.resource_type) != "test":
        return Fault(
            rule=f"model_{node.name}",
            file=place,
            message=f"{node.resource_type} {node.name} could not be built",
            way_out=_way_out(str(result.message)),
        )
    if str(result.status) != "fail":
        return Fault(
            rule=f"test_{node.name}",
            file=place,
            message=f"check {node.name} could not be carried out",
            way_out="build again; if it stays, the model below it is at fault",
        )
    return Fault(
        rule=f"test_{node.name}",
        file=place,
        message=f"check {node.name} does not hold: {_meaning(node)}",
        way_out="`utfall check` the deliveries; the description of the mart says what it promises",
        rows=max(int(result.failures or 1), 1),
    )


#: How DuckDB says that disk or memory ran out: by itself, or of a file that it gave up since.
_NO_ROOM = ("No space left", "IO Error", "Out of Memory", "Could not write", "been invalidated")


def _way_out(complaint: str) -> str:
    """Return what to do about a model that failed, from DuckDB's words but without them.

    >>> _way_out("IO Error: Could not write file: No space left on device")
    'free disk space and memory, then build again'
    >>> _way_out("FATAL Error: Failed: database has been invalidated because of a previous error")
    'free disk space and memory, then build again'
    """
    if any(sign in complaint for sign in _NO_ROOM):
        return "free disk space and memory, then build again"
    return "a table may lack a column or hold a type it should not; `utfall check` the deliveries"


def _meaning(node: Any) -> str:
    if node.description:
        return str(node.description).strip()
    metadata = getattr(node, "test_metadata", None)
    kind = metadata.name if metadata else ""
    column = getattr(node, "column_name", None) or "a column"
    return _MEANING.get(kind, "its rule is broken").format(column=column)


def _unstarted() -> Fault:
    return Fault(
        rule="models_unread",
        file="models/dbt_project.yml",
        message="the models could not be read",
        way_out="install the package again; if models were changed, `dbt parse` says where",
    )


def _cut_short() -> Fault:
    return Fault(
        rule="models_unfinished",
        message="building the marts was cut short",
        way_out="run `utfall build` again; nothing half built is ever read",
    )


def _raise_if_held(warehouse: Path, complaint: str) -> None:
    if "Could not set lock" in complaint:
        raise cannot_open(warehouse, complaint)


@contextmanager
def _environment(settings: Mapping[str, str]) -> Iterator[None]:
    former = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in former.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _same_folder() -> Iterator[None]:
    """Come back to the folder we were in; dbt goes to its project."""
    former = Path.cwd()
    try:
        yield
    finally:
        os.chdir(former)
