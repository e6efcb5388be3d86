"""What is wrong with the tags of a PDF file, as a reader of its structure would find it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pypdf import PageObject, PdfReader
from pypdf.generic import ArrayObject, ContentStream, DictionaryObject

#: The least that a text for a picture must say.
SHORTEST_ALT = 20


def faults_of(path: Path, language: str) -> list[str]:
    """Return every fault of PDF/UA-1 that a program can tell, by points of the Matterhorn Protocol.

    Title, language, marks and the mark of the standard itself; all that is painted belongs to
    the structure or is an artifact; one first heading and no level skipped; a text for every
    picture; a scope for every header cell, and headers that exist for every other cell; lists
    of items and tables of rows; fonts that are in the file and can be read back; links that
    are tagged and say where they lead. Needs a reader's eye, and is not tried: whether texts
    for pictures, order and languages of single words are right.
    """
    read = PdfReader(path)
    root = read.trailer["/Root"]
    tree = root["/StructTreeRoot"]
    elements = list(_elements(tree))
    return [
        *_of_document(read, root, language),
        *_of_standard(read, root),
        *sorted({fault for page in read.pages for fault in _of_sheet(read, page)}),
        *sorted({fault for page in read.pages for fault in _of_fonts(page)}),
        *_of_nesting(elements),
        *_of_headings([str(one["/S"]) for one in elements]),
        *_of_pictures(elements),
        *_of_tables(elements, tree),
    ]


def _elements(node: DictionaryObject) -> Iterator[DictionaryObject]:
    """Yield elements in reading order."""
    for one in _children(node):
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


def _of_standard(read: PdfReader, root: Any) -> Iterator[str]:
    """Tell whether the file says that it keeps to the standard (06-001 to 06-003, 07, 26)."""
    told = root["/Metadata"].get_object().get_data().decode("utf-8") if "/Metadata" in root else ""
    if 'pdfuaid:part="1"' not in told and "<pdfuaid:part>1<" not in told:
        yield "does not say which standard it keeps"
    if "dc:title" not in told:
        yield "no title among its properties"
    if root["/MarkInfo"].get("/Suspects", False) != False:  # noqa: E712 - a PDF's own boolean
        yield "suspects its own tags"
    if read.is_encrypted:
        yield "locked"
    if "/RoleMap" in root["/StructTreeRoot"]:
        yield "tags of its own"


#: Commands that leave something on the sheet.
PAINTS = frozenset({b"Tj", b"TJ", b"'", b'"', b"sh", b"Do", b"EI", b"INLINE IMAGE"}) | {
    one.encode() for one in ("S", "s", "f", "F", "f*", "B", "B*", "b", "b*")
}


def _of_sheet(read: PdfReader, page: PageObject) -> Iterator[str]:
    """Tell what is painted outside the structure, or within it twice (01-003 to 01-005, 28)."""
    contents = page.get_contents()
    opened: list[str] = []
    numbers: list[int] = []
    for operands, command in (
        ContentStream(contents, read).operations if contents is not None else ()
    ):
        if command in (b"BDC", b"BMC"):
            named = dict(operands[1]) if len(operands) > 1 else {}
            numbers += [int(named["/MCID"])] if "/MCID" in named else []
            opened.append("artifact" if operands[0] == "/Artifact" else "content")
            if {"artifact", "content"} <= set(opened):
                yield "an artifact and content within each other"
        elif command == b"EMC":
            opened.pop()
        elif command in PAINTS and not opened:
            yield "painted outside the structure"
    if len(set(numbers)) < len(numbers):
        yield "two pieces of content with one number"
    if numbers and "/StructParents" not in page:
        yield "a sheet that the structure does not know"
    yield from _of_links(page)


def _of_links(page: PageObject) -> Iterator[str]:
    links = [one.get_object() for one in page.get("/Annots", ())]
    if links and page.get("/Tabs") != "/S":
        yield "the keyboard does not follow the structure"
    for link in links:
        if "/StructParent" not in link:
            yield "a link outside the structure"
        if not str(link.get("/Contents", "")).strip():
            yield "a link that does not say where it leads"


def _of_fonts(page: PageObject) -> Iterator[str]:
    """Tell of letters that are not in the file or cannot be read back (10-001, 31)."""
    for font in _fonts(page["/Resources"], set()):
        drawn = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
        about = drawn.get("/FontDescriptor", DictionaryObject())
        if not any(f"/FontFile{kind}" in about for kind in ("", "2", "3")):
            yield "a font that is not in the file"
        if "/ToUnicode" not in font:
            yield "letters that cannot be read back"


def _fonts(resources: Any, seen: set[int]) -> Iterator[DictionaryObject]:
    """Yield the fonts of a sheet and of the pictures on it, each once."""
    held = resources.get_object()
    if id(held) in seen:
        return
    seen.add(id(held))
    for font in held.get("/Font", DictionaryObject()).values():
        if id(font.get_object()) not in seen:
            seen.add(id(font.get_object()))
            yield font.get_object()
    for one in held.get("/XObject", DictionaryObject()).values():
        if "/Resources" in one.get_object():
            yield from _fonts(one.get_object()["/Resources"], seen)


#: What each tag may hold, where the standard says so (09-004 to 09-006, 10 of ISO 32000-1).
HOLDS = {
    "/L": {"/LI", "/Caption", "/L"},
    "/LI": {"/Lbl", "/LBody"},
    "/Table": {"/TR", "/THead", "/TBody", "/TFoot", "/Caption"},
    "/THead": {"/TR"},
    "/TBody": {"/TR"},
    "/TR": {"/TH", "/TD"},
}


def _of_nesting(elements: list[DictionaryObject]) -> Iterator[str]:
    for one in elements:
        tag, kids = str(one["/S"]), [str(kid["/S"]) for kid in _children(one)]
        yield from (f"{kid} in {tag}" for kid in kids if kid not in HOLDS.get(tag, {kid}))
        if tag == "/Table" and not {"/TR", "/TBody"} & set(kids):
            yield "a table without rows"
        if tag == "/LI" and "/LBody" not in kids:
            yield "an item of nothing"


def _children(node: DictionaryObject) -> Iterator[DictionaryObject]:
    kids = node.get("/K", ArrayObject()).get_object()
    for kid in kids if isinstance(kids, ArrayObject) else [kids]:
        one = kid.get_object()
        if isinstance(one, DictionaryObject) and "/S" in one:
            yield one


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
