"""Examples: studies that run as they stand, for someone to change into their own."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from importlib import resources
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

import yaml

from utfall.analysis.errors import Fault, UsageError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

EXAMPLES = ("vallentuna", "nsw")

#: Referrals an arm of the study that ``utfall init`` writes: enough to answer, quick to run.
SIZE = 800
SEED = 1

NSW_TABLE = "data/raw/nsw/1986/nsw.csv"
NSW_COLUMNS = ("age", "educ", "black", "hisp", "marr", "nodegree")
NSW_EARNINGS = ("re74", "re75", "re78")

#: Keeps real rows out of version control in a study that somebody makes their own.
IGNORED = "# Derived work, and what was handed over.\n.utfall/\nreports/built/\ndata/raw/*/*/\n"


def write_example(folder: Path, example: str = EXAMPLES[0]) -> None:
    """Write a new study that runs as it stands; nothing that exists is overwritten.

    Parameters
    ----------
    folder : Path
        Where it is to lie; made where missing.
    example : str
        One of ``EXAMPLES``: made-up referrals to AMA and VAC, or public research data with
        an answer that is known from a lottery.

    Raises
    ------
    UsageError
        No such example, or the folder holds files already.
    """
    if example not in EXAMPLES:
        raise UsageError(
            f"there is no example {example}",
            [_fault("example_unknown", "no such example", f"examples: {', '.join(EXAMPLES)}")],
        )
    from utfall.pipelines.contract_text import write_templates

    refuse_overwriting(folder)
    if example == "nsw":
        _write_files(folder, _template_files("nsw"))
        _write(folder / NSW_TABLE, nsw_table())
    else:
        write_world(folder, example, seed=SEED, size=SIZE)
        write_templates(folder)
    _write(folder / ".gitignore", IGNORED)


def write_world(folder: Path, scenario: str, *, seed: int, size: int | float | None) -> None:
    """Write a synthetic study: deliveries, events, truth, and the comparisons to make of them.

    Raises
    ------
    UsageError
        No such scenario, or the folder holds files already.
    """
    from utfall.pipelines.simulation import SCENARIOS, simulate
    from utfall.pipelines.simulation.scenarios import find_scenario
    from utfall.pipelines.simulation.towns import TOWNS

    if scenario not in SCENARIOS:
        raise UsageError(
            f"there is no scenario {scenario}",
            [_fault("scenario_unknown", "no such scenario", f"there are {', '.join(SCENARIOS)}")],
        )
    refuse_overwriting(folder)
    simulate(scenario, folder, seed=seed, size=size)
    name = find_scenario(scenario).municipality
    events = yaml.safe_load((folder / "events.yml").read_text(encoding="utf-8"))["events"]
    known = {event["id"] for event in events}
    protocols = dict(_protocols_of({TOWNS[name].target, TOWNS[name].comparator}, known))
    template = dict(_template_files("synthetic"))["study.yml"]
    settings = Template(template).substitute(
        id=scenario, municipality=name.capitalize(), protocols=", ".join(protocols)
    )
    _write(folder / "study.yml", settings)
    for protocol, text in protocols.items():
        _write(folder / "protocols" / f"{protocol}.yml", text)


def refuse_overwriting(folder: Path) -> None:
    """Refuse a folder that holds anything already.

    Raises
    ------
    UsageError
        It does, or it is a file.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(
            "the folder is not empty, and nothing is ever overwritten",
            [
                _fault(
                    "folder_taken", "files are there already", "name a folder that does not exist"
                )
            ],
        )


def nsw_table() -> str:
    """Return the National Supported Work study as a sheet, one row a person.

    Participants and the lottery's controls (Dehejia and Wahba's sample), and the people of
    a population survey; real earnings in dollars, written so that reading them back
    gives the very same numbers.
    """
    from causaldata import cps_mixtape, nsw_mixtape

    lottery = nsw_mixtape.load_pandas().data.to_dict("records")
    survey = cps_mixtape.load_pandas().data.to_dict("records")
    groups: list[tuple[str, list[dict[str, Any]]]] = [
        ("participant", [row for row in lottery if row["treat"] == 1]),
        ("randomised control", [row for row in lottery if row["treat"] == 0]),
        ("survey", survey),
    ]
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\n")
    writer.writerow(("unit", "group", *NSW_COLUMNS, *NSW_EARNINGS, "u74", "u75"))
    for group, rows in groups:
        for number, row in enumerate(rows, start=1):
            earnings = [float(row[year]) for year in NSW_EARNINGS]
            idle = [int(amount == 0) for amount in earnings[:2]]
            unit = f"{group.replace(' ', '-')}-{number:05}"
            background = [int(row[column]) for column in NSW_COLUMNS]
            writer.writerow((unit, group, *background, *map(repr, earnings), *idle))
    return sheet.getvalue()


def _protocols_of(programmes: set[str], events: set[str]) -> Iterator[tuple[str, str]]:
    """Yield the package's protocols for two programmes, without disruptions that never were."""
    folder = resources.files("utfall.analysis") / "protocols"
    for name, text in _files_in(folder):
        declared = yaml.safe_load(text)
        if {declared["target"], declared["comparator"]} != programmes:
            continue
        planned = declared.get("disruptions", [])
        kept = [plan for plan in planned if plan["id"] in events]
        if kept != planned:
            declared["disruptions"] = kept
            text = yaml.safe_dump(declared, allow_unicode=True, sort_keys=False, width=100)
        yield name.removesuffix(".yml"), text


def _template_files(example: str) -> Iterator[tuple[str, str]]:
    return _files_in(resources.files("utfall.pipelines") / "examples" / example)


def _files_in(folder: Traversable, above: str = "") -> Iterator[tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _files_in(entry, f"{above}{entry.name}/")
        elif entry.name.endswith(".yml"):
            yield above + entry.name, entry.read_text("utf-8")


def _write_files(folder: Path, files: Iterable[tuple[str, str]]) -> None:
    for name, text in files:
        _write(folder / name, text)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8", newline="") as file:
        file.write(text)


def _fault(rule: str, message: str, way_out: str) -> Fault:
    return Fault(rule=rule, message=message, way_out=way_out)
