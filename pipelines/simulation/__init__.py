"""Simulation: synthetic municipalities whose truth is known, in memory or as messy deliveries.

Nothing here is imported by, or imports, the analysis: a world cannot share its mistakes.
"""

from utfall.pipelines.simulation.scenarios import SCENARIOS
from utfall.pipelines.simulation.study import simulate
from utfall.pipelines.simulation.truth import PlantedFault, TrueEffect, Truth, read_truth
from utfall.pipelines.simulation.world import World, draw

__all__ = [
    "SCENARIOS",
    "PlantedFault",
    "TrueEffect",
    "Truth",
    "World",
    "draw",
    "read_truth",
    "simulate",
]
