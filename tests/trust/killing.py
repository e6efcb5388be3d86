"""Killing: a study that keeps changing, whose runs are killed at every stage until one may end."""

from __future__ import annotations

import json
import random
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.trust.whole_runs import copy_of, published, utfall
from utfall.pipelines.bundle import unfinished
from utfall.pipelines.manifest import MANIFEST_FILE

#: Where runs are killed, one after the other, in the order of the stages.
POINTS = (*("load",) * 2, *("build",) * 2, *("compare",) * 2, *("publish",) * 2, "swap")
#: The stamp of the stage before, and the stages that the kill may strike.
BEFORE = {"build": "load", "compare": "build", "publish": "protect"}
STRUCK = {
    "load": ("check", "load"),
    "build": ("build",),
    "compare": ("compare", "protect"),
    "publish": ("publish",),
}
#: Seconds until a run has read its own code and begins, and from the manifest to the new bundle.
STARTS, SWAPS = 1.5, 2.0

TITLE = "Comparison of labour-market programmes"
AGAIN = f"{TITLE}, again"
Bundle = dict[str, str]


@dataclass(frozen=True)
class Study:
    """A study that is published in two ways: as it was first, and with another title.

    Attributes
    ----------
    pace
        Seconds that each stage took.
    """

    folder: Path
    bundles: tuple[Bundle, Bundle]
    pace: dict[str, float]

    def retitle(self) -> tuple[int, float]:
        """Give the study its other title; return its number, and when that was."""
        path = self.folder / "study.yml"
        told = path.read_text("utf-8")
        number = AGAIN not in told
        path.write_text(
            told.replace(TITLE, AGAIN) if number else told.replace(AGAIN, TITLE), "utf-8"
        )
        return int(number), time.time()


@dataclass(frozen=True)
class Killed:
    """What is found after one kill: where it struck, and whether the bundle was a whole one."""

    point: str
    is_whole: bool


def two_ways(study: Path, folder: Path) -> Study:
    """Return a copy of a study that was run with either title, the first one last."""
    made = Study(copy_of(study, folder), ({}, {}), {})
    for _ in range(2):
        number, _ = made.retitle()
        assert utfall("run", "--no-prefect", "--quiet", "--study", folder).wait() == 0
        made.bundles[number].update(published(folder))
    made.pace.update(json.loads((folder / ".utfall/pace.json").read_text("utf-8")))
    (titled, again), names = made.bundles, made.bundles[0].keys()
    assert names == made.bundles[1].keys()
    assert sum(titled[name] != again[name] for name in names) > 5
    return made


def killed_at_every_stage(
    study: Study, draw: random.Random, way: str = "--no-prefect"
) -> Iterator[Killed]:
    """Change the title; kill one run after the other, each further on than those before.

    Every run but the first begins in what a killed one left. The last may end.
    """
    number, changed = study.retitle()
    for point in POINTS:
        before = _sign(study, point)
        waits = before is not None and not _is_made(before, changed)
        run = utfall("run", way, "--quiet", "--study", study.folder)
        while before and run.poll() is None and not _is_made(before, changed):
            time.sleep(0.005)
        lasts = SWAPS if point == "swap" else sum(study.pace[stage] for stage in STRUCK[point])
        time.sleep(draw.random() * (lasts if waits else STARTS + lasts))
        run.send_signal(signal.SIGKILL)
        if run.wait() == -signal.SIGKILL:
            yield Killed(point, published(study.folder) in study.bundles)
    assert utfall("run", "--no-prefect", "--quiet", "--study", study.folder).wait() == 0
    assert published(study.folder) == study.bundles[number]
    assert [path.name for path in (study.folder / "reports").iterdir()] == ["built"]


def _sign(study: Study, point: str) -> Path | None:
    """Return the file that tells that a run has come to a point."""
    if point == "swap":
        return unfinished(study.folder / "reports/built") / MANIFEST_FILE
    if point in BEFORE:
        return study.folder / f".utfall/stages/{BEFORE[point]}.json"
    return None


def _is_made(path: Path, since: float) -> bool:
    try:
        return path.stat().st_mtime >= since
    except OSError:
        return False
