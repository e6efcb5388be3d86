"""Spoiling: how a good delivery is made bad in one place, and what must be told of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tests.trust.good_delivery import (
    GoodDelivery,
)

Spoil = Callable[[GoodDelivery], object]
Outcome = Literal["refused", "set aside"]


@dataclass(frozen=True)
class Bad:
    """One bad delivery.

    Attributes
    ----------
    spoil
        Spoils a good delivery.
    planted
        What must occur in no message.
    also
        Further places that fall with the first: file, row, column, rule.
    """

    rule: str
    spoil: Spoil
    outcome: Outcome = "refused"
    file: str | None = None
    row: int | None = None
    column: str | None = None
    planted: tuple[str, ...] = ()
    note: str = ""
    also: tuple[tuple[str, int, str, str], ...] = ()

    @property
    def id(self) -> str:
        """Return the name of the test."""
        return "-".join(part for part in (self.rule, self.note) if part)


def put(
    rule: str,
    file: str,
    row: int,
    column: str,
    value: str,
    outcome: Outcome = "refused",
    note: str = "",
    also: tuple[tuple[str, int, str, str], ...] = (),
    planted: bool = True,
) -> Bad:
    """Return the case of one spoilt cell."""
    return Bad(
        rule=rule,
        spoil=lambda good: good.put(file, row, column, value),
        outcome=outcome,
        file=file,
        row=row,
        column=column,
        planted=(value,) if planted else (),
        note=note,
        also=also,
    )


def aside(rule: str, file: str, row: int, column: str, value: str, **more: object) -> Bad:
    """Return the case of one cell that sets its row aside."""
    return put(rule, file, row, column, value, "set aside", **more)  # type: ignore[arg-type]


def rewritten(
    rule: str,
    file: str,
    change: Callable[[bytes], bytes],
    row: int | None = None,
    column: str | None = None,
    note: str = "",
    planted: tuple[str, ...] = (),
) -> Bad:
    """Return the case of a file whose bytes were changed."""
    return Bad(
        rule=rule,
        spoil=lambda good: good.spoil(file, change),
        file=file,
        row=row,
        column=column,
        note=note,
        planted=planted,
    )


def at_line(number: int, change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """Return a change of one line of a file, its line end aside."""

    def changed(content: bytes) -> bytes:
        lines = content.split(b"\r\n")
        lines[number - 1] = change(lines[number - 1])
        return b"\r\n".join(lines)

    return changed


def declared(rule: str, file: str, change: Spoil, column: str | None = None, note: str = "") -> Bad:
    """Return the case of a declaration that was changed."""
    return Bad(rule=rule, spoil=change, file=file, column=column, note=note)


def mapping_table(good: GoodDelivery, name: str) -> dict[str, object]:
    return good.mapping["tables"][name]  # type: ignore[no-any-return]
