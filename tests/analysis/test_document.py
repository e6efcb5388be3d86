"""results.json is what its schema says, and a refusal in it holds no number."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from utfall.analysis import Context, compare
from utfall.analysis.disclosure import Rules, protect
from utfall.analysis.document import StudyFacts, canonical_json, to_document

from .conftest import FIRE, people, plan

FACTS = StudyFacts(
    study={"id": "test"},
    deliveries=[{"source": "a", "delivery": "b", "sha256": "c"}],
    disruptions=[FIRE],
    disruption_sources={FIRE.id: ("a newspaper", "party")},
)


def faults(document: dict[str, Any]) -> list[str]:
    schema = json.loads(
        resources.files("utfall.analysis").joinpath("results.schema.json").read_text("utf-8")
    )
    Draft202012Validator.check_schema(schema)
    return [error.message for error in Draft202012Validator(schema).iter_errors(document)]


@pytest.mark.parametrize("border", [1.0, 0.02], ids=["answered", "refused"])
@pytest.mark.parametrize("is_protected", [True, False])
def test_results_keep_their_schema(
    rng: np.random.Generator, border: float, is_protected: bool
) -> None:
    found = compare(people(rng, 900, border=border), plan(), context=Context(disruptions=()))
    shown = protect(found, Rules()) if is_protected else found
    protection = "protected" if is_protected else "none"
    document = to_document([shown], FACTS, run_id="r", protection=protection)
    assert faults(json.loads(canonical_json(document))) == []


@pytest.mark.parametrize("place", ["estimate", "second_low", "ladder", "decomposition"])
def test_the_schema_refuses_a_number_beside_a_refusal(rng: np.random.Generator, place: str) -> None:
    refused = compare(people(rng, 900, border=0.02), plan())
    document = to_document([refused], FACTS, run_id="r")
    comparison = document["comparisons"][0]
    if place in ("ladder", "decomposition"):
        comparison[place][-1]["estimate"] = 0.12
    else:
        comparison[place] = 0.12
    assert faults(json.loads(canonical_json(document)))


def test_a_document_has_one_text_and_never_a_nan(rng: np.random.Generator) -> None:
    document = to_document([compare(people(rng, 400), plan())], FACTS, run_id="r")
    assert canonical_json(document) == canonical_json(json.loads(canonical_json(document)))
    document["run_id"] = float("nan")
    with pytest.raises(ValueError, match="JSON"):
        canonical_json(document)
