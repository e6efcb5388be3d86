import os
import signal
import subprocess
import sys
import time

import pytest

from utfall.analysis.errors import Busy
from utfall.pipelines.runlock import run_lock

HOLDER = """
import sys, time
from pathlib import Path
from utfall.pipelines.runlock import run_lock
with run_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_the_second_run_is_told_who_holds_the_study(tmp_path, holder):
    with pytest.raises(Busy, match=f"process {holder.pid} ") as refusal, run_lock(tmp_path):
        pytest.fail("two runs held one study")
    assert refusal.value.exit_code == 75


def test_a_killed_run_leaves_no_lock_behind(tmp_path, holder):
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with run_lock(tmp_path):
        assert (tmp_path / "run.lock").read_text() == f"{os.getpid()}\n"


def test_a_failed_run_frees_the_study(tmp_path):
    with pytest.raises(ValueError, match="broke"), run_lock(tmp_path):
        raise ValueError("broke")
    with run_lock(tmp_path):
        pass


def test_a_lock_file_of_a_process_that_is_gone_stops_nobody(tmp_path):
    (tmp_path / "run.lock").write_text("1\n")  # number 1 always lives, and never held this
    with run_lock(tmp_path):
        pass


def test_of_many_that_start_together_one_runs_at_a_time(tmp_path):
    claim = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from utfall.analysis.errors import Busy\n"
        "from utfall.pipelines.runlock import run_lock\n"
        "work = Path(sys.argv[1])\n"
        "for _ in range(40):\n"
        "    try:\n"
        "        with run_lock(work):\n"
        "            inside = work / 'inside'\n"
        "            inside.touch(exist_ok=False)\n"
        "            time.sleep(0.002)\n"
        "            inside.unlink()\n"
        "    except Busy:\n"
        "        time.sleep(0.001)\n"
    )
    started = time.monotonic()
    processes = [subprocess.Popen([sys.executable, "-c", claim, str(tmp_path)]) for _ in range(4)]
    assert [process.wait(timeout=60) for process in processes] == [0] * 4
    assert time.monotonic() - started < 60
