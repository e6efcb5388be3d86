"""Worksheets: what do the cells of one sheet of a workbook say to the person who looks at it?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from xml.parsers import expat

#: Built-in number formats that show days or times of day (ECMA-376, part 1, 18.8.30).
_BUILT_IN_DATES = frozenset({14, 15, 16, 17, 22, 27, 30, 36, 50, 57})
_BUILT_IN_TIMES = frozenset({18, 19, 20, 21, 45, 46, 47})
_BUILT_IN_SHARES = frozenset({9, 10})
_MOST_COLUMNS, _MOST_ROWS = 16_384, 1_048_576
_LONGEST_CELL = 32_767
#: Spreadsheets keep fifteen digits; the rest of a longer number is made up.
_LONGEST_NUMBER = 10**15

_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_PLACE = re.compile("([A-Z]{1,3})([0-9]{1,7})")


class Damaged(Exception):
    """A part of a workbook is not what the format says; perhaps its row is known."""

    def __init__(self, row: int | None = None) -> None:
        super().__init__("damaged")
        self.row = row


class Elements:
    """Feeds XML to handlers by local names, and takes no document types or entities."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse

    def feed(self, part: bytes) -> None:
        """Parse a whole part.

        Raises
        ------
        Damaged
            The part is no XML, or brings its own entities.
        """
        try:
            self.parser.Parse(part, True)
        except (expat.ExpatError, LookupError, UnicodeError):
            raise Damaged from None

    @staticmethod
    def _refuse(*_: object) -> None:
        raise Damaged


