"""Scenarios: which worlds can be drawn, and how does each differ from its municipality?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: Everyone could be in either programme, and nothing but chance decides which.
_SAME_PEOPLE = {"border_share": 1.0, "assignment_strength": 0.0}
_NO_FIRE = {"fire_capacity": 1.0}
_STEADY = {"site_year_sd": 0.0}
#: Nearly two in five reach work or studies, as in an ordinary year (SKR 2018).
_USUAL_RESULTS = {"risk_intercept": 1.25}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A named world.

    Attributes
    ----------
    name : str
        What ``simulate`` and ``draw`` take.
    municipality : str
        Whose parameters, systems and delivery style it uses.
    description : str
        One line.
    overrides : mapping
        Parameters that differ from the municipality's.
    size : float or int or None
        Size when the caller gives none.
    """

    name: str
    municipality: str
    description: str
    overrides: Mapping[str, Any] = field(default_factory=dict)
    size: float | int | None = None


_ALL = (
    Scenario(
        name="vallentuna",
        municipality="vallentuna",
        description="AMA and VAC 2014-2018: fire, two legal groups, a border group, no effect",
    ),
    Scenario(
        name="null",
        municipality="vallentuna",
        description="Milton's null: same law, measured differences, no fire and no effect",
        overrides={"border_share": 1.0, **_NO_FIRE, **_STEADY},
    ),
    Scenario(
        name="fire_only",
        municipality="vallentuna",
        description="Equal programmes and equal people; only the fire sets them apart",
        overrides={**_SAME_PEOPLE, **_STEADY, **_USUAL_RESULTS},
    ),
    Scenario(
        name="selection_only",
        municipality="vallentuna",
        description="Equal programmes, no fire; the comparator gets the harder cases, as measured",
        overrides={"border_share": 1.0, "assignment_strength": 1.8, **_NO_FIRE, **_STEADY},
    ),
    Scenario(
        name="tiny_n",
        municipality="vallentuna",
        description="34 referrals an arm in all, equal programmes and people, with the fire",
        overrides={**_SAME_PEOPLE, **_STEADY, **_USUAL_RESULTS},
        size=34,
    ),
    Scenario(
        name="boundary_overlap",
        municipality="vallentuna",
        description="Disjoint by law but for a border group of 40 an arm; no fire, no effect",
        overrides={"border_share": 0.30, **_NO_FIRE, **_STEADY},
        size=134,
    ),
    Scenario(
        name="goteborg",
        municipality="goteborg",
        description="Angered model and Kompetenscenter 2015-2018: +5 points, more denials",
    ),
)

#: Every scenario by name.
REGISTRY: Mapping[str, Scenario] = {scenario.name: scenario for scenario in _ALL}

#: One line on every scenario.
SCENARIOS: Mapping[str, str] = {scenario.name: scenario.description for scenario in _ALL}


def find_scenario(name: str) -> Scenario:
    """Return a scenario by name.

    Raises
    ------
    ValueError
        No such scenario; the message lists those that exist.
    """
    if name not in REGISTRY:
        raise ValueError(f"no scenario {name!r}; there are {', '.join(REGISTRY)}")
    return REGISTRY[name]
