"""Verify: does running the study again give the bytes that a bundle promises, and if not, why?"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from utfall.analysis.errors import Fault, UsageError
from utfall.pipelines.manifest import damaged_files, make_manifest, read_manifest
from utfall.pipelines.stages import Listener, run_plainly, working
from utfall.pipelines.study import (
    CLAIMS_FILE,
    EVENTS_FILE,
    QUESTIONS_FILE,
    SETTINGS_FILE,
    Study,
    load_study,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What a rerun found, by what could explain a difference and by what differs.

    Attributes
    ----------
    damaged : tuple of str
        Files of the bundle that are not as its own manifest says.
    inputs : tuple of str
        Input files that are not what the bundle was made from.
    code_is_same : bool
        Whether the package's files are those that made the bundle.
    environment : tuple of str
        What of interpreter, packages and browser differs.
    data, rendered : tuple of str
        Files whose bytes differ: numbers and tables; pages and pictures.
    n_files : int
        Files that the bundle promises.
    """

    damaged: tuple[str, ...]
    inputs: tuple[str, ...]
    code_is_same: bool
    environment: tuple[str, ...]
    data: tuple[str, ...]
    rendered: tuple[str, ...]
    n_files: int

    @property
    def holds(self) -> bool:
        """Return whether every byte is as promised."""
        return not (self.damaged or self.data or self.rendered)

    @property
    def sentences(self) -> str:
        """Return the findings as lines, causes first."""
        told = {
            "bundle": _told(self.damaged, "as its manifest says"),
            "inputs": _told(self.inputs, "same"),
            "code": "same" if self.code_is_same else "other than that which made the bundle",
            "environment": _told(self.environment, "same"),
            "data": _told(self.data, "same bytes"),
            "rendered": _told(self.rendered, "same bytes"),
        }
        return "\n".join(f"{part:<11}  {said}" for part, said in told.items())


def verify_bundle(study: Study, bundle: Path, listener: Listener) -> Verification:
    """Run a study again, inside its work folder, and hold the outcome against a bundle.

    The deliveries are linked, not copied to some other place, so that rows about people
    never leave the study's folder.

    Raises
    ------
    UsageError
        The bundle has no manifest.
    UtfallError
        Whatever stops the rerun.
    """
    promised = read_manifest(bundle)
    if promised is None:
        raise UsageError(
            "there is no bundle to verify",
            [
                Fault(
                    rule="bundle_missing",
                    message="the folder holds no manifest.json of ours",
                    way_out="`utfall run` makes the bundle; or name its folder",
                )
            ],
        )
    with working(study):
        folder = study.work / "verify"
        shutil.rmtree(folder, ignore_errors=True)
        try:
            rerun = load_study(_linked(study, folder))
            run_plainly(rerun, listener)
            found = make_manifest(rerun, rerun.built)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return compared(promised, found, damaged_files(bundle, promised))


def compared(
    promised: Mapping[str, Any], found: Mapping[str, Any], damaged: list[str]
) -> Verification:
    """Return where two manifests differ.

    Parameters
    ----------
    promised, found : mapping
        Manifests of the bundle and of the rerun.
    damaged : list of str
        Files of the bundle that are not as its manifest says.
    """
    files = {
        kind: _differing(_files(promised, kind), _files(found, kind))
        for kind in ("data", "rendered")
    }
    return Verification(
        damaged=tuple(damaged),
        inputs=_differing(promised["inputs"], found["inputs"]),
        code_is_same=promised["package"] == found["package"],
        environment=_differing(_flat(promised["environment"]), _flat(found["environment"])),
        data=files["data"],
        rendered=files["rendered"],
        n_files=len(promised["files"]),
    )


def _linked(study: Study, folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name in (SETTINGS_FILE, EVENTS_FILE, CLAIMS_FILE, QUESTIONS_FILE):
        if (study.root / name).is_file():
            (folder / name).parent.mkdir(exist_ok=True)
            _link(study.root / name, folder / name)
    for part in (study.deliveries, study.protocol_folder):
        if part.is_dir():
            shutil.copytree(part, folder / part.relative_to(study.root), copy_function=_link)
    return folder


def _link(source: str | Path, copy: str | Path) -> None:
    try:
        os.link(source, copy)
    except OSError:  # file systems without hard links
        shutil.copyfile(source, copy)


def _files(manifest: Mapping[str, Any], kind: str) -> dict[str, str]:
    return {entry["path"]: entry["sha256"] for entry in manifest["files"] if entry["kind"] == kind}


def _flat(environment: Mapping[str, Any]) -> dict[str, Any]:
    return {**environment, **environment["packages"], "packages": None}


def _differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(sorted(key for key in one.keys() | other.keys() if one.get(key) != other.get(key)))


def _told(differing: tuple[str, ...], otherwise: str) -> str:
    if not differing:
        return otherwise
    named = ", ".join(differing[:5])
    more = " …" if len(differing) > 5 else ""
    return f"{len(differing)} differ: {named + more}"