def elements(part: bytes, *wanted: str) -> Iterator[tuple[str, dict[str, str], str]]:
    """Yield name, attributes and text of the elements of some names, each as it ends.

    >>> list(elements(b"<a><b c='1'>x</b></a>", "b"))
    [('b', {'c': '1'}, 'x')]
    """
    if not part:
        return
    found: list[tuple[str, dict[str, str], str]] = []
    waiting: list[tuple[str, dict[str, str], list[str]]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        plain = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        waiting.append((local, plain, []))

    def text(characters: str) -> None:
        if waiting:
            waiting[-1][2].append(characters)

    def end(_: str) -> None:
        local, attributes, characters = waiting.pop()
        if local in wanted:
            found.append((local, attributes, "".join(characters)))

    reader = Elements()
    reader.parser.StartElementHandler = start
    reader.parser.EndElementHandler = end
    reader.parser.CharacterDataHandler = text
    reader.feed(part)
    yield from found


@dataclass(frozen=True, slots=True)
class Styles:
    """How each cell style shows a number.

    Attributes
    ----------
    kinds : tuple of str
        ``date``, ``time``, ``share``, ``number``, or zeros that pad a number, by style.
    is_1904 : bool
        Days are counted from 1904 instead of 1900.
    """

    kinds: tuple[str, ...] = ()
    is_1904: bool = False

    @classmethod
    def read(cls, part: bytes, *, is_1904: bool) -> Styles:
        """Return the styles of a workbook."""
        codes: dict[int, str] = {}
        for _, found, _ in elements(part, "numFmt"):
            if found.get("numFmtId", "").isdigit():
                codes[int(found["numFmtId"])] = found.get("formatCode", "")
        kinds = (kind_of(format_id, codes.get(format_id)) for format_id in _cell_styles(part))
        return cls(tuple(kinds), is_1904)

    def kind(self, style: str | None) -> str:
        """Return how a style shows a number."""
        if not style:
            return self.kinds[0] if self.kinds else "number"
        return self.kinds[int(style)] if int(style) < len(self.kinds) else "number"


def _cell_styles(part: bytes) -> list[int]:
    """Return the number format of each cell style; styles of styles stand in another list."""
    found: list[int] = []
    if not part:
        return found
    open_lists: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        if local == "xf" and open_lists[-1:] == ["cellXfs"]:
            written = attributes.get("numFmtId", "0")
            found.append(int(written) if written.isdigit() else 0)
        open_lists.append(local)

    reader = Elements()
    reader.parser.StartElementHandler = start
    reader.parser.EndElementHandler = lambda _: open_lists.pop()
    reader.feed(part)
    return found


def kind_of(format_id: int, code: str | None) -> str:
    """Return how a number format shows a number.

    >>> [kind_of(164, code) for code in ("yyyy-mm", "hh:mm", "0000", "0.0%", "# ##0,0")]
    ['date', 'time', '0000', 'share', 'number']
    """
    if code is None:
        if format_id in _BUILT_IN_TIMES:
            return "time"
        if format_id in _BUILT_IN_DATES:
            return "date"
        return "share" if format_id in _BUILT_IN_SHARES else "number"
    first = re.sub(r'"[^"]*"|\\.|_.|\*.|\[(?!h|m|s)[^\]]*\]', "", code.lower()).split(";")[0]
    if re.search("[ymd]", first.replace("am/pm", "")) and re.search("[yd]|mmm", first):
        return "date"
    if re.search("[hs]", first):
        return "time"
    if "%" in first:
        return "share"
    return first if re.fullmatch("0{2,}", first) else "number"


@dataclass(slots=True)
class Grid:
    """The cells of a sheet as text.

    Attributes
    ----------
    header : list of str
        The row that names the columns, by place; empty where it is blank.
    numbers : list of int
        Numbers of the rows below it that hold something.
    columns : list of list
        Their cells, by column of the header.
    beyond : list of int
        Rows with something to the right of the header.
    seen : int
        Rows of the sheet that hold something, above the header too.
    unlike_seen : dict
        By rule: rows whose cells hold something else than what is seen.
    hidden_from : list of int
        First place, from 1, of each run of hidden columns.
    """

    header: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    columns: list[list[str | None]] = field(default_factory=list)
    beyond: list[int] = field(default_factory=list)
    seen: int = 0
    unlike_seen: dict[str, list[int]] = field(
        default_factory=lambda: {
            "row_hidden": [],
            "cell_formula": [],
            "cell_merged": [],
            "cell_share": [],
        }
    )
    hidden_from: list[int] = field(default_factory=list)

    def take(self, number: int, cells: dict[int, str], header_row: int) -> None:
        """Add a row that holds something."""
        self.seen += 1
        if number < header_row:
            return
        if number == header_row:
            self.header = [cells.get(place, "") for place in range(max(cells, default=-1) + 1)]
            self.columns = [[] for _ in self.header]
            return
        self.numbers.append(number)
        for place, column in enumerate(self.columns):
            column.append(cells.get(place) or None)
        if any(place >= len(self.columns) and text for place, text in cells.items()):
            self.beyond.append(number)

    def mark(self, rule: str, row: int, header_row: int) -> None:
        """Note a row that is unlike what is seen, once; titles above the header are free."""
        rows = self.unlike_seen[rule]
        if row >= header_row and (not rows or rows[-1] != row):
            rows.append(row)


def read_grid(
    part: bytes, *, strings: Sequence[str], styles: Styles, header_row: int, decimal: str
) -> Grid:
    """Return the cells of a sheet.

    Parameters
    ----------
    part : bytes
        The sheet as the workbook packs it.
    strings : sequence of str
        The workbook's shared texts.
    header_row : int
        The row that names the columns.
    decimal : str
        Decimal mark that numbers are written with.

    Raises
    ------
    Damaged
        The part is no sheet: rows out of order, texts that are not there.
    """
    reader = _SheetReader(strings, styles, header_row, decimal)
    reader.feed(part)
    return reader.grid


class _SheetReader(Elements):
    """Reads a sheet in one pass, row by row."""

    def __init__(
        self, strings: Sequence[str], styles: Styles, header_row: int, decimal: str
    ) -> None:
        super().__init__()
        self.strings, self.styles = strings, styles
        self.header_row, self.decimal = header_row, decimal
        self.grid = Grid()
        self.row, self.place, self.is_hidden = 0, -1, False
        self.cells: dict[int, str] = {}
        self.holds_value = self.is_formula = self.in_phonetic = False
        self.kind, self.style = "n", ""
        self.text: list[str] | None = None
        self.locals: dict[str, str] = {}
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    def _local(self, name: str) -> str:
        found = self.locals.get(name)
        if found is None:
            found = self.locals[name] = name.rpartition(" ")[2]
        return found

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        match self._local(name):
            case "c":
                self._start_cell(attributes)
            case "v" | "t":
                self.text = [] if self.text is None or self.kind != "inlineStr" else self.text
                self.holds_value = True
            case "is":
                self.text, self.holds_value = [], True
            case "f":
                self.is_formula = self.holds_value = True
            case "row":
                self._start_row(attributes)
            case "rPh":
                self.in_phonetic = True
            case "mergeCell":
                self._mark_merged(attributes.get("ref", ""))
            case "col":
                if attributes.get("hidden") in ("1", "true"):
                    self.grid.hidden_from.append(int(attributes.get("min", "1")))

    def _characters(self, characters: str) -> None:
        if self.text is not None and not self.in_phonetic:
            self.text.append(characters)

    def _end(self, name: str) -> None:
        match self._local(name):
            case "c":
                self._end_cell()
            case "row":
                if self.holds_value:
                    self.grid.take(self.row, self.cells, self.header_row)
                    if self.is_hidden:
                        self.grid.mark("row_hidden", self.row, self.header_row)
            case "rPh":
                self.in_phonetic = False

    def _start_row(self, attributes: dict[str, str]) -> None:
        written = attributes.get("r", str(self.row + 1))
        if not written.isdigit() or not self.row < int(written) <= _MOST_ROWS:
            raise Damaged(self.row or None)
        self.row, self.place, self.cells = int(written), -1, {}
        self.is_hidden = attributes.get("hidden") in ("1", "true")
        self.holds_value = False

    def _start_cell(self, attributes: dict[str, str]) -> None:
        place = self.place + 1
        if "r" in attributes:
            found = _PLACE.fullmatch(attributes["r"])
            if found is None or int(found[2]) != self.row:
                raise Damaged(self.row)
            place = column_number(found[1]) - 1
        if not self.place < place < _MOST_COLUMNS:
            raise Damaged(self.row)
        self.place, self.text, self.is_formula = place, None, False
        self.kind, self.style = attributes.get("t", "n"), attributes.get("s", "")

    def _end_cell(self) -> None:
        if self.is_formula:
            self.grid.mark("cell_formula", self.row, self.header_row)
        if self.text is None:
            return
        written, self.text = "".join(self.text), None
        try:
            read = self._written(written)
        except (ValueError, IndexError, OverflowError):
            raise Damaged(self.row) from None
        if len(read) > _LONGEST_CELL:
            raise Damaged(self.row)
        self.cells[self.place] = read

    def _written(self, raw: str) -> str:
        if self.kind == "s":
            if not raw.strip().isdigit():
                raise ValueError
            return _unescaped(self.strings[int(raw)])
        if self.kind in ("str", "inlineStr"):
            return _unescaped(raw)
        if self.kind == "d":
            return raw.removesuffix("T00:00:00")
        if self.kind in ("b", "e") or not raw.strip():
            return raw.strip()
        kind = self.styles.kind(self.style)
        if kind == "share":
            self.grid.mark("cell_share", self.row, self.header_row)
        return shown_number(float(raw), kind, decimal=self.decimal, is_1904=self.styles.is_1904)

    def _mark_merged(self, reference: str) -> None:
        found = [_PLACE.fullmatch(corner) for corner in reference.split(":")]
        if any(corner is None for corner in found):
            raise Damaged
        first, last = (int(found[place][2]) for place in (0, -1))  # type: ignore[index]
        self.grid.mark("cell_merged", max(min(self.header_row, last), first), self.header_row)


def column_number(letters: str) -> int:
    """Return the place of a column, from 1.

    >>> column_number("A"), column_number("AB")
    (1, 28)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def shown_number(value: float, kind: str, *, decimal: str = ".", is_1904: bool = False) -> str:
    """Return a number as the person at the screen reads it.

    >>> shown_number(42828.0, "date"), shown_number(7.0, "0000"), shown_number(1234.5, "number")
    ('2017-04-03', '0007', '1234.5')
    >>> shown_number(42828.5, "date"), shown_number(0.75, "time")
    ('2017-04-03 12:00:00', '18:00:00')
    """
    if kind in ("date", "time") and value >= 0:
        return _moment(value, kind, is_1904)
    if value == int(value) and abs(value) < _LONGEST_NUMBER:
        written = str(int(value))
        return written.zfill(len(kind)) if kind.startswith("0") else written
    if abs(value) >= _LONGEST_NUMBER:
        return f"{value:.5E}"
    # Fifteen digits, as on the screen: 0.1 + 0.2 is stored as 0.30000000000000004.
    return repr(float(f"{value:.15g}")).replace(".", decimal)


def _moment(value: float, kind: str, is_1904: bool) -> str:
    """Return a serial number of days as a day, a time of day or both.

    Serials up to 60 count a 29 February 1900 that never was, so that they are a day off.
    """
    first = date(1904, 1, 1) if is_1904 else date(1899, 12, 30)
    seconds = round((value - int(value)) * 86_400)
    days = int(value) + (0 if is_1904 or value >= 60 else 1)
    moment = datetime.combine(first, datetime.min.time()) + timedelta(days=days, seconds=seconds)
    if value < 1 and kind == "time":
        return f"{moment:%H:%M:%S}"
    return f"{moment:%Y-%m-%d}" if not seconds else f"{moment:%Y-%m-%d %H:%M:%S}"


def _unescaped(text: str) -> str:
    r"""Return a text with its escaped control characters as themselves.

    >>> _unescaped("a_x000D_b")
    'a\rb'
    """
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text
