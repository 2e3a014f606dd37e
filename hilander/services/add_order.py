"""What somebody asked to add to a run. Knows nothing about how it is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class AddOrder:
    """run : that images are added to; new : the data set of those images; dataset : what the data set of all will have
    as its id; name : what it will be called; device : as in `ClusterConfig`, for the queue."""

    run: str
    new: str
    dataset: str
    name: str
    device: str = "auto"

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> AddOrder:
        return cls(**{name: values[name] for name in cls.__dataclass_fields__ if name in values})
