"""Images of several sources as if they were one. Knows nothing about what is in them."""

from __future__ import annotations

from collections.abc import Sequence

from hilander.io.sources import ImageSource


class SeveralImages:
    """One source after the other; where two have an image of one name, it is the first one's."""

    def __init__(self, sources: Sequence[ImageSource]) -> None:
        self._sources = tuple(sources)
        self._of = {name: source for source in self._sources[::-1] for name in source.names()}

    def names(self) -> list[str]:
        return sorted(self._of)

    def open_bytes(self, name: str) -> bytes:
        return self._of[name].open_bytes(name)

    def in_order(self, names: Sequence[str]) -> list[str]:
        return [
            name
            for source in self._sources
            for name in source.in_order([it for it in names if self._of[it] is source])
        ]

    def close(self) -> None:
        for source in self._sources:
            source.close()
