"""Progress on stderr: a line that is redrawn on a terminal, one line a step anywhere else.

Progress records       ->  "level 2: 1,234 nodes, 11,106 edges, 1,100 new links, 3.4 s"
ImportProgress records ->  "making thumbnails: 12,000 of 200,000, 24.1 s"
TrainProgress records  ->  "epoch 30 of 150: loss 0.4321 (links 0.4012, density 0.0309), 12.3 s"
"""

from __future__ import annotations

import shutil
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:  # records are only read here: an import need not load torch, nor a clustering the store
    from hilander.hierarchy.build import Progress
    from hilander.metrics import Scores
    from hilander.services.imports import ImportProgress
    from hilander.train.records import TrainProgress, Trial

FEATURES = {False: "peak", True: "peak and mean"}
STAGES = {"knn": "finding neighbours", "links": "judging links"}
IMPORT_STAGES = {
    "waiting": "waiting for another import of the same files",
    "reading": "reading the files",
    "embedding": "embedding the images",
    "embeddings": "reading the embeddings",
    "comparing": "comparing with a data set that is there",
    "thumbnails": "making thumbnails",
}
BAR = 12
ERASE = "\r\x1b[K"
SHARE_OF_EPOCHS = 10  # off a terminal, every tenth part of a training is told, and of an import's images


class Line:
    """One line that may be redrawn; leaving it, by an error too, leaves the terminal on a clean line."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.live = stream.isatty()
        self.drawn = False
        self.told: tuple[str, int] | None = None

    def __enter__(self) -> Line:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.erase()

    def draw(self, text: str) -> None:
        """Show what the next call replaces; nothing where there is no terminal."""
        if self.live:
            width = shutil.get_terminal_size().columns - 1  # a line that wraps could not be redrawn
            self.stream.write(ERASE + text[:width])
            self.stream.flush()
            self.drawn = True

    def keep(self, text: str) -> None:
        """Write a line that stays."""
        self.erase()
        self.stream.write(text + "\n")
        self.stream.flush()

    def erase(self) -> None:
        if self.drawn:
            self.stream.write(ERASE)
            self.stream.flush()
        self.drawn = False

    def clustering(self, progress: Progress) -> None:
        """Take a record of `hilander.cluster`: a bar within a level, a line for each finished one."""
        if progress.stage in STAGES:
            self.draw(bar_line(progress))
        elif progress.stage == "merge":
            self.keep(level_line(progress))

    def importing(self, progress: ImportProgress) -> None:
        """Take a record of an import: its stage, and how far."""
        self.counting(progress.stage, progress.done, progress.total, progress.seconds)

    def counting(self, stage: str, done: int, total: int, seconds: float) -> None:
        """A stage of work on images, so many of all done."""
        fraction, text = done / total if total else 0.0, import_line(stage, done, total, seconds)
        if self.live:
            return self.draw(f"{bar(fraction)} {text}")
        part = (stage, int(SHARE_OF_EPOCHS * fraction))
        if part != self.told and stage != "reading":
            self.keep(text)
        self.told = part

    def training(self, progress: TrainProgress) -> None:
        """Take a record of a training: an epoch."""
        if self.live and progress.epoch < progress.epochs:
            self.draw(f"{bar(progress.epoch / progress.epochs)} {epoch_line(progress)}")
        elif (
            progress.epoch % max(1, progress.epochs // SHARE_OF_EPOCHS) == 0
            or progress.epoch == progress.epochs
        ):
            self.keep(epoch_line(progress))

    def trial(self, trial: Trial) -> None:
        """Take a setting that was tried."""
        self.keep(f"tried {trial_line(trial)}")


def trial_line(trial: Trial) -> str:
    features = "" if trial.cluster_features is None else f", features {FEATURES[trial.cluster_features]}"
    return f"tau {trial.tau:g}, k {trial.k}{features}: {figures(trial.scores)}"


def figures(scores: Scores) -> str:
    return f"Fp {scores.Fp:.3f}, Fb {scores.Fb:.3f}, NMI {scores.NMI:.3f}"


def level_line(progress: Progress) -> str:
    return f"{_counts(progress)}, {progress.new_links:,} new links, {progress.seconds:.1f} s"


def bar_line(progress: Progress) -> str:
    return f"{_counts(progress)}, {progress.seconds:.1f} s  {bar(progress.fraction)} {STAGES[progress.stage]}"


def epoch_line(progress: TrainProgress) -> str:
    losses = f"links {progress.link_loss:.4f}, density {progress.density_loss:.4f}"
    return f"epoch {progress.epoch} of {progress.epochs}: loss {progress.loss:.4f} ({losses}), {progress.seconds:.1f} s"


def import_line(stage: str, done: int, total: int, seconds: float) -> str:
    count = f": {done:,} of {total:,}" if total else ""
    return f"{IMPORT_STAGES[stage]}{count}, {seconds:.1f} s"


def bar(fraction: float) -> str:
    full = round(BAR * min(max(fraction, 0.0), 1.0))
    return "[" + "#" * full + "." * (BAR - full) + "]"


def _counts(progress: Progress) -> str:
    coarser = ", coarser" * progress.coarser
    return f"level {progress.level}{coarser}: {progress.nodes:,} nodes, {progress.edges:,} edges"
