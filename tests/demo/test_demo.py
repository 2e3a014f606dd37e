"""The demo sets ship whole, are what the code draws, and hold together well enough to show."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from hilander.demo import build
from hilander.demo.__main__ import main
from hilander.demo.build import digit_image, draw_shapes, embed_digits
from hilander.demo.creatures import SEED, creatures, scene, sizes
from hilander.demo.draw import SIDE, webp
from hilander.demo.features import describe, embed, figure_share, reduce_dim
from hilander.demo.parts import LIMB_DRAWERS, PATTERN_DRAWERS, TOP_DRAWERS
from hilander.demo.sets import demo_sets, digits, shape_labels, shapes_rows
from hilander.io.embeddings import read_embeddings
from hilander.io.images import open_images, thumbnail
from hilander.io.labels import align_labels, read_labels
from hilander.io.match import match_images
from hilander.io.vectors import unit_vectors

SETS = {demo.name: demo for demo in demo_sets()}


def nearest(x):
    similarity = x @ x.T
    np.fill_diagonal(similarity, -2)
    return similarity.argmax(axis=1)


@pytest.mark.parametrize(
    ("name", "n", "classes", "dim"), [("shapes", 1592, 120, 96), ("digits", 1797, 10, 64)]
)
def test_a_set_ships_and_reads_like_an_upload(name, n, classes, dim):
    demo = SETS[name]
    embeddings, labels, images = (
        read_embeddings(demo.embeddings),
        read_labels(demo.labels),
        open_images(demo.images),
    )
    assert (embeddings.n, embeddings.dim, len(labels), len(images.names())) == (n, dim, n, n)
    assert match_images(embeddings, images.names()).complete
    assert labels.ids.tolist() == images.names()
    aligned = align_labels(labels, None, n)
    assert len(aligned.class_names) == classes
    assert len(set(aligned.class_names)) == classes
    assert (aligned.codes >= 0).all()
    x = unit_vectors(embeddings.x)
    same = (aligned.codes[nearest(x)] == aligned.codes).mean()
    assert 0.965 < same < 0.997
    assert thumbnail(images.open_bytes(images.names()[n // 2]), 56)


def test_the_sets_are_small():
    shipped = [path for demo in SETS.values() for path in (demo.images, demo.embeddings, demo.labels)]
    assert sum(path.stat().st_size for path in shipped) < 5_500_000
    assert all(demo.embeddings.stat().st_size < 1_000_000 for demo in SETS.values())


def test_creatures_are_of_very_uneven_size():
    labels = read_labels(SETS["shapes"].labels)
    counts = np.unique(labels.labels, return_counts=True)[1]
    assert sorted(counts.tolist()) == sorted(sizes().tolist())
    assert (counts.min(), counts.max()) == (2, 80)
    assert (counts == 2).sum() >= 8


def test_the_order_of_rows_tells_nothing():
    who = shapes_rows()[:, 0]
    counts = np.bincount(who)
    by_chance = (counts * (counts - 1)).sum() / (len(who) * (len(who) - 1))
    assert abs((who[1:] == who[:-1]).mean() - by_chance) < 0.02


def test_no_two_creatures_are_alike():
    everyone = creatures()
    looks = {(c.body, c.colour, c.pattern, c.eyes, c.mouth, c.top, c.limbs) for c in everyone}
    assert len(everyone) == len(looks) == len({c.name for c in everyone}) == 120


def test_every_part_is_worn_by_someone():
    everyone = creatures()
    assert {c.pattern for c in everyone} == set(PATTERN_DRAWERS)
    assert {c.top for c in everyone} == set(TOP_DRAWERS)
    assert {c.limbs for c in everyone} == set(LIMB_DRAWERS)


ROWS = (0, 700, 1591)


def difference(first: bytes, second: bytes) -> float:
    """Mean difference of two encoded images in grey levels; another libwebp may round otherwise."""
    a, b = (np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int) for data in (first, second))
    return float(np.abs(a - b).mean())


def test_the_shipped_drawings_are_the_ones_the_code_draws():
    images = open_images(SETS["shapes"].images)
    names = images.names()
    for row, pixels in zip(ROWS, draw_shapes(shapes_rows()[list(ROWS)]), strict=True):
        assert difference(images.open_bytes(names[row]), webp(pixels, 80)) < 1.5


def test_the_shipped_labels_are_those_of_the_drawings():
    labels, names = shape_labels()
    shipped = read_labels(SETS["shapes"].labels)
    assert shipped.labels.tolist() == labels
    assert shipped.names.tolist() == names


def test_a_drawing_depends_on_its_two_numbers_alone():
    alone = next(draw_shapes(np.array([[7, 3]])))
    among = list(draw_shapes(np.array([[1, 0], [7, 3]])))[1]
    np.testing.assert_array_equal(alone, among)
    assert alone.shape == (SIDE, SIDE, 3)
    assert scene(SEED, 7, 3) == scene(SEED, 7, 3) != scene(SEED, 7, 4)
    assert creatures(1) != creatures(2)


def test_the_command_writes_sets_that_read_like_an_upload(tmp_path, monkeypatch, capsys):
    labels, names = shape_labels()
    monkeypatch.setattr(build, "shapes_rows", lambda: shapes_rows()[:6])
    monkeypatch.setattr(build, "shape_labels", lambda: (labels[:6], names[:6]))
    monkeypatch.setattr(build, "digits", lambda: tuple(part[:20] for part in digits()))
    for folder in ("a", "b"):
        monkeypatch.setattr("sys.argv", ["demo", "--out", str(tmp_path / folder)])
        main()
    assert "shapes_images.zip" in capsys.readouterr().out
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert len(files) == 6
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in files)
    made = next(demo for demo in demo_sets(tmp_path / "a") if demo.name == "shapes")
    assert match_images(read_embeddings(made.embeddings), open_images(made.images).names()).complete
    assert read_labels(made.labels).names.tolist() == names[:6]


def test_the_digits_are_made_again():
    small, truth = digits()
    demo = SETS["digits"]
    assert read_labels(demo.labels).labels.astype(int).tolist() == truth.tolist()
    again, shipped = unit_vectors(embed_digits(small)), unit_vectors(np.load(demo.embeddings))
    np.testing.assert_allclose(again @ again[:20].T, shipped @ shipped[:20].T, atol=5e-3)
    images = open_images(demo.images)
    for row in (0, 1796):
        assert difference(images.open_bytes(images.names()[row]), digit_image(small[row])) < 1.5


def test_the_backdrop_does_not_count_as_figure():
    image = np.full((96, 96, 3), 0.8)
    image[:, :, 2] = np.linspace(0.75, 0.85, 96)[:, None]
    assert figure_share(image).max() == 0
    image[30:60, 30:60] = (0.9, 0.1, 0.1)
    share = figure_share(image)
    assert share[30:60, 30:60].min() == 1
    assert share.sum() == 900


def test_a_descriptor_hardly_changes_with_the_light_and_much_with_the_creature():
    one, lit, other = draw_shapes(np.array([[20, 0], [20, 0], [77, 0]]))
    lit = np.clip(lit * 0.9, 0, 255).astype(np.uint8)
    a, b, c = (describe(image) / np.linalg.norm(describe(image)) for image in (one, lit, other))
    assert a @ b > 0.95
    assert a @ c < 0.85


def test_principal_components_keep_distances_and_fix_signs():
    x = np.random.default_rng(0).normal(size=(12, 5))
    reduced = reduce_dim(x, 5)
    np.testing.assert_allclose(
        np.linalg.norm(reduced[:, None] - reduced, axis=2), np.linalg.norm(x[:, None] - x, axis=2), atol=1e-5
    )
    np.testing.assert_allclose(reduce_dim(x[::-1], 5)[::-1], reduced, atol=1e-5)


@pytest.mark.parametrize("shape", [(2, 96, 96), (2, 90, 96, 3), (2, 96, 96, 4)])
def test_pixels_of_another_shape_are_a_mistake(shape):
    with pytest.raises(ValueError, match="pixels must be"):
        embed(np.zeros(shape, np.uint8), 2)
