"""A full disk, and a database that is away: every press and every page says so in words, and goes on afterwards."""

from __future__ import annotations

import pytest

from hilander.errors import AwayError
from hilander.services.store import Store
from tests.ui.conftest import button, opened, said
from tests.ui.test_jobs_page import page
from tests.ui.test_said import CLUSTER, named, visitor

FULL, AWAY = OSError(28, "No space left on device"), AwayError("The database does not answer.")
REASONS = pytest.mark.parametrize(
    ("error", "words"), [(FULL, "The disk is full"), (AWAY, "The database does not answer.")]
)


def refuse(error: Exception):
    def act(*_given, **_named):
        raise error

    return act


@REASONS
def test_a_name_that_cannot_be_written_is_told_and_can_be_written_later(
    run, store, monkeypatch, error, words
):
    app = visitor(run, level=1, cluster=1)
    with monkeypatch.context() as broken:
        broken.setattr(Store, "annotating", refuse(error))
        named(app, "Cats")
    assert not app.exception
    assert words in said(app).replace("\\", "")
    named(app, "Dogs")
    assert [entry.after for entry in store.entries(run)] == ["Dogs"]
    assert app.text_input(key=f"said-name-{CLUSTER}").value == "Dogs"


@REASONS
def test_a_press_that_cannot_be_done_is_told_once(store, monkeypatch, error, words):
    job_id = store.add_job("cluster", {}, name="five")
    store.end_job(job_id, "interrupted", "It ended.")
    app = page()
    with monkeypatch.context() as broken:
        broken.setattr(Store, "remove_job", refuse(error))
        button(app, "Dismiss").click().run()
    assert not app.exception
    assert words in said(app).replace("\\", "")
    assert store.job(job_id).state == "interrupted"
    assert words not in said(app.run()).replace("\\", "")


def test_the_explorer_says_that_the_database_is_away_and_no_more(app, run, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(Store, "datasets", refuse(AWAY))
        opened(app, run=run)
        assert "The database does not answer" in said(app).replace("\\", "")
        assert "Open the explorer afresh" not in said(app)
    app.run()
    assert "Level " in said(app)
