"""Manifest: what was this bundle made from, and is every byte of it still there?"""

from __future__ import annotations

import ctypes
import hashlib
import json
import platform
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from importlib import metadata, resources
from pathlib import Path
from typing import Any, Literal

from utfall.pipelines.study import (
    CLAIMS_FILE,
    EVENTS_FILE,
    QUESTIONS_FILE,
    SETTINGS_FILE,
    Study,
)
from utfall.pipelines.versions import versions_told

SCHEMA = "utfall/manifest/1"
MANIFEST_FILE = "manifest.json"
PARTS = ("analysis", "expectations", "models", "pipelines", "reports")

#: Kinds of file that make up the package; what else lies in a checkout cannot move a number.
_CODE = frozenset(
    {".py", ".sql", ".yml", ".csv", ".json", ".j2", ".html", ".css", ".js", ".svg", ".po", ".txt"}
)
#: Declared by studies, so they count where a study uses them and nowhere else.
_NOT_CODE = frozenset({"protocols", "examples", "built", "target", "logs", "__pycache__"})
#: Words about deliveries, and what a simulator knows that no delivery can.
_NOT_DELIVERED = frozenset({"README.md", "truth.json"})
_DRAWN = frozenset({".html", ".css", ".js", ".svg", ".png", ".pdf"})
#: Data by its kind of file, but it holds the hashes of what is drawn.
_NAMES_DRAWN = "ro-crate-metadata.json"
#: What lays out text for PDF files, as Linux and macOS name it.
_PANGO = ("libpango-1.0.so.0", "libpango-1.0.dylib")

Kind = Literal["data", "rendered"]


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def kind_of(name: str) -> Kind:
    """Return whether a file's bytes are data or depend on browser, fonts and templates.

    >>> kind_of("data/results.json"), kind_of("charts/ladder.svg")
    ('data', 'rendered')
    """
    is_drawn = Path(name).suffix in _DRAWN or Path(name).name == _NAMES_DRAWN
    return "rendered" if is_drawn else "data"


def input_hashes(study: Study) -> dict[str, str]:
    """Return the SHA-256 of every file that the study consists of, by path in the study."""
    declared = [
        study.root / name for name in (SETTINGS_FILE, EVENTS_FILE, CLAIMS_FILE, QUESTIONS_FILE)
    ]
    later = _received_later(study)
    delivered = (
        path
        for path in study.deliveries.rglob("*")
        if path.name not in _NOT_DELIVERED
        and not path.name.startswith(".")
        and not later.intersection(path.parents)
    )
    locks = [path.with_suffix(".lock") for path in study.protocol_paths]
    files = [*declared, *delivered, *study.protocol_paths, *locks]
    return _hashes(study.root, (path for path in files if path.is_file()))


def _received_later(study: Study) -> set[Path]:
    """Return the folders that the state of a day does not rest on, so that its name is kept."""
    if study.as_of is None:
        return set()
    from utfall.pipelines.delivery import find_deliveries

    held = set(find_deliveries(study.root, study.as_of))
    later = set(find_deliveries(study.root)) - held
    return later | {folder.parent for folder in later} - {folder.parent for folder in held}


def package_hashes() -> dict[str, str]:
    """Return the SHA-256 of every file of the package, alike from a checkout and a wheel."""
    hashes: dict[str, str] = {}
    for part in PARTS:
        folder = Path(str(resources.files(f"utfall.{part}")))
        found = _hashes(folder, _package_files(folder))
        hashes |= {f"{part}/{name}": digest for name, digest in found.items()}
    return hashes


def run_id(study: Study) -> str:
    """Return the name of a run: a hash of the study's inputs and of the package's files.

    The versions that a plan went through are told on the method page, so they are inputs too.
    The same inputs and code give the same name on every machine and at every time.
    """
    made_of = {
        "inputs": input_hashes(study),
        "versions": versions_told(study),
        "package": package_hashes(),
    }
    return digest_of(made_of)[:16]


