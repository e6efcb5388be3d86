"""Validation journal: a killed run loses nothing, and other code's worlds are not its own."""

from __future__ import annotations

from pathlib import Path

from utfall.pipelines.validation_journal import Journal, as_line, as_replicate

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
