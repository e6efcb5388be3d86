"""Bundle: read a published folder as a stranger would, and try to get more out than was put in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from utfall.analysis.errors import Fault, PublicationRefused, UsageError
from utfall.pipelines.audit.attack import Recovered, attack
from utfall.pipelines.audit.clues import house_of
from utfall.pipelines.audit.outside import Leak, leaks_of
from utfall.pipelines.audit.puzzle import Contradiction
from utfall.pipelines.audit.releases import is_same_people, told_between
from utfall.pipelines.audit.tables import read_tables
from utfall.pipelines.manifest import bundle_files

RESULTS_FILE = "results.json"

#: What is said of a file that says too much, or that the attacker cannot read.
MESSAGES = {
    "outside": "the file says {}",
    "difference": "{} moved since an earlier release by so few people that it tells of them",
    "unread": "{} cannot be read, so nobody can tell what it gives away",
}
WAYS_OUT = {
    "outside": "put the number into the results before they are protected, and take it from there",
    "difference": "wait until more people have come, and publish then",
    "unread": "teach `pipelines/audit` to read it, or leave it out of the bundle",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What an attack on a bundle gave.

    Attributes
    ----------
    n_cells : int
        Counts that were attacked: hidden, rounded, or left over between two others.
    n_hidden : int
        Those that are hidden where they stand.
    n_files : int
        Files that were read, the manifest left out.
    recovered : tuple of Recovered
        By place, never by value.
    """

    n_cells: int
    n_hidden: int
    n_files: int
    recovered: tuple[Recovered, ...]

    @property
    def document(self) -> dict[str, Any]:
        """Return the finding as plain values."""
        return {
            "cells": self.n_cells,
            "hidden": self.n_hidden,
            "files": self.n_files,
            "recovered": [asdict(one) for one in self.recovered],
        }

    @property
    def sentences(self) -> str:
        """Return the finding as lines."""
        lines = [
            f"{self.n_cells} counts attacked through {self.n_files} files, "
            f"{self.n_hidden} of them hidden; recovered: {len(self.recovered)}"
        ]
        lines += [f"{one.place}  {one.how}  {one.name}" for one in self.recovered]
        return "\n".join(lines)


def audit_bundle(folder: Path, earlier: Sequence[Path] = ()) -> Audit:
    """Attack a bundle, from its files alone.

    Parameters
    ----------
    folder : Path
        The bundle.
    earlier : sequence of Path
        Bundles that were published before. One of the same deliveries is read together with
        this one; one of other deliveries is held against it, for what few people changed.

    Raises
    ------
    UsageError
        The folder is no bundle.
    PublicationRefused
        What is published contradicts itself, so that nothing can be said of it.
    """
    document = _results(folder)
    outside = tuple(_told_outside(leak) for leak in leaks_of(folder, document))
    n_files = len(bundle_files(folder))
    if house_of(document).is_public:
        return Audit(n_cells=0, n_hidden=0, n_files=n_files, recovered=outside)
    readings = read_tables(folder, document)
    older = [_results(one) for one in earlier]
    same = [one for one in older if is_same_people(one, document)]
    try:
        found = attack(document, earlier=same, readings=readings)
        between = [
            one
            for other in older
            if other not in same
            for one in told_between(found, attack(other), house_of(document).threshold)
        ]
    except Contradiction as error:
        raise PublicationRefused(
            "the numbers of the bundle contradict each other",
            [
                Fault(
                    rule="audit_contradiction",
                    file=RESULTS_FILE,
                    column=str(error),
                    message="no whole numbers of people fit everything that is said of them",
                    way_out="this is a fault of the program, not of the study; please report it",
                )
            ],
        ) from None
    return Audit(
        n_cells=len(found.ranges),
        n_hidden=found.n_hidden,
        n_files=n_files,
        recovered=(*outside, *found.recovered, *dict.fromkeys(between)),
    )


def _told_outside(leak: Leak) -> Recovered:
    return Recovered(
        name="a number that the protected results do not hold" if leak.is_read else "this file",
        place=f"{leak.file}:{leak.place}",
        kind="rounded",
        how="outside" if leak.is_read else "unread",
    )


def require_sound(folder: Path) -> None:
    """Refuse a bundle out of which a protected count can be worked out.

    Raises
    ------
    PublicationRefused
        With one fault per count, named by its place and never by its value.
    """
    audit = audit_bundle(folder)
    if audit.recovered:
        raise PublicationRefused(
            "protected counts can be worked out from the bundle; nothing was changed",
            list(faults_of(audit)),
        )


def faults_of(audit: Audit) -> Iterator[Fault]:
    """Yield what was recovered as faults: file, row where it has one, and which people."""
    for one in audit.recovered:
        file, _, rest = one.place.partition(":")
        row, _, column = rest.partition(":")
        yield Fault(
            rule=f"audit_{one.how}",
            file=file,
            row=int(row) if row.isdigit() else None,
            column=column if row.isdigit() else rest,
            message=MESSAGES.get(one.how, "{} can be worked out from what is published").format(
                one.name
            ),
            way_out=WAYS_OUT.get(
                one.how,
                "raise round_to or threshold under disclosure in study.yml, and report it",
            ),
        )


def _results(folder: Path) -> Mapping[str, Any]:
    try:
        found = json.loads((folder / RESULTS_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise UsageError(f"{folder} holds no bundle; there is no {RESULTS_FILE} to read") from None
    if not isinstance(found, dict) or "comparisons" not in found:
        raise UsageError(f"{folder / RESULTS_FILE} does not hold results")
    return found
