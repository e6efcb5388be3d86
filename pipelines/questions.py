"""Questions: read what a study asks of each document, and answer it from its tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from utfall.analysis.errors import Fault, ProtocolError
from utfall.analysis.protocol import Wording
from utfall.analysis.questions.answer import Answer, Asked, Frames, answer_document
from utfall.analysis.questions.ask import ask_all
from utfall.analysis.questions.families import FAMILIES
from utfall.pipelines.study import QUESTIONS_FILE, Declared, Study, read_declared

if TYPE_CHECKING:
    import polars as pl

    from utfall.analysis.disclosure import Rules

#: Marts that questions are answered from.
MARTS = ("episodes", "outcomes", "programme_months", "disruptions", "labour_market")


class Question(Declared):
    """One question: which family answers it, and what that family is to look at."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,62}$")]
    ask: str
    text: Wording
    settings: dict[str, Any] = Field(default_factory=dict)


class SourceDocument(Declared):
    """A text that somebody published, and the questions that it raises."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,30}$")]
    title: Wording
    source: Wording
    intro: Wording
    file: str
    published: date | str
    names: dict[str, Wording] = Field(default_factory=dict)
    questions: tuple[Question, ...] = ()


class Questions(Declared):
    """What ``data/questions.yml`` declares."""

    schema_: Annotated[Literal["utfall/questions/1"], Field(alias="schema")] = "utfall/questions/1"
    documents: tuple[SourceDocument, ...] = ()


def load_questions(study: Study) -> Questions:
    """Return what a study asks; nothing where it has no ``data/questions.yml``.

    Raises
    ------
    ProtocolError
        The file does not describe questions, or names a family that does not exist.
    """
    path = study.root / QUESTIONS_FILE
    if not path.is_file():
        return Questions()
    declared = read_declared(path, Questions)
    asked = [question for document in declared.documents for question in document.questions]
    faults = [
        Fault(
            rule="question_unknown",
            file=QUESTIONS_FILE,
            column=question.id,
            message=f"`ask: {question.ask}` is not a kind of question",
            way_out=f"there are {', '.join(sorted(FAMILIES))}",
        )
        for question in asked
        if question.ask not in FAMILIES
    ]
    names = [question.id for question in asked]
    faults += [
        Fault(
            rule="question_twice",
            file=QUESTIONS_FILE,
            column=name,
            message="two questions have this id",
            way_out="give one of them another",
        )
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    if faults:
        raise ProtocolError("data/questions.yml cannot be used as it stands", faults)
    return declared


def asked_of(declared: Questions) -> tuple[Asked, ...]:
    """Return the declared questions as the analysis takes them."""
    return tuple(
        Asked(
            id=question.id,
            document=document.id,
            family=question.ask,
            text=question.text.text,
            settings={
                **question.settings,
                "names": {name: words.model_dump() for name, words in document.names.items()},
            },
        )
        for document in declared.documents
        for question in document.questions
    )


def read_frames(study: Study) -> Frames:
    """Return the marts and the delivered tables that questions are answered from."""
    from utfall.expectations.contract import load_contracts
    from utfall.pipelines.warehouse import kept_open, read_delivered, read_mart

    with kept_open(study.warehouse):
        tables: dict[str, pl.DataFrame] = {name: read_mart(study.warehouse, name) for name in MARTS}
        for name in load_contracts():
            if name not in tables:
                tables[name] = read_delivered(study.warehouse, name)
    return Frames(tables)


def answer_study(study: Study) -> tuple[Answer, ...]:
    """Return the answers to everything that a study asks."""
    asked = asked_of(load_questions(study))
    if not asked or study.settings.shape == "flat":
        return ()
    return ask_all(asked, read_frames(study), FAMILIES)


def questions_document(
    study: Study, answers: Sequence[Answer], rules: Rules | None
) -> Mapping[str, Any]:
    """Return documents and answers as plain values, protected where rules are given."""
    declared = load_questions(study)
    return {
        "documents": [
            {
                "id": document.id,
                "page": f"document_{document.id}",
                "title": document.title.model_dump(),
                "source": document.source.model_dump(),
                "file": document.file,
                "published": str(document.published),
                "intro": document.intro.model_dump(),
            }
            for document in declared.documents
        ],
        "questions": [answer_document(answer, rules) for answer in answers],
    }
