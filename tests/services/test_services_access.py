"""Who may do what: the table role x action, and every entry of the door tried in every role."""

from __future__ import annotations

import importlib
import io
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hilander.config import ClusterConfig
from hilander.embed.order import Embedder
from hilander.errors import InputError
from hilander.hierarchy.cuts import Cut
from hilander.services import (
    access,
    checkpoints,
    datasets,
    exports,
    job_process,
    jobs,
    journal,
    projection,
    recipes,
    runs,
    trash,
    worker,
)
from hilander.services.access import MAY, SERVER, Action, Refused, Role, Subject
from hilander.services.door import people as door_people
from hilander.services.door.visit import LISTED, Visit
from hilander.services.exports import Asked
from hilander.services.import_order import ImportOrder
from hilander.services.imports import run_import
from hilander.services.judgement import Judgement
from hilander.services.people import LOCAL, Person
from hilander.services.store import CheckpointRow, ShareRow, Store, now
from hilander.services.trash import Trashed
from hilander.services.workspace import Workspace
from hilander.train.config import TrainConfig
from hilander.views.gallery import gallery_of
from hilander.views.levels import level_table
from tests.services.small_uploads import png
from tests.test_door import entries
from tests.ui.conftest import N, forest, keep_run

ANN, ED, VI = (Person(it, it.title(), f"{it}@example.org") for it in ("ann", "ed", "vi"))
STAN, ROOT = Person("stan", "Stan"), Person("root", "Root", admin=True)
PEOPLE = {
    Role.LOCAL: LOCAL,
    Role.ADMIN: ROOT,
    Role.OWNER: ANN,
    Role.EDITOR: ED,
    Role.VIEWER: VI,
    Role.STRANGER: STAN,
}

# One line an action; who may: (L)ocal user, (A)dmin, (O)wner, (E)ditor, (V)iewer, (M)ember, (S)tranger.
TABLE = """
    VIEW          LAOEV
    EXPORT        LAOEV
    SEE_JOBS      LAOEV
    ANNOTATE      LAOE
    COMPUTE       LAOE
    READ_LOG      LAOE
    CANCEL        LAOE
    DELETE        LAO
    PURGE         LAO
    MANAGE        LAO
    SHARE         AO
    USE           LAM
    ADD           LAM
    SERVER_PATHS  LA
    SEE_DISK      LA
    SEE_USAGE     A
"""
LINES = [line.split() for line in TABLE.split("\n") if line.strip()]
OF_SERVER = {Action.USE, Action.ADD, Action.SERVER_PATHS, Action.SEE_DISK, Action.SEE_USAGE}


def test_the_table_has_every_action():
    assert {action for action, _ in LINES} == {it.name for it in Action}


@pytest.mark.parametrize(("action", "letters"), LINES)
def test_role_by_action(action, letters):
    may = {found.name[0] for found in Role if Action[action] in MAY[found]}
    assert may == set(letters)


@dataclass(frozen=True)
class World:
    """Ann's data set with a run, jobs, a recipe, a change and a trained checkpoint; a run of hers in the trash."""

    workspace: Workspace
    store: Store
    dataset_id: str
    run_id: str
    job_id: str
    training_id: str
    recipe: recipes.Saved
    entry_id: int
    staged: Path

    def visit(self, person: Person) -> Visit:
        return Visit(person, self.workspace)


