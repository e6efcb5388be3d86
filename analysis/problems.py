"""Problems: what is wrong with a value that was declared, told in words?"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel

#: By kind of problem: English and Swedish; braces take what pydantic knows of the limit.
_TOLD = {
    "missing": ("this key is needed", "nyckeln behövs"),
    "extra_forbidden": ("no such key is known", "det finns ingen sådan nyckel"),
    "literal_error": ("it must be {expected}", "det måste vara {expected}"),
    "enum": ("it must be {expected}", "det måste vara {expected}"),
    "string_pattern_mismatch": (
        "it is not written as it must be",
        "det är inte skrivet som det ska",
    ),
    "string_too_short": ("it is too short", "det är för kort"),
    "string_too_long": ("it is too long", "det är för långt"),
    "bool_parsing": ("it must be true or false", "det måste vara true eller false"),
    "greater_than": ("it must be more than {gt}", "det måste vara mer än {gt}"),
    "greater_than_equal": ("it must be at least {ge}", "det måste vara minst {ge}"),
    "less_than": ("it must be less than {lt}", "det måste vara mindre än {lt}"),
    "less_than_equal": ("it must be at most {le}", "det får vara högst {le}"),
    "too_short": ("there are too few of them", "de är för få"),
    "too_long": ("there are too many of them", "de är för många"),
}
#: By how the kind begins.
_ALIKE = {
    "date": ("it must be a day as YYYY-MM-DD", "det måste vara en dag som ÅÅÅÅ-MM-DD"),
    "int": ("it must be a whole number", "det måste vara ett heltal"),
    "float": ("it must be a number", "det måste vara ett tal"),
    "bool": ("it must be true or false", "det måste vara true eller false"),
    "string": ("it must be text", "det måste vara text"),
    "dict": ("keys and values are needed here", "här behövs nycklar och värden"),
    "model": ("keys and values are needed here", "här behövs nycklar och värden"),
    "list": ("a list is needed here", "här behövs en lista"),
    "tuple": ("a list is needed here", "här behövs en lista"),
}


def told(problem: Mapping[str, Any], kind: type[BaseModel]) -> tuple[str, str]:
    """Return a problem that pydantic found, in English and Swedish, without its value.

    Parameters
    ----------
    problem : mapping
        One of ``ValidationError.errors(include_input=False)``.
    kind : type
        The model that was to be filled; an unknown key is held against its keys.

    Returns
    -------
    tuple of str
        Where our own check spoke, its English sentence twice: it has its Swedish elsewhere.
    """
    name = str(problem["type"])
    if name == "value_error":
        said = str(problem["msg"]).removeprefix("Value error, ")
        return said, said
    begins = name.partition("_")[0]
    english, swedish = _TOLD.get(name) or _ALIKE.get(
        begins, ("it cannot be used", "det går inte att använda")
    )
    words = {key: value for key, value in problem.get("ctx", {}).items() if key != "error"}
    if "expected" in words:
        words["expected"] = str(words["expected"]).replace("'", "")
    hint = ""
    if name == "extra_forbidden":
        place = problem["loc"]
        hint = closest(str(place[-1]), keys_at(kind, place))
    expected = {**words, "expected": str(words.get("expected", "")).replace(" or ", " eller ")}
    return (
        english.format(**words) + hint,
        swedish.format(**expected) + hint.replace("did you mean", "menade du"),
    )


def keys_at(kind: type[BaseModel], place: Sequence[str | int]) -> tuple[str, ...]:
    """Return the keys that a model knows where a key stands.

    Parameters
    ----------
    place : sequence
        Keys and numbers from the top down to the unknown key.
    """
    found = kind
    for step in place[:-1]:
        fields = found.model_fields
        field = next((one for name, one in fields.items() if step in (name, one.alias)), None)
        if field is None:  # a key of a mapping, or the number in a list
            continue
        inner = next(_models(field.annotation), None)
        if inner is None:
            return ()
        found = inner
    return tuple(field.alias or name for name, field in found.model_fields.items())


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def closest(name: str, known: Iterable[str]) -> str:
    """Return a hint at the known name that looks most like one, or nothing.

    >>> closest("person", ["persons", "spells"])
    '; did you mean persons?'
    """
    folded = {_folded(one): one for one in known}
    found = difflib.get_close_matches(_folded(name), list(folded), n=1, cutoff=0.75)
    return f"; did you mean {folded[found[0]]}?" if found else ""


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip().casefold()
