"""How a run was made, read from its meta, of whatever version it is; `record` writes it.

    run.json  ->  Making

Needs no torch, so that pages are quick. Knows nothing about how it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hilander.errors import InputError

if TYPE_CHECKING:
    from hilander.model.checkpoint import Checkpoint

WEIGHTS = "weights_sha256"
ADDED = "added"  # in the summary of a run of the app
SHOWN = 12  # digits of a hash that tell one from another


@dataclass(frozen=True)
class Making:
    """What a run says of its making; None or empty where it does not: older versions said less.

    Attributes
    ----------
    checkpoint : what it was called then; weights : SHA-256 of its weights
    k, tau : as used
    search : "exact" or "approx", of the images; recall : share of true neighbours found, in [0, 1], estimated where
        the search was approximate
    device : where the network ran, as torch calls it
    seconds : of the whole clustering; stages : of its parts "knn", "links" and "merge", all levels together
    versions : of packages
    """

    checkpoint: str | None = None
    weights: str | None = None
    k: int | None = None
    tau: float | None = None
    search: str | None = None
    recall: float | None = None
    device: str | None = None
    seconds: float | None = None
    stages: Mapping[str, float] | None = None
    versions: Mapping[str, str] | None = None

    @classmethod
    def of(cls, meta: Mapping[str, Any]) -> Making:
        """Read a run's meta; what is not of the kind that it should be is as if it were not there."""
        recall = _share(meta.get("recall"))
        search = _text(meta.get("search"))
        return cls(
            checkpoint=_text(meta.get("checkpoint")),
            weights=_text(meta.get(WEIGHTS)),
            k=_whole(meta.get("k")),
            tau=_number(meta.get("tau")),
            search=search or ("approx" if recall is not None and recall < 1 else None),
            recall=recall,
            device=_text(meta.get("device")),
            seconds=_number(meta.get("seconds")),
            stages=_named(meta.get("stages"), _number),
            versions=_named(meta.get("versions"), _text),
        )


def check_weights(meta: Mapping[str, Any], checkpoint: Checkpoint) -> None:
    """That a checkpoint has the weights that made a run; a run that does not say which is taken as it is.

    Raises
    ------
    InputError   others, or the run is damaged
    """
    made = meta.get(WEIGHTS)
    if made is None:
        return
    if not isinstance(made, str):
        raise InputError(f"the run is damaged: {WEIGHTS} should be a hash; got {made!r}. Cluster again.")
    if made != checkpoint.weights_sha256:
        raise InputError(
            f"expected the checkpoint that made the run ({meta.get('checkpoint')}, weights {made[:SHOWN]}); got "
            f"{checkpoint.name} with others (weights {checkpoint.weights_sha256[:SHOWN]}), whose probabilities cannot "
            "stand beside those of the run. Give the one that made it (hilander add --checkpoint), or cluster all "
            "images together."
        )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _number(value: object) -> float | None:
    return (
        float(value)
        if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
        else None
    )


def _share(value: object) -> float | None:
    number = _number(value)
    return number if number is not None and number <= 1 else None


def _named(value: object, read: Any) -> dict[str, Any] | None:
    """Named values of one kind; None where there is none."""
    if not isinstance(value, Mapping):
        return None
    found = {name: read(one) for name, one in value.items() if isinstance(name, str)}
    return {name: one for name, one in found.items() if one is not None} or None