@pytest.fixture
def world(workspace, store, tmp_path, checkpoint, monkeypatch) -> World:
    monkeypatch.setattr(job_process, "start", lambda workspace=None: None)
    dataset_id = import_tiles(workspace, store, tmp_path, ANN)
    store.share(ShareRow(dataset_id, "person", ED.id, "edit", now(), ANN.id))
    store.share(ShareRow(dataset_id, "email", VI.email, "view", now(), ANN.id))
    run_id = keep_run("run1", forest(), workspace, store, dataset_id)
    keep_run("away", forest(), workspace, store, dataset_id)
    runs.delete_run("away", workspace)
    job_id = store.add_job("cluster", {}, dataset_id=dataset_id, run_id="none", owner=ANN.id)
    workspace.log_path(job_id).write_text("written\n")
    store.cancel_job(job_id)
    training = {"config": TrainConfig().to_dict(), "checkpoint": "net"}
    training_id = store.add_job("train", training, dataset_id=dataset_id, owner=ANN.id)
    store.cancel_job(training_id)
    (workspace.training_dir("net") / "epoch-1").mkdir(parents=True)
    shutil.copytree(checkpoint, workspace.checkpoint_dir("own1"))
    row = CheckpointRow("own1", "Hers", now(), "Tiles", dataset_id, "relational", [], 10, 0.5, {}, ANN.id)
    store.add_checkpoint(row)
    recipe = recipes.save(store, run_id, "Good", Cut(1), who=ANN.id)
    entry = store.entries(run_id)[0].id
    staged = datasets.stage(workspace, "more.npy", npy(np.eye(4)))
    return World(workspace, store, dataset_id, run_id, job_id, training_id, recipe, entry, staged)


def npy(x: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, x)
    return file.getvalue()


def import_tiles(
    workspace: Workspace, store: Store, folder: Path, owner: Person, *, again: bool = False
) -> str:
    x, images = folder / "tiles.npy", folder / "tiles.zip"
    np.save(x, np.random.default_rng(0).normal(size=(N, 4)))
    with zipfile.ZipFile(images, "w") as archive:
        for i in range(N):
            archive.writestr(f"tile_{i}.png", png((30 * i, 90, 200 - 20 * i)))
    order = ImportOrder(x, images, name="Tiles", owner=owner.id, again=again)
    return run_import(workspace, store, order).dataset_id


def _report(world: World) -> datasets.UploadReport:
    return datasets.inspect_upload(world.staged)


def _opened(world: World) -> datasets.Dataset:
    return datasets.open_dataset(world.dataset_id, world.workspace)


def _zip(world: World) -> tuple[Asked, str]:
    asked = Asked(world.run_id, Cut(1), "thumbnails")
    return asked, exports.key_of(asked, world.dataset_id, world.workspace)


def _away(world: World) -> Trashed:
    (row,) = trash.trashed(world.workspace)
    return row


def _choice(world: World) -> Any:
    return checkpoints.find_checkpoint("own1", world.workspace)


def _share(world: World) -> ShareRow:
    return world.store.shares(world.dataset_id)[0]


def _map_key(world: World) -> str:
    rows = np.arange(3)  # so few that they are laid out at once
    return projection.request(world.dataset_id, rows, workspace=world.workspace)


def _conflict(world: World) -> journal.Conflict:
    (state,) = world.store.annotations(world.run_id)
    return journal.Conflict(world.run_id, state, journal.Wish("recipe", state.item, None, world.entry_id))


def _job(world: World, job_id: str) -> Any:
    return world.store.job(job_id)


