"""The ways of rough products as test parameters; those that this processor has not are skipped, and say so."""

import pytest

from hilander.graph import rough


def _there(way):
    return way == "float32" or (
        rough._right_in_bfloat16() if way == "bfloat16" else rough._eight_bits_there()
    )


WAYS = [
    pytest.param(
        way, marks=pytest.mark.skipif(not _there(way), reason=f"this processor has no products in {way}")
    )
    for way in ("bfloat16", "eight bits", "float32")
]
