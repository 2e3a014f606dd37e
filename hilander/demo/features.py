"""A small fixed feature extractor: colours relative to the backdrop, and gradients. Nothing in it is trained.

    pixels (n, side, side, 3)  ->  descriptor  ->  PCA of the set itself  ->  embeddings (n, dim)

numpy only; knows nothing about creatures, digits or files.
"""

from __future__ import annotations

import numpy as np

ORIENTATIONS = 9
CELL = 8
HUES = 12
PARTS = {"gradients": 1.0, "colours": 1.0, "layout": 0.5}


def embed(pixels: np.ndarray, dim: int) -> np.ndarray:
    """Embed RGB images, uint8 (n, side, side, 3) with side a multiple of 8, as float32 (n, dim)."""
    if pixels.ndim != 4 or pixels.shape[3] != 3 or pixels.shape[1] % CELL or pixels.shape[2] % CELL:
        raise ValueError(f"pixels must be (n, side, side, 3), sides multiples of {CELL}; got {pixels.shape}.")
    return reduce_dim(np.stack([describe(image) for image in pixels]), dim)


def embed_strokes(pixels: np.ndarray, dim: int) -> np.ndarray:
    """Embed grey images, uint8 (n, side, side), by their gradients alone: float32 (n, dim)."""
    descriptors = [_unit(np.sqrt(gradients(image.astype(np.float64) / 255))) for image in pixels]
    return reduce_dim(np.stack(descriptors), dim)


def describe(image: np.ndarray) -> np.ndarray:
    """Descriptor of one image: its parts, each of unit length, weighted by `PARTS`."""
    values = image.astype(np.float64) / 255
    figure = figure_share(values)
    parts = {
        "gradients": gradients(values.mean(axis=2)),
        "colours": colours(values, figure),
        "layout": layout(values, figure),
    }
    return np.concatenate(
        [PARTS[name] * _unit(np.sqrt(np.abs(part)) * np.sign(part)) for name, part in parts.items()]
    )


def figure_share(values: np.ndarray) -> np.ndarray:
    """How far each pixel is from the backdrop, 0 to 1: (h, w).

    The backdrop is taken from the rim of the picture, row by row (a wall and a floor differ).
    """
    rim = np.concatenate([values[:, :4], values[:, -4:]], axis=1)
    backdrop = np.median(rim, axis=1, keepdims=True)
    brightness = values.mean(axis=2, keepdims=True) + 0.05
    tint = values / brightness - backdrop / (backdrop.mean(axis=2, keepdims=True) + 0.05)
    far = (
        np.sqrt((tint**2).sum(axis=2))
        + 1.5 * np.abs(brightness - backdrop.mean(axis=2, keepdims=True) - 0.05)[..., 0]
    )
    share: np.ndarray = np.clip((far - 0.12) / 0.3, 0, 1)
    return share


def gradients(grey: np.ndarray) -> np.ndarray:
    """Histograms of gradient directions in cells of 8 pixels, each 2 x 2 block of cells of unit length."""
    dy, dx = np.gradient(grey)
    size = np.hypot(dx, dy)
    place = (np.arctan2(dy, dx) % np.pi) / np.pi * ORIENTATIONS
    low = np.floor(place).astype(int)
    share = place - low
    planes = np.zeros((ORIENTATIONS, *grey.shape))
    ys, xs = np.indices(grey.shape)
    planes[low % ORIENTATIONS, ys, xs] += size * (1 - share)
    planes[(low + 1) % ORIENTATIONS, ys, xs] += size * share
    cells = _pool(planes, CELL)
    blocks = np.concatenate([cells[:, :-1, :-1], cells[:, 1:, :-1], cells[:, :-1, 1:], cells[:, 1:, 1:]])
    histogram: np.ndarray = blocks / (np.sqrt((blocks**2).sum(axis=0)) + 0.3)
    return histogram.ravel()


def colours(values: np.ndarray, figure: np.ndarray) -> np.ndarray:
    """How much of the figure has each hue (in three depths) or is grey (in four tones), in its two halves."""
    top, low = values.max(axis=2), values.min(axis=2)
    spread = top - low
    saturation = spread / (top + 1e-6)
    red, green, blue = np.moveaxis(values, 2, 0)
    angle = np.arctan2(np.sqrt(3) * (green - blue), 2 * red - green - blue) % (2 * np.pi)
    place = angle / (2 * np.pi) * HUES
    bins = _soft(place, HUES, wrap=True) * np.clip(saturation * 2 - 0.2, 0, 1)
    tones = _soft(top * 3, 4, wrap=False) * np.clip(1.1 - saturation * 2, 0, 1)
    dark = _soft(top * 2, 3, wrap=False)
    both = np.concatenate([*(bins * tone for tone in dark), tones]) * figure
    rows = np.cumsum(figure.sum(axis=1))
    middle = int(np.searchsorted(rows, rows[-1] / 2)) or 1
    return np.concatenate([both[:, :middle].sum(axis=(1, 2)), both[:, middle:].sum(axis=(1, 2))])


def layout(values: np.ndarray, figure: np.ndarray) -> np.ndarray:
    """Mean colour of the figure, without its mean, in cells of 8 pixels."""
    weight = figure[..., None]
    mean = (values * weight).sum(axis=(0, 1)) / (weight.sum() + 1e-6)
    return _pool(np.moveaxis((values - mean) * weight, 2, 0), CELL).ravel()


def reduce_dim(x: np.ndarray, dim: int) -> np.ndarray:
    """Principal components, signs fixed so that each axis' largest entry is positive: float32 (n, dim)."""
    centred = x - x.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    axes = axes[:dim]
    signs = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])
    return np.asarray(centred @ (axes * signs[:, None]).T, dtype=np.float32)


def _soft(place: np.ndarray, count: int, *, wrap: bool) -> np.ndarray:
    """Share of each value between its two nearest of `count` bins: (count, ...)."""
    far = np.abs(place[None] - np.arange(count).reshape(-1, *[1] * place.ndim))
    far = np.minimum(far, count - far) if wrap else far
    share: np.ndarray = np.clip(1 - far, 0, None)
    return share


def _pool(planes: np.ndarray, cell: int) -> np.ndarray:
    c, h, w = planes.shape
    pooled: np.ndarray = planes.reshape(c, h // cell, cell, w // cell, cell).mean(axis=(2, 4))
    return pooled


def _unit(part: np.ndarray) -> np.ndarray:
    unit: np.ndarray = part / (np.linalg.norm(part) + 1e-12)
    return unit
