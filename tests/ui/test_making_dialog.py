"""How a run was made: told in the explorer and on the Cluster page, as far as the run says it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hilander.hierarchy.making import Making
from hilander.hierarchy.run import Run
from hilander.ui.making_dialog import facts
from tests.ui.conftest import forest, opened, said

WEIGHTS = "3f" * 32
META = {
    "checkpoint": "My *own*",
    "weights_sha256": WEIGHTS,
    "k": 10,
    "tau": 0.35,
    "search": "approx",
    "recall": 0.9876,
    "device": "cuda:0",
    "seconds": 75.4,
    "stages": {"knn": 60.2, "links": 12.34, "merge": 0.01},
    "versions": {"hilander": "0.1.0", "torch": "2.13.0"},
}
OLDER = "It was made by an older version of hilander, which kept less of how."


def keep(workspace, run_id: str, meta: dict) -> None:
    Run(forest(), meta=meta).save(workspace.run_dir(run_id), overwrite=True)


def asked(app, run: str):
    """The page with the dialog open."""
    return app.button(key=f"making-{run}").click().run()


def told(app) -> dict[str, str]:
    (table,) = app.table
    return dict(zip(table.value.index, table.value.iloc[:, 0], strict=True))


def test_the_explorer_tells_search_recall_and_stages(app, run, workspace):
    keep(workspace, run, META)
    assert not opened(app, run=run).table
    found = told(asked(app, run))
    assert found.pop("Made")
    assert found == {
        "Checkpoint": r"My \*own\* · k 10 · tau 0.35",
        "Neighbours": "approximate search: 98.7% of the true neighbours found, by a sample",
        "Time": "75 s on a GPU",
        "Stages": "finding neighbours 60 s · judging links 12 s · joining under 0.1 s",
        "Versions": r"hilander 0\.1\.0, torch 2\.13\.0",
    }
    assert [it.value for it in app.code].count(WEIGHTS) == 1
    assert OLDER not in said(app)
    assert not app.run().table  # closed again by the next look


def test_images_added_since_are_told_beside_the_full_run(app, run, workspace, store):
    keep(workspace, run, META)
    row = store.run(run)
    store.remove_run(run)
    added = {"new": 20, "joined": 20, "clusters": 0, "old": 1_120, "full": 1_000}
    store.add_run(replace(row, summary=row.summary | {"added": added}))
    opened(app, run=run)
    found = told(asked(app, run))
    assert found["Time"] == "75 s on a GPU"
    assert found["Added"] == "140 images to the 1,000 of the last full run; the last 20 of them in 0.1 s"


def test_the_cluster_page_tells_it_of_each_run(cluster, run, longer_run, workspace):
    keep(workspace, run, META)
    keep(workspace, longer_run, META | {"checkpoint": "relational"})
    cluster.run()
    assert told(asked(cluster, longer_run))["Checkpoint"].startswith("relational")
    assert told(asked(cluster, run))["Checkpoint"].startswith("My")


@pytest.mark.parametrize("meta", [{}, {"recall": 1.0, "stages": "3 s", "weights_sha256": 5, "versions": [1]}])
def test_a_run_of_an_older_version_tells_what_it_can_and_says_so(app, run, workspace, meta):
    keep(workspace, run, meta)
    opened(app, run=run)
    found = told(asked(app, run))
    assert found["Time"] == "0.1 s"  # the run's row has it
    assert set(found) == {"Made", "Time"} | ({"Neighbours"} if meta else set())
    assert OLDER in said(app)
    assert not app.exception


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (Making(search="exact", recall=1.0), "all pairs of images compared"),
        (Making(recall=1.0), "all true neighbours found"),
        (Making(search="approx", recall=1.0), "all true neighbours found"),
        (Making(search="approx", recall=0.99996), "approximate search: 99.9% of the true neighbours found"),
    ],
)
def test_no_more_neighbours_are_claimed_than_were_found(made, words, run, store):
    assert facts(store.run(run), made)["Neighbours"].startswith(words)


def test_a_damaged_run_is_told_in_the_dialog(cluster, run, workspace):
    cluster.run()
    (workspace.run_dir(run) / "hierarchy.json").write_text("{")
    asked(cluster, run)
    assert "is damaged" in said(cluster)
    assert not cluster.exception
