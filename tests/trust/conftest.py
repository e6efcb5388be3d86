"""What the tests of trust share: one ledger of what they measured, printed at the end."""

from __future__ import annotations

import pytest

from tests.trust.goals import Ledger

_LEDGER = Ledger()


@pytest.fixture(scope="session")
def ledger() -> Ledger:
    """Return the ledger; a test adds to it only what it has just asserted."""
    return _LEDGER


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not _LEDGER.measured:
        return
    lines = [("goal", "figure", "promised", "measured", ""), *_LEDGER.lines()]
    widths = [max(len(line[place]) for line in lines) for place in range(5)]
    terminalreporter.section("trust: promised and measured")
    for line in lines:
        terminalreporter.write_line(
            "  ".join(
                cell.rjust(width) if place in (2, 3) else cell.ljust(width)
                for place, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
        )
