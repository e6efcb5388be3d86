"""Validation journal: every world scored so far, so that a run that was killed goes on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from utfall.pipelines.validation import Replicate

#: What a scored world rests on: the statistics, the models, the worlds and how they are met.
_RESTS_ON = {
    "analysis": (".py", ".yml"),
    "models": (".sql", ".csv"),
    "pipelines/simulation": (".py", ".yml"),
}
_ALONE = (
    "pipelines/validation.py",
    "pipelines/rehearsal.py",
    "pipelines/compare.py",
    "pipelines/doses.py",
    "analysis/coverage.json",
)


def code_sha256() -> str:
    """Return the hash of the code that worlds are drawn and answered by.

    A journal kept by other code is not gone on with: its worlds would be another method's.
    """
    root = Path(__file__).parents[1]
    files = [root / name for name in _ALONE]
    for folder, endings in _RESTS_ON.items():
        files += [
            path
            for path in (root / folder).rglob("*")
            if path.suffix in endings and not _is_prose(path) and "__pycache__" not in path.parts
        ]
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _is_prose(path: Path) -> bool:
    # No world is scored on how an answer is worded.
    return path.name.endswith("wording.yml")


class Journal:
    """One line a scored world, appended as soon as it is known.

    Parameters
    ----------
    path : Path or None
        None keeps the lines in memory.
    code : str
        Of :func:`code_sha256`; lines of other code are passed over.
    states : collection of str
        Hashes of other states of the code whose lines are read all the same.
    """

    def __init__(self, path: Path | None, code: str, states: Collection[str] = ()) -> None:
        self._path, self._code = path, code
        self._lines: list[dict[str, Any]] = []
        if path is not None and path.is_file():
            known = {code, *states}
            self._lines = [line for line in _read(path) if line["code"] in known]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield every line that is read, with the ``code`` that drew it."""
        return iter(self._lines)

    def drop_other(self, worlds: dict[str, str]) -> None:
        """Pass over the lines of cases that are no more what they were.

        Parameters
        ----------
        worlds : dict of str to str
            Hash of each case's world and plan, by its id.
        """
        self._lines = [one for one in self._lines if worlds.get(one["case"]) == one["world"]]

    def numbers(self, case: str, noise: float, stream: str) -> set[int]:
        """Return which worlds of a case, a level and a stream of seeds this code has scored."""
        return {
            line["number"]
            for line in self._lines
            if (line["case"], line["noise"], line["stream"]) == (case, noise, stream)
            and line["code"] == self._code
        }

    def add(self, scored: Iterable[dict[str, Any]]) -> None:
        """Append lines, and see them to the disk."""
        lines = [{**line, "code": self._code} for line in scored]
        self._lines += lines
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                for line in lines:
                    file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _read(path: Path) -> Iterator[dict[str, Any]]:
    for text in path.read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(text)
        except json.JSONDecodeError:
            # A kill in the middle of a line leaves half of it; that world is scored again.
            continue


def by_one_state(lines: Iterable[dict[str, Any]], newest: str) -> list[dict[str, Any]]:
    """Return the lines of each case, level and stream that one state of the code drew.

    Worlds of two states are never counted together: taken is the state that drew most of them,
    the newest among equals.
    """
    groups: dict[tuple[str, float, str], dict[str, list[dict[str, Any]]]] = {}
    for line in lines:
        states = groups.setdefault((line["case"], line["noise"], line["stream"]), {})
        states.setdefault(line["code"], []).append(line)
    return [
        line
        for states in groups.values()
        for line in max(states.items(), key=lambda one: (len(one[1]), one[0] == newest, one[0]))[1]
    ]


def as_line(one: Replicate, stream: str, world: str) -> dict[str, Any]:
    """Return a replicate as a line, with the hash of the world and plan behind it."""
    return {**asdict(one), "stream": stream, "world": world}


def as_replicate(line: dict[str, Any]) -> Replicate:
    """Return a line as the replicate that it was.

    Intervals are pairs again, which JSON knows only as lists.
    """
    pairs = {"interval", "second", "raw", "bounds", "disrupted"}
    kept = {field.name: line[field.name] for field in fields(Replicate)}
    for name in pairs:
        kept[name] = None if kept[name] is None else (kept[name][0], kept[name][1])
    kept["labels"] = tuple(kept["labels"])
    kept["treatments"] = {key: (ends[0], ends[1]) for key, ends in kept["treatments"].items()}
    return Replicate(**kept)
