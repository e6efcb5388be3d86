"""Validation flow: do files through every stage give what memory gives, and are faults caught?"""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from utfall.analysis import compare
from utfall.analysis.disclosure import Rules, protect
from utfall.pipelines.delivery import check_delivery
from utfall.pipelines.examples import write_world
from utfall.pipelines.rehearsal import Rehearsal, rehearse
from utfall.pipelines.simulation import draw, read_truth, simulate
from utfall.pipelines.simulation.faults import MISHAPS
from utfall.pipelines.validation import MARTS, cohort_of, delivered, published

#: Trials that held, and trials.
Held = tuple[int, int]

#: Worlds that are written to files, in turn.
WRITTEN = ("fire_only", "goteborg", "null", "boundary_overlap")

#: Referrals an arm of a world that is written to files.
SIZE = 120

Cells = list[list[str]]


@cache
def _rehearsal() -> Rehearsal:
    return rehearse()


def flow_equals_memory(seed: int) -> dict[str, Held]:
    """Return whether a world's comparison is the same from files and stages as in memory.

    Every number that is scored must be the same: files are untidied on the way out, and
    read, loaded, modelled by dbt, compared and protected on the way back.
    """
    from utfall.pipelines.compare import run_comparisons, study_context
    from utfall.pipelines.stages import build, load
    from utfall.pipelines.study import load_protocols, load_study

    scenario = WRITTEN[seed % len(WRITTEN)]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "study"
        write_world(root, scenario, seed=seed, size=SIZE)
        # The same world again, without the rows that are spoilt on purpose.
        simulate(scenario, root, seed=seed, size=SIZE, faults=False)
        study = load_study(root)
        load(study)
        build(study)
        protocols, context = load_protocols(study), study_context(study)
        by_flow = [published(protect(found, Rules())) for found in run_comparisons(study)]
    world = draw(scenario, seed, SIZE)
    (marts,) = _rehearsal().many([delivered(world)], MARTS)
    context = replace(context, programme_months=marts["programme_months"])
    in_memory = [
        published(protect(compare(cohort_of(world, marts), protocol, context=context), Rules()))
        for protocol in protocols
    ]
    same = sum(one == other for one, other in zip(by_flow, in_memory, strict=True))
    return {"equal": (same, len(protocols))}


def injected_faults(seed: int) -> dict[str, Held]:
    """Return how many kinds of fault are caught, each put alone into a delivery that is sound.

    Caught is: the delivery is turned down, or the row itself is set aside.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        truth = simulate("null", root / "spoilt", seed=seed, size=40)
        found = _set_aside(root / "spoilt")
        rows = [(fault.file, fault.row) in found for fault in truth.faults]
        simulate("null", root / "sound", seed=seed, size=40, faults=False)
        tried = [all(rows), *_injected(root, seed)]
        is_quiet = (
            not _set_aside(root / "sound") and not read_truth(root / "sound" / "truth.json").faults
        )
    kinds = len(MISHAPS)
    return {
        "caught": (kinds * int(tried[0]) + sum(tried[1:]), kinds + len(tried) - 1),
        "sound_is_let_in": (int(is_quiet), 1),
    }


def _injected(root: Path, seed: int) -> Iterator[bool]:
    for number, spoil in enumerate(INJECTIONS.values()):
        copy = root / f"copy{number}"
        shutil.copytree(root / "sound", copy)
        place = spoil(_folder(copy), seed)
        report = check_delivery(_folder(copy), study_root=copy)
        found = set(report.quarantine.select("row").to_series().to_list())
        yield not report.is_accepted or (place is not None and place in found)


def _folder(root: Path) -> Path:
    (source,) = (root / "data" / "raw").iterdir()
    return next(path for path in sorted(source.iterdir()) if path.is_dir())


def _set_aside(root: Path) -> set[tuple[str, int]]:
    report = check_delivery(_folder(root), study_root=root)
    return set(report.quarantine.select("file", "row").iter_rows())


# ------------------------------------------------------------------ injections
def _file_missing(folder: Path, _seed: int) -> None:
    folder.joinpath(_mapped(folder, "referrals")["file"]).unlink()


def _file_cut(folder: Path, _seed: int) -> None:
    path = folder / _mapped(folder, "spells")["file"]
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])


def _cell(table: str, column: str, value: str) -> Callable[[Path, int], int]:
    def spoil(folder: Path, seed: int) -> int:
        mapped = _mapped(folder, table)
        cells = _read(folder / mapped["file"])
        at = cells[0].index(mapped["columns"][column])
        filled = [row for row in range(1, len(cells)) if cells[row][at]]
        row = filled[seed % len(filled)]
        cells[row][at] = value
        _write(folder / mapped["file"], cells)
        return row + 1

    return spoil


def _sites_swapped(folder: Path, _seed: int) -> None:
    mapped = _mapped(folder, "sites")
    cells = _read(folder / mapped["file"])
    at = cells[0].index(mapped["columns"]["site"])
    cells[1][at], cells[2][at] = cells[2][at], cells[1][at]
    _write(folder / mapped["file"], cells)


#: What is done to a delivery; each returns the line of the row, or None for a whole file.
INJECTIONS: Mapping[str, Callable[[Path, int], int | None]] = {
    "file_missing": _file_missing,
    "file_cut": _file_cut,
    "future_start": _cell("spells", "start_date", "2031-05-06"),
    "future_referral": _cell("referrals", "referral_date", "2031-05-06"),
    "code_mutated": _cell("spells", "exit_reason", "QQ"),
    "programme_mutated": _cell("referrals", "programme", "QQ"),
    "person_unknown": _cell("spells", "person_id", "qqqqqqqq"),
    "sites_swapped": _sites_swapped,
}


def _mapped(folder: Path, table: str) -> dict[str, Any]:
    text = (folder.parent / "mapping.yml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text)["tables"][table])


def _read(path: Path) -> Cells:
    text = path.read_bytes().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text), delimiter=";"))


def _write(path: Path, cells: Cells) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\n").writerows(cells)
    path.write_bytes(out.getvalue().encode("utf-8"))
