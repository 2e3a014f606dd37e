"""Small valid files of every kind that hilander reads, made as their users make them."""

from __future__ import annotations

import io
import pickle
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from PIL import Image
from pyarrow import csv, parquet
from safetensors.numpy import save_file

from hilander.hierarchy.cuts import Cut
from hilander.hierarchy.forest import Hierarchy, LevelStats
from hilander.hierarchy.image_graph import ImageGraph
from hilander.hierarchy.recipe import Recipe
from hilander.hierarchy.run import Run
from hilander.io.checksums import FILE as CHECKSUMS
from hilander.model.checkpoint import Checkpoint, save_checkpoint
from hilander.model.lander import LANDER, LanderConfig
from hilander.model.relational import RelationalConfig, RelationalLANDER
from suite import onnx_files

X = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
IDS = [f"img/{i}.png" for i in range(6)]
SMALL_RUN = Run(
    Hierarchy(
        parent=np.array([0, 0, 0, 2, 4, 4]),
        merge_level=np.array([3, 1, 2, 1, 3, 2], np.int16),
        link_prob=np.array([0, 0.9, 0.6, 0.8, 0, 0.7], np.float32),
        link_sim=np.array([0, 0.95, 0.4, 0.85, 0, 0.5], np.float32),
        density=np.arange(10, dtype=np.float32) / 10,
        levels=(LevelStats(6, 12, 2), LevelStats(4, 4, 2)),
        natural_level=2,
    ),
    ids=np.array(IDS),
    meta={"k": 5},
    graph=ImageGraph(
        np.array([[1], [0], [0], [2], [5], [4]], np.int32),
        np.full((6, 1), 0.5, np.float32),
        link_prob=np.full((6, 1), 0.9, np.float32),
    ),
    wholes=np.linspace(0, 1, 6, dtype=np.float32).reshape(2, 3),
)


