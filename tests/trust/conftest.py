"""What the tests of trust share: one ledger of what they measured, printed at the end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.trust.goals import Ledger, told

_LEDGER = Ledger()
#: Names a file in which to leave what was measured, for the process that runs several.
SAVED = "UTFALL_TRUST_SAVED"


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
    saved = os.environ.get(SAVED)
    if saved:
        _LEDGER.save(Path(saved))
        return
    terminalreporter.section("trust: promised and measured")
    for line in told(_LEDGER):
        terminalreporter.write_line(line)
    if is_whole(config):
        for broken in _LEDGER.broken():
            terminalreporter.write_line(f"a promise is broken: {broken}", red=True)
