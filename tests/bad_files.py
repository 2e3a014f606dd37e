"""Writers of files that go wrong, one a function; each gets a path and makes the file there."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from hilander.model.lander import LANDER, LanderConfig

Writer = Callable[[Path], None]
GOOD = np.random.default_rng(0).normal(size=(40, 8)).astype(np.float32)


def array(values: np.ndarray) -> Writer:
    return lambda path: np.save(path, values)


def arrays(**values: object) -> Writer:
    return lambda path: np.savez(path, **values)


def text(content: str) -> Writer:
    return lambda path: path.write_text(content) and None


def data(content: bytes) -> Writer:
    return lambda path: path.write_bytes(content) and None


def first_bytes(share: float, whole: Writer) -> Writer:
    """The file that `whole` writes, cut short."""

    def write(path: Path) -> None:
        whole(path)
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * share)])

    return write


def with_row(row: int, value: float) -> Writer:
    bad = GOOD.copy()
    bad[row] = value
    return array(bad)


class Payload:
    """What an attacker puts into a pickle: reading it would make the file `marker`."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, ...]:
        return open, (str(self.marker), "w")


def marker_of(path: Path) -> Path:
    return path.with_name("code_ran")


def pickle_with_code(path: Path) -> None:
    path.write_bytes(pickle.dumps([GOOD, Payload(marker_of(path))]))


def torch_file_with_code(path: Path) -> None:
    torch.save({"weight": Payload(marker_of(path))}, path)


def state_dict(dim: int) -> Writer:
    """A state dict as the published code saves it, for embeddings of `dim` values."""
    network = LANDER(LanderConfig(dim=dim, hidden=16, head=8))
    return lambda path: torch.save(network.state_dict(), path)


def saved(value: object) -> Writer:
    return lambda path: torch.save(value, path)


def picture(colour: str = "red") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (32, 24), colour).save(buffer, "PNG")
    return buffer.getvalue()


def archive(*members: str | tuple[str, bytes], compress: bool = False) -> Writer:
    """A zip of these names, each with its bytes, or with a good picture."""
    method = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED

    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w", method) as out:
            for member in members:
                name, content = (member, picture()) if isinstance(member, str) else member
                out.writestr(name, content)

    return write


def archive_with_link(path: Path) -> None:
    link = zipfile.ZipInfo("a.png")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w") as out:
        out.writestr(link, "/etc/passwd")


def archive_locked(path: Path) -> None:
    """A zip whose one member says it is encrypted (bit 0 of its flags, in both headers)."""
    archive("a.png")(path)
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