def written(write: Callable[[Path], object], name: str) -> dict[str, bytes]:
    """The content of the file or folder `name` that `write` makes, under its paths."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(path)
        found = [path] if path.is_file() else sorted(it for it in path.rglob("*") if it.is_file())
        return {it.relative_to(folder).as_posix(): it.read_bytes() for it in found}


def npy() -> list[dict[str, bytes]]:
    return [
        written(lambda path, x=x: np.save(path, x), "x.npy")
        for x in (X, X.astype(np.float16), np.asfortranarray(X))
    ]


def npz() -> list[dict[str, bytes]]:
    ids = np.array(IDS)
    return [
        written(lambda path: np.savez(path, embeddings=X, ids=ids), "x.npz"),
        written(lambda path: np.savez_compressed(path, X, np.arange(3)), "x.npz"),
    ]


def _table(**more: object) -> pa.Table:
    return pa.table({"id": IDS, **more})


def parquets() -> list[dict[str, bytes]]:
    columns = {f"v{i}": X[:, i] for i in range(4)}
    tables = [
        _table(**columns),
        _table(embedding=list(X)),
        pa.table({"path": IDS, "embedding": list(X), "image": [b"1"] * 6}),
    ]
    ways = ({}, {"compression": "zstd"}, {"compression": "none", "use_dictionary": False})
    return [
        written(lambda path, t=t, way=way: parquet.write_table(t, path, **way), "x.parquet")
        for t, way in zip(tables, ways, strict=True)
    ]


def csvs() -> list[dict[str, bytes]]:
    table = _table(**{f"v{i}": X[:, i] for i in range(4)})
    return [
        written(lambda path: csv.write_csv(table, path), "x.csv"),
        {"x.csv": "\n".join(";".join(f"{v:.3f}" for v in row) for row in X).encode()},
    ]


def safetensors() -> list[dict[str, bytes]]:
    return [written(lambda path: save_file({"x": X, "ids": np.arange(6)}, path), "x.safetensors")]


def pts() -> list[dict[str, bytes]]:
    tensor = torch.from_numpy(X)
    values = (
        tensor,
        {"embeddings": tensor.bfloat16(), "ids": torch.arange(6)},
        [tensor.T.contiguous().T, tensor[:, 0]],
    )
    return [written(lambda path, value=value: torch.save(value, path), "x.pt") for value in values]


def pickles() -> list[dict[str, bytes]]:
    value = [X, np.arange(6)]
    return [{"x.pkl": pickle.dumps(value, protocol=protocol)} for protocol in (0, 2, 4, 5)]


def labels() -> list[dict[str, bytes]]:
    rows = "".join(f"{name},{i % 3},kind {i % 3}\n" for i, name in enumerate(IDS))
    return [{"x.csv": f"id,label,label_name\n{rows}".encode()}, {"x.csv": b"label;id\n1;0.png\n'=2;5.png\n"}]


def label_parquets() -> list[dict[str, bytes]]:
    return [
        written(lambda path: parquet.write_table(_table(label=[1.0, None, 2, 2, 3, 3]), path), "x.parquet")
    ]


def pairs() -> list[dict[str, bytes]]:
    return [{"x.csv": f"a,b,same\n{IDS[0]},{IDS[1]},yes\n{IDS[2]},{IDS[3]},\n{IDS[0]},{IDS[5]},0\n".encode()}]


def cut_files() -> list[dict[str, bytes]]:
    return [{"x.csv": b"id,cluster,peak\na,0,a\nb,0,a\n'=c,1,'=c\n"}]


def recipes() -> list[dict[str, bytes]]:
    cuts = (Cut(1), Cut(2, changes=((3, 0), (5, 1))), Cut(2, min_link=0.7))
    return [
        {"x.json": Recipe.of(SMALL_RUN.hierarchy, cut, name="mine", run="abc").to_bytes()} for cut in cuts
    ]


def _with_and_without_checksums(files: dict[str, bytes]) -> list[dict[str, bytes]]:
    """As it is written today, and as it was before there were checksums, which find nearly every change."""
    return [files, {name: data for name, data in files.items() if not name.endswith(f"/{CHECKSUMS}")}]


def runs() -> list[dict[str, bytes]]:
    return _with_and_without_checksums(written(SMALL_RUN.save, "run"))


def checkpoints() -> list[dict[str, bytes]]:
    networks = (RelationalLANDER(RelationalConfig()), LANDER(LanderConfig(dim=4, hidden=8, head=4)))
    made = [Checkpoint("x", network.eval(), 0.5, True, k=4) for network in networks]
    kept = [written(lambda path, it=it: save_checkpoint(it, path), "checkpoint") for it in made]
    return [files for one in kept for files in _with_and_without_checksums(one)]


def state_dicts() -> list[dict[str, bytes]]:
    state = LANDER(LanderConfig(dim=4, hidden=8, head=4)).state_dict()
    return [written(lambda path: torch.save(state, path), "x.pth")]


def picture(fmt: str = "PNG", mode: str = "RGB", **options: object) -> bytes:
    pixels = np.random.default_rng(1).integers(0, 255, (24, 18, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(buffer, fmt, **options)
    return buffer.getvalue()


def zips() -> list[dict[str, bytes]]:
    made = []
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", method) as out:
            for name in (*IDS[:3], "notes.txt"):
                out.writestr(name, picture())
        made.append({"x.zip": buffer.getvalue()})
    return made


def tars() -> list[dict[str, bytes]]:
    made = []
    for name, mode, fmt in (
        ("x.tar", "w", tarfile.GNU_FORMAT),
        ("x.tar", "w", tarfile.PAX_FORMAT),
        ("x.tar.gz", "w:gz", 2),
    ):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode=mode, format=fmt) as out:
            for inside in (*IDS[:3], "ü" * 120 + ".png"):
                info = tarfile.TarInfo(inside)
                info.size = len(picture())
                out.addfile(info, io.BytesIO(picture()))
        made.append({name: buffer.getvalue()})
    return made


def image_parquets() -> list[dict[str, bytes]]:
    nested = pa.array([{"bytes": picture(), "path": name} for name in IDS])
    tables = (
        _table(image=pa.array([picture()] * 6)),
        pa.table({"image": nested}),
        pa.table({"path": ["a.png", "b.png"]}),
    )
    return [
        written(lambda path, t=t: parquet.write_table(t, path, row_group_size=4), "x.parquet") for t in tables
    ]


def lists() -> list[dict[str, bytes]]:
    files = {"a.png": picture(), "b.png": picture()}
    return [{"x.txt": b"a.png\nb.png\n"} | files, {"x.csv": b"id,path\n1,a.png\n2,b.png\n"} | files]


def pictures() -> list[dict[str, bytes]]:
    exif = Image.Exif()
    exif[0x0112] = 6
    ways = [
        ("PNG", "RGB", {}), ("PNG", "P", {"transparency": 3}), ("PNG", "I;16", {}), ("JPEG", "RGB", {"exif": exif}),
        ("JPEG", "CMYK", {"progressive": True}), ("WEBP", "RGBA", {}), ("GIF", "P", {}), ("BMP", "RGB", {}),
        ("TIFF", "RGB", {"compression": "tiff_lzw"}), ("TIFF", "L", {"exif": exif}), ("TIFF", "CMYK", {}),
    ]  # fmt: skip
    return [{"x": picture(fmt, mode, **options)} for fmt, mode, options in ways]


def networks() -> list[dict[str, bytes]]:
    """An ONNX file with the JSON beside it, in a folder."""
    said = b'{"size": [4, 4], "mean": [0.5, 0.5, 0.5], "std": 0.25, "fit": "letterbox", "batch": 3}'
    made = [
        onnx_files.mean_network(),
        onnx_files.mean_network(element=onnx_files.UINT8),
        onnx_files.branching_network(),
    ]
    return [{"net/x.onnx": data, "net/x.json": said} for data in made]
