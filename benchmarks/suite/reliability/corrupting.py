"""A flipped byte in every stored file: told by the file's name wherever it is opened, and never shown."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np

from hilander.errors import InputError
from hilander.hierarchy.run import Run
from hilander.io.checksums import FILE
from hilander.model.checkpoint import load_checkpoint
from hilander.services.datasets import open_dataset
from hilander.services.thumbs import PACKS
from suite.reliability import judge
from suite.reliability.outcome import Outcome
from suite.reliability.place import Place
from suite.reliability.work import BASE

PAGES = {"datasets": f"dataset={BASE}&run={BASE}", "runs": f"dataset={BASE}&run={BASE}"}


def corrupted(
    place: Place, folder: Path, rounds: int, seed: int, say: Callable[[str], None]
) -> Iterator[Outcome]:
    """Every file of the folder in turn, `rounds` flips each, the last also told by the doctor and on a page."""
    for path in sorted(it for it in folder.iterdir() if it.is_file() and it.stat().st_size):
        name = f"{folder.parent.name}/{path.name}"
        rng, outcome = random.Random(f"{seed} {name}"), Outcome("a byte flipped", name)
        for number in range(rounds):
            with flipped(path, rng.randrange(path.stat().st_size), 1 << rng.randrange(8)) as offset:
                _opened(place, folder, path, outcome, offset)
                if number == rounds - 1:
                    _by_doctor(place, path, outcome)
        if _told(partial(_open, place, folder, path, 0)):
            outcome.wrong.append("told of damage where there is none any more")
        say(f"a byte flipped {outcome.times} times in {name}")
        yield outcome


@contextmanager
def flipped(path: Path, offset: int, bit: int) -> Iterator[int]:
    """One bit, until the block ends."""
    for _ in range(2):
        with path.open("r+b") as file:
            file.seek(offset)
            byte = file.read(1)[0]
            file.seek(offset)
            file.write(bytes([byte ^ bit]))
        if _ == 0:
            yield offset


def _opened(place: Place, folder: Path, path: Path, outcome: Outcome, offset: int) -> None:
    told = _told(partial(_open, place, folder, path, offset))
    outcome.times += 1
    if told is None:
        outcome.wrong.append(f"byte {offset:,} is shown as if it were right")
    else:
        outcome.seen[told.replace(str(folder), "...")] += 1
        if path.name not in told and path.name != FILE:  # flipped sums speak of the file beside them
            outcome.wrong.append(f"the file is not named: {told}")


def _told(act: Callable[[], object]) -> str | None:
    try:
        act()
    except InputError as error:
        return str(error)
    return None


def _open(place: Place, folder: Path, path: Path, offset: int) -> None:
    """As a page opens it; of packed thumbnails the one that holds the byte."""
    kind = folder.parent.name
    if kind == "runs":
        Run.load(folder)
    elif kind == "checkpoints":
        load_checkpoint(str(folder))
    else:
        dataset = open_dataset(folder.name, place.workspace)
        if path.name in PACKS:
            _thumbnail(dataset.thumbs, path, offset)


def _thumbnail(thumbs: object, path: Path, offset: int) -> None:
    size = path.stem.removeprefix("thumbs-")
    starts = np.load(path.with_suffix(".npy"), allow_pickle=False)
    row = int(np.searchsorted(starts, offset, side="right")) - 1
    thumbs.get(min(row, len(starts) - 2), size)  # type: ignore[attr-defined]


def _by_doctor(place: Place, path: Path, outcome: Outcome) -> None:
    found = judge.sick(place)
    if not found or (path.name != FILE and not any(path.name in it for it in found)):
        outcome.wrong.append(f"the doctor does not name it: {found}")


def on_pages(place: Place, folder: Path) -> Outcome:
    """The largest array of the folder flipped while the app is not running, and what the explorer shows then."""
    outcome = Outcome("a byte flipped, seen on a page", folder.parent.name)
    path = max(folder.glob("*.npy"), key=lambda it: it.stat().st_size)
    with flipped(path, path.stat().st_size // 2, 1), place.app() as app:
        shown = place.shown(app, query=PAGES[folder.parent.name])
    outcome.times = 1
    for alert in shown.alerts:
        outcome.seen[alert.replace(str(folder), "...")] += 1
    if not any(path.name in alert for alert in shown.alerts):
        outcome.wrong.append(f"the page does not name {path.name}: {shown.alerts}")
    return outcome
