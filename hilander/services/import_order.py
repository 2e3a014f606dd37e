"""What somebody asked to import, and the name under which the unfinished work of it is found again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hilander.io.match import MatchBy
from hilander.services.people import LOCAL


@dataclass(frozen=True)
class ImportOrder:
    """Files to make a data set of, and the person's choices.

    keep_matching : leave out rows without an image and images without a row, rather than refuse
    match : rows and images go together by id, or by order; None: by id where the embeddings name any
    again : import although the same content is there already
    owner : whose the data set will be; kept with the job, not in what `to_dict` gives
    """

    embeddings: Path
    images: Path | None = None
    labels: Path | None = None
    name: str = ""
    keep_matching: bool = False
    match: MatchBy | None = None
    again: bool = False
    owner: str = LOCAL.id

    def to_dict(self) -> dict[str, Any]:
        values = {key: value for key, value in vars(self).items() if key != "owner"}
        return {key: str(value) if isinstance(value, Path) else value for key, value in values.items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], owner: str = LOCAL.id) -> ImportOrder:
        """Of what `to_dict` gave, for whom; what is missing, in a job of an older version say, is as usual."""
        files = {part: values.get(part) for part in ("embeddings", "images", "labels")}
        paths = {part: Path(path) if path else None for part, path in files.items()}
        rest = {key: values[key] for key in ("name", "keep_matching", "match", "again") if key in values}
        assert paths["embeddings"] is not None
        return cls(paths["embeddings"], paths["images"], paths["labels"], owner=owner, **rest)

    def key(self, dataset_id: str | None = None) -> str:
        """16 hexadecimal digits: the same for the same files, unchanged, matched the same way, for the same person.

        Neither the name nor `again` counts: whoever asks again may say otherwise and still goes on with the work.
        """
        files = [_stamp(path) for path in (self.embeddings, self.images, self.labels)]
        asked = [files, self.keep_matching, self.match, dataset_id]
        text = json.dumps(asked if self.owner == LOCAL.id else [*asked, self.owner])
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _stamp(path: Path | None) -> list[Any] | None:
    if path is None:
        return None
    try:
        found = path.stat()
    except OSError:  # reading it says what is wrong
        return [str(path)]
    return [str(path.resolve()), found.st_size, found.st_mtime_ns]
