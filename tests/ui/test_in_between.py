"""Jobs that end while a page is drawn: after it read what there is, and before it looks for what is being made."""

from __future__ import annotations

import numpy as np
import pytest

from hilander.services.door import checkpoints, datasets
from hilander.services.store import CheckpointRow, now
from hilander.ui import explore_head
from tests.services.small_uploads import add_labelled
from tests.ui.conftest import _page, forest, keep_run, opened, said


def test_a_checkpoint_that_is_added_while_the_list_is_drawn_comes_into_it(workspace, store, monkeypatch):
    """Its job takes a tenth of a second: it may end after the list was read, before the job is looked for."""
    job_id = store.add_job("checkpoint", {"checkpoint": "c1"}, name="Brought back")
    store.start_job(job_id)
    read = checkpoints.list_checkpoints

    def then_it_ends(*args, **kwargs):
        found = read(*args, **kwargs)
        if store.job(job_id) is not None:
            store.add_checkpoint(
                CheckpointRow("c1", "Brought back", now(), "", None, "relational", [], 10, 0.5, {})
            )
            store.remove_job(job_id)
        return found

    monkeypatch.setattr(checkpoints, "list_checkpoints", then_it_ends)
    assert "Brought back" in said(_page("train"))


@pytest.mark.parametrize("name", ["train", "cluster"])
def test_a_data_set_that_is_imported_while_the_page_is_drawn_comes_into_it(
    workspace, store, name, monkeypatch
):
    job_id = store.add_job("import", {}, name="Late")
    store.start_job(job_id)
    read = datasets.datasets

    def then_it_ends(*args, **kwargs):
        found = read(*args, **kwargs)
        if store.job(job_id).state == "running":
            add_labelled(
                workspace, np.random.default_rng(0).normal(size=(24, 4)), np.repeat(np.arange(8), 3), "Late"
            )
            store.end_job(job_id, "done")
        return found

    monkeypatch.setattr(datasets, "datasets", then_it_ends)
    monkeypatch.setattr(datasets, "editable", then_it_ends)
    page = _page(name)
    assert not page.exception
    assert "yet" not in said(page)


def test_a_run_that_is_made_while_the_explorer_looks_for_one_is_opened(
    app, workspace, store, dataset, monkeypatch
):
    read = explore_head.chosen_rows

    def then_it_is_there():
        found = read()
        if found is None:
            keep_run("run1", forest(), workspace, store, dataset)
        return found

    monkeypatch.setattr(explore_head, "chosen_rows", then_it_is_there)
    assert "Level 2 of 2" in said(opened(app))
