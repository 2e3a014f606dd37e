"""Finding texts by a part of them."""

from __future__ import annotations

import numpy as np
import pytest

from hilander.views.search import text_index

TEXTS = np.array(["cat 10.png", "Cat", "tomcat", "dog", "", "STRASSE", "two\nlines", "e\u0301t\u00e9", "cat"])


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ("cat", [1, 8, 0, 2]),  # the whole text, then its beginning, then within
        ("CAT", [1, 8, 0, 2]),
        ("  cat ", [1, 8, 0, 2]),
        ("at 1", [0]),
        ("dog", [3]),
        ("dogs", []),
        ("straße", [5]),
        ("two lines", [6]),
        ("og\n", [3]),
        ("\u00e9t\u00e9", [7]),
        ("", []),
        (" ", []),
        ("\n", []),
        ("cat 10.png and much more than any of the texts", []),
    ],
)
def test_a_part_finds_its_texts(part, found):
    assert text_index(TEXTS).containing(part).tolist() == found


def test_a_part_does_not_reach_from_one_text_into_the_next():
    assert text_index(["ab", "cd"]).containing("bc").tolist() == []
    assert text_index(["ab", "cd"]).containing("b c").tolist() == []


@pytest.mark.parametrize("texts", [[], [""], ["a"]])
def test_few_texts(texts):
    assert text_index(texts).containing("a").tolist() == [0] * ("a" in texts)


def test_every_text_is_found_as_plain_python_finds_it():
    rng = np.random.default_rng(0)
    texts = ["".join(rng.choice(list("abcA "), rng.integers(0, 7))) for _ in range(300)]
    index = text_index(np.array(texts))
    for part in ("a", "ab", "bca", "aa", "c a"):
        plain = {i for i, text in enumerate(texts) if part in text.lower()}
        assert set(index.containing(part).tolist()) == plain
