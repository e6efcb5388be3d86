"""Protocol file: a comparison's YAML, read with all its faults at once."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from utfall.analysis.errors import Fault, ProtocolError
from utfall.analysis.problems import told
from utfall.analysis.protocol import Protocol


def load_protocol(path: Path | str) -> Protocol:
    """Read one protocol file; every fault in it is reported at once.

    Parameters
    ----------
    path : path
        A YAML file.

    Returns
    -------
    Protocol
        With ``sha256`` of the file's bytes.

    Raises
    ------
    ProtocolError
        The file is missing, is not YAML, or does not describe a comparison.
    """
    path = Path(path)
    if not path.is_file():
        raise ProtocolError(
            f"{path.name}: no such protocol",
            [
                Fault(
                    rule="protocol_missing",
                    file=path.name,
                    message="the file does not exist",
                    way_out="`utfall protocols` lists those that do",
                )
            ],
        )
    content = path.read_bytes()
    try:
        declared = yaml.safe_load(content)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise ProtocolError(
            f"{path.name} is not YAML",
            [
                Fault(
                    rule="protocol_yaml",
                    file=path.name,
                    row=mark.line + 1 if mark else None,
                    message="the file cannot be read as YAML",
                    way_out="check indentation and quotes at that line",
                )
            ],
        ) from None
    return parse_protocol(declared, name=path.name, sha256=hashlib.sha256(content).hexdigest())


def parse_protocol(declared: Any, *, name: str = "protocol", sha256: str = "") -> Protocol:
    """Validate a declared protocol given as nested values.

    Parameters
    ----------
    declared : mapping
        What the YAML file holds.
    name : str
        What to call it in faults.
    sha256 : str
        Hash of the file; computed from the values where empty.

    Raises
    ------
    ProtocolError
        With one fault per key that is wrong.
    """
    if not isinstance(declared, dict):
        raise ProtocolError(
            f"{name} holds no protocol",
            [
                Fault(
                    rule="protocol_empty",
                    file=name,
                    message="expected keys and values",
                    way_out="start from one of the files in analysis/protocols",
                )
            ],
        )
    declared = {key: value for key, value in declared.items() if key != "sha256"}
    if not sha256:
        sha256 = hashlib.sha256(
            yaml.safe_dump(declared, sort_keys=True, allow_unicode=True).encode()
        ).hexdigest()
    try:
        return Protocol.model_validate({**declared, "sha256": sha256})
    except ValidationError as error:
        raise ProtocolError(f"{name} cannot be used as it stands", _faults(error, name)) from None


def _faults(error: ValidationError, name: str) -> list[Fault]:
    return [
        Fault(
            rule="protocol_" + problem["type"],
            file=name,
            column=".".join(str(part) for part in problem["loc"]) or None,
            message=(said := told(problem, Protocol))[0],
            message_sv="" if said[0] == said[1] else said[1],
            way_out="the protocols in analysis/protocols show the keys and what they take",
        )
        for problem in error.errors(include_url=False, include_input=False)
    ]
