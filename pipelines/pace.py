"""Pace: how long do the stages that are left take, going by the last time they were done?"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from utfall.pipelines.stages import NAMES, Done, Listener
from utfall.pipelines.study import Study

PACE_FILE = "pace.json"


def timed(study: Study, until: str, tell: Callable[[Done, float], None]) -> Listener:
    """Return a listener that tells of each stage with the seconds that are left after it.

    What each stage took is kept beside the study's work, for the next run; nothing that is
    published rests on it. A stage that was not done again foretells nothing, since those
    after it may stand as well; then, and on a study's first run, the seconds left are 0.
    """
    file = study.work / PACE_FILE
    before = read_pace(file)

    def listen(done: Done) -> None:
        tell(done, seconds_left(before, done.stage, until) if done.is_fresh else 0.0)
        if done.is_fresh:
            before[done.stage] = round(done.seconds, 1)
            # A forecast is a kindness; a disk without room for it stops no run.
            with suppress(OSError):
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(json.dumps(before), encoding="utf-8")

    return listen


def read_pace(file: Path) -> dict[str, float]:
    """Return the seconds that each stage took last; none that anybody wrote by hand amiss."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {
        name: float(found[name])
        for name in NAMES
        if isinstance(found.get(name), (int, float)) and found[name] >= 0
    }


def seconds_left(pace: Mapping[str, float], stage: str, until: str) -> float:
    """Return how long the stages after one take, up to the last that is asked for.

    Zero where any of them was never timed: half a forecast is none.

    >>> seconds_left({"compare": 7.0, "protect": 1.0, "publish": 22.0}, "compare", "publish")
    23.0
    >>> seconds_left({"publish": 22.0}, "compare", "publish")
    0.0
    """
    rest = NAMES[NAMES.index(stage) + 1 : NAMES.index(until) + 1]
    return sum(pace[name] for name in rest) if all(name in pace for name in rest) else 0.0
