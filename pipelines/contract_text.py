"""Contract text: the data contract in words, its empty templates, and dbt's view of it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from utfall.analysis.questions.families import FAMILIES
from utfall.analysis.vocabulary import LANGUAGES, Language
from utfall.expectations.contract import Column, TableContract, load_contracts

#: The folder of a study that holds them, and the name of the contract in each language.
TEMPLATES = "mallar"
FILES: dict[Language, str] = {"sv": "datakontrakt.md", "en": "data_contract.md"}

_GENERATED = (
    "# Made from expectations/contracts by utfall.pipelines.contract_text.dbt_sources; a test\n"
    "# holds that the two agree.\n"
)


def write_templates(folder: Path) -> None:
    """Write the contract in both languages and an empty file for every table.

    They belong to a new study and not to its pages: who makes the extract needs them before
    there is any result, and pages are made of results alone.

    Parameters
    ----------
    folder : Path
        A study's folder.
    """
    target = folder / TEMPLATES
    target.mkdir(parents=True, exist_ok=True)
    for language in LANGUAGES:
        (target / FILES[language]).write_text(contract_text(language), encoding="utf-8")
    for name, contract in load_contracts().items():
        (target / f"{name}.csv").write_text(template(contract), encoding="utf-8")


def template(contract: TableContract) -> str:
    r"""Return an empty file of a table: its header and nothing else.

    >>> template(load_contracts()["screenings"])
    'person_id;asked_on;asked_by;instrument\n'
    """
    return ";".join(contract.names) + "\n"


def contract_text(language: Language) -> str:
    """Return the whole contract as Markdown, required tables first."""
    say = _Words(language)
    parts = [f"# {say('title')}", say("lead"), say("start"), say("own_names")]
    parts += ["\n".join(_table(contract, say)) for contract in load_contracts().values()]
    return "\n\n".join(parts) + "\n"


def dbt_sources() -> str:
    """Return dbt's list of sources: every raw table, with the columns of its contract."""
    tables: list[dict[str, Any]] = [
        {
            "name": name,
            "description": f"{contract.purpose} Holds {contract.grain} in each delivery.",
            "columns": [
                {"name": column.name, "description": column.description}
                for column in contract.columns
            ],
        }
        for name, contract in load_contracts().items()
    ]
    own = [{"name": name, **told} for name, told in _catalogue()["own"].items()]
    source = {
        "name": "raw",
        "schema": "raw",
        "description": "Tables as the deliveries' contracts let them in, typed and nothing more. "
        "Written by pipelines/warehouse.py before dbt runs; repeats included.",
        "tables": [*tables, *own],
    }
    text = yaml.safe_dump(
        {"version": 2, "sources": [source]}, sort_keys=False, allow_unicode=True, width=100
    )
    return f"{_GENERATED}{text}"


@cache
def uses() -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the families of questions that need each column, by table and column."""
    found: dict[tuple[str, str], set[str]] = {}
    for family, kind in FAMILIES.items():
        for need in (need for need in kind.needs if need.held):
            for column in need.columns:
                found.setdefault((need.table, column), set()).add(family)
    return {place: tuple(sorted(families)) for place, families in found.items()}


class _Words:
    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, key: str, **values: object) -> str:
        return str(_catalogue()["headings"][key][self.language]).format(**values)

    def kind(self, column: Column) -> str:
        key = column.role or column.duckdb_type.split("(")[0]
        return str(_catalogue()["kinds"][key][self.language])

    def column(self, column: Column) -> str:
        if self.language == "en":
            return column.description
        return str(_catalogue()["columns"][column.name])

    def family(self, name: str) -> str:
        """Return a family of questions in words; one without words by its name."""
        found = _catalogue()["families"].get(name)
        return str(found[self.language]) if found else name

    def table(self, contract: TableContract) -> tuple[str, str, str]:
        """Return a table's name, its purpose and what a row is."""
        if self.language == "en":
            return contract.name, contract.purpose, contract.grain.removeprefix("one row per ")
        found = _catalogue()["tables"][contract.name]
        return f"{contract.name} – {found['name']}", found["purpose"], found["row"]


@cache
def _catalogue() -> dict[str, Any]:
    text = resources.files("utfall.pipelines").joinpath("contract_words.yml").read_text("utf-8")
    return dict(yaml.safe_load(text))


def _table(contract: TableContract, say: _Words) -> Iterator[str]:
    name, purpose, row = say.table(contract)
    yield f"## {name}\n"
    yield f"{purpose} {say('row')} {row}." + (f" {say('needed')}" if contract.is_required else "")
    yield ""
    heads = [say(key) for key in ("column", "meaning", "kind", "rules", "used")]
    yield f"| {' | '.join(heads)} |"
    yield "|" + " --- |" * len(heads)
    for column in contract.columns:
        star = "*" if column.is_required else ""
        used = ", ".join(map(say.family, uses().get((contract.name, column.name), ())))
        rules = "; ".join(_rules(contract, column, say))
        meaning = say.column(column).rstrip(".")
        yield f"| `{column.name}`{star} | {meaning} | {say.kind(column)} | {rules} | {used} |"


def _rules(contract: TableContract, column: Column, say: _Words) -> Iterator[str]:
    """Yield what a column's own rules allow, in words; rules across columns stand elsewhere."""
    if column.name in contract.key:
        yield say("key")
    if column.codes:
        yield f"{say('codes')} {', '.join(f'`{code}`' for code in column.codes)}"
    for rule in contract.rules:
        if rule.column == column.name and rule.id == "number_out_of_range":
            limits = {"low": rule.kwargs["min_value"], "high": rule.kwargs["max_value"]}
            yield say("between", **limits)
    for reference in contract.references:
        if column.name in reference.columns:
            yield say("refers", table=f"`{reference.table}`")
