"""The statistics: polars frames in, frozen results out; no files, databases or figures."""

from utfall.analysis.comparison import Context, compare
from utfall.analysis.protocol import Protocol, load_protocol
from utfall.analysis.results import Comparison

__all__ = ["Comparison", "Context", "Protocol", "compare", "load_protocol"]
