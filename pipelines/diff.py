"""Diff: what changed between two bundles, and what of inputs, code or environment explains it?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from utfall.analysis.errors import Fault, UsageError
from utfall.pipelines.manifest import read_manifest
from utfall.pipelines.verify import Verification, compared

RESULTS_FILE = "results.json"

#: What a reader of a comparison would notice if it changed, in the order of its page.
NOTICED = (
    "fairness",
    "headline",
    "precision",
    "n_target",
    "n_comparator",
    "estimate",
    "conf_low",
    "conf_high",
    "second_low",
    "second_high",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing of one comparison that is not the same in both bundles.

    ``before`` or ``after`` is None where the first or the second bundle does not show it.
    """

    comparison: str
    what: str
    before: Any
    after: Any

    @property
    def sentence(self) -> str:
        """Return the change on one line."""
        before, after = _written(self.before), _written(self.after)
        return f"{self.comparison}  {self.what}  {before}  →  {after}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What differs between two bundles.

    Attributes
    ----------
    causes : Verification
        Inputs, code, environment and files that differ.
    changes : tuple of Change
        What a reader of the results would notice.
    """

    causes: Verification
    changes: tuple[Change, ...]

    @property
    def sentences(self) -> str:
        """Return the findings as lines: causes first, then what a reader would notice."""
        told = [change.sentence for change in self.changes] or ["no result changed"]
        # A bundle that is damaged is told of first; the other lines say what differs.
        return "\n".join([self.causes.sentences, "", *told])


def diff_bundles(one: Path, other: Path) -> Difference:
    """Compare two bundles by what they were made from and by what they say.

    Only bundles are read, so nothing unprotected can be told.

    Raises
    ------
    UsageError
        A folder holds no bundle.
    """
    manifests = [_manifest(folder) for folder in (one, other)]
    results = [_results(folder) for folder in (one, other)]
    return Difference(
        causes=compared(manifests[0], manifests[1], []),
        changes=tuple(changes_between(results[0], results[1])),
    )


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """Yield what a reader would notice between two results documents, in page order."""
    old, new = _by_id(before), _by_id(after)
    for name in dict.fromkeys([*old, *new]):
        if name not in old or name not in new:
            yield Change(
                comparison=name,
                what="comparison",
                before=_there(name, old),
                after=_there(name, new),
            )
            continue
        yield from _changes(name, old[name], new[name])


def _changes(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    pairs = {what: (old[what], new[what]) for what in NOTICED}
    gates = [{gate["id"]: gate["status"] for gate in one["gates"]} for one in (old, new)]
    for gate in dict.fromkeys([*gates[0], *gates[1]]):
        pairs[gate] = (gates[0].get(gate), gates[1].get(gate))
    for what, (was, is_now) in pairs.items():
        if was != is_now:
            yield Change(comparison=name, what=what, before=was, after=is_now)


def _by_id(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {one["id"]: one for one in document["comparisons"]}


def _there(name: str, answers: Mapping[str, Any]) -> str:
    return "in the bundle" if name in answers else "not in the bundle"


def _written(value: Any) -> str:
    if value is None:
        return "not shown"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _manifest(folder: Path) -> Mapping[str, Any]:
    manifest = read_manifest(folder)
    if manifest is None:
        raise _no_bundle()
    return manifest


def _results(folder: Path) -> Mapping[str, Any]:
    try:
        document: Mapping[str, Any] = json.loads(
            (folder / RESULTS_FILE).read_text(encoding="utf-8")
        )
    except (OSError, ValueError):
        raise _no_bundle() from None
    return document


def _no_bundle() -> UsageError:
    return UsageError(
        "there is no bundle to compare",
        [
            Fault(
                rule="bundle_missing",
                message="one of the folders holds no bundle of ours",
                way_out="name two folders that hold manifest.json and results.json",
            )
        ],
    )
