import json
import os
import signal
import subprocess
import sys
import time

import pytest

from utfall.analysis.errors import DeliveryRefused, Fault
from utfall.pipelines import cli, stages
from utfall.pipelines.cli import NOT_BUILT, main
from utfall.pipelines.runlock import run_lock
from utfall.pipelines.stages import Stage

REFUSED = {
    "id": "demo_all",
    "fairness": "not_comparable",
    "headline": "not_comparable",
    "scale": "share",
    "estimate": None,
    "conf_low": None,
    "conf_high": None,
}


@pytest.fixture
def utfall(capsys):
    """Return a function that runs a command and gives its exit code, output and errors."""

    def call(*arguments):
        try:
            main([str(argument) for argument in arguments])
            code = 0
        except SystemExit as end:
            code = end.code or 0
        answer = capsys.readouterr()
        return code, answer.out, answer.err

    return call


@pytest.fixture
def works(monkeypatch):
    """Return a function that puts a piece of work in the place of a run's stages."""

    def put(work=lambda _: None):
        made = tuple(Stage(name, name, work, lambda _: ()) for name in stages.NAMES)
        monkeypatch.setattr(stages, "STAGES", made)
        monkeypatch.setattr(stages, "is_current", lambda _: False)

    return put


def write_results(study):
    study.results.parent.mkdir(parents=True, exist_ok=True)
    study.results.write_text(json.dumps({"comparisons": [REFUSED]}), encoding="utf-8")


def test_help_of_every_verb_is_there(utfall):
    verbs = [command.callback.__name__ for command in cli.app.registered_commands]
    for verb in ([], *([verb] for verb in verbs)):
        code, out, _ = utfall(*verb, "-h")
        assert code == 0
        assert "Usage: utfall" in out


@pytest.mark.parametrize("verb", NOT_BUILT)
def test_a_verb_that_is_not_built_says_so_and_is_not_listed(utfall, verb):
    code, out, err = utfall(verb, "--json")
    assert code == 2
    assert out == ""
    assert "not built yet" in err
    assert f" {verb} " not in utfall("-h")[1]


def test_an_unknown_verb_is_a_question_of_usage(utfall):
    assert utfall("rank")[0] == 2


def test_no_study_here_says_how_to_make_one(utfall, tmp_path):
    code, out, err = utfall("run", "--study", tmp_path)
    assert code == 2
    assert out == ""
    assert "utfall init" in err


def test_a_run_ends_with_the_path_of_its_first_page(utfall, study, works):
    works()
    code, out, err = utfall("run", "--study", study.root, "--no-prefect")
    assert code == 0
    assert out.splitlines() == [str(study.index)]
    assert [line.split()[0] for line in err.splitlines()] == list(stages.NAMES)


@pytest.mark.parametrize("verb", ["run", "publish"])
def test_a_run_tells_other_programs_where_and_what(utfall, study, works, verb):
    works()
    study.protected.parent.mkdir(parents=True, exist_ok=True)
    answer = {"id": "a", "fairness": "not_comparable", "headline": "not_comparable", "gates": []}
    study.protected.write_text(json.dumps({"comparisons": [answer]}), encoding="utf-8")
    way = ["--no-prefect"] if verb == "run" else []
    told = json.loads(utfall(verb, "--study", study.root, "--json", *way)[1])
    assert told["index"] == str(study.index)
    assert told["comparisons"] == [{k: answer[k] for k in ("id", "fairness", "headline")}]


def test_a_quiet_run_gives_nothing_but_its_result(utfall, study, works):
    works()
    assert utfall("run", "--study", study.root, "--no-prefect", "--quiet")[2] == ""


def test_not_comparable_is_a_result_unless_an_estimate_was_required(utfall, study, works):
    works(write_results)
    code, out, _ = utfall("compare", "--study", study.root)
    assert code == 0
    assert "not_comparable" in out
    assert "withheld" in out
    code, _, err = utfall("compare", "demo_all", "--study", study.root, "--require")
    assert code == 13
    assert "demo_all" in err


