"""Readers: everything that a stranger can read in each file of a bundle."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from xml.etree import ElementTree

from utfall.pipelines.audit.known import numbers_in, strings_in
from utfall.pipelines.audit.pdf import UnreadablePdf, lines_of
from utfall.pipelines.audit.sayings import Saying
from utfall.pipelines.audit.tables import sheets

#: Elements that begin a new line of text.
_BLOCKS = frozenset(
    re.split(
        " ",
        "p li h1 h2 h3 h4 dt dd td th tr div section article figure figcaption table "
        "summary details title nav main header footer caption blockquote option legend",
    )
)
_ATTRIBUTES = ("alt", "aria-label", "title", "content", "value", "aria-description", "summary")
_THOUSANDS = re.compile(r"(?<=\b\d\d\d) (?=\d{3}\b)|(?<=\b\d\d) (?=\d{3}\b)|(?<=\b\d) (?=\d{3}\b)")
_STAMPS = frozenset({"created", "modified", "AppVersion"})
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_CONTENT = re.compile(r"content\s*:\s*[\"']([^\"']*)[\"']")
_COMMENT = re.compile(r"/\*(.*?)\*/", re.DOTALL)

#: Files that are the program's own, the same in every bundle.
OWN = {
    "static/report.css": ("utfall.reports", "static/report.css"),
    "static/paper.css": ("utfall.reports", "static/paper.css"),
    "explore/explore.js": ("utfall.reports", "static/explore.js"),
    "explore/plotly.min.js": ("plotly", "package_data/plotly.min.js"),
    "results.schema.json": ("utfall.analysis", "results.schema.json"),
}

#: What a manifest says; its numbers are sizes of files.
_MANIFEST = frozenset(
    re.split(
        " ",
        "schema run_id study inputs protocol_sha256 package environment files versions",
    )
)


class Unread(Exception):
    """A file of a kind, or made in a way, that no reader here knows."""


def read(path: Path, name: str) -> list[Saying]:
    """Return everything that a file says.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        Its path in the bundle.

    Raises
    ------
    Unread
        Nobody here can read it, so that nobody can say what it gives away.
    """
    if name in OWN:
        package, place = OWN[name]
        if path.read_bytes() == resources.files(package).joinpath(place).read_bytes():
            return []
    reader = READERS.get(name, READERS.get(path.suffix))
    if reader is None:
        raise Unread
    try:
        return list(reader(path, name))
    except (UnicodeDecodeError, ElementTree.ParseError, zipfile.BadZipFile, ValueError):
        raise Unread from None


def read_page(path: Path, name: str) -> Iterator[Saying]:
    """Yield what a page shows, says to those who cannot see it, and holds besides."""
    page = _Page(name)
    page.feed(path.read_text(encoding="utf-8"))
    page.close()
    page.flush()
    yield from page.sayings


def read_csv(path: Path, name: str) -> Iterator[Saying]:
    """Yield the rows of a table."""
    text = path.read_text(encoding="utf-8-sig")
    mark = ";" if path.stem.endswith("_sv") else ","
    for i, row in enumerate(csv.reader(io.StringIO(text), delimiter=mark), start=1):
        yield Saying(name, str(i), tuple(row), is_row=i > 1, is_coded=True)


def read_workbook(path: Path, name: str) -> Iterator[Saying]:
    """Yield the rows of every sheet, hidden ones too, and what the file says of itself."""
    titles: dict[str, str] = {}
    for place, (title, rows) in enumerate(sheets(path)):
        # The number that a sheet has by its place says nothing of anybody.
        titles[title] = title.removeprefix(f"{place} ")
        yield Saying(name, "", (titles[title],))
        for i, row in enumerate(rows, start=1):
            # A line of words with a number in it is a sentence beside the table.
            cells = tuple(cell for cell in row if cell)
            if cells:
                yield Saying(name, str(i), cells, is_row=len(cells) > 1, is_coded=True)
    with zipfile.ZipFile(path) as book:
        for part in sorted(book.namelist()):
            if part.startswith(("docProps/", "xl/comments", "xl/drawings/")):
                # The file tells its sheets once more, and how many they are.
                own = {**titles, str(len(titles)): ""} if part == "docProps/app.xml" else {}
                for one in _parts_of(ElementTree.fromstring(book.read(part)), name, part):
                    yield replace(one, cells=tuple(own.get(cell, cell) for cell in one.cells))
            elif part.startswith(
                ("xl/media/", "xl/charts/", "xl/externalLinks/", "xl/embeddings/")
            ):
                raise Unread


def read_memo(path: Path, name: str) -> Iterator[Saying]:
    """Yield the paragraphs of a Word file, its notes, and what it says of itself."""
    known = _template_parts()
    with zipfile.ZipFile(path) as book:
        for part in sorted(book.namelist()):
            content = book.read(part)
            if known.get(part) == content or part.endswith(".rels"):
                continue
            if not part.endswith(".xml"):
                raise Unread
            yield from _parts_of(ElementTree.fromstring(content), name, part)


def _parts_of(root: ElementTree.Element, name: str, part: str) -> Iterator[Saying]:
    """Yield the text of one part of an Office file, by paragraph where it has any."""
    for i, line in enumerate(root.iter(f"{_WORD}p"), start=1):
        text = "".join(run.text or "" for run in line.iter(f"{_WORD}t"))
        if text.strip():
            yield Saying(name, f"{part} {i}", (text,))
    for one in root.iter():
        is_other = not one.tag.startswith(_WORD) and one.tag.rpartition("}")[2] not in _STAMPS
        if is_other and one.text and one.text.strip():
            yield Saying(name, part, (one.text,))


@cache
def _template_parts() -> dict[str, bytes]:
    """Return the parts of the empty document that Word files are made from."""
    try:
        template = resources.files("docx").joinpath("templates/default.docx").read_bytes()
    except (ModuleNotFoundError, FileNotFoundError):
        return {}
    with zipfile.ZipFile(io.BytesIO(template)) as book:
        return {part: book.read(part) for part in book.namelist()}


def read_pdf(path: Path, name: str) -> Iterator[Saying]:
    """Yield the lines of a PDF file, its title and its alternative texts."""
    try:
        lines = lines_of(path.read_bytes())
    except UnreadablePdf:
        raise Unread from None
    for i, line in enumerate(lines, start=1):
        # A space that keeps thousands together has the shape of any other.
        yield Saying(name, str(i), (_THOUSANDS.sub("", line),))


def read_style(path: Path, name: str) -> Iterator[Saying]:
    """Yield what a style sheet makes a page show, and its comments."""
    text = path.read_text(encoding="utf-8")
    for found in (*_CONTENT.findall(text), *_COMMENT.findall(text)):
        yield Saying(name, "", (found,))


def read_metadata(path: Path, name: str) -> Iterator[Saying]:
    """Yield the texts of a description of the bundle; its numbers must be sizes of files."""
    found = json.loads(path.read_text(encoding="utf-8"))
    root = path.parent
    sizes = {one.stat().st_size for one in root.rglob("*") if one.is_file()}
    names = {one.relative_to(root).as_posix() for one in root.rglob("*")}
    for number in numbers_in(found):
        if number not in sizes:
            yield Saying(name, "", (f"{number:g}",))
    for text in strings_in(found):
        is_link = text.removeprefix("./").rstrip("/") in names or "://" in text
        if not is_link and not (text.isdigit() and int(text) in sizes):
            yield Saying(name, "", (text,))


def read_manifest(path: Path, name: str) -> Iterator[Saying]:
    """Yield what a manifest says beside hashes, versions and sizes of files."""
    found = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(found, dict) or set(found) - _MANIFEST:
        raise Unread
    for entry in found.get("files", ()):
        there = path.parent / entry["path"]
        if set(entry) - {"path", "kind", "bytes", "sha256"}:
            raise Unread
        if not there.is_file() or there.stat().st_size != entry["bytes"]:
            yield Saying(name, entry["path"], (str(entry["bytes"]),))
    others = {key: found[key] for key in found if key != "files"}
    yield from (Saying(name, "", (f"{number:g}",)) for number in numbers_in(others))


def read_text(path: Path, name: str) -> Iterator[Saying]:
    """Yield the lines of a plain text."""
    for i, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        yield Saying(name, str(i), (line,))


Reader = Callable[[Path, str], Iterator[Saying]]

READERS: dict[str, Reader] = {
    ".html": read_page,
    ".csv": read_csv,
    ".xlsx": read_workbook,
    ".docx": read_memo,
    ".pdf": read_pdf,
    ".css": read_style,
    ".jsonld": read_metadata,
    ".txt": read_text,
    "manifest.json": read_manifest,
    "ro-crate-metadata.json": read_metadata,
}


class _Page(HTMLParser):
    """The lines of a page; a row of a table is one line of several cells."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.sayings: list[Saying] = []
        self._text = ""
        self._cells: list[str] | None = None
        self._in_head = False
        self._figure = ""

    def flush(self) -> None:
        """End a line."""
        text, self._text = self._text.strip(), ""
        if text and self._cells is not None:
            self._cells.append(text)
        elif text:
            self._say((text,))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.flush()
        if tag == "tr":
            self._cells = []
        if tag == "figure":
            self._figure = (dict(attrs).get("id") or "").removeprefix("figure-")
        self._in_head = self._in_head or tag == "thead"
        given = dict(attrs)
        is_for_programs = given.get("name") == "viewport" or "http-equiv" in given
        for name, value in () if is_for_programs else attrs:
            if value and (name in _ATTRIBUTES or name.startswith("data-")):
                self._say((value,))

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.flush()
        if tag == "tr" and self._cells is not None:
            cells, self._cells = self._cells, None
            # A row of the method page sets a check's limits beside its measured error rates.
            is_row = not self._in_head and not self.name.startswith("method")
            self._say(tuple(cells), is_row=is_row)
        if tag == "thead":
            self._in_head = False
        if tag == "figure":
            self._figure = ""

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_comment(self, data: str) -> None:
        self._say((data,))

    def _say(self, cells: tuple[str, ...], *, is_row: bool = False) -> None:
        line = str(self.getpos()[0])
        figure = self._figure if is_row else ""
        self.sayings.append(Saying(self.name, line, cells, is_row=is_row, figure=figure))
