"""Texts that read alike, told apart by the ends of ids."""

from __future__ import annotations

import pytest

from hilander.views.told_apart import told_apart


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        ({}, []),
        ({"a": "Ann", "b": "Bob"}, ["Ann", "Bob"]),
        ({"idp|000001": "Ann", "idp|000002": "Ann"}, ["Ann · id …000001", "Ann · id …000002"]),
        ({"one|000001": "Ann", "two|000001": "Ann"}, ["Ann · id …e|000001", "Ann · id …o|000001"]),
        ({"17": "Ann", "117": "ann"}, ["Ann · id …17", "ann · id …117"]),  # an end of the other
        ({"a": "Kate", "b": "\u212aate", "c": "Bob"}, ["Kate · id …a", "\u212aate · id …b", "Bob"]),  # no K
    ],
)
def test_texts_that_read_alike_end_in_the_end_of_an_id(texts, told):
    assert list(told_apart(texts).values()) == told
    assert list(told_apart(texts)) == list(texts)
