"""What every test may use. No test touches the workspace of the person who runs it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of data sets and golden files beside the repository."""
    if not (SHARED / "data").is_dir():
        pytest.skip("needs the data sets of ../shared, which are not here")
    return SHARED


@pytest.fixture(scope="session", autouse=True)
def own_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """HILANDER_HOME in a temporary folder, for this process and those it starts."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HILANDER_HOME", str(home))
        patch.delenv("HILANDER_DATABASE_URL", raising=False)
        patch.delenv("HILANDER_SCHEDULER", raising=False)
        yield home


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture(scope="session")
def blobs() -> tuple[np.ndarray, np.ndarray]:
    """Twelve tight groups of ten on the sphere: x float32 (120, 16), labels int64 (120,)."""
    rng = np.random.default_rng(7)
    labels = np.repeat(np.arange(12), 10)
    x = rng.normal(size=(12, 16))[labels] + 0.15 * rng.normal(size=(120, 16))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    return x.astype(np.float32), labels
