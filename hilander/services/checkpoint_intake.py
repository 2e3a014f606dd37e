"""How a checkpoint comes into the workspace: from a training, or from a file that somebody uploads.

An uploaded file is untrusted: it is read without unpickling, and what it holds is checked whole and tried
before it is kept. Heavy to import (torch): pages use checkpoints.py.
"""

from __future__ import annotations

import json
import math
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hilander.config import check_k, check_share
from hilander.errors import AwayError, InputError
from hilander.hierarchy.build import LevelSettings, build
from hilander.io.archive import check_ratio, read_members
from hilander.io.atomic import remove
from hilander.io.vectors import unit_vectors
from hilander.model.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from hilander.model.checkpoint_info import HEAD, WEIGHTS
from hilander.model.lander import LANDER
from hilander.model.predict import NetworkPredictor
from hilander.services.leftovers import announced
from hilander.services.people import LOCAL
from hilander.services.store import CheckpointRow, Store, now
from hilander.services.workspace import Workspace

WHAT = "a hilander checkpoint"
TRIAL = 12  # images


def file_checkpoint(workspace: Workspace, store: Store, checkpoint: Checkpoint, row: CheckpointRow) -> None:
    """Keep a checkpoint: files first, then the row; neither when one of them fails."""
    folder = workspace.checkpoint_dir(row.id)
    with announced(store, folder):
        try:
            save_checkpoint(checkpoint, folder)
            store.add_checkpoint(row)
        except AwayError:
            raise  # the row may be there; what was announced is looked after (leftovers.py)
        except BaseException:
            remove(folder)
            raise


def row_of(
    checkpoint: Checkpoint,
    checkpoint_id: str,
    name: str,
    dataset: str,
    dataset_id: str | None = None,
    *,
    owner: str = LOCAL.id,
) -> CheckpointRow:
    """The store's row of a checkpoint, its figures taken from what it says of its making."""
    network = checkpoint.network
    return CheckpointRow(
        id=checkpoint_id,
        name=name,
        created=now(),
        dataset=dataset,
        dataset_id=dataset_id,
        kind=checkpoint.kind,
        dims=list(network.config.embedding_dims) if isinstance(network, LANDER) else [],
        k=checkpoint.k,
        tau=checkpoint.tau,
        summary=_figures(checkpoint.making),
        owner=owner,
    )


def import_checkpoint(
    workspace: Workspace,
    store: Store,
    path: Path,
    *,
    checkpoint_id: str,
    name: str = "",
    owner: str = LOCAL.id,
) -> CheckpointRow:
    """Keep what an uploaded file holds: a zip as checkpoints are downloaded, or a published `.pth`.

    Raises
    ------
    InputError   anything else; the message is for people, and nothing was kept
    """
    checkpoint = _read(path)
    _check(checkpoint, path)
    source = checkpoint.making.get("source")
    dataset = source[:120] if isinstance(source, str) else ""
    title = name.strip() or checkpoint.title[:80].strip() or path.stem[:80]
    row = row_of(checkpoint, checkpoint_id, title, dataset, owner=owner)
    file_checkpoint(workspace, store, checkpoint, row)
    return row


def _read(path: Path) -> Checkpoint:
    suffix = path.suffix.lower()
    if suffix == ".zip":
        files = read_members(path, (HEAD, WEIGHTS), WHAT)
        with tempfile.TemporaryDirectory() as folder:
            inside = Path(folder) / "checkpoint"
            inside.mkdir()
            for name, content in files.items():
                (inside / name).write_bytes(content)
            return _of_file(inside, path)
    if suffix in (".pth", ".pt"):
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                check_ratio(archive, path, "a state dict")
        return load_checkpoint(path)
    raise InputError(
        f"{path.name} must be a checkpoint: a .zip as this page gives it, or a .pth of the published code; "
        f"got {path.suffix or 'no suffix'}."
    )


def _of_file(folder: Path, path: Path) -> Checkpoint:
    """The checkpoint in an unpacked folder; messages name the file that was uploaded."""
    try:
        return load_checkpoint(folder)
    except InputError as error:
        said = str(error).replace(f"{folder}/", "").replace(str(folder), "in it")
        raise InputError(f"{path.name}: {said}") from error


def _check(checkpoint: Checkpoint, path: Path) -> None:
    """Settings of the right kind, finite weights, and a trial on a few images."""
    try:
        check_share("tau", checkpoint.tau, hint="a checkpoint says its own")
        check_k(checkpoint.k)
        texts = (checkpoint.title, checkpoint.description)
        if not all(isinstance(text, str) for text in texts) or not isinstance(checkpoint.early_stop, bool):
            raise InputError("title and description must be text and early_stop true or false.")
        if not isinstance(checkpoint.making, dict):
            raise InputError("making must be named facts.")
        json.dumps(checkpoint.making, allow_nan=False)
        if not all(value.isfinite().all() for value in checkpoint.network.state_dict().values()):
            raise InputError("its weights must be numbers; some are not finite.")
        _try(checkpoint)
    except (InputError, RuntimeError, TypeError, ValueError, IndexError) as error:
        raise InputError(
            f"{path.name} is not a checkpoint that hilander can use: {error} Train or download it again."
        ) from error


def _try(checkpoint: Checkpoint) -> None:
    """One level on a few random images, so that nothing unusable is kept."""
    network = checkpoint.network
    dim = network.config.embedding_dims[0] if isinstance(network, LANDER) else 16
    x = unit_vectors(np.random.default_rng(0).normal(size=(TRIAL, dim)))
    build(x, NetworkPredictor(network), LevelSettings(k=4, tau=checkpoint.tau, levels=1))


def _figures(making: Mapping[str, Any]) -> dict[str, float]:
    """The figures among what a checkpoint says of its making; an uploaded one may say anything."""
    said: dict[str, Any] = {
        "epochs": making.get("epochs"),
        "best_epoch": making.get("epoch"),
        "seconds": making.get("seconds"),
    }
    data, scores = making.get("fingerprint"), making.get("validation")
    if isinstance(data, list) and len(data) == 1 and isinstance(data[0], dict):
        said |= {name: data[0].get(name) for name in ("n", "classes")}
    if isinstance(scores, dict):
        said |= {name: scores.get(name) for name in ("Fp", "Fb", "NMI")}
    return {name: value for name, value in said.items() if _is_number(value)}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
