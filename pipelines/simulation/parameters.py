"""Parameters: which numbers does a synthetic municipality run on, and where are they from?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml

PARAMETER_FILE = Path(__file__).with_name("parameters.yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One number or table of numbers, with its source.

    Attributes
    ----------
    name : str
        Key in ``parameters.yml``.
    value : object
        Number, date, word, or a table of numbers.
    range : object
        What is plausible; None where only the value makes sense.
    unit : str
        What the value counts.
    source : str
        Where it is from; ``guess`` where no figure was found.
    """

    name: str
    value: Any
    range: Any
    unit: str
    source: str


@cache
def load_parameters(municipality: str) -> dict[str, Parameter]:
    """Return a municipality's parameters by name; its own replace the common ones.

    Parameters
    ----------
    municipality : str
        ``vallentuna`` or ``goteborg``.

    Raises
    ------
    KeyError
        No such municipality.
    """
    written = yaml.safe_load(PARAMETER_FILE.read_text(encoding="utf-8"))
    merged = {**written["common"], **written[municipality]}
    return {name: Parameter(name=name, **entry) for name, entry in merged.items()}


class Settings:
    """The parameters of one world after a scenario's and the caller's own choices.

    Parameters
    ----------
    municipality : str
        Whose parameters to start from.
    overrides : mapping
        Values that replace the written ones. A table given in part replaces only those keys.

    Raises
    ------
    ValueError
        An override names no parameter.
    """

    def __init__(self, municipality: str, overrides: Mapping[str, Any] | None = None) -> None:
        values = {name: entry.value for name, entry in load_parameters(municipality).items()}
        unknown = sorted(set(overrides or {}) - set(values))
        if unknown:
            raise ValueError(f"no such parameter: {', '.join(unknown)}")
        for name, value in (overrides or {}).items():
            both_tables = isinstance(value, Mapping) and isinstance(values[name], Mapping)
            values[name] = {**values[name], **value} if both_tables else value
        self.municipality = municipality
        self._values = values

    def __getitem__(self, name: str) -> Any:
        """Return a value as it was written."""
        return self._values[name]

    def __contains__(self, name: str) -> bool:
        """Return whether the municipality has such a parameter."""
        return name in self._values

    def number(self, name: str) -> float:
        """Return a single number."""
        return float(self._values[name])

    def day(self, name: str) -> date:
        """Return a date."""
        return cast(date, self._values[name])

    def table(self, name: str) -> dict[str, Any]:
        """Return a table, with its keys in the order written."""
        return dict(self._values[name])
