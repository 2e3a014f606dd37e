"""The files of a data set that holds two others, one after the other: the old rows first, each as it was.

    old, new  ->  datasets/ID, complete

Everything is there already, thumbnails too: no image is opened. What is copied is checked first, so that a byte that
changed is told and not taken along. Knows nothing about runs.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np

from hilander.embed.order import embedder_title
from hilander.errors import InputError
from hilander.io.atomic import atomic_path, read_json, write_json
from hilander.io.checksums import Blocks, read_checksums, write_checksums
from hilander.io.labels import AlignedLabels
from hilander.io.vectors import blocks, forget
from hilander.services.datasets import Dataset
from hilander.services.import_rows import FORMAT
from hilander.services.store import DatasetRow
from hilander.services.thumbs import ADVICE, PIXELS
from hilander.services.workspace import Workspace

COPY = 1 << 22  # bytes at a time
NAMED = 3
WITHOUT_IDS = (
    "Expected an id for every new image, as the run's images have; got row numbers. Import a file with ids."
)
Tell = Callable[[int, int], None]


def misfit(old: DatasetRow, new: DatasetRow) -> str:
    """Why the images of `new` cannot stand beside those of `old`, as far as their rows say it; else empty."""
    if old.id == new.id:
        return "It is the data set of this run."
    if old.dim != new.dim:
        return (
            f"Expected embeddings of {old.dim} dimensions, as the run's; got {new.dim}. "
            "Compute them with the same model."
        )
    if old.has_images != new.has_images:
        expected, got = ("images", "embeddings alone") if old.has_images else ("embeddings alone", "images")
        return f"Expected {expected}, as in the data set of the run; got {got}. Import it again that way."
    return ""


def clash(old: Dataset, new: Dataset) -> str:
    """Why the names of the new images cannot stand beside those of the old ones; else empty."""
    if _are_numbers(new):
        return "" if _are_numbers(old) else WITHOUT_IDS
    if there := _shared(new.ids, old.ids):
        return f"Expected ids that the run does not have yet; got {there}. Leave these images out, or rename them."
    if old.names is not None and new.names is not None and (there := _shared(new.names, old.names)):
        return f"Expected image names that the run does not have yet; got {there}. Leave these out, or rename them."
    return ""


def joined_ids(old: Dataset, new: Dataset) -> np.ndarray:
    """Str (new,): what the new images are called beside the old ones; where both are numbered, they count on.

    Raises
    ------
    InputError   they `clash`
    """
    if fault := clash(old, new):
        raise InputError(fault)
    return np.arange(old.n, old.n + new.n).astype(str) if _are_numbers(new) else np.array(new.ids)


def _shared(new: np.ndarray, old: np.ndarray) -> str:
    """How many of the new names are among the old ones, and the first of them; empty where none is."""
    there = np.isin(new, old)
    if not there.any():
        return ""
    total, more = int(there.sum()), int(there.sum()) - NAMED
    some = ", ".join(map(str, new[there][:NAMED].tolist())) + (f" and {more:,} more" if more > 0 else "")
    return f"{total:,} that it has: {some}"


def check_embedders(workspace: Workspace, old: Dataset, new: Dataset) -> str | None:
    """The embedder that made the embeddings of both; None where it is not known of both.

    Raises
    ------
    InputError   two different ones did
    """
    made = [read_json(workspace.dataset_dir(it.row.id) / "meta.json").get("embedder") for it in (old, new)]
    if all(made) and made[0] != made[1]:
        titles = [embedder_title(it) for it in made]
        raise InputError(
            f"Expected embeddings by {titles[0]}, as the run's; got some by {titles[1]}. "
            "Import the images again with the same embedder."
        )
    return made[0] if all(made) else None


def write_joined(
    workspace: Workspace,
    dataset_id: str,
    parts: tuple[Dataset, Dataset],
    ids: np.ndarray,
    *,
    images: list[str] | None,
    tell: Tell,
) -> AlignedLabels | None:
    """Write the folder of `dataset_id`; the labels in it.

    Parameters
    ----------
    ids : of all; images : where the originals of both lie, if they do
    tell : hears of rows done, and of how many; may raise Cancelled, and nothing is left
    """
    old, new = parts
    labels = _labels(old, new)
    with atomic_path(workspace.dataset_dir(dataset_id)) as temporary:
        temporary.mkdir()
        _write_vectors(temporary / "embeddings.npy", old, new, tell)
        np.save(temporary / "ids.npy", ids)
        if old.names is not None and new.names is not None:
            np.save(temporary / "names.npy", np.concatenate([old.names, new.names]))
        if labels is not None:
            np.save(temporary / "labels.npy", labels.codes)
        for size in PIXELS:
            _write_thumbs(temporary, f"thumbs-{size}", [workspace.dataset_dir(it.row.id) for it in parts])
        meta = {
            "format": FORMAT,
            "class_names": None if labels is None else labels.class_names,
            "label_note": None if labels is None else labels.note,
            "images": images,
            "embedder": check_embedders(workspace, old, new),
            "joined": [old.row.id, new.row.id],
        }
        write_json(meta, temporary / "meta.json")
        write_checksums(temporary)
    return labels


def _are_numbers(dataset: Dataset) -> bool:
    return dataset.names is None and np.array_equal(dataset.ids, np.arange(dataset.n).astype(str))


def _labels(old: Dataset, new: Dataset) -> AlignedLabels | None:
    """The labels of both: a new class is an old one where it is called the same. Unknown where one has none."""
    known = [part.labels for part in (old, new) if part.labels is not None]
    if not known:
        return None
    names = [] if old.labels is None else list(old.labels.class_names)
    place = {name: code for code, name in reversed(list(enumerate(names)))}
    codes = [np.full(old.n, -1, np.int64) if old.labels is None else old.labels.codes]
    if new.labels is None:
        codes.append(np.full(new.n, -1, np.int64))
    else:
        own = []
        for name in new.labels.class_names:
            own.append(place.get(name, len(names)))
            names += [] if name in place else [name]
        codes.append(np.array([*own, -1], np.int64)[new.labels.codes])  # -1, the unknown, is the last of them
    notes = (labels.note for labels in known if labels.note)
    return AlignedLabels(np.concatenate(codes), names, " ".join(notes) or None)


def _write_vectors(path: Path, old: Dataset, new: Dataset, tell: Tell) -> None:
    total, done = old.n + new.n, 0
    with path.open("wb") as file:
        header = {"descr": "<f4", "fortran_order": False, "shape": (total, old.row.dim)}
        np.lib.format.write_array_header_1_0(file, header)
        for part in (old, new):
            for start, stop in blocks(part.n, part.row.dim):
                tell(done, total)
                file.write(np.ascontiguousarray(part.x[start:stop], dtype="<f4").data)
                forget(part.x)
                done += stop - start


def _write_thumbs(folder: Path, name: str, parts: list[Path]) -> None:
    """One packed file and its offsets, of those in the folders `parts`."""
    offsets = [np.zeros(1, np.int64)]
    with (folder / f"{name}.bin").open("wb") as file:
        for part in parts:
            own = np.load(part / f"{name}.npy", allow_pickle=False)
            offsets.append(own[1:] + file.tell())
            _copy(part / f"{name}.bin", file)
    np.save(folder / f"{name}.npy", np.concatenate(offsets))


def _copy(path: Path, into: BinaryIO) -> None:
    sums = (read_checksums(path.parent) or {}).get(path.name)
    check, place = Blocks(path, sums, ADVICE), 0
    with path.open("rb", buffering=0) as file:
        while block := file.read(COPY):
            check.check(file.fileno(), place, place + len(block))
            into.write(block)
            place += len(block)
