from utfall.pipelines import doctor
from utfall.pipelines.doctor import examine


def by_name(folder):
    return {finding.name: finding for finding in examine(folder)}


def test_a_missing_browser_is_told_with_the_way_to_get_it_but_stops_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "browser", lambda: None)
    finding = by_name(tmp_path)["browser"]
    assert not finding.is_needed
    assert finding.sentence.startswith("lacking")
    assert "apt-get install chromium" in finding.sentence


def test_a_python_too_old_is_needed_and_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor.sys, "version_info", (3, 9, 2))
    finding = by_name(tmp_path)["Python"]
    assert finding.is_needed
    assert not finding.is_there


def test_a_folder_not_made_yet_is_judged_by_the_one_that_will_hold_it(tmp_path):
    assert by_name(tmp_path / "not/yet")["write rights"].is_there
