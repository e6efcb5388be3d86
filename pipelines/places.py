"""Places: how do messages name what lies in a delivery, without a name that looks personal?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from utfall.expectations.identifiers import holds_number


@dataclass(frozen=True, slots=True)
class Place:
    """Where a delivery lies, and how messages name what is in it."""

    folder: Path
    study_root: Path | None

    @property
    def shown(self) -> str:
        """Return the folder's name, unless a name on the way to it looks personal."""
        root = (self.study_root or _root_of(self.folder)).resolve()
        inside = self.folder.is_relative_to(root)
        shown = self.folder.relative_to(root).as_posix() if inside else self.folder.name
        return "a delivery" if holds_number(shown) else shown

    def of(self, path: Path) -> str:
        """Return a file's name, or only its folder's where the name looks personal."""
        if holds_number(path.name):
            return f"a file in {self.shown}"
        return f"{self.shown}/{path.name}"


def _root_of(folder: Path) -> Path:
    """Return the study that a folder lies in, or the folder above its source.

    >>> _root_of(Path("/s/data/raw/town/2020-01-01")).as_posix()
    '/s'
    """
    above = folder.parents
    is_study = len(above) > 3 and (above[1].name, above[2].name) == ("raw", "data")
    return above[3] if is_study else above[min(1, len(above) - 1)]
