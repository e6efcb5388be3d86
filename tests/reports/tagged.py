"""What is wrong with the tags of a PDF file, as a reader of its structure would find it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject

#: The least that a text for a picture must say.
SHORTEST_ALT = 20


def faults_of(path: Path, language: str) -> list[str]:
    """Return every fault of PDF/UA-1 that can be told from the structure alone.

    Title, language and marks; one first heading and no level skipped; a text for every picture;
    a scope for every header cell, and headers that exist for every other cell.
    """
    read = PdfReader(path)
    root = read.trailer["/Root"]
    tree = root["/StructTreeRoot"]
    elements = list(_elements(tree))
    return [
        *_of_document(read, root, language),
        *_of_headings([str(one["/S"]) for one in elements]),
        *_of_pictures(elements),
        *_of_tables(elements, tree),
    ]


def _elements(node: DictionaryObject) -> Iterator[DictionaryObject]:
    """Yield elements in reading order."""
    kids = node.get("/K", ArrayObject())
    for kid in kids if isinstance(kids, ArrayObject) else [kids]:
        one = kid.get_object()
        if isinstance(one, DictionaryObject) and "/S" in one:
            yield one
            yield from _elements(one)


def _of_document(read: PdfReader, root: Any, language: str) -> Iterator[str]:
    if not (read.metadata and read.metadata.title):
        yield "no title"
    if root.get("/Lang") != language:
        yield "language"
    if root["/MarkInfo"].get("/Marked") != True:  # noqa: E712 - a PDF's own boolean
        yield "not marked"
    if root["/ViewerPreferences"].get("/DisplayDocTitle") != True:  # noqa: E712
        yield "title is not shown"


def _of_headings(tags: list[str]) -> Iterator[str]:
    levels = [int(tag[2]) for tag in tags if tag[:2] == "/H" and tag[2:].isdigit()]
    if levels[:1] != [1]:
        yield "does not begin with a heading"
    yield from (
        f"H{after} follows H{before}"
        for before, after in itertools.pairwise(levels)
        if after > before + 1
    )


def _of_pictures(elements: list[DictionaryObject]) -> Iterator[str]:
    for one in elements:
        if one["/S"] == "/Figure" and len(str(one.get("/Alt", ""))) < SHORTEST_ALT:
            yield "a picture without a text"


def _of_tables(elements: list[DictionaryObject], tree: Any) -> Iterator[str]:
    cells = [one for one in elements if one["/S"] in ("/TH", "/TD")]
    names = tree["/IDTree"]["/Names"] if cells else []
    found = {str(name): ref.get_object() for name, ref in zip(names[::2], names[1::2], strict=True)}
    if [str(name) for name in names[::2]] != sorted(found):
        yield "identifiers are not in order"
    for cell in cells:
        if cell["/S"] == "/TH":
            if cell["/A"].get("/Scope") not in ("/Row", "/Column"):
                yield "a header of nothing"
            if found.get(str(cell["/ID"])) != cell:
                yield "a header that cannot be found"
        else:
            heads = [str(name) for name in cell["/A"]["/Headers"]]
            scopes = {str(found[name]["/A"]["/Scope"]) for name in heads if name in found}
            if scopes != {"/Row", "/Column"}:
                yield f"a cell under {sorted(scopes)}"
