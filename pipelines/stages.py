"""Stages: what is done to a study, in which order, and what is already done?"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from utfall.analysis.errors import PublicationRefused, UsageError
from utfall.pipelines.bundle import check_bundle, recover, swap, unfinished
from utfall.pipelines.manifest import (
    computing,
    digest_of,
    is_current,
    run_id,
    sha256_of,
    write_manifest,
)
from utfall.pipelines.runlock import run_lock
from utfall.pipelines.study import Study, load_events, load_protocols

#: Beside the database: where the rows of the deliveries went, and which were set aside.
QUALITY_FILE = "quality.json"
QUARANTINE_FILE = "quarantine.csv"


@dataclass(frozen=True, slots=True)
class Done:
    """One stage that ended.

    Attributes
    ----------
    seconds : float
        Wall-clock time; 0 where nothing had changed.
    is_fresh : bool
        False where the work of an earlier run still stood.
    """

    stage: str
    sentence: str
    seconds: float
    is_fresh: bool


#: Told of every stage as it ends.
Listener = Callable[[Done], None]


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a run: a plain function of the study, and the files that it leaves."""

    name: str
    sentence: str
    work: Callable[[Study], object]
    outputs: Callable[[Study], tuple[Path, ...]]


def check(study: Study) -> None:
    """Hold everything that the study declares against what it may say.

    Raises
    ------
    ProtocolError
        With every fault of every file.
    """
    from utfall.pipelines.claims import load_claims
    from utfall.pipelines.questions import load_questions

    load_protocols(study)
    load_events(study)
    load_questions(study)
    load_claims(study)


def load(study: Study) -> None:
    """Read the deliveries into raw tables; what breaks a rule is put in quarantine.

    Raises
    ------
    DeliveryRefused
        With every fault of every delivery.
    """
    from utfall.pipelines.ingest import ingest_deliveries

    ingest_deliveries(study)


def build(study: Study) -> None:
    """Turn raw tables into marts whose contracts the analysis relies on."""
    from utfall.expectations.marts import require_marts
    from utfall.pipelines.transform import build_marts
    from utfall.pipelines.warehouse import MART_KEYS, kept_open, read_mart

    build_marts(study, join_gap_days=study.settings.join_gap_days)
    with kept_open(study.warehouse):
        require_marts({name: read_mart(study.warehouse, name) for name in MART_KEYS})


def compare(study: Study) -> None:
    """Ask of every declared comparison whether it is fair, and only then how large."""
    from utfall.pipelines.compare import compare_study

    compare_study(study)


def protect(study: Study) -> None:
    """Coarsen the results once, so that no person can be made out in anything published."""
    from utfall.pipelines.compare import protect_study

    protect_study(study)


def publish(study: Study) -> Path:
    """Make the bundle beside the published one and put it in its place when it is whole.

    Raises
    ------
    PublicationRefused
        The results are not protected, the bundle holds what it may not, or the attack on it
        recovers a protected count; the bundle that was published before stays as it was.
    """
    from utfall.pipelines.audit.bundle import require_sound
    from utfall.reports.site import build_site

    document = json.loads(study.protected.read_text(encoding="utf-8"))
    if document.get("protection") != "protected":
        raise PublicationRefused("only protected results are published; nothing was changed")
    if document.get("run_id") != run_id(study):
        raise PublicationRefused("the study changed since it was compared; run it again")
    recover(study.built)
    fresh = unfinished(study.built)
    try:
        fresh.mkdir(parents=True)
        build_site(document, fresh)
        write_manifest(study, fresh)
        check_bundle(fresh)
        require_sound(fresh)
        swap(fresh, study.built)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return study.index


def _loaded(study: Study) -> tuple[Path, ...]:
    return study.warehouse, study.work / QUALITY_FILE, study.work / QUARANTINE_FILE


STAGES = (
    Stage("check", "what the study declares can be used", check, lambda _: ()),
    Stage("load", "deliveries keep their contracts", load, _loaded),
    Stage("build", "raw tables into marts", build, lambda study: (study.warehouse,)),
    Stage("compare", "fairness first, then estimates", compare, lambda study: (study.results,)),
    Stage("protect", "no person can be made out", protect, lambda study: (study.protected,)),
    Stage("publish", "pages in Swedish and English", publish, lambda _: ()),
)
NAMES = tuple(stage.name for stage in STAGES)


def perform(
    study: Study, stage: Stage, key: str, listener: Listener, *, force: bool = False
) -> None:
    """Do one stage unless its work still stands, and remember that it was done.

    The memory of a stage is wiped before it starts, so that what a killed run left half
    done is never taken for finished; every later stage is then done again as well.

    Parameters
    ----------
    study : Study
    stage : Stage
    key : str
        ``run_key`` as it was when the run began.
    listener : callable
        Told how it went.
    force : bool
        Do it even where its work stands.
    """
    started = time.monotonic()
    is_fresh = force or not is_done(study, stage, key)
    if is_fresh:
        place = NAMES.index(stage.name)
        for later in STAGES[place:]:
            _stamp(study, later).unlink(missing_ok=True)
        stage.work(study)
        # `build` adds to the file that `load` made, so both now vouch for what it has become.
        for earlier in STAGES[: place + 1]:
            if earlier is stage or set(earlier.outputs(study)) & set(stage.outputs(study)):
                _remember(study, earlier, key)
    seconds = time.monotonic() - started if is_fresh else 0.0
    listener(Done(stage.name, stage.sentence, seconds, is_fresh))


def is_done(study: Study, stage: Stage, key: str) -> bool:
    """Return whether a stage's work was made from these inputs, by this code, and still stands."""
    if stage.name == "publish":
        return is_current(study)
    try:
        stamp = json.loads(_stamp(study, stage).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(stamp == _finished(study, stage, key))


def is_settled(study: Study) -> bool:
    """Return whether a run would change nothing, so that nothing need be started."""
    key = run_key(study)
    return all(is_done(study, stage, key) for stage in STAGES)


def run_key(study: Study) -> str:
    """Return what the work of every stage rests on: inputs, code, interpreter and packages."""
    return digest_of({"run": run_id(study), "computing": computing()})


@contextmanager
def working(study: Study) -> Iterator[None]:
    """Hold the study for one run, and clear away what a killed one left of its bundle.

    Raises
    ------
    Busy
        Another process is working on it.
    UsageError
        The folder cannot be written.
    """
    try:
        study.work.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise UsageError("the study's folder cannot be written; check its rights") from None
    with run_lock(study.work):
        recover(study.built)
        yield


def run_plainly(
    study: Study, listener: Listener, *, until: str = "publish", force: bool = False
) -> None:
    """Do the stages in order, one after the other, up to and including the one named."""
    key = run_key(study)
    for stage in STAGES[: NAMES.index(until) + 1]:
        perform(study, stage, key, listener, force=force)


def _stamp(study: Study, stage: Stage) -> Path:
    return study.work / "stages" / f"{stage.name}.json"


def _remember(study: Study, stage: Stage, key: str) -> None:
    path = _stamp(study, stage)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(_finished(study, stage, key)), encoding="utf-8")
    partial.replace(path)


def _finished(study: Study, stage: Stage, key: str) -> dict[str, object]:
    """Return what a stage's stamp holds when its work is whole and current."""
    outputs = stage.outputs(study)
    unsettled = [path for path in outputs if path.with_name(path.name + ".wal").exists()]
    return {
        "key": key,
        "outputs": {
            study.relative(path): sha256_of(path) if path.is_file() else None for path in outputs
        },
        "unsettled": [study.relative(path) for path in unsettled],
    }
