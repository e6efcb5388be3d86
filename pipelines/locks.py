"""Locks: was a protocol frozen before anyone had read the outcomes, and has it changed since?"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from utfall.analysis.errors import Fault, UsageError
from utfall.analysis.protocol import Protocol
from utfall.pipelines.study import Study, load_protocols

State = Literal["not locked", "locked", "changed since it was locked"]


@dataclass(frozen=True, slots=True)
class ProtocolLock:
    """When a protocol was frozen, and whether outcomes could have been read by then.

    Attributes
    ----------
    sha256 : str
        Hash of the protocol file when it was frozen.
    locked_at : str
        Time in UTC, ISO 8601, to the second.
    results_existed : bool
        True where this study's results lay on the machine already.
    declared : str
        The plan as it was frozen, so that later changes can be shown; older locks lack it.
    """

    sha256: str
    locked_at: str
    results_existed: bool
    declared: str = ""

    def state_of(self, protocol: Protocol) -> State:
        """Return whether the protocol is still the one that was frozen."""
        return "locked" if protocol.sha256 == self.sha256 else "changed since it was locked"


def lock_protocol(study: Study, name: str) -> ProtocolLock:
    """Freeze a protocol: write its hash and the time beside it. A lock is never replaced.

    Raises
    ------
    UsageError
        The study has no such protocol, or it was frozen before.
    """
    (protocol,) = load_protocols(study, [name])
    if read_lock(study, name) is not None:
        raise UsageError(
            f"{name} is locked already",
            [
                Fault(
                    rule="protocol_locked",
                    file=study.relative(_lock_path(study, name)),
                    message="a lock shows what was declared first, so it is not replaced",
                    way_out="change the protocol all the same, and the change is shown; "
                    "or declare it anew under another id",
                )
            ],
        )
    lock = ProtocolLock(
        sha256=protocol.sha256,
        locked_at=datetime.now(UTC).isoformat(timespec="seconds"),
        results_existed=study.results.exists() or study.index.exists(),
        declared=(study.protocol_folder / f"{name}.yml").read_text(encoding="utf-8"),
    )
    content = asdict(lock)
    path = _lock_path(study, name)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    partial.replace(path)
    return lock


def read_lock(study: Study, name: str) -> ProtocolLock | None:
    """Return a protocol's lock, or None where it was never frozen.

    Raises
    ------
    UsageError
        The lock file is not one that ``utfall lock`` wrote.
    """
    path = _lock_path(study, name)
    if not path.is_file():
        return None
    try:
        return ProtocolLock(**json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError):
        raise UsageError(
            f"the lock of {name} cannot be read",
            [
                Fault(
                    rule="lock_unreadable",
                    file=study.relative(path),
                    message="this is not a lock as `utfall lock` writes it",
                    way_out="restore the file from version control",
                )
            ],
        ) from None


def _lock_path(study: Study, name: str) -> Path:
    return study.protocol_folder / f"{name}.lock"
