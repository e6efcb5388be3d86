"""What every test shares: no network beyond this machine, no telemetry, one seeded generator."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

# Read by Prefect, dbt and Great Expectations when they are imported, so set before any test is.
os.environ.update(
    {
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "GX_ANALYTICS_ENABLED": "false",
        "NO_COLOR": "1",
        "COLUMNS": "100",
    }
)


class NetworkBlocked(RuntimeError):
    """A test tried to reach something outside this machine."""


def _is_local(host: object) -> bool:
    if host in (None, "", "localhost", b"localhost"):
        return True
    text = host.decode() if isinstance(host, bytes) else str(host)
    try:
        return ipaddress.ip_address(text.split("%")[0]).is_loopback or text in ("0.0.0.0", "::")
    except ValueError:
        return text == socket.gethostname()


@pytest.fixture(scope="session", autouse=True)
def english() -> Iterator[None]:
    """Have messages in English, whatever the machine speaks."""
    patch = pytest.MonkeyPatch()
    patch.setenv("UTFALL_LANGUAGE", "en")
    yield
    patch.undo()


@pytest.fixture(scope="session", autouse=True)
def offline() -> Iterator[None]:
    """Refuse every connection and name look-up beyond loopback, in this process."""
    patch = pytest.MonkeyPatch()
    resolve = socket.getaddrinfo

    def guarded(method: Any) -> Any:
        def call(self: socket.socket, *args: Any) -> Any:
            address = args[-1]
            if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_local(address[0]):
                raise NetworkBlocked("the tests run offline; only loopback may be reached")
            return method(self, *args)

        return call

    def local_only(host: Any, *args: Any, **options: Any) -> Any:
        if not _is_local(host):
            raise NetworkBlocked("the tests run offline; names are not looked up")
        return resolve(host, *args, **options)

    for name in ("connect", "connect_ex", "sendto"):
        patch.setattr(socket.socket, name, guarded(getattr(socket.socket, name)))
    patch.setattr(socket, "getaddrinfo", local_only)
    yield
    patch.undo()


@pytest.fixture
def rng() -> np.random.Generator:
    """Return a generator that every test starts from the same seed."""
    return np.random.default_rng(20161209)
