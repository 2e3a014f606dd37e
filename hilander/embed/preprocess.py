"""One image as a network takes it: fitted into its frame, as numbers in its order and scale.

    Preprocess + an encoded image  ->  an array

What the settings mean stands in `settings`, which makes a Preprocess; the image itself is io.images'. Knows nothing
about networks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from hilander.io.images import Fit, fitted

Colour = Literal["RGB", "BGR", "grey"]
Layout = Literal["NCHW", "NHWC"]
USUAL_BATCH = 32
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's images, as most networks are trained
GREY = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R 601, as most libraries


@dataclass(frozen=True)
class Preprocess:
    """Checked settings, whole (see `settings`); mean and std have one value a channel."""

    height: int
    width: int
    input: str
    output: str
    fit: Fit = "crop"
    resize: int | None = None
    pad: tuple[int, int, int] | None = None
    interpolation: str = "bicubic"
    colour: Colour = "RGB"
    scale: float = 1 / 255
    mean: tuple[float, ...] = MEAN
    std: tuple[float, ...] = STD
    layout: Layout = "NCHW"
    dtype: str = "float32"
    batch: int = USUAL_BATCH
    is_batch_fixed: bool = False
    normalise: bool = True

    @property
    def image_bytes(self) -> int:
        """Of one image as the network takes it."""
        return self.height * self.width * len(self.mean) * np.dtype(self.dtype).itemsize

    def pixels(self, data: bytes, name: str) -> np.ndarray:
        """One image as the network takes it, (c, h, w) or (h, w, c) of `dtype`; InputError where it cannot be read."""
        zoom = 1.0 if self.resize is None else self.resize / min(self.height, self.width)
        rgb = fitted(
            data,
            (self.width, self.height),
            fit=self.fit,
            zoom=zoom,
            resampling=self.interpolation,
            pad=self.pad,
            name=name,
        )
        return self.values(rgb)

    def values(self, rgb: np.ndarray) -> np.ndarray:
        """uint8 (h, w, 3) as numbers for the network."""
        x: np.ndarray = rgb.astype(np.float32)
        if self.colour == "grey":
            x = (x @ GREY)[..., None]
        elif self.colour == "BGR":
            x = x[..., ::-1]
        x = (x * np.float32(self.scale) - np.array(self.mean, np.float32)) / np.array(self.std, np.float32)
        if self.dtype == "uint8":
            x = np.clip(np.rint(x), 0, 255)
        x = x.astype(self.dtype)
        return np.ascontiguousarray(x.transpose(2, 0, 1) if self.layout == "NCHW" else x)
