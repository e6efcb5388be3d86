"""Refusals: what an action refuses with, and nothing else that it may stumble on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest

from utfall.analysis.errors import Fault

Refusal = TypeVar("Refusal", bound=Exception)


def refusal(kind: type[Refusal], action: Callable[[], object]) -> Refusal:
    """Return the refusal that an action ends in; assert that it ends in no other error.

    A user who is shown another error is told nothing of file, row and way out, and it may
    repeat what the file holds. Of what a refusal names, everything must be a fault.
    """
    found = _ended_in(action)
    if not isinstance(found, kind):
        pytest.fail(f"ended in {type(found).__name__}, not in {kind.__name__}", pytrace=False)
    assert all(isinstance(fault, Fault) for fault in getattr(found, "faults", ()))
    return found


def _ended_in(action: Callable[[], object]) -> Exception | None:
    try:
        action()
    except Exception as error:
        return error
    return None
