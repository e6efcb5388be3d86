"""Small studies: too few people for most numbers, or no more than the tables that are required."""

from __future__ import annotations

from pathlib import Path

import yaml

from utfall.pipelines.examples import write_world

#: The files of the made-up case system that hold what every study must deliver.
REQUIRED = {"persons", "referrals", "spells"}

#: What a plan cannot ask of a delivery with nothing else in it.
NOT_DELIVERED = ("assistance", "attendance")


def write_few(folder: Path, size: int = 25) -> Path:
    """Write a study with this many people an arm and every table."""
    write_world(folder, "vallentuna", seed=4, size=size)
    return folder


def write_nobody(folder: Path) -> Path:
    """Write a study whose files hold nothing but their headers, as declared."""
    write_world(folder, "vallentuna", seed=4, size=25)
    mapping = folder / "data/raw/vallentuna/mapping.yml"
    declared = yaml.safe_load(mapping.read_text("utf-8"))
    empty = {name: {**one, "allow_empty": True} for name, one in declared["tables"].items()}
    mapping.write_text(_yaml({**declared, "tables": empty}), "utf-8")
    for path in folder.glob("data/raw/vallentuna/*/*.csv"):
        header, _, _ = path.read_bytes().partition(b"\n")
        path.write_bytes(header + b"\n")
    return folder


def write_bare(folder: Path, size: int = 60) -> Path:
    """Write a study of persons, referrals and enrolments alone, with plans that ask no more."""
    write_world(folder, "vallentuna", seed=4, size=size)
    mapping = folder / "data/raw/vallentuna/mapping.yml"
    declared = yaml.safe_load(mapping.read_text("utf-8"))
    kept = {name: one for name, one in declared["tables"].items() if name in REQUIRED}
    assert kept.keys() == REQUIRED
    mapping.write_text(_yaml({**declared, "tables": kept}), "utf-8")
    files = {one["file"] for one in kept.values()}
    for path in folder.glob("data/raw/vallentuna/*/*.csv"):
        if path.name not in files:
            path.unlink()
    return folder


def _yaml(value: object) -> str:
    return str(yaml.safe_dump(value, allow_unicode=True, sort_keys=False))
