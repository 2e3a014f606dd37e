"""What somebody asked to embed: images, a network, and how. Knows nothing about how it is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from hilander.config import ASSETS, Device, check_choice
from hilander.errors import InputError
from hilander.io.atomic import read_json

DEFAULT = "default"  # the embedder that ships
EMBEDDERS = ASSETS / "embedders"
SUFFIX = ".onnx"


@dataclass(frozen=True)
class Embedder:
    """A network and how it is run: see EmbedOrder."""

    model: str = DEFAULT
    preprocess: Path | None = None
    batch: int | None = None
    device: Device = "auto"


@dataclass(frozen=True)
class EmbedOrder:
    """Images to embed and the person's choices.

    images : what io.sources opens
    model : the name of an embedder that ships, or the path of an ONNX file
    preprocess : its JSON; None: the one beside it of the same name, if there is one
    batch : images at once; None: as the JSON says
    device : "cpu", "cuda" (an error without one), or "auto" (cuda where onnxruntime has it)
    inside : folders in which the files of a list of images must lie; none: the list's own
    """

    images: Path
    model: str = DEFAULT
    preprocess: Path | None = None
    batch: int | None = None
    device: Device = "auto"
    inside: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        check_choice("device", self.device, get_args(Device))

    def absolute(self) -> EmbedOrder:
        """The same from any folder."""
        is_file = Path(self.model).suffix.lower() == SUFFIX
        return replace(
            self,
            images=self.images.absolute(),
            model=str(Path(self.model).absolute()) if is_file else self.model,
            preprocess=self.preprocess and self.preprocess.absolute(),
            inside=tuple(folder.absolute() for folder in self.inside),
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON's types alone."""
        return {
            "images": str(self.images),
            "model": self.model,
            "preprocess": None if self.preprocess is None else str(self.preprocess),
            "batch": self.batch,
            "device": self.device,
            "inside": [str(folder) for folder in self.inside],
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> EmbedOrder:
        """Of what `to_dict` gave."""
        return cls(
            images=Path(values["images"]),
            model=values["model"],
            preprocess=Path(values["preprocess"]) if values["preprocess"] else None,
            batch=values["batch"],
            device=values["device"],
            inside=tuple(map(Path, values["inside"])),
        )


def shipped() -> list[str]:
    """Names of the embedders that ship, the default first."""
    names = sorted(path.stem for path in EMBEDDERS.glob(f"*{SUFFIX}"))
    return sorted(names, key=lambda name: name != DEFAULT)


def model_path(model: str) -> Path:
    """The ONNX file that a name or a path means; InputError for a name that is none."""
    if model in shipped():
        return EMBEDDERS / f"{model}{SUFFIX}"
    path = Path(model)
    if path.suffix.lower() != SUFFIX:
        raise InputError(
            f"The embedder must be {', '.join(shipped()) or 'a file'} or a {SUFFIX} file; got {model[:200]!r}. "
            "Name one of these, or give the path of an ONNX file."
        )
    return path


def embedder_title(model: str) -> str:
    """What people call it."""
    return "the built-in embedder" if model == DEFAULT else Path(model).name


def embedder_description(name: str) -> str:
    """What an embedder that ships is good for."""
    beside = EMBEDDERS / f"{name}.json"
    return str(read_json(beside).get("description", "")) if beside.is_file() else ""


def settings_path(order: EmbedOrder) -> Path | None:
    """The JSON that goes with the order's network; None where there is none.

    InputError where it is a link that leads out of the folders that may be read (`order.inside`).
    """
    if order.preprocess is not None:
        return order.preprocess
    beside = model_path(order.model).with_suffix(".json")
    if not beside.is_file():
        return None
    real = beside.resolve()
    allowed = [*order.inside, beside.parent.resolve()]
    if order.inside and not any(real.is_relative_to(folder) for folder in allowed):
        raise InputError(
            f"{beside.name} must lie beside its ONNX file; it is a link that leads outside. Copy it there."
        )
    return beside
