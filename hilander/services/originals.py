"""The images that a data set was made of, where they are still on this machine.

Only thumbnails are kept in the workspace, and where the images were. An upload waits in the staging folder for a
day, a folder of the server stays where it was; the demo sets ship theirs. Knows nothing about clusters.
"""

from __future__ import annotations

from pathlib import Path

from hilander.demo.sets import demo_sets
from hilander.errors import InputError
from hilander.io.images import ImageSource, open_images
from hilander.services.datasets import Dataset
from hilander.services.server_paths import listable
from hilander.services.store import Store


def originals_path(dataset: Dataset, store: Store) -> Path | None:
    """Where they are, None where they are gone or there never were any; cheap, looks inside nothing."""
    if dataset.names is None:
        return None
    of_demo = (demo.images for demo in demo_sets() if f"demo-{demo.name}" == dataset.row.id)
    imports = store.jobs(dataset.row.id, kinds=["import"])
    of_imports = (Path(job.settings["images"]) for job in imports if job.settings.get("images"))
    own = [dataset.source] if dataset.source else []
    return next((path for path in (*of_demo, *own, *of_imports) if path.exists()), None)


def open_originals(dataset: Dataset, store: Store) -> ImageSource:
    """Open them.

    Raises
    ------
    InputError   they are gone, or no longer the ones that were imported
    """
    path = originals_path(dataset, store)
    if path is None or dataset.names is None:
        raise InputError("The original images are no longer on the server. Take the thumbnails instead.")
    source = open_images(path, inside=listable(path))
    if not set(dataset.names.tolist()) <= set(source.names()):
        source.close()
        raise InputError(
            f"{path.name} no longer holds every image of {dataset.row.name!r}. Take the thumbnails instead."
        )
    return source
