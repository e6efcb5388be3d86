"""Events: what happened outside the programmes that a comparison has to know of?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import yaml

from utfall.pipelines.simulation.world import World


def events_of(world: World) -> list[dict[str, Any]]:
    """Return the events of one world, as ``events.yml`` holds them.

    A world without a fire has no fire event.
    """
    known = [*_CODE_LIST] if "code_break" in world.settings else [*_GOTEBORG]
    if world.fire is None:
        return known
    window = world.settings.table("fire")
    fire = {
        "id": "ama_fire_2016",
        "kind": "capacity",
        "programme": world.town.target,
        "site": world.town.site_target,
        "from": window["from"],
        "to": window["to"],
        "capacity_share": world.settings.number("fire_capacity"),
        "label": {
            "sv": "Branden i AMA:s lokaler 9–10 december 2016",
            "en": "The fire at AMA’s premises, 9–10 December 2016",
        },
        "source": "AMA:s medarbetare, debattartikel, StockholmDirekt 2018-11-07",
        "evidence_grade": "party",
    }
    return [fire, *known]


_CODE_LIST: list[dict[str, Any]] = [
    {
        "id": "code_list_2017",
        "kind": "measurement",
        "programme": None,
        "site": None,
        "from": date(2017, 1, 1),
        "to": date(2017, 1, 1),
        "capacity_share": None,
        "label": {
            "sv": "Ny kodlista för försörjningshinder, insatser och avslutsorsaker",
            "en": "New code list for obstacles, measures and exit reasons",
        },
        "source": "Socialstyrelsen, HSLF-FS 2015:30, instruktion januari 2017",
        "evidence_grade": "official",
    },
]

_GOTEBORG: list[dict[str, Any]] = [
    {
        "id": "angered_staffing_2015",
        "kind": "organisation",
        "programme": "angeredsmodellen",
        "site": "angered",
        "from": date(2015, 3, 1),
        "to": date(2015, 5, 31),
        "capacity_share": None,
        "label": {
            "sv": "Personalen tredubblas och den nya metoden införs",
            "en": "Staff is tripled and the new method begins",
        },
        "source": "Göteborgs Stad, vartgoteborg.se; våren 2015, dagen är inte känd",
        "evidence_grade": "press",
    },
    {
        "id": "kompetenscenter_sites_2016",
        "kind": "organisation",
        "programme": "kompetenscenter",
        "site": "hela_staden",
        "from": date(2016, 1, 1),
        "to": date(2016, 12, 31),
        "capacity_share": None,
        "label": {
            "sv": "Två Kompetenscenter till öppnar",
            "en": "Two more Kompetenscenter open",
        },
        "source": "Göteborgs Stad, årsredovisning 2016; dagen är inte känd",
        "evidence_grade": "official",
    },
]


def events_text(worlds: Iterable[World], more: Iterable[Mapping[str, Any]] = ()) -> str:
    """Return ``events.yml`` for the worlds of one study and more events, in order of date."""
    events = sorted(
        (*(event for world in worlds for event in events_of(world)), *map(dict, more)),
        key=lambda event: (event["from"], event["id"]),
    )
    return yaml.safe_dump(
        {"schema": "utfall/events/1", "events": events},
        allow_unicode=True,
        sort_keys=False,
        width=100,
    )
