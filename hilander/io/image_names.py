"""Names of images inside an archive, a folder or a list: which count, which are unsafe. Knows nothing of files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from hilander.errors import InputError

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"})
MAX_IMAGE_BYTES = 256 << 20


def is_image_name(name: str) -> bool:
    """Whether a path is an image by its suffix, and not something a system left behind."""
    return not is_hidden(name) and PurePosixPath(name).suffix.lower() in IMAGE_SUFFIXES


def is_hidden(name: str) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(name).parts)


def inner_name(name: str, archive: str) -> str:
    """A path inside an archive with "/" between folders and without "./"; InputError where it leads outside."""
    tidy = name.replace("\\", "/")
    if tidy.startswith("/") or ".." in tidy.split("/") or tidy[1:2] == ":" or "\0" in tidy:
        raise InputError(
            f"{archive} must hold paths inside it only; got {name!r}, which points outside. "
            "Make it again from the folder itself."
        )
    return str(PurePosixPath(tidy))


def short_names(names: Sequence[str], source: str) -> dict[str, str]:
    """Image name to path inside: without the one top folder that all images share, if there is one."""
    if not names:
        raise InputError(f"{source} must hold images ({', '.join(sorted(IMAGE_SUFFIXES))}); got none.")
    tops = {name.split("/", 1)[0] if "/" in name else "" for name in names}
    cut = len(next(iter(tops))) + 1 if len(tops) == 1 and "" not in tops else 0
    short = {as_text(name[cut:]): name for name in names}
    if len(short) < len(names):
        raise InputError(f"{source} must have names that differ in UTF-8; some do not. Rename them.")
    return short


def as_text(name: str) -> str:
    """A file name whose bytes were no UTF-8, as text with a mark for each of those bytes."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def twice(name: str, source: str) -> InputError:
    return InputError(f"{source} must hold every file once; got {name!r} more than once. Rename one.")


def too_large(name: str) -> InputError:
    return InputError(f"{name} must be smaller than {MAX_IMAGE_BYTES >> 20} MB. Make it smaller.")
