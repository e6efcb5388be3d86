"""Doctor: what does this machine have and lack, and how is it got?"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from utfall.pipelines.manifest import browser
from utfall.reports.paper import can_print

OLDEST, NEWEST = (3, 11), (3, 13)
FREE_GB = 2
FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked for.

    Attributes
    ----------
    is_needed : bool
        Nothing runs without it; otherwise the report is made all the same, and says what
        it lacks.
    way_out : str
        How to get it, where it is missing.
    """

    name: str
    is_there: bool
    is_needed: bool
    found: str
    way_out: str

    @property
    def sentence(self) -> str:
        """Return the finding on one line, with the way out where it is missing."""
        mark = "ok     " if self.is_there else ("MISSING" if self.is_needed else "lacking")
        return f"{mark}  {self.name:<12}  {self.found if self.is_there else self.way_out}"


def examine(folder: Path) -> list[Finding]:
    """Look for what a run in a folder needs or can use."""
    return list(_looked_for(folder))


def _looked_for(folder: Path) -> Iterator[Finding]:
    yield Finding(
        "Python",
        OLDEST <= sys.version_info[:2] <= NEWEST,
        True,
        platform.python_version(),
        f"install Python {OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}",
    )
    drawing = browser()
    yield Finding(
        "browser",
        drawing is not None,
        False,
        drawing or "",
        "static charts are left out; Debian and Ubuntu: sudo apt-get install chromium",
    )
    yield Finding(
        "fonts",
        _has_fonts(),
        False,
        "Liberation",
        "charts use another font; Debian and Ubuntu: sudo apt-get install fonts-liberation",
    )
    yield Finding(
        "PDF",
        can_print(),
        False,
        "Pango, HarfBuzz",
        "PDF files are left out; Debian and Ubuntu: "
        "sudo apt-get install libpangoft2-1.0-0 libharfbuzz-subset0",
    )
    place = next(place for place in (folder.resolve(), *folder.resolve().parents) if place.exists())
    free = shutil.disk_usage(place).free / 10**9
    yield Finding(
        "disk", free >= FREE_GB, True, f"{free:.0f} GB free", f"free at least {FREE_GB} GB"
    )
    yield Finding(
        "write rights",
        os.access(place, os.W_OK),
        True,
        "the study's folder can be written",
        "the study's folder cannot be written: change its rights, or copy it",
    )


def _has_fonts() -> bool:
    if shutil.which("fc-list"):
        listed = subprocess.run(["fc-list"], capture_output=True, text=True, check=False).stdout
        if "liberation" in listed.lower():
            return True
    return any(
        next(folder.rglob("Liberation*"), None) is not None
        for folder in FONT_FOLDERS
        if folder.is_dir()
    )
