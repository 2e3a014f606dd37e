"""What somebody asked to import, and the name under which the unfinished work of it is found again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hilander.config import Device
from hilander.embed.order import EmbedOrder, model_path, settings_path
from hilander.errors import InputError
from hilander.io.match import MatchBy
from hilander.services.people import LOCAL
from hilander.services.server_paths import listable

FILES = ("embeddings", "images", "labels", "preprocess")


@dataclass(frozen=True)
class ImportOrder:
    """Files to make a data set of, and the person's choices.

    embeddings : None where they are to be made of the images, by `model`
    keep_matching : leave out rows without an image and images without a row, rather than refuse
    match : rows and images go together by id, or by order; None: by id where the embeddings name any
    again : import although the same content is there already
    model, preprocess, batch, device : of the embedder, as in embed.order; None where embeddings are given
    owner : whose the data set will be; kept with the job, not in what `to_dict` gives
    """

    embeddings: Path | None
    images: Path | None = None
    labels: Path | None = None
    name: str = ""
    keep_matching: bool = False
    match: MatchBy | None = None
    again: bool = False
    model: str | None = None
    preprocess: Path | None = None
    batch: int | None = None
    device: Device | None = None
    owner: str = LOCAL.id

    def __post_init__(self) -> None:
        if (self.embeddings is None) == (self.model is None) or (
            self.model is not None and self.images is None
        ):
            raise InputError(
                "An import needs embeddings, or images and an embedder to make them with. Give one of the two."
            )

    def embedding(self) -> EmbedOrder | None:
        """What is to be embedded first; None where embeddings are given."""
        if self.model is None or self.images is None:
            return None
        return EmbedOrder(
            self.images,
            self.model,
            self.preprocess,
            self.batch,
            self.device or "auto",
            inside=listable(self.images),
        )

    def to_dict(self) -> dict[str, Any]:
        values = {key: value for key, value in vars(self).items() if key != "owner"}
        return {key: str(value) if isinstance(value, Path) else value for key, value in values.items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], owner: str = LOCAL.id) -> ImportOrder:
        """Of what `to_dict` gave, for whom; what is missing, in a job of an older version say, is as usual."""
        known: dict[str, Any] = {key: values[key] for key in values if key in cls.__dataclass_fields__}
        known |= {part: Path(values[part]) if values.get(part) else None for part in FILES}
        return cls(**known | {"owner": owner})

    def key(self, dataset_id: str | None = None) -> str:
        """16 hexadecimal digits: the same for the same files, unchanged, matched the same way, for the same person.

        Neither the name nor `again` counts: whoever asks again may say otherwise and still goes on with the work.
        """
        files = [_stamp(path) for path in (self.embeddings, self.images, self.labels)]
        asked: list[Any] = [files, self.keep_matching, self.match, dataset_id]
        if self.owner != LOCAL.id:
            asked.append(self.owner)
        if (embedding := self.embedding()) is not None:
            of_model = [_stamp(model_path(embedding.model)), _stamp(settings_path(embedding))]
            asked += [embedding.model, embedding.batch, embedding.device, *of_model]
        text = json.dumps(asked)
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _stamp(path: Path | None) -> list[Any] | None:
    if path is None:
        return None
    try:
        found = path.stat()
    except OSError:  # reading it says what is wrong
        return [str(path)]
    return [str(path.resolve()), found.st_size, found.st_mtime_ns]
