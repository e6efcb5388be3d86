"""Versions: which versions of a plan were ever run, and how often were they run here?"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from utfall.analysis.protocol import Protocol
from utfall.pipelines.study import Study

#: Beside the plans, so that it travels with them and a rerun elsewhere shows the same.
VERSIONS_FILE = "versions.log"

#: On this machine alone.
RUNS_FILE = "runs.log"


def note_versions(study: Study, protocols: Sequence[Protocol]) -> None:
    """Add the versions of locked plans that were never run before; nothing is taken away.

    A plan's version is the hash of its file. What is not locked is a draft, and leaves no
    trace in the study's folder. Where that folder cannot be written to, nothing is noted: a
    study on a read-only disk can be run all the same.
    """
    known = set(_lines(_versions_path(study)))
    new = [line for one in protocols if (line := f"{one.id} {one.sha256}") not in known]
    _append(_versions_path(study), new)


def note_run(study: Study, run_id: str, protocols: Sequence[Protocol]) -> None:
    """Add one run to this machine's log, a line for each comparison that it answered."""
    _append(_runs_path(study), [f"{one.id} {one.sha256} {run_id}" for one in protocols])


def read_versions(study: Study, name: str) -> list[str]:
    """Return the hashes of a plan's versions that were run, in the order of their first run."""
    return [line.split()[1] for line in _lines(_versions_path(study)) if line.split()[0] == name]


def versions_told(study: Study) -> dict[str, list[str]]:
    """Return the versions of each plan that a run tells of, its own included once it is locked.

    The same before a run has noted its versions and after, and where they cannot be noted: what
    is printed is then decided before anything runs, and a run's name can rest on it.
    """
    told = {}
    for path in study.protocol_paths:
        run = read_versions(study, path.stem)
        own = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        is_new = path.with_suffix(".lock").is_file() and own and own not in run
        told[path.stem] = [*run, own] if is_new else run
    return told


def count_runs(study: Study, name: str) -> int:
    """Return how many times a comparison was answered on this machine."""
    return sum(line.split()[0] == name for line in _lines(_runs_path(study)))


def _versions_path(study: Study) -> Path:
    return study.protocol_folder / VERSIONS_FILE


def _runs_path(study: Study) -> Path:
    return study.work / RUNS_FILE


def _lines(path: Path) -> list[str]:
    if not path.is_file():
        return []
    return [line for line in path.read_text(encoding="utf-8").splitlines() if len(line.split()) > 1]


def _append(path: Path, lines: Sequence[str]) -> None:
    if not lines:
        return
    former = path.read_text(encoding="utf-8") if path.is_file() else ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Put in place whole: a copy that shares the file must not grow with it.
        partial = path.with_name(path.name + ".partial")
        partial.write_text(former + "".join(f"{line}\n" for line in lines), encoding="utf-8")
        partial.replace(path)
    except OSError:
        return
