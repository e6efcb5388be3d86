"""Deliveries with one thing wrong, each with the rule and the place that must be told."""

from __future__ import annotations

from tests.trust.bad_cells import cell_faults, identifier_faults, row_faults
from tests.trust.bad_files import byte_faults, declaration_faults, header_faults, shape_faults
from tests.trust.bad_folders import (
    folder_faults,
    more_cell_faults,
    more_file_faults,
    more_row_faults,
    telling_faults,
)
from tests.trust.bad_workbooks import newer_faults
from tests.trust.spoiling import Bad

__all__ = ["Bad", "bad_deliveries"]


def bad_deliveries() -> list[Bad]:
    """Return every case."""
    return [
        *byte_faults(),
        *shape_faults(),
        *header_faults(),
        *identifier_faults(),
        *cell_faults(),
        *row_faults(),
        *declaration_faults(),
        *folder_faults(),
        *telling_faults(),
        *more_file_faults(),
        *more_cell_faults(),
        *more_row_faults(),
        *newer_faults(),
    ]
