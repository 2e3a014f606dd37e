"""The embedder that ships: one small file that hilander's own checks take, and that tells creatures apart."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import numpy as np

from hilander.demo.sets import FOLDER
from hilander.embed.embedding import checked, embed_into
from hilander.embed.kept import embedded
from hilander.embed.order import DEFAULT, EmbedOrder, embedder_description, model_path, shipped
from hilander.io.sources import open_images

CREATURES, EACH = 8, 10


def test_it_is_there_small_and_says_what_it_is_for():
    assert shipped()[0] == DEFAULT
    assert model_path(DEFAULT).stat().st_size < 4 << 20
    assert "For trying hilander" in embedder_description(DEFAULT)
    _, how = checked(EmbedOrder(Path(), device="cpu"))
    assert (how.height, how.width, how.fit, how.is_batch_fixed) == (96, 96, "letterbox", False)


def test_it_finds_another_picture_of_the_same_creature(tmp_path):
    """Eight creatures, ten pictures each: by chance one in nine nearest pictures is of the same one."""
    with (FOLDER / "shapes_labels.csv").open() as file:
        label = {row["id"]: row["label"] for row in csv.DictReader(file)}
    often = [name for name, _ in Counter(label.values()).most_common(CREATURES)]
    chosen = [image for name in often for image in [it for it in sorted(label) if label[it] == name][:EACH]]
    source = open_images(FOLDER / "shapes_images.zip")
    (tmp_path / "in").mkdir()
    for image in chosen:
        (tmp_path / "in" / image).write_bytes(source.open_bytes(image))
    embed_into(tmp_path / "out", EmbedOrder(tmp_path / "in", device="cpu"))
    found = embedded(tmp_path / "out")
    near = found.x @ found.x.T - 2 * np.eye(len(found.x))
    names = np.array([label[image] for image in found.names])
    assert (names[near.argmax(axis=1)] == names).mean() > 0.9
