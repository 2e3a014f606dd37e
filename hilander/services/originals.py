"""The images that a data set was made of, where they are still on this machine.

Only thumbnails are kept in the workspace, and where the images were. An upload waits in the staging folder for a
day, a folder of the server stays where it was; the demo sets ship theirs. Knows nothing about clusters.
"""

from __future__ import annotations

import itertools
from contextlib import ExitStack, closing
from pathlib import Path

from hilander.demo.sets import demo_sets
from hilander.errors import InputError
from hilander.io.images import ImageSource, open_images
from hilander.io.several import SeveralImages
from hilander.services.datasets import Dataset
from hilander.services.server_paths import listable
from hilander.services.store import Store


def originals_paths(dataset: Dataset, store: Store) -> tuple[Path, ...]:
    """Where they are, empty where they are gone or there never were any; cheap, looks inside nothing."""
    if dataset.names is None:
        return ()
    if len(dataset.sources) > 1:
        return dataset.sources if all(path.exists() for path in dataset.sources) else ()
    of_demo = (demo.images for demo in demo_sets() if f"demo-{demo.name}" == dataset.row.id)
    imports = store.jobs(dataset.row.id, kinds=["import"])
    of_imports = (Path(job.settings["images"]) for job in imports if job.settings.get("images"))
    found = (path for path in (*of_demo, *dataset.sources, *of_imports) if path.exists())
    return tuple(itertools.islice(found, 1))


def open_originals(dataset: Dataset, store: Store) -> ImageSource:
    """Open them.

    Raises
    ------
    InputError   they are gone, or no longer the ones that were imported
    """
    paths = originals_paths(dataset, store)
    if not paths or dataset.names is None:
        raise InputError("The original images are no longer on the server. Take the thumbnails instead.")
    source = _opened(paths)
    if not set(dataset.names.tolist()) <= set(source.names()):
        source.close()
        raise InputError(
            f"{' and '.join(path.name for path in paths)} no longer {'hold' if len(paths) > 1 else 'holds'} every "
            f"image of {dataset.row.name!r}. Take the thumbnails instead."
        )
    return source


def _opened(paths: tuple[Path, ...]) -> ImageSource:
    with ExitStack() as opened:  # those before one that cannot be opened
        sources = [opened.enter_context(closing(open_images(path, inside=listable(path)))) for path in paths]
        opened.pop_all()
    return sources[0] if len(sources) == 1 else SeveralImages(sources)
