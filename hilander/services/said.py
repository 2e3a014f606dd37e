"""What people say of a run's clusters: a name, a note, accepted or rejected; and everything said of a run at once.

    known = of(store, run);  known = of(store, run, known)      the second reads only what is new since
    say(store, run, NAME, item_of(rows, peak), "Cats", seen=..., who=...)

A cluster is known by its peak and by exactly the images that are in it, so what is said of it stands wherever the same
images are one cluster: at another level, or in another kind of cut. Knows nothing about pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from hilander.errors import InputError
from hilander.hierarchy.recipe import checked_name
from hilander.services import journal
from hilander.services.exclusions import ITEM
from hilander.services.journal import EXCLUSION, MARK, NAME, NOTE, RECIPE, Kind
from hilander.services.rows_text import rows_of
from hilander.services.store import AnnotationRow, Store

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hilander.views.gallery import Gallery

ACCEPTED, REJECTED = "accepted", "rejected"
LONGEST_NOTE = 2_000
OF_CLUSTERS: tuple[Kind, ...] = (NAME, MARK, NOTE)


@dataclass(frozen=True)
class Said:
    """What is said of one cluster; empty texts where nothing is. `versions` : of each of the three, 0 where never."""

    item: str
    name: str = ""
    mark: str = ""
    note: str = ""
    versions: Mapping[str, int] = field(default_factory=dict)

    @property
    def peak(self) -> int:
        return int(self.item.split(".")[0])

    @property
    def size(self) -> int:
        """Images of the cluster."""
        return int(self.item.split(".")[1])

    @property
    def is_empty(self) -> bool:
        return not (self.name or self.mark or self.note)

    def version(self, kind: Kind) -> int:
        return self.versions.get(kind, 0)

    def with_(self, row: AnnotationRow) -> Self:
        """With what a row says of this cluster."""
        texts: dict[str, Any] = {row.kind: row.value or ""}
        return replace(self, versions={**self.versions, row.kind: row.version}, **texts)


@dataclass(frozen=True, eq=False)
class Annotations:
    """Everything said of a run, as of the entry `last`.

    rows : by kind and item;  clusters : peak to item to what is said of that cluster
    """

    rows: Mapping[tuple[str, str], AnnotationRow] = field(default_factory=dict)
    clusters: Mapping[int, Mapping[str, Said]] = field(default_factory=dict)
    last: int = 0

    def with_(self, new: Sequence[AnnotationRow]) -> Self:
        """With what is new, in order; takes as long as there is something new."""
        rows, clusters = dict(self.rows), dict(self.clusters)
        for row in new:
            rows[row.kind, row.item] = row
            if row.kind in OF_CLUSTERS:
                said = Said(row.item)
                same = clusters.get(said.peak, {})
                clusters[said.peak] = {**same, row.item: same.get(row.item, said).with_(row)}
        return replace(self, rows=rows, clusters=clusters, last=new[-1].entry)

    @property
    def has_clusters(self) -> bool:
        """Whether something is said of any cluster."""
        return any(not said.is_empty for same in self.clusters.values() for said in same.values())

    @cached_property
    def excluded(self) -> NDArray[np.int64]:
        """The rows that are taken out, ascending."""
        row = self.rows.get((EXCLUSION, ITEM))
        return rows_of("" if row is None else row.value or "")

    @cached_property
    def n_recipes(self) -> int:
        return sum(kind == RECIPE and row.value is not None for (kind, _), row in self.rows.items())

    def said(self, item: str) -> Said:
        """What is said of a cluster."""
        return self.clusters.get(int(item.split(".", maxsplit=1)[0]), {}).get(item, Said(item))

    def others(self, item: str) -> list[Said]:
        """What is said of other clusters with the same peak, the largest first."""
        same = self.clusters.get(int(item.split(".", maxsplit=1)[0]), {}).values()
        found = [said for said in same if said.item != item and not said.is_empty]
        return sorted(found, key=lambda said: -said.size)

    def of_place(self, gallery: Gallery, place: int) -> Said | None:
        """What is said of the cluster at a place of a gallery; None for nothing. Free where nothing is of its peak."""
        peak = int(gallery.peaks[place])
        sizes = {said.size for said in self.clusters.get(peak, {}).values() if not said.is_empty}
        if int(gallery.sizes[place]) not in sizes:
            return None
        said = self.said(item_of(gallery.rows(place), peak))
        return None if said.is_empty else said

    def columns(self, gallery: Gallery) -> dict[str, NDArray[Any]]:
        """name, mark and note of every image's cluster, object (n,) texts; no columns where nothing is said of any
        cluster of the run."""
        if not self.has_clusters:
            return {}
        found = {}
        for peak in self.clusters:
            place = int(gallery.place[peak])
            said = self.of_place(gallery, place)
            if said is not None:
                found[place] = said
        columns: dict[str, NDArray[Any]] = {}
        for kind in OF_CLUSTERS:
            texts = np.full(gallery.n_clusters, "", object)
            for place, said in found.items():
                texts[place] = getattr(said, kind)
            columns[kind] = texts[gallery.place]
        return columns


def of(store: Store, run_id: str, known: Annotations | None = None) -> Annotations:
    """Everything said of a run since there is a journal; `known` itself where nothing is new."""
    known = known or Annotations()
    new = store.annotations(run_id, since=known.last)
    return known.with_(new) if new else known


def item_of(rows: NDArray[Any], peak: int) -> str:
    """What a cluster is known by: "17.5.<hash>", its peak, its size, and a hash of the rows of its images."""
    ordered = np.sort(np.asarray(rows, dtype="<i8"))
    return f"{int(peak)}.{len(ordered)}.{blake2b(ordered.tobytes(), digest_size=12).hexdigest()}"


def say(
    store: Store, run_id: str, kind: Kind, item: str, text: str, *, seen: int, who: str
) -> AnnotationRow | None:
    """Give a cluster a name, a note or a mark; an empty text takes it away.

    Raises
    ------
    Conflict     it was changed since version `seen`
    InputError   no such run, a text that is too long or cannot be seen, or another mark than the two
    """
    value = _checked(kind, text) or None
    return journal.put(store, run_id, kind, item, value, seen=seen, who=who)


def _checked(kind: Kind, text: str) -> str:
    text = text.strip()
    if not text:
        return ""
    if kind == NAME:
        return checked_name(text, "A cluster's name")
    if kind == MARK and text not in (ACCEPTED, REJECTED):
        raise InputError(f"A cluster is {ACCEPTED}, {REJECTED} or neither; got {text[:40]!r}. Choose one.")
    lines = text.splitlines()
    if len(text) > LONGEST_NOTE or not all(line.replace("\t", " ").isprintable() for line in lines):
        raise InputError(
            f"A note has at most {LONGEST_NOTE:,} characters that can be seen; got {len(text):,}. Shorten it."
        )
    return "\n".join(lines)
