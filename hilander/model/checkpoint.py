"""Checkpoints: our own folders (safetensors + JSON), and the state dicts of the published code (.pth).

    name, folder or file  <->  network + the settings that it was made for

Nothing is unpickled except through torch's weights_only reader. Knows nothing about training or levels.
"""

from __future__ import annotations

import hashlib
import pickle
import struct
import zipfile
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, get_args

import numpy as np
import torch
from torch import Tensor

from hilander.config import Feature, Linking, check_choice, check_share
from hilander.errors import InputError
from hilander.io.atomic import atomic_path, write_json
from hilander.io.checksums import verify, write_checksums
from hilander.io.tensors import check_torch_file, every_tensor
from hilander.model.checkpoint_info import FORMAT, HEAD, SHIPPED, WEIGHTS, Kind, list_checkpoints, read_head
from hilander.model.committee import Committee, CommitteeConfig
from hilander.model.lander import LANDER, LanderConfig, config_of_state
from hilander.model.predict import Network
from hilander.model.profile import Profile, home_from_dict, home_to_dict
from hilander.model.relational import RelationalConfig, RelationalLANDER

PUBLISHED_TAU = 0.5
ADVICE = "Restore it from a backup, or train or download it again; if you changed it yourself, remove checksums.json."


class OtherVersionError(InputError):
    """A checkpoint whose network sees other things than this version's."""


@dataclass(frozen=True)
class Checkpoint:
    """A trained network and how it is meant to be used.

    Attributes
    ----------
    name : what to call it
    kind : "relational" (any embedding) or "lander" (embeddings of one dimension)
    tau, early_stop : used where the user leaves them open
    k : the k it was trained for, the node itself counted
    feature : what it expects the k-NN graph of levels up to the natural one to be built on, "peak" or "mean"
    linking, first_tau : how links are chosen up to the natural level, as in `hierarchy.schedule.LevelSettings`
    title, description : one line each, for people
    making : JSON-able facts about its training (data, settings, figures)
    home : what the first level of each set that it was trained on looks like; empty where nobody wrote that down
    """

    name: str
    network: Network
    tau: float
    early_stop: bool
    k: int = 10
    title: str = ""
    description: str = ""
    making: dict[str, Any] = field(default_factory=dict)
    feature: Feature = "peak"
    linking: Linking = "surest"
    first_tau: float = 0.0
    home: tuple[Profile, ...] = ()

    @property
    def kind(self) -> Kind:
        return "lander" if isinstance(self.network, LANDER) else "relational"

    @cached_property
    def weights_sha256(self) -> str:
        """SHA-256 of the weights, 64 hexadecimal digits: names, shapes and values, whatever file they are in."""
        digest = hashlib.sha256()
        for name, value in sorted(self.network.state_dict().items()):
            digest.update(f"{name} {tuple(value.shape)}\n".encode())
            digest.update(value.detach().cpu().numpy().astype("<f4").tobytes())
        return digest.hexdigest()


def load_checkpoint(source: str | Path) -> Checkpoint:
    """Read a shipped checkpoint by name, a checkpoint folder, or a published `.pth` file.

    Raises
    ------
    InputError   no such checkpoint, or a damaged or foreign one
    """
    if (shipped := SHIPPED / str(source) / HEAD).is_file():
        return _load_folder(shipped.parent)
    path = Path(source)
    if path.is_dir():
        return _load_folder(path)
    if path.suffix in (".pth", ".pt") and path.is_file():
        return _load_published(path)
    raise InputError(
        f"checkpoint must be a shipped name ({', '.join(c.name for c in list_checkpoints())}), "
        f"a checkpoint folder or a .pth file; got {str(source)!r}, which is none of them. Check the path."
    )


