"""Killing: a study that keeps changing, whose runs are killed at every stage until one may end."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.trust.whole_runs import copy_of, published, utfall
from utfall.pipelines.bundle import unfinished
from utfall.pipelines.manifest import MANIFEST_FILE

#: Where a run is killed, in the order of the stages, and the stamp that it waits for first.
POINTS = {
    "load": None,
    "build": "load",
    "compare": "build",
    "publish": "protect",
    "swap": None,
}
#: What `pace.json` says that each of them lasts, summed.
LASTS = {
    "load": ("check", "load"),
    "build": ("build",),
    "compare": ("compare", "protect"),
    "publish": ("publish",),
}
#: Seconds until a run has read its own code and begins, and from the manifest to the new bundle.
STARTS, SWAPS = 1.5, 2.5

TITLE = "Comparison of labour-market programmes"
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

    def retitle(self, number: int) -> float:
        """Give the study one of its two titles; return when."""
        path = self.folder / "study.yml"
        plain = path.read_text("utf-8").replace(f"{TITLE}, again", TITLE)
        assert TITLE in plain
        path.write_text(plain.replace(TITLE, f"{TITLE}, again") if number else plain, "utf-8")
        return time.time()


@dataclass(frozen=True)
class Killed:
    """What is found after one kill: where it struck, and whether the bundle was a whole one."""

    point: str
    is_whole: bool


def two_ways(study: Path, folder: Path) -> Study:
    """Return a copy of a study that was run with either title, the first one last."""
    made = Study(copy_of(study, folder), ({}, {}), {})
    for number in (1, 0):
        made.retitle(number)
        assert utfall("run", "--no-prefect", "--quiet", "--study", folder).wait() == 0
        made.bundles[number].update(published(folder))
    made.pace.update(json.loads((folder / ".utfall/pace.json").read_text("utf-8")))
    (titled, again), names = made.bundles, made.bundles[0].keys()
    assert names == made.bundles[1].keys()
    assert sum(titled[name] != again[name] for name in names) > 5
    return made


def killed_at_every_stage(
    study: Study, number: int, draw: random.Random, way: str = "--no-prefect"
) -> Iterator[Killed]:
    """Change the title; kill one run after the other, each further on than the one before.

    Every run but the first begins in what a killed one left. The last may end.
    """
    began = study.retitle(number)
    for point in POINTS:
        run = utfall("run", way, "--quiet", "--study", study.folder)
        _wait(study, run, point, began)
        time.sleep(draw.random() * _seconds(study, point))
        run.send_signal(signal.SIGKILL)
        if run.wait() == -signal.SIGKILL:
            yield Killed(point, published(study.folder) in study.bundles)
    assert utfall("run", "--no-prefect", "--quiet", "--study", study.folder).wait() == 0
    assert published(study.folder) == study.bundles[number]
    assert [path.name for path in (study.folder / "reports").iterdir()] == ["built"]


def _wait(study: Study, run: subprocess.Popen[str], point: str, began: float) -> None:
    """Return when a run has come to where it is to be killed, or has ended."""
    before, built = POINTS[point], study.folder / "reports/built"
    if point == "load":
        return
    path = (
        unfinished(built) / MANIFEST_FILE
        if before is None
        else study.folder / f".utfall/stages/{before}.json"
    )
    while run.poll() is None and not (path.exists() and _made(path) > began):
        time.sleep(0.005)


def _made(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0


def _seconds(study: Study, point: str) -> float:
    if point == "swap":
        return SWAPS
    return sum(study.pace[stage] for stage in LASTS[point]) + (STARTS if point == "load" else 0)
