"""Pdf: the words that a PDF file shows, line by line."""

from __future__ import annotations

import itertools
import re
import zlib
from collections.abc import Iterator, Mapping

_OBJECT = re.compile(rb"(\d+) 0 obj\s(.*?)endobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n")
_FONTS = re.compile(rb"/Font\s*<<(.*?)>>", re.DOTALL)
_NAMED = re.compile(rb"/([^\s/<>\[\]()]+)\s+(\d+) 0 R")
_TO_UNICODE = re.compile(rb"/ToUnicode\s+(\d+) 0 R")
_CHARS = re.compile(rb"beginbfchar(.*?)endbfchar", re.DOTALL)
_RANGES = re.compile(rb"beginbfrange(.*?)endbfrange", re.DOTALL)
_HEX = re.compile(rb"<([0-9A-Fa-f]*)>")
_SHOWN = re.compile(
    rb"/(?P<font>\S+)\s+[-\d.]+\s+Tf\b"
    rb"|(?P<array>\[[^\]]*\])\s*TJ"
    rb"|(?P<one><[0-9A-Fa-f]*>)\s*(?:Tj|')"
    rb"|(?P<plain>\((?:[^()\\]|\\.)*\)\s*(?:Tj|TJ|'))"
    rb"|(?P<gap>\b0 Tr\s+0 Tr\b)"
    rb"|(?P<end>\bET\b)",
    re.DOTALL,
)
_NOTE = rb"/(?:Title|Subject|Keywords|Author|Alt|ActualText|Contents)\s*"
_NOTE_CODED = re.compile(_NOTE + rb"<([0-9A-Fa-f]+)>")
_NOTE_PLAIN = re.compile(_NOTE + rb"\(((?:[^()\\]|\\.)*)\)", re.DOTALL)

Glyphs = Mapping[int, str]


class UnreadablePdf(Exception):
    """The file shows text in a way that this reader does not know."""


def lines_of(content: bytes) -> list[str]:
    """Return what is shown on the sheets, one line per stretch of text, and the title.

    Reads what WeasyPrint writes: compressed streams, text as glyph numbers with a table
    back to characters.

    Raises
    ------
    UnreadablePdf
        Text stands there in another way, so that some of it would be passed over.
    """
    objects = _objects(content)
    fonts = _fonts(objects)
    lines: list[str] = []
    for body, stream in objects.values():
        is_sheet = b"/Length1" not in body and (b"/Subtype" not in body or b"/Form" in body)
        if is_sheet and b" Tf" in stream:
            lines.extend(_shown(stream, fonts))
    if not lines:
        raise UnreadablePdf
    return [*lines, *_notes(objects)]


def _objects(content: bytes) -> dict[int, tuple[bytes, bytes]]:
    """Return each object's dictionary and its stream, those packed into streams too."""
    found: dict[int, tuple[bytes, bytes]] = {}
    at = 0
    while match := _OBJECT.search(content, at):
        number, body = int(match[1]), match[2]
        start = _STREAM.search(content, match.start(2), match.end(2))
        at = match.end()
        stream = b""
        if start:
            body = content[match.start(2) : start.start()]
            stream, rest = _inflated(content[start.end() :], body)
            at = len(content) - rest if rest else at
        found[number] = (body, stream)
        if b"/ObjStm" in body:
            found.update(_packed(body, stream))
    return found


def _inflated(content: bytes, body: bytes) -> tuple[bytes, int]:
    """Return a stream as it was before it was packed, and how many bytes follow it."""
    if b"/FlateDecode" not in body:
        return content[: content.find(b"endstream")], 0
    unpack = zlib.decompressobj()
    try:
        plain = unpack.decompress(content)
    except zlib.error:
        raise UnreadablePdf from None
    return plain, len(unpack.unused_data)


def _packed(body: bytes, stream: bytes) -> dict[int, tuple[bytes, bytes]]:
    first = re.search(rb"/First\s+(\d+)", body)
    if first is None:
        raise UnreadablePdf
    heads = [int(part) for part in stream[: int(first[1])].split()]
    starts = [int(first[1]) + offset for offset in heads[1::2]] + [len(stream)]
    parts = (stream[a:b] for a, b in itertools.pairwise(starts))
    return {number: (part, b"") for number, part in zip(heads[::2], parts, strict=True)}


def _fonts(objects: Mapping[int, tuple[bytes, bytes]]) -> dict[bytes, Glyphs]:
    """Return the characters of every font by the name that the sheets call it."""
    named: dict[bytes, int] = {}
    for body, _ in objects.values():
        for table in _FONTS.findall(body):
            named |= {name: int(number) for name, number in _NAMED.findall(table)}
        # WeasyPrint keeps the table of fonts as an object of its own.
        if body.strip().startswith(b"<<") and not named.keys() & {b"Type"}:
            refs = {name: int(number) for name, number in _NAMED.findall(body)}
            named |= {
                name: number
                for name, number in refs.items()
                if number in objects and b"/Type0" in objects[number][0]
            }
    found = {}
    for name, number in named.items():
        to_unicode = _TO_UNICODE.search(objects.get(number, (b"", b""))[0])
        if to_unicode:
            found[name] = _glyphs(objects[int(to_unicode[1])][1])
    return found


def _glyphs(table: bytes) -> Glyphs:
    found: dict[int, str] = {}
    for block in _CHARS.findall(table):
        codes = _HEX.findall(block)
        for code, text in zip(codes[::2], codes[1::2], strict=True):
            found[int(code, 16)] = _characters(text)
    for block in _RANGES.findall(table):
        codes = _HEX.findall(block)
        for low, high, text in zip(codes[::3], codes[1::3], codes[2::3], strict=True):
            for step in range(int(high, 16) - int(low, 16) + 1):
                found[int(low, 16) + step] = chr(int(text, 16) + step)
    return found


def _characters(code: bytes) -> str:
    return bytes.fromhex(code.decode("ascii")).decode("utf-16-be", errors="replace")


def _shown(stream: bytes, fonts: Mapping[bytes, Glyphs]) -> Iterator[str]:
    """Yield what a sheet's commands show; a number is never drawn in two stretches."""
    glyphs: Glyphs = {}
    line = ""
    for match in _SHOWN.finditer(stream):
        if match["font"]:
            if match["font"] not in fonts:
                raise UnreadablePdf
            glyphs = fonts[match["font"]]
        elif match["plain"]:
            raise UnreadablePdf
        elif match["gap"]:
            # Letters of a picture stand each by itself; a space is a letter without a shape.
            line += " "
        elif match["end"]:
            if line.strip():
                yield line
            line = ""
        else:
            line += "".join(
                glyphs.get(int(code[i : i + 4], 16), "\ufffd")
                for code in _HEX.findall(match["array"] or match["one"])
                for i in range(0, len(code), 4)
            )


def _notes(objects: Mapping[int, tuple[bytes, bytes]]) -> Iterator[str]:
    """Yield what the file says without showing it: title, alternative texts, bookmarks."""
    for body, stream in objects.values():
        if not stream:
            yield from (_characters(text).lstrip("\ufeff") for text in _NOTE_CODED.findall(body))
            yield from (text.decode("latin-1") for text in _NOTE_PLAIN.findall(body))
