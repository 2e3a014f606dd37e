"""What a page's first run leaves is not walked by the garbage collector again."""

from __future__ import annotations

import gc

from hilander.ui import collector


def test_a_page_is_set_aside_once():
    gc.unfreeze()
    collector.set_aside("a page of this test")
    frozen = gc.get_freeze_count()
    assert frozen > 10_000
    kept = [[] for _ in range(1000)]
    collector.set_aside("a page of this test")
    assert gc.get_freeze_count() <= frozen
    assert len(kept) == 1000
    gc.unfreeze()
