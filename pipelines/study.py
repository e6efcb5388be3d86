"""Study: which folder is being worked on, what does it declare, and where does its work lie?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeVar

import yaml
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError, model_validator

from utfall.analysis.errors import Fault, ProtocolError, UsageError
from utfall.analysis.problems import told
from utfall.analysis.protocol import Protocol, Wording
from utfall.analysis.protocol_file import load_protocol
from utfall.analysis.vocabulary import DisruptionKind, Language

if TYPE_CHECKING:
    import polars as pl

SETTINGS_FILE = "study.yml"
EVENTS_FILE = "events.yml"
CLAIMS_FILE = "claims.yml"
QUESTIONS_FILE = "data/questions.yml"

#: Where a study keeps its protocols; the reference study's ship inside the package.
PROTOCOL_FOLDERS = (Path("protocols"), Path("analysis/protocols"))

_Declared = TypeVar("_Declared", bound=BaseModel)


class Declared(BaseModel):
    """Base of every part of a study file: unknown keys are faults, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Disclosure(Declared):
    """How counts are protected before anything leaves the house.

    ``public_data`` says that the rows are published already and need no protection. The
    limits can be made stricter, never laxer.
    """

    threshold: Annotated[int, Field(ge=7, le=100)] = 7
    round_to: Annotated[int, Field(ge=5, le=100)] = 5
    public_data: bool = False


class Contact(Declared):
    """Whom a reader turns to: a unit, never a person."""

    unit: Wording
    reach: Annotated[str, Field(min_length=3)]


class Revision(Declared):
    """What was changed in a published report, and when."""

    on: date
    text: Wording


class StudySettings(Declared):
    """What ``study.yml`` declares.

    ``protocols`` lists the comparisons in page order; where it is empty, all that the
    study has are run, by name.
    """

    schema_: Annotated[Literal["utfall/study/1"], Field(alias="schema")]
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,62}$")]
    title: Wording
    shape: Literal["standard", "flat"] = "standard"
    synthetic: bool
    language: Language = "sv"
    status: Literal["utkast", "upprättad"] = "utkast"
    dnr: str | None = None
    municipality: Wording | None = None
    protocols: tuple[str, ...] = ()
    disclosure: Disclosure = Disclosure()
    join_gap_days: Annotated[int, Field(ge=0, le=365)] = 30
    data_note: Wording | None = None
    contact: Contact | None = None
    revisions: tuple[Revision, ...] = ()
    flat: dict[str, Any] = Field(default_factory=dict)


class Event(Declared):
    """Something dated that could move a result without the programmes having changed.

    Attributes
    ----------
    capacity_share : float or None
        What remained of the ordinary capacity, in [0, 1].
    evidence_grade : str
        How the fact is known; a debate article is the lowest grade.
    """

    id: Annotated[str, Field(validation_alias=AliasChoices("id", "event_id"))]
    kind: DisruptionKind
    programme: str | None = None
    site: str | None = None
    starts_on: Annotated[date, Field(validation_alias=AliasChoices("from", "starts_on"))]
    ends_on: Annotated[date | None, Field(validation_alias=AliasChoices("to", "ends_on"))] = None
    capacity_share: Annotated[float | None, Field(ge=0, le=1)] = None
    label: Wording
    source: Annotated[str, Field(min_length=1)]
    evidence_grade: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ends_on and self.ends_on < self.starts_on:
            raise ValueError("`to` lies before `from`")
        return self


class Events(Declared):
    """What ``events.yml`` declares."""

    schema_: Annotated[Literal["utfall/events/1"], Field(alias="schema")] = "utfall/events/1"
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Study:
    """A study folder and what it declares.

    Attributes
    ----------
    root : Path
        Absolute path of the folder that holds ``study.yml``.
    settings : StudySettings
        Its validated content.
    as_of : date or None
        Day whose state is worked on, apart from the study's own work; today where absent.
    """

    root: Path
    settings: StudySettings
    as_of: date | None = None

    @property
    def id(self) -> str:
        """Return the study's short name."""
        return self.settings.id

    @property
    def deliveries(self) -> Path:
        """Return the folder of what was handed over."""
        return self.root / "data" / "raw"

    @property
    def work(self) -> Path:
        """Return the folder of derived work; all in it can be made again."""
        work = self.root / ".utfall"
        return work / "as_of" / self.as_of.isoformat() if self.as_of else work

    @property
    def warehouse(self) -> Path:
        """Return the DuckDB file of raw tables and marts."""
        return self.work / "utfall.duckdb"

    @property
    def results(self) -> Path:
        """Return the unprotected results, for the evaluator's own machine."""
        return self.work / "results.json"

    @property
    def protected(self) -> Path:
        """Return the protected results, the only ones that reports may read."""
        return self.work / "protected" / "results.json"

    @property
    def built(self) -> Path:
        """Return the folder of the published bundle."""
        return (self.work if self.as_of else self.root) / "reports" / "built"

    @property
    def index(self) -> Path:
        """Return the first page of the published bundle."""
        return self.built / "index.html"

    @property
    def protocol_paths(self) -> tuple[Path, ...]:
        """Return the declared protocol files in page order, whether or not they exist."""
        folder = self.protocol_folder
        if self.settings.protocols:
            return tuple(folder / f"{name}.yml" for name in self.settings.protocols)
        return tuple(sorted(folder.glob("*.yml")))

    @property
    def protocol_folder(self) -> Path:
        """Return the folder that holds this study's protocols."""
        folders = [self.root / folder for folder in PROTOCOL_FOLDERS]
        return next((folder for folder in folders if folder.is_dir()), folders[0])

    def relative(self, path: Path) -> str:
        """Return a path as messages and manifests write it: from the study's folder."""
        return path.relative_to(self.root).as_posix()