SAID = "1.3.abc"
Given = Callable[[World], tuple[Any, ...]]
# What each entry is tried with, after the visit.
CALLS: dict[str, Given] = {
    "datasets.dataset": lambda w: (w.dataset_id,),
    "datasets.open_dataset": lambda w: (w.dataset_id,),
    "datasets.check_whole": lambda w: (w.dataset_id,),
    "datasets.has_originals": lambda w: (w.dataset_id, _opened(w)),
    "datasets.delete_dataset": lambda w: (w.dataset_id,),
    "runs.run": lambda w: (w.run_id,),
    "runs.open_run": lambda w: (w.run_id,),
    "runs.fitting": lambda w: (w.run_id,),
    "runs.clash": lambda w: (w.run_id, _opened(w), _opened(w)),
    "runs.check_whole": lambda w: (w.run_id,),
    "runs.delete_run": lambda w: (w.run_id,),
    "notes.said_of": lambda w: (w.run_id,),
    "notes.take_in_exclusions": lambda w: (w.run_id,),
    "notes.n_entries": lambda w: (w.run_id,),
    "notes.entries": lambda w: (w.run_id,),
    "notes.undone": lambda w: (w.run_id,),
    "notes.own_last": lambda w: (w.run_id,),
    "notes.history_table": lambda w: (w.run_id,),
    "notes.say": lambda w: (w.run_id, "name", SAID, "Cats", {"seen": 0}),
    "notes.exclude": lambda w: (w.run_id, np.array([1])),
    "notes.include": lambda w: (w.run_id, np.array([1])),
    "notes.take_back": lambda w: (w.run_id, w.entry_id, {"seen": 1}),
    "notes.take_back_own": lambda w: (w.run_id,),
    "notes.take_back_conflicting": lambda w: (w.run_id, _conflict(w)),
    "notes.answers_given": lambda w: (w.run_id,),
    "notes.answer_seen": lambda w: (w.run_id, 1, 2),
    "notes.answer": lambda w: (w.run_id, Judgement(1, 2, True), {"seen": 0}),
    "recipes.saved": lambda w: (w.run_id,),
    "recipes.one": lambda w: (w.run_id, w.recipe.id),
    "recipes.save": lambda w: (w.run_id, "Another", Cut(2)),
    "recipes.rename": lambda w: (w.run_id, w.recipe, "Better"),
    "recipes.delete": lambda w: (w.run_id, w.recipe),
    "jobs.trouble": lambda w: (),
    "jobs.log_of": lambda w: (w.job_id,),
    "jobs.cancel": lambda w: (w.job_id,),
    "jobs.dismiss": lambda w: (w.job_id,),
    "jobs.retry": lambda w: (w.job_id,),
    "jobs.import_anyway": lambda w: (w.job_id,),
    "jobs.submit_cluster": lambda w: (w.dataset_id, ClusterConfig()),
    "jobs.submit_add": lambda w: (w.run_id, w.dataset_id, "More"),
    "jobs.submit_train": lambda w: (w.dataset_id, TrainConfig()),
    "jobs.resume_train": lambda w: (w.training_id,),
    "jobs.discard_train": lambda w: (w.training_id,),
    "uploads.stage": lambda w: ("x.npy", b"x"),
    "uploads.server_path": lambda w: ("x",),
    "uploads.inspect_upload": lambda w: (w.staged,),
    "uploads.inspect_images": lambda w: (w.staged, None, Embedder()),
    "uploads.preview": lambda w: (_report(w),),
    "uploads.submit_import": lambda w: (_report(w), "More"),
    "uploads.submit_checkpoint": lambda w: (w.staged,),
    "checkpoints.rename_checkpoint": lambda w: ("own1", "Better"),
    "checkpoints.delete_checkpoint": lambda w: ("own1",),
    "trash.restore": lambda w: (_away(w),),
    "trash.purge": lambda w: (_away(w),),
    "exports.table": lambda w: (w.run_id, _opened(w), forest(), Cut(1)),
    "exports.write_report": lambda w: (w.run_id, io.BytesIO(), _opened(w), _words()),
    "exports.zip_now": lambda w: (_zip(w)[0], _opened(w), forest()),
    "exports.request": lambda w: (_zip(w)[0],),
    "exports.key_of": lambda w: (_zip(w)[0],),
    "exports.packed": _zip,
    "exports.waiting": _zip,
    "exports.part": lambda w: (*_zip(w), 0),
    "exports.cancel": _zip,
    "projections.request": lambda w: (w.dataset_id, np.arange(3)),
    "projections.request_all": lambda w: (w.run_id,),
    "projections.result": lambda w: (w.dataset_id, _map_key(w)),
    "projections.is_there": lambda w: (w.dataset_id, _map_key(w)),
    "projections.progress": lambda w: (w.dataset_id, _map_key(w)),
    "people.arrive": lambda w: (),
    "people.known": lambda w: (w.dataset_id,),
    "people.shares": lambda w: (w.dataset_id,),
    "people.share": lambda w: (w.dataset_id, "new@example.org", "edit"),
    "people.change_level": lambda w: (w.dataset_id, _share(w), "view"),
    "people.unshare": lambda w: (w.dataset_id, _share(w)),
    "people.usage": lambda w: (),
}
# Lists hold only what may be seen: what of Ann's is in each, and what a role must be allowed to for that.
LISTS: dict[str, tuple[Given, Callable[[World, Any], bool], Action]] = {
    "datasets.datasets": (lambda w: (), lambda w, it: [row.id for row in it] == [w.dataset_id], Action.VIEW),
    "datasets.editable": (
        lambda w: (),
        lambda w, it: [row.id for row in it] == [w.dataset_id],
        Action.COMPUTE,
    ),
    "datasets.disk": (lambda w: (), lambda w, it: w.dataset_id in it.datasets, Action.VIEW),
    "runs.runs": (lambda w: (), lambda w, it: [row.id for row in it] == [w.run_id], Action.VIEW),
    "jobs.list_jobs": (lambda w: (), lambda w, it: [row.id for row in it] == [w.job_id], Action.SEE_JOBS),
    "jobs.open_jobs": (lambda w: (), lambda w, it: len(it) == 1, Action.SEE_JOBS),
    "jobs.recent": (lambda w: (9,), lambda w, it: len(it) == 2, Action.SEE_JOBS),
    "jobs.trainings": (lambda w: (), lambda w, it: len(it) == 1, Action.SEE_JOBS),
    "jobs.get": (lambda w: (w.job_id,), lambda w, it: it is not None, Action.SEE_JOBS),
    "jobs.waiting": (lambda w: (_queued(w),), lambda w, it: it.place == 1, Action.SEE_JOBS),
    "jobs.has_log": (lambda w: (_job(w, w.job_id),), lambda w, it: it, Action.READ_LOG),
    "jobs.can_resume": (lambda w: (_job(w, w.training_id),), lambda w, it: it, Action.CANCEL),
    "checkpoints.list_checkpoints": (
        lambda w: (),
        lambda w, it: any(c.id == "own1" for c in it),
        Action.VIEW,
    ),
    "checkpoints.checkpoint": (lambda w: ("own1",), lambda w, it: it is not None, Action.VIEW),
    "checkpoints.pack": (lambda w: (_choice(w),), lambda w, it: bool(it), Action.EXPORT),
    "trash.trashed": (lambda w: (), lambda w, it: [row.id for row in it] == ["away"], Action.DELETE),
    "trash.ids": (lambda w: (), lambda w, it: it == ["away"], Action.DELETE),
}


