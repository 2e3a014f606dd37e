"""The files of a data set that are not thumbnails, written from an upload whose rows are matched.

Block by block from file to file: neither the embeddings that come nor those that are kept are ever held whole.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from hilander.io.atomic import write_json
from hilander.io.vectors import blocks, forget, unit_vectors
from hilander.services.contents import RowsHash
from hilander.services.import_order import ImportOrder
from hilander.services.import_work import RowsDone
from hilander.services.upload_files import Upload

FORMAT = 1


def write_rows(
    upload: Upload, order: ImportOrder, folder: Path, tell: Callable[[int, int], None]
) -> RowsDone:
    """Write embeddings.npy, ids.npy, names.npy, labels.npy and meta.json of what matches.

    `tell(rows done, rows)` is called for each block, and may raise Cancelled.
    """
    assert upload.embeddings is not None
    rows, labels, match, dim = upload.rows, upload.labels, upload.match, upload.embeddings.dim
    content, ids = RowsHash(len(rows), dim), upload.ids
    _write_vectors(upload.embeddings.x, rows, folder / "embeddings.npy", content, tell)
    np.save(folder / "ids.npy", ids)
    content.add_texts(ids)
    if match is not None:
        names = np.array(match.names, dtype=str)
        np.save(folder / "names.npy", names)
        content.add_texts(names)
    if labels is not None:
        np.save(folder / "labels.npy", labels.codes)
        content.add(labels.codes)
        content.add_words(labels.class_names)
    _write_meta(upload, order, folder)
    left_out = [text.split(". ")[0] + "; they were left out." for text in upload.partial]
    return RowsDone(
        n=len(rows),
        dim=dim,
        has_images=match is not None,
        has_labels=labels is not None,
        notes=[*upload.notes, *left_out],
        rows_hash=content.hexdigest(),
    )


def _write_meta(upload: Upload, order: ImportOrder, folder: Path) -> None:
    labels = upload.labels
    meta: dict[str, Any] = {
        "format": FORMAT,
        "class_names": None if labels is None else labels.class_names,
        "label_note": None if labels is None else labels.note,
        "images": None if order.images is None else str(order.images.resolve()),
        "embedder": order.model,
    }
    write_json(meta, folder / "meta.json")


def _write_vectors(
    x: np.ndarray, rows: np.ndarray, path: Path, content: RowsHash, tell: Callable[[int, int], None]
) -> None:
    """Unit rows, float32, block by block; written and not mapped, so that memory stays as it is."""
    shape = (len(rows), x.shape[1])
    with path.open("wb") as file:
        header = {"descr": "<f4", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        for start, stop in blocks(*shape):
            tell(start, len(rows))
            block = unit_vectors(np.asarray(x[rows[start:stop]]))
            forget(x)
            file.write(block.data)
            content.add(block)
