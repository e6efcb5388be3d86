"""Refusals: what an action refuses with, and nothing else that it may stumble on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest

Refusal = TypeVar("Refusal", bound=Exception)


def refusal(kind: type[Refusal], action: Callable[[], object]) -> Refusal:
    """Return the refusal that an action ends in; assert that it ends in no other error.

    A user who is shown another error is told nothing of file, row and way out, and it may
    repeat what the file holds.
    """
    try:
        action()
    except kind as refused:
        return refused
    except Exception as error:
        pytest.fail(f"told as {type(error).__name__}, not as {kind.__name__}", pytrace=False)
    pytest.fail("nothing was refused", pytrace=False)
