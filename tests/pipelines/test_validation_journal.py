"""Validation journal: a killed run loses nothing, and other code's worlds are not its own."""

from __future__ import annotations

from pathlib import Path

from utfall.pipelines.validation_journal import Journal, as_line, as_replicate, by_one_state

from .test_validation_scores import one


def test_a_replicate_comes_back_as_it_was(tmp_path: Path) -> None:
    written = Journal(tmp_path / "journal", "code")
    kept = one(treatments={"exposure": (0.1, 0.2)}, bounds=(-0.1, 0.4))
    written.add([as_line(kept, "reported", "world")])
    (line,) = Journal(tmp_path / "journal", "code")
    assert as_replicate(line) == kept


def test_half_a_line_and_the_lines_of_other_code_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    Journal(path, "code").add([as_line(one(number=n), "reported", "world") for n in (0, 1)])
    path.write_text(path.read_text("utf-8")[:-40], "utf-8")
    kept = Journal(path, "code")
    assert kept.numbers("S3", 0.0, "reported") == {0}
    assert not list(Journal(path, "other"))
    kept.drop_other({"S3": "another world"})
    assert not list(kept)


def test_worlds_of_two_states_are_never_counted_together(tmp_path: Path) -> None:
    path = tmp_path / "journal"

    def drawn(code: str, numbers: range, noise: float) -> None:
        worlds = [one(number=n, noise=noise) for n in numbers]
        Journal(path, code).add(as_line(world, "reported", "world") for world in worlds)

    drawn("old", range(5), 0.0)
    drawn("new", range(2), 0.0)
    drawn("new", range(3), 0.05)
    drawn("old", range(3), 0.05)
    kept = Journal(path, "new", ["old"])
    assert kept.numbers("S3", 0.0, "reported") == {0, 1}, "what the old state drew is no reason"
    taken = by_one_state(kept, "new")
    assert {(line["noise"], line["code"]) for line in taken} == {(0.0, "old"), (0.05, "new")}
    assert len(taken) == 8
    assert not by_one_state(Journal(path, "third"), "third")