def save_checkpoint(checkpoint: Checkpoint, folder: Path) -> None:
    """Write weights and settings, whole or not at all.

    Raises
    ------
    InputError   the folder has something in it, or cannot be written
    """
    head = {
        "format": FORMAT,
        "kind": checkpoint.kind,
        "network": checkpoint.network.config.to_dict(),
        "tau": checkpoint.tau,
        "early_stop": checkpoint.early_stop,
        "k": checkpoint.k,
        "feature": checkpoint.feature,
        "linking": checkpoint.linking,
        "first_tau": checkpoint.first_tau,
        "title": checkpoint.title,
        "description": checkpoint.description,
        "making": checkpoint.making,
    } | ({"home": home_to_dict(checkpoint.home)} if checkpoint.home else {})
    from safetensors.torch import save_file  # to cluster needs no more than numpy, scipy and torch

    with atomic_path(folder) as temporary:
        temporary.mkdir()
        state = {name: value.cpu().contiguous() for name, value in checkpoint.network.state_dict().items()}
        save_file(state, temporary / WEIGHTS)
        write_json(head, temporary / HEAD)
        write_checksums(temporary)


def _load_folder(folder: Path) -> Checkpoint:
    verify(folder, ADVICE)
    head = read_head(folder)
    try:
        # no memory yet: sizes that the weights do not have are an error, not a wait
        with torch.device("meta"):
            network = _network(head["kind"], head["network"])
        weights = {
            name: torch.from_numpy(np.array(value, np.float32))
            for name, value in every_tensor(folder / WEIGHTS).items()
        }
        _check_widths(folder, network, weights)
        network.load_state_dict(weights, assign=True)
        fields = ("tau", "early_stop", "k", "title", "description", "making")
        usual: dict[str, Any] = {"feature": "peak", "linking": "surest", "first_tau": 0.0}
        way = {name: head.get(name, value) for name, value in usual.items()}
        check_choice("feature", way["feature"], get_args(Feature))
        check_choice("linking", way["linking"], get_args(Linking))
        check_share("first_tau", way["first_tau"], hint="a checkpoint says its own")
        home = home_from_dict(head.get("home"))
        return Checkpoint(folder.name, network, **{name: head[name] for name in fields}, **way, home=home)
    except OtherVersionError:
        raise
    except (
        OSError,
        RuntimeError,
        TypeError,
        KeyError,
        ValueError,
        AttributeError,
    ) as error:
        raise InputError(
            f"checkpoint {folder} is damaged: {_first_line(error)}. Train or copy it again."
        ) from error


def _network(kind: str, sizes: dict[str, Any]) -> Network:
    if kind == "lander":
        return LANDER(LanderConfig(**sizes))
    return (
        Committee(CommitteeConfig(**sizes))
        if "members" in sizes
        else RelationalLANDER(RelationalConfig(**sizes))
    )


def _check_widths(folder: Path, network: Network, weights: dict[str, Tensor]) -> None:
    """What a relational network sees may differ from version to version; a lander's input is the embeddings."""
    first = "members.0." if isinstance(network, Committee) else ""
    seen = weights.get(f"{first}edge_norm.mean")
    if isinstance(network, LANDER) or seen is None:
        return
    saw, sees = len(seen), network.edge_width
    if saw != sees:
        raise OtherVersionError(
            f"checkpoint {folder} is of another version of hilander: its network sees {saw} relations of a link, "
            f"this version's {sees}. Train it again (hilander train), or use the default checkpoint."
        )


def _load_published(path: Path) -> Checkpoint:
    try:
        check_torch_file(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
        network = LANDER(config_of_state(_named_tensors(state)))
        network.load_state_dict(state)
    except (
        OSError,
        RuntimeError,
        pickle.UnpicklingError,
        EOFError,
        LookupError,
        ValueError,
        TypeError,
        struct.error,
        zipfile.BadZipFile,
    ) as error:
        raise InputError(
            f"{path.name} is not a LANDER state dict as the published code saves it: {_first_line(error)}. "
            "Give the .pth of a trained model, not of an optimiser or another network."
        ) from error
    description = "State dict of the published code; its tau is not stored in it, give your own."
    return Checkpoint(path.stem, network, PUBLISHED_TAU, True, title=path.stem, description=description)


def _named_tensors(state: Any) -> dict[str, Tensor]:
    if not isinstance(state, dict) or not all(isinstance(v, Tensor) for v in state.values()):
        raise TypeError("expected names and tensors")
    if any(v.nbytes > v.untyped_storage().nbytes() for v in state.values()):
        raise TypeError("a tensor claims more values than the file has")
    return state


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200].removesuffix(".")
