"""Which clusters of the level below an open cluster shows."""

from __future__ import annotations

import numpy as np
import pytest

from hilander.ui.cluster_panel import largest_cards
from hilander.views.gallery import Gallery, gallery_of

PEAK = np.array([0, 0, 4, 3, 4, 4, 4, 9, 9, 9])  # peaks 0, 3, 4 and 9 with 2, 1, 4 and 3 images


@pytest.mark.parametrize(
    ("peaks", "at_most", "shown"),
    [([3, 0, 4], 9, [(4, 4), (0, 2), (3, 1)]), ([0, 3, 4, 9], 2, [(4, 4), (9, 3)]), ([3], 1, [(3, 1)])],
)
def test_the_largest_come_first(peaks, at_most, shown):
    cards = largest_cards(gallery_of(PEAK), np.array(peaks), at_most)
    assert [(card.peak, card.size) for card in cards] == shown
    assert all(card.strip == () for card in cards)


def test_a_card_is_made_of_what_is_shown_only(monkeypatch):
    made = []
    card = Gallery.card
    monkeypatch.setattr(
        Gallery, "card", lambda self, place, strip: made.append(place) or card(self, place, strip=strip)
    )
    n = 5_000
    assert len(largest_cards(gallery_of(np.arange(n)), np.arange(n), 40)) == len(made) == 40
