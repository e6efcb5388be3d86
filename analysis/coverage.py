"""Coverage: from how many people on does an interval hold the truth often enough?"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from math import sqrt

from utfall.analysis.protocol import Protocol

#: Share of repeated samples in which an interval must hold the truth to be shown.
LEAST_HELD = 0.90
#: The same, within two Monte Carlo errors, from that many people on.
LEAST_HELD_BY_MANY, MANY = 0.93, 200


@cache
def measured() -> dict[str, dict[int, tuple[int, int]]]:
    """Return, by interval and people per arm, how often the truth was held, out of how many.

    Measured on worlds with a known answer (tests/recovery/coverage.py), 2,000 each.
    """
    text = files("utfall.analysis").joinpath("coverage.json").read_text(encoding="utf-8")
    return {
        name: {int(n): (held, made) for n, (held, made) in row.items()}
        for name, row in json.loads(text).items()
        if name != "_meta"
    }


def interval_name(protocol: Protocol) -> str:
    """Return the measured interval that a plan's answer uses.

    The comparator's people (atc) are the target's people (att) with the arms exchanged;
    matching was measured for the overlap population alone.
    """
    kind = "share" if protocol.scale == "share" else "amount"
    if not protocol.covariates:
        return f"crude.{kind}"
    if protocol.estimator == "coarsened_matching":
        return "coarsened_matching.share.ato"
    estimand = "att" if protocol.estimand == "atc" else protocol.estimand
    return f"{protocol.estimator}.{kind}.{estimand}"


def fewest_people(name: str, *, least: float = LEAST_HELD) -> int | None:
    """Return the people per arm from which on an interval held the truth often enough.

    None where it did not at the largest number measured, or was not measured.

    >>> fewest_people("crude.share")
    20
    >>> fewest_people("crude.share", least=0.999) is None
    True
    """
    found = None
    for n, (held, made) in sorted(measured().get(name, {}).items(), reverse=True):
        if made == 0 or not _holds(n, held, made, least):
            break
        found = n
    return found


def _holds(n: int, held: int, made: int, least: float) -> bool:
    share = held / made
    error = sqrt(share * (1 - share) / made)
    return share >= least and (n < MANY or share + 2 * error >= LEAST_HELD_BY_MANY)
