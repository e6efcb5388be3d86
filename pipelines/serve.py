"""Serve: can the built pages be read in a browser on this machine, and nowhere else?"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from utfall.analysis.errors import Fault, UsageError

LOOPBACK = "127.0.0.1"


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files without a log: who reads what on which page is nobody's business."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def make_server(folder: Path, port: int) -> ThreadingHTTPServer:
    """Return a server of a built bundle on loopback, not yet running.

    Raises
    ------
    UsageError
        Nothing is built there, or the port is taken.
    """
    if not (folder / "index.html").is_file():
        raise _refusal("nothing is built yet", "`utfall run` builds the pages")
    handler = partial(QuietHandler, directory=str(folder))
    try:
        return ThreadingHTTPServer((LOOPBACK, port), handler)
    except OSError:
        raise _refusal(
            f"port {port} cannot be used", "leave --port out to get a free one"
        ) from None


def serve_folder(folder: Path, port: int, tell: Callable[[str], None]) -> None:
    """Serve a built bundle until interrupted, telling its address first."""
    with make_server(folder, port) as server:
        tell(f"http://{LOOPBACK}:{server.server_port}/")
        server.serve_forever()


def _refusal(message: str, way_out: str) -> UsageError:
    return UsageError(message, [Fault(rule="serve", message=message, way_out=way_out)])
