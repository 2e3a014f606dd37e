"""Runs one checked ONNX network on batches of images, through onnxruntime (here alone).

    bytes + Preprocess + device  ->  Network;      network.rows(pixels)  ->  float32 (n, d)

What a network gives is held against what it must give at every batch; before the first, a trial sees that each image
has one vector and that it does not depend on the images beside it. Knows nothing about files.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np

from hilander.config import Device
from hilander.embed.preprocess import Preprocess
from hilander.embed.words import without_folders
from hilander.errors import InputError

CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
MOST_DIM = 16_384
ALIKE = 0.999  # cosine of an image's vectors in two batches: other sums in another order, not another answer
ERRORS_ONLY = 3  # onnxruntime's severity
NO_MEMORY = ("bad_alloc", "failed to allocate", "out of memory")
REASON = 300  # letters of what onnxruntime says


class Network:
    """A loaded network, tried on two made-up images.

    dim : d, numbers in one embedding
    device : "cpu" or "cuda", where it runs
    """

    def __init__(self, data: bytes, name: str, how: Preprocess, device: Device = "auto") -> None:
        self.name, self.how = name, how
        self._session = self._load(data, device)
        self.device = "cuda" if self._session.get_providers()[0] == CUDA else "cpu"
        if device == "cuda" and self.device != "cuda":
            raise no_gpu("onnxruntime found none that works")
        self.dim = self._tried()

    def rows(self, pixels: Sequence[np.ndarray]) -> np.ndarray:
        """Float32 (n, d): the vectors of at most a batch of images, as the network gives them.

        Raises
        ------
        InputError    it cannot be run, or gives something else than n rows of d numbers
        MemoryError   it needs more memory than there is
        """
        rows = self._run(pixels)
        if rows.shape[1] != self.dim:
            raise self._wrong(f"{self.dim} numbers an image, as before", f"{rows.shape[1]}")
        return rows

    def _load(self, data: bytes, device: Device) -> Any:
        runtime = _onnxruntime()
        providers = _providers(runtime.get_available_providers(), device)
        options = runtime.SessionOptions()
        options.log_severity_level = ERRORS_ONLY + 1
        options.intra_op_num_threads = len(os.sched_getaffinity(0))
        options.add_session_config_entry(
            "session.load_model_format", "ONNX"
        )  # not its own format, by a guess
        try:
            return runtime.InferenceSession(data, options, providers=providers)
        except Exception as error:
            if _no_memory(error):
                raise MemoryError from error
            raise InputError(
                f"{self.name} must be an ONNX network that onnxruntime {runtime.__version__} can load; "
                f"it says: {_reason(error)}. Export it again, with an older opset perhaps."
            ) from error

    def _run(self, pixels: Sequence[np.ndarray]) -> np.ndarray:
        """The output for these images; where the batch is fixed, the last image fills it up."""
        count = len(pixels)
        missing = self.how.batch - count if self.how.is_batch_fixed else 0
        batch = np.stack([*pixels, *[pixels[-1]] * missing])
        try:
            output = self._session.run([self.how.output], {self.how.input: batch})[0]
        except Exception as error:
            if _no_memory(error):
                raise MemoryError from error
            raise InputError(
                f"{self.name} failed on {count} images of {batch.shape[1:]}; onnxruntime says: {_reason(error)}. "
                'Is this the size it wants? Say so as "size" in the JSON beside it.'
            ) from error
        return self._checked(output, len(batch))[:count]

    def _checked(self, output: object, n: int) -> np.ndarray:
        if not isinstance(output, np.ndarray) or output.dtype.kind != "f":
            got = output.dtype if isinstance(output, np.ndarray) else type(output).__name__
            raise self._wrong("real numbers", str(got))
        if output.ndim != 2 or len(output) != n:
            raise self._wrong(f"({n}, d) for {n} images, one vector each", f"the shape {output.shape}")
        if not 1 <= output.shape[1] <= MOST_DIM:
            raise self._wrong(f"1 to {MOST_DIM:,} numbers an image", f"{output.shape[1]:,}")
        return output.astype(np.float32)

    def _tried(self) -> int:
        """The dimension, after a trial: an image has the same vector whatever is beside it."""
        shape = (2, self.how.height, self.how.width, 3)
        one, two = map(self.how.values, np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8))
        batch = self.how.batch
        first = self._run([one, two][:batch])
        others = [self._run([two, one])[1]] if batch > 1 else []
        others += [self._run([one])[0]] if not self.how.is_batch_fixed or batch == 1 else []
        for other in others:
            if other.shape != first[0].shape or not _alike(first[0], other):
                raise self._wrong(
                    "the same vector for an image whatever images are beside it",
                    "another one. Was it exported in training mode?",
                )
        return int(first.shape[1])

    def _wrong(self, expected: str, got: str) -> InputError:
        return InputError(
            f"{self.name}: the output {self.how.output!r} must give {expected}; got {got.rstrip('.')}. "
            'Name another "output" in the JSON beside it, or export the network with its pooled output.'
        )


def no_gpu(found: str) -> InputError:
    return InputError(
        f"device cuda needs a GPU and onnxruntime for it; {found}. "
        "Choose cpu or auto, or install onnxruntime-gpu in place of onnxruntime."
    )


def _providers(available: Sequence[str], device: Device) -> list[str]:
    """What onnxruntime may run it on, the first before the others."""
    if device == "cuda" and CUDA not in available:
        raise no_gpu(f"here it offers {', '.join(available)}")
    return [CUDA, CPU] if device != "cpu" and CUDA in available else [CPU]


def _alike(a: np.ndarray, b: np.ndarray) -> bool:
    lengths = float(np.linalg.norm(a) * np.linalg.norm(b))
    return bool(np.array_equal(a, b) or (lengths > 0 and float(a @ b) / lengths >= ALIKE))


def _no_memory(error: Exception) -> bool:
    text = str(error).lower()
    return isinstance(error, MemoryError) or any(
        it in text for it in ("bad_alloc", "failed to allocate", "out of memory")
    )


def _reason(error: Exception) -> str:
    """What onnxruntime says, without places in its own source or on this machine."""
    text = re.sub(r"/\S+?:\d+ |\S+\(\S*\) ", "", " ".join(str(error).split()))
    return without_folders(text)[:REASON].rstrip(". ")


def _onnxruntime() -> ModuleType:
    """The library, imported late: the app's pages and `import hilander` do without."""
    try:
        import onnxruntime
    except ImportError as error:
        raise InputError(
            "Computing embeddings needs onnxruntime. Run: pip install onnxruntime; or bring embeddings."
        ) from error
    return onnxruntime  # type: ignore[no-any-return]
