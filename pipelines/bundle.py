"""Bundle: may this folder be published, and how does it take the old one's place at once?"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from utfall.analysis.errors import Fault, PublicationRefused
from utfall.pipelines.bundle_rules import RULES, broken_rules
from utfall.pipelines.manifest import bundle_files

ALLOWED = frozenset(
    {".html", ".css", ".js", ".svg", ".png", ".csv", ".json", ".jsonld", ".txt"}
    | {".pdf", ".xlsx", ".docx"}
)
MAX_ROWS = 5_000
MAX_BYTES = 16_000_000
RESULTS_FILE = "results.json"

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


def check_bundle(folder: Path) -> None:
    """Refuse a folder that holds anything but aggregates of protected results.

    Raises
    ------
    PublicationRefused
        A file's kind or size is not allowed, or results are not marked as protected.
    """
    faults = [fault for path in bundle_files(folder) for fault in _faults(path, folder)]
    results = [path for path in bundle_files(folder) if path.name == RESULTS_FILE]
    if not results:
        faults.append(_fault("bundle_results", "the bundle holds no results.json", folder, folder))
    if not (folder / "index.html").is_file():
        faults.append(_fault("bundle_index", "the bundle has no first page", folder, folder))
    if faults:
        raise PublicationRefused("the bundle may not be published; nothing was changed", faults)


def swap(new: Path, current: Path) -> None:
    """Put a finished folder in the place of the current one and remove the old.

    Where the system can exchange two names in one step a reader sees the old bundle or
    the new one, never neither. Elsewhere two renames do it, and ``recover`` undoes what a
    power cut leaves between them.
    """
    current.parent.mkdir(parents=True, exist_ok=True)
    if not current.exists():
        new.rename(current)
        return
    if _exchange(new, current):
        shutil.rmtree(new)
        return
    old = _old(current)
    shutil.rmtree(old, ignore_errors=True)
    current.rename(old)
    new.rename(current)
    shutil.rmtree(old)


def recover(current: Path) -> None:
    """Clear away what a killed run left beside the bundle; put the old one back if it is gone."""
    old = _old(current)
    if old.is_dir() and not current.exists():
        old.rename(current)
    for leftover in (old, unfinished(current)):
        shutil.rmtree(leftover, ignore_errors=True)


def unfinished(current: Path) -> Path:
    """Return where a bundle is made before it takes the current one's place."""
    return current.with_name(f".{current.name}.new")


def _old(current: Path) -> Path:
    return current.with_name(f".{current.name}.old")


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two names in one step; False where the system or file system cannot."""
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return False
    done = renameat2(
        _AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), ctypes.c_uint(_RENAME_EXCHANGE)
    )
    if done == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
        return False
    raise OSError(code, os.strerror(code))


def _faults(path: Path, folder: Path) -> Iterator[Fault]:
    if path.suffix not in ALLOWED:
        yield _fault("bundle_kind", "this kind of file may not be published", path, folder)
    elif path.stat().st_size > MAX_BYTES:
        yield _fault("bundle_size", f"the file is over {MAX_BYTES // 10**6} MB", path, folder)
    elif path.suffix == ".csv":
        with path.open("rb") as file:
            rows = sum(1 for _ in file) - 1
        if rows > MAX_ROWS:
            yield _fault("bundle_rows", f"a table may have {MAX_ROWS:,} rows", path, folder)
    elif path.name == RESULTS_FILE:
        declared = json.loads(path.read_text(encoding="utf-8"))
        if declared.get("protection") != "protected":
            yield _fault("bundle_unprotected", "these results are not protected", path, folder)
    for rule in broken_rules(path):
        yield _fault(rule, RULES[rule], path, folder)


def _fault(rule: str, message: str, path: Path, folder: Path) -> Fault:
    return Fault(
        rule=rule,
        file=None if path == folder else path.relative_to(folder).as_posix(),
        message=message,
        way_out="this is a fault of the program, not of the study; please report it",
    )
