"""Reference: rewrite the synthetic deliveries that the repository carries.

Run ``python -m utfall.pipelines.simulation.reference FOLDER`` with the study's folder.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from utfall.pipelines.simulation.events import events_text
from utfall.pipelines.simulation.study import write_source
from utfall.pipelines.simulation.world import draw

#: Scenario and seed of each source of the reference study.
SOURCES = (("vallentuna", 20161210), ("goteborg", 20170403))


def write_reference(study: Path) -> None:
    """Write every source's delivery and truth under ``data/raw``, and ``events.yml``."""
    worlds = [draw(scenario, seed) for scenario, seed in SOURCES]
    for world in worlds:
        truth = write_source(world, study)
        truth.write(study / "data" / "raw" / world.town.name / "truth.json")
    (study / "events.yml").write_bytes(events_text(worlds).encode())


def main(arguments: Sequence[str]) -> int:
    """Write the reference deliveries into the folder given."""
    if len(arguments) != 1:
        print("usage: python -m utfall.pipelines.simulation.reference FOLDER", file=sys.stderr)
        return 2
    write_reference(Path(arguments[0]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
