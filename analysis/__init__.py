"""The statistics: polars frames in, frozen results out; no files, databases or figures."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from utfall.analysis.comparison import Context, compare
    from utfall.analysis.protocol import Protocol
    from utfall.analysis.protocol_file import load_protocol
    from utfall.analysis.results import Comparison

__all__ = ["Comparison", "Context", "Protocol", "compare", "load_protocol"]

_HOMES = {
    "Comparison": "results",
    "Context": "comparison",
    "Protocol": "protocol",
    "compare": "comparison",
    "load_protocol": "protocol_file",
}


def __getattr__(name: str) -> object:
    """Return a public name, importing its module at first use.

    `utfall -h` reads the error classes of this package; it should not wait for scipy.
    """
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
