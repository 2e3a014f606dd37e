"""Train on a data set of the workspace and keep the checkpoint. Done in the job process: needs torch.

The computation is hilander.train; this module keeps the record of its epochs in the store and files what
comes out. What the training needs to go on lies in training/ID until the checkpoint is filed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from hilander.errors import Cancelled, InputError
from hilander.io.atomic import remove
from hilander.services.checkpoint_intake import file_checkpoint, row_of
from hilander.services.datasets import Dataset, open_dataset
from hilander.services.leftovers import TRAIN_LOCK
from hilander.services.store import JobRow, Store
from hilander.services.workspace import Workspace
from hilander.train.config import TrainConfig
from hilander.train.records import Pulse, TrainProgress, TrainResult, Trial
from hilander.train.sets import TrainSet
from hilander.train.state import saved_epoch
from hilander.train.tune import fit, saved_history

Record = dict[str, Any]
Tell = Callable[..., None]


def run_training(workspace: Workspace, store: Store, job: JobRow, tell: Tell, pulse: Pulse) -> None:
    """Train, going on from what an earlier attempt kept; the state stays when this one is stopped too.

    `tell` and `pulse` raise Cancelled when the job is to stop.
    """
    checkpoint_id = str(job.settings["checkpoint"])
    state = workspace.training_dir(checkpoint_id)
    with workspace.lock(f"{TRAIN_LOCK}{checkpoint_id}"):
        if store.checkpoint(checkpoint_id) is None:  # else a killed process had come as far as this
            try:
                _train_and_file(workspace, store, job, state, tell, pulse=pulse)
            except Cancelled:
                if store.job(job.id) is None:  # discarded, or deleted with its data set
                    remove(state)
                raise
        remove(state)


def _train_and_file(
    workspace: Workspace, store: Store, job: JobRow, state: Path, tell: Tell, *, pulse: Pulse
) -> None:
    resume = saved_epoch(state) is not None
    history = [record_of(done) for done in saved_history(state)] if resume else []
    tell({"stage": "levels", "fraction": 0.0}, history)
    assert job.dataset_id is not None
    dataset = open_dataset(job.dataset_id, workspace)
    one = _labelled(dataset)

    def on_progress(progress: TrainProgress) -> None:
        history.append(record_of(progress))
        now = {name: history[-1][name] for name in ("epoch", "epochs", "seconds", "nodes")}
        tell(now | {"stage": "epochs", "fraction": progress.epoch / progress.epochs}, history)

    def on_trial(trial: Trial) -> None:
        tell({"stage": "tuning", "fraction": 1.0, "tau": trial.tau, "k": trial.k}, history)

    config = TrainConfig.from_dict(job.settings["config"])
    result = fit([one], config, on_progress, state=state, resume=resume, trial=on_trial, pulse=pulse)
    tell({"stage": "saving", "fraction": 1.0}, history, at_once=True)
    _file(workspace, store, job, dataset, result)


def _labelled(dataset: Dataset) -> TrainSet:
    if dataset.labels is None:
        raise InputError(f"Training needs labels; {dataset.row.name!r} has none. Import it again with some.")
    return TrainSet.of(dataset.x, dataset.labels.codes)


def record_of(progress: TrainProgress) -> Record:
    """One epoch, as the store keeps it and the page draws it; scores are None without validation."""
    scores = progress.validation
    return {
        "epoch": progress.epoch,
        "epochs": progress.epochs,
        "loss": progress.loss,
        "link_loss": progress.link_loss,
        "density_loss": progress.density_loss,
        "Fp": scores and scores.Fp,
        "Fb": scores and scores.Fb,
        "NMI": scores and scores.NMI,
        "best_epoch": progress.best_epoch,
        "seconds": progress.seconds,
        "nodes": progress.nodes,
    }


def _file(workspace: Workspace, store: Store, job: JobRow, dataset: Dataset, result: TrainResult) -> None:
    name, data = dataset.row.name, result.facts[0]
    text = f"Trained on {name}: {data['n']:,} images of {data['classes']:,} classes."
    checkpoint = result.checkpoint(
        job.name, title=job.name, description=text, source=name, epochs=len(result.history)
    )
    row = row_of(checkpoint, str(job.settings["checkpoint"]), job.name, name, dataset.row.id, owner=job.owner)
    file_checkpoint(workspace, store, checkpoint, row)
