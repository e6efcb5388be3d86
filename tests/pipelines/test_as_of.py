"""As of: does the command line give back the state of an earlier day, and leave today's alone?"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import duckdb
import pytest

from tests.pipelines.test_register import FIRST, SECOND, changed, put
from tests.trust.good_delivery import PERSONS
from utfall.pipelines import admission
from utfall.pipelines.cli import main
from utfall.pipelines.examples import write_world
from utfall.pipelines.ledger import LEDGER_FILE
from utfall.pipelines.study import Study, load_study

EARLIER = "2018-10-15"


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a study with a delivery of September and its correction of December."""
    monkeypatch.setattr(admission, "judge", lambda _: ())
    root = tmp_path / "study"
    write_world(root, "vallentuna", seed=3, size=30)
    for path in sorted((root / "data" / "raw").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    put(root, FIRST)
    corrected = changed(PERSONS, 3, "fodelsear", "1959")
    put(root, SECOND, corrected, corrects=FIRST, received_on=SECOND)
    return root


def born(study: Study) -> int:
    """Return the year of birth that the raw tables hold of the person on the third line."""
    with duckdb.connect(str(study.warehouse), read_only=True) as connection:
        rows = connection.execute(
            "select birth_year from raw.persons where source_row = 3"
        ).fetchall()
    ((year,),) = rows
    return int(year)


def ingest(root: Path, *more: str) -> int:
    """Run the verb and return its exit code."""
    with pytest.raises(SystemExit) as end:
        main(["ingest", "--study", str(root), "--quiet", *more])
    return int(end.value.code or 0)


def registered(study: Study) -> dict[str, object]:
    (path,) = study.work.glob("*quality*.json")
    return dict(json.loads(path.read_text(encoding="utf-8"))["register"])


def test_an_earlier_day_is_worked_on_apart_and_leaves_the_present_state_as_it_is(study):
    assert ingest(study) == 0
    now = load_study(study)
    assert born(now) == 1959
    before = now.warehouse.read_bytes()
    ledger = (study / LEDGER_FILE).read_bytes()

    assert ingest(study, "--as-of", EARLIER) == 0

    then = load_study(study, as_of=date.fromisoformat(EARLIER))
    assert born(then) == 1961
    assert then.warehouse != now.warehouse
    assert now.warehouse.read_bytes() == before
    assert (study / LEDGER_FILE).read_bytes() == ledger
    assert registered(then)["as_of"] == EARLIER
    assert registered(then)["roles"] == {"stands": 1}
    assert registered(now)["roles"] == {"corrected": 1, "stands": 1}


def test_the_state_of_a_day_is_the_same_however_much_was_handed_over_since(study):
    assert ingest(study, "--as-of", EARLIER) == 0
    then = load_study(study, as_of=date.fromisoformat(EARLIER))
    first = registered(then)["state_sha256"]
    third = changed(PERSONS, 3, "fodelsear", "1958")
    put(study, "2019-03-31", third, extracted_on="2019-03-31", received_on="2019-03-31")
    assert ingest(study, "--as-of", EARLIER, "--force") == 0
    assert registered(then)["state_sha256"] == first


def test_before_anything_was_handed_over_there_is_nothing_to_work_on(study, capsys):
    assert ingest(study, "--as-of", "2017-01-01") == 11
    assert "nothing has been handed over" in capsys.readouterr().err


def test_a_day_that_is_none_is_refused_in_words(study, capsys):
    assert ingest(study, "--as-of", "15/10/2018") == 2
    assert "Traceback" not in capsys.readouterr().err
