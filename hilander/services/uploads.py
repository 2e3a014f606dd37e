"""Look at files that somebody wants to import, and say in words what would happen.

    stage(...) -> a file in the workspace's staging folder
    inspect_upload(embeddings, images, labels) -> UploadReport

Nothing is imported here: see datasets.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from hilander.services.workspace import Workspace

FIRST = 12


@dataclass(frozen=True)
class UploadReport:
    """What an upload holds and what matched. Lists are cut to the first 1,000; counts are whole.

    can_import : everything matches; import goes on without a question
    can_keep_matching : something does not match, but import can go on with what does (`matched` rows)
    problems : what stands in the way, each "expected, got, next step"; empty exactly when can_import
    notes : what an import will do that is worth knowing (how rows were matched, unlabelled rows, ...)
    """

    embeddings: Path
    images: Path | None
    labels: Path | None
    name: str = ""
    rows: int = 0
    dim: int = 0
    image_count: int = 0
    label_count: int = 0
    classes: int = 0
    matched: int = 0
    duplicate_rows: int = 0
    first_images: tuple[str, ...] = ()
    rows_without_image: tuple[str, ...] = ()
    rows_without_image_count: int = 0
    images_without_row: tuple[str, ...] = ()
    images_without_row_count: int = 0
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    can_import: bool = False
    can_keep_matching: bool = False


def stage(workspace: Workspace, name: str, data: bytes | BinaryIO) -> Path:
    """Put an uploaded file into staging/HASH/NAME; the same content twice is one file."""
    raise NotImplementedError


def server_folder(text: str) -> Path:
    """A folder of images on the server, which must lie under HILANDER_IMAGE_ROOT (links followed)."""
    raise NotImplementedError


def inspect_upload(embeddings: Path, images: Path | None = None, labels: Path | None = None) -> UploadReport:
    """Look at the files; never raises InputError: what is wrong stands in `problems`."""
    raise NotImplementedError


def preview(report: UploadReport, size: int = 160) -> list[tuple[str, str]]:
    """(name, data URL) of the first twelve images that have a row; a placeholder for an unreadable one."""
    raise NotImplementedError
