"""Messages are said in the language of the person at the keyboard."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
import yaml

from utfall.analysis.errors import Fault, UsageError, UtfallError
from utfall.expectations.rulebook import broken, rulebook
from utfall.pipelines.console import print_refusal, written_faults
from utfall.pipelines.tongue import VARIABLES, _swedish, language_of, spoken, spoken_lines

ROOT = Path(__file__).parents[2]
ERRORS = {"UtfallError", *(kind.__name__ for kind in UtfallError.__subclasses__())}
#: Modules whose models check what is declared, in sentences of our own.
DECLARED = {"protocol.py", "study.py", "declarations.py", "mapping.py"}


@pytest.fixture
def swedish(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "sv_SE.UTF-8")


def test_our_own_variable_goes_before_the_machines() -> None:
    assert language_of({"UTFALL_LANGUAGE": "sv", "LC_ALL": "C"}) == "sv"
    assert language_of({}) == "en"


def test_a_fault_of_a_delivery_is_told_in_swedish_with_its_place_and_way_out() -> None:
    fault = broken("end_before_start", file="spells.csv", row=4, rows=23)
    (told,) = written_faults([fault], "sv")
    assert told == (
        "  spells.csv:4  slutet ligger före starten (23 rader)  [end_before_start]\n"
        "    → rätta det vid källan"
    )


def test_a_near_name_is_offered_in_swedish() -> None:
    fault = broken("column_unknown", file="a.csv", column="kn", hint="; did you mean kon?")
    assert "menade du kon?" in fault.message_sv
    assert "did you mean" in fault.message


@pytest.mark.usefixtures("swedish")
def test_a_refusal_is_told_in_swedish(capsys: pytest.CaptureFixture[str]) -> None:
    fault = Fault(
        rule="study_missing",
        file="study.yml",
        message="the folder holds no study.yml",
        way_out="go to a study's folder or name it with --study DIR; `utfall init DIR` makes one",
    )
    print_refusal(UsageError("there is no study here", [fault]))
    said = capsys.readouterr().err
    assert "här finns ingen studie" in said
    assert "mappen innehåller ingen study.yml" in said
    assert "gå till en studies mapp" in said


def test_every_sentence_that_is_translated_is_still_said() -> None:
    catalogue = yaml.safe_load(
        resources.files("utfall.pipelines").joinpath("messages_sv.yml").read_text("utf-8")
    )
    code = "".join(
        path.read_text(encoding="utf-8")
        for part in ("analysis", "expectations", "pipelines", "reports")
        for path in (ROOT / part).rglob("*.py")
    )
    joined = re.sub(r'"\s*\n\s*f?"', "", code)
    said = {*refusals(), *filled_in()}
    assert [one for one in catalogue if one not in joined and one not in said] == []


def filled_in() -> Iterator[str]:
    """Yield every sentence with something filled in; {} stands for it."""
    for path in sorted((ROOT / "pipelines").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                yield from _written(node)


def refusals() -> Iterator[str]:
    """Yield every sentence that a refusal is made of; {} stands for what is filled in."""
    for part in ("analysis", "expectations", "pipelines", "reports"):
        for path in sorted((ROOT / part).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    yield from _sentences(node, path.name)
                if isinstance(node, ast.Assign):
                    yield from _looked_up(node)


def _looked_up(node: ast.Assign) -> Iterator[str]:
    """Yield the sentences of a table of messages by what was found."""
    names = {one.id for one in node.targets if isinstance(one, ast.Name)}
    if names & {"MESSAGES", "WAYS_OUT"} and isinstance(node.value, ast.Dict):
        for value in node.value.values:
            yield from _written(value)


def _sentences(call: ast.Call, file: str) -> Iterator[str]:
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    said: list[ast.expr] = []
    if name in ERRORS or (name == "ValueError" and file in DECLARED):
        said = call.args[:1]
    if name in ("Fault", "_fault"):
        said = [one.value for one in call.keywords if one.arg in ("message", "way_out")]
        said += call.args[1:] if name == "_fault" else []
    if name == "Finding":
        # Python, Liberation and Pango are called so in every language.
        said = [one for one in call.args if not _is_a_name(one)]
    for expression in said:
        yield from _written(expression)


def _is_a_name(expression: ast.expr) -> bool:
    return isinstance(expression, ast.Constant) and str(expression.value).istitle()


def _written(expression: ast.expr) -> Iterator[str]:
    match expression:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            yield "".join(
                str(one.value) if isinstance(one, ast.Constant) else "{}" for one in parts
            )
        case ast.IfExp(body=body, orelse=other):
            yield from _written(body)
            yield from _written(other)


def test_every_refusal_is_said_in_swedish() -> None:
    """A sentence that fails here goes into pipelines/messages_sv.yml; {} is what is filled in."""
    said = {one for one in refusals() if re.search("[a-z]{2}", one) and one not in rulebook()}
    assert len(said) > 150
    missing = sorted(one for one in said if one not in _swedish())
    assert missing == []


def test_a_sentence_that_names_something_is_said_in_swedish() -> None:
    assert spoken("data/raw/a/b is refused; nothing was stored", "sv") == (
        "data/raw/a/b avvisas; inget sparades"
    )
    assert spoken("plan.yml is not YAML", "en") == "plan.yml is not YAML"


def test_findings_are_said_column_by_column_in_swedish() -> None:
    told = spoken_lines("inputs       2 differ: a.csv, b.csv\ncode         same", "sv")
    assert told == "underlag     2 skiljer sig: a.csv, b.csv\nkod          samma"
    assert spoken_lines("x  estimate  0.02  →  not shown", "sv").endswith("→  visas inte")
    assert spoken_lines("inputs       same", "en") == "inputs       same"


@pytest.mark.parametrize("key", ["{}", "{} {}"])
def test_no_pattern_takes_every_sentence(key: str) -> None:
    assert key not in _swedish()
    assert spoken("something that nobody ever says", "sv") == "something that nobody ever says"
