"""Flows: the stages of a study as one Prefect flow, with the same bytes as without it."""

from __future__ import annotations

import logging
import os
from functools import partial

from utfall.analysis.errors import UtfallError
from utfall.pipelines.flow_server import LOOPBACK, flow_server
from utfall.pipelines.stages import NAMES, STAGES, Listener, is_done, perform, run_key
from utfall.pipelines.study import Study

#: Stages that read files handed over by others; a shared drive may need a second try.
READS_FILES = frozenset({"check", "load"})


def run_as_flow(
    study: Study, listener: Listener, *, until: str = "publish", force: bool = False
) -> None:
    """Do the stages in order as the tasks of one Prefect flow.

    Prefect's own caching stays off: it follows neither changed data nor changed modules.
    What still stands is decided by ``stages.is_done``, as without Prefect.

    Raises
    ------
    UtfallError
        Prefect's server did not start, or whatever stops a stage.
    """
    _settle_prefect(study)
    is_whole = force or not is_done(study, STAGES[0], run_key(study))
    with flow_server(partial(_prepare, study) if is_whole else lambda: None) as address:
        os.environ["PREFECT_API_URL"] = address
        from prefect import flow, task
        from prefect.cache_policies import NO_CACHE
        from prefect.settings import PREFECT_API_URL, temporary_settings

        @flow(name="fair-comparison", log_prints=False, validate_parameters=False)
        def fair_comparison() -> None:
            _quiet_logs()
            key = run_key(study)
            for stage in STAGES[: NAMES.index(until) + 1]:
                as_task = task(
                    name=stage.name,
                    cache_policy=NO_CACHE,
                    persist_result=False,
                    retries=1 if stage.name in READS_FILES else 0,
                    retry_condition_fn=_is_passing,
                )
                as_task(perform)(study, stage, key, listener, force=force)

        try:
            with temporary_settings({PREFECT_API_URL: address}):
                fair_comparison()
        finally:
            os.environ.pop("PREFECT_API_URL", None)


def _prepare(study: Study) -> None:
    """Do what a whole run needs and no server: seconds of loading libraries, reading models."""
    import dbt.cli.main
    import plotly.graph_objects
    import prefect
    import statsmodels.genmod.generalized_linear_model

    from utfall.expectations.gate import load_library
    from utfall.pipelines.transform import parse_models
    from utfall.reports.paper import can_print

    del dbt, plotly, prefect, statsmodels
    parse_models(study, join_gap_days=study.settings.join_gap_days)
    load_library()
    can_print()


def _is_passing(_task: object, _run: object, state: object) -> bool:
    """Return whether a failure may pass by itself: trouble with files, never a refusal."""
    failure = getattr(state, "data", None)
    return isinstance(failure, OSError) and not isinstance(failure, UtfallError)


def _quiet_logs() -> None:
    """Take back the voice that Prefect gives every library at the console.

    Some of them repeat what rows hold; what went wrong is told by our own errors.
    """
    for handler in logging.getLogger().handlers:
        handler.setLevel(logging.CRITICAL)


def _settle_prefect(study: Study) -> None:
    """Keep Prefect inside the study's work folder, quiet and without telemetry.

    Read when Prefect is imported, so this comes first. A server that the surroundings name
    is forgotten: what is done to a study is told to nobody.
    """
    for name in ("PREFECT_API_URL", "PREFECT_API_KEY", "PREFECT_PROFILE"):
        os.environ.pop(name, None)
    home = study.work / "prefect"
    home.mkdir(parents=True, exist_ok=True)
    os.environ.update(
        {
            "DO_NOT_TRACK": "1",
            "NO_PROXY": ",".join(filter(None, (os.environ.get("NO_PROXY"), LOOPBACK))),
            "PREFECT_HOME": str(home),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_SERVER_UI_ENABLED": "false",
            "PREFECT_LOGGING_LEVEL": "CRITICAL",
            "PREFECT_LOGGING_TO_API_ENABLED": "false",
            "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
            "PREFECT_CLI_COLORS": "false",
        }
    )
