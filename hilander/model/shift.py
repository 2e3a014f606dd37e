"""How far a data set is from what a checkpoint was trained on.

    profile of the data + profiles of the training sets  ->  Shift

The nearest training set counts: a checkpoint of many sets is at home in each of them. What is far was measured
(benchmarks/shift.py, benchmarks/LOG.md). Knows nothing about files or how it is told to people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Self, get_args

from hilander.model.profile import Profile, distance, pooled

UNLIKE, FAR = 0.075, 0.12  # Wasserstein-1, in cosine and density; above the first, the second
LEAST = 100  # images; of fewer, chance alone moves a distribution as far as UNLIKE

Verdict = Literal["home", "unlike", "far", "untold", "few"]
Shape = Literal["similarity", "best", "density"]


@dataclass(frozen=True)
class Shift:
    """A data set beside the training sets of a checkpoint.

    Attributes
    ----------
    verdict : "home", "unlike" (somewhat), "far"; or why there is none: "untold" (the checkpoint does not say what
        it was trained on), "few" (too few images to tell)
    distance : to the nearest training set, the largest among the compared distributions, >= 0
    distance_pooled : to the even mixture of all training sets
    shape : the distribution that is farthest from that of the nearest set
    data, nearest : the two profiles; sets : how many there were to choose from
    """

    verdict: Verdict
    distance: float = 0.0
    distance_pooled: float = 0.0
    shape: Shape = "similarity"
    data: Profile | None = None
    nearest: Profile | None = None
    sets: int = 0

    def to_dict(self) -> dict[str, Any]:
        if self.data is None or self.nearest is None:
            return {"verdict": self.verdict}
        return {
            "verdict": self.verdict,
            "distance": round(self.distance, 4),
            "distance_pooled": round(self.distance_pooled, 4),
            "shape": self.shape,
            "data": self.data.to_dict(),
            "nearest": self.nearest.to_dict(),
            "sets": self.sets,
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Read what `to_dict` wrote; ValueError for anything else."""
        try:
            if values["verdict"] not in get_args(Verdict) or values.get("shape", "best") not in get_args(
                Shape
            ):
                raise ValueError("expected a verdict and a shape")
            if "data" not in values:
                return cls(values["verdict"])
            profiles = {name: Profile.from_dict(values[name]) for name in ("data", "nearest")}
            return cls(**values | profiles)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"this is no shift: {error}") from error


def compare(data: Profile | None, home: tuple[Profile, ...]) -> Shift:
    """Find the nearest training set, and say how far it is.

    Parameters
    ----------
    data : of the first level of the data; None where it has no edges
    home : `Checkpoint.home`; empty where the checkpoint does not say
    """
    if not home:
        return Shift("untold")
    if data is None or data.n < LEAST:
        return Shift("few")
    nearest = min(home, key=lambda one: _farthest(data, one)[0])
    far, shape = _farthest(data, nearest)
    shapes = common_shapes(data, nearest)
    together = max(distance(getattr(data, it), pooled(home, it)) for it in shapes)
    verdict: Verdict = "far" if far >= FAR else "unlike" if far >= UNLIKE else "home"
    return Shift(verdict, far, together, shape, data, nearest, len(home))


def common_shapes(one: Profile, other: Profile) -> tuple[Shape, ...]:
    """What can be compared: of graphs of another k, the best neighbours alone."""
    return ("similarity", "density") if one.neighbors == other.neighbors else ("best",)


def _farthest(one: Profile, other: Profile) -> tuple[float, Shape]:
    return max((distance(getattr(one, it), getattr(other, it)), it) for it in common_shapes(one, other))
