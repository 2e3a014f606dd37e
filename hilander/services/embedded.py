"""Images without embeddings, as an import takes them: embedded first, then rows like those of a file.

    embed_images       the work, in a process of its own, in the import's folder
    embedded_upload    what came of it, as if it had been uploaded

An image that cannot be read has no embedding: it is left out, and the data set's note names it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from hilander.embed.apart import embed_apart
from hilander.embed.kept import Embedded, embedded
from hilander.embed.order import EmbedOrder, embedder_title
from hilander.io.duplicates import count_duplicates
from hilander.io.embeddings import EmbeddingSet
from hilander.io.images import open_images
from hilander.io.match import Match
from hilander.services.import_work import Work
from hilander.services.upload_files import Upload, complete, named


def embed_images(order: EmbedOrder, work: Work, tell: Callable[[str, int, int], None]) -> None:
    """Embed what is not embedded yet; `tell("embedding", done, total)` may raise Cancelled."""

    def on_done(done: int, total: int) -> None:
        os.utime(work.folder)  # one from the command line has no job: it may take days and is gone on with
        tell("embedding", done, total)

    embed_apart(work.embedded, order, on_done)


def embedded_upload(order: EmbedOrder, folder: Path, labels: Path | None) -> Upload:
    """The embeddings in `folder`, each row with its image; close it."""
    found = embedded(folder)
    upload = Upload(
        embeddings=EmbeddingSet(found.x, np.array(found.names, dtype=str), order.images.stem),
        images=open_images(order.images, inside=order.inside),
        image_names=found.names,
        match=Match(
            rows=np.arange(len(found.names)),
            names=found.names,
            rows_without_image=np.array([], np.int64),
            images_without_row=[],
            duplicate_rows=count_duplicates(found.x),
            note="",
        ),
        notes=_notes(order, found),
    )
    complete(upload, labels)
    return upload


def _notes(order: EmbedOrder, found: Embedded) -> list[str]:
    notes = [f"Embedded by {embedder_title(order.model)}: {found.x.shape[1]:,} numbers an image."]
    if count := len(found.left_out):
        told = "1 image was" if count == 1 else f"{count:,} images were"
        notes.append(f"{told} left out, which could not be read or embedded: {named(found.left_out, count)}.")
    return notes