def _words() -> dict[str, Any]:
    hierarchy = forest()
    rows, gallery = level_table(hierarchy), gallery_of(Cut(1).peak_of(hierarchy))
    return {"run_name": "A run", "hierarchy": hierarchy, "rows": rows, "cut": Cut(1), "gallery": gallery}


def _queued(world: World) -> Any:
    return world.store.open_jobs()[0]


def call(name: str) -> Any:
    part, function = name.split(".")
    return getattr(importlib.import_module(f"hilander.services.door.{part}"), function)


def called(name: str, visit: Visit, words: tuple[Any, ...]) -> Any:
    named = words[-1] if words and isinstance(words[-1], dict) else {}
    return call(name)(visit, *(it for it in words if it is not named), **named)


def expected(name: str, role: Role, action: Action) -> bool:
    """Whether a role may call an entry: towards the server everybody who signed in is a member."""
    admin = role in (Role.LOCAL, Role.ADMIN)
    if action in OF_SERVER and not admin:
        role = Role.MEMBER
    if name.startswith("checkpoints.") and role is Role.EDITOR:  # of what it was trained on
        role = Role.VIEWER
    return action in MAY[role]


def test_every_entry_is_tried():
    assert set(CALLS) == {name for name, need in entries().items() if need != LISTED}
    assert set(LISTS) == {name for name, need in entries().items() if need == LISTED}


