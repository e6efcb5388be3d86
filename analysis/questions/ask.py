"""Ask: hand a question to its family, and say what is missing where it cannot answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from utfall.analysis.questions.answer import Answer, Asked, Found, Frames, Need, sentence

#: Answers a question of its kind; None where the tables hold no row that it is about.
Family = Callable[[Frames, Asked], Found | None]


@dataclass(frozen=True, slots=True)
class Kind:
    """One family of questions: what it needs, and the function that answers.

    Attributes
    ----------
    needs : tuple of Need
        Tables without which it says less, or nothing.
    answer : callable
    """

    needs: tuple[Need, ...]
    answer: Family


def ask(asked: Asked, frames: Frames, kinds: Mapping[str, Kind]) -> Answer:
    """Return the answer to one question, or what it would take to answer it.

    A family is asked even where something is missing; only an essential table that was never
    delivered stops it.
    """
    kind = kinds[asked.family]
    missing = tuple(need for need in kind.needs if not need.held or _lacks(frames, need))
    if any(need.essential for need in missing if need.held):
        return _cannot(asked, "q_cannot_table", missing, kind.needs)
    found = kind.answer(frames, asked)
    if found is None:
        essential = tuple(n for n in kind.needs if n.essential or n in missing)
        return _cannot(asked, "q_cannot_rows", essential, kind.needs)
    lacking = tuple(need for need in missing if need.held)
    status = "partly" if lacking and found.status == "answered" else found.status
    return Answer(asked=asked, status=status, found=found, missing=missing, needs=kind.needs)


def ask_all(
    questions: Sequence[Asked], frames: Frames, kinds: Mapping[str, Kind]
) -> tuple[Answer, ...]:
    """Return the answers to a study's questions, in the order asked."""
    return tuple(ask(asked, frames, kinds) for asked in questions)


def _lacks(frames: Frames, need: Need) -> bool:
    table = frames.get(need.table)
    if table is None:
        return True
    return any(
        name not in table.columns or table[name].null_count() == table.height
        for name in need.columns
    )


def _cannot(asked: Asked, why: str, missing: tuple[Need, ...], needs: tuple[Need, ...]) -> Answer:
    found = Found(sentences=(sentence(why),), status="cannot")
    return Answer(asked=asked, status="cannot", found=replace(found), missing=missing, needs=needs)
