"""Pictures: which counts can be measured off the charts of a bundle?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from utfall.pipelines.audit.tables import Reading


def read_pictures(folder: Path, document: Mapping[str, Any]) -> list[Reading]:
    """Return the counts that the marks of a bundle's charts tell."""
    del folder, document
    return []
