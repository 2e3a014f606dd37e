"""From rows of a data set to the cards that the image grid draws."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from hilander.services.datasets import Dataset
from hilander.ui.components import Card
from hilander.ui.words import count
from hilander.views.gallery import ClusterCard

STRIP = 6


def cluster_card(dataset: Dataset, cluster: ClusterCard, *, tag: str = "", number: int | None = None) -> Card:
    """A cluster: its peak large, a strip of members, its size; maybe its number in the file of a cut."""
    thumbs = dataset.thumbs
    name = str(dataset.ids[cluster.peak])
    return Card(
        id=cluster.peak,
        image=thumbs.data_url(cluster.peak, "large"),
        title=count(cluster.size, "image"),
        note=name if number is None else f"#{number} · {name}",
        tag=tag,
        hover=f"Open this cluster. Peak: {name}",
        strip=tuple(thumbs.data_url(row) for row in cluster.strip),
        more=cluster.more,
    )


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


def label_of(dataset: Dataset, row: int) -> str:
    """The known label of an image, empty when there is none."""
    if dataset.labels is None or dataset.labels.codes[row] < 0:
        return ""
    return str(dataset.labels.class_names[dataset.labels.codes[row]])
