"""Determinism: does the order of the rows, or the number of cores, move a number?"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import scipy.linalg  # noqa: F401  (its BLAS must be loaded before the controller looks)
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController


@cache
def _controller() -> ThreadpoolController:
    # Looking for loaded libraries takes milliseconds, so it is done once a process.
    return ThreadpoolController()


def single_thread() -> Any:
    """Return a context in which linear algebra runs on one thread.

    Sums split over threads are added in another order, which moves the last digits.
    """
    return _controller().limit(limits=1)


def canonical_order(*columns: NDArray[Any]) -> NDArray[np.intp]:
    """Return the order that sorts rows by all columns, the first one foremost.

    Parameters
    ----------
    *columns : (n,) or (n, k) ndarray
        What identifies a row; rows equal in all of them are interchangeable.

    Returns
    -------
    (n,) ndarray of int

    >>> canonical_order(np.array([1, 0, 1]), np.array([5.0, 7.0, 2.0])).tolist()
    [1, 2, 0]
    """
    flat = [part for column in columns for part in np.atleast_2d(column.T)]
    return np.lexsort(flat[::-1])


#: Largest number whose squares and their sums are still numbers.
LARGEST = 1e100


def countable(*arrays: NDArray[Any]) -> bool:
    """Return whether all numbers are finite and small enough to be squared and added.

    >>> countable(np.array([1.0, 2.0])), countable(np.array([1e200])), countable(np.array([]))
    (True, False, True)
    """
    with np.errstate(all="ignore"):
        return all(bool((np.abs(array) < LARGEST).all()) for array in arrays)
