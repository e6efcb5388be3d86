"""Options: what may be asked of more than one verb, each said once."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

StudyFolder = Annotated[
    Path, typer.Option("--study", metavar="DIR", help="Folder of the study.", show_default=False)
]
AsJson = Annotated[bool, typer.Option("--json", metavar="", help="Results as JSON.")]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", metavar="", help="No progress, only results.")
]
Force = Annotated[
    bool, typer.Option("--force", metavar="", help="Do it again even where nothing changed.")
]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        formats=["%Y-%m-%d"],
        metavar="DATE",
        help="Work on what had been received that day, apart from the study's own results.",
        show_default=False,
    ),
]
HERE = Path()
