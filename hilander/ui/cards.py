"""From rows of a data set to the cards that the image grid draws."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from hilander.services.datasets import Dataset
from hilander.services.said import ACCEPTED, REJECTED, Said
from hilander.ui.components import Card, Fact
from hilander.ui.components.image_grid import Tone
from hilander.ui.explored import Explored
from hilander.ui.words import count, share
from hilander.views.figures import Figures, LabelFigures
from hilander.views.gallery import ClusterCard

STRIP = 6
TONES: dict[str, Tone] = {ACCEPTED: "good", REJECTED: "bad"}
WEAKEST = (
    "Weakest link: the least probability, from 0 to 1, among the links that hold this cluster together. "
    "Where it is low, two clusters may have been joined that should not be."
)
COSINE = "Cosine similarity of the two embeddings, from -1 to 1; 1 is the same direction."


def cluster_card(
    dataset: Dataset,
    cluster: ClusterCard,
    *,
    tag: str = "",
    number: int | None = None,
    facts: tuple[Fact, ...] = (),
    said: Said | None = None,
) -> Card:
    """A cluster: its peak large, a strip of members, its size; maybe its number in the file of a cut, figures, and what
    people say of it."""
    thumbs = dataset.thumbs
    name, size = str(dataset.ids[cluster.peak]), count(cluster.size, "image")
    named = said.name if said else ""
    note = [*([size] if named else []), *([] if number is None else [f"#{number}"]), name]
    return Card(
        id=cluster.peak,
        image=thumbs.data_url(cluster.peak, "large"),
        title=named or size,
        note=" · ".join(note),
        tag=tag or (said.mark if said else ""),
        tone=TONES.get(said.mark, "") if said and not tag else "",
        hover=f"Open this cluster. Peak: {name}" + (f"\nNote: {said.note}" if said and said.note else ""),
        strip=tuple(thumbs.data_url(row) for row in cluster.strip),
        more=cluster.more,
        facts=facts,
    )


def cluster_facts(dataset: Dataset, figures: Figures, place: int) -> tuple[Fact, ...]:
    """How sure a cluster is, and, where some of it is labelled, how pure."""
    weakest = float(figures.weakest[place])
    links = () if np.isnan(weakest) else (Fact(f"weakest {share(weakest)}", WEAKEST, weakest),)
    labels = figures.labels
    if labels is None or labels.known[place] == 0 or dataset.labels is None:
        return links
    return (*links, _purity(labels, place, str(dataset.labels.class_names[labels.commonest[place]])))


def _purity(labels: LabelFigures, place: int, name: str) -> Fact:
    part, known, kinds = float(labels.share[place]), int(labels.known[place]), int(labels.kinds[place])
    most = round(part * known)
    said = f"Purity {share(part)}: {most:,} of {count(known, 'labelled image')} "
    return Fact(
        name if known == 1 else f"{_percent(part)} {name}",
        f"{said}{'is' if most == 1 else 'are'} {name}; {count(kinds, 'label')} in all.",
        part,
    )


def _percent(part: float) -> str:
    """Never 100% unless it is all."""
    return f"{min(99, round(100 * part)) if part < 1 else 100}%"


def image_cards(dataset: Dataset, rows: Iterable[int] | np.ndarray, *, peak: int | None = None) -> list[Card]:
    """Images by themselves, the peak marked."""
    return [_image_card(dataset, int(row), is_peak=int(row) == peak) for row in rows]


def _image_card(dataset: Dataset, row: int, *, is_peak: bool) -> Card:
    name, label = str(dataset.ids[row]), label_of(dataset, row)
    return Card(
        id=row,
        image=dataset.thumbs.data_url(row, "large"),
        title=label or name,
        tag="peak" if is_peak else "",
        hover=f"{name} · {label}" if label else name,
        chosen=is_peak,
    )


def held_card(now: Explored, row: int, cosine: float | None = None) -> Card:
    """An image found, and the cluster of this cut that holds it; maybe how similar it is to what was sought."""
    place, name, label = int(now.gallery.place[row]), now.id_of(row), label_of(now.dataset, row)
    peak, size = int(now.gallery.peaks[place]), int(now.gallery.sizes[place])
    held = f"#{place} · {count(size, 'image')}"
    facts = () if cosine is None else (Fact(f"cosine {share(cosine)}", COSINE, max(0.0, cosine)),)
    return Card(
        id=row,
        image=now.dataset.thumbs.data_url(row, "large"),
        title=name,
        note=held,
        tag="open" if peak == now.cluster else "",
        hover=f"{name}{f' · {label}' if label else ''}\nOpen the cluster that holds it, {held}",
        chosen=peak == now.cluster,
        facts=facts,
    )


def label_of(dataset: Dataset, row: int) -> str:
    """The known label of an image, empty when there is none."""
    if dataset.labels is None or dataset.labels.codes[row] < 0:
        return ""
    return str(dataset.labels.class_names[dataset.labels.codes[row]])