def test_every_entry_of_the_door_in_every_role(world):
    """What is refused changes nothing; what is allowed is taken back before the next entry is tried."""
    needs, before = entries(), world.store.dump()
    for role, person in PEOPLE.items():
        for name, given in CALLS.items():
            words, may = given(world), expected(name, role, needs[name])
            there = world.store.dump()
            assert is_refused(name, world.visit(person), words) == (not may), (name, role)
            if not may:
                assert world.store.dump() == there, (name, role)
            elif world.store.dump() != before:
                world.store.load(before)


def is_refused(name: str, visit: Visit, words: tuple[Any, ...]) -> bool:
    try:
        called(name, visit, words)
    except Refused:
        return True
    except InputError:  # allowed, and then something else is in the way
        return False
    return False


def test_lists_hold_what_a_role_may_see_and_nothing_else(world):
    world.store.add_job("projection", {}, dataset_id=world.dataset_id, owner=ANN.id)
    for role, person in PEOPLE.items():
        for name, (given, holds, action) in LISTS.items():
            try:
                found = holds(world, called(name, world.visit(person), given(world)))
            except Refused:
                found = False
            assert found == expected(name, role, action), (name, role)


def test_a_stranger_reads_of_what_is_there_what_they_read_of_what_is_not(world):
    visit = world.visit(STAN)
    for kind, there in (("dataset", world.dataset_id), ("run", world.run_id), ("job", world.job_id)):
        words = []
        for wanted in (there, "0" * len(there)):
            with pytest.raises(Refused) as refused:
                visit.check(Action.VIEW, Subject(kind, wanted))
            words.append(str(refused.value).replace(wanted, "ID"))
        assert words[0] == words[1]


def test_what_is_taken_back_is_gone_with_the_next_visit(world):
    assert world.visit(VI).may(Action.VIEW, access.dataset(world.dataset_id))
    (share,) = [it for it in world.store.shares(world.dataset_id) if it.kind == "email"]
    door_people.unshare(world.visit(ANN), world.dataset_id, share)
    assert not world.visit(VI).may(Action.VIEW, access.dataset(world.dataset_id))


def test_the_stronger_of_two_shares_counts_and_all_means_everybody(world):
    world.store.share(ShareRow(world.dataset_id, "person", VI.id, "edit", now(), ANN.id))
    assert world.visit(VI).may(Action.ANNOTATE, access.run(world.run_id))
    world.store.share(ShareRow(world.dataset_id, "all", "*", "view", now(), ANN.id))
    assert world.visit(STAN).may(Action.VIEW, access.run(world.run_id))
    assert not world.visit(STAN).may(Action.ANNOTATE, access.run(world.run_id))


def test_where_anybody_may_come_in_nobody_reads_who_was_here(world):
    for person in (STAN, ROOT, ED):
        world.store.see_person(person)
    ann = world.visit(ANN)
    assert [row.id for row in door_people.known(ann, world.dataset_id)] == ["ed"]  # with whom it is shared
    assert (
        len(door_people.known(world.visit(ROOT), world.dataset_id)) == 2
    )  # neither the visitor nor the owner
    with pytest.raises(InputError, match="nobody"):
        door_people.share(ann, world.dataset_id, STAN.name, "view")
    door_people.share(ann, world.dataset_id, STAN.id, "view")
    assert {row.id for row in door_people.known(ann, world.dataset_id)} == {"ed", "stan"}


