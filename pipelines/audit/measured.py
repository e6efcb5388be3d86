"""Measured: what may the page about the program itself say, whatever the study?"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from utfall.analysis.document import StudyFacts, to_document
from utfall.pipelines.audit.readers import read
from utfall.pipelines.audit.sayings import Saying
from utfall.pipelines.method import validation_results
from utfall.reports.site import build_site

#: Pages about the program itself, made of what it measured on made-up worlds before any study.
MEASURED = ("validation.html", "validation.en.html")


def is_own(saying: Saying) -> bool:
    """Return whether a line is one that the committed validation gives in every study's bundle.

    The numbers there are about made-up worlds and stand in no study's results. They are held
    against the same page of a study without any results, so that no number of a study's own
    can hide among them.
    """
    return saying.file in MEASURED and saying.cells in _own_lines()[saying.file]


def is_committed(document: Mapping[str, Any]) -> bool:
    """Return whether the results carry the committed validation, unchanged, or none."""
    return document.get("validation") in (None, {}, validation_results())


@cache
def _own_lines() -> dict[str, frozenset[tuple[str, ...]]]:
    words = {"sv": "", "en": ""}
    nothing = StudyFacts(
        study={
            "id": "none",
            "title": words,
            "synthetic": False,
            "status": "utkast",
            "dnr": "",
            "municipality": words,
            "data_note": words,
            "disclosure": {"threshold": 7, "round_to": 5, "public_data": False},
        },
    )
    document = to_document([], nothing, run_id="", protection="protected")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "built"
        out.mkdir()
        build_site(
            {**document, "validation": validation_results()}, out, charts=False, papers=False
        )
        return {name: frozenset(one.cells for one in read(out / name, name)) for name in MEASURED}
