"""What a visitor takes away of a run: tables, zips, reports."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING, Any

from hilander.errors import InputError
from hilander.hierarchy.cuts import Cut
from hilander.hierarchy.forest import Hierarchy
from hilander.services import access, report
from hilander.services import exports as beneath
from hilander.services.access import Action
from hilander.services.datasets import Dataset
from hilander.services.door.visit import Visit, needs, on_run
from hilander.services.exports import Asked, Packed
from hilander.services.store import JobRow
from hilander.services.workspace import mark_of

if TYPE_CHECKING:
    from numpy.typing import NDArray


def _run_of(asked: Asked) -> access.Subject:
    return access.run(asked.run_id)


@on_run(Action.EXPORT)
def table(
    visit: Visit, run_id: str, dataset: Dataset, hierarchy: Hierarchy, cut: Cut
) -> dict[str, NDArray[Any]]:
    """The rows of a cut, see `exports.table`."""
    return beneath.table(dataset, run_id, hierarchy, cut)


@on_run(Action.EXPORT)
def write_report(visit: Visit, run_id: str, /, file: IO[bytes], dataset: Dataset, **words: Any) -> None:
    """A page of a cut, see `report.write_report`."""
    report.write_report(file, dataset, **words)


@needs(Action.EXPORT, _run_of)
def zip_now(visit: Visit, asked: Asked, dataset: Dataset, hierarchy: Hierarchy) -> bytes:
    """The thumbnails of a small cut in folders, as one zip."""
    with TemporaryDirectory(dir=visit.workspace.cache_dir()) as folder:
        (path,) = beneath.write_zips(Path(folder), dataset, hierarchy, asked).parts
        return path.read_bytes()


@needs(Action.EXPORT, _run_of)
def request(visit: Visit, asked: Asked) -> str:
    return beneath.request(asked, owner=visit.person.id, workspace=visit.workspace)


@needs(Action.EXPORT, _run_of)
def key_of(visit: Visit, asked: Asked) -> str:
    """What names these archives now."""
    return beneath.key_of(asked, _required(visit, asked), visit.workspace)


def _required(visit: Visit, asked: Asked) -> str:
    standing = visit.check(Action.EXPORT, _run_of(asked))
    assert standing is not None
    assert standing.dataset_id is not None
    return standing.dataset_id


@needs(Action.EXPORT, _run_of)
def packed(visit: Visit, asked: Asked, key: str) -> Packed | None:
    """The archives of that key if they are there."""
    return beneath.packed(_checked(visit, asked, key), workspace=visit.workspace)


@needs(Action.EXPORT, _run_of)
def waiting(visit: Visit, asked: Asked, key: str) -> JobRow | None:
    """The job that packs them, None where there is none."""
    return beneath.waiting(_checked(visit, asked, key), workspace=visit.workspace)


@needs(Action.EXPORT, _run_of)
def part(visit: Visit, asked: Asked, key: str, number: int) -> bytes:
    """One of the archives, counted from 0."""
    try:
        found = beneath.packed(_checked(visit, asked, key), workspace=visit.workspace)
        assert found is not None
        return found.parts[number].read_bytes()
    except (FileNotFoundError, AssertionError):
        raise InputError("The zip is a day old and was removed. Prepare it again.") from None


@needs(Action.EXPORT, _run_of)
def cancel(visit: Visit, asked: Asked, key: str) -> None:
    """Stop packing; whoever asked for it and whoever may edit may do that."""
    job = access.job(beneath.job_id(_checked(visit, asked, key)))
    if visit.store.job(job.id) is not None:  # else it is done since
        visit.check(Action.CANCEL, job)
        beneath.cancel(key, who=visit.person.id, workspace=visit.workspace)


def _checked(visit: Visit, asked: Asked, key: str) -> str:
    """The key, if it is one of this run's data set."""
    if not key.startswith(mark_of(_required(visit, asked))):
        raise InputError("This zip is of another data set. Prepare it again.")
    return key
