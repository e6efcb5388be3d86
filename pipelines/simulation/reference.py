"""Reference: rewrite the synthetic deliveries that the repository carries.

Run ``python -m utfall.pipelines.simulation.reference FOLDER`` with the study's folder.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from utfall.pipelines.simulation.districts import draw_districts
from utfall.pipelines.simulation.events import events_text
from utfall.pipelines.simulation.lund import draw_lund
from utfall.pipelines.simulation.mia import draw_mia
from utfall.pipelines.simulation.pilots import draw_pilots
from utfall.pipelines.simulation.small import SmallSource
from utfall.pipelines.simulation.stockholm import draw_stockholm
from utfall.pipelines.simulation.study import write_source
from utfall.pipelines.simulation.world import draw

#: Scenario and seed of each source of the reference study.
SOURCES = (("vallentuna", 20161210), ("goteborg", 20170403))

#: Seed of the small sources, one for each source document that no town answers.
SMALL_SEED = 20160413


def small_sources() -> tuple[SmallSource, ...]:
    """Return the small sources of the reference study, in order of name."""
    plain = (draw_lund, draw_mia, draw_pilots, draw_districts)
    drawn = (*(draw(SMALL_SEED) for draw in plain), draw_stockholm(SMALL_SEED, stages=True))
    return tuple(sorted(drawn, key=lambda source: source.name))


def write_reference(study: Path) -> None:
    """Write every source's delivery and truth under ``data/raw``, and ``events.yml``."""
    worlds = [draw(scenario, seed) for scenario, seed in SOURCES]
    for world in worlds:
        truth = write_source(world, study)
        truth.write(study / "data" / "raw" / world.town.name / "truth.json")
    small = small_sources()
    for source in small:
        source.write(study)
    more = [event for source in small for event in source.events]
    (study / "events.yml").write_bytes(events_text(worlds, more).encode())


def main(arguments: Sequence[str]) -> int:
    """Write the reference deliveries into the folder given."""
    if len(arguments) != 1:
        print("usage: python -m utfall.pipelines.simulation.reference FOLDER", file=sys.stderr)
        return 2
    write_reference(Path(arguments[0]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
