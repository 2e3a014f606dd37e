"""Images as people see them: check that bytes are one, make thumbnails, fill a network's frame (Pillow, here alone).

Where the bytes come from is in `sources`, whose names can be imported from here too.
"""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Literal, TypeVar

import numpy as np
from PIL import ExifTags, Image

from hilander.errors import InputError
from hilander.io.sources import ImageSource, open_images

__all__ = [
    "RESAMPLING",
    "Fit",
    "ImageSource",
    "check_image",
    "fitted",
    "open_images",
    "thumbnail",
    "thumbnails",
]

T = TypeVar("T")
Fit = Literal["crop", "letterbox", "stretch"]
RESAMPLING = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "MPO")
MAX_PIXELS = 120_000_000  # at most 4 bytes each
STRIP_PIXELS = 4_000_000
LARGE_PIXELS = 16_000_000  # a larger one is decoded alone, whatever the number of threads
_one_large = threading.Lock()
QUALITY = 82
ORIENTATION = ExifTags.Base.Orientation
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# Pillow warns of large pictures and odd metadata; both are dealt with here. Once for the process, since
# warnings.catch_warnings is not safe in threads, and imports decode in several.
warnings.filterwarnings("ignore", module=r"PIL\.")


def check_image(data: bytes, name: str) -> None:
    """Decode an image (at an eighth of its size where the format allows) and throw the pixels away.

    Raises
    ------
    InputError   not an image of an accepted format, cut short, or larger than `MAX_PIXELS`; names it
    """
    _decoded(data, name, 1, lambda _image: None)


def thumbnail(data: bytes, size: int, *, name: str = "the image") -> bytes:
    """Encode as WebP an image no larger than `size` by `size` pixels, never enlarged, upright, on white.

    Raises
    ------
    InputError   as `check_image`
    """
    return thumbnails(data, (size,), name=name)[0]


def thumbnails(data: bytes, sizes: Sequence[int], *, name: str = "the image") -> list[bytes]:
    """As `thumbnail`, in several sizes, the largest first; decoded once, each made smaller from the one before."""
    return _decoded(data, name, sizes[0], lambda image: _shrunk(image, sizes))


def fitted(
    data: bytes,
    size: tuple[int, int],
    *,
    fit: Fit = "crop",
    zoom: float = 1.0,
    resampling: str = "bicubic",
    pad: tuple[int, int, int] | None = None,
    name: str = "the image",
) -> np.ndarray:
    """An image in a frame of `size` (width, height): uint8 (height, width, 3), RGB, upright, on white.

    A large image is first made smaller by a whole factor, to at least three times the frame.

    Parameters
    ----------
    fit : "crop" fills the frame and cuts what sticks out on both sides alike; "letterbox" shows the whole image and
        fills the rest; "stretch" fills the frame with the whole image
    zoom : at least 1, of "crop" alone: the image's short side over the frame's, 256 / 224 say
    resampling : one of `RESAMPLING`
    pad : the colour of what "letterbox" fills; None: the image's outermost pixels go on

    Raises
    ------
    InputError   as `check_image`
    """
    least = int(max(size) * zoom)

    def framed(image: Image.Image) -> np.ndarray:
        whole, filter_ = _upright(_reduced(image, least), image), RESAMPLING[resampling]
        if fit == "letterbox":
            return _letterboxed(whole, size, filter_, pad)
        box = _middle(whole, size, zoom) if fit == "crop" else None
        return np.asarray(whole.resize(size, filter_, box=box))

    return _decoded(data, name, least, framed)


def _middle(image: Image.Image, size: tuple[int, int], zoom: float) -> tuple[float, float, float, float]:
    """The part of the image that fills the frame: left, top, right, bottom."""
    share = min(image.width / size[0], image.height / size[1]) / zoom
    left, top = (image.width - share * size[0]) / 2, (image.height - share * size[1]) / 2
    return left, top, left + share * size[0], top + share * size[1]


def _letterboxed(
    image: Image.Image, size: tuple[int, int], filter_: Image.Resampling, pad: tuple[int, int, int] | None
) -> np.ndarray:
    share = min(size[0] / image.width, size[1] / image.height)
    width, height = max(1, round(image.width * share)), max(1, round(image.height * share))
    inside = np.asarray(image.resize((width, height), filter_))
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    if pad is None:
        around = (top, size[1] - height - top), (left, size[0] - width - left), (0, 0)
        return np.pad(inside, around, mode="edge")
    frame = np.full((size[1], size[0], 3), pad, np.uint8)
    frame[top : top + height, left : left + width] = inside
    return frame


