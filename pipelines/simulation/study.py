"""Study: write a world to disk as a municipality would deliver it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from utfall.pipelines.simulation.events import events_text
from utfall.pipelines.simulation.faults import with_faults
from utfall.pipelines.simulation.layout import encoded, load_layout, localised, untidied
from utfall.pipelines.simulation.scenarios import find_scenario
from utfall.pipelines.simulation.truth import PlantedFault, Truth, faults_in_order
from utfall.pipelines.simulation.world import World, draw


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How a system writes its files.

    Attributes
    ----------
    encoding, delimiter, decimal : str
        As ``delivery.yml`` declares them.
    population : str
        Who the delivery covers, in the municipality's words.
    code_list_version : str
        Version of the code lists.
    """

    encoding: str
    delimiter: str
    decimal: str
    population: str
    code_list_version: str


DIALECTS: Mapping[str, Dialect] = {
    "vallentuna": Dialect(
        encoding="utf-8",
        delimiter=";",
        decimal=",",
        population="alla remisser till AMA och VAC",
        code_list_version="2017-01",
    ),
    "goteborg": Dialect(
        encoding="cp1252",
        delimiter="\t",
        decimal=".",
        population="alla ansökningar som gått till Angeredsmodellen eller Kompetenscenter",
        code_list_version="2015",
    ),
}


def simulate(
    scenario: str,
    out: Path,
    *,
    seed: int,
    size: float | int | None = None,
    faults: bool = True,
    overrides: Mapping[str, Any] | None = None,
) -> Truth:
    """Write a whole study's data: deliveries, mapping, events and truth; no protocols.

    Parameters
    ----------
    scenario : str
        One of ``SCENARIOS``.
    out : Path
        Study folder; made where missing, files in it replaced.
    seed : int
        The same seed gives the same bytes.
    size : float or int or None
        As for ``draw``.
    faults : bool
        Whether some rows are spoilt, at places that the truth lists.
    overrides : mapping
        Parameters of ``parameters.yml``.

    Returns
    -------
    Truth
        As written to ``truth.json``.

    Raises
    ------
    ValueError
        No such scenario or parameter.
    """
    find_scenario(scenario)
    world = draw(scenario, seed, size, **(overrides or {}))
    truth = write_source(world, out, faults=faults)
    (out / "events.yml").write_bytes(events_text([world]).encode())
    truth.write(out / "truth.json")
    return truth


def write_source(world: World, out: Path, *, faults: bool = True) -> Truth:
    """Write one world as a source under ``data/raw``; return its truth with the faults."""
    dialect = DIALECTS[world.town.name]
    layout = load_layout(world.town.name, dialect.decimal)
    rng = np.random.default_rng([world.seed, 99])
    source = Path("data") / "raw" / world.town.name
    folder = source / layout.delivery
    (out / folder).mkdir(parents=True, exist_ok=True)
    local = {
        name: untidied(name, localised(name, world.tables[name], layout, rng), layout, rng)
        for name in layout.mapping["tables"]
        if not world.tables[name].is_empty()
    }
    planted: list[PlantedFault] = []
    if faults:
        local, planted = with_faults(local, layout, rng, folder.as_posix())
    for name, table in local.items():
        (out / folder / layout.file_of(name)).write_bytes(
            encoded(
                table,
                delimiter=dialect.delimiter,
                newline=layout.style["newline"],
                encoding=layout.style.get("written_as", dialect.encoding),
            )
        )
    (out / source / "mapping.yml").write_bytes(layout.mapping_text.encode())
    (out / folder / "delivery.yml").write_bytes(_delivery_text(world, dialect).encode())
    return replace(world.truth, faults=faults_in_order(planted))


def _delivery_text(world: World, dialect: Dialect) -> str:
    extracted = world.settings.day("extracted_on")
    declared = {
        "source": world.town.name,
        "system": world.town.system,
        "extracted_on": extracted,
        "version": 1,
        "corrects": None,
        "code_list_version": dialect.code_list_version,
        "encoding": dialect.encoding,
        "delimiter": dialect.delimiter,
        "decimal": dialect.decimal,
        "purpose": "follow_up",
        "covers_from": world.settings.day("history_from"),
        "covers_to": extracted.fromordinal(extracted.toordinal() - 1),
        "covers_population": dialect.population,
        "covers": world.settings["covers"],
        "synthetic": True,
    }
    return "# Synthetic data: no row describes anybody.\n" + yaml.safe_dump(
        declared, allow_unicode=True, sort_keys=False
    )
