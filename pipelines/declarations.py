"""Declarations: what does a delivery say of itself, before any of its rows is read?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from utfall.analysis.errors import DeliveryRefused, Fault
from utfall.analysis.problems import told
from utfall.expectations.rulebook import broken, rulebook
from utfall.pipelines.study import line_of

DELIVERY_FILE = "delivery.yml"

_ENCODINGS = {
    "utf8": "utf-8",
    "utf-8-sig": "utf-8",
    "windows-1252": "cp1252",
    "latin1": "latin-1",
    "iso-8859-1": "latin-1",
}
_DELIMITERS = {"semicolon": ";", "comma": ",", "tab": "\t", "\\t": "\t", "bar": "|"}

_Declared = TypeVar("_Declared", bound="Declared")


class Declared(BaseModel):
    """Base of every declaration: unknown keys are faults, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Bridge(Declared):
    """Where a delivery says which old pseudonym became which new one.

    Attributes
    ----------
    old, new : str
        The two columns of the file.
    """

    file: Annotated[str, Field(pattern=r"^[^/\\]+$")]
    old: str
    new: str


class DeliveryHeader(Declared):
    """What ``delivery.yml`` declares: who handed over what, when, and how it is written.

    Attributes
    ----------
    corrects : str or None
        Name of an earlier delivery that this one replaces.
    received_on : date or None
        Day from which it counts; the day of extraction where absent.
    holds : tuple of str
        Canonical tables, where it brings only some of its source's.
    rekeyed : mapping
        By id column: the bridge from the pseudonyms of earlier deliveries to its own.
    covers_from, covers_to : date or None
        First and last day that the delivery speaks of.
    covers : str or None
        Which referrals it holds; what it leaves out cannot be seen in it.
    """

    schema_: Annotated[Literal["utfall/delivery/1"], Field(alias="schema")] = "utfall/delivery/1"
    source: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]{0,62}$")]
    system: str | None = None
    extracted_on: date
    received_on: date | None = None
    version: Annotated[int, Field(ge=1)] = 1
    holds: tuple[str, ...] = ()
    rekeyed: dict[str, Bridge] = Field(default_factory=dict)
    corrects: str | None = None
    code_list_version: str | None = None
    encoding: Literal["utf-8", "cp1252", "latin-1"] = "utf-8"
    delimiter: Literal[";", ",", "\t", "|"] = ";"
    decimal: Literal[",", "."] = ","
    purpose: Literal["follow_up", "research"]
    ethics_id: str | None = None
    secrecy_chapter: str | None = None
    covers_from: date | None = None
    covers_to: date | None = None
    covers_population: str | None = None
    covers: Literal["all_referrals", "granted_only", "started_only"] | None = None
    synthetic: bool = False

    @field_validator("encoding", mode="before")
    @classmethod
    def _known_encoding(cls, value: Any) -> Any:
        return _ENCODINGS.get(str(value).lower(), str(value).lower())

    @field_validator("delimiter", mode="before")
    @classmethod
    def _named_delimiter(cls, value: Any) -> Any:
        return _DELIMITERS.get(str(value).lower(), value)

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        days = [
            day
            for day in (self.covers_from, self.covers_to, self.extracted_on, self.received_on)
            if day
        ]
        if days != sorted(days):
            raise ValueError("dates_out_of_order")
        if self.purpose == "research" and not (self.ethics_id or "").strip():
            raise ValueError("ethics_id_missing")
        return self


class _Loader(yaml.SafeLoader):
    """Reads every scalar but null as text: ``NO``, ``1`` and ``2017-01-01`` may be codes."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag == "tag:yaml.org,2002:null"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_declaration(path: Path, shown: str, kind: type[_Declared]) -> _Declared:
    """Read ``delivery.yml`` or ``mapping.yml`` into a validated value.

    Raises
    ------
    DeliveryRefused
        With one fault per key that is wrong, each at its line.
    """
    if not path.is_file():
        fault = broken("declaration_missing", file=shown, name=path.name)
        raise DeliveryRefused(f"{shown} is missing", [fault])
    content = ""
    try:
        content = path.read_text(encoding="utf-8-sig")
        faults = list(_not_plain(content, shown))
        if not faults:
            declared = _Loader(content).get_single_data()
            return kind.model_validate({} if declared is None else declared)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        row = mark.line + 1 if mark else None
        faults = [broken("declaration_yaml", file=shown, row=row)]
    except ValidationError as error:
        faults = list(_invalid(error, shown, content, kind))
    raise DeliveryRefused(f"{shown} cannot be used as it stands", faults)


def read_received_on(folder: Path) -> date | None:
    """Return the day from which the delivery in a folder counts, None where it does not say.

    For sorting deliveries before any is read; what is wrong with one is told when it is.
    """
    try:
        declared = _Loader((folder / DELIVERY_FILE).read_text(encoding="utf-8-sig"))
        content = declared.get_single_data() or {}
        return date.fromisoformat(str(content.get("received_on") or content["extracted_on"]))
    except (OSError, yaml.YAMLError, UnicodeDecodeError, ValueError, KeyError, AttributeError):
        return None


def _not_plain(content: str, shown: str) -> Iterator[Fault]:
    """Yield aliases, which can grow without bound, and keys that would overwrite each other."""
    for event in yaml.parse(content, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            row = event.start_mark.line + 1 if event.start_mark else None
            yield broken("declaration_alias", file=shown, row=row)
            return
    waiting = [yaml.compose(content, Loader=_Loader)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.MappingNode):
            seen = set()
            for key, value in node.value:
                if key.value in seen:
                    yield broken("declaration_key_twice", file=shown, row=key.start_mark.line + 1)
                seen.add(key.value)
                waiting.append(value)
        elif isinstance(node, yaml.SequenceNode):
            waiting.extend(node.value)


def _invalid(
    error: ValidationError, shown: str, content: str, kind: type[Declared]
) -> Iterator[Fault]:
    for problem in error.errors(include_url=False, include_input=False):
        said, said_sv = told(problem, kind)
        yield broken(
            said if said in rulebook() else "declaration_invalid",
            file=shown,
            row=line_of(content, problem["loc"]),
            column=".".join(str(step) for step in problem["loc"]) or None,
            problem=said,
            problem_sv=said_sv,
        )
