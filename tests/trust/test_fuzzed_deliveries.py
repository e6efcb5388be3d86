"""R9: does a file that was damaged at random ever crash the check, or lose a row in silence?"""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trust.good_delivery import PERSONS, REFERRALS, SPELLS, GoodDelivery
from utfall.expectations.rulebook import rulebook
from utfall.pipelines import admission
from utfall.pipelines.delivery import check_delivery

pytestmark = pytest.mark.trust

FILES = (PERSONS, REFERRALS, SPELLS)
TOKENS = [b"", b";", b'"', b"\n", b"\r", b"\0", b"\xff", b",", b"=1", b"9999-12-31", b" ", b"\xc3"]


def damaged(content: bytes, seed: int, edits: int) -> bytes:
    """Return bytes with a few cut out, put in, swapped or repeated."""
    draw = random.Random(seed)
    whole = bytearray(content)
    for _ in range(edits):
        at = draw.randrange(len(whole) + 1)
        match draw.randrange(5):
            case 0:
                del whole[at : at + draw.randint(1, 40)]
            case 1:
                whole[at:at] = draw.choice(TOKENS)
            case 2:
                whole[at : at + 1] = bytes([draw.randrange(256)])
            case 3:
                whole[at:at] = whole[at : at + draw.randint(1, 60)]
            case 4:
                other = draw.randrange(len(whole) + 1)
                first, last = sorted((at, other))
                whole[first:last] = reversed(whole[first:last]) if last - first < 30 else b""
    return bytes(whole)


@given(st.sampled_from(FILES), st.integers(0, 2**32), st.integers(1, 4))
@settings(max_examples=100, deadline=None)
def test_damage_is_told_or_set_aside_and_never_crashes(file, seed, edits):
    good = GoodDelivery()
    good.spoil(file, lambda content: damaged(content, seed, edits))
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        # Great Expectations takes half a second a time and judges only what is let in.
        patch.setattr(admission, "judge", lambda _: ())
        written = good.write(Path(folder))
        began = time.monotonic()
        report = check_delivery(written)
        assert time.monotonic() - began < 5
        for fault in (*report.faults, *report.set_aside):
            assert fault.rule in rulebook()
        for count in report.counts:
            content = (written / Path(count.file).name).read_bytes()
            lines = [line for line in content.split(b"\n") if line.strip(b"\r")]
            assert count.rows_in == len(lines) - 1
            assert count.rows_in == count.rows_loaded + count.rows_quarantined
