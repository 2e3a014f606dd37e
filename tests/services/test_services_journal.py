"""The journal: what is acknowledged is kept, nobody overwrites anybody in silence, everything can be undone."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import UTC, datetime

import numpy as np
import pytest

from hilander.config import ClusterConfig
from hilander.errors import InputError
from hilander.hierarchy.cuts import Cut
from hilander.services import answers, journal, recipes, said, selection
from hilander.services.answers import Judgement
from hilander.services.exclusions import turned
from hilander.services.journal import EXCLUSION, MARK, NAME, NOTE, Conflict, undone
from hilander.services.rows_text import rows_of, rows_text
from hilander.services.said import item_of, say
from hilander.services.store import DatasetRow, RunRow, Store
from hilander.services.undo import undo, undo_own
from hilander.views.gallery import gallery_of

DAY = datetime(2026, 1, 1, tzinfo=UTC)
ME, YOU = "me", "you"
CATS = item_of(np.array([1, 0, 2]), 1)


def add_run(store: Store, run_id: str) -> None:
    store.add_run(RunRow(run_id, "set", run_id, ClusterConfig().to_dict(), DAY, "ready", {}))


@pytest.fixture
def store(store):
    store.add_dataset(DatasetRow("set", "Set", 8, 4, True, False, DAY, "", "ready"))
    add_run(store, "run1")
    return store


def name(store: Store, text: str, *, seen: int, who: str = ME, item: str = CATS):
    return say(store, "run1", NAME, item, text, seen=seen, who=who)


def name_now(store: Store) -> str:
    return said.of(store, "run1").said(CATS).name


def told(store: Store) -> list[tuple]:
    return [(one.who, one.before, one.after) for one in store.entries("run1")]


def test_every_change_is_an_entry_and_the_last_one_is_the_state(store):
    name(store, " Cats ", seen=0)
    name(store, "Tigers", seen=1, who=YOU)
    name(store, "", seen=2)
    assert told(store) == [(ME, "Tigers", None), (YOU, "Cats", "Tigers"), (ME, None, "Cats")]
    assert [one.version for one in store.entries("run1")] == [3, 2, 1]
    assert name_now(store) == ""


def test_who_saw_an_older_version_is_told_both_and_nothing_is_written(store):
    name(store, "Cats", seen=0)
    name(store, "Tigers", seen=1, who=YOU)
    with pytest.raises(Conflict) as caught:
        name(store, "Lions", seen=1)
    assert (caught.value.theirs.value, caught.value.theirs.who, caught.value.yours.value) == (
        "Tigers",
        YOU,
        "Lions",
    )
    assert (name_now(store), store.n_entries("run1")) == ("Tigers", 2)
    name(store, "Lions", seen=caught.value.theirs.version)  # "write mine"
    assert name_now(store) == "Lions"


def test_two_who_want_the_same_are_in_no_conflict(store):
    name(store, "Cats", seen=0)
    name(store, "Cats", seen=0, who=YOU)
    assert store.n_entries("run1") == 1


def test_name_note_and_mark_do_not_stand_in_each_others_way(store):
    for kind, text in ((NAME, "Cats"), (NOTE, "two\r\nlines"), (MARK, "accepted")):
        say(store, "run1", kind, CATS, text, seen=0, who=ME)
    found = said.of(store, "run1").said(CATS)
    assert (found.name, found.note, found.mark, found.peak, found.size) == (
        "Cats",
        "two\nlines",
        "accepted",
        1,
        3,
    )


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [
        (NAME, "x" * 81, "1 to 80 characters"),
        (NAME, "a\u202eb", "cannot be seen"),
        (NOTE, "x" * 2001, "at most 2,000"),
        (NOTE, "a\x00b", "that can be seen"),
        (MARK, "perhaps", "accepted, rejected or neither"),
    ],
)
def test_texts_that_cannot_be_kept_are_refused(store, kind, text, told):
    with pytest.raises(InputError, match=told):
        say(store, "run1", kind, CATS, text, seen=0, who=ME)
    assert store.n_entries("run1") == 0


def test_what_is_said_of_a_cluster_stands_where_the_same_images_are_one(store):
    """Level 1: {0 1 2}, {3 4}. At level 2 image 5 joins: the same peak, another cluster."""
    name(store, "Cats", seen=0)
    known = said.of(store, "run1")
    here, elsewhere = gallery_of(np.array([1, 1, 1, 4, 4, 5])), gallery_of(np.array([1, 1, 1, 4, 4, 1]))
    assert known.of_place(here, here.place_of(1)).name == "Cats"
    assert known.of_place(elsewhere, elsewhere.place_of(1)) is None
    assert [one.size for one in known.others(item_of(np.array([0, 1, 2, 5]), 1))] == [3]
    assert known.columns(here)["name"].tolist() == ["Cats"] * 3 + [""] * 3
    assert known.columns(elsewhere)["name"].tolist() == [""] * 6
    assert said.Annotations().columns(here) == {}


def test_only_what_is_new_is_read_again(store, monkeypatch):
    name(store, "Cats", seen=0)
    known = said.of(store, "run1")
    assert said.of(store, "run1", known) is known
    say(store, "run1", MARK, CATS, "accepted", seen=0, who=ME)
    read = store.annotations
    asked = []
    monkeypatch.setattr(store, "annotations", lambda *a, **k: asked.append(read(*a, **k)) or asked[-1])
    assert said.of(store, "run1", known).said(CATS).mark == "accepted"
    assert [len(rows) for rows in asked] == [1]


def test_undoing_puts_back_what_was_and_is_undone_too(store):
    name(store, "Cats", seen=0)
    name(store, "Tigers", seen=1)
    second, first = store.entries("run1")
    undo(store, "run1", second.id, seen=2, who=YOU)
    assert (name_now(store), undone(store, "run1")) == ("Cats", {second.id})
    undo(store, "run1", store.entries("run1")[0].id, seen=3, who=YOU)
    assert (name_now(store), second.id in undone(store, "run1")) == ("Tigers", False)
    undo(store, "run1", first.id, seen=4, who=YOU)
    assert name_now(store) == ""
    assert store.n_entries("run1") == 5


def test_undoing_what_somebody_changed_since_is_a_conflict(store):
    name(store, "Cats", seen=0)
    name(store, "Tigers", seen=1, who=YOU)
    with pytest.raises(Conflict):
        undo(store, "run1", store.entries("run1")[1].id, seen=1, who=ME)
    with pytest.raises(Conflict):
        undo_own(store, "run1", who=ME)
    assert name_now(store) == "Tigers"


def test_ones_own_changes_are_undone_one_after_the_other(store):
    name(store, "Cats", seen=0)
    say(store, "run1", MARK, CATS, "rejected", seen=0, who=YOU)
    name(store, "Tigers", seen=1)
    assert [undo_own(store, "run1", who=ME).after for _ in range(2)] == ["Tigers", "Cats"]
    assert undo_own(store, "run1", who=ME) is None
    found = said.of(store, "run1").said(CATS)
    assert (found.name, found.mark) == ("", "rejected")


def test_an_entry_of_another_run_is_not_undone(store):
    add_run(store, "run2")
    name(store, "Cats", seen=0)
    with pytest.raises(InputError, match="no entry"):
        undo(store, "run2", store.entries("run1")[0].id, seen=1, who=ME)


def test_exclusions_of_two_people_are_both_kept_and_undone_apart(store):
    selection.exclude("run1", [1, 2, 3], who=ME)
    selection.exclude("run1", [3, 4], who=YOU)
    assert selection.excluded("run1").tolist() == [1, 2, 3, 4]
    undo_own(store, "run1", EXCLUSION, who=ME)
    assert selection.excluded("run1").tolist() == [4]
    undo(store, "run1", store.entries("run1")[0].id, seen=0, who=YOU)
    assert selection.excluded("run1").tolist() == [1, 2, 3, 4]


def test_a_deleted_recipe_comes_back_unless_its_name_is_taken(store):
    good = recipes.save(store, "run1", "Good", Cut(1), who=ME)
    recipes.delete(store, "run1", good, who=ME)
    deleted = store.entries("run1")[0]
    other = recipes.save(store, "run1", "Good", Cut(2), who=YOU)
    with pytest.raises(InputError, match="'Good' already"):
        undo(store, "run1", deleted.id, seen=2, who=ME)
    recipes.rename(store, "run1", other, "Other", who=YOU)
    undo(store, "run1", deleted.id, seen=2, who=ME)
    assert {one.id: (one.name, one.cut) for one in recipes.saved(store, "run1")} == {
        good.id: ("Good", Cut(1)),
        other.id: ("Other", Cut(2)),
    }


def test_two_who_change_one_recipe_are_told(store):
    good = recipes.save(store, "run1", "Good", Cut(1), who=ME)
    recipes.rename(store, "run1", good, "Better", who=YOU)
    for change in (
        lambda: recipes.rename(store, "run1", good, "Best", who=ME),
        lambda: recipes.delete(store, "run1", good, who=ME),
        lambda: recipes.save(store, "run1", "Good", Cut(0), who=ME, replace=good),
    ):
        with pytest.raises(Conflict):
            change()
    assert [one.name for one in recipes.saved(store, "run1")] == ["Better"]


def test_two_who_answer_one_pair_otherwise_are_told(store):
    answers.give("run1", Judgement(0, 1, True), seen=0, who=ME)
    answers.give("run1", Judgement(1, 0, True), seen=0, who=YOU)
    with pytest.raises(Conflict):
        answers.give("run1", Judgement(0, 1, False), seen=0, who=YOU)
    answers.give("run1", Judgement(0, 2, False), seen=0, who=YOU)
    assert answers.given("run1") == [Judgement(0, 1, True), Judgement(0, 2, False)]


def test_all_of_it_goes_with_the_run_and_with_the_data_set(store):
    add_run(store, "run2")
    for run in ("run1", "run2"):
        say(store, run, NAME, CATS, "Cats", seen=0, who=ME)
    store.remove_run("run1")
    assert (store.n_entries("run1"), store.annotations("run1"), store.n_entries("run2")) == (0, [], 1)
    with pytest.raises(InputError, match="no run 'run1'"):
        name(store, "Cats", seen=0)
    store.trash_dataset("set")
    assert store.purge("dataset", "set")
    assert (store.n_entries("run2"), store.annotations("run2")) == (0, [])


def test_a_change_that_fails_half_way_leaves_nothing(store):
    def fails() -> None:
        with store.annotating("run1") as held:
            journal.write(held, journal.Wish(NAME, CATS, "Cats"), seen=0, who=ME)
            raise RuntimeError("the power is gone")

    with pytest.raises(RuntimeError):
        fails()
    assert (store.n_entries("run1"), store.annotations("run1")) == (0, [])


RACE = """
import sys
from hilander.services import journal
from hilander.services.journal import Conflict
from hilander.services.store import open_store
store, who = open_store(), sys.argv[1]
for i in range(60):
    seen = journal.version(store, "run1", "name", "1.3.x")
    try:
        journal.put(store, "run1", "name", "1.3.x", f"{who} {i}", seen=seen, who=who)
        sys.stdout.write(f"kept {who} {i}\\n")
    except Conflict as conflict:
        sys.stdout.write(f"told {conflict.theirs.value}\\n")
