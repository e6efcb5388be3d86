"""Lint: stand-ins for dbt's own macros, so that sqlfluff reads the models without a database."""

from __future__ import annotations


def type_string() -> str:
    """Return the type of text."""
    return "varchar"


def type_int() -> str:
    """Return the type of whole numbers."""
    return "integer"


def type_float() -> str:
    """Return the type of shares."""
    return "double"


def type_boolean() -> str:
    """Return the type of yes and no."""
    return "boolean"


def type_timestamp() -> str:
    """Return the type of points in time."""
    return "timestamp"


def dateadd(part: str, number: object, date: str) -> str:
    """Return an expression that moves a date."""
    return f"({date} + {number} * interval 1 {part})"


def datediff(first: str, second: str, part: str) -> str:
    """Return an expression that counts between two dates."""
    return f"date_diff('{part}', {first}, {second})"


def date_trunc(part: str, date: str) -> str:
    """Return an expression that goes to the start of a period."""
    return f"date_trunc('{part}', {date})"


def last_day(date: str, part: str) -> str:
    """Return an expression that goes to the end of a period."""
    return f"last_day({date}) /* {part} */"


def generate_series(upper_bound: int) -> str:
    """Return a query of the whole numbers from 1."""
    return f"select generate_series as generated_number from generate_series(1, {upper_bound})"
