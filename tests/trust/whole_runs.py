"""Whole runs: a small study, its published bytes, and a command started in other surroundings."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

INPUTS = ("study.yml", "events.yml", "data", "protocols")


def times(full: int) -> int:
    """Return how often to do something: all of it, or the share that UTFALL_TRUST names."""
    return max(1, round(full * float(os.environ.get("UTFALL_TRUST", "1"))))


def utfall(*arguments: object, **surroundings: Any) -> subprocess.Popen[str]:
    """Return a started command; its words lie in a file, so that they cannot block it."""
    options = {
        name: surroundings.pop(name)
        for name in ("cwd", "preexec_fn", "stderr")
        if name in surroundings
    }
    return subprocess.Popen(
        [sys.executable, "-m", "utfall.pipelines.cli", *map(str, arguments)],
        stdout=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **surroundings},
        **{"stderr": subprocess.DEVNULL, **options},
    )


def published(study: Path) -> dict[str, str]:
    """Return the SHA-256 of every published file, by path."""
    built = study / "reports/built"
    return {
        path.relative_to(built).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in built.rglob("*")
        if path.is_file()
    }


def copy_of(study: Path, folder: Path) -> Path:
    """Return a study of the same inputs, in another place and never run."""
    folder.mkdir(parents=True)
    for name in INPUTS:
        copy = shutil.copytree if (study / name).is_dir() else shutil.copyfile
        copy(study / name, folder / name)
    return folder
