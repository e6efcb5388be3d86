import signal
import socket
import subprocess
import sys
import time
from urllib.parse import urlsplit

import pytest

from utfall.analysis.errors import DeliveryRefused, UtfallError
from utfall.pipelines import flow_server, flows
from utfall.pipelines.flows import run_as_flow
from utfall.pipelines.stages import run_plainly


def test_prefect_runs_the_same_functions_and_remembers_the_same(study, trail, monkeypatch):
    """One real flow; its server starts anew, so this is the slowest of the fast tests.

    A server elsewhere that the surroundings name is not told: the tests would stop it.
    """
    monkeypatch.setenv("PREFECT_API_URL", "http://192.0.2.1/api")
    told = []
    run_as_flow(study, told.append, until="compare")
    assert trail == ["check", "load", "build", "compare"]
    assert [done.stage for done in told] == trail
    trail.clear()
    run_plainly(study, told.append, until="compare")
    assert trail == []
    assert (study.work / "prefect").is_dir()


def test_without_a_server_the_way_out_is_to_run_plainly(study, monkeypatch):
    monkeypatch.setattr(flow_server.sys, "executable", "false")
    with pytest.raises(UtfallError) as refusal:
        run_as_flow(study, lambda _: None)
    assert "--no-prefect" in refusal.value.faults[0].way_out


@pytest.mark.parametrize(
    ("failure", "tries"),
    [(OSError("drive"), True), (DeliveryRefused("refused"), False), (ValueError("ours"), False)],
)
def test_only_trouble_with_files_is_tried_again(failure, tries):
    class Failed:
        data = failure

    assert flows._is_passing(None, None, Failed()) is tries


def test_a_killed_run_takes_its_server_with_it():
    script = (
        "import time\n"
        "from utfall.pipelines.flow_server import flow_server\n"
        "with flow_server() as address:\n"
        "    print(address, flush=True)\n"
        "    time.sleep(60)\n"
    )
    run = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    address = run.stdout.readline()
    assert address.startswith("http://127.0.0.1:")
    place = (flow_server.LOOPBACK, urlsplit(address.strip()).port)
    assert answers(place)
    run.send_signal(signal.SIGKILL)
    run.wait()
    run.stdout.close()
    deadline = time.monotonic() + 20
    while answers(place) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not answers(place)


def answers(place):
    with socket.socket() as caller:
        return caller.connect_ex(place) == 0
