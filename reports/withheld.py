"""Withheld: does a comparison that was refused still carry a number that it may not?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from utfall.analysis.errors import Fault, PublicationRefused
from utfall.analysis.vocabulary import Refused

ANSWER = (
    "estimate",
    "std_error",
    "conf_low",
    "conf_high",
    "mean_target",
    "mean_comparator",
    "second_low",
    "second_high",
)
INTERVAL = ("estimate", "conf_low", "conf_high")


def require_protected(document: Mapping[str, Any]) -> None:
    """Refuse a document that is not protected, or that shows what its checks withheld.

    The analysis leaves these numbers out; this is the second lock on the same door, because
    a page can be mended and a number that has gone out cannot.

    Raises
    ------
    PublicationRefused
        With one fault per number, named by its place and never by its value.
    """
    if document.get("protection") != "protected":
        raise PublicationRefused("only protected results are published")
    faults = [
        Fault(
            rule="publish_withheld",
            file="results.json",
            column=f"{comparison['id']}.{place}",
            message="a number stands where the checks refused an answer",
            way_out="this is a fault of the program, not of the study; please report it",
        )
        for comparison in document["comparisons"]
        for place in places_of_withheld(comparison)
    ]
    if faults:
        raise PublicationRefused("a refused comparison would have shown its answer", faults)


def places_of_withheld(comparison: Mapping[str, Any]) -> Iterator[str]:
    """Yield where a refused comparison holds a number; nothing for one that was not refused."""
    if comparison["fairness"] not in Refused.FAIRNESS:
        return
    yield from (name for name in ANSWER if comparison[name] is not None)
    rows = {
        "ladder": [rung for rung in comparison["ladder"] if not rung["is_raw"]],
        "decomposition": comparison["decomposition"],
        "sensitivity": comparison["sensitivity"],
    }
    for part, listed in rows.items():
        for place, row in enumerate(listed):
            if any(row[name] is not None for name in INTERVAL):
                yield f"{part}[{place}]"
    bounds = comparison["bounds"] or {}
    if comparison["fairness"] == "not_comparable" and any(
        bounds.get(name) is not None for name in ("low", "high", "conf_low", "conf_high")
    ):
        yield "bounds"
