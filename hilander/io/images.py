"""Images as people see them: check that bytes are one, and make thumbnails (Pillow, here alone).

Where the bytes come from is in `archive`, whose names can be imported from here too.
"""

from __future__ import annotations

import io
import struct
import warnings

import numpy as np
from PIL import Image, ImageOps

from hilander.errors import InputError
from hilander.io.archive import ImageArchive, ImageFolder, ImageSource, open_images

__all__ = ["ImageArchive", "ImageFolder", "ImageSource", "check_image", "open_images", "thumbnail"]

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "MPO")
MAX_PIXELS = 120_000_000
QUALITY = 82
BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    OverflowError,
    struct.error,
    MemoryError,
    IndexError,
    KeyError,
)


def check_image(data: bytes, name: str) -> None:
    """Decode an image (at an eighth of its size where the format allows) and throw the pixels away.

    Raises
    ------
    InputError   not an image of an accepted format, cut short, or larger than `MAX_PIXELS`; names it
    """
    _decode(data, name, (1, 1))


def thumbnail(data: bytes, size: int, *, name: str = "the image") -> bytes:
    """Encode as WebP an image no larger than `size` by `size` pixels, never enlarged, upright, on white.

    Raises
    ------
    InputError   as `check_image`
    """
    image = _decode(data, name, (size, size))
    image.thumbnail((size, size), Image.Resampling.LANCZOS, reducing_gap=2.0)
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=QUALITY, method=2)
    return buffer.getvalue()


def _decode(data: bytes, name: str, least: tuple[int, int]) -> Image.Image:
    """An upright RGB image, loaded, at least about `least` pixels (or its own size)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(data), formats=FORMATS)
            if image.width * image.height > MAX_PIXELS:
                raise InputError(
                    f"{name} may have {MAX_PIXELS:,} pixels; got {image.width:,} x {image.height:,}. "
                    "Make it smaller or leave it out."
                )
            image.draft("RGB", (2 * least[0], 2 * least[1]))
            image.load()
            return _rgb(ImageOps.exif_transpose(image))
    except InputError:
        raise
    except (Image.DecompressionBombError, *BROKEN) as error:
        raise InputError(
            f"{name} must be an image (JPEG, PNG, WebP, BMP, GIF or TIFF); its {len(data):,} bytes could "
            f"not be read as one{_got(data)}. Replace it or leave it out."
        ) from error


def _rgb(image: Image.Image) -> Image.Image:
    """Eight-bit RGB: transparent parts on white, deep grey images stretched to their range."""
    if image.mode.startswith(("I", "F")):
        values = np.asarray(image).astype(np.float64)
        low, high = float(values.min()), float(values.max())
        scaled = (values - low) * (255.0 / (high - low)) if high > low else np.zeros_like(values)
        image = Image.fromarray(scaled.astype(np.uint8))
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
