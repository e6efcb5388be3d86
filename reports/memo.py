"""Memo: a draft of the official memo that goes with a result to the committee, in Swedish."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from utfall.reports.told import Told
from utfall.reports.words import Words

if TYPE_CHECKING:
    from docx.document import Document

#: A file's own dates would make every build differ.
WRITTEN = datetime(2000, 1, 1)
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)

#: An official memo is a Swedish form; there is no English one.
MEMO_FILE = "tjansteskrivelse.docx"


def write_memo(document: Mapping[str, Any], told: Told, folder: Path, words: Words) -> Path:
    """Write the draft: what was asked, the answer, what may be said, what is needed.

    What the administration itself must decide stands as a field to fill in.

    Returns
    -------
    Path
        The file.
    """
    import docx

    memo = docx.Document()
    memo.core_properties.author = ""
    memo.core_properties.title = words.text(told.comparison["question"])
    memo.core_properties.language = "sv-SE"
    for name in ("created", "modified"):
        setattr(memo.core_properties, name, WRITTEN)
    _write(memo, document, told, words)
    path = folder / MEMO_FILE
    written = io.BytesIO()
    memo.save(written)
    path.write_bytes(_undated(written.getvalue()))
    return path


def _write(memo: Document, document: Mapping[str, Any], told: Told, words: Words) -> None:
    study, comparison, said = document["study"], told.comparison, told.verdict
    memo.add_heading(words("memo_heading"), level=0)
    if study["synthetic"]:
        memo.add_paragraph(words("synthetic_banner")).runs[0].bold = True
    memo.add_paragraph(
        words("memo_matter", question=words.text(comparison["question"]), dnr=study["dnr"] or "–")
    )
    sections = (
        ("memo_proposal", [words("memo_proposal_field")]),
        ("memo_summary", [said.sentence, *said.numbers, *said.reasons]),
        (
            "memo_background",
            [
                words("applies_to", population=words.text(comparison["population"])),
                words("measured", outcome=words.text(comparison["outcome_label"])),
                words("informs", text=words.text(comparison["informs"])),
                words("does_not_inform", text=words.text(comparison["does_not_inform"])),
            ],
        ),
    )
    for heading, lines in sections:
        memo.add_heading(words(heading), level=1)
        for line in lines:
            memo.add_paragraph(line)
    lists = (
        ("memo_reservations", (*said.labels, *told.aside)),
        ("can_heading", said.can),
        ("cannot_heading", said.cannot),
        ("needed_heading", told.needed),
    )
    for heading, items in lists:
        if items:
            memo.add_heading(words(heading), level=1)
            for item in items:
                memo.add_paragraph(item, style="List Bullet")
    memo.add_heading(words("memo_basis"), level=1)
    memo.add_paragraph(words("memo_basis_text", run=document["run_id"][:12]))


def _undated(content: bytes) -> bytes:
    """Return a zip file whose entries all bear the same day."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as read,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written,
    ):
        for name in sorted(read.namelist()):
            entry = zipfile.ZipInfo(name, _ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            written.writestr(entry, read.read(name))
    return out.getvalue()