def digest_of(value: Any) -> str:
    """Return the SHA-256 of nested values, whatever the order of their keys.

    >>> digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})
    True
    """
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def installed_packages() -> dict[str, str]:
    """Return the version of every installed package that ours rests on, by name."""
    versions: dict[str, str] = {}
    waiting = ["utfall"]
    while waiting:
        name = _normal(waiting.pop())
        if name in versions:
            continue
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:  # asked for on other platforms only
            continue
        versions[name] = found.version
        waiting += [
            re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]
            for requirement in found.requires or ()
            if "extra ==" not in requirement
        ]
    return dict(sorted(versions.items()))


def computing() -> dict[str, Any]:
    """Return what the data bytes rest on: interpreter, processor kind and packages."""
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "machine": platform.machine(),
        "packages": installed_packages(),
    }


def browser() -> str | None:
    """Return the name and version of the browser that draws the static charts."""
    from utfall.reports.charts import chart_engine

    found = chart_engine()
    if found is None:
        return None
    answer = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
    return answer.stdout.strip() or None


def pango() -> str | None:
    """Return the version of the library that lays out PDF files, None where it is not there."""
    for name in _PANGO:
        with suppress(OSError):
            tell = ctypes.CDLL(name).pango_version_string
            tell.restype = ctypes.c_char_p
            return str(tell().decode("ascii"))
    return None


def environment() -> dict[str, Any]:
    """Return what the rendered bytes rest on."""
    return {**computing(), "browser": browser(), "pango": pango()}


def bundle_files(folder: Path) -> list[Path]:
    """Return the files of a bundle but for its manifest, by path."""
    return sorted(
        path for path in folder.rglob("*") if path.is_file() and path != folder / MANIFEST_FILE
    )


def make_manifest(study: Study, folder: Path) -> dict[str, Any]:
    """Return the manifest of a bundle: what it was made from, and the hash of every file.

    It holds no time, host, user or path outside the study, so that two runs agree.
    """
    return {
        "schema": SCHEMA,
        "run_id": run_id(study),
        "study": study.id,
        "inputs": input_hashes(study),
        "versions": versions_told(study),
        "protocol_sha256": {path.stem: sha256_of(path) for path in study.protocol_paths},
        "package": {"version": metadata.version("utfall"), "sha256": digest_of(package_hashes())},
        "environment": environment(),
        "files": [
            {
                "path": path.relative_to(folder).as_posix(),
                "kind": kind_of(path.name),
                "bytes": path.stat().st_size,
                "sha256": sha256_of(path),
            }
            for path in bundle_files(folder)
        ],
    }


def write_manifest(study: Study, folder: Path) -> Path:
    """Write a bundle's manifest into it."""
    path = folder / MANIFEST_FILE
    text = json.dumps(make_manifest(study, folder), ensure_ascii=False, indent=2, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return a bundle's manifest, or None where there is none that can be read."""
    try:
        manifest = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    known = isinstance(manifest, dict) and manifest.get("schema") == SCHEMA
    return manifest if known else None


def damaged_files(folder: Path, manifest: Mapping[str, Any]) -> list[str]:
    """Return the files of a bundle that are missing, changed or not in its manifest."""
    promised = {entry["path"]: entry["sha256"] for entry in manifest["files"]}
    present = _hashes(folder, bundle_files(folder))
    return sorted(
        name for name in promised.keys() | present.keys() if promised.get(name) != present.get(name)
    )


def is_current(study: Study) -> bool:
    """Return whether the published bundle is what a run would give, byte for byte."""
    manifest = read_manifest(study.built)
    return (
        manifest is not None
        and manifest["run_id"] == run_id(study)
        and not damaged_files(study.built, manifest)
        and manifest["environment"] == environment()
    )


def _hashes(root: Path, paths: Iterable[Path]) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): sha256_of(path)
        for path in sorted(paths)
        if path.is_file()
    }


def _package_files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        inside = path.relative_to(folder).parts
        # Hidden folders too: a bundle in the making lies in one, inside `reports`.
        is_other = any(part in _NOT_CODE or part.startswith(".") for part in inside)
        if path.suffix in _CODE and not is_other:
            yield path


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
