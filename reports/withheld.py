"""Withheld: does a comparison that was refused still carry a number that it may not?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from utfall.analysis.errors import Fault, PublicationRefused
from utfall.analysis.vocabulary import REFUSED

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
    """Yield where a comparison without an answer holds what would tell of one.

    An answer is withheld by a refusal, or hidden since too few people stand behind it; then
    the rungs on the way to it may stand, but neither its sign nor any interval around it.
    """
    is_refused = comparison["fairness"] in REFUSED
    if not is_refused and comparison["estimate"] is not None:
        return
    yield from (name for name in ANSWER if comparison[name] is not None)
    for place, one in enumerate(comparison.get("secondary_outcomes", ())):
        if any(one[name] is not None for name in (*INTERVAL, "differs")):
            yield f"secondary_outcomes[{place}]"
    if comparison.get("robustness") is not None:
        yield "robustness"
    if not is_refused:
        yield from _places_of_hidden(comparison)
        return
    rows = {
        "ladder": [rung for rung in comparison["ladder"] if not rung["is_raw"]],
        "decomposition": comparison["decomposition"],
        "sensitivity": comparison["sensitivity"],
        "specifications": comparison.get("specifications", ()),
        "methods_compared": comparison.get("methods_compared", ()),
        "window_scan": comparison.get("window_scan", ()),
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


def _places_of_hidden(comparison: Mapping[str, Any]) -> Iterator[str]:
    if comparison["headline"] != "cannot_tell":
        yield "headline"
    if comparison["bounds"] is not None:
        yield "bounds"
    parts = ("decomposition", "sensitivity", "specifications", "methods_compared", "window_scan")
    for part in parts:
        for place, row in enumerate(comparison.get(part, ())):
            if any(row[name] is not None for name in INTERVAL):
                yield f"{part}[{place}]"
