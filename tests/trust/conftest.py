"""What the tests of trust share: one ledger of what they measured, printed at the end."""

from __future__ import annotations

import os
from collections.abc import Iterable

import pytest

from tests.trust.goals import Ledger, Line

_LEDGER = Ledger()


@pytest.fixture(scope="session")
def ledger() -> Ledger:
    """Return the ledger; a test adds to it only what it measures."""
    return _LEDGER


def is_whole(config: pytest.Config) -> bool:
    """Return whether every test of trust was asked for, as `make trust` does."""
    asked_for_all = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    return asked_for_all and config.option.markexpr == "trust" and not config.option.keyword


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A promise that is broken, or that nothing measured, fails the whole run."""
    passed = session.exitstatus == pytest.ExitCode.OK
    if passed and is_whole(session.config) and _LEDGER.broken():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if not (_LEDGER.tallies or _LEDGER.figures):
        return
    terminalreporter.section("trust: promised and measured")
    for lines in (_LEDGER.attack_lines(), _LEDGER.figure_lines()):
        for line in aligned(lines):
            terminalreporter.write_line(line)
        terminalreporter.write_line("")
    share = os.environ.get("UTFALL_TRUST", "1")
    if float(share) != 1:
        terminalreporter.write_line(
            f"UTFALL_TRUST={share}: so much of the long attacks was tried; the promises stay"
        )
    if is_whole(config):
        for broken in _LEDGER.broken():
            terminalreporter.write_line(f"a promise is broken: {broken}", red=True)


def aligned(lines: Iterable[Line]) -> list[str]:
    """Return lines of cells as columns: words to the left, numbers to the right."""
    table = list(lines)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    last = len(widths) - 1
    return [
        "  ".join(
            cell.rjust(width) if 2 <= place < last else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in table
    ]
