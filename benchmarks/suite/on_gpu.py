"""What was measured of one set on a GPU, as a row of a table and as a verdict. Knows nothing about how."""

from __future__ import annotations

from dataclasses import dataclass

from suite.asked import at_most
from suite.report import Verdict

HEAD = (
    *("images", "dim", "seconds", "asked", "k-NN of all levels s", "the rest s", "search alone s", "TFLOP/s"),
    *("of the card's", "largest error", "peak GB", "levels", "clusters", "Fb"),
)


@dataclass(frozen=True)
class Row:
    """One set, measured: seconds, TFLOP/s of the search by itself, GB at most on the device; or what failed."""

    images: int
    dim: int
    asked: float | None
    seconds: float = 0.0
    knn: float = 0.0
    search: float = 0.0
    rate: float = 0.0
    share: float = 0.0
    error: float = 0.0
    peak: float = 0.0
    levels: int = 0
    clusters: int = 0
    fb: float = 0.0
    failed: str = ""

    def cells(self) -> list[str]:
        asked = "completes" if self.asked is None else f"{self.asked:g}"
        if self.failed:
            return [f"{self.images:,}", str(self.dim), self.failed, asked, *[""] * (len(HEAD) - 4)]
        seconds = (self.knn, self.seconds - self.knn, self.search)
        return [
            *(f"{self.images:,}", str(self.dim), f"{self.seconds:.2f}", asked),
            *(f"{value:.2f}" for value in seconds),
            *(f"{self.rate:.2f}", f"{self.share:.0%}", f"{self.error:.1e}", f"{self.peak:.2f}"),
            *(str(self.levels), f"{self.clusters:,}", f"{self.fb:.3f}"),
        ]

    def verdict(self) -> Verdict:
        what = f"seconds, {self.images:,} x {self.dim}"
        if self.failed:
            return Verdict(what, "completes", self.failed, ok=False)
        if self.asked is None:
            return Verdict(what, "completes", f"{self.seconds:.2f}", ok=True)
        return at_most(what, self.seconds, self.asked)
