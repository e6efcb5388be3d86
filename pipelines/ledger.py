"""Ledger: is every delivery that was ever let in still there, and as it was?"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from utfall.analysis.errors import DeliveryRefused, Fault
from utfall.expectations.rulebook import broken
from utfall.pipelines.delivery import Delivery
from utfall.pipelines.fingerprints import content_sha256
from utfall.pipelines.mapping import MAPPING_FILE

SCHEMA = "utfall/register/1"
LEDGER_FILE = "data/register.jsonl"


def read_ledger(root: Path) -> list[dict[str, Any]]:
    """Return the lines of a study's register, oldest first; none where there is no file.

    Raises
    ------
    DeliveryRefused
        A line was changed, moved or cut out: each names the hash of the one before it.
    """
    path = root / LEDGER_FILE
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    found: list[dict[str, Any]] = []
    before = ""
    for number, line in enumerate(lines, start=1):
        try:
            entry = json.loads(line)
        except ValueError:
            entry = None
        if not isinstance(entry, dict) or entry.get("after") != before:
            fault = broken("register_broken", file=LEDGER_FILE, row=number)
            raise DeliveryRefused("the register cannot be relied on; nothing was stored", [fault])
        found.append(entry)
        before = _line_sha256(line)
    return found


def ledger_faults(
    ledger: Sequence[Mapping[str, Any]],
    deliveries: Sequence[Delivery],
    root: Path,
    as_of: date | None = None,
) -> Iterator[Fault]:
    """Yield deliveries that are not as they were registered.

    Synthetic ones may be made anew. One that is gone is a fault only where the state of a
    day is asked for to which it belongs.
    """
    last = {(line["source"], line["delivery"]): line for line in ledger}
    present = set()
    for one in deliveries:
        present.add((one.source, one.delivery))
        line = last.get((one.source, one.delivery))
        if line is None or line["synthetic"]:
            continue
        folder = root / "data" / "raw" / one.source / one.delivery
        now = files_sha256(folder)
        for name in sorted(now.keys() | line["files"].keys()):
            if now.get(name) != line["files"].get(name):
                place = f"data/raw/{one.source}/{one.delivery}/{name}"
                yield broken("delivery_changed", file=place)
    if as_of is None:
        return
    for (source, delivery), line in last.items():
        is_due = line["received_on"] <= as_of.isoformat() and not line["synthetic"]
        if is_due and (source, delivery) not in present:
            yield broken("delivery_gone", file=f"data/raw/{source}/{delivery}")


def extend_ledger(root: Path, deliveries: Sequence[Delivery]) -> None:
    """Add a line for every delivery that is new, or that is synthetic and was made anew."""
    ledger = read_ledger(root)
    last = {(line["source"], line["delivery"]): line["files"] for line in ledger}
    path = root / LEDGER_FILE
    lines = path.read_text(encoding="utf-8").splitlines() if ledger else []
    n_before = len(lines)
    for one in sorted(deliveries, key=lambda one: (one.source, one.delivery)):
        files = files_sha256(root / "data" / "raw" / one.source / one.delivery)
        if last.get((one.source, one.delivery)) == files:
            continue
        line = {
            "schema": SCHEMA,
            "after": _line_sha256(lines[-1]) if lines else "",
            "source": one.source,
            "delivery": one.delivery,
            "received_on": (one.header.received_on or one.header.extracted_on).isoformat(),
            "corrects": one.header.corrects,
            "synthetic": one.header.synthetic,
            "says_sha256": content_sha256(one.tables, one.header, one.bridges),
            "files": files,
        }
        lines.append(json.dumps(line, ensure_ascii=False, sort_keys=True))
    if len(lines) > n_before:
        _written(path, "".join(f"{line}\n" for line in lines))


def files_sha256(folder: Path) -> dict[str, str]:
    """Return the hash of every file that a delivery consists of, by name.

    A mapping in the folder is our reading of the delivery, and may be mended.
    """
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.is_file() and not path.name.startswith(".") and path.name != MAPPING_FILE
    }


def _line_sha256(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()


def _written(path: Path, text: str) -> None:
    """Put a text in place whole, and only once it is on the disk."""
    partial = path.with_name(path.name + ".partial")
    with partial.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
