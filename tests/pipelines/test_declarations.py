"""Declarations: is what a delivery says of itself taken at its word, and nothing more?"""

from __future__ import annotations

from datetime import date

import pytest

from utfall.analysis.errors import DeliveryRefused
from utfall.pipelines.declarations import DeliveryHeader, read_declaration
from utfall.pipelines.mapping import SourceMapping

LEAST = "source: town\nextracted_on: 2018-09-30\npurpose: follow_up\n"


@pytest.fixture
def header(tmp_path):
    """Return a function that writes a declaration and reads it."""

    def read(text: str, kind=DeliveryHeader):
        path = tmp_path / "delivery.yml"
        path.write_text(text, encoding="utf-8")
        return read_declaration(path, "delivery.yml", kind)

    return read


def told(header, text: str, kind=DeliveryHeader) -> list[tuple[str, int | None]]:
    with pytest.raises(DeliveryRefused) as refused:
        header(text, kind)
    return [(fault.rule, fault.row) for fault in refused.value.faults]


def test_what_is_not_said_has_the_usual_swedish_value(header):
    read = header(LEAST)
    assert read.extracted_on == date(2018, 9, 30)
    assert (read.encoding, read.delimiter, read.decimal) == ("utf-8", ";", ",")


@pytest.mark.parametrize(
    ("written", "meant"),
    [("windows-1252", "cp1252"), ("UTF-8", "utf-8"), ("ISO-8859-1", "latin-1")],
)
def test_encodings_go_by_their_usual_names(header, written, meant):
    assert header(f"{LEAST}encoding: {written}\n").encoding == meant


def test_a_tab_can_be_named(header):
    assert header(f"{LEAST}delimiter: tab\n").delimiter == "\t"


def test_research_needs_an_approval(header):
    research = LEAST.replace("follow_up", "research")
    assert told(header, research) == [("ethics_id_missing", None)]
    assert header(f"{research}ethics_id: 2018/123\n").ethics_id == "2018/123"


def test_a_key_that_stands_twice_is_not_overwritten_in_silence(header):
    assert told(header, f"{LEAST}source: other\n") == [("declaration_key_twice", 4)]


def test_a_bomb_of_aliases_is_not_unfolded(header):
    assert told(header, "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n") == [("declaration_alias", 2)]


def test_no_tag_can_make_python_run(header):
    assert told(header, f"{LEAST}system: !!python/object/apply:os.system ['true']\n") == [
        ("declaration_yaml", 4)
    ]


def test_every_wrong_key_is_told_at_its_line(header):
    text = "source: town\nextracted_on: soon\npurpose: follow_up\ndelimiter: x\n"
    assert told(header, text) == [("declaration_invalid", 2), ("declaration_invalid", 4)]


def test_codes_stay_the_words_they_are_written_as(header):
    text = (
        "source: town\n"
        "tables:\n"
        "  persons:\n"
        "    file: p.csv\n"
        "    columns: {sex: kon}\n"
        "    codes: {sex: {NO: man, 01: woman, 1e3: unknown}}\n"
        "open_end_dates: [9999-12-31]\n"
    )
    read = header(text, SourceMapping)
    assert list(read.tables["persons"].codes["sex"]) == ["NO", "01", "1e3"]
    assert read.open_end_dates == ("9999-12-31",)


def test_a_missing_declaration_says_so(tmp_path):
    with pytest.raises(DeliveryRefused) as refused:
        read_declaration(tmp_path / "delivery.yml", "x/delivery.yml", DeliveryHeader)
    assert [fault.rule for fault in refused.value.faults] == ["declaration_missing"]
