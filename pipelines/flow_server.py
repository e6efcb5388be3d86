"""Flow server: Prefect's own server on this machine, for as long as the run that needs it lives."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from utfall.analysis.errors import Fault, UtfallError

LOOPBACK = "127.0.0.1"
PATIENCE_SECONDS = 180


@contextmanager
def flow_server(meanwhile: Callable[[], object] = lambda: None) -> Iterator[str]:
    """Run Prefect's server beside this process and give the address of its interface.

    Prefect can start one by itself, but that one outlives a killed run. Ours holds the
    other end of a pipe and ends when the pipe does.

    Parameters
    ----------
    meanwhile : callable, optional
        Done here while the server comes up there; the first time it makes its own database.

    Yields
    ------
    str
        Address for ``PREFECT_API_URL``.

    Raises
    ------
    UtfallError
        The server did not come up.
    """
    with subprocess.Popen(
        [sys.executable, "-m", "utfall.pipelines.flow_server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            meanwhile()
            port = _awaited(process)
            yield f"http://{LOOPBACK}:{port}/api"
        finally:
            process.kill()


def main() -> None:
    """Serve until the process that started this one is gone; the first line out is the port."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    listener = socket.create_server((LOOPBACK, 0))
    print(listener.getsockname()[1], flush=True)
    import uvicorn

    config = uvicorn.Config(_app, factory=True, log_level="critical", lifespan="on")
    uvicorn.Server(config).run(sockets=[listener])


def _app() -> Any:
    from prefect.server.api.server import create_app

    return create_app(ephemeral=True, final=True)


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(0)


def _awaited(process: subprocess.Popen[str]) -> int:
    """Return the server's port once it answers; it listens before it can."""
    try:
        port = int(process.stdout.readline()) if process.stdout else 0
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=PATIENCE_SECONDS)
        connection.request("GET", "/api/health")
        is_up = connection.getresponse().status == http.client.OK
        connection.close()
    except (OSError, ValueError, http.client.HTTPException):
        is_up = False
    if is_up:
        return port
    raise UtfallError(
        "Prefect's server did not start; nothing was done",
        [
            Fault(
                rule="prefect",
                message="a run as a flow needs a server on this machine for as long as it lasts",
                way_out="run it with --no-prefect: the same functions, the same bytes",
            )
        ],
    )


if __name__ == "__main__":
    main()
