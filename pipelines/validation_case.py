"""Validation case: a world whose truth is known, what is asked of it, and what must hold there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from utfall.pipelines.validation_bars import Bar

#: Noise between site-years, as a share, under which the second interval must still hold.
NOISES = (0.03, 0.05, 0.08)

#: Two sites a programme and ten facts that no programme can have touched.
FULL = {"sites": 2, "negative_controls": 10}
CONTROLS = {
    "negative_controls": [
        {
            "name": f"control_{number:02d}",
            "kind": "pre_period",
            "label": {"sv": f"tidigare uppgift {number}", "en": f"earlier fact {number}"},
            "reason": "lay before anybody was referred",
        }
        for number in range(1, 11)
    ]
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A world, the plan that is asked of it, and what must hold.

    Attributes
    ----------
    id, what : str
        Name in design/validation.md, and the world in one line.
    scenario, protocol : str
        Of the simulator, and of the package.
    size : int or float or None
        Referrals an arm, as the simulator takes it.
    world, plan : mapping
        Simulator parameters, and keys of the protocol that are replaced.
    keep : tuple of str
        Covariates kept; empty keeps all.
    adds : tuple of mapping
        Covariates declared beside the protocol's own.
    bars : tuple of Bar
    stops : tuple of str
        Gates that ought not to pass here.
    is_sound : bool
        Nothing is wrong with the comparison: a gate that raises its hand raises a false alarm.
    is_graded : bool
        Every other fair-minded choice is tried too, without which the check of stability
        cannot speak; it takes half of the time.
    noises : tuple of float
        Noise between site-years beside none.
    noise_worth : int
        As ``worth``, of the worlds at each of these levels.
    is_biased : bool
        The fault moves the answer itself, so that no interval is asked to hold the truth.
    is_locked : bool
        The plan was frozen before the data were at hand.
    loaded_share : float
        Share of the delivered rows that were let in.
    gap_draws : int
        Draws behind the intervals of the parts of the debated gap.
    worth : int
        How many worlds this case gets, in tenths of what is asked for; large ones get fewer.
    """

    id: str
    what: str
    scenario: str
    protocol: str = "ama_vac_border"
    size: int | float | None = None
    world: Mapping[str, Any] = field(default_factory=dict)
    plan: Mapping[str, Any] = field(default_factory=dict)
    keep: tuple[str, ...] = ()
    adds: tuple[Mapping[str, Any], ...] = ()
    bars: tuple[Bar, ...] = ()
    stops: tuple[str, ...] = ()
    is_sound: bool = False
    is_graded: bool = False
    noises: tuple[float, ...] = NOISES
    noise_worth: int = 4
    is_biased: bool = False
    is_locked: bool = True
    loaded_share: float = 0.995
    gap_draws: int = 0
    worth: int = 10

    @property
    def is_judged_alone(self) -> bool:
        """Return whether each level of noise has worlds enough to be judged by itself."""
        return self.noise_worth > 10

    @property
    def sha256(self) -> str:
        """Return the hash of what decides a world and its answer, whatever must hold there."""
        told = {"what", "bars", "stops", "is_sound", "is_biased", "noises", "noise_worth", "worth"}
        made = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in told}
        return hashlib.sha256(json.dumps(made, sort_keys=True, default=str).encode()).hexdigest()