def test_sharing_finds_people_by_name_and_by_e_mail(world, monkeypatch):
    monkeypatch.setenv("HILANDER_ALLOWED", "example.org")
    visit = world.visit(ANN)
    for person in (ANN, STAN, ROOT, Person("other", "Stan")):
        world.store.see_person(person)
    door_people.share(visit, world.dataset_id, "root", "view")
    door_people.share(visit, world.dataset_id, "New@Example.org", "edit")
    door_people.share(visit, world.dataset_id, "\u212aate@Example.org", "edit")  # a Kelvin sign is no K
    found = {(it.kind, it.who): it.level for it in world.store.shares(world.dataset_id)}
    assert found["person", "root"] == "view"
    assert found["email", "new@example.org"] == "edit"
    assert found["email", "\u212aate@example.org"] == "edit"
    assert {row.id for row in door_people.known(visit, world.dataset_id)} == {"stan", "root", "other"}
    for text, told in (
        ("Stan", "more than one"),
        ("Nobody", "nobody"),
        ("a@b", "e-mail"),
        ("ann", "theirs already"),
    ):
        with pytest.raises(InputError, match=told):
            door_people.share(visit, world.dataset_id, text, "view")


def test_nobody_who_signs_in_is_the_local_user(world):
    """Whatever a provider calls them: what was there before there was sign-in is the administrators'."""
    import_tiles(world.workspace, world.store, world.staged.parent, LOCAL, again=True)
    posing = world.visit(Person("local", "Eve"))
    assert posing.store.datasets(posing.person) == []
    assert not posing.may(Action.VIEW, SERVER)


def test_an_import_tells_nobody_of_the_same_content_of_others(world, tmp_path):
    mine = import_tiles(world.workspace, world.store, tmp_path, STAN)
    assert mine != world.dataset_id
    assert world.store.dataset(mine).owner == STAN.id
    assert import_tiles(world.workspace, world.store, tmp_path, ED) == world.dataset_id  # shared with him
    assert import_tiles(world.workspace, world.store, tmp_path, LOCAL) in (mine, world.dataset_id)


def test_what_a_job_makes_is_of_whoever_asked_for_it(world):
    job_id = jobs.submit_import(_report(world), "More", owner=VI.id, workspace=world.workspace)
    worker.run_job(str(world.workspace.root), job_id)
    made = world.store.dataset(world.store.job(job_id).dataset_id)
    assert (made.name, made.owner) == ("More", VI.id)
    assert not world.visit(ANN).may(Action.VIEW, access.dataset(made.id))


def test_whoever_may_only_view_stops_what_they_began_and_nothing_else(world):
    own = world.store.add_job("export", {}, dataset_id=world.dataset_id, owner=VI.id)
    assert world.visit(VI).may(Action.CANCEL, access.job(own))
    assert not world.visit(VI).may(Action.CANCEL, access.job(world.job_id))
    assert not world.visit(STAN).may(Action.SEE_JOBS, access.job(own))


def test_files_of_the_server_are_named_by_administrators_alone(world, tmp_path):
    own, mine = (
        str(world.workspace.checkpoint_dir("own1")),
        import_tiles(world.workspace, world.store, tmp_path, STAN),
    )
    outside = datasets.UploadReport(tmp_path / "x.npy", None, None, can_import=True)
    with pytest.raises(Refused, match="Only an administrator may name files"):
        call("uploads.submit_import")(world.visit(ANN), outside, "Theirs")
    with pytest.raises(Refused, match="Only an administrator may name files"):
        call("jobs.submit_cluster")(world.visit(ANN), world.dataset_id, ClusterConfig(str(tmp_path)))
    with pytest.raises(Refused, match="no checkpoint 'own1'"):
        call("jobs.submit_cluster")(world.visit(STAN), mine, ClusterConfig(own))


def test_usage_counts_what_everybody_has(world):
    found = {use.person: use for use in door_people.usage(world.visit(ROOT))}
    assert (found["ann"].datasets, found["ann"].images, found["ann"].jobs) == (1, N, 2)
    assert found["ann"].bytes > 0
