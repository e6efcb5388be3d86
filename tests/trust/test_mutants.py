"""Does a guard count as missed only where a test says so, and never where one merely crashed?"""

from __future__ import annotations

import pytest

from tests.trust.mutants import Mutation, notices

GUARD = Mutation("expectations.pseudonyms", "birth_dates", asleep="empty")
BEGIN = "from utfall.expectations.pseudonyms import birth_dates\n"
WORDS = {
    "asserts": ("def test_one():\n    assert birth_dates(1, 2, 3) != ()\n", True),
    "passes": ("def test_one():\n    birth_dates(1, 2, 3)\n", False),
    "crashes": ("def test_one():\n    birth_dates(1, 2, 3).height\n", False),
    "cannot be set up": (
        "import pytest\n@pytest.fixture\ndef it():\n    assert birth_dates(1, 2, 3)\n"
        "def test_one(it):\n    pass\n",
        False,
    ),
}


@pytest.mark.parametrize("name", WORDS)
def test_only_what_a_test_says_counts(tmp_path, name):
    words, counts = WORDS[name]
    path = tmp_path / "test_one.py"
    path.write_text(BEGIN + words, encoding="utf-8")
    assert notices(GUARD, str(path)) is counts


def test_what_cannot_be_collected_is_no_answer(tmp_path):
    path = tmp_path / "test_one.py"
    path.write_text(BEGIN + "assert birth_dates(1, 2, 3)\n", encoding="utf-8")
    with pytest.raises(AssertionError):
        notices(GUARD, str(path))


def test_a_test_of_ours_that_names_one_hit_counts():
    assert notices(GUARD, "tests/expectations/test_pseudonyms.py")
