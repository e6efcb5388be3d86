"""R11: does a whole run reach for anything beyond this machine?"""

from __future__ import annotations

import textwrap

import pytest

from tests.trust.whole_runs import published, utfall
from utfall.pipelines.examples import write_world

pytestmark = [pytest.mark.trust, pytest.mark.timeout(1200)]

#: Read by every Python process of the run before its first line; notes and refuses.
GUARD = textwrap.dedent(
    """
    import ipaddress, os, socket

    def _is_local(host):
        text = host.decode() if isinstance(host, bytes) else str(host or "localhost")
        try:
            return ipaddress.ip_address(text.split("%")[0]).is_loopback or text in ("0.0.0.0", "::")
        except ValueError:
            return text in ("localhost", socket.gethostname())

    def _refuse(kind):
        with open(os.environ["UTFALL_REACHED"], "a") as note:
            note.write(kind + "\\n")
        raise OSError(101, "Network is unreachable")

    def _shut(name):
        method = getattr(socket.socket, name)
        def call(self, *given):
            if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_local(given[-1][0]):
                _refuse(name)
            return method(self, *given)
        setattr(socket.socket, name, call)

    for _name in ("connect", "connect_ex", "sendto"):
        _shut(_name)
    _resolve = socket.getaddrinfo
    def _looked_up(host, *given, **named):
        if not _is_local(host):
            _refuse("getaddrinfo")
        return _resolve(host, *given, **named)
    socket.getaddrinfo = _looked_up
    with open(os.environ["UTFALL_GUARDED"], "a") as _note:
        _note.write("guarded\\n")
    """
)


@pytest.mark.parametrize("way", ["--no-prefect", "--prefect"])
def test_a_whole_run_reaches_for_nothing_beyond_this_machine(tmp_path, way, ledger):
    guard = tmp_path / "guard"
    guard.mkdir()
    (guard / "sitecustomize.py").write_text(GUARD, encoding="utf-8")
    reached, guarded = tmp_path / "reached", tmp_path / "guarded"
    study = tmp_path / "study"
    write_world(study, "vallentuna", seed=11, size=60)
    run = utfall(
        *("run", way, "--quiet", "--study", study),
        PYTHONPATH=str(guard),
        UTFALL_REACHED=str(reached),
        UTFALL_GUARDED=str(guarded),
    )
    assert run.wait() == 0
    assert guarded.read_text().startswith("guarded")
    assert published(study)
    tries = len(reached.read_text().splitlines()) if reached.exists() else 0
    ledger.count("R11", "whole runs with the network shut", attacked=1, leaked=bool(tries))
    assert tries == 0