def _decoded(data: bytes, name: str, least: int, use: Callable[[Image.Image], T]) -> T:
    """What `use` makes of the loaded image, at least about `least` pixels a side (or its own size)."""
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
        if image.width * image.height > MAX_PIXELS:
            raise InputError(
                f"{name} may have {MAX_PIXELS:,} pixels; got {image.width:,} x {image.height:,}. "
                "Make it smaller or leave it out."
            )
        image.draft("RGB", (2 * least, 2 * least))
        with _one_large if image.width * image.height > LARGE_PIXELS else nullcontext():
            image.load()
            return use(image)
    except InputError:
        raise
    except Exception as error:  # what decoders raise on untrusted bytes is no fixed list
        raise InputError(
            f"{name} must be an image (JPEG, PNG, WebP, BMP, GIF or TIFF); its {len(data):,} bytes could "
            f"not be read as one{_got(data)}. Replace it or leave it out."
        ) from error


def _shrunk(image: Image.Image, sizes: Sequence[int]) -> list[bytes]:
    small, made = _upright(_reduced(image, sizes[0]), image), []
    for size in sizes:
        small.thumbnail((size, size), Image.Resampling.LANCZOS, reducing_gap=2.0)
        buffer = io.BytesIO()
        small.save(buffer, "WEBP", quality=QUALITY, method=2)
        made.append(buffer.getvalue())
    return made


def _upright(small: Image.Image, image: Image.Image) -> Image.Image:
    """Turned as the image's EXIF says; as it is where the EXIF is damaged, since the pixels are not.

    ImageOps.exif_transpose also writes the EXIF anew, and fails on tags of a wrong type; nobody reads it here.
    """
    try:
        turn = UPRIGHT.get(image.getexif().get(ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - as in `_decoded`
        turn = None
    return small if turn is None else small.transpose(turn)


def _reduced(image: Image.Image, size: int) -> Image.Image:
    """RGB, by a whole factor smaller but at least three times `size`; a strip at a time, so that a large image is in
    memory once.
    """
    factor = max(1, min(image.width, image.height) // (3 * size))
    rows = factor * max(1, STRIP_PIXELS // image.width // factor)
    scale = _range(image, rows) if _is_deep(image) else None
    out = Image.new("RGB", (-(-image.width // factor), -(-image.height // factor)))
    for top in range(0, image.height, rows):
        strip = _rgb(_strip(image, top, rows), scale)
        out.paste(strip.reduce(factor) if factor > 1 else strip, (0, top // factor))
    return out


def _strip(image: Image.Image, top: int, rows: int) -> Image.Image:
    return image.crop((0, top, image.width, min(image.height, top + rows)))


def _is_deep(image: Image.Image) -> bool:
    """Whether it is grey with more than eight bits."""
    return image.mode.startswith(("I", "F"))


def _range(image: Image.Image, rows: int) -> tuple[float, float]:
    """The darkest and the lightest value of a deep grey image."""
    strips = (_values(_strip(image, top, rows)) for top in range(0, image.height, rows))
    ends = [(float(strip.min()), float(strip.max())) for strip in strips]
    return min(low for low, _ in ends), max(high for _, high in ends)


def _values(image: Image.Image) -> np.ndarray:
    return np.nan_to_num(np.asarray(image).astype(np.float64))


def _rgb(image: Image.Image, scale: tuple[float, float] | None) -> Image.Image:
    """Eight-bit RGB: transparent parts on white, deep grey images stretched from their range `scale`."""
    if scale is not None:
        low, high = scale
        values = (
            (_values(image) - low) * (255.0 / (high - low)) if high > low else np.zeros_like(_values(image))
        )
        image = Image.fromarray(values.astype(np.uint8))
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        clear = image.convert("RGBA")
        white = Image.new("RGBA", clear.size, "white")
        return Image.alpha_composite(white, clear).convert("RGB")
    return image.convert("RGB")


def _got(data: bytes) -> str:
    if not data:
        return " (the file is empty)"
    head = data[:64]
    text = all(byte in b"\t\n\r" or 32 <= byte < 127 for byte in head)
    return " (it holds text)" if text else ""
