import pytest

from utfall.analysis.errors import UsageError
from utfall.pipelines.locks import lock_protocol, read_lock
from utfall.pipelines.method import described
from utfall.pipelines.study import load_protocols


def test_a_lock_freezes_the_hash_and_says_that_no_outcome_was_read(study):
    (protocol,) = load_protocols(study)
    frozen = lock_protocol(study, "demo_all")
    assert frozen.sha256 == protocol.sha256
    assert not frozen.results_existed
    assert read_lock(study, "demo_all") == frozen
    assert "locked" in described(study, protocol)["lock"]


def test_a_lock_made_after_the_results_says_so(study):
    study.results.parent.mkdir(parents=True)
    study.results.write_text("{}")
    lock_protocol(study, "demo_all")
    (protocol,) = load_protocols(study)
    assert "after results" in described(study, protocol)["lock"]


def test_a_change_after_locking_is_shown_and_never_hidden(study):
    lock_protocol(study, "demo_all")
    with (study.protocol_folder / "demo_all.yml").open("a", encoding="utf-8") as file:
        file.write("matters: 5\n")
    (protocol,) = load_protocols(study)
    assert described(study, protocol)["lock"].startswith("changed since")
    with pytest.raises(UsageError, match="locked already"):
        lock_protocol(study, "demo_all")


def test_a_mangled_lock_is_not_taken_for_none(study):
    (study.protocol_folder / "demo_all.lock").write_text("{}")
    with pytest.raises(UsageError, match="cannot be read"):
        read_lock(study, "demo_all")
