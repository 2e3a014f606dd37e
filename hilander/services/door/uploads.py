"""How a visitor brings data in. A path is one that was staged here, or one of the server that they may name."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from hilander.embed.order import Embedder, shipped
from hilander.io.match import MatchBy
from hilander.services import datasets, jobs
from hilander.services.access import SERVER, Action
from hilander.services.datasets import UploadReport
from hilander.services.door.visit import Visit, on_server


@on_server(Action.ADD)
def stage(visit: Visit, name: str, data: bytes | BinaryIO) -> Path:
    """Keep an uploaded file until it is imported."""
    return datasets.stage(visit.workspace, name, data)


@on_server(Action.SERVER_PATHS)
def server_path(visit: Visit, text: str) -> Path:
    return datasets.server_path(text)


@on_server(Action.ADD)
def inspect_upload(
    visit: Visit,
    embeddings: Path,
    images: Path | None = None,
    labels: Path | None = None,
    match: MatchBy | None = None,
) -> UploadReport:
    """What an import would find."""
    _check_paths(visit, embeddings, images, labels)
    return datasets.inspect_upload(embeddings, images, labels, match)


@on_server(Action.ADD)
def inspect_images(visit: Visit, images: Path, labels: Path | None, embedder: Embedder) -> UploadReport:
    """What an import would find of images that are to be embedded."""
    _check_paths(visit, images, labels, *_files(embedder))
    return datasets.inspect_images(images, labels, embedder)


@on_server(Action.ADD)
def preview(visit: Visit, report: UploadReport) -> list[tuple[str, str]]:
    """(name, data URL) of the first images of an upload."""
    _check_paths(visit, report.embeddings, report.images, report.labels)
    return datasets.preview(report)


@on_server(Action.ADD)
def submit_import(visit: Visit, report: UploadReport, name: str, *, keep_matching: bool = False) -> str:
    """Queue an import; the data set will be the visitor's."""
    _check_paths(visit, report.embeddings, report.images, report.labels, *_files(report.embedder))
    return jobs.submit_import(
        report, name, keep_matching=keep_matching, owner=visit.person.id, workspace=visit.workspace
    )


@on_server(Action.ADD)
def submit_checkpoint(visit: Visit, path: Path, *, name: str = "") -> str:
    """Queue checking and keeping an uploaded checkpoint; it will be the visitor's."""
    _check_paths(visit, path)
    return jobs.submit_checkpoint(path, name=name, owner=visit.person.id, workspace=visit.workspace)


def _files(embedder: Embedder | None) -> list[Path | None]:
    """The files of an embedder that is not one of those that ship."""
    if embedder is None:
        return []
    model = None if embedder.model in shipped() else Path(embedder.model)
    return [model, embedder.preprocess]


def _check_paths(visit: Visit, *paths: Path | None) -> None:
    staged = visit.workspace.staging_dir()
    if not all(path is None or path.is_relative_to(staged) for path in paths):
        visit.check(Action.SERVER_PATHS, SERVER)
