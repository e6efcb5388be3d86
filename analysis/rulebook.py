"""Rulebook: what do the law and the municipality ask of those who may enter a programme?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import yaml

#: A placeholder that the plan fills, such as ``$municipality``.
_PLACE = re.compile(r"\$([a-z_]+)")

#: Keys that a plan may give beside the name of a rule.
_OWN_KEYS = frozenset({"programme", "rule", "with"})


@cache
def rulebook() -> dict[str, list[dict[str, Any]]]:
    """Return every named rule with its versions in time."""
    content = resources.files("utfall.analysis").joinpath("eligibility_rules.yml")
    return dict(yaml.safe_load(content.read_text("utf-8")))


def spelled_out(declared: Any) -> Any:
    """Return a plan's eligibility with every named rule replaced by its versions.

    An entry that names no rule, or is no mapping, comes back as it is, for the plan's own
    checks to judge.

    Raises
    ------
    ValueError
        There is no such rule, a placeholder is not filled, or a key does not belong.
    """
    if not isinstance(declared, (list, tuple)):
        return declared
    found: list[Any] = []
    for entry in declared:
        if isinstance(entry, Mapping) and "rule" in entry:
            found += _versions(entry)
        else:
            found.append(entry)
    return found


def _versions(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    name = entry["rule"]
    if name not in rulebook():
        raise ValueError(f"eligibility: no rule {name}; there are {', '.join(rulebook())}")
    if extra := sorted(set(entry) - _OWN_KEYS):
        raise ValueError(
            f"eligibility: {', '.join(extra)} cannot stand beside a named rule; its values go "
            "under `with`"
        )
    given = dict(entry.get("with") or {})
    places = {place for version in rulebook()[name] for place in _places(version)}
    if missing := sorted(places - set(given)):
        raise ValueError(f"eligibility: the rule {name} needs {', '.join(missing)} under `with`")
    if unused := sorted(set(given) - places):
        raise ValueError(f"eligibility: the rule {name} has no {', '.join(unused)}")
    return [
        {
            "programme": entry.get("programme"),
            "period": {key: version[key] for key in ("from", "to") if key in version},
            "requires": _with(version.get("requires", []), given),
            "admits": version.get("admits", "conditions"),
            "statute": _with(version["statute"], given),
        }
        for version in rulebook()[name]
    ]


def _places(value: Any) -> set[str]:
    """Return the placeholders of a rule.

    >>> sorted(_places({"equals": "$district", "at_most": 3}))
    ['district']
    """
    if isinstance(value, str):
        return set(_PLACE.findall(value))
    if isinstance(value, Mapping):
        return {place for one in value.values() for place in _places(one)}
    if isinstance(value, list):
        return {place for one in value for place in _places(one)}
    return set()


def _with(value: Any, given: Mapping[str, Any]) -> Any:
    """Return a rule with its placeholders filled; one that is a whole value keeps its type.

    >>> _with({"at_least": "$low", "sv": "från $low"}, {"low": 18})
    {'at_least': 18, 'sv': 'från 18'}
    """
    if isinstance(value, str):
        whole = _PLACE.fullmatch(value)
        if whole:
            return given[whole[1]]
        return _PLACE.sub(lambda match: str(given[match[1]]), value)
    if isinstance(value, Mapping):
        return {key: _with(one, given) for key, one in value.items()}
    if isinstance(value, list):
        return [_with(one, given) for one in value]
    return value