def load_study(root: Path | str = ".", *, as_of: date | None = None) -> Study:
    """Read the settings of the study in a folder; all their faults are reported at once.

    Parameters
    ----------
    as_of : date, optional
        Day whose state is worked on.

    Raises
    ------
    UsageError
        The folder holds no study.
    ProtocolError
        ``study.yml`` does not describe one.
    """
    root = Path(root).resolve()
    if not (root / SETTINGS_FILE).is_file():
        raise UsageError(
            "there is no study here",
            [
                Fault(
                    rule="study_missing",
                    file=SETTINGS_FILE,
                    message="the folder holds no study.yml",
                    way_out="go to a study's folder or name it with --study DIR; "
                    "`utfall init DIR` makes one",
                )
            ],
        )
    return Study(root, read_declared(root / SETTINGS_FILE, StudySettings), as_of)


def load_protocols(study: Study, names: Sequence[str] = ()) -> tuple[Protocol, ...]:
    """Read a study's protocols in page order; the faults of all files are reported at once.

    Parameters
    ----------
    study : Study
    names : sequence of str
        Only these, in this order; all where empty.

    Raises
    ------
    UsageError
        A name is not among the study's protocols.
    ProtocolError
        The study has none, or a file cannot be used.
    """
    paths = {path.stem: path for path in study.protocol_paths}
    unknown = [name for name in names if name not in paths]
    if unknown:
        raise UsageError(
            f"no such comparison: {', '.join(unknown)}",
            [_fault("protocol_unknown", "the study does not declare it", ", ".join(paths))],
        )
    if not paths:
        raise ProtocolError(
            "the study declares no comparison",
            [_fault("protocol_none", "there is no file in protocols/", "none yet")],
        )
    faults: list[Fault] = []
    protocols: list[Protocol] = []
    for name in names or paths:
        try:
            protocols.append(load_protocol(paths[name]))
        except ProtocolError as error:
            faults.extend(error.faults)
    if faults:
        raise ProtocolError("the protocols cannot be used as they stand", faults)
    return tuple(protocols)


def load_events(study: Study) -> pl.DataFrame:
    """Return the study's dated events, one row per event, by its id.

    Returns
    -------
    pl.DataFrame
        Columns of ``raw.events``; no rows where the study has no ``events.yml``.

    Raises
    ------
    ProtocolError
        The file does not describe events.
    """
    import polars as pl

    path = study.root / EVENTS_FILE
    events = read_declared(path, Events).events if path.is_file() else ()
    rows = [
        {
            **event.model_dump(exclude={"id", "label"}),
            "event_id": event.id,
            "label_sv": event.label.sv,
            "label_en": event.label.en,
        }
        for event in events
    ]
    return pl.DataFrame(rows, schema=event_columns()).sort("event_id")


def event_columns() -> dict[str, Any]:
    """Return the columns of ``raw.events`` with their types."""
    import polars as pl

    return {
        "event_id": pl.String,
        "kind": pl.String,
        "programme": pl.String,
        "site": pl.String,
        "starts_on": pl.Date,
        "ends_on": pl.Date,
        "capacity_share": pl.Float64,
        "label_sv": pl.String,
        "label_en": pl.String,
        "source": pl.String,
        "evidence_grade": pl.String,
    }


def read_declared(path: Path, kind: type[_Declared]) -> _Declared:
    """Read a YAML file into a validated value.

    Raises
    ------
    ProtocolError
        With one fault per key that is wrong, each at its line.
    """
    content = path.read_text(encoding="utf-8")
    try:
        declared = yaml.safe_load(content)
        return kind.model_validate({} if declared is None else declared)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        fault = Fault(
            rule="study_yaml",
            file=path.name,
            row=mark.line + 1 if mark else None,
            message="the file cannot be read as YAML",
            way_out="check indentation and quotes at that line",
        )
        raise ProtocolError(f"{path.name} is not YAML", [fault]) from None
    except ValidationError as error:
        faults = list(_faults(error, path.name, content, kind))
        raise ProtocolError(f"{path.name} cannot be used as it stands", faults) from None


def line_of(content: str, place: Sequence[str | int]) -> int | None:
    r"""Return the line where a key of a YAML text stands, or its nearest parent that does.

    >>> line_of("a: 1\nb:\n  - c: 2\n", ("b", 0, "c"))
    3
    >>> line_of("a: 1\n", ("missing",)) is None
    True
    """
    node, line = yaml.compose(content, Loader=yaml.SafeLoader), None
    for step in place:
        if isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if key.value == str(step)]
            if not found:
                break
            node = found[0][1]
            line = found[0][0].start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            break
    return line


def _faults(
    error: ValidationError, name: str, content: str, kind: type[BaseModel]
) -> Iterator[Fault]:
    for problem in error.errors(include_url=False, include_input=False):
        message, message_sv = told(problem, kind)
        yield Fault(
            rule="study_" + problem["type"],
            file=name,
            row=line_of(content, problem["loc"]),
            column=".".join(str(step) for step in problem["loc"]) or None,
            message=message,
            message_sv="" if message == message_sv else message_sv,
            way_out="`utfall init DIR` writes an example with every key explained",
        )


def _fault(rule: str, message: str, known: str) -> Fault:
    return Fault(rule=rule, message=message, way_out=f"the study's comparisons: {known}")
