"""Questions and claims of a study: declared, held against what exists, and asked of any tables."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from utfall.analysis.disclosure import Rules
from utfall.analysis.errors import ProtocolError
from utfall.analysis.questions.answer import Frames, answer_document
from utfall.analysis.questions.ask import ask_all
from utfall.analysis.questions.families import FAMILIES
from utfall.pipelines.claims import claims_document, load_claims
from utfall.pipelines.questions import asked_of, load_questions
from utfall.pipelines.study import QUESTIONS_FILE, Study, load_study

ROOT = Path(__file__).resolve().parents[2]

#: Named in no sentence of the answers that look at them.
UNSPOKEN = {"arbetscentrum", "angered_pilot", "subsidised"}

ONE = """
schema: utfall/questions/1
documents:
- id: d
  title: {sv: t, en: t}
  source: {sv: k, en: s}
  intro: {sv: i, en: i}
  file: d.txt
  published: 2018-11-07
  questions:
  - {id: how_many, ask: %s, text: {sv: f, en: q}}
"""


@pytest.fixture(scope="module")
def reference() -> Study:
    return load_study(ROOT)


def test_a_study_without_questions_asks_none(study: Study) -> None:
    assert load_questions(study).documents == ()
    assert load_claims(study) == ()


def test_a_kind_that_does_not_exist_is_told_with_those_that_do(study: Study) -> None:
    asked = study.root / QUESTIONS_FILE
    asked.parent.mkdir(exist_ok=True)
    asked.write_text(ONE % "horoscope", encoding="utf-8")
    with pytest.raises(ProtocolError) as caught:
        load_questions(study)
    assert "turnover" in caught.value.faults[0].way_out


def test_a_claim_may_not_rest_on_what_is_not_asked(make_study: Callable[..., Study]) -> None:
    study = make_study()
    text = (ROOT / "claims.yml").read_text(encoding="utf-8")
    (study.root / "claims.yml").write_text(text, encoding="utf-8")
    with pytest.raises(ProtocolError) as caught:
        claims_document(study, {"questions": [], "comparisons": []})
    assert caught.value.faults[0].file == "claims.yml"


def test_the_reference_study_s_claims_all_rest_on_something_that_it_asks(reference: Study) -> None:
    asked = [{"id": one.id, "numbers": {}} for one in asked_of(load_questions(reference))]
    compared = [
        {"id": path.stem, "fairness": "not_comparable"} for path in reference.protocol_paths
    ]
    rows = claims_document(reference, {"questions": asked, "comparisons": compared})
    assert len(rows) == len(load_claims(reference))
    assert {row["document"] for row in rows} <= {d.id for d in load_questions(reference).documents}


def test_every_question_of_the_reference_study_is_asked_even_of_nothing(reference: Study) -> None:
    answers = ask_all(asked_of(load_questions(reference)), Frames({}), FAMILIES)
    schema = json.loads(
        resources.files("utfall.analysis").joinpath("results.schema.json").read_text("utf-8")
    )
    answer = Draft202012Validator({"$ref": "#/$defs/answer", "$defs": schema["$defs"]})
    for one in answers:
        # A text's own numbers can be worked out without any table.
        assert (one.status == "cannot") == bool(FAMILIES[one.asked.family].needs)
        assert list(answer.iter_errors(answer_document(one, Rules()))) == []
        assert bool(answer_document(one, Rules())["record"]) == (one.status == "cannot")


def test_no_side_of_the_reference_study_is_held_to_another_rule(reference: Study) -> None:
    claims = load_claims(reference)
    kinds = {"about", "above", "below", "more", "refused", "tried", "refutes", "confirms"}
    for one in claims:
        assert set(one.test) <= kinds, one.id
        # What is a judgement, or not to be seen here, is held against no number.
        assert not (one.test and one.checkability in ("value", "not_here")), one.id
        assert not (one.test and one.rests_on is None), one.id
        # Every row is filled by a run, but what no such data can show.
        assert (one.rests_on is None) == (one.checkability in ("value", "not_here")), one.id
        # Some, most, nearly all: one scale of shares for everybody.
        if "above" in one.test and 0 < one.test["above"] < 1:
            assert one.test["above"] in (0.05, 0.5, 0.9), one.id
        # A claim that can be read in two ways is shown with both numbers.
        assert (one.also is None) == (one.also_quantity is None), one.id
    said = [one for one in claims if one.rests_on == "ama_declined.refused"]
    limits = [{key: one.test.get(key) for key in ("above", "below")} for one in said]
    assert limits == [{"above": 0.05, "below": None}, {"above": None, "below": 0.05}]
    assert len({one.side.sv for one in said}) == 2


def test_every_name_that_an_answer_speaks_of_has_words_in_both_languages(
    reference: Study,
) -> None:
    spoken = ("programme", "other", "activity", "obstacle", "district", "step")
    for one in asked_of(load_questions(reference)):
        names = one.settings["names"]
        goals = ("outcome",) if one.family in ("mix", "by_cycle", "closing") else ()
        site = () if one.settings.get("site") is None else ("site",)
        whole = {one.settings[key] for key in (*spoken, *goals) if key in one.settings}
        unnamed = {code for code in whole if code not in names} - UNSPOKEN
        assert unnamed == set(), one.id
        assert all(one.settings[key] in names for key in site), one.id
