"""Where images come from, behind one interface: a zip, a tar, a folder, a Parquet column, a list of paths.

Every source is untrusted and is read one image at a time: nothing is extracted to disk or held in memory whole.
Knows nothing about pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from hilander.io.archive import ImageArchive
from hilander.io.embeddings import check_file
from hilander.io.folder import ImageFolder, ImageList, listed_paths
from hilander.io.image_column import open_column
from hilander.io.tar import ImageTar, is_tar


class ImageSource(Protocol):
    """Images by name; names are sorted and unique, with "/" between folders. Safe between threads."""

    def names(self) -> list[str]: ...

    def open_bytes(self, name: str) -> bytes:
        """Return the encoded image; KeyError for an unknown name, InputError when it cannot be read."""
        ...

    def in_order(self, names: Sequence[str]) -> list[str]:
        """The same names in the order in which they are read fastest: as they lie in the file."""
        ...

    def close(self) -> None: ...


def open_images(path: Path | str, *, inside: Sequence[Path] = ()) -> ImageSource:
    """Open images (jpg, png, webp, bmp, gif, tif; sub-folders allowed).

    A zip; a tar, plain or gzipped; a folder; a Parquet file with a column of image bytes or of paths; a list of
    paths, .txt with one a line or .csv with a column path and maybe id.

    Parameters
    ----------
    inside : folders in which the files of a list of paths must lie, links followed; none: the list's own folder

    Raises
    ------
    InputError   missing, none of these, cut short, encrypted, unsafe, or without images
    """
    path = Path(path)
    if path.is_dir():
        return ImageFolder(path)
    check_file(path, "a zip or tar archive, a folder, a Parquet file or a list of images")
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return open_column(path, inside)
    if suffix in (".txt", ".csv", ".tsv"):
        return ImageList(path, listed_paths(path), inside)
    return ImageTar(path) if is_tar(path) else ImageArchive(path)
