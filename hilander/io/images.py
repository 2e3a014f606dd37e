"""Images as people see them: check that bytes are one, and make thumbnails (Pillow, here alone).

Where the bytes come from is in `archive`, whose names can be imported from here too.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence

import numpy as np
from PIL import ExifTags, Image

from hilander.errors import InputError
from hilander.io.archive import ImageArchive, ImageFolder, ImageSource, open_images

__all__ = [
    "ImageArchive",
    "ImageFolder",
    "ImageSource",
    "check_image",
    "open_images",
    "thumbnail",
    "thumbnails",
]

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "MPO")
MAX_PIXELS = 120_000_000
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
    _decode(data, name, (1, 1))


def thumbnail(data: bytes, size: int, *, name: str = "the image") -> bytes:
    """Encode as WebP an image no larger than `size` by `size` pixels, never enlarged, upright, on white.

    Raises
    ------
    InputError   as `check_image`
    """
    return thumbnails(data, (size,), name=name)[0]


def thumbnails(data: bytes, sizes: Sequence[int], *, name: str = "the image") -> list[bytes]:
    """As `thumbnail`, in several sizes, the largest first; decoded once, each made smaller from the one before."""
    image = _decode(data, name, (sizes[0], sizes[0]))
    made = []
    for size in sizes:
        image.thumbnail((size, size), Image.Resampling.LANCZOS, reducing_gap=2.0)
        buffer = io.BytesIO()
        image.save(buffer, "WEBP", quality=QUALITY, method=2)
        made.append(buffer.getvalue())
    return made


def _decode(data: bytes, name: str, least: tuple[int, int]) -> Image.Image:
    """An upright RGB image, loaded, at least about `least` pixels (or its own size)."""
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
        if image.width * image.height > MAX_PIXELS:
            raise InputError(
                f"{name} may have {MAX_PIXELS:,} pixels; got {image.width:,} x {image.height:,}. "
                "Make it smaller or leave it out."
            )
        image.draft("RGB", (2 * least[0], 2 * least[1]))
        image.load()
        return _rgb(_upright(image))
    except InputError:
        raise
    except Exception as error:  # what decoders raise on untrusted bytes is no fixed list
        raise InputError(
            f"{name} must be an image (JPEG, PNG, WebP, BMP, GIF or TIFF); its {len(data):,} bytes could "
            f"not be read as one{_got(data)}. Replace it or leave it out."
        ) from error


def _upright(image: Image.Image) -> Image.Image:
    """Turned as its EXIF says; as it is where the EXIF is damaged, since the pixels are not.

    ImageOps.exif_transpose also writes the EXIF anew, and fails on tags of a wrong type; nobody reads it here.
    """
    try:
        turn = UPRIGHT.get(image.getexif().get(ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - as in `_decode`
        turn = None
    return image if turn is None else image.transpose(turn)


def _rgb(image: Image.Image) -> Image.Image:
    """Eight-bit RGB: transparent parts on white, deep grey images stretched to their range."""
    if image.mode.startswith(("I", "F")):
        values = np.nan_to_num(np.asarray(image).astype(np.float64))
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
