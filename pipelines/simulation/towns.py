"""Towns: what are a municipality's two programmes called, and which comparisons are asked?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """Names that belong to one municipality.

    Attributes
    ----------
    name : str
        Municipality, and the source of its delivery.
    target, comparator : str
        Programme codes.
    site_target, site_comparator : str
        Site codes.
    prefix : str
        First letters of its pseudonyms.
    system : str
        What the delivery says it came from.
    comparison_all, comparison_border : str or None
        Ids of the comparisons whose truth is known: of everybody, and of those who could
        have been in either.
    needs_decision : bool
        Whether the comparator starts with an individual decision under SoL or LSS.
    counts_from_application : bool
        Whether the clock starts at an application rather than a referral.
    """

    name: str
    target: str
    comparator: str
    site_target: str
    site_comparator: str
    prefix: str
    system: str
    comparison_all: str | None
    comparison_border: str
    needs_decision: bool
    counts_from_application: bool


TOWNS: Mapping[str, Town] = {
    "vallentuna": Town(
        name="vallentuna",
        target="ama",
        comparator="vac",
        site_target="fabriksvagen",
        site_comparator="centrum",
        prefix="vt",
        system="synthetic case system",
        comparison_all="ama_vac_all",
        comparison_border="ama_vac_border",
        needs_decision=True,
        counts_from_application=False,
    ),
    "goteborg": Town(
        name="goteborg",
        target="angeredsmodellen",
        comparator="kompetenscenter",
        site_target="angered",
        site_comparator="hela_staden",
        prefix="gb",
        system="synthetic application register",
        comparison_all=None,
        comparison_border="angered_kompetenscenter",
        needs_decision=False,
        counts_from_application=True,
    ),
}