"""


def test_two_processes_that_race_lose_nothing(store):
    """Each write is kept, or its writer is told; what was before an entry is what the entry before it wrote."""
    racers = [
        subprocess.Popen([sys.executable, "-c", RACE, who], stdout=subprocess.PIPE, text=True) for who in "ab"
    ]
    lines = [line for one in racers for line in one.communicate(timeout=60)[0].splitlines()]
    assert [one.returncode for one in racers] == [0, 0]
    assert len(lines) == 120
    kept = {line.removeprefix("kept ") for line in lines if line.startswith("kept")}
    journal_ = store.entries("run1")[::-1]
    assert {one.after for one in journal_} == kept
    assert [one.version for one in journal_] == list(range(1, len(kept) + 1))
    assert [one.before for one in journal_] == [None, *(one.after for one in journal_[:-1])]
    assert {line.removeprefix("told ") for line in lines if line.startswith("told")} <= kept


WRITES = """
import itertools, sys
from hilander.services import journal
from hilander.services.store import open_store
store = open_store()
for i in itertools.count():
    journal.put(store, "run1", "name", f"{i}.1.x", str(i), seen=0, who="me")
    sys.stdout.write(f"{i}\\n")
    sys.stdout.flush()
"""


@pytest.mark.parametrize("after", [1, 23, 57])
def test_what_was_acknowledged_before_a_kill_is_kept(store, after):
    with subprocess.Popen([sys.executable, "-c", WRITES], stdout=subprocess.PIPE, text=True) as writer:
        acknowledged = [next(writer.stdout) for _ in range(after)]
        writer.send_signal(signal.SIGKILL)
        acknowledged += writer.stdout.readlines()
    kept = [row.value for row in store.annotations("run1")]
    assert kept[: len(acknowledged)] == [line.strip() for line in acknowledged if line.endswith("\n")]
    assert len(kept) - len(acknowledged) in (0, 1)  # the one that was written and not yet told
    assert [one.after for one in store.entries("run1")][::-1] == kept


def test_files_from_before_the_journal_are_read_in_once(store, workspace):
    folder = workspace.run_dir("run1")
    (folder / "excluded").mkdir(parents=True)
    for number, (way, rows) in enumerate((("out", [5, 3]), ("out", [7]), ("in", [3])), 1):
        np.save(folder / "excluded" / f"{number:06d}-{way}.npy", np.array(rows))
    (folder / "answers.json").write_text('[{"a": 1, "b": 0, "same": true}, {"a": 0, "b": 2, "same": null}]')
    assert selection.excluded("run1").tolist() == [5, 7]
    assert answers.given("run1") == [Judgement(0, 1, True), Judgement(0, 2, None)]
    assert list(folder.iterdir()) == []
    assert len(store.entries("run1", kinds=[EXCLUSION])) == 3
    undo_own(store, "run1", EXCLUSION, who="local")
    assert said.of(store, "run1").excluded.tolist() == [3, 5, 7]


def test_files_that_were_read_in_before_a_kill_are_not_read_twice(store, workspace):
    selection.exclude("run1", [1], who=ME)
    folder = workspace.run_dir("run1") / "excluded"
    folder.mkdir(parents=True)
    np.save(folder / "000001-out.npy", np.array([1]))
    assert selection.excluded("run1").tolist() == [1]
    assert (store.n_entries("run1"), folder.exists()) == (1, False)


def test_a_damaged_step_is_named_and_nothing_is_read_in(store, workspace):
    folder = workspace.run_dir("run1") / "excluded"
    folder.mkdir(parents=True)
    np.save(folder / "000001-out.npy", np.array([1]))
    (folder / "000002-out.npy").write_bytes(b"no array")
    with pytest.raises(InputError, match="000002-out"):
        selection.excluded("run1")
    assert (store.n_entries("run1"), len(list(folder.iterdir()))) == (0, 2)


@pytest.mark.parametrize("rows", [[], [3], [0, 1, 2, 5, 7, 8], list(range(100_000))])
def test_rows_as_text(rows):
    assert rows_of(rows_text(np.array(rows, np.int64))).tolist() == rows


def test_an_exclusion_says_which_rows_moved(store):
    selection.exclude("run1", [1, 2, 4], who=ME)
    (entry,) = store.entries("run1")
    rows, way = turned(entry.after)
    assert (rows.tolist(), way, entry.before["way"]) == ([1, 2, 4], "out", "in")
