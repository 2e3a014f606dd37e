"""What every test may use. No test touches the workspace of the person who runs it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from hilander.hierarchy.forest import Hierarchy, LevelStats
from hilander.hierarchy.run import Run
from hilander.services.store.engine import open_url
from suite import postgres

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # so a shell starts what runs in its background,
    signal.signal(signal.SIGINT, signal.default_int_handler)  # and so would the commands that tests interrupt

BROWSER = "tests/browser/"
SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object | None:
    """`--dist loadfile` as two processes on two cores need it.

    What waits for a browser goes to one of them, as if it were one file: two that wait at once leave the cores idle and
    then want them at the same moment, and each has a server, a job process and a Chromium of its own. Files are taken
    in the order of their names, so that this begins early, and small ones are left for the end.
    """
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Files(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return BROWSER if file.startswith(BROWSER) else file

        def remove_node(self, node: WorkerController) -> str | None:
            """As xdist does, but the test that a process died of is not run again: it hangs as often as it is."""
            units = self.assigned_work[node].values()
            left = [(unit, test) for unit in units for test, done in unit.items() if not done]
            for unit, test in left[:1]:
                unit[test] = True
            super().remove_node(node)
            return left[0][1] if left else None

    config.option.loadscopereorder = (
        False  # xdist would leave files of few tests, which are the long ones, for the end
    )
    return Files(config, log)


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


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """Which database workspaces have: what uses it is tested twice, with SQLite's file and on a PostgreSQL server."""
    with chosen_database(request):
        yield request.param


@contextmanager
def chosen_database(request: pytest.FixtureRequest) -> Iterator[None]:
    """The database that the request's parameter names, for this process and those it starts."""
    if request.param == "sqlite":
        yield
        return
    server, like = request.getfixturevalue("postgresql"), request.getfixturevalue("migrated")
    url = server.database(like)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HILANDER_DATABASE_URL", url)
        yield
    server.drop(url)


@pytest.fixture(scope="session")
def migrated(postgresql) -> str:
    """A store without rows. Copying it takes a tenth of the time that making one takes."""
    url = postgresql.database()
    open_url(url).dispose()
    return url


@pytest.fixture(scope="session")
def postgresql() -> Iterator[postgres.Server]:
    folder = postgres.programs()
    if folder is None:
        pytest.skip("needs PostgreSQL, which tools/postgres.sh could not install")
    with postgres.server(folder, in_memory=True) as found:
        yield found


@pytest.fixture(params=[1, 2])
def cores(request: pytest.FixtureRequest) -> Iterator[int]:
    """How many threads torch may use."""
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


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


@pytest.fixture
def small_run() -> Run:
    """Four images: 1 links to 0 and 3 to 2 at level 1, 2 to 0 at level 2, the natural one."""
    hierarchy = Hierarchy(
        parent=np.array([0, 0, 0, 2]),
        merge_level=np.array([3, 1, 2, 1], np.int16),
        link_prob=np.array([0, 0.9, 0.6, 0.8], np.float32),
        link_sim=np.array([0, 0.9, 0.5, 0.7], np.float32),
        density=np.zeros(6, np.float32),
        levels=(LevelStats(4, 12, 2), LevelStats(2, 2, 1)),
        natural_level=2,
    )
    return Run(hierarchy, None, {"source": "small.npy"})
