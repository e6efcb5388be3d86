"""Claims: read a study's ledger of what was said, and hold it against the results."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from utfall.analysis.claims import Checkability, Claim, Grade, ledger, unknown_numbers
from utfall.analysis.errors import Fault, ProtocolError
from utfall.analysis.protocol import Wording
from utfall.pipelines.study import CLAIMS_FILE, Declared, Study, read_declared


class DeclaredClaim(Declared):
    """One claim as ``claims.yml`` holds it."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,62}$")]
    document: str
    claimant: Wording
    side: Wording
    quote: Wording
    source_file: str
    said_on: date | str
    quantity: Wording
    checkability: Checkability
    reason: Wording
    grade: Grade = "party"
    rests_on: str | None = None
    also: str | None = None
    also_quantity: Wording | None = None
    test: dict[str, Any] = Field(default_factory=dict)


class Claims(Declared):
    """What ``claims.yml`` declares."""

    schema_: Annotated[Literal["utfall/claims/1"], Field(alias="schema")] = "utfall/claims/1"
    claims: tuple[DeclaredClaim, ...] = ()


def load_claims(study: Study) -> tuple[Claim, ...]:
    """Return a study's claims in the order written; none where it has no ``claims.yml``.

    Raises
    ------
    ProtocolError
        The file does not describe claims, or two have the same id.
    """
    path = study.root / CLAIMS_FILE
    if not path.is_file():
        return ()
    declared = read_declared(path, Claims).claims
    names = [claim.id for claim in declared]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ProtocolError(
            "claims.yml cannot be used as it stands",
            [
                _fault("claim_twice", name, "two claims have this id", "rename one")
                for name in twice
            ],
        )
    texts = ("claimant", "side", "quote", "quantity", "reason")
    plain = ("id", "document", "source_file", "checkability", "grade", "rests_on", "also", "test")
    return tuple(
        Claim(
            said_on=str(claim.said_on),
            also_quantity=claim.also_quantity.text if claim.also_quantity else None,
            **{name: getattr(claim, name).text for name in texts},
            **{name: getattr(claim, name) for name in plain},
        )
        for claim in declared
    )


def claims_document(study: Study, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the ledger, from what a results document shows.

    Raises
    ------
    ProtocolError
        A claim rests on a question or comparison that the study does not have.
    """
    claims = load_claims(study)
    unknown = unknown_numbers(claims, document)
    if unknown:
        way_out = "`rests_on` is question.number or a comparison; `utfall protocols` lists those"
        raise ProtocolError(
            "claims.yml rests on what the study does not ask",
            [_fault("claim_unbound", name, "nothing has that name", way_out) for name in unknown],
        )
    return ledger(claims, document, is_synthetic=study.settings.synthetic)


def _fault(rule: str, claim: str, message: str, way_out: str) -> Fault:
    return Fault(rule=rule, file=CLAIMS_FILE, column=claim, message=message, way_out=way_out)