def test_results_as_json_are_the_document_and_nothing_else(utfall, study, works):
    works(write_results)
    _, out, _ = utfall("compare", "--study", study.root, "--json")
    assert json.loads(out)["comparisons"] == [REFUSED]


def test_a_refusal_tells_what_where_and_the_way_out(utfall, study, works):
    def refuse(_):
        fault = Fault(
            rule="end_before_start",
            message="the end lies before the start",
            way_out="correct the extract",
            file="data/raw/v/spells.csv",
            row=412,
            column="end_date",
            rows=23,
        )
        raise DeliveryRefused("the delivery is refused", [fault])

    works(refuse)
    code, out, err = utfall("ingest", "--study", study.root)
    assert (code, out) == (11, "")
    assert err.splitlines() == [
        "utfall: the delivery is refused",
        "  data/raw/v/spells.csv:412:end_date  the end lies before the start (23 rows)"
        "  [end_before_start]",
        "    → correct the extract",
    ]
    code, out, err = utfall("publish", "--study", study.root, "--debug")
    assert "Traceback" not in err


def test_a_delivery_that_is_not_there_is_refused_as_a_delivery(utfall, tmp_path):
    code, out, err = utfall("check", tmp_path / "v/2018-06-30")
    assert (code, err) == (11, "")
    assert "[delivery_missing]" in out


def test_a_refusal_as_json_lists_every_fault(utfall, tmp_path):
    (tmp_path / "study.yml").write_text("id: 1\n", encoding="utf-8")
    code, _, err = utfall("protocols", "--study", tmp_path, "--json")
    told = json.loads(err)
    assert code == told["exit_code"] == 10
    assert {fault["column"] for fault in told["faults"]} >= {"schema", "id", "title"}


def test_the_unexpected_is_one_line_without_the_words_of_the_failure(utfall, study, works):
    def fail(_):
        raise ValueError("row held 47110815")

    works(fail)
    code, out, err = utfall("build", "--study", study.root)
    assert (code, out) == (1, "")
    assert "unexpected ValueError in pipelines/stages.py" in err
    assert "47110815" not in err
    assert "Traceback" not in err
    assert "Traceback" in utfall("build", "--study", study.root, "--debug")[2]


def test_a_study_that_another_run_holds_is_busy_and_names_the_holder(utfall, study, works):
    works()
    with run_lock(study.work):
        code, _, err = utfall("run", "--study", study.root, "--no-prefect")
    assert code == 75
    assert str(os.getpid()) in err


def test_an_interrupted_run_ends_with_130_and_without_a_traceback(study):
    script = (
        "import sys, time\n"
        "from utfall.pipelines import stages\n"
        "from utfall.pipelines.cli import main\n"
        "def work(study):\n"
        "    (study.work / 'begun').touch()\n"
        "    time.sleep(60)\n"
        "stages.STAGES = tuple(\n"
        "    stages.Stage(name, name, work, lambda _: ()) for name in stages.NAMES)\n"
        "main(['run', '--no-prefect', '--study', sys.argv[1]])\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(study.root)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 30
    while not (study.work / "begun").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in err


def test_a_protocol_is_shown_in_words_with_its_hash(utfall, study):
    _, out, _ = utfall("protocol", "demo_all", "--study", study.root, "--json")
    shown = json.loads(out)
    assert shown["question"] == "Which?"
    assert len(shown["sha256"]) == 64
    assert shown["lock"] == "not locked"


def test_a_locked_protocol_is_listed_as_such(utfall, study):
    assert utfall("lock", "demo_all", "--study", study.root)[0] == 0
    assert "locked (" in utfall("protocols", "--study", study.root)[1]


def test_the_doctor_answers_without_a_study(utfall, tmp_path):
    code, out, _ = utfall("doctor", "--study", tmp_path, "--json")
    assert code == 0
    assert {"Python", "browser", "disk"} <= {finding["name"] for finding in json.loads(out)}


def test_no_colour_and_no_escape_codes_where_nobody_looks(utfall, study, works):
    works(write_results)
    _, out, err = utfall("compare", "--study", study.root)
    assert "\x1b" not in out + err
