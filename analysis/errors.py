"""Errors: every way a study can be refused, with its exit code and the way out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong in one place, told without repeating what the cell held.

    Attributes
    ----------
    rule : str
        Stable code of the rule that was broken, for ``utfall explain``.
    message : str
        What is wrong, in plain words. Never a data value.
    way_out : str
        What the reader can do about it.
    file : str or None
        Path relative to the study folder.
    row : int or None
        Line of the file as an editor counts it; the header is row 1.
    column : str or None
        Column as the file names it.
    rows : int
        How many rows break the rule; ``row`` is then the first of them.
    message_sv, way_out_sv : str
        The same in Swedish; empty where the rulebook does not hold the rule.
    """

    rule: str
    message: str
    way_out: str
    file: str | None = None
    row: int | None = None
    column: str | None = None
    rows: int = 1
    message_sv: str = ""
    way_out_sv: str = ""

    @property
    def where(self) -> str:
        """Return the place as ``file:row:column``, with what is unknown left out.

        >>> Fault(rule="end", message="m", way_out="w", file="a.csv", row=3).where
        'a.csv:3'
        """
        return ":".join(
            str(part) for part in (self.file, self.row, self.column) if part is not None
        )

    def __str__(self) -> str:
        """Return place, rule, message and way out on one line."""
        place = f"{self.where}: " if self.where else ""
        more = f" ({self.rows} rows)" if self.rows > 1 else ""
        return f"{place}[{self.rule}] {self.message}{more} → {self.way_out}"


class UtfallError(Exception):
    """Something the user can mend; printed without a traceback.

    Parameters
    ----------
    message : str
        What could not be done.
    faults : sequence of Fault
        All that was wrong, reported at once.
    """

    exit_code = 1

    def __init__(self, message: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(message)
        self.faults = tuple(faults)


class UsageError(UtfallError):
    """The command was asked for something that does not exist."""

    exit_code = 2


class ProtocolError(UtfallError):
    """A protocol or study file does not describe a comparison that can be run."""

    exit_code = 10


class DeliveryRefused(UtfallError):
    """A delivery broke its contract or held personal identifiers; nothing was stored."""

    exit_code = 11


class TransformFailed(UtfallError):
    """The marts could not be built from the raw tables."""

    exit_code = 12


class NotComparable(UtfallError):
    """An estimate was required of a comparison that cannot be made fairly."""

    exit_code = 13


class PublicationRefused(UtfallError):
    """The bundle would have shown what must stay protected."""

    exit_code = 14


class VerifyMismatch(UtfallError):
    """A rerun did not give the bytes that the manifest promises."""

    exit_code = 15


class Busy(UtfallError):
    """Another run holds the study."""

    exit_code = 75
