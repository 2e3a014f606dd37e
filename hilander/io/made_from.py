"""The embeddings files that a run was made from: where each lay, how many rows it has, and a hash of its bytes.

    files  <->  [{"path": ..., "rows": ..., "blake2b": ...}]  in a run's meta  ->  embeddings, if they are the same

Knows nothing about what a run is. The paths are for the command line alone: no page may show them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from hilander.errors import InputError
from hilander.io.embeddings import check_file, read_embeddings

SOURCES = "sources"
AT_ONCE = 1 << 22
HOW = "Give the files where they lie now: --embeddings FILE [FILE ...]."


@dataclass(frozen=True)
class Source:
    """path, absolute; rows of the file; blake2b, 128 bits of its bytes' hash in hexadecimal digits."""

    path: str
    rows: int
    blake2b: str

    @classmethod
    def of(cls, path: Path, rows: int) -> Source:
        return cls(str(path.resolve()), rows, _hashed(path))

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def sources_in(meta: dict[str, Any]) -> list[Source]:
    """What `to_dict` gave, from a run's meta; empty in one that does not say.

    Raises
    ------
    InputError   damaged
    """
    try:
        found = [Source(**one) for one in meta.get(SOURCES, [])]
        if not all(list(map(type, astuple(one))) == [str, int, str] for one in found):
            raise TypeError("values of other types")
    except TypeError as error:
        raise InputError(
            f"the run is damaged: {SOURCES} should name its files ({error}). Cluster again."
        ) from error
    return found


def read_sources(sources: Sequence[Source], given: Sequence[Path] | None) -> tuple[np.ndarray, list[Source]]:
    """The embeddings of a run, (n, d), from where its files lay or where they are `given` to lie, in their order; and
    the files as they lie now.

    A run that does not say what it was made from (`sources` empty) takes any that are given: whoever uses them checks.

    Raises
    ------
    InputError   a file is gone, has changed or is another, not as many given as there were, other dimensions
    """
    paths = [Path(one.path) for one in sources] if given is None else list(given)
    if not paths:
        raise InputError(f"the run does not say which files it was made from. {HOW}")
    if sources and len(paths) != len(sources):
        raise InputError(
            f"expected {len(sources)} file(s), those that the run was made from, in their order; got {len(paths)}. "
            f"They were {', '.join(Path(one.path).name for one in sources)}."
        )
    for path, source in zip(paths, sources, strict=False):
        _check_same(path, source, moved=given is not None)
    parts = [read_embeddings(path).x for path in paths]
    dims = sorted({part.shape[1] for part in parts})
    if len(dims) > 1:
        raise InputError(f"expected files of one dimension; got {', '.join(map(str, dims))}. {HOW}")
    x = parts[0] if len(parts) == 1 else np.concatenate(parts)
    if not sources:
        return x, [Source.of(path, len(part)) for path, part in zip(paths, parts, strict=True)]
    now = [replace(one, path=str(path.resolve())) for one, path in zip(sources, paths, strict=True)]
    return x, now


def _check_same(path: Path, source: Source, *, moved: bool) -> None:
    if not path.exists():
        raise InputError(
            f"{path} is not there; the run was made from it. {'Check the path.' if moved else HOW}"
        )
    check_file(path, "an embeddings file")
    got = _hashed(path)
    if got != source.blake2b:
        raise InputError(
            f"{path}: expected the file that the run was made from ({source.rows:,} rows, hash {source.blake2b[:12]}); "
            f"got another (hash {got[:12]}). {HOW} If it has changed, cluster all images together."
        )


def _hashed(path: Path) -> str:
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        while block := file.read(AT_ONCE):
            digest.update(block)
    return digest.hexdigest()
