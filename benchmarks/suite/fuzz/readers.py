"""What is attacked: each reader with its valid files, and everything done with what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import numpy as np
from hypothesis import strategies as st

from hilander.embed.apart import embed_apart
from hilander.embed.onnx_file import inspect, read_onnx
from hilander.embed.order import EmbedOrder
from hilander.embed.settings import preprocess, read_settings
from hilander.errors import InputError
from hilander.hierarchy.recipe import Recipe
from hilander.hierarchy.run import Run
from hilander.io.cut_file import read_cut
from hilander.io.duplicates import count_duplicates
from hilander.io.embeddings import read_embeddings
from hilander.io.images import check_image, open_images, thumbnail
from hilander.io.judgements import read_judged
from hilander.io.labels import align_labels, read_labels
from hilander.io.match import match_images
from hilander.io.vectors import unit_vectors
from hilander.model.checkpoint import load_checkpoint
from hilander.services.checkpoint_intake import _check
from hilander.ui import explored, url, wanted
from suite.fuzz import seeds, wire_edits
from suite.fuzz.mutations import WORDS, cases, texts

PARAMETERS = ("level", "links", "mixed", "cluster", "page", "sort", *wanted.PARAMETERS)


@dataclass(frozen=True)
class Reader:
    """`read` gets the path of the file or folder that a case made; what it returns does not count."""

    name: str
    read: Callable[[Path], object]
    seeds: Callable[[], Sequence[Mapping[str, bytes]]]

    def cases(self) -> st.SearchStrategy[object]:
        return cases(_seeds(self.seeds))

    def try_case(self, case: Mapping[str, bytes], folder: Path) -> None:
        """Write the case into an empty folder and read it. Only InputError may come out."""
        for name, data in case.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        self.read(folder / next(iter(case)).split("/", maxsplit=1)[0])


class UrlReader(Reader):
    """Query strings: no file, a few parameters."""

    def cases(self) -> st.SearchStrategy[object]:
        return st.dictionaries(st.sampled_from(PARAMETERS), texts() | st.sampled_from(WORDS), max_size=5)

    def try_case(self, case: Mapping[str, str], folder: Path) -> None:  # type: ignore[override]
        with patch.object(url, "st", SimpleNamespace(query_params=case, session_state={})):
            read_url()


class NetworkReader(Reader):
    """ONNX files: also such as say the same in other ways, or more."""

    def cases(self) -> st.SearchStrategy[object]:
        return st.one_of(super().cases(), wire_edits.cases(_seeds(self.seeds)))


@lru_cache
def _seeds(make: Callable[[], Sequence[Mapping[str, bytes]]]) -> tuple[Mapping[str, bytes], ...]:
    return tuple(make())


def embeddings(path: Path) -> None:
    found = read_embeddings(path)
    found.id_list()
    count_duplicates(found.x)
    unit_vectors(found.x, name=path.name)


def images(path: Path) -> None:
    with closing(open_images(path)) as source:
        names = source.names()
        for name in source.in_order(names)[:6]:
            name.encode()
            _if_readable(lambda name=name: thumbnail(source.open_bytes(name), 56, name=name))


def _if_readable(read: Callable[[], object]) -> None:
    """One image that cannot be read is a placeholder; the others go on."""
    try:
        read()
    except InputError:
        return


def image(path: Path) -> None:
    data = path.read_bytes()
    thumbnail(data, 56, name="x")
    check_image(data, "x")


def labels(path: Path) -> None:
    found = read_labels(path)
    align_labels(found, np.array(seeds.IDS), len(seeds.IDS))


def run(path: Path) -> None:
    found = Run.load(path)
    hierarchy = found.hierarchy
    for level in range(hierarchy.n_levels + 1):
        hierarchy.labels_at(level)
        hierarchy.merges(level)
        hierarchy.children(0, level)
    hierarchy.recut(0.5)
    hierarchy.lineage(hierarchy.n - 1)
    found.id_list().tolist()
    dict(found.meta)
    if found.graph is not None:
        near, _ = found.graph.near(0)
        found.id_list()[near]


def recipe(path: Path) -> None:
    hierarchy = seeds.SMALL_RUN.hierarchy
    Recipe.read(path).cut_of(hierarchy).peak_of(hierarchy)


def checkpoint(path: Path) -> None:
    _check(load_checkpoint(path), path)


def network(path: Path) -> None:
    """What an ONNX file and its JSON say, read before anything is run."""
    onnx, said = path / "x.onnx", path / "x.json"
    preprocess(inspect(read_onnx(onnx), onnx.name), read_settings(said), onnx.name)


def embedding(path: Path) -> None:
    """The same network run on a picture, in a process of its own: that it crashes is an InputError here.

    onnxruntime must never come to look for a file of the network's: that is what is checked before.
    """
    (path / "images").mkdir()
    (path / "images" / "a.png").write_bytes(seeds.picture())
    try:
        embed_apart(path / "out", EmbedOrder(path / "images", str(path / "x.onnx"), device="cpu"))
    except InputError as refused:
        if "external data" in str(refused).lower():
            raise AssertionError("onnxruntime was let at another file") from refused
        raise


def read_url() -> None:
    hierarchy = seeds.SMALL_RUN.hierarchy
    wanted.asked(hierarchy)
    for name in ("page", "cluster"):
        _if_readable(lambda name=name: url.whole(name, what="a number"))
    level, _ = explored._level(hierarchy)
    explored._cut(level).checked(hierarchy).peak_of(hierarchy)


def matched(path: Path) -> None:
    """Embeddings and images of one Parquet file."""
    with closing(open_images(path)) as source:
        match_images(read_embeddings(path), source.names())


READERS = (
    Reader("npy", embeddings, seeds.npy),
    Reader("npz", embeddings, seeds.npz),
    Reader("parquet", embeddings, seeds.parquets),
    Reader("csv", embeddings, seeds.csvs),
    Reader("safetensors", embeddings, seeds.safetensors),
    Reader("pt", embeddings, seeds.pts),
    Reader("pkl", embeddings, seeds.pickles),
    Reader("labels", labels, seeds.labels),
    Reader("labels parquet", labels, seeds.label_parquets),
    Reader("pairs", lambda path: read_judged(path, np.array(seeds.IDS)), seeds.pairs),
    Reader("cut", read_cut, seeds.cut_files),
    Reader("recipe", recipe, seeds.recipes),
    Reader("run", run, seeds.runs),
    Reader("checkpoint", checkpoint, seeds.checkpoints),
    Reader("state dict", checkpoint, seeds.state_dicts),
    Reader("zip", images, seeds.zips),
    Reader("tar", images, seeds.tars),
    Reader("image parquet", images, seeds.image_parquets),
    Reader("embeddings and images", matched, seeds.parquets),
    Reader("list", images, seeds.lists),
    Reader("image", image, seeds.pictures),
    NetworkReader("network", network, seeds.networks),
    NetworkReader("embedding", embedding, seeds.networks),
    UrlReader("url", embeddings, list),
)
